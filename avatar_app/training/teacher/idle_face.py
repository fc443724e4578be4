"""What a face does unasked while it talks: brows, smiles, sides that differ, lips in pauses, feelings that ebb.

Sizes and rates after 55 filmed talkers: 16 raises of the brows a minute, half of them 0.16-0.2 s ahead of an accent,
8 lowerings (some of them the ends of raises), smiles that come and go, corners of the mouth that never move quite
alike, lips parted in short pauses.
"""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.motion.curves import Curve, drift, seconds, stroke
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.training.teacher.curves import accents, bump, pauses

RAISES, LOWERINGS, SMILES = 15.0, 0.8, 6.5  # a minute
TENSION = 0.24  # of the corners, in mouthStretch
LONG = 1.0  # seconds of a pause after which lips begin to close
SIDED = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "browOuterUp")
_SIDES = [(ARKIT_INDEX[name + "Left"], ARKIT_INDEX[name + "Right"]) for name in SIDED]
# Lips parted at 0.11 interocular distances, the gap that talkers' lips have most of the time.
_PARTED = {"jawOpen": 0.085, "mouthUpperUp": 0.10, "mouthLowerDown": 0.12, "mouthFunnel": 0.02}


def brows(frames: int, talking: Curve, accent: Curve, talker: Talker, rng: np.random.Generator) -> tuple[Curve, Curve]:
    """(T,) how far brows are raised, and lowered, in ARKit coefficients."""
    t = seconds(frames)
    raised = talker.brows * (0.03 + 0.04 * drift(frames, 1.6, rng))
    times = _events(frames, RAISES, rng)
    for at in accents(accent, rng, 0.1):
        times.append(at - rng.uniform(0.12, 0.24) - 0.17)  # the raise peaks before the vowel
    times += [end - 0.1 for _, end in pauses(talking) if end < t[-1] and rng.random() < 0.5]
    for at in times:
        size = talker.brows * 0.5 * np.exp(rng.normal(0, 0.55))
        hold = rng.uniform(0.0, 0.12) if rng.random() < 0.7 else rng.uniform(0.5, 1.6)
        raised = np.maximum(raised, size * bump(t, at, rng.uniform(0.14, 0.24), hold, rng.uniform(0.4, 0.9)))
    lowered = np.zeros(frames)
    for at in _events(frames, LOWERINGS, rng):
        size = talker.brows * 0.2 * np.exp(rng.normal(0, 0.5))
        shape = bump(t, at, rng.uniform(0.16, 0.3), rng.uniform(0.1, 0.7), rng.uniform(0.3, 0.6))
        lowered = np.maximum(lowered, size * shape)
    raised = np.clip(raised, 0, None) * (1 - 0.6 * np.clip(lowered / 0.2, 0, 1))
    return _soft(raised, 0.85).astype(np.float32), _soft(lowered, 0.6).astype(np.float32)


def add_brows(face: Curve, raised: Curve, lowered: Curve, talker: Talker, rng: np.random.Generator) -> None:
    """Adds them to (T, 52) in place: one brow a little more than the other, the inner parts more than the outer."""
    outer = rng.uniform(0.9, 1.35)
    face[:, ARKIT_INDEX["browInnerUp"]] += raised
    for side, sign in (("Left", 1), ("Right", -1)):
        more = 1 + 0.12 * sign * talker.asymmetry
        face[:, ARKIT_INDEX[f"browOuterUp{side}"]] += raised * outer * more
        face[:, ARKIT_INDEX[f"browDown{side}"]] += lowered * more
        face[:, ARKIT_INDEX[f"eyeSquint{side}"]] += 0.3 * lowered


def smiles(frames: int, talker: Talker, rng: np.random.Generator) -> Curve:
    """(T,) of the corners of the mouth, in mouthSmile: a resting tone that drifts, and smiles that come and go."""
    t = seconds(frames)
    curve = talker.smile * (0.01 + 0.012 * drift(frames, 2.2, rng) + 0.015 * drift(frames, 0.5, rng))
    for at in _events(frames, SMILES, rng):
        size = talker.smile * 0.36 * np.exp(rng.normal(0, 0.5))
        shape = bump(t, at, rng.uniform(0.3, 0.6), rng.uniform(0.1, 1.2), rng.uniform(0.4, 1.1))
        curve = np.maximum(curve, size * shape)
    return _soft(np.clip(curve, 0, None), 0.7).astype(np.float32)


def widen(face: Curve, rng: np.random.Generator) -> None:
    """Draws the corners of the mouth of (T, 52) apart and lets them go, in place: no lips are held alike for long."""
    tension = TENSION * np.maximum(drift(len(face), 0.7, rng), 0)
    for side in ("Left", "Right"):
        face[:, ARKIT_INDEX[f"mouthStretch{side}"]] += tension
        face[:, ARKIT_INDEX[f"mouthDimple{side}"]] += 0.4 * tension


def unlike_sides(face: Curve, talker: Talker, rng: np.random.Generator) -> None:
    """Makes left and right of (T, 52) differ in place, and the mouth wander sideways: a habit, and drift about it."""
    frames = len(face)
    lean = np.clip(0.22 * talker.asymmetry + 0.27 * drift(frames, 0.8, rng), -0.6, 0.6).astype(np.float32)
    for left, right in _SIDES:
        face[:, left] *= 1 + lean
        face[:, right] *= 1 - lean
    aside = 0.05 * drift(frames, 0.35, rng) + 0.02 * talker.asymmetry
    active = np.clip(face[:, ARKIT_INDEX["jawOpen"]] * 6, 0.25, 1)
    face[:, ARKIT_INDEX["mouthLeft"]] += np.clip(aside * active, 0, 0.2)
    face[:, ARKIT_INDEX["mouthRight"]] += np.clip(-aside * active, 0, 0.2)


def part_lips(face: Curve, talking: Curve, talker: Talker, rng: np.random.Generator) -> None:
    """Parts the lips of (T, 52) in pauses, in place, as far as is this talker's habit; they close in long ones."""
    t = seconds(len(face))
    openness: Curve = np.zeros(len(face))
    for start, end in pauses(talking):
        if start < 0.02 or end > t[-1]:  # before and after speech lips rest
            continue
        size = talker.parted * rng.uniform(0.6, 1.3) if rng.random() < 0.85 else 0.0
        if end - start > LONG and rng.random() < 0.8:
            shut: Curve = 1 - stroke((t - start - rng.uniform(0.5, LONG)) / rng.uniform(0.4, 0.8))
            again: Curve = stroke((t - end + 0.3) / 0.3)  # opened for breath just before speech
        else:
            shut, again = np.ones(len(t)), np.zeros(len(t))
        inside = stroke((t - start + 0.04) / 0.2) * (1 - stroke((t - end + 0.02) / 0.16))
        openness += size * np.maximum(shut, 0.8 * again) * inside
    openness *= 1 + 0.5 * drift(len(face), 0.28, rng)
    for i, name in enumerate(ARKIT_NAMES):
        for prefix, amount in _PARTED.items():
            if name.startswith(prefix):
                face[:, i] = np.maximum(face[:, i], amount * np.clip(openness, 0, 1.6)).astype(np.float32)


def _events(frames: int, per_minute: float, rng: np.random.Generator) -> list[float]:
    """Random seconds, so many a minute, from a little before the clip."""
    before = 1.5
    count = rng.poisson(per_minute / 60 * (frames / FPS + before))
    return [float(x) for x in rng.uniform(-before, frames / FPS, count)]


def _soft(curve: Curve, most: float) -> Curve:
    """Below `most`, which large values approach."""
    return np.asarray(most * np.tanh(np.maximum(curve, 0) / most))
