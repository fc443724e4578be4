"""Blinks as often as somebody likes, and eyes that keep to the camera; what the instruction says comes first."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks

from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.eyes import BLINK, FIXATING, LIDS, with_wishes
from avatar_app.motion.gaze import EYE_DEGREES, eye_angles, look

FRAMES, AT = 250, (20, 70, 120, 170, 220)


def talker() -> MotionClip:
    """Ten seconds: five blinks, a head that turns to and fro, eyes that look aside."""
    values = MotionClip.still(FRAMES).values()
    for frame in AT:
        values[frame : frame + len(BLINK), LIDS] = BLINK[:, None]
    values[:, 53] = 0.2 * np.sin(np.arange(FRAMES) / 30)
    look(values, np.tile(np.array((2.0, -6.0)), (FRAMES, 1)))
    return MotionClip.from_values(values)


def blinks(clip: MotionClip) -> int:
    return len(find_peaks(clip.values()[:, LIDS].mean(axis=1), height=0.4, prominence=0.4)[0])


def away(clip: MotionClip) -> np.ndarray:
    """(T,) degrees between gaze and camera."""
    values = clip.values()
    return np.linalg.norm(eye_angles(values) + np.rad2deg(values[:, 52:54]), axis=1)


@pytest.mark.parametrize(("times", "count"), [(0.0, 0), (0.4, 2), (1.0, 5), (2.0, 10), (3.0, 15)])
def test_there_are_as_many_blinks_as_asked_for(times: float, count: int) -> None:
    made = with_wishes(talker(), times, 0.0, [], seed=3)
    assert blinks(made) == count
    others = [k for k in range(58) if k not in LIDS]
    np.testing.assert_array_equal(made.values()[:, others], talker().values()[:, others])
    assert np.abs(np.diff(made.values()[:, LIDS], axis=0)).max() <= 0.75  # no faster than a blink is


def test_a_clip_without_blinks_gets_some_and_the_same_seed_the_same_ones() -> None:
    still = MotionClip.still(FRAMES)
    made = [with_wishes(still, 2.0, 0.0, [], seed).values() for seed in (1, 1, 2)]
    assert 2 <= blinks(MotionClip.from_values(made[0])) <= 3
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])


def test_the_gaze_keeps_to_the_camera_whatever_the_head_does() -> None:
    assert away(talker()).max() > 10
    assert away(with_wishes(talker(), 1.0, 1.0, [], 0)).max() < FIXATING + 0.01
    half = away(with_wishes(talker(), 1.0, 0.5, [], 0))
    assert 0.4 * away(talker()).max() < half.max() < 0.6 * away(talker()).max()


def test_what_the_instruction_says_of_the_eyes_stays() -> None:
    asked = read_instruction("at 2 s look left with the eyes for 2 s", 10.0).tokens()
    clip = talker()
    made = with_wishes(clip, 1.0, 1.0, asked, 0)
    told, free = slice(60, 90), slice(130, 240)
    np.testing.assert_allclose(eye_angles(made.values())[told], eye_angles(clip.values())[told], atol=1e-3)
    assert away(made)[free].max() < FIXATING + 0.01
    counted = read_instruction("blink twice", 10.0).tokens()
    assert blinks(with_wishes(clip, 0.0, 0.0, counted, 0)) == 5 == blinks(with_wishes(clip, 3.0, 0.0, counted, 0))


def test_usual_wishes_change_nothing_and_eyes_turn_no_further_than_they_can() -> None:
    clip = talker()
    assert with_wishes(clip, 1.0, 0.0, [], 0) is clip
    values = clip.values()
    values[:, 53] = 1.2
    turned = with_wishes(MotionClip.from_values(values), 1.0, 1.0, [], 0)
    assert np.abs(eye_angles(turned.values())).max() < EYE_DEGREES
