"""Yawns, sighs, chewing, singing, and what laughs, whispers and shouts do to a face: by rules, on top of other motion.

Curves after descriptions of the acts: a yawn opens slowly to its widest and ends quickly (Provine 1986), a sigh is one
deep breath in and a longer one out, jaws chew about 1.3 times a second (Po et al. 2011), laughter comes in bursts of
about 4.5 notes a second (Bachorowski et al. 2001). What a voice says goes first.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.curves import seconds, smoothstep, within
from avatar_app.types import Array

CHEW_RATE, SWAY_RATE, LAUGH_RATE = 1.3, 0.35, 4.5  # a second
_EASE = 0.3  # seconds


def add_body_sounds(values: Array, cues: Iterable[tuple[int, float, float, float]], talking: Array) -> None:
    """Adds them to motion (T, 58) in place.

    cues: (action, strength, start and end in seconds). talking: (T,) 0 to 1; while somebody talks the mouth does less.
    """
    free = 1 - 0.65 * talking
    for action, strength, start, end in cues:
        name = ACTION_NAMES[action]
        if name not in _ACTED or strength <= 0:
            continue
        t = seconds(len(values))
        size = (min(strength, 1.3) ** 0.5 * within(len(values), start, end, _EASE)).astype(np.float32)
        share = np.clip((t - start) / max(end - start, 1e-3), 0, 1)
        _ACTED[name](values, size, share, t - start, free, talking)
    np.clip(values[:, :52], 0, 1, out=values[:, :52])


def _raise(values: Array, amounts: dict[str, Array]) -> None:
    """At least so much of each; "*" stands for both sides."""
    for name, amount in amounts.items():
        for side in ("Left", "Right") if "*" in name else ("",):
            column = values[:, ARKIT_INDEX[name.replace("*", side)]]
            np.maximum(column, amount, out=column)


def _yawn(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    wide = size * smoothstep(share / 0.55) * (1 - smoothstep((share - 0.78) / 0.2))
    mouth = wide * free
    _raise(values, {"jawOpen": 0.95 * mouth, "mouthStretch*": 0.25 * mouth, "mouthFunnel": 0.2 * mouth})
    _raise(values, {"eyeBlink*": 0.85 * wide, "browInnerUp": 0.5 * wide, "cheekSquint*": 0.5 * wide})
    _raise(values, {"noseSneer*": 0.25 * wide})
    values[:, ARKIT_INDEX["mouthClose"]] *= 1 - mouth
    values[:, 52] -= np.deg2rad(9) * wide


def _sigh(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    taken = size * smoothstep(share / 0.35) * (1 - smoothstep((share - 0.35) / 0.5))
    let_go = size * smoothstep((share - 0.35) / 0.25) * (1 - smoothstep((share - 0.8) / 0.2))
    _raise(values, {"jawOpen": (0.1 * taken + 0.2 * let_go) * free, "mouthFunnel": 0.2 * let_go * free})
    _raise(values, {"mouthLowerDown*": 0.15 * let_go * free, "cheekPuff": 0.25 * let_go * free})
    _raise(values, {"browInnerUp": 0.45 * taken + 0.3 * let_go, "eyeBlink*": 0.45 * let_go})
    values[:, 52] += np.deg2rad(2.5) * let_go - np.deg2rad(0.8) * taken  # less than a nod
    values[:, 56] += 0.03 * taken - 0.02 * let_go


def _chew(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    phase = 2 * np.pi * CHEW_RATE * since
    bite = size * (1 - 0.9 * talking)
    opened = 0.3 * bite * (0.5 - 0.5 * np.cos(phase))
    values[:, ARKIT_INDEX["jawOpen"]] += opened
    values[:, ARKIT_INDEX["mouthClose"]] += 1.05 * opened  # with the lips closed
    swing = 0.3 * bite * np.sin(phase)
    _raise(values, {"jawLeft": np.maximum(swing, 0), "jawRight": np.maximum(-swing, 0)})
    _raise(values, {"mouthPress*": 0.4 * bite, "cheekSquint*": 0.2 * bite * (0.5 + 0.5 * np.cos(phase))})


def _sing(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    jaw = values[:, ARKIT_INDEX["jawOpen"]]
    jaw *= 1 + 0.35 * size * talking  # singers open wider than talkers
    idle = size * (1 - talking)
    jaw += 0.3 * idle * (0.5 - 0.5 * np.cos(2 * np.pi * 0.7 * since)) ** 0.7
    _raise(values, {"browInnerUp": 0.4 * size * (0.6 + 0.4 * np.sin(2 * np.pi * SWAY_RATE * since))})
    values[:, 54] += np.deg2rad(4) * size * np.sin(2 * np.pi * SWAY_RATE * since)
    values[:, 52] -= np.deg2rad(4) * size


def _laugh(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    full = size * smoothstep(share / 0.15) * (1 - smoothstep((share - 0.6) / 0.4))
    note = 0.5 - 0.5 * np.cos(2 * np.pi * LAUGH_RATE * since)
    mouth = full * free
    _raise(values, {"jawOpen": (0.28 + 0.14 * note) * mouth, "mouthSmile*": 0.9 * full, "mouthUpperUp*": 0.3 * mouth})
    _raise(values, {"cheekSquint*": 0.8 * full, "eyeSquint*": 0.5 * full, "mouthLowerDown*": 0.25 * mouth})
    values[:, ARKIT_INDEX["mouthClose"]] *= 1 - mouth
    values[:, 52] -= np.deg2rad(4) * full - np.deg2rad(1.5) * full * note
    values[:, 56] -= 0.008 * full * note


def _whisper(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    values[:, ARKIT_INDEX["jawOpen"]] *= 1 - 0.3 * size
    _raise(values, {"mouthFunnel": 0.18 * size * talking, "browInnerUp": 0.25 * size, "eyeWide*": 0.15 * size})
    values[:, 57] += 0.06 * size


def _shout(values: Array, size: Array, share: Array, since: Array, free: Array, talking: Array) -> None:
    values[:, ARKIT_INDEX["jawOpen"]] *= 1 + 0.3 * size
    _raise(values, {"mouthLowerDown*": 0.3 * size * talking, "mouthUpperUp*": 0.2 * size * talking})
    values[:, 57] += 0.04 * size * talking


_ACTED = {
    "yawn": _yawn,
    "sigh": _sigh,
    "chew": _chew,
    "sing": _sing,
    "laugh": _laugh,
    "whisper": _whisper,
    "shout": _shout,
}
