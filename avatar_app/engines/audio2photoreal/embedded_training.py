"""Training of the embedded model on conversations: codec, guide, body and face, each to be interrupted at any time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from avatar_app.engines.audio2photoreal import conversations
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.embedded import (
    BODY_PATCH,
    FACE_PATCH,
    GUIDE_WINDOW,
    WINDOW,
    EmbeddedConfig,
    EmbeddedModel,
    guide_tokens,
    save_embedded,
)
from avatar_app.engines.audio2photoreal.embedded_steps import WeightedDenoiserStep, body_weights, face_weights
from avatar_app.engines.audio2photoreal.first_weights import begin_codec, begin_face, quiet
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.patches import (
    BESIDE_WAY,
    body_condition,
    curve_through,
    face_condition,
    held,
    pack,
)
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.training_steps import CodecStep, GuideStep
from avatar_app.engines.audio2photoreal.training_talks import UNITS, Talks, read_talks, told_rows
from avatar_app.request import FPS, InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.training.loop import Loop, LoopConfig, plot_curves, processes

log = logging.getLogger(__name__)
ORDER = ("vq", "guide", "pose", "face")
QUANTISED = 0.75  # share of the body's examples that follow key poses as the codec gives them back
JITTER = 0.05  # deviation of what is added to them
REGRESSED = 40  # batches that the face's first weights are made of


@dataclass(frozen=True)
class EmbeddedRecipe:
    """How one network learns; the whole of it goes into config.json."""

    stage: str
    steps: int
    learning_rate: float
    batch: int
    warm_up: int = 100
    velocity_weight: float = 0.0
    seed: int = 11
    config: EmbeddedConfig = field(default_factory=EmbeddedConfig)


RECIPES = {
    "vq": EmbeddedRecipe("vq", 600, 7e-4, 32),
    "guide": EmbeddedRecipe("guide", 1500, 1e-3, 16),
    "pose": EmbeddedRecipe("pose", 10_000, 1.5e-3, 8, velocity_weight=2.0),
    "face": EmbeddedRecipe("face", 1000, 1.5e-3, 8, velocity_weight=1.0),
}


class EmbeddedRun:
    """One network in training."""

    def __init__(self, recipe: EmbeddedRecipe, folder: Path, talks: Talks) -> None:
        self.recipe, self.folder, self.talks = recipe, folder, talks
        torch.manual_seed(recipe.seed)  # first weights are alike in all processes
        config = LoopConfig(recipe.steps, recipe.learning_rate, recipe.warm_up, save_every=100)
        self.loop = Loop(recipe.stage, step_module(recipe), step_module(recipe), config, folder)
        # Guide and body learn from who is told nothing that rules act: they would do it unasked.
        free = recipe.stage in ("vq", "face")
        self.rows = np.arange(len(talks)) if free else np.flatnonzero(~told_rows(talks))
        self.codec = None if recipe.stage in ("vq", "face") else trained(folder, "vq", recipe.config).network.eval()

    def train(self, resume: bool) -> None:
        """Up to the recipe's last step."""
        if resume:
            self.loop.load()
        if not self.loop.step:
            self._begin()
        torch.manual_seed(self.recipe.seed + self.loop.step + 1_000_003 * self.rank)
        # On CPUs the fused kernel's way back is several times slower than plain attention.
        with sdpa_kernel(SDPBackend.MATH):
            self.loop.run(self.recipe.steps, self.batches(), lambda batch: self.loop.net(**batch))
        if self.loop.accelerator.is_main_process:
            plot_curves(self.folder / f"{self.recipe.stage}.csv")

    @property
    def rank(self) -> int:
        """Number of this process among those that train together."""
        return int(self.loop.accelerator.process_index)

    def _begin(self) -> None:
        """First weights that already know what is linear."""
        rng, network = np.random.default_rng(self.recipe.seed), cast(Any, self.loop.model).network
        if self.recipe.stage == "vq":
            begin_codec(network, self._keyed(rng, min(1000, len(self.talks)))[0])
        elif self.recipe.stage == "face":
            batches = [self._face_batch(rng) for _ in range(REGRESSED)]
            begin_face(
                network,
                *(
                    torch.cat([b[name] for b in batches if b["motion"].shape[1] == WINDOW * FPS // 2])
                    for name in ("condition", "motion")
                ),
            )
        elif self.recipe.stage == "pose":
            quiet(network)
        self.loop.averaged.load_state_dict(self.loop.model.state_dict())

    def batches(self) -> Iterator[dict[str, Tensor]]:
        """Endless; where a run goes on, and in every process of it, others."""
        rng = np.random.default_rng([self.recipe.seed, self.loop.step, self.rank])
        make = {"vq": self._codec_batch, "guide": self._guide_batch, "pose": self._pose_batch}
        while True:
            yield make.get(self.recipe.stage, self._face_batch)(rng)

    def _codec_batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        return {"key_frames": self._keyed(rng, self.recipe.batch)[0]}

    def _keyed(self, rng: np.random.Generator, count: int) -> tuple[Tensor, list[int], list[int]]:
        """(B, GUIDE_WINDOW, F) a key pose a second of whole conversations, which these are, and their first frames."""
        rows, offsets = rng.choice(self.rows, size=count), rng.integers(FPS, size=count)
        keys = np.stack([self.talks.body[row, first::FPS] for row, first in zip(rows, offsets, strict=True)])
        return torch.from_numpy(keys.astype(np.float32)), rows.tolist(), offsets.tolist()

    def _guide_batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        keys, rows, offsets = self._keyed(rng, self.recipe.batch)
        seconds = int(rng.integers(5, GUIDE_WINDOW + 1))
        # A key pose belongs to the second that follows it; the last conversation's second may be a little short.
        told = [self._condition(row, first, seconds * FPS) for row, first in zip(rows, offsets, strict=True)]
        assert self.codec is not None
        with torch.no_grad():
            codes = self.codec.encode(keys)[:, :seconds]
        return {"features": guide_tokens(torch.stack(told)), "codes": codes}

    def _condition(self, row: int, first: int, frames: int) -> Tensor:
        part = self.talks.condition[row, first : first + frames].astype(np.float32)
        return torch.from_numpy(np.pad(part, ((0, frames - len(part)), (0, 0)), mode="edge"))

    def _pose_batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        seconds = WINDOW if rng.random() < 0.67 else WINDOW // 2
        keys, rows, offsets = self._keyed(rng, self.recipe.batch * WINDOW // seconds)
        assert self.codec is not None
        with torch.no_grad():
            quantised = self.codec.decode(self.codec.encode(keys))
        keys = torch.where(torch.rand(len(keys), 1, 1) < QUANTISED, quantised, keys)
        keys = keys + JITTER * torch.randn_like(keys)
        starts = rng.integers(GUIDE_WINDOW - seconds, size=len(keys)).tolist()
        motion, condition = [], []
        for row, first, start in zip(rows, offsets, starts, strict=True):
            at = slice(first + start * FPS, first + (start + seconds) * FPS)
            motion.append(torch.from_numpy(self.talks.body[row, at].astype(np.float32)))
            condition.append(torch.from_numpy(self.talks.condition[row, at].astype(np.float32)))
        cut = [one[start : start + seconds + 1] for one, start in zip(keys, starts, strict=True)]
        ways = [
            one[start * FPS : (start + seconds) * FPS] for one, start in zip(curve_through(keys), starts, strict=True)
        ]
        return {
            "condition": body_condition(torch.stack(condition), BODY_PATCH),
            "motion": pack((torch.stack(motion) - torch.stack(ways)) / BESIDE_WAY, BODY_PATCH),
            "key_frames": held(torch.stack(cut), BODY_PATCH),
        }

    def _face_batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        frames = (WINDOW if rng.random() < 0.67 else WINDOW // 2) * FPS
        count = self.recipe.batch * WINDOW * FPS // frames
        rows, starts = (
            rng.integers(len(self.talks), size=count),
            rng.integers(conversations.FRAMES - frames, size=count),
        )
        places = [(row, slice(at, at + frames)) for row, at in zip(rows, starts, strict=True)]
        face, told = (
            torch.from_numpy(np.stack([values[place] for place in places]).astype(np.float32))
            for values in (self.talks.face, self.talks.condition)
        )
        return {"condition": face_condition(told, FACE_PATCH), "motion": pack(face, FACE_PATCH)}


def step_module(recipe: EmbeddedRecipe) -> Any:
    """A network in what it is trained by."""
    config = recipe.config
    if recipe.stage == "vq":
        return CodecStep(TemporalVertexCodec(config.codec))
    if recipe.stage == "guide":
        return GuideStep(GuideTransformer(config.guide), 0.1)
    weight = recipe.velocity_weight
    if recipe.stage == "pose":
        return WeightedDenoiserStep(FiLMTransformer(config.pose), body_weights(), weight, BODY_PATCH)
    return WeightedDenoiserStep(FiLMTransformer(config.face), face_weights(), weight, FACE_PATCH)


def trained(folder: Path, stage: str, config: EmbeddedConfig) -> Any:
    """A stage's module with the weights of its run so far: averaged ones, but for the codec, whose codebooks follow
    the weights themselves. InputError when it has not been trained."""
    module: nn.Module = step_module(replace(RECIPES[stage], config=config))
    module.load_state_dict(_state(folder, stage)["model" if stage == "vq" else "averaged"])
    return module


def _state(folder: Path, stage: str) -> dict[str, Any]:
    path = folder / f"{stage}.pt"
    if not path.exists():
        raise InputError(f"{path} is not there: train the stage {stage} first.")
    return cast(dict[str, Any], torch.load(path, map_location="cpu", weights_only=True))


def train(folder: Path, talks_folder: Path, recipe: EmbeddedRecipe, resume: bool = True) -> None:
    """Trains one stage in `folder` on the conversations of `talks_folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with processes().main_process_first():
        talks = read_talks(talks_folder, folder / UNITS)
    log.info("%s: %d conversations", recipe.stage, len(talks))
    EmbeddedRun(recipe, folder, talks).train(resume)


def assemble(folder: Path, output: Path, encoder: SpeechEncoder) -> list[Path]:
    """Writes the checkpoint of the stages trained in `folder`, with how many steps each of them has made.

    Raises InputError when a stage is missing.
    """
    model = EmbeddedModel(RECIPES["vq"].config)
    model.speech_encoder.load_state_dict(encoder.state_dict())
    names = {"vq": model.codec, "guide": model.guide, "pose": model.pose, "face": model.face}
    for stage, network in names.items():
        network.load_state_dict(trained(folder, stage, model.config).network.state_dict())
    model.motion.load_state_dict(load_file(folder / UNITS))
    recipe = {stage: {n: v for n, v in asdict(RECIPES[stage]).items() if n != "config"} for stage in ORDER}
    for stage in ORDER:
        recipe[stage]["steps"] = _state(folder, stage)["step"]
    return save_embedded(model, output, recipe=recipe)
