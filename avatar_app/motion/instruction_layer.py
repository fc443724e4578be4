"""An instruction added to motion that was made without it: what it changes, within what voice and words forbid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatar_app.motion.body_sounds import add_body_sounds
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.postprocess import enforce_lip_closure, smooth_slow_channels
from avatar_app.motion.restraint import Restraint, restrain
from avatar_app.motion.upheld import uphold
from avatar_app.types import Array


def add_change(
    clip: MotionClip,
    change: Array,
    cues: Sequence[tuple[int, float, float, float]],
    restraint: Restraint,
    talking: Array,
    closure: Array,
) -> MotionClip:
    """The clip with a change (T, 58) added to its face and head.

    cues: the sample's gestures, of which rules show some. talking, closure: (T,) 0 to 1 of the voice: lips that it
    shuts stay shut.
    """
    values = clip.values() + change
    values[:, :52] = np.clip(values[:, :52], 0, 1)
    uphold(values, cues, talking)
    add_body_sounds(values, cues, talking)
    restrain(values, restraint)
    enforce_lip_closure(values, closure)
    return clip.with_values(smooth_slow_channels(values))
