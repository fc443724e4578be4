"""Fine-tuning on films of people: the denoiser learns their tracked motion, and how these talkers differ is fitted.

Starts from the shipped weights. A film gives no words: half of every batch is the teacher's, where a corpus is there,
so that instructions are not forgotten. What is learned rests on `avatar_app prepare`'s data set (motion_lmdb).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.instruct_avatar.checkpoint import load_denoiser
from avatar_app.engines.instruct_avatar.denoising_loss import DenoisingLoss
from avatar_app.engines.instruct_avatar.encoder_training import true_articulation
from avatar_app.engines.instruct_avatar.spec import SPEC
from avatar_app.engines.instruct_avatar.training import export
from avatar_app.face.arkit import ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.face.facs import EMOTION_NAMES, LEARNED_ACTIONS
from avatar_app.motion.talker import TalkerStatistics
from avatar_app.request import InputError
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.training.corpus.sessions import Session, read_corpus
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves
from avatar_app.training.motion_lmdb import MotionLmdb, Recording, motion_windows
from avatar_app.training.scenes import MAX_CUES, Example, examples
from avatar_app.training.talker_fit import TalkerReading, fit_statistics, read_talker
from avatar_app.types import Array
from avatar_app.weights import checkpoints_folder

log = logging.getLogger(__name__)

# Trackers see no tongue and no puffed cheeks: films teach nothing about them.
UNSEEN = [i for i, name in enumerate(CHANNEL_NAMES) if name.startswith(("tongue", "cheekPuff"))]
_MOUTH = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(("mouth", "jaw", "tongue"))]
_PASSING = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(("eyeLook", "eyeBlink"))]


@dataclass(frozen=True)
class FilmTrainingConfig:
    """Recipe; the whole of it goes into config.json."""

    steps: int = 1500
    batch: int = 20
    synthetic: float = 0.5  # of the batch, where a corpus is there
    learning_rate: float = 2e-4
    frames: int = 100
    drop_speech: float = 0.08
    drop_text: float = 0.12
    seed: int = 3
    threads: int = 1


@dataclass(frozen=True)
class FilmClip:
    """T frames of one film. motion: (T, 58). speech: (T, 26) articulation heard. resting: (52,). talker: (12,)."""

    motion: Array
    speech: Array
    resting: Array
    talker: Array


def train(
    output: Path,
    films: Path,
    corpus: Path,
    *,
    resume: bool = True,
    start: Path | None = None,
    config: FilmTrainingConfig | None = None,
) -> Path:
    """Learns from the data set `films` and writes `output`/model.safetensors and config.json.

    config.json says how the talkers of the films differ ("talkers"), from whom samples are drawn. The running state is
    `output`/films.pt; a second call with `resume` goes on from there. start: a checkpoint folder, the shipped one if
    None. Raises InputError when no film is long enough, or when films or weights are missing or of another kind.
    """
    config = config or FilmTrainingConfig()
    model, averaged = (load_denoiser(start or checkpoints_folder() / SPEC.name, torch.device("cpu")) for _ in "ab")
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    clips, talkers = read_films(films, model.speech_encoder, config.frames, output / "heard")
    sessions = read_corpus(corpus)
    if not sessions:
        log.warning("there is no corpus in %s: what words do may be forgotten", corpus)
    model.speech_encoder.requires_grad_(False)
    loop = Loop("films", model, averaged, LoopConfig(config.steps, config.learning_rate, warm_up=50), output)
    if resume:
        loop.load()
    stream = batches(clips, sessions, config, config.seed * 100_003 + loop.step)
    loss = DenoisingLoss(model, loop.accelerator.device, config.drop_speech, config.drop_text)
    loop.run(config.steps, stream, lambda batch: loss(loop.net, batch, batch["speech"], batch["seen"]))
    plot_curves(output / "films.csv")
    recipe = vars(config) | {"films": len(clips), "seconds": round(loop.seconds)}
    return export(averaged, output, recipe, talkers=talkers.to_json())


def read_films(
    films: Path, encoder: SpeechEncoder, frames: int, heard: Path
) -> tuple[list[FilmClip], TalkerStatistics]:
    """The training films of so many frames or more, and how the people in them differ.

    heard: folder that keeps what the encoder hears of each, which takes longest.
    """
    clips: list[FilmClip] = []
    people: dict[str, list[TalkerReading]] = {}
    with MotionLmdb(films) as data:
        for name, motion in motion_windows(data, "train", max(frames, 100)):
            reading = read_talker(motion)
            people.setdefault(name.split("/")[0], []).append(reading)
            speech = _heard(data.read(name), encoder, heard / f"{name.replace('/', '_')}.npy")
            clips.append(FilmClip(motion, speech, resting_of(motion), reading.talker.vector()))
    if not clips:
        raise InputError(f"{films} has no film of 4 s or more to learn from: prepare longer ones.")
    log.info("%d films of %d persons", len(clips), len(people))
    return clips, fit_statistics(people)


def _heard(recording: Recording, encoder: SpeechEncoder, kept: Path) -> Array:
    """(T, 26) articulation of a film's sound, from the file `kept` where that is there."""
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        speech = encode_articulation(encoder, recording.audio, len(recording)).cpu().numpy()
        partial = kept.with_suffix(".partial.npy")
        np.save(partial, speech.astype(np.float32))
        partial.replace(kept)
    return np.asarray(np.load(kept, allow_pickle=False), np.float32)


def resting_of(motion: Array) -> Array:
    """(52,) what a face of (T, 58) motion shows at rest: the mouth where it does least, the rest as it mostly is."""
    resting = np.median(motion[:, :52], axis=0)
    resting[_MOUTH] = np.quantile(motion[:, _MOUTH], 0.1, axis=0)
    resting[_PASSING] = 0
    return resting.astype(np.float32)


def batches(clips: list[FilmClip], sessions: list[Session], config: FilmTrainingConfig, seed: int) -> Iterator[Batch]:
    """Endless batches: what Inputs takes, "motion" (B, T, 58), and "seen" (B, 58), 0 where films teach nothing."""
    rng = np.random.default_rng(seed)
    acted = round(config.synthetic * config.batch) if sessions else 0
    lessons = examples(sessions, config.frames, seed, with_features=False) if acted else iter(())
    while True:
        rows = _film_rows(clips, config.batch - acted, config.frames, rng)
        if acted:
            rows = _joined(rows, _acted_rows(list(islice(lessons, acted))))
        yield rows


def _film_rows(clips: list[FilmClip], count: int, frames: int, rng: np.random.Generator) -> Batch:
    """Random stretches of films, no instruction; long films as often as they are long."""
    lengths = np.array([len(clip.motion) for clip in clips], np.float64)
    chosen = [clips[i] for i in rng.choice(len(clips), count, p=lengths / lengths.sum())]
    starts = [int(rng.integers(0, len(clip.motion) - frames + 1)) for clip in chosen]
    parts = [(clip, slice(start, start + frames)) for clip, start in zip(chosen, starts, strict=True)]
    seen = torch.ones(count, len(CHANNEL_NAMES))
    seen[:, UNSEEN] = 0
    return {
        "motion": _stacked([clip.motion[part] for clip, part in parts]),
        "speech": _stacked([clip.speech[part] for clip, part in parts]),
        "resting": _stacked([clip.resting for clip, _ in parts]),
        "talker": _stacked([clip.talker for clip, _ in parts]),
        "emotion": torch.zeros(count, frames, len(EMOTION_NAMES)),
        "actions": torch.full((count, MAX_CUES), len(LEARNED_ACTIONS)),
        "strengths": torch.zeros(count, MAX_CUES),
        "spans": torch.zeros(count, MAX_CUES, 2),
        "seen": seen,
    }


def _acted_rows(lessons: list[Example]) -> Batch:
    """The teacher's performances, as the denoiser first learned from them."""
    rows = {field.name: _stacked([getattr(one, field.name) for one in lessons]) for field in fields(Example)}
    speech = true_articulation(rows)
    seen = torch.ones(len(lessons), len(CHANNEL_NAMES))
    names = ("motion", "resting", "talker", "emotion", "actions", "strengths", "spans")
    return {**{name: rows[name] for name in names}, "speech": speech, "seen": seen}


def _stacked(parts: list[Any]) -> Tensor:
    return torch.from_numpy(np.stack(parts))


def _joined(first: Batch, second: Batch) -> Batch:
    return {name: torch.cat([part, second[name].to(part.dtype)]) for name, part in first.items()}
