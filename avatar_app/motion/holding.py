"""The end of a motion, held: for a sound that goes on after it."""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.request import FPS
from avatar_app.types import Array

REST = 0.4  # seconds in which mouth and lids come to rest
SPOKEN = ("jaw", "tongue", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthUpper", "mouthLower")
BREATHS = 0.25  # a second, of somebody who sits and listens
NOD, RISE = 0.008, 0.004  # radians, and head widths, that a breath moves the head
BLINKS = (2.2, 4.1, 3.1, 5.0)  # seconds from one to the next, over and over
BLINK = np.array([0.5, 1.0, 0.9, 0.5, 0.2], np.float32)  # frame by frame


def hold(clip: MotionClip, frames: int) -> MotionClip:
    """The clip, `frames` long: after its end the last pose is held, breathing and blinking, with the mouth at rest."""
    more = frames - len(clip)
    if more <= 0 or len(clip) == 0:
        return clip
    seconds = np.arange(1, more + 1) / FPS
    held = np.repeat(clip.values()[-1:], more, axis=0)
    fading = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith((*SPOKEN, "eyeBlink"))]
    held[:, fading] *= (0.5 + 0.5 * np.cos(np.pi * np.clip(seconds / REST, 0, 1)))[:, None]
    for side in ("Left", "Right"):
        lid = held[:, ARKIT_INDEX[f"eyeBlink{side}"]]
        np.maximum(lid, _blinks(more), out=lid)
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * BREATHS * seconds)
    held[:, CHANNEL_NAMES.index("head_rotation_x")] -= NOD * breath
    held[:, CHANNEL_NAMES.index("head_translation_y")] += RISE * breath
    body = clip.body
    if body is not None:
        last = [np.concatenate([part, np.repeat(part[-1:], more, axis=0)]) for part in (body.joints, body.root)]
        body = Body(last[0], body.skeleton, last[1])
    return MotionClip.from_values(np.concatenate([clip.values(), held]), body)


def _blinks(frames: int) -> Array:
    """(frames,) lids, 0 to 1."""
    lids = np.zeros(frames + len(BLINK), np.float32)
    at, count = BLINKS[0], 0
    while round(at * FPS) < frames:
        start = round(at * FPS)
        lids[start : start + len(BLINK)] = BLINK
        count += 1
        at += BLINKS[count % len(BLINKS)]
    return lids[:frames]
