"""Training of the four networks on one person's recordings, with the published recipes and losses.

Unlike there: the loop of training.loop (cosine decay instead of steps, clipped gradients, averaged weights, another
second moment), and crops of one length for codec and guide, which would otherwise learn the padding. The audio encoders
and the lip regressor are those of an installed person; they are not trained.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from avatar_app.engines.audio2photoreal import dataset, exporting, paths
from avatar_app.engines.audio2photoreal.audio_features import LipRegressor, audio_tokens, face_condition
from avatar_app.engines.audio2photoreal.checkpoint import load_network
from avatar_app.engines.audio2photoreal.config import (
    PUBLISHED_FACE,
    PUBLISHED_POSE,
    CodecConfig,
    DenoiserConfig,
    GuideConfig,
)
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.training_steps import CodecStep, DenoiserStep, GuideStep, Losses
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec
from avatar_app.request import InputError
from avatar_app.training.loop import Loop, LoopConfig, plot_curves

log = logging.getLogger(__name__)
STAGES = ("face", "pose", "vq", "guide")


@dataclass(frozen=True)
class Recipe:
    """How one network learns. crop: least and most frames of an example. workers: processes that read the data."""

    stage: str
    steps: int
    learning_rate: float
    weight_decay: float = 0.0
    warm_up: int = 1
    velocity_weight: float = 0.0
    batch: int = 4
    crop: tuple[int, int] = (400, 600)
    seed: int = 10
    workers: int = 2
    save_every: int = 5000
    face: DenoiserConfig = PUBLISHED_FACE
    pose: DenoiserConfig = PUBLISHED_POSE
    codec: CodecConfig = field(default_factory=CodecConfig)
    guide: GuideConfig = field(default_factory=GuideConfig)


RECIPES = {
    "face": Recipe("face", 155_000, 1e-4),
    "pose": Recipe("pose", 340_000, 1e-4, velocity_weight=2.0),
    "vq": Recipe("vq", 300_000, 1e-3, warm_up=1000, crop=(600, 600)),
    "guide": Recipe("guide", 100_000, 2e-4, weight_decay=0.1, warm_up=5000, crop=(600, 600)),
}


@dataclass(frozen=True)
class Ears:
    """The frozen audio encoder and, for the face, the lip regressor."""

    audio: VqWav2Vec | None = None
    lips: LipRegressor | None = None

    @classmethod
    def installed(cls, stage: str) -> Ears:
        """Those that a stage needs, of the first person who has them; InputError when nobody does."""
        if stage == "vq":
            return cls()
        needed = (paths.AUDIO, paths.LIPS) if stage == "face" else (paths.AUDIO,)
        for person in paths.installed_people():
            if all(paths.installed_file(person, kind).is_file() for kind in needed):
                log.info("hearing through the audio encoders of %s", person)
                parts = [load_network(person, kind) for kind in needed]
                return cls(cast(VqWav2Vec, parts[0]), cast(LipRegressor, parts[1]) if len(parts) > 1 else None)
        offered = paths.OFFERED[paths.FACE].format(person=paths.PEOPLE[0])
        raise InputError(
            f"Training needs the audio encoders that come with {offered} ({paths.LICENCE}): fetch it, "
            f"then run `avatar_app download {paths.NAME} --from FOLDER_OR_TAR`."
        )

    @torch.no_grad()
    def hear(self, audio: Tensor) -> Tensor:
        """Features (B, N, C) of normalised sound (B, S, 2)."""
        assert self.audio is not None, "this stage hears nothing"
        tokens = audio_tokens(self.audio, audio)
        return tokens if self.lips is None else face_condition(tokens, self.lips(audio[..., 0]))

    def to(self, device: torch.device) -> Ears:
        """On another device."""
        audio = None if self.audio is None else self.audio.to(device)
        return Ears(audio, None if self.lips is None else self.lips.to(device))


def train(output: Path, data: Path, recipe: Recipe, *, resume: bool = True) -> Path:
    """Trains one network on the data set `data` and writes it into `output` in the published layout.

    `avatar_app download audio2photoreal --from OUTPUT` installs it. The running state is `output`/STAGE.pt, from which
    `resume` goes on. Raises InputError when the data set, the audio encoders or, for the guide, the codec are missing.
    """
    output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    recordings = dataset.Dataset.open(data)
    run = Run(recipe, output, recordings)
    if resume:
        run.loop.load()
    turn = run.loop.step + 1_000_003 * run.loop.accelerator.process_index
    torch.manual_seed(recipe.seed + turn)
    stream = CropStream(recordings, recipe, turn)
    loader = DataLoader(stream, batch_size=None, num_workers=recipe.workers)
    run.loop.run(recipe.steps, iter(loader), run.losses)
    if not run.loop.accelerator.is_main_process:
        return run.loop.state_path
    plot_curves(output / f"{recipe.stage}.csv")
    return run.export(data)


class CropStream(IterableDataset):  # type: ignore[type-arg]
    """Endless batches as dicts of tensors. `turn` keeps a resumed run, or another process, from repeating one."""

    def __init__(self, recordings: dataset.Dataset, recipe: Recipe, turn: int) -> None:
        self.recordings, self.recipe, self.turn = recordings, recipe, turn

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.recipe.seed, self.turn, 0 if worker is None else worker.id])
        kind: dataset.Kind = "face" if self.recipe.stage == "face" else "pose"
        source = self.recordings
        for batch in dataset.batches(source.train, kind, source.statistics, self.recipe.batch, self.recipe.crop, rng):
            yield batch.tensors()


class Run:
    """One network in training, what it hears and what it is asked."""

    def __init__(self, recipe: Recipe, output: Path, recordings: dataset.Dataset, ears: Ears | None = None) -> None:
        self.recipe, self.output = recipe, output
        ears = ears or Ears.installed(recipe.stage)
        codec = exporting.find_codec(output) if recipe.stage == "guide" else None
        config = LoopConfig(
            recipe.steps, recipe.learning_rate, recipe.warm_up, recipe.weight_decay, save_every=recipe.save_every
        )
        self.loop = Loop(recipe.stage, self._step_module(), self._step_module(), config, output)
        device = self.loop.accelerator.device
        self.ears, self.codec = ears.to(device), None if codec is None else codec.to(device)

    def _step_module(self) -> nn.Module:
        recipe = self.recipe
        if recipe.stage == "face":
            return DenoiserStep(FiLMTransformer(recipe.face), recipe.velocity_weight)
        if recipe.stage == "pose":
            return DenoiserStep(FiLMTransformer(recipe.pose), recipe.velocity_weight)
        if recipe.stage == "vq":
            return CodecStep(TemporalVertexCodec(recipe.codec), recipe.velocity_weight)
        return GuideStep(GuideTransformer(recipe.guide))

    def losses(self, batch: dict[str, Tensor]) -> Losses:
        """The weighted terms of a step."""
        net: Callable[..., Losses] = self.loop.net
        if self.recipe.stage == "vq":
            return net(batch["key_frames"])
        features = self.ears.hear(batch["audio"])
        if self.codec is not None:
            return net(features, self.codec.encode(batch["key_frames"]))
        key_frames = batch.get("key_frames")
        return net(features, batch["motion"], batch["mask"], batch["tracked"], key_frames)

    def export(self, data: Path) -> Path:
        """Writes the average of the weights; of the codec, whose codebooks follow its weights, these themselves."""
        trained: Any = self.loop.model if self.recipe.stage == "vq" else self.loop.averaged
        name = data.resolve().name
        person = name if paths.is_name(name) else "OWN"
        options = exporting.options_of(trained.network, person)
        place = self.output / "dataset" / person / dataset.STATISTICS_FILE
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data / dataset.STATISTICS_FILE, place)
        parts = (self.ears.audio, self.ears.lips)
        return exporting.write(self.output, self.recipe.stage, self.loop.step, trained.network, options, parts)


def scaled(stage: str, steps: int | None) -> Recipe:
    """A stage's recipe with so many steps; None keeps its own."""
    recipe = RECIPES[stage]
    return recipe if steps is None else replace(recipe, steps=steps, warm_up=min(recipe.warm_up, max(1, steps // 10)))
