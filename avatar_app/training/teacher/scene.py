"""What the teacher animates: a scene with its instructed actions, and the channels that they are written on."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.face.facs import ACTIONS, arkit_from_aus
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.types import Array

ACTION_SHAPES = {name: arkit_from_aus(action.aus) for name, action in ACTIONS.items()}


def columns(*names: str) -> list[int]:
    """Indices of the ARKit coefficients whose names start so."""
    return [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(names)]


_MOUTH = columns("mouth", "jaw", "tongue", "cheekPuff")
_SMILES = columns("mouthSmile", "mouthDimple", "mouthFrown")


@dataclass(frozen=True)
class Cue:
    """One instructed action. start, end: seconds from the clip's first frame. strength: -1 (avoid) to 1."""

    action: int
    strength: float
    start: float
    end: float


@dataclass(frozen=True)
class Scene:
    """What one clip is to show.

    tracks: T frames. talking: (T,) in [0, 1]. emotion: (T, 28) strengths. resting: (52,) the portrait's own expression.
    """

    tracks: LipTracks
    talking: Array
    emotion: Array
    cues: tuple[Cue, ...]
    resting: Array


@dataclass
class Channels:
    """The arrays that actions write on. angles: (T, 3) degrees. eyes: (T, 2) degrees. lids: (T, 2) left, right."""

    face: Array
    angles: Array
    translation: Array
    eyes: Array
    lids: Array


def add_expression(face: Array, shape: Array, scene: Scene) -> None:
    """Adds (T, 52) on top: the mouth gives way to speech, corners less than the rest."""
    scaled = shape.copy()
    scaled[:, _MOUTH] *= (1 - 0.6 * scene.talking)[:, None]
    scaled[:, _SMILES] = shape[:, _SMILES] * (1 - 0.15 * scene.talking)[:, None]
    face += scaled
