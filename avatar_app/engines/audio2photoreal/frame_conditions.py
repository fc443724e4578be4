"""What the embedded networks are told of every frame: both voices, feelings, body actions, and who moves.

One row a frame, so that a network knows without searching what belongs to it:
own articulation, the partner's voice, feelings, body actions, talker, body.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatar_app.face.body_actions import BODY_NAMES
from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.motion.curves import within
from avatar_app.motion.talker import VECTOR, Talker
from avatar_app.speech.encoder import ARTICULATION
from avatar_app.training.teacher.body.body_actions import BodyCue
from avatar_app.training.teacher.body.gestures import RESTS
from avatar_app.training.teacher.body.listening import Partner
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.types import Array

# Columns of a row.
OWN = slice(0, ARTICULATION)
PARTNER = slice(OWN.stop, OWN.stop + 4)  # there at all, talking, accent, laughing
FEELING = slice(PARTNER.stop, PARTNER.stop + len(EMOTION_NAMES))
ACTIONS = slice(FEELING.stop, FEELING.stop + len(BODY_NAMES))
TALKER = slice(ACTIONS.stop, ACTIONS.stop + VECTOR)
_RESTS = tuple(RESTS)
# Trait -> what it is told in: (its middle, a deviation).
_TRAITS = {
    **{"rate": (0.45, 0.12), "extent": (1.0, 0.3), "quickness": (1.0, 0.15), "dominance": (0.72, 0.08)},
    **{"both": (0.5, 0.06), "restless": (0.22, 0.1), "height": (0.0, 0.022), "width": (0.0, 0.015)},
    **{"bow": (0.5, 1.6), "sway": (1.0, 0.3), "shifts": (3.75, 1.3), "touches": (0.6, 0.5), "turn": (0.0, 4.0)},
}
BODY = slice(TALKER.stop, TALKER.stop + len(_TRAITS) + 1 + len(_RESTS))
CONDITION = BODY.stop
EDGE = 0.3  # seconds


def frame_conditions(
    articulation: Array,
    partner: Partner | None,
    emotion: Array,
    cues: Sequence[BodyCue],
    talker: Talker,
    traits: BodyTraits,
) -> Array:
    """(T, CONDITION) float32. articulation: (T, 26) of one's own voice. emotion: (T, 28) strengths from 0 on."""
    frames = len(articulation)
    rows = np.zeros((frames, CONDITION), np.float32)
    rows[:, OWN], rows[:, FEELING] = articulation, emotion
    if partner is not None:
        heard = (np.ones(frames), partner.talking, partner.accent, partner.laughing)
        rows[:, PARTNER] = np.stack(heard, axis=1)
    actions = rows[:, ACTIONS]
    for cue in cues:
        column = BODY_NAMES.index(cue.action)
        shape = cue.strength * within(frames, cue.start, cue.end, EDGE)
        actions[:, column] = np.where(np.abs(shape) > np.abs(actions[:, column]), shape, actions[:, column])
    rows[:, TALKER], rows[:, BODY] = talker.vector(), body_vector(traits)
    return rows


def body_vector(traits: BodyTraits) -> Array:
    """(18,) float32, about -2 to 2."""
    told = [(getattr(traits, name) - middle) / spread for name, (middle, spread) in _TRAITS.items()]
    rests = [float(traits.rest == name) for name in _RESTS]
    return np.array([*np.clip(told, -4, 4), 1.0 if traits.hand == "R" else -1.0, *rests], np.float32)
