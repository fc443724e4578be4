"""Gaze: angles and coefficients agree, and blurred saccades become quick ones."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.motion.gaze import STEADY_GAZE, _saccades, eye_angles, look, look_about, sharpen_saccades, wander


def motion(angles: np.ndarray, yaw: np.ndarray | None = None) -> np.ndarray:
    values = np.zeros((len(angles), 58), np.float32)
    if yaw is not None:
        values[:, 53] = np.deg2rad(yaw)
        angles = angles - np.stack([np.zeros(len(yaw)), STEADY_GAZE[1] * yaw], axis=1)
    look(values, angles)
    return values


def glide(frames: int, size: float, first: int = 40) -> np.ndarray:
    across = size * np.clip((np.arange(100) - first) / frames, 0, 1)
    return np.stack([np.zeros(100), across], axis=1)


@pytest.mark.parametrize(("down", "left"), [(10.0, -5.0), (-8.0, 12.0), (0.0, 0.0)])
def test_angles_come_back_from_the_coefficients(down: float, left: float) -> None:
    assert np.allclose(eye_angles(motion(np.tile((down, left), (5, 1)))), (down, left), atol=1e-4)


@pytest.mark.parametrize("yaw", [None, 8 * np.sin(np.arange(100) / 8)])
def test_a_blurred_saccade_becomes_a_jump_whatever_the_head_does(yaw: np.ndarray | None) -> None:
    values = motion(glide(5, 8.0), yaw)
    sharpen_saccades(values)
    gaze = eye_angles(values)[:, 1] + (0 if yaw is None else STEADY_GAZE[1] * yaw)
    assert np.allclose(gaze[:41], 0, atol=1e-3) and np.allclose(gaze[46:], 8, atol=1e-3)
    inside = (gaze > 0.4) & (gaze < 7.6)
    assert inside.sum() <= 1
    assert abs(float(np.interp(4, gaze[40:46], np.arange(40, 46))) - 42.5) < 0.6  # where it was


@pytest.mark.parametrize("angles", [glide(20, 15.0), glide(5, 0.8), glide(1, 9.0)])
def test_slow_looks_small_drifts_and_jumps_stay(angles: np.ndarray) -> None:
    values = motion(angles)
    before = values.copy()
    sharpen_saccades(values)
    assert np.allclose(values, before, atol=1e-6)


def test_eyes_jump_and_rest_as_often_as_is_asked() -> None:
    gaze, shifts = wander(3000, 21.0, np.random.default_rng(0))
    steps = np.linalg.norm(np.diff(gaze, axis=0), axis=1) * 25
    assert np.median(steps) < 1e-3  # at rest most of the time
    assert steps.max() > 120  # degrees a second

    def a_minute(asked: float) -> float:
        return float(np.mean([len(wander(3000, asked, np.random.default_rng(seed))[1]) / 2 for seed in range(12)]))

    assert len(shifts) > 5 and a_minute(21.0) == pytest.approx(21, rel=0.35)
    assert a_minute(3.0) < 0.5 * a_minute(21.0)


def test_a_saccade_arrives_and_a_larger_one_takes_longer() -> None:
    def frames(size: float) -> int:
        curve, _ = _saccades(50, [(0.0, np.zeros(2)), (0.885, np.array([0.0, size]))])
        assert abs(curve[-1, 1] - size) < 1e-3 and np.all(curve[:22] == 0)
        return int(((curve[:, 1] > 0.002 * size) & (curve[:, 1] < 0.998 * size)).sum())

    assert frames(20.0) > frames(2.0)  # 65 and 25 ms, of which this begins early in a frame


def test_eyes_look_about_but_not_where_they_are_told_where_to_look() -> None:
    values, told = motion(np.tile((0.0, 12.0), (200, 1)), 6 * np.sin(np.arange(200) / 30)), np.zeros(200)
    told[100:] = 1
    look_about(values, 25.0, told, np.random.default_rng(1))
    gaze = eye_angles(values) + STEADY_GAZE * np.rad2deg(values[:, 52:54])
    assert np.allclose(gaze[101:], (0, 12), atol=1e-3)
    assert gaze[:100].std() > 0.5 and abs(gaze[:100, 1].mean() - 12) < 5


def test_looking_about_takes_no_time_for_long_recordings() -> None:
    gaze, _ = wander(25 * 600, 30.0, np.random.default_rng(0))
    assert gaze.shape == (15_000, 2) and np.abs(gaze).max() < 40
