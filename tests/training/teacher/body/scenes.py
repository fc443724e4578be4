"""Scenes that the body's tests perform: made-up talk with pauses and accents."""

from __future__ import annotations

import numpy as np

from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.speech.phones import VISEMES
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.training.teacher.scene import Scene

FPS = 25


def talk(seconds: float, seed: int = 0, silent: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(T,) talking and (T,) accent: phrases of 2 to 6 s, pauses of 0.3 to 1.8 s, an accent about every 0.7 s."""
    rng, frames = np.random.default_rng(seed), round(seconds * FPS)
    talking, accent = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    at = 0.5
    while not silent and at < seconds:
        end = min(at + rng.uniform(2, 6), seconds)
        talking[int(at * FPS) : int(end * FPS)] = 1
        stress = at + 0.25
        while stress < end - 0.2:
            accent[int(stress * FPS) : int(stress * FPS) + 3] = rng.uniform(0.65, 1.8)
            stress += rng.uniform(0.4, 1.0)
        at = end + (rng.uniform(0.3, 0.8) if rng.random() < 0.6 else rng.uniform(1.1, 1.8))
    return talking, accent


def scene(seconds: float = 20, seed: int = 0, emotion: str = "", silent: bool = False) -> Scene:
    """A scene of talk, or of silence."""
    talking, accent = talk(seconds, seed, silent)
    frames = len(talking)
    feelings = np.zeros((frames, len(EMOTION_NAMES)), np.float32)
    if emotion:
        feelings[:, EMOTION_NAMES.index(emotion)] = 1
    none = np.zeros(frames, np.float32)
    shape = np.zeros((frames, 8), np.float32)
    shape[:, 0] = 0.2 * talking
    visemes = np.where(talking > 0, 1, VISEMES.index("SIL")).astype(np.uint8)
    tracks = LipTracks(shape, none, none, visemes, accent)
    return Scene(tracks, talking, feelings, (), np.zeros(52, np.float32))
