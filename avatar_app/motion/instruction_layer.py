"""An instruction added to motion that was made without it: what it changes, within what voice and words forbid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.curves import within
from avatar_app.motion.postprocess import enforce_lip_closure, smooth_slow_channels, suppress_actions
from avatar_app.types import Array

EDGE = 0.2  # seconds over which a forbidden action fades out and may come back


def forbidden_actions(tokens: Iterable[tuple[int, float, float, float]], frames: int) -> dict[str, Array]:
    """{action: (T,) 0 to 1} of what an instruction forbids, with eased edges.

    tokens: (action index, strength, start, end) of Timeline.tokens, seconds; a strength below 0 forbids.
    """
    result: dict[str, Array] = {}
    for action, strength, start, end in tokens:
        if strength < 0:
            inside, name = within(frames, start, end, EDGE), ACTION_NAMES[action]
            result[name] = np.maximum(result.get(name, np.zeros(frames)), inside).astype(np.float32)
    return result


def add_change(clip: MotionClip, change: Array, closure: Array, forbidden: Mapping[str, Array]) -> MotionClip:
    """The clip with a change (T, 58) added to its face and head.

    closure: (T,) 0 to 1 of the voice: lips that it shuts stay shut. forbidden: see forbidden_actions.
    """
    values = clip.values() + change
    values[:, :52] = np.clip(values[:, :52], 0, 1)
    suppress_actions(values, values[:, 52:55], dict(forbidden))
    enforce_lip_closure(values, closure)
    return clip.with_values(smooth_slow_channels(values))
