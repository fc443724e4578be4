"""What is held after the end of a motion: the pose, breathing and blinking, with a mouth at rest."""

import numpy as np

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.holding import hold


def ending(body: Body | None = None) -> MotionClip:
    """Half a second that ends with an open mouth, a smile and a turned head."""
    clip = MotionClip.still(12)
    values = clip.values()
    for name, value in (("jawOpen", 0.6), ("mouthSmileLeft", 0.5), ("eyeBlinkLeft", 0.9)):
        values[:, CHANNEL_NAMES.index(name)] = value
    values[:, 53] = 0.2
    return MotionClip.from_values(values, body)


def test_the_pose_stays_and_the_mouth_comes_to_rest() -> None:
    clip = hold(ending(), 200)
    assert len(clip) == 200 and np.array_equal(clip.values()[:12], ending().values())
    assert clip.channel("jawOpen")[12] > 0.5 and not clip.channel("jawOpen")[24:].any()
    assert np.abs(np.diff(clip.channel("jawOpen"))).max() < 0.12, "it does not snap shut"
    assert np.allclose(clip.channel("mouthSmileLeft"), 0.5) and np.allclose(clip.channel("head_rotation_y"), 0.2)


def test_it_breathes_and_blinks() -> None:
    clip = hold(ending(), 12 + 250)
    breath = clip.channel("head_rotation_x")[12:]
    assert 0.005 < np.ptp(breath) < 0.02 and np.abs(np.diff(breath)).max() < 0.001
    lids = clip.channel("eyeBlinkRight")[12:]
    assert 2 <= np.count_nonzero(np.diff((lids > 0.8).astype(int)) == 1) <= 5


def test_what_is_long_enough_stays_as_it_is() -> None:
    assert hold(ending(), 12).values().shape == (12, 58) and len(hold(ending(), 5)) == 12


def test_a_body_is_held_too() -> None:
    body = Body(
        np.random.default_rng(0).normal(size=(12, 4, 3)).astype(np.float32), "four", np.ones((12, 3), np.float32)
    )
    held = hold(ending(body), 40).body
    assert held is not None and len(held) == 40 and np.array_equal(held.joints[39], body.joints[11])
