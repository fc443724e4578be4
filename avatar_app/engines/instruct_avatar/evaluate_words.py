"""Instruction-following measures: labels, sentences, negations, order and times, and whether emotions differ."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, EMOTIONS, arkit_from_aus
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import Segment, Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.gestures import schedule
from avatar_app.request import FPS
from avatar_app.speech.recording import Speech
from avatar_app.training.scenes import mute_tracks
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Cue, Scene
from avatar_app.types import Array

MEAD = ("neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted", "contemptuous")
SECONDS = 4.0
# Sequences with the time in seconds from which each action must show, and until when.
SEQUENCES: tuple[tuple[str, tuple[tuple[str, float, float], ...]], ...] = (
    ("0-2s: turn your head left; 2-4s: turn your head right", (("turn_left", 0, 2), ("turn_right", 2, 4))),
    ("0-2s: smile; 2-4s: pull the corners of your mouth down", (("smile", 0, 2), ("mouth_frown", 2, 4))),
    ("first look up, then look down", (("look_up", 0, 2), ("look_down", 2, 4))),
    ("from 1 to 3 seconds raise your eyebrows", (("raise_brows", 1, 3),)),
    ("0-1.5s: tilt your head left; 1.5-4s: close your eyes", (("tilt_left", 0, 1.5), ("close_eyes", 1.5, 4))),
    ("2-4s: open your mouth", (("open_mouth", 2, 4),)),
    ("first pucker your lips, then smile", (("pucker_lips", 0, 2), ("smile", 2, 4))),
    ("0-2s: lower your head; 2-4s: lift your head", (("head_down", 0, 2), ("head_up", 2, 4))),
    ("from 0 to 2 seconds squint, from 2 to 4 seconds look right", (("squint", 0, 2), ("look_right", 2, 4))),
    ("first turn your head right, then turn your head left", (("turn_right", 0, 2), ("turn_left", 2, 4))),
)


def target_of(action: str) -> tuple[Array, str] | None:
    """(58,) direction in which a held action must move, and its main channel; None for manners."""
    definition = ACTIONS[action]
    target = np.zeros(len(CHANNEL_NAMES), np.float32)
    target[:52] = arkit_from_aus(definition.aus)
    target[52:55] = np.deg2rad(definition.rotation)
    target[55:] = definition.translation
    return (target, CHANNEL_NAMES[int(np.abs(target).argmax())]) if target.any() else None


def _mean(clips: list[MotionClip], first: int = 25) -> Array:
    """(58,) mean of samples after they have begun."""
    return np.mean([c.values()[first:].mean(axis=0) for c in clips], axis=0).astype(np.float32)


def _along(moved: Array, goal: Array) -> float:
    """Share of a target that a change contains; head angles and translations weigh as coefficients do."""
    weight = np.ones(58, np.float32)
    weight[52:55], weight[55:] = 3.0, 5.0
    return float((moved * weight) @ (goal * weight) / ((goal * weight) @ (goal * weight)))


def obedience(engine: InstructAvatar, speech: Speech | None = None, **settings: Any) -> dict[str, Any]:
    """Share of held actions, given as labels, whose own channels move in the asked direction; names those that fail.

    `settings` are fields of Request or options of the engine.
    """
    plain = _mean(motion_samples(engine, speech, None, 4, SECONDS))
    failures, count = [], 0
    for name, action in ACTIONS.items():
        goal = target_of(name)
        if action.kind != "held" or goal is None:
            continue
        count += 1
        duration = speech.duration if speech is not None else SECONDS
        timeline = Timeline((Segment(0.0, duration, name, {}, {name: 0.65}),), duration)
        along = _along(_mean(motion_samples(engine, speech, timeline, 2, SECONDS, **settings)) - plain, goal[0])
        if along < 0.25:
            failures.append(f"{name} ({along:+.2f})")
    return {"actions": count, "right": round(1 - len(failures) / count, 3), "failed": failures}


_CARRIERS = {
    "nod": "head_rotation_x",
    "shake_head": "head_rotation_y",
    "wink_left": "eyeBlinkLeft",
    "blink": "eyeBlinkLeft",
    "laugh": "jawOpen",
    "roll_eyes": "eyeLookUpLeft",
}


def gestures(engine: InstructAvatar, seeds: int = 4) -> dict[str, dict[str, float]]:
    """Size of repeated gestures, model against teacher: 2nd to 98th percentile of the channel that carries each."""

    def span(clips: list[MotionClip], channel: str) -> float:
        return round(float(np.mean([np.ptp(np.percentile(c.channel(channel), (2, 98))) for c in clips])), 3)

    sizes = {}
    for name, channel in _CARRIERS.items():
        timeline = Timeline((Segment(0.0, SECONDS, name, {}, {name: 0.65}),), SECONDS)
        made = motion_samples(engine, None, timeline, seeds, SECONDS)
        shown = [_teacher_gesture(name, seed) for seed in range(seeds)]
        sizes[name] = {"model": span(made, channel), "teacher": span(shown, channel)}
    return sizes


def _teacher_gesture(name: str, seed: int) -> MotionClip:
    """The teacher's own performance, without a voice."""
    rng, frames = np.random.default_rng(seed), round(SECONDS * FPS)
    spans = schedule(name, 0.65, 0.0, SECONDS, rng)
    cues = tuple(Cue(ACTION_NAMES.index(name), 0.65, start, end) for start, end in spans)
    calm = np.zeros((frames, len(EMOTION_NAMES)), np.float32)
    scene = Scene(mute_tracks(frames), np.zeros(frames, np.float32), calm, cues, np.zeros(52, np.float32))
    return MotionClip.from_values(act(scene, rng))


def emotion_directions(engine: InstructAvatar) -> dict[str, Any]:
    """Share of emotions whose change has a cosine above 0.7 with their Action Units."""
    plain = _mean(motion_samples(engine, None, None, 4, SECONDS))[:52]
    failures = []
    for name in EMOTION_NAMES:
        goal = arkit_from_aus(EMOTIONS[name])
        timeline = Timeline((Segment(0.0, SECONDS, name, {name: 1.0}, {}),), SECONDS)
        moved = _mean(motion_samples(engine, None, timeline, 2, SECONDS))[:52] - plain
        cosine = float(moved @ goal / (np.linalg.norm(moved) * np.linalg.norm(goal) + 1e-6))
        if cosine < 0.7:
            failures.append(f"{name} ({cosine:.2f})")
    return {
        "emotions": len(EMOTION_NAMES),
        "right": round(1 - len(failures) / len(EMOTION_NAMES), 3),
        "failed": failures,
    }


def emotion_probe(engine: InstructAvatar, voices: list[Speech], each: int = 4) -> dict[str, Any]:
    """Accuracy of a linear probe (ridge regression on mean coefficients) that names 8 emotions of spoken clips.

    Trained on all voices but one, asked about that one, in turn.
    """
    rows, labels, groups = [], [], []
    for group, speech in enumerate(voices):
        for label, name in enumerate(MEAD):
            feeling = {} if name == "neutral" else {name: 0.65}
            timeline = Timeline((Segment(0.0, speech.duration, name, feeling, {}),), speech.duration)
            for clip in motion_samples(engine, speech, timeline, each):
                values = clip.values()
                rows.append(np.concatenate([values.mean(axis=0), values.std(axis=0), [1.0]]))
                labels.append(label)
                groups.append(group)
    x, y, g = np.array(rows), np.array(labels), np.array(groups)
    right: list[bool] = []
    for held_out in range(len(voices)):
        train, test = g != held_out, g == held_out
        scale = x[train].std(axis=0) + 1e-3
        a = x[train] / scale
        weights = np.linalg.solve(a.T @ a + 1.0 * np.eye(a.shape[1]), a.T @ np.eye(len(MEAD))[y[train]])
        right += list(((x[test] / scale) @ weights).argmax(axis=1) == y[test])
    return {"emotions": len(MEAD), "clips": len(right), "accuracy": round(float(np.mean(right)), 3)}


def sequences(engine: InstructAvatar) -> dict[str, Any]:
    """Share of steps that show in their own time and not 0.4 s outside it, for sequences given as sentences."""
    plain = np.mean([c.values() for c in motion_samples(engine, None, None, 4, SECONDS)], axis=0).mean(axis=0)
    failures, count = [], 0
    for text, steps in SEQUENCES:
        clips = motion_samples(engine, None, read_instruction(text, SECONDS), 5, SECONDS)
        values = np.median([c.values() for c in clips], axis=0) - plain  # the median of five knows no chance blinks
        for action, start, end in steps:
            count += 1
            error = _time_error(values, target_of(action), start, end)
            if error > 0.4:
                failures.append(f"{text!r}: {action} {error:+.2f} s")
    return {"steps": count, "right": round(1 - len(failures) / count, 3), "failed": failures}


def _time_error(values: Array, goal: tuple[Array, str] | None, start: float, end: float) -> float:
    """Seconds by which the half-height crossings of an action miss the times asked for; 9 when it never shows."""
    assert goal is not None
    curve = np.array([_along(row, goal[0]) for row in values])
    if curve.max() < 0.25:
        return 9.0
    above = np.flatnonzero(curve > 0.5 * curve.max())
    shown, gone = above[0] / FPS, (above[-1] + 1) / FPS
    # An action begins to move when it is asked for, and crosses half its height about 0.2 s later.
    late = abs(shown - start - 0.2) if start > 0 else max(0.0, shown - 0.6)
    early = abs(end - gone) if end < SECONDS else max(0.0, end - gone)
    return float(max(late, early))


NEGATIONS: tuple[tuple[str, str, str], ...] = (
    # what is asked for, the same without it, the channel that must not show
    ("be very happy", "be very happy, but without smiling", "mouthSmileLeft"),
    ("be happy and raise your eyebrows", "be happy but don't raise your eyebrows", "browOuterUpLeft"),
    ("blink a lot", "don't blink", "eyeBlinkLeft"),
    ("be amused", "be amused but do not smile", "mouthSmileLeft"),
    ("look surprised", "look surprised but keep your eyebrows down, don't raise them", "browOuterUpLeft"),
    ("be angry and frown", "be calm, no frowning", "mouthFrownLeft"),
    ("open your mouth wide", "never open your mouth wide", "jawOpen"),
    ("pucker your lips", "don't pucker your lips", "mouthPucker"),
    ("close your eyes", "don't close your eyes", "eyeBlinkLeft"),
    ("squint", "please don't squint", "eyeSquintLeft"),
)


def negations(engine: InstructAvatar) -> dict[str, Any]:
    """Share of negated sentences whose channel stays below half of what the plain sentence shows, and near rest."""
    failures = []
    plain = _mean(motion_samples(engine, None, None, 4, SECONDS))
    for wanted, unwanted, channel in NEGATIONS:
        index = CHANNEL_NAMES.index(channel)
        done, left = (
            float(_mean(motion_samples(engine, None, read_instruction(text, SECONDS), 3, SECONDS))[index])
            for text in (wanted, unwanted)
        )
        if left > max(0.5 * done, plain[index] + 0.05):
            failures.append(f"{unwanted!r}: {left:.2f} against {done:.2f}")
    return {"sentences": len(NEGATIONS), "right": round(1 - len(failures) / len(NEGATIONS), 3), "failed": failures}


def sentences(engine: InstructAvatar, phrasings: Path) -> dict[str, Any]:
    """Share of hand-written sentences (CSV: text, expected) for one held action that move it the right way."""
    with phrasings.open(newline="") as file:
        rows = [(r["text"], r["expected"].split(":")[0]) for r in csv.DictReader(file)]
    asked = [(text, name) for text, name in rows if name in ACTIONS and ACTIONS[name].kind == "held"]
    plain = _mean(motion_samples(engine, None, None, 4, SECONDS))
    failures, count = [], 0
    for text, name in asked:
        goal = target_of(name)
        if goal is None:
            continue
        count += 1
        clips = motion_samples(engine, None, read_instruction(text, SECONDS), 2, SECONDS)
        values = np.mean([c.values() for c in clips], axis=0) - plain
        best = max(_along(values[i : i + 12].mean(axis=0), goal[0]) for i in range(0, 88, 4))
        if best < 0.2:
            failures.append(f"{text!r}: {name} {best:+.2f}")
    return {"sentences": count, "right": round(1 - len(failures) / max(count, 1), 3), "failed": failures}
