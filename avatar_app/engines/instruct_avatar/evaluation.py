"""How good the shipped motion model is: lips on real recordings, obedience to words, diversity. Prints no praise."""

from __future__ import annotations

import itertools
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from avatar_app.engines.instruct_avatar.engine import InstructAvatar, conditions_for, load_engine
from avatar_app.inputs.instruction import Segment, Timeline
from avatar_app.inputs.speech import Speech, load_speech, silence
from avatar_app.motion.clip import ARKIT_INDEX, CHANNEL_NAMES, MotionClip
from avatar_app.motion.facs import ACTIONS, EMOTION_NAMES, EMOTIONS, arkit_from_aus
from avatar_app.request import FPS, SAMPLE_RATE, Request
from avatar_app.training.alignment import Recording, read_recordings
from avatar_app.training.augment import coloured_noise
from avatar_app.training.coarticulation import lip_tracks, lips_to_arkit
from avatar_app.training.phones import Phone

Array = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

# Change of the inner-lip gap per coefficient, in mouth widths, of anny's mesh; the rest is below 0.04.
GAP_WEIGHTS = {
    **{
        "jawOpen": 0.823,
        "mouthClose": -0.823,
        "mouthFunnel": 0.319,
        "mouthShrugLower": -0.12,
        "mouthShrugUpper": 0.099,
    },
    **{"mouthRollLower": -0.079, "mouthRollUpper": -0.065, "mouthLowerDownLeft": 0.046, "mouthLowerDownRight": 0.046},
    **{"mouthUpperUpLeft": 0.058, "mouthUpperUpRight": 0.058, "mouthSmileLeft": -0.036, "mouthSmileRight": -0.036},
    **{"mouthPressLeft": -0.031, "mouthPressRight": -0.031, "mouthPucker": -0.029},
}
VOWEL_HEIGHT = {"A": 3.0, "E": 2.3, "O": 2.0, "AH": 1.5, "I": 1.0, "W_U": 0.5}  # how far vowels open the jaw


def evaluate(
    weights: Path | None = None, recordings: Path | None = None, seeds: int = 4, engine: InstructAvatar | None = None
) -> dict[str, Any]:
    """Every measure of the model card; those on real speech need `recordings`, a folder with transcripts.csv.

    weights: another checkpoint folder than the shipped one.
    """
    engine = engine or (load_engine() if weights is None else InstructAvatar.from_folder(weights))
    began = time.perf_counter()
    report: dict[str, Any] = {"silence": closed_in_silence(engine), "words": obedience(engine)}
    report["emotions"] = emotion_directions(engine)
    if recordings is not None:
        real = read_recordings(recordings)
        report["real_speech"] = lips_on(engine, real, seeds)
        report["loudness"] = loudness_independence(engine, real[0].speech)
        report["diversity"] = diversity(engine, real[0].speech, seeds=6)
    report["seconds"] = round(time.perf_counter() - began, 1)
    return report


def takes(
    engine: InstructAvatar, speech: Speech | None, timeline: Timeline | None, seeds: int, seconds: float = 5.0
) -> list[MotionClip]:
    """Takes of a voice and a timeline with the default settings."""
    frames = speech.frames if speech is not None else round(seconds * FPS)
    request = Request(samples=seeds, seed=100, motion_only=True, duration=seconds)
    parts: dict[str, Any] = {"speech": speech or silence(seconds)}
    if timeline is not None:
        parts["timeline"] = timeline
    return engine.sample(conditions_for(request, frames, **parts), lambda done: None, lambda: False)


def lip_gap(clip: MotionClip) -> Array:
    """(T,) inner-lip gap in mouth widths; 0 and below is shut."""
    gap: Array = sum(w * clip.expression[:, ARKIT_INDEX[name]] for name, w in GAP_WEIGHTS.items())  # type: ignore[assignment]
    return gap


def lips_on(engine: InstructAvatar, recordings: list[Recording], seeds: int) -> dict[str, Any]:
    """Against forced alignment: closures of p b m, curve correlations with the teacher's, jaw against vowel height."""
    hits: list[bool] = []
    right: list[bool] = []
    false_vowels: list[bool] = []
    curves: dict[str, list[tuple[Array, Array]]] = {"jaw": [], "rounding": [], "gap": []}
    jaw, height = [], []
    for recording in recordings:
        clips = takes(engine, recording.speech, None, min(seeds, 2))
        teacher = _teacher(recording)
        for clip in clips:
            gap = lip_gap(clip)
            shut = gap < 0.1 * np.percentile(gap, 95)
            hits += [bool(_window(shut, p).any()) for p in recording.phones if p.viseme == "PBM"]
            right += _closures_that_belong(shut, recording.phones)
            opened = [p for p in recording.phones if p.viseme in ("A", "E", "O") and p.end - p.start > 0.08]
            false_vowels += [bool(shut[int((p.start + p.end) / 2 * FPS)]) for p in opened if p.end * FPS < len(shut)]
            for name, pair in _pairs(clip, teacher).items():
                curves[name].append(pair)
            for p in (p for p in recording.phones if p.viseme in VOWEL_HEIGHT and p.end * FPS < len(clip)):
                jaw.append(clip.channel("jawOpen")[int((p.start + p.end) / 2 * FPS)])
                height.append(VOWEL_HEIGHT[p.viseme])
    correlations = {
        name: float(np.corrcoef(np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))[0, 1])
        for name, pairs in curves.items()
    }
    return {
        "clips": len(recordings),
        "bilabials": len(hits),
        "closure_recall": _share(hits),
        "closure_precision": _share(right),
        "open_vowels_shut": _share(false_vowels),
        "correlation_with_aligned_teacher": {name: round(value, 3) for name, value in correlations.items()},
        "jaw_against_vowel_height_spearman": round(float(spearmanr(jaw, height).statistic), 3),
    }


def _teacher(recording: Recording) -> MotionClip:
    tracks = lip_tracks(recording.phones, recording.speech.samples, recording.speech.frames)
    expression = lips_to_arkit(tracks, np.ones(len(tracks), np.float32))
    still = np.zeros((len(tracks), 6), np.float32)
    return MotionClip.from_values(np.concatenate([expression, still], axis=1))


def _pairs(clip: MotionClip, teacher: MotionClip) -> dict[str, tuple[Array, Array]]:
    def rounding(c: MotionClip) -> Array:
        return c.channel("mouthPucker") + c.channel("mouthFunnel")

    return {
        "jaw": (clip.channel("jawOpen"), teacher.channel("jawOpen")),
        "rounding": (rounding(clip), rounding(teacher)),
        "gap": (lip_gap(clip), lip_gap(teacher)),
    }


def _window(track: npt.NDArray[Any], phone: Phone) -> npt.NDArray[Any]:
    """The frames whose middle lies from 40 ms before a phone to 60 ms after it."""
    first = max(0, int(np.ceil((phone.start - 0.04) * FPS - 0.5)))
    return track[first : max(first + 1, int(np.floor((phone.end + 0.06) * FPS - 0.5)) + 1)]


def _closures_that_belong(shut: npt.NDArray[np.bool_], phones: tuple[Phone, ...]) -> list[bool]:
    """For every shut frame within speech: does p, b, m, f, v or a pause explain it?"""
    allowed = np.zeros(len(shut), bool)
    for phone in phones:
        if phone.viseme in ("PBM", "FV", "SIL"):
            first = max(0, int((phone.start - 0.08) * FPS))
            allowed[first : int((phone.end + 0.08) * FPS) + 1] = True
    speech = np.zeros(len(shut), bool)
    for phone in phones:
        if phone.viseme != "SIL":
            speech[int(phone.start * FPS) : int(phone.end * FPS) + 1] = True
    return list(allowed[shut & speech])


def _share(values: list[bool]) -> float:
    return round(float(np.mean(values)), 3) if values else float("nan")


def closed_in_silence(engine: InstructAvatar) -> dict[str, float]:
    """Mean jawOpen when nobody speaks; the bar is 0.03."""
    rng = np.random.default_rng(0)
    noise = coloured_noise(5 * SAMPLE_RATE, rng) * np.float32(0.01)
    sounds = {"digital_silence": None, "room_noise": load_speech((SAMPLE_RATE, noise))}
    return {
        name: round(float(np.mean([c.channel("jawOpen").mean() for c in takes(engine, sound, None, 4)])), 4)
        for name, sound in sounds.items()
    }


def loudness_independence(engine: InstructAvatar, speech: Speech) -> dict[str, float]:
    """Relative change of the jaw curve when the same recording is 20 dB quieter."""
    quiet = load_speech((speech.original_rate, speech.original * np.float32(0.1)))
    loud_take, quiet_take = takes(engine, speech, None, 1)[0], takes(engine, quiet, None, 1)[0]
    loud_jaw, quiet_jaw = loud_take.channel("jawOpen"), quiet_take.channel("jawOpen")
    return {"relative_change": round(float(np.abs(loud_jaw - quiet_jaw).mean() / (loud_jaw.std() + 1e-6)), 4)}


def diversity(engine: InstructAvatar, speech: Speech, seeds: int) -> dict[str, float]:
    """Mean pairwise correlation between takes: head rotation should be low, jaw high."""
    clips = takes(engine, speech, None, seeds)
    pairs = list(itertools.combinations(clips, 2))

    def mean(of: Any) -> float:
        return round(float(np.mean([np.corrcoef(of(a), of(b))[0, 1] for a, b in pairs])), 3)

    return {
        "head_rotation": mean(lambda c: (c.head_rotation - c.head_rotation.mean(axis=0)).ravel()),
        "jaw": mean(lambda c: c.channel("jawOpen")),
        "blinks": mean(lambda c: c.channel("eyeBlinkLeft")),
        "blinks_per_minute": round(float(np.mean([_blink_rate(c) for c in clips])), 1),
    }


def _blink_rate(clip: MotionClip) -> float:
    shut = clip.channel("eyeBlinkLeft") > 0.5
    return float((np.diff(shut.astype(int)) > 0).sum() / clip.duration * 60)


def target_of(action: str) -> tuple[Array, str] | None:
    """(58,) direction in which a held action must move, and its main channel; None for manners."""
    definition = ACTIONS[action]
    target = np.zeros(len(CHANNEL_NAMES), np.float32)
    target[:52] = arkit_from_aus(definition.aus)
    target[52:55] = np.deg2rad(definition.rotation)
    target[55:] = definition.translation
    return (target, CHANNEL_NAMES[int(np.abs(target).argmax())]) if target.any() else None


def obedience(engine: InstructAvatar, speech: Speech | None = None) -> dict[str, Any]:
    """Share of held actions, given as labels, whose own channels move in the asked direction; names those that fail."""
    plain = np.mean([c.values().mean(axis=0) for c in takes(engine, speech, None, 4, 4.0)], axis=0)
    failures, count = [], 0
    for name, action in ACTIONS.items():
        goal = target_of(name)
        if action.kind != "held" or goal is None:
            continue
        count += 1
        duration = speech.duration if speech is not None else 4.0
        timeline = Timeline((Segment(0.0, duration, name, {}, {name: 0.65}),), duration)
        clips = takes(engine, speech, timeline, 3, 4.0)
        moved = np.mean([c.values()[25:].mean(axis=0) for c in clips], axis=0) - plain
        along = float(moved @ goal[0] / (goal[0] @ goal[0]))
        if along < 0.25:
            failures.append(f"{name} ({along:+.2f})")
    return {"actions": count, "right": round(1 - len(failures) / count, 3), "failed": failures}


def emotion_directions(engine: InstructAvatar) -> dict[str, Any]:
    """Share of emotions whose Action Units rise more than any other emotion's would by chance."""
    plain = np.mean([c.expression.mean(axis=0) for c in takes(engine, None, None, 4, 4.0)], axis=0)
    failures = []
    for name in EMOTION_NAMES:
        goal = arkit_from_aus(EMOTIONS[name])
        timeline = Timeline((Segment(0.0, 4.0, name, {name: 1.0}, {}),), 4.0)
        moved = np.mean([c.expression[25:].mean(axis=0) for c in takes(engine, None, timeline, 3, 4.0)], axis=0) - plain
        cosine = float(moved @ goal / (np.linalg.norm(moved) * np.linalg.norm(goal) + 1e-6))
        if cosine < 0.7:
            failures.append(f"{name} ({cosine:.2f})")
    return {
        "emotions": len(EMOTION_NAMES),
        "right": round(1 - len(failures) / len(EMOTION_NAMES), 3),
        "failed": failures,
    }
