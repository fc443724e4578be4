"""Gaze: angles and coefficients agree, and blurred saccades become quick ones."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.motion.gaze import STEADY_GAZE, eye_angles, look, sharpen_saccades


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
