"""Lip-sync measures: closures, curves and timing against aligned phones, on clean and damaged sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, resample_poly, sosfilt
from scipy.stats import spearmanr

from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.face.lip_gap import gap_vector
from avatar_app.inputs.instruction.timeline import Segment, Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.lip_targets import CHANNELS, TARGETS
from avatar_app.speech.phones import Phone
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.training.corpus.alignment import Recording
from avatar_app.training.corpus.augment import coloured_noise
from avatar_app.training.teacher.coarticulation import lip_tracks, lips_to_arkit, stress_of
from avatar_app.types import Array

VOWEL_HEIGHT = {"A": 3.0, "E": 2.3, "O": 2.0, "AH": 1.5, "I": 1.0, "W_U": 0.5}  # how far vowels open the jaw
_TARGET_CHANNELS = {"jaw": ("jawOpen",), "rounding": ("mouthFunnel", "mouthPucker")}
MAX_LAG = 5  # frames searched for the best lag


def lip_gap(clip: MotionClip) -> Array:
    """(T,) inner-lip gap in mouth widths; 0 and below is shut."""
    gap: Array = clip.expression @ gap_vector()
    return gap


def shut_frames(clip: MotionClip) -> npt.NDArray[np.bool_]:
    """(T,) gap below 10 % of the clip's 95th percentile."""
    gap = lip_gap(clip)
    return np.asarray(gap < 0.1 * np.percentile(gap, 95))


def lips_on(engine: InstructAvatar, recordings: list[Recording], timeline: Timeline | None = None) -> dict[str, Any]:
    """Against aligned phones: closures of p b m, correlation with the teacher's curves, vowel height, lag."""
    hits: list[bool] = []
    right: list[bool] = []
    false_vowels: list[bool] = []
    curves: dict[str, list[tuple[Array, Array]]] = {"jaw": [], "rounding": [], "closure": [], "gap": []}
    targets: dict[str, list[tuple[Array, Array]]] = {"jaw": [], "rounding": []}
    jaw, height = [], []
    for recording in recordings:
        clip = motion_samples(engine, recording.speech, _lasting(timeline, recording.speech.duration), 1)[0]
        shut = shut_frames(clip)
        hits += closures_hit(shut, recording.phones)
        right += _closures_that_belong(shut, recording.phones)
        opened = [p for p in recording.phones if p.viseme in ("A", "E", "O") and p.end - p.start > 0.08]
        false_vowels += [bool(shut[int((p.start + p.end) / 2 * FPS)]) for p in opened if p.end * FPS < len(shut)]
        for name, pair in _pairs(clip, teacher_lips(recording)).items():
            curves[name].append(pair)
            if name in targets:
                targets[name].append((pair[0], _viseme_targets(recording, name)))
        for p in (p for p in recording.phones if p.viseme in VOWEL_HEIGHT and p.end * FPS < len(clip)):
            jaw.append(clip.channel("jawOpen")[int((p.start + p.end) / 2 * FPS)])
            height.append(VOWEL_HEIGHT[p.viseme])
    return {
        "clips": len(recordings),
        "bilabials": len(hits),
        "closure_recall": share(hits),
        "closure_precision": share(right),
        "open_vowels_shut": share(false_vowels),
        "correlation_with_aligned_teacher": {name: _correlation(pairs) for name, pairs in curves.items()},
        "correlation_with_viseme_targets": {name: _correlation(pairs) for name, pairs in targets.items()},
        "jaw_against_vowel_height_spearman": round(float(spearmanr(jaw, height).statistic), 3),
        "best_lag_ms": best_lag(curves["gap"]),
    }


def _correlation(pairs: list[tuple[Array, Array]]) -> float:
    return round(float(np.corrcoef(*(np.concatenate(side) for side in zip(*pairs, strict=True)))[0, 1]), 3)


def _viseme_targets(recording: Recording, name: str) -> Array:
    """(T,) jaw or rounding that the aligned phones aim at, blurred by a frame: a reference without coarticulation."""
    channels = [CHANNELS.index(channel) for channel in _TARGET_CHANNELS[name]]
    curve = np.zeros(recording.speech.frames * 4)
    for phone in recording.phones:
        aim = sum(TARGETS[phone.viseme][channel] for channel in channels)
        curve[round(phone.start * FPS * 4) : round(phone.end * FPS * 4)] = aim
    return gaussian_filter1d(curve, 4.0).reshape(-1, 4).mean(axis=1).astype(np.float32)


def _lasting(timeline: Timeline | None, seconds: float) -> Timeline | None:
    """The one-step timeline stretched over a recording."""
    if timeline is None:
        return None
    return Timeline(tuple(replace(segment, end=seconds) for segment in timeline.segments), seconds)


def emotion_cost(engine: InstructAvatar, recordings: list[Recording], emotions: Iterable[str]) -> dict[str, float]:
    """Closure recall with no emotion and with each of `emotions` very strong."""
    costs = {}
    for name in ("none", *emotions):
        feeling = None if name == "none" else Timeline((Segment(0.0, 1.0, name, {name: 1.0}, {}),), 1.0)
        costs[name] = lips_on(engine, recordings, feeling)["closure_recall"]
    return costs


def teacher_lips(recording: Recording) -> MotionClip:
    """What the teacher's lips do for the recording's phones."""
    tracks = lip_tracks(
        recording.phones, stress_of(recording.phones, recording.speech.samples), recording.speech.frames
    )
    expression = lips_to_arkit(tracks, np.ones(len(tracks), np.float32))
    return MotionClip.from_values(np.concatenate([expression, np.zeros((len(tracks), 6), np.float32)], axis=1))


def _pairs(clip: MotionClip, teacher: MotionClip) -> dict[str, tuple[Array, Array]]:
    def rounding(c: MotionClip) -> Array:
        return c.channel("mouthPucker") + c.channel("mouthFunnel")

    def closure(c: MotionClip) -> Array:
        gap = lip_gap(c)
        return np.clip(1 - gap / np.percentile(gap, 60), 0, 1)

    return {
        "jaw": (clip.channel("jawOpen"), teacher.channel("jawOpen")),
        "rounding": (rounding(clip), rounding(teacher)),
        "closure": (closure(clip), closure(teacher)),
        "gap": (lip_gap(clip), lip_gap(teacher)),
    }


def closures_hit(shut: npt.NDArray[np.bool_], phones: tuple[Phone, ...]) -> list[bool]:
    """For every p, b and m: are the lips shut in any frame from 40 ms before it to 60 ms after it?"""
    hits = []
    for phone in (p for p in phones if p.viseme == "PBM"):
        first = max(0, int(np.ceil((phone.start - 0.04) * FPS - 0.5)))
        last = max(first + 1, int(np.floor((phone.end + 0.06) * FPS - 0.5)) + 1)
        hits.append(bool(shut[first:last].any()))
    return hits


def _closures_that_belong(shut: npt.NDArray[np.bool_], phones: tuple[Phone, ...]) -> list[bool]:
    """For every shut frame within speech: does p, b, m, f, v or a pause within 80 ms explain it?"""
    allowed, speech = np.zeros(len(shut), bool), np.zeros(len(shut), bool)
    for phone in phones:
        if phone.viseme in ("PBM", "FV", "SIL"):
            first = max(0, int((phone.start - 0.08) * FPS))
            allowed[first : int((phone.end + 0.08) * FPS) + 1] = True
        if phone.viseme != "SIL":
            speech[int(phone.start * FPS) : int(phone.end * FPS) + 1] = True
    return list(allowed[shut & speech])


def best_lag(pairs: list[tuple[Array, Array]]) -> float:
    """Milliseconds by which lips come after the teacher's (negative: before), where both agree best."""
    scores = []
    for lag in range(-MAX_LAG, MAX_LAG + 1):
        shifted = [(a[max(0, lag) : len(a) + min(0, lag)], b[max(0, -lag) : len(b) - max(0, lag)]) for a, b in pairs]
        a, b = (np.concatenate([p[i] - p[i].mean() for p in shifted]) for i in (0, 1))
        scores.append(float(np.corrcoef(a, b)[0, 1]))
    peak = int(np.argmax(scores))
    offset = 0.0
    if 0 < peak < len(scores) - 1:  # a parabola through the peak: finer than a frame
        left, top, right = scores[peak - 1 : peak + 2]
        offset = 0.5 * (left - right) / (left - 2 * top + right)
    return round((peak - MAX_LAG + offset) * 1000 / FPS, 1)


def closing_and_opening(engine: InstructAvatar, recordings: list[Recording]) -> dict[str, float]:
    """Mean lip gap around p, b, m that were closed, as a share of the clip's 90th percentile (motion_facts: .02 10 ms
    before the closure, .55 of the way open 55 ms after the release)."""
    before: list[float] = []
    after: list[float] = []
    for recording in recordings:
        clip = motion_samples(engine, recording.speech, None, 1)[0]
        gap = np.clip(lip_gap(clip), 0, None) / np.percentile(lip_gap(clip), 90)
        middle = (np.arange(len(gap)) + 0.5) / FPS
        for phone, hit in zip(
            (p for p in recording.phones if p.viseme == "PBM"),
            closures_hit(shut_frames(clip), recording.phones),
            strict=True,
        ):
            if hit:
                before.append(float(np.interp(phone.start - 0.01, middle, gap)))
                after.append(float(np.interp(phone.end + 0.055, middle, gap)))
    return {
        "gap_10ms_before_closure": round(float(np.median(before)), 3),
        "gap_55ms_after_release": round(float(np.median(after)), 3),
    }


def robustness(engine: InstructAvatar, recordings: list[Recording]) -> dict[str, dict[str, Any]]:
    """Closure recall, precision and jaw correlation of the same recordings, damaged."""
    result = {}
    for name, damage in DAMAGES.items():
        changed = [_damaged(recording, damage) for recording in recordings]
        figures = lips_on(engine, changed)
        result[name] = {
            "closure_recall": figures["closure_recall"],
            "closure_precision": figures["closure_precision"],
            "jaw": figures["correlation_with_aligned_teacher"]["jaw"],
        }
    return result


def _damaged(recording: Recording, damage: Callable[[Array], tuple[Array, float]]) -> Recording:
    samples, factor = damage(recording.speech.samples)
    phones = tuple(Phone(p.start * factor, p.end * factor, p.viseme) for p in recording.phones)
    return Recording(recording.name, load_speech((SAMPLE_RATE, samples)), phones)


def _resampled(percent: int) -> Callable[[Array], tuple[Array, float]]:
    """Pitch, formants and tempo together, as a tape played slower (percent > 100) or faster."""
    return lambda samples: (resample_poly(samples, percent, 100).astype(np.float32), percent / 100)


def _noisy(samples: Array) -> tuple[Array, float]:
    noise = coloured_noise(len(samples), np.random.default_rng(0))
    return samples + noise * np.float32(np.sqrt(np.mean(samples**2)) * 10 ** (-10 / 20)), 1.0


def _telephone(samples: Array) -> tuple[Array, float]:
    band = butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(band, samples), np.float32), 1.0


DAMAGES: dict[str, Callable[[Array], tuple[Array, float]]] = {
    "pitch_up_12%": _resampled(89),
    "pitch_down_12%": _resampled(112),
    "noise_10_dB": _noisy,
    "telephone_band": _telephone,
}


def loudness_independence(engine: InstructAvatar, speech: Speech) -> dict[str, float]:
    """Relative change of the jaw curve when the same recording is 20 dB quieter."""
    quiet = load_speech((speech.original_rate, speech.original * np.float32(0.1)))
    loud_jaw, quiet_jaw = (motion_samples(engine, voice, None, 1)[0].channel("jawOpen") for voice in (speech, quiet))
    return {"relative_change": round(float(np.abs(loud_jaw - quiet_jaw).mean() / (loud_jaw.std() + 1e-6)), 4)}


def share(values: list[bool]) -> float:
    """Share of true values; NaN of none."""
    return round(float(np.mean(values)), 3) if values else float("nan")
