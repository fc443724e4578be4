"""MotionClip: shapes are guarded, channels have names, the head can be calmed without touching the face."""

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES, CHANNEL_NAMES, POSE_NAMES
from avatar_app.motion.clip import MotionClip


def some_clip(frames=10, seed=0):
    return MotionClip.from_values(np.random.default_rng(seed).normal(scale=0.4, size=(frames, 58)))


def test_channels_are_the_52_of_arkit_and_the_head_pose():
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52
    assert list(ARKIT_NAMES) == sorted(ARKIT_NAMES)
    assert CHANNEL_NAMES[52:] == POSE_NAMES and POSE_NAMES[1] == "head_rotation_y" and POSE_NAMES[5].endswith("n_z")
    for name in ARKIT_NAMES:
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            assert name.removesuffix("Left") + "Right" in ARKIT_INDEX


def test_values_go_out_and_come_back():
    clip = some_clip()
    assert clip.values().shape == (10, 58) and clip.values().dtype == np.float32
    assert np.array_equal(MotionClip.from_values(clip.values()).values(), clip.values())


def test_expression_is_kept_within_its_range_and_pose_is_not():
    values = np.full((2, 58), -3.0)
    values[1] = 3.0
    clip = MotionClip.from_values(values)
    assert clip.expression.min() == 0.0 and clip.expression.max() == 1.0
    assert np.array_equal(clip.head_rotation[:, 0], [-3.0, 3.0])


def test_channels_are_found_by_name():
    clip = some_clip()
    assert np.array_equal(clip.channel("jawOpen"), clip.expression[:, ARKIT_INDEX["jawOpen"]])
    assert np.array_equal(clip.channel("head_rotation_y"), clip.head_rotation[:, 1])
    assert np.array_equal(clip.channel("head_translation_z"), clip.head_translation[:, 2])
    with pytest.raises(ValueError):
        clip.channel("noSuchChannel")


@pytest.mark.parametrize(
    "shapes",
    [((5, 51), (5, 3), (5, 3)), ((5, 52), (4, 3), (5, 3)), ((5, 52), (5, 3), (5, 4)), ((52,), (3,), (3,))],
)
def test_wrong_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="must be"):
        MotionClip(*(np.zeros(shape, np.float32) for shape in shapes))


def test_strength_moves_the_head_and_nothing_else():
    clip = some_clip()
    calm, double = clip.with_head_strength(0.0), clip.with_head_strength(2.0)
    assert not calm.head_rotation.any() and not calm.head_translation.any()
    assert np.array_equal(calm.expression, clip.expression) and np.array_equal(double.expression, clip.expression)
    assert np.allclose(double.head_rotation, 2 * clip.head_rotation) and double.head_rotation.dtype == np.float32
    assert clip.head_rotation.any()  # the clip itself is unchanged


def test_still_clip_has_its_length_and_no_motion():
    clip = MotionClip.still(50)
    assert len(clip) == 50 and clip.duration == 2.0 and not clip.values().any()
