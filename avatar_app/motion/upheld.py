"""Held actions that were asked for, shown at least as far as asked: a denoiser mutes short, small or spoken-over ones.

Only what is lacking is added, so that what the denoiser does on its own account stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTIONS, arkit_from_aus
from avatar_app.motion.curves import seconds, smoothstep
from avatar_app.types import Array

SHOWN, BY_LIPS = 0.75, 0.9  # shares of an action's full size that are shown at least at strength 1
FELT = 0.6  # the same of a feeling
PLAIN, HINT = 0.28, 0.15  # what shows at least of anything that is asked for, and the strength from which it does
SHUT = 0.5  # strength from which eyes that are to be closed are closed
RISE, FALL = 0.24, 0.3  # seconds in which it comes and goes
SPOKEN = 0.3  # by how much less the lips do of it while they talk
_LEAST_PART = 0.12  # smaller parts of an action are left to the denoiser
_FELT = ("brow", "cheek", "nose", "mouthSmile", "mouthFrown", "mouthDimple", "eyeSquint", "eyeWide")
_FELT_EDGE = 5.0  # frames, sigma in which a feeling sets in
_STEADY = 6.0  # frames, sigma: nods go on around a head that is held


def uphold(
    values: Array, cues: Iterable[tuple[int, float, float, float]], talking: Array, felt: Array | None = None
) -> None:
    """Brings motion (T, 58) in place up to what the cues and feelings ask for.

    cues: (action, strength, start and end in seconds); gestures, manners and what is forbidden are left alone.
    talking: (T,) 0 to 1. felt: (T, 28) strengths of emotions, of which brows, cheeks and corners of the mouth are held.
    """
    least = np.zeros_like(values)
    if felt is not None and felt.any():
        felt = np.where((felt >= HINT) & (FELT * felt < PLAIN), PLAIN / FELT, felt)
        least[:, :52] = (FELT * gaussian_filter1d(felt, _FELT_EDGE, axis=0) @ _faces_of_emotions()).astype(np.float32)
    cues = list(cues)
    most = {action: max(strength for other, strength, *_ in cues if other == action) for action, *_ in cues}
    for action, strength, start, end in cues:
        name = ACTION_NAMES[action]
        if strength > 0 and ACTIONS[name].kind == "held":
            wanted = _share(name, strength, most[action]) * _window(len(values), start, end)[:, None] * full_size(name)
            least = np.where(np.abs(wanted) > np.abs(least), wanted, least)
    if not least.any():
        return
    least[:, _LIPS] *= BY_LIPS / SHOWN * (1 - SPOKEN * talking[:, None])
    faces = len(ARKIT_NAMES)
    np.maximum(values[:, :faces], np.clip(least[:, :faces], 0, 1), out=values[:, :faces])
    pose, wanted = values[:, faces:], least[:, faces:]
    slow = gaussian_filter1d(pose, _STEADY, axis=0, mode="nearest")
    lacking = np.maximum(np.abs(wanted) - np.sign(wanted) * slow, 0) * np.sign(wanted)
    pose += gaussian_filter1d(lacking, 2.0, axis=0, mode="nearest")


def _share(name: str, strength: float, most: float) -> float:
    """Of the full size; what is never more than a hint is plain to see, what is still growing to `most` may be less."""
    if name == "close_eyes" and strength >= SHUT:
        return 1.0
    return max(SHOWN * min(strength, 1.3), PLAIN if HINT <= most == strength else 0.0)


@lru_cache(maxsize=128)
def full_size(name: str) -> Array:
    """(58,) what an action is at its full size; read only."""
    size = np.zeros(len(CHANNEL_NAMES), np.float32)
    face, action = arkit_from_aus(ACTIONS[name].aus), ACTIONS[name]
    size[: len(ARKIT_NAMES)] = np.where(face >= _LEAST_PART, face, 0)
    size[52:55], size[55:] = np.deg2rad(action.rotation), action.translation
    size.setflags(write=False)
    return size


@lru_cache(maxsize=1)
def _faces_of_emotions() -> Array:
    """(28, 52) what faces show of emotions at full size, but for eyes and what lips need to talk."""
    faces = np.stack([arkit_from_aus(aus) for aus in EMOTIONS.values()])
    shown = np.array([name.startswith(_FELT) for name in ARKIT_NAMES])
    return np.where(shown & (faces >= _LEAST_PART), faces, 0).astype(np.float32)


def _window(frames: int, start: float, end: float) -> Array:
    """(frames,) 0 to 1: there at the start, gone soon after the end."""
    t = seconds(frames)
    shape = smoothstep((t - start) / RISE + 0.6) * smoothstep((end - t) / FALL + 0.5)
    return np.asarray(shape, np.float32)


_LIPS = [i for i, name in enumerate(CHANNEL_NAMES) if name.startswith(("mouth", "jawOpen")) and "Smile" not in name]
