"""Lips that must meet, and a head that does not tremble."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.engines.instruct_avatar.evaluate_lips import lip_gap
from avatar_app.motion.clip import ARKIT_INDEX, MotionClip
from avatar_app.motion.finish import seal_lips, steady


@given(st.integers(0, 10_000))
def test_a_closure_shuts_any_mouth(seed: int) -> None:
    face = np.random.default_rng(seed).random((5, 58)).astype(np.float32)
    seal_lips(face, np.ones(5, np.float32))
    clip = MotionClip.from_values(face)
    for name in ("mouthShrugUpper",):  # lifts a lip on purpose: no opening of the mouth
        clip.expression[:, ARKIT_INDEX[name]] = 0
    assert lip_gap(clip).max() < 0.02


def test_no_closure_changes_nothing() -> None:
    face = np.random.default_rng(0).random((5, 58)).astype(np.float32) * 0.9
    before = face.copy()
    seal_lips(face, np.zeros(5, np.float32))
    assert np.array_equal(face, before)


def test_tremor_goes_and_nods_stay() -> None:
    t = np.arange(100) / 25
    nod = 0.1 * np.sin(2 * np.pi * 2 * t) ** 2
    values = np.zeros((100, 58), np.float32)
    values[:, 52] = nod + np.random.default_rng(0).normal(0, 0.002, 100)
    calm = steady(values)
    assert np.abs(np.diff(calm[:, 52], 2)).mean() < np.abs(np.diff(values[:, 52], 2)).mean()
    assert np.ptp(calm[:, 52]) == pytest.approx(np.ptp(nod), rel=0.25)


def test_lips_and_lids_are_not_slowed() -> None:
    values = np.random.default_rng(0).random((60, 58)).astype(np.float32)
    fast = [ARKIT_INDEX[name] for name in ("jawOpen", "mouthClose", "eyeBlinkLeft", "eyeLookUpRight")]
    assert np.array_equal(steady(values)[:, fast], values[:, fast])
    assert steady(values)[:, :52].min() >= 0 and steady(values)[:, :52].max() <= 1


def test_clips_shorter_than_the_filter_pass() -> None:
    values = np.ones((3, 58), np.float32)
    assert np.array_equal(steady(values), values)
