"""The networks that this project trained, in one file: checkpoints/dawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from avatar_app.engines.dawn.denoiser import FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder, published_weights
from avatar_app.engines.dawn.hearing import Articulation
from avatar_app.engines.dawn.loading import below, filled
from avatar_app.engines.dawn.networks import Networks
from avatar_app.engines.dawn.paths import BLINK, FILES, NAME, POSE
from avatar_app.engines.dawn.pbnet import MotionDecoder
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.request import InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.trained import PREFIX as HEARING
from avatar_app.speech.trained import untrained
from avatar_app.weights import load_safetensors

PARTS = ("renderer", "denoiser", POSE, BLINK)


def save_embedded(
    parts: Mapping[str, Mapping[str, Tensor]], encoder: SpeechEncoder, folder: Path, **more: Any
) -> list[Path]:
    """Writes model.safetensors (float16) and config.json. parts: tensors of each of PARTS.

    more: `denoiser` and `motion`, what tensors do not tell of them, and whatever else is to be known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"{HEARING}{name}": value for name, value in encoder.state_dict().items()}
    state |= {f"{part}.{name}": value for part in PARTS for name, value in parts[part].items()}
    weights, config = (folder / name for name in FILES)
    save_file(
        {name: (v.half() if v.is_floating_point() else v).contiguous().clone() for name, v in state.items()}, weights
    )
    config.write_text(json.dumps(more, indent=2) + "\n", encoding="utf-8")
    return [weights, config]


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of model.safetensors in float32; InputError when it is missing or damaged."""
    return {name: v.float() if v.is_floating_point() else v for name, v in load_safetensors(path).items()}


def _motion(about: Mapping[str, Any], part: str, state: dict[str, Tensor], name: str) -> MotionDecoder:
    shape = {"max_distance": about["max_distance"], "window": about["window"]}
    shape |= {"smoothing": about["smoothing"][part], "anchored": part in about["anchored"]}
    return filled(partial(MotionDecoder.like, **shape), state, name)


def load_embedded(folder: Path) -> Networks:
    """The networks of `folder` in float32, for evaluation; InputError when files are missing or of another version."""
    weights, config = (folder / name for name in FILES)
    remedy = f"fetch the repository again, or train it with `avatar_app train {NAME}`"
    if missing := [path.name for path in (weights, config) if not path.is_file()]:
        raise InputError(f"The model in {folder} lacks {' and '.join(missing)}: {remedy}.")
    try:
        about = json.loads(config.read_text(encoding="utf-8"))
        state = read_tensors(weights)
        encoder, face = untrained(), FaceEncoder()
        encoder.load_state_dict(below(state, HEARING))
        face.load_state_dict(published_weights())
        name = weights.name
        renderer = filled(FrameRenderer.like, below(state, "renderer."), name)
        denoiser = filled(partial(FlowDenoiser.like, **about["denoiser"]), below(state, "denoiser."), name)
        pose, blink = (_motion(about["motion"], part, below(state, f"{part}."), name) for part in (POSE, BLINK))
    except (KeyError, TypeError, ValueError, RuntimeError, InputError) as error:
        raise InputError(
            f"The model in {folder} is of another version ({str(error).splitlines()[0]}): {remedy}."
        ) from error
    hearing = Articulation(encoder.eval().requires_grad_(False))
    return Networks(hearing, denoiser, renderer, face.eval().requires_grad_(False), pose, blink)
