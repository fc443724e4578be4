"""From landmarks to motion: each side, and each direction, is read where it was shown."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import EYE_REACH, fit_basis, load_rig
from avatar_app.face.landmark_indices import EYE_UPPER, IRIS
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.landmark_motion import motion_of
from avatar_app.render.portrait.pose import rotation_matrix
from avatar_app.types import Array

FRAMES = 60
OTHER = {"Left": "Right", "Right": "Left"}
FACE = (load_rig().neutral * 200 + np.array([256, 220, 0])).astype(np.float32)


def bump() -> Array:
    """(T,) 0, up to 1 in the middle third, and back."""
    time = np.arange(FRAMES) / FRAMES
    return np.clip(np.sin((time - 1 / 3) * 3 * np.pi), 0, 1).astype(np.float32) * ((time > 1 / 3) & (time < 2 / 3))


def shown(**amounts: float) -> MotionClip:
    """What is read from a face that moves by actions of its own rig in the middle third."""
    step = sum(amount * fit_basis(FACE)[ARKIT_INDEX[name]] for name, amount in amounts.items())
    return motion_of(FACE + bump()[:, None, None] * np.asarray(step), 25.0)


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("action", ["eyeBlink", "mouthSmile", "browDown", "browOuterUp", "mouthFrown"])
def test_what_one_side_does_is_read_on_that_side(action: str, side: str) -> None:
    clip = shown(**{action + side: 0.8})
    own, other = (np.ptp(clip.channel(action + s)) for s in (side, OTHER[side]))
    assert own > 0.4 and other < 0.3 * own


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize(
    ("way", "step"), [("Out", (1, 0)), ("In", (-1, 0)), ("Up", (0, -1)), ("Down", (0, 1))], ids=lambda v: str(v)
)
def test_the_gaze_of_one_eye_is_read_on_that_eye(side: str, way: str, step: tuple[int, int]) -> None:
    """In and out change sides with the eye: out is to the image's right for the subject's left eye."""
    outer, inner = FACE[EYE_UPPER[side][0]], FACE[EYE_UPPER[side][-1]]
    towards = np.array([step[0] * (1 if side == "Left" else -1), step[1], 0], np.float32)
    landmarks = np.repeat(FACE[None], FRAMES, 0)
    reach = 0.8 * EYE_REACH * float(np.linalg.norm(outer - inner))
    landmarks[:, list(IRIS[side])] += bump()[:, None, None] * reach * towards
    clip = motion_of(landmarks, 25.0)
    assert np.ptp(clip.channel(f"eyeLook{way}{side}")) > 0.5
    assert max(np.ptp(clip.channel(f"eyeLook{w}{OTHER[side]}")) for w in ("In", "Out", "Up", "Down")) < 0.1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_turns_and_places_of_the_head_are_read_with_their_signs(axis: int) -> None:
    angle = np.zeros((FRAMES, 3))
    angle[:, axis] = 0.2 * bump()
    middle = FACE.mean(0)
    turned = np.stack([(FACE - middle) @ rotation_matrix(row).T + middle for row in angle]).astype(np.float32)
    clip = motion_of(turned, 25.0)
    assert np.ptp(clip.head_rotation[:, axis]) == pytest.approx(0.2, abs=0.03)
    assert clip.head_rotation[FRAMES // 2, axis] > 0.1
    step = np.zeros(3, np.float32)
    step[axis] = (40, -40, 0)[axis]  # a fifth of a face to the right and up; pictures count downward
    moved = FACE + bump()[:, None, None] * step
    if axis == 2:  # nearer
        moved = middle + (FACE - middle) * (1 + 0.04 * bump()[:, None, None])
    place = motion_of(moved.astype(np.float32), 25.0).head_translation
    assert place[FRAMES // 2, axis] == pytest.approx(0.2 if axis < 2 else 0.27, abs=0.06)
