"""Training of the published model on data in the published layout (motion_lmdb), with the published losses.

Two consecutive clips of one person, each in the style of the other, as Sun et al. 2024. It starts from the installed
denoiser, whose HuBERT nothing else provides; `fresh` keeps HuBERT alone. Unlike there: AdamW with the cosine decay of
training.loop, averaged weights, clipped gradients, and no SpecAugment inside HuBERT. Needs FLAME, the style encoder and
statistics, which the data set's own stats_train.npz replaces.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from avatar_app.engines.diffposetalk.checkpoint import load_published, load_style_encoder
from avatar_app.engines.diffposetalk.coefficients import WIDTHS, Statistics, encode_motion, normalise_shape
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.engines.diffposetalk.hubert import AUDIO_UNIT, normalise_wave
from avatar_app.engines.diffposetalk.losses import Clip, average_pair, clip_losses, noise_loss, weighted
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.paths import DENOISER, installed_file, installed_folder
from avatar_app.engines.diffposetalk.training import clip_ends
from avatar_app.files import unfinished
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves
from avatar_app.training.motion_lmdb import MotionLmdb, Recording

log = logging.getLogger(__name__)
FROZEN_LAYERS = 2  # of HuBERT's transformer, besides its convolutions and projection
STATISTICS_FILE = "stats_train.npz"


@dataclass(frozen=True)
class PublishedTrainingConfig:
    """Recipe; the published one unless changed. fresh: forget all weights but HuBERT's."""

    steps: int = 110_000
    pairs: int = 16  # of consecutive clips in a batch
    learning_rate: float = 1e-4
    warm_up: int = 5000
    cut_first: float = 0.3  # share of first clips that end early, and of second ones
    cut_second: float = 0.4
    fresh: bool = False
    seed: int = 11
    workers: int = 2  # that read the data; 0: the training process itself
    threads: int = 1


def train(
    output: Path, data: Path, *, resume: bool = True, config: PublishedTrainingConfig | None = None, trust: bool = False
) -> Path:
    """Trains on the data set `data` and writes `output`/iter_NNNNNNN.pt, as the published checkpoints are.

    `avatar_app download diffposetalk --from FILE` installs it. The running state is `output`/published.pt; a second
    call with `resume` goes on from there. trust: see MotionLmdb. Raises InputError when files of DiffPoseTalk, FLAME
    or the data set are missing, and for data of another kind.
    """
    config = config or PublishedTrainingConfig()
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    own = data / STATISTICS_FILE
    run = PublishedRun(config, output, Statistics.load(own) if own.is_file() else None)
    if resume:
        run.loop.load()
    clips = usable_clips(data, run.length, trust)
    log.info("%d recordings to learn from", len(clips))
    stream = ClipPairs(data, clips, run.length, config.seed * 100_003 + run.loop.step, trust)
    run.loop.run(config.steps, iter(DataLoader(stream, config.pairs, num_workers=config.workers)), run.losses)
    plot_curves(output / "published.csv")
    return run.export()


def usable_clips(data: Path, frames: int, trust: bool = False) -> list[str]:
    """Recordings of the training split with that many frames or more; InputError when there are none."""
    with MotionLmdb(data, trust) as base:
        clips = [clip for clip in base.clips("train") if base.frames(clip) >= frames]
        if not clips:
            raise InputError(f"{data} has no recording of {frames} frames or more to learn from.")
        _check_coefficients(base.read(clips[0], 0, 1, sound=False))
    return clips


def _check_coefficients(recording: Recording) -> None:
    found = {name: np.shape(values)[-1] for name, values in recording.coef.items()}
    if found != WIDTHS:
        wanted, got = (", ".join(f"{name} ({width})" for name, width in widths.items()) for widths in (WIDTHS, found))
        raise InputError(f"The published model learns from FLAME coefficients, {wanted}; {recording.clip} holds {got}.")


class ClipPairs(IterableDataset):  # type: ignore[type-arg]
    """Endless {"audio": (640 F,), "shape": (100,), "exp": (F, 50), "pose": (F, 6)} float32 of F consecutive frames.

    `seed` keeps a resumed run from repeating itself. Audio is normalised over the stretch, coefficients are raw.
    """

    def __init__(self, data: Path, clips: list[str], frames: int, seed: int, trust: bool = False) -> None:
        self.data, self.clips, self.frames, self.seed, self.trust = data, clips, frames, seed, trust

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, 0 if worker is None else worker.id])
        with MotionLmdb(self.data, self.trust) as base:
            while True:
                clip = self.clips[int(rng.integers(len(self.clips)))]
                start = int(rng.integers(0, base.frames(clip) - self.frames + 1))
                found = base.read(clip, start, self.frames)
                coef = {name: torch.from_numpy(np.asarray(found.coef[name], np.float32)) for name in ("exp", "pose")}
                shape = torch.from_numpy(np.asarray(found.coef["shape"][0], np.float32))
                yield {"audio": normalise_wave(torch.from_numpy(found.audio)), "shape": shape, **coef}


class PublishedRun:
    """The published model, what it sees and what it is asked. statistics: those installed unless given."""

    def __init__(self, config: PublishedTrainingConfig, output: Path, statistics: Statistics | None = None) -> None:
        installed = load_published()
        self.config, self.output, self.shape = config, output, installed.model.config
        if self.shape.cfg_mode != "incremental" or set(self.shape.guiding_conditions) != {"audio", "style"}:
            raise InputError("Only models with incremental guidance by voice and style can be trained here.")
        settings = LoopConfig(config.steps, config.learning_rate, warm_up=config.warm_up, weight_decay=0.0)
        model = _trainable(installed.model, config.fresh)
        self.loop = Loop("published", model, DiffTalkingHead(self.shape), settings, output)
        device = self.loop.accelerator.device
        tensors = vars(statistics or installed.statistics)
        self.statistics = Statistics(**{name: value.to(device) for name, value in tensors.items()})
        self.flame = Flame.load(installed_folder()).to(device)
        self.style_encoder = load_style_encoder().to(device).requires_grad_(False)

    @property
    def length(self) -> int:
        """Frames of two clips."""
        return 2 * self.shape.n_motions

    def losses(self, batch: Batch) -> Batch:
        """The weighted terms of a step. Rows 0 to B - 1 are first clips, rows B to 2 B - 1 those that follow them."""
        net, frames = self.loop.net, self.shape.n_motions
        first, second = encode_motion(batch["exp"], batch["pose"], self.statistics, self.shape.head_pose).split(
            frames, dim=1
        )
        target, pairs = torch.cat([first, second]), len(first)
        with torch.no_grad():
            style = self.style_encoder(torch.cat([second, first])).float()  # each clip speaks as the other does
        ends = clip_ends(pairs, frames, self.config.cut_first, self.config.cut_second).to(target.device)
        valid = torch.arange(frames, device=target.device) < ends[:, None]
        audio, before_audio = self._encode_audio(batch["audio"], valid)
        audio, style = net.drop_conditions(audio, style, torch.rand(len(target), device=target.device))
        step = torch.randint(1, self.shape.n_diff_steps + 1, (len(target),), device=target.device)
        noise = torch.randn_like(target)
        answer = noise if self.shape.target == "noise" else target
        start_motion, start_audio = net.start(pairs)
        before = first[:, -self.shape.n_prev_motions :]
        predicted = net(
            net.diffusion_sched.noised(target * valid[..., None], step, noise),
            step,
            audio,
            net.person(normalise_shape(batch["shape"], self.statistics).repeat(2, 1), style),
            torch.cat([start_motion, before]),
            torch.cat([start_audio, before_audio]),
            valid.to(target),
        ).float()
        clips = (
            Clip(predicted[:pairs], answer[:pairs], None, ends[:pairs]),
            Clip(predicted[pairs:], answer[pairs:], before, ends[pairs:]),
        )
        return weighted(average_pair(*(self._terms(clip, batch["shape"]) for clip in clips)))

    def _terms(self, clip: Clip, shape: Tensor) -> Batch:
        if self.shape.target == "noise":
            return {"noise": noise_loss(clip)}
        return clip_losses(clip, shape, self.statistics, self.flame)

    def _encode_audio(self, samples: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """(2 B, L, D) features of the clips, silent where they have ended, and (B, P, D) of what is before the second.

        The latter come from whole first clips, and nothing is learned through them.
        """
        net, pairs, count = self.loop.net, len(samples), self.shape.n_prev_motions
        clips = torch.cat(samples.split(self.shape.n_motions * AUDIO_UNIT, dim=1))
        features = net.extract_audio_feature(clips * valid.repeat_interleave(AUDIO_UNIT, dim=1))
        before = features[:pairs, -count:].detach().clone()
        cut = ~valid[:pairs, -1]
        if cut.any():
            with torch.no_grad():
                before[cut] = net.extract_audio_feature(clips[:pairs][cut])[:, -count:].to(before)
        return features, before

    def export(self) -> Path:
        """Writes the average of the weights with the options of the checkpoint that it started from."""
        options = json.loads(installed_file(DENOISER).with_suffix(".json").read_text(encoding="utf-8"))["args"]
        path = self.output / f"iter_{self.loop.step:07d}.pt"
        state = {name: value.cpu() for name, value in self.loop.averaged.state_dict().items()}
        with unfinished(path) as part:
            torch.save({"args": argparse.Namespace(**options), "model": state, "iter": self.loop.step}, part)
        return path


def _trainable(installed: DiffTalkingHead, fresh: bool) -> DiffTalkingHead:
    """The model with the first layers of its audio encoder frozen, all else new if `fresh`."""
    model = DiffTalkingHead(installed.config) if fresh else installed
    encoder: Any = model.audio_encoder
    if fresh:
        encoder.load_state_dict(installed.audio_encoder.state_dict())
    frozen = [encoder.feature_extractor, encoder.feature_projection, *encoder.encoder.layers[:FROZEN_LAYERS]]
    for part in frozen:
        part.requires_grad_(False)
    return model
