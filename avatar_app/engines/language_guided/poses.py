"""What a face does at the height of an emotion or action, and faces drawn at random, as motion of 58 channels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.face.facs import ACTIONS, EMOTIONS, arkit_from_aus
from avatar_app.types import Array

WEIGHTS = np.array([1.0] * 52 + [3.0] * 3 + [5.0] * 3)  # head angles and places weigh as coefficients do
# Gestures whose height Action Units do not tell: what closes one eye alone, and where eyes roll to.
_SPECIAL = {
    "wink_left": {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.5, "mouthSmileLeft": 0.2},
    "wink_right": {"eyeBlinkRight": 1.0, "cheekSquintRight": 0.5, "mouthSmileRight": 0.2},
    "roll_eyes": {"eyeLookUpLeft": 0.9, "eyeLookUpRight": 0.9, "eyeBlinkLeft": 0.15, "eyeBlinkRight": 0.15},
}
_ATTITUDES = {"up": (-1, 0, 0), "turn": (0, 1, 0), "tilt": (0, 0, -1)}  # degrees of emotions, about which axis
_TURNS = np.array([0.1, 0.18, 0.1])  # radians, deviation of heads drawn at random
_FAR = np.array([0.3, 0.5, 0.28])  # radians, the most that heads turn now and then
_SHIFTS = np.array([0.015, 0.015, 0.07])  # head widths


@lru_cache(maxsize=128)
def height_of(name: str) -> Array:
    """(58,) float32 of an emotion or action at full strength; zeros for manners. Read only."""
    motion = np.zeros(len(CHANNEL_NAMES), np.float32)
    if name in EMOTIONS:
        parts = EMOTIONS[name]
        motion[:52] = arkit_from_aus(parts)
        for kind, axis in _ATTITUDES.items():
            motion[52:55] += np.deg2rad(parts.get(kind, 0.0)) * np.array(axis)
    elif name in _SPECIAL:
        for channel, value in _SPECIAL[name].items():
            motion[ARKIT_INDEX[channel]] = value
    elif ACTIONS[name].kind != "manner":
        action = ACTIONS[name]
        motion[:52] = arkit_from_aus(action.aus)
        motion[52:55], motion[55:] = np.deg2rad(action.rotation), action.translation
    motion.setflags(write=False)
    return motion


def actable() -> tuple[str, ...]:
    """Emotions and actions that have a height."""
    return tuple(name for name in (*EMOTIONS, *ACTIONS) if height_of(name).any())


def acted_on(resting: Array, motion: Array, share: float = 1.0) -> Array:
    """(58,) float32 of a face that shows resting (52,) and does so much of a motion (58,): never less than it shows."""
    motion = share * motion
    motion[:52] = np.clip(np.maximum(motion[:52], resting), 0, 1)
    return motion.astype(np.float32)


def random_motion(resting: Array, rng: np.random.Generator) -> Array:
    """(58,) float32 of a face that does one or two nameable things, or something nobody has a name for."""
    motion = np.zeros(len(CHANNEL_NAMES), np.float32)
    names = actable()
    for _ in range(int(rng.integers(0, 3))):
        motion += height_of(names[int(rng.integers(len(names)))]) * rng.uniform(0.3, 1.2)
    if rng.random() < 0.5:
        motion[:52] += _random_face(rng)
    motion[52:55] += rng.normal(0, _TURNS) if rng.random() < 0.8 else rng.uniform(-_FAR, _FAR)
    motion[55:] += rng.normal(0, _SHIFTS)
    motion[:52] = np.clip(np.maximum(motion[:52], resting * rng.uniform(0, 1)), 0, 1)
    motion[52:55] = np.clip(motion[52:55], -1.1 * _FAR, 1.1 * _FAR)
    return motion


def _random_face(rng: np.random.Generator) -> Array:
    """(52,) a few channels, mostly alike on both sides."""
    face = np.zeros(len(ARKIT_NAMES), np.float32)
    for index in rng.choice(len(ARKIT_NAMES), int(rng.integers(1, 6)), replace=False):
        face[index] = amount = rng.uniform(0, 1)
        other = _mirrored(ARKIT_NAMES[index])
        if other in ARKIT_INDEX and rng.random() < 0.75:
            face[ARKIT_INDEX[other]] = amount
    if rng.random() < 0.4:
        face[ARKIT_INDEX["jawOpen"]] = rng.uniform(0, 0.8)
    if rng.random() < 0.2:
        face[[ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = rng.uniform(0, 1)
    return face


def _mirrored(name: str) -> str:
    if name.endswith("Left"):
        return name[:-4] + "Right"
    return name[:-5] + "Left" if name.endswith("Right") else name


@lru_cache(maxsize=1)
def _mirror() -> tuple[Array, Array]:
    index = [ARKIT_NAMES.index(_mirrored(name)) for name in ARKIT_NAMES]
    order = np.array([*index, *range(52, 58)])
    return order, np.array([1.0] * 52 + [1, -1, -1, -1, 1, 1], np.float32)


def mirrored(motion: Array) -> Array:
    """Motion (..., 58) as a mirror shows it."""
    order, signs = _mirror()
    return np.asarray(motion[..., order] * signs, np.float32)
