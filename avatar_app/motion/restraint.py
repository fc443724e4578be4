"""What an instruction forbids or holds still, kept to the letter: a denoiser only tends to obey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, grey_closing

from avatar_app.face.facs import ACTION_NAMES, ACTIONS
from avatar_app.inputs.instruction.timeline import Asked
from avatar_app.motion.curves import within
from avatar_app.motion.postprocess import FORBIDDEN, suppress_actions
from avatar_app.request import FPS
from avatar_app.types import Array

EDGE = 0.2  # seconds over which a forbidden action fades out and may come back
HELD = 0.93  # share of head movement that "keep your head still" takes away
MORE = 0.9  # by how much "move your head more" adds to its movement
_MADE_OF = {"close_eyes": "blink"}  # a slow one
_BETWEEN = 3.0  # seconds; counted gestures that are closer belong together: "blink every two seconds"
_SETTLE = 0.35  # seconds in which a head comes to rest
_QUICK, _DRIFT = ("nod", "shake_head"), 7.0  # sigma in frames of what is slower than these
_COUNTED = ("blink", "roll_eyes")  # what faces also do unasked, so that it has to be kept from happening in between


@dataclass(frozen=True)
class Restraint:
    """forbidden: {action: (T,) 0 to 1, with eased edges}. still: (T,) 0 to 1, how far the head is to be held; below 0,
    how much more than usual it is to move. nodding: (T,) 0 to 1, where a head that is held nods or shakes.
    """

    forbidden: dict[str, Array]
    still: Array
    nodding: Array


def restraint_of(asked: Iterable[Asked], cues: Iterable[tuple[int, float, float, float]], frames: int) -> Restraint:
    """asked: of Timeline.tokens. cues: the gestures of one sample, (action, strength, start, end)."""
    forbidden: dict[str, Array] = {}
    still, moving = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    freed, nodding = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    counted: dict[str, Array] = {}
    for wish in asked:
        name = ACTION_NAMES[wish.action]
        inside = within(frames, wish.start, wish.end, EDGE).astype(np.float32)
        if wish.strength < 0:
            _most(forbidden, name, inside)
        elif name == "stay_still":
            still = np.maximum(still, within(frames, wish.start, wish.end, _SETTLE).astype(np.float32))
        elif name == "move_more":
            freed = np.maximum(freed, wish.strength * within(frames, wish.start, wish.end, _SETTLE).astype(np.float32))
        elif name in _COUNTED and wish.times is not None:
            _most(counted, name, inside)
    counted = {name: grey_closing(times, round(_BETWEEN * FPS)) for name, times in counted.items()}
    for action, strength, start, end in cues:
        inside = within(frames, start - 0.1, end + 0.3, EDGE).astype(np.float32)
        if strength > 0 and any(ACTIONS[ACTION_NAMES[action]].rotation):
            moving = np.maximum(moving, inside)
        if strength > 0 and ACTION_NAMES[action] in _QUICK:
            nodding = np.maximum(nodding, inside)
        name = _MADE_OF.get(ACTION_NAMES[action], ACTION_NAMES[action])
        if strength > 0 and name in counted:
            counted[name] *= 1 - within(frames, start, end + 0.02, 0.04).astype(np.float32)
    for name, between in counted.items():  # who blinks by order blinks at no other time
        _most(forbidden, name, between)
    return Restraint(forbidden, still * (1 - moving) - freed * (1 - still), still * nodding)


def _most(shapes: dict[str, Array], name: str, shape: Array) -> None:
    shapes[name] = np.maximum(shapes[name], shape) if name in shapes else shape


def restrain(values: Array, restraint: Restraint) -> None:
    """Keeps motion (T, 58) within what is allowed, in place."""
    suppress_actions(values, values[:, 52:55], restraint.forbidden)
    for name, shape in restraint.forbidden.items():  # leaning
        for axis, moved in enumerate(ACTIONS[name].translation, start=55):
            if moved:
                values[:, axis] *= np.where(values[:, axis] * moved > 0, 1 - FORBIDDEN * shape, 1)
    if not restraint.still.any() and not restraint.nodding.any():
        return
    pose, held = values[:, 52:58], gaussian_filter1d(np.maximum(restraint.still, 0), 2.0)
    nodding = gaussian_filter1d(restraint.nodding, 2.0)
    if held.any() or nodding.any():
        kept = held if held.any() else nodding
        rest = (pose * kept[:, None]).sum(axis=0) / kept.sum()
        drift = gaussian_filter1d(pose, _DRIFT, axis=0, mode="nearest")
        pose -= (HELD * held)[:, None] * (pose - rest) + (HELD * nodding)[:, None] * (drift - rest)
    freed = gaussian_filter1d(np.maximum(-restraint.still, 0), 2.0)
    pose += (MORE * freed)[:, None] * (pose - pose.mean(axis=0))
