"""Everything that can be wished for by name: emotions, actions of the face, and actions of the body."""

from __future__ import annotations

from avatar_app.face.body_actions import BODY_NAMES, BODY_WISHES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES

WISHES: tuple[str, ...] = tuple(dict.fromkeys((*EMOTION_NAMES, *ACTION_NAMES, *BODY_NAMES)))
BODY_ONLY = frozenset(BODY_NAMES) - set(ACTION_NAMES)


def words_for(name: str) -> str:
    """A wish as people say it."""
    if name in ACTIONS:
        return ACTIONS[name].words
    return BODY_WISHES[name].words if name in BODY_WISHES else name


def kind_of(name: str) -> str:
    """ "held" through its time, "repeated" or a "manner"; emotions are held."""
    if name in ACTIONS:
        return ACTIONS[name].kind
    return BODY_WISHES[name].kind if name in BODY_WISHES else "held"
