"""Contrastive training of the embedded style encoder: two clips of one speaker belong together, others are apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from avatar_app.engines.diffposetalk.style_encoder import EMBEDDED, WINDOW, StyleConfig, StyleEncoder
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import InputError
from avatar_app.training.corpus.sessions import Session, read_shard, speaking
from avatar_app.training.loop import Loop, LoopConfig, plot_curves
from avatar_app.training.motion_lmdb import MotionLmdb, motion_windows
from avatar_app.training.synthetic_speakers import SyntheticSpeaker, draw_speaker, perform
from avatar_app.types import Array

UNSEEN = 0.1  # share of the shards that training leaves to the evaluation
SPOKEN = 0.35  # of a clip at least: silence tells little of how somebody speaks
FILM_FRAMES = 210  # of a film, whose first and last 100 make a pair
FACE = slice(0, 52)


@dataclass(frozen=True)
class StyleTrainingConfig:
    """Recipe; the whole of it goes into the model card."""

    steps: int = 800
    speakers: int = 32  # of a batch, two clips each
    temperature: float = 0.1
    learning_rate: float = 7e-4
    statistics: int = 1500  # clips from which mean and scale are measured
    corrupted: float = 0.6  # share of clips that come as trackers and denoisers deliver them
    seed: int = 5
    threads: int = 1


def read_speech(folder: Path, unseen: bool = False) -> list[Session]:
    """Sessions of a corpus without their sound: those to learn from, or those kept for the evaluation.

    Raises InputError when there are none.
    """
    paths = sorted(folder.glob("shard_*.safetensors"))
    kept = max(1, round(UNSEEN * len(paths))) if len(paths) > 1 else 0
    chosen = paths[len(paths) - kept :] if unseen else paths[: len(paths) - kept]
    nothing = np.zeros((0, 0, 0), np.float16)
    sessions = [replace(session, mel=nothing) for path in chosen for session in read_shard(path)]
    sessions = [s for s in sessions if len(s.tracks) > WINDOW and speaking(s.tracks).mean() > SPOKEN]
    if not sessions:
        raise InputError(f"There is no speech to learn from in {folder}: make a corpus with --build-corpus first.")
    return sessions


def perform_speech(
    sessions: list[Session], speaker: SyntheticSpeaker, rng: np.random.Generator, frames: int = WINDOW
) -> Array:
    """(frames, 58) of the speaker over a random stretch of which enough is speech."""
    while True:
        session = sessions[int(rng.integers(len(sessions)))]
        if len(session.tracks) < frames:
            continue
        start = int(rng.integers(0, len(session.tracks) - frames + 1))
        if speaking(session.tracks)[start : start + frames].mean() > SPOKEN:
            return perform(session, speaker, start, frames, rng)


def corrupt(values: Array, rng: np.random.Generator) -> Array:
    """(T, 58) as a tracker sees it or a denoiser makes it: gains a little off, jitter, sometimes no gaze or place.

    Where a head is held cannot be told from where the camera stands, so that is hidden, too, now and then.
    """
    result = values * np.exp(rng.normal(0, 0.1, values.shape[1]))
    jitter = gaussian_filter1d(rng.standard_normal(values.shape), rng.uniform(0.4, 1.5), axis=0)
    result += jitter * np.where(np.arange(values.shape[1]) < 52, 0.02, 0.004) * rng.uniform(0, 1)
    if rng.random() < 0.4:
        result[:, 52:55] -= np.median(result[:, 52:55], axis=0)
    if rng.random() < 0.25:
        result[:, [name.startswith("eyeLook") for name in CHANNEL_NAMES]] = 0
    if rng.random() < 0.25:
        result[:, 55:] = 0
    result[:, FACE] = np.clip(result[:, FACE], 0, 1)
    return result.astype(np.float32)


def motion_statistics(sessions: list[Session], count: int) -> tuple[Array, Array]:
    """(58,) mean and scale of synthetic speakers' motion, float32, for the style encoder and the denoiser alike.

    Scales of rare channels are raised, so that what hardly ever moves is not blown up; those of the head are halved,
    so that its natural movement stands out against the postures of different speakers.
    """
    rng = np.random.default_rng(0)
    values = np.concatenate([perform_speech(sessions, draw_speaker(rng), rng) for _ in range(count)])
    low = np.where(np.arange(values.shape[1]) < 52, 0.06, 0.006)
    scale = np.maximum(values.std(axis=0), low)
    scale[52:55] *= 0.5
    return values.mean(axis=0).astype(np.float32), scale.astype(np.float32)


def contrast(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """NT-Xent (Chen et al. 2020): row i of both (N, d) is one speaker; every other row is somebody else. Scalar."""
    both = F.normalize(torch.cat([first, second]).float(), dim=1)
    likeness = both @ both.T / temperature
    likeness.fill_diagonal_(float("-inf"))
    count = len(first)
    partner = torch.arange(2 * count, device=both.device).roll(count)
    return F.cross_entropy(likeness, partner)


def batches(sessions: list[Session], config: StyleTrainingConfig, seed: int) -> Iterator[dict[str, Tensor]]:
    """Endless {"first", "second"} (speakers, 100, 58) float32, not normalised; row i of both is one speaker."""
    rng = np.random.default_rng(seed)
    while True:
        pairs: list[list[Array]] = []
        for speaker in [draw_speaker(rng) for _ in range(config.speakers)]:
            pair = [perform_speech(sessions, speaker, rng) for _ in range(2)]
            pairs.append([corrupt(clip, rng) if rng.random() < config.corrupted else clip for clip in pair])
        first, second = (torch.from_numpy(np.stack(clips)) for clips in zip(*pairs, strict=True))
        yield {"first": first, "second": second}


def film_batches(films: Path, config: StyleTrainingConfig, seed: int) -> Iterator[dict[str, Tensor]]:
    """Endless pairs as of `batches`, of people filmed: the two ends of 210 frames of one film, no person twice.

    films: an LMDB data set of training.films. Raises InputError when fewer than two persons can be learned from.
    """
    rng = np.random.default_rng(seed)
    people: dict[str, list[Array]] = {}
    with MotionLmdb(films) as data:
        for clip, motion in motion_windows(data, "train", FILM_FRAMES):
            people.setdefault(clip.split("/")[0], []).append(motion)
    if len(people) < 2:
        raise InputError(f"{films} has {len(people)} persons to learn from; styles need at least two, filmed for 9 s.")
    while True:
        pairs = []
        for person in rng.permutation(list(people))[: config.speakers]:
            motion = people[person][int(rng.integers(len(people[person])))]
            start = int(rng.integers(0, len(motion) - FILM_FRAMES + 1))
            stretch = motion[start : start + FILM_FRAMES]
            pairs.append([stretch[:WINDOW], stretch[-WINDOW:]])
        first, second = (torch.from_numpy(np.stack(clips)) for clips in zip(*pairs, strict=True))
        yield {"first": first, "second": second}


def _together(*streams: Iterator[dict[str, Tensor]]) -> Iterator[dict[str, Tensor]]:
    for parts in zip(*streams, strict=True):
        yield {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def train(
    output: Path,
    corpus: Path,
    *,
    films: Path | None = None,
    config: StyleTrainingConfig | None = None,
    model_config: StyleConfig = EMBEDDED,
    resume: bool = True,
) -> Path:
    """Trains on a corpus of speech_corpus and writes `output`/style_encoder.safetensors and stats.safetensors.

    films: an LMDB data set of training.films, from which people join the synthetic speakers. The running state lies in
    `output`; a second call with `resume` goes on from there. Raises InputError when there is no corpus.
    """
    config = config or StyleTrainingConfig()
    sessions = read_speech(corpus)
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    mean, scale = save_statistics(sessions, output, config.statistics)
    model = StyleEncoder(model_config)
    loop = Loop("style", model, StyleEncoder(model_config), LoopConfig(config.steps, config.learning_rate), output)
    if resume:
        loop.load()
    device = loop.accelerator.device
    mean, scale = mean.to(device), scale.to(device)

    def losses(batch: dict[str, Tensor]) -> dict[str, Tensor]:
        styles = loop.net((torch.cat([batch["first"], batch["second"]]) - mean) / scale)
        first, second = styles.chunk(2)
        return {"contrast": contrast(first, second, config.temperature)}

    seed = config.seed * 100_003 + loop.step
    stream = batches(sessions, config, seed)
    if films is not None:
        stream = _together(stream, film_batches(films, config, seed))
    loop.run(config.steps, stream, losses)
    plot_curves(output / "style.csv")
    return export(loop.averaged, output)


def save_statistics(sessions: list[Session], output: Path, count: int) -> tuple[Tensor, Tensor]:
    """motion_statistics, and writes them to `output`/stats.safetensors as mean and std."""
    mean, scale = (torch.from_numpy(array) for array in motion_statistics(sessions, count))
    save_file({"mean": mean, "std": scale}, output / "stats.safetensors")
    return mean, scale


def export(model: torch.nn.Module, output: Path) -> Path:
    """Writes the weights in float16."""
    path = output / "style_encoder.safetensors"
    save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, path)
    return path


@torch.no_grad()
def retrieval(
    model: StyleEncoder, stats: tuple[Tensor, Tensor], sessions: list[Session], seed: int, **options: Any
) -> dict[str, float]:
    """How often a clip's style is nearest to its own speaker's among `speakers`: share in [0, 1] of all queries.

    options: speakers (20), rounds (20), frames (100) of every clip, corrupted (False) to see clips as a tracker does.
    """
    settings = {"speakers": 20, "rounds": 20, "frames": WINDOW, "corrupted": False} | options
    rng = np.random.default_rng(seed)
    hits, total = 0, 0
    for _ in range(settings["rounds"]):
        styles = []
        speakers = [draw_speaker(rng) for _ in range(settings["speakers"])]
        for _ in range(2):
            clips = [perform_speech(sessions, speaker, rng, settings["frames"]) for speaker in speakers]
            clips = [corrupt(clip, rng) for clip in clips] if settings["corrupted"] else clips
            motion = (torch.from_numpy(np.stack(clips)) - stats[0]) / stats[1]
            windows = motion.unfold(1, WINDOW, WINDOW // 2).transpose(2, 3)
            vectors = model(windows.flatten(0, 1)).view(len(clips), -1, model.config.width)
            styles.append(F.normalize(vectors.mean(dim=1), dim=1))
        nearest = (styles[0] @ styles[1].T).argmax(dim=1)
        hits += int((nearest == torch.arange(len(nearest))).sum())
        total += len(nearest)
    return {"retrieval": hits / total, "queries": float(total)}
