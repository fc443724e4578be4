"""What of a plan is acted when: every wish with its own words and a curve of how far it is there, and signs of life."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.engines.language_guided.poses import WEIGHTS, actable, height_of
from avatar_app.engines.language_guided.prompts import as_learned
from avatar_app.engines.language_guided.strengths import FULL, MEDIUM
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES
from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.motion.curves import drift, seconds, smoothstep
from avatar_app.motion.gestures import BEAT, schedule
from avatar_app.request import FPS
from avatar_app.types import Array

RISE, FALL, EDGE = 0.45, 0.45, 5.0  # seconds in which actions come and go; frames, sigma in which feelings do
SLOWEST = 0.6  # of a short gesture, the share in which it rises
MOST = 1.5  # times the full size
FACE_LOUDER, TOO_FAR = 1.5, 1.1
BLINKS, BLINK = (2.2, 5.5), 0.3  # seconds between blinks, and of one
SWAYS = {"turn_left": 0.12, "tilt_left": 0.1, "head_down": 0.1}  # of their full size: deviations of a head held still
SWAY = 0.9  # seconds of correlation
LOOP_END = 0.5  # seconds


@dataclass(frozen=True)
class Wish:
    """text: what is read. there: (T,) float32, 1 at full size; negative ones go the other way. asked: by a person.

    known: what the project calls it, empty where it took no wish from the text.
    """

    text: str
    there: Array
    asked: bool = True
    known: str = ""


def wishes_in_time(
    timeline: Timeline, instruction: str, frames: int, seed: int, liveliness: float, loop: bool, unfold: float | None
) -> list[Wish]:
    """All wishes of a take, those of nobody's asking too. A sentence that gives no plan is acted as it stands.

    unfold: seconds in which held actions come.
    """
    rng = np.random.default_rng([seed, 0x1A9])
    curves = _asked(timeline, frames, rng, RISE if unfold is None else unfold)
    texts = _texts(timeline)
    wishes = [Wish(texts.get(name, words_for(name)), curve, True, words_for(name)) for name, curve in curves.items()]
    if not wishes and instruction.strip() and not timeline.plan:
        there = _window(frames, 0.0, frames / FPS + 1, RISE if unfold is None else unfold)
        wishes = [Wish(as_learned(instruction), there * MEDIUM / FULL)]
    wishes += _life(timeline, curves, frames, rng, liveliness)
    if loop:
        ends = smoothstep(np.minimum(seconds(frames), frames / FPS - seconds(frames)) / LOOP_END)
        wishes = [replace(one, there=one.there * ends.astype(np.float32)) for one in wishes]
    return [one for one in wishes if np.abs(one.there).max() > 1e-3]


def _texts(timeline: Timeline) -> dict[str, str]:
    """The person's own words for every wish that has some for itself; those that share words go by their names."""
    steps = [step for step in timeline.plan if step.wanted]
    used = Counter(step.words for step in steps)
    own = {}
    for step in steps:
        if step.words and ";" not in step.words and used[step.words] == 1:
            own[step.what] = as_learned(step.words)
    return own


def _asked(timeline: Timeline, frames: int, rng: np.random.Generator, rise: float) -> dict[str, Array]:
    """(T,) of every wish that faces can act, as its name."""
    can, curves = set(actable()), dict[str, Array]()
    felt = np.maximum(timeline.emotion_curve(frames), 0)
    for k in np.flatnonzero(felt.any(axis=0)):
        curve = np.concatenate([np.zeros(1), felt[:, k]])  # it begins at the portrait's own face
        curves[EMOTION_NAMES[k]] = gaussian_filter1d(curve, EDGE * rise / RISE, mode="nearest")[1:] / FULL
    for asked in timeline.tokens():
        name = ACTION_NAMES[asked.action]
        if name not in can or asked.strength <= 0:
            continue
        spans = schedule(name, asked.strength, asked.start, asked.end, rng, asked.times, asked.slow)
        shape = np.max([_gesture(name, frames, start, end, rise) for start, end in spans], axis=0)
        if name == "shake_head":  # both ways
            shape = np.sum([_gesture(name, frames, start, end, rise) for start, end in spans], axis=0)
        curve = asked.strength / FULL * shape
        before = curves.get(name, np.zeros(frames, np.float32))
        curves[name] = np.where(np.abs(curve) > np.abs(before), curve, before)
    starts = smoothstep(np.arange(frames) / max(1.0, 0.24 * FPS))  # frame 0 is the portrait
    return {name: as_told(name, np.clip(curve * starts, -MOST, MOST)) for name, curve in curves.items()}


def as_told(name: str, curve: Array) -> Array:
    """(T,) float32: what faces do is drawn by half to two thirds of what is told, so that it is told louder; how heads
    move is drawn nearly wholly. Farther than TOO_FAR the generator was never, and draws no face."""
    face, head = (float(np.square(part).sum()) for part in np.split(height_of(name) * WEIGHTS, [52]))
    louder = 1 + (FACE_LOUDER - 1) * face / (face + head)
    return np.clip(louder * curve, -TOO_FAR, TOO_FAR).astype(np.float32)


def _gesture(name: str, frames: int, start: float, end: float, rise: float) -> Array:
    """(T,) of one gesture from start to end."""
    t = seconds(frames)
    inside = (t >= start) & (t <= end)
    if name in ("nod", "shake_head"):
        beats = max(1, round((end - start) / BEAT))
        phase = np.clip((t - start) / (end - start), 0, 1) * beats
        curve = np.sin(np.pi * phase) ** 2 if name == "nod" else np.sin(2 * np.pi * phase)
        return np.asarray(inside * curve, np.float32)
    if ACTIONS[name].kind == "repeated":
        rise = min(rise, SLOWEST * (end - start) / 2)
    return _window(frames, start, end, rise)


def _window(frames: int, start: float, end: float, rise: float) -> Array:
    """(T,) 0 to 1: there soon after the start, gone at the end."""
    t = seconds(frames)
    fall = min(FALL, (end - start) / 2)
    return np.asarray(smoothstep((t - start) / max(rise, 1e-3)) * smoothstep((end - t) / fall), np.float32)


def _life(
    timeline: Timeline, curves: dict[str, Array], frames: int, rng: np.random.Generator, much: float
) -> list[Wish]:
    """Blinks, and a head that is never quite still, where the sentence does not say otherwise."""
    forbidden = {step.what for step in timeline.plan if not step.wanted}
    shut = {"close_eyes", "blink", "wink_left", "wink_right", "widen_eyes"} & set(curves)
    blinks, at = np.zeros(frames, np.float32), float(rng.uniform(0.6, BLINKS[1]))
    while at < frames / FPS - BLINK:
        blinks = np.maximum(blinks, _gesture("blink", frames, at, at + BLINK, RISE))
        at += float(rng.uniform(*BLINKS))
    sways = {name: much * size * drift(frames, SWAY, rng) for name, size in SWAYS.items()}
    if "stay_still" in {step.what for step in timeline.plan if step.wanted}:
        sways = {}
    starts = smoothstep(np.arange(frames) / FPS)
    life = [Wish(words_for(name), (starts * curve).astype(np.float32), False) for name, curve in sways.items()]
    if much and not shut and "blink" not in forbidden:
        life.append(Wish(words_for("blink"), blinks, False))
    return life
