"""An instruction acted on top of motion that was made without it, for engines that follow no words."""

from __future__ import annotations

import numpy as np

from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar.engine import forbidden_actions, load_engine
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.postprocess import enforce_lip_closure, smooth_slow_channels, suppress_actions
from avatar_app.speech.encoder import CLOSURE
from avatar_app.types import OnStep, ShouldStop


def apply_instruction(
    clips: list[MotionClip], conditions: Conditions, on_step: OnStep, should_stop: ShouldStop
) -> list[MotionClip]:
    """The clips, one per seed, with what the instruction changes in takes of the engine that follows words.

    Lips that the voice shuts stay shut, and nothing forbidden is shown. Raises Stopped once should_stop() is true.
    """
    changes, heard = load_engine().change(conditions, on_step, should_stop)
    forbidden = forbidden_actions(conditions)
    acted = []
    for clip, change in zip(clips, changes, strict=True):
        values = clip.values() + change
        values[:, :52] = np.clip(values[:, :52], 0, 1)
        suppress_actions(values, values[:, 52:55], forbidden)
        enforce_lip_closure(values, heard[:, CLOSURE])
        acted.append(MotionClip.from_values(smooth_slow_channels(values)))
    return acted
