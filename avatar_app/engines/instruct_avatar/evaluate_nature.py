"""Naturalness measures beside the lips: blinks, head, brows, smoothness, diversity; and how long it takes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from avatar_app.diffusion.windows import plan_windows
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.inputs.instruction.timeline import Segment, Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.training.corpus.alignment import Recording
from avatar_app.training.corpus.sessions import speaking
from avatar_app.training.scenes import articulation_tracks
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.coarticulation import lip_tracks, stress_of
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

# Published ranges of people who talk (motion_facts: conversation and reading).
RANGES = {
    "blinks_per_minute": (4.5, 45.0),
    "blink_seconds": (0.1, 0.4),
    "pitch_std_degrees": (0.3, 6.4),
    "yaw_std_degrees": (0.2, 10.4),
    "roll_std_degrees": (0.1, 6.9),
    "pitch_degrees_per_second": (1.0, 26.0),
    "brow_flashes_per_minute": (2.0, 40.0),
}


def naturalness(engine: InstructAvatar, recordings: list[Recording], seeds: int) -> dict[str, Any]:
    """Figures of samples without instruction beside the teacher's on the same speech, and the published ranges."""
    made = [clip for r in recordings for clip in motion_samples(engine, r.speech, None, seeds)]
    shown = [clip for i, r in enumerate(recordings) for clip in teacher_samples(r, seeds, i)]
    figures: dict[str, Any] = {}
    for name, measure in _MEASURES.items():
        mine, teachers = (round(float(np.mean([measure(c) for c in clips])), 4) for clips in (made, shown))
        figures[name] = {"model": mine, "teacher": teachers}
        if name in RANGES:
            figures[name] |= {"range": RANGES[name], "inside": RANGES[name][0] <= mine <= RANGES[name][1]}
    return figures


def teacher_samples(recording: Recording, seeds: int, seed: int = 0) -> list[MotionClip]:
    """What the teacher makes of the same phones, with no instruction."""
    tracks = lip_tracks(
        recording.phones, stress_of(recording.phones, recording.speech.samples), recording.speech.frames
    )
    frames = len(tracks)
    scene = Scene(
        tracks, speaking(tracks).astype(np.float32), np.zeros((frames, 28), np.float32), (), np.zeros(52, np.float32)
    )
    return [MotionClip.from_values(act(scene, np.random.default_rng([seed, k]))) for k in range(seeds)]


def _blinks(clip: MotionClip) -> list[int]:
    """Lengths in frames of stretches with lids more than 45 % shut."""
    shut = np.concatenate([[False], clip.channel("eyeBlinkLeft") > 0.45, [False]])
    edges = np.flatnonzero(np.diff(shut.astype(int)))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _blink_seconds(clip: MotionClip) -> float:
    lengths = _blinks(clip)
    # Half-shut time is about half of a blink's whole length.
    return 2 * float(np.mean(lengths)) / FPS if lengths else 0.2


def _angles(clip: MotionClip) -> Array:
    return np.rad2deg(clip.head_rotation)


def _flashes(clip: MotionClip) -> float:
    raised = (clip.channel("browInnerUp") > 0.12).astype(int)
    return float((np.diff(raised) > 0).sum() / clip.duration * 60)


def _jerk(values: Array) -> float:
    """Mean size of the third difference per frame³."""
    return float(np.abs(np.diff(values, n=3, axis=0)).mean())


_MEASURES: dict[str, Callable[[MotionClip], float]] = {
    "blinks_per_minute": lambda c: len(_blinks(c)) / c.duration * 60,
    "blink_seconds": _blink_seconds,
    "pitch_std_degrees": lambda c: float(_angles(c)[:, 0].std()),
    "yaw_std_degrees": lambda c: float(_angles(c)[:, 1].std()),
    "roll_std_degrees": lambda c: float(_angles(c)[:, 2].std()),
    "pitch_degrees_per_second": lambda c: float(np.abs(np.diff(_angles(c)[:, 0])).mean() * FPS),
    "brow_flashes_per_minute": _flashes,
    "head_jerk_degrees": lambda c: _jerk(_angles(c)),
    "jaw_jerk": lambda c: _jerk(c.channel("jawOpen")),
    "brow_jerk": lambda c: _jerk(c.channel("browInnerUp")),
}


def diversity(engine: InstructAvatar, speech: Speech, seeds: int) -> dict[str, float]:
    """Mean pairwise correlation between samples: head rotation should be low, jaw high."""
    pairs = list(itertools.combinations(motion_samples(engine, speech, None, seeds), 2))

    def mean(of: Callable[[MotionClip], Array]) -> float:
        return round(float(np.mean([np.corrcoef(of(a), of(b))[0, 1] for a, b in pairs])), 3)

    return {
        "head_rotation": mean(lambda c: (c.head_rotation - c.head_rotation.mean(axis=0)).ravel()),
        "jaw": mean(lambda c: c.channel("jawOpen")),
        "blinks": mean(lambda c: c.channel("eyeBlinkLeft")),
    }


def ten_seconds(speech: Speech) -> Speech:
    """The recording repeated and cut to 10 s."""
    count = 10 * speech.original_rate
    mono = speech.original if speech.original.ndim == 1 else speech.original[:, 0]
    return load_speech((speech.original_rate, np.resize(mono, count)))


def speed(engine: InstructAvatar, speech: Speech, repeats: int = 3) -> dict[str, float]:
    """Seconds for the motion of 10 s x 4 samples with all guidance on; the fastest of `repeats`."""
    voice = ten_seconds(speech)
    told = Timeline((Segment(0.0, 10.0, "happy", {"happy": 0.65}, {"nod": 0.65}),), 10.0)

    def fastest(engine: InstructAvatar) -> float:
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            motion_samples(engine, voice, told, 4)
            times.append(time.perf_counter() - began)
        return round(min(times), 2)

    precise = InstructAvatar(engine.model, replace(engine.defaults, precise=True))
    return {"default": fastest(engine), "float32": fastest(precise), "threads": torch.get_num_threads()}


def long_recordings(engine: InstructAvatar, speech: Speech) -> dict[str, dict[str, float]]:
    """A minute in windows, all denoised together or one after another: seams, drift and seconds.

    seam: largest change between two frames within half a second of a window's edge, as a share of the largest
    elsewhere. drift: change of mean jaw opening from the first to the last quarter, as a share of the first.
    """
    mono = speech.original if speech.original.ndim == 1 else speech.original[:, 0]
    minute = load_speech((speech.original_rate, np.resize(mono, 60 * speech.original_rate)))
    rows = {}
    for name, one_after_another in (("windows together", False), ("windows one after another", True)):
        other = InstructAvatar(engine.model, replace(engine.defaults, one_after_another=one_after_another))
        began = time.perf_counter()
        clips = motion_samples(other, minute, None, 2)
        seconds = time.perf_counter() - began
        rows[name] = {
            "seam": round(float(np.mean([_seam(other, clip) for clip in clips])), 3),
            "drift": round(float(np.mean([_drift(clip) for clip in clips])), 3),
            "seconds": round(seconds, 1),
        }
    return rows


def _seam(engine: InstructAvatar, clip: MotionClip) -> float:
    windows = plan_windows(len(clip), engine.defaults.window, engine.defaults.overlap)
    jumps = np.abs(np.diff(clip.values(), axis=0)).max(axis=1)
    near = np.zeros(len(jumps), bool)
    for start, _ in windows[1:]:
        near[max(0, start - 12) : start + engine.defaults.overlap + 12] = True
    return float(jumps[near].max() / jumps[~near].max())


def _drift(clip: MotionClip) -> float:
    jaw, quarter = clip.channel("jawOpen"), len(clip) // 4
    return float(abs(jaw[-quarter:].mean() / jaw[:quarter].mean() - 1))


def articulation_error(engine: InstructAvatar, recordings: list[Recording]) -> dict[str, float]:
    """Correlation of what the speech encoder reads with the teacher's tracks: how much of lip errors comes from it."""
    read, true = [], []
    for r in recordings:
        tracks = lip_tracks(r.phones, stress_of(r.phones, r.speech.samples), r.speech.frames)
        true.append(articulation_tracks(tracks))
        read.append(
            encode_articulation(engine.model.speech_encoder, r.speech.samples, r.speech.frames)[
                :, : true[-1].shape[1]
            ].cpu()
        )
    a, b = np.concatenate(read), np.concatenate(true)
    columns = {"jaw": 0, "funnel": 1, "pucker": 2, "closure": 7, "tuck": 8, "accent": 10}
    return {name: round(float(np.corrcoef(a[:, i], b[:, i])[0, 1]), 3) for name, i in columns.items()}
