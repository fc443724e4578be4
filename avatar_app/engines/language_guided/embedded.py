"""The networks that this project trained, in one file: checkpoints/language_guided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from avatar_app.engines.language_guided.generator import Generator, GeneratorConfig
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from avatar_app.engines.language_guided.paths import FILES, NAME
from avatar_app.engines.language_guided.picture_networks import CodeReader, CurveMover
from avatar_app.engines.language_guided.sentence_states import embed
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors

_NOT_READ = "v_mapper"  # of pictures, which this motion model does not look at
_SIXTEENTH = 32  # pixels of the encoder's picture that become one of its last features


@dataclass(frozen=True)
class Networks:
    """text_mean, text_spread: (WIDTH,) of sentences as the motion model learned them."""

    generator: Generator
    encoder: CodeReader
    mover: CurveMover
    motion: MotionModel
    text_mean: Tensor
    text_spread: Tensor

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """All networks."""
        return self.generator, self.encoder, self.mover, self.motion

    @property
    def memory(self) -> int:
        """Bytes of the weights."""
        return sum(p.numel() * p.element_size() for part in self.parts for p in part.parameters())

    def read(self, sentences: list[str]) -> Tensor:
        """(N, WIDTH) as the motion model reads them."""
        device = next(self.motion.parameters()).device
        return ((embed(sentences) - self.text_mean) / self.text_spread).to(device)

    def to(self, device: torch.device) -> Networks:
        """The same on a device."""
        for part in self.parts:
            part.to(device)
        return self


def save_embedded(faces: Mapping[str, Tensor], words: Mapping[str, Tensor], folder: Path, **more: Any) -> list[Path]:
    """Writes model.safetensors (float16) and config.json. faces, words: what the stages of these names saved.

    more: whatever else is to be known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value for name, value in faces.items() if name.startswith(("generator.", "encoder.", "mover."))}
    state |= {f"motion.{name}": value for name, value in words.items() if not name.startswith("text.")}
    state |= {name: value for name, value in words.items() if name.startswith("text.")}
    kept = {name: v.half().contiguous().clone() for name, v in state.items() if _NOT_READ not in name}
    weights, config = (folder / name for name in FILES)
    save_file(kept, weights)
    config.write_text(json.dumps(more, indent=2) + "\n", encoding="utf-8")
    return [weights, config]


def load_embedded(folder: Path) -> Networks:
    """In float32, for evaluation; InputError when files are missing or of another version."""
    weights, config = (folder / name for name in FILES)
    remedy = f"fetch the repository again, or train it with `avatar_app train {NAME}`"
    if missing := [path.name for path in (weights, config) if not path.is_file()]:
        raise InputError(f"The model in {folder} lacks {' and '.join(missing)}: {remedy}.")
    try:
        state = {name: value.float() for name, value in load_safetensors(weights).items()}
        return _networks(state)
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"The model in {folder} is of another version ({str(error).splitlines()[0]}): {remedy}."
        ) from error


def _networks(state: Mapping[str, Tensor]) -> Networks:
    parts = ("generator.", "encoder.", "mover.", "motion.")
    drawing, reading, answering, moving = (_below(state, part) for part in parts)
    generator = Generator(GeneratorConfig.from_checkpoint(drawing))
    generator.load_state_dict(drawing)
    size = generator.config
    blocks = len({name.split(".")[1] for name in reading if name.startswith("blocks.")})
    channels = tuple(len(reading[f"blocks.{block}.down.bias"]) for block in range(blocks))
    hidden = len(reading["hidden.bias"])
    encoder = CodeReader(size.latents, size.style, channels, hidden, size.size // _SIXTEENTH)
    encoder.load_state_dict(reading)
    mover = CurveMover(size.latents, size.style)
    mover.load_state_dict(answering)
    motion = MotionModel(MotionConfig.from_checkpoint(moving, size.style))
    unread = {name: torch.zeros_like(v) for name, v in motion.state_dict().items() if _NOT_READ in name}
    motion.load_state_dict(moving | unread)
    for part in (generator, encoder, mover, motion):
        part.eval().requires_grad_(False)
    return Networks(generator, encoder, mover, motion, state["text.mean"], state["text.spread"])


def _below(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
