"""Lips that must meet, and a head that does not tremble."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.engines.instruct_avatar.evaluate_lips import lip_gap
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.postprocess import (
    blend_articulation,
    enforce_lip_closure,
    smooth_jaw,
    smooth_slow_channels,
    suppress_actions,
)
from avatar_app.speech.encoder import ARTICULATION, TALKING


@given(st.integers(0, 10_000))
def test_a_closure_shuts_any_mouth(seed: int) -> None:
    face = np.random.default_rng(seed).random((5, 58)).astype(np.float32)
    enforce_lip_closure(face, np.ones(5, np.float32))
    clip = MotionClip.from_values(face)
    for name in ("mouthShrugUpper",):  # lifts a lip on purpose: no opening of the mouth
        clip.expression[:, ARKIT_INDEX[name]] = 0
    assert lip_gap(clip).max() < 0.02


def test_no_closure_changes_nothing() -> None:
    face = np.random.default_rng(0).random((5, 58)).astype(np.float32) * 0.9
    before = face.copy()
    enforce_lip_closure(face, np.zeros(5, np.float32))
    assert np.array_equal(face, before)


def test_tremor_goes_and_nods_stay() -> None:
    t = np.arange(100) / 25
    nod = 0.05 * (1 - np.cos(2 * np.pi * t / 0.52))  # gestures.BEAT
    values = np.zeros((100, 58), np.float32)
    values[:, 52] = nod + np.random.default_rng(0).normal(0, 0.002, 100)
    calm = smooth_slow_channels(values)
    assert np.abs(np.diff(calm[:, 52], 2)).mean() < np.abs(np.diff(values[:, 52], 2)).mean()
    assert np.ptp(calm[:, 52]) == pytest.approx(np.ptp(nod), rel=0.3)


def test_lips_and_lids_are_not_slowed() -> None:
    values = np.random.default_rng(0).random((60, 58)).astype(np.float32)
    values[:, ARKIT_INDEX["eyeBlinkLeft"]] = np.clip(5 * np.sin(np.arange(60) / 4) - 4, 0, 1)  # blinks
    fast = [ARKIT_INDEX[name] for name in ("jawOpen", "mouthClose", "eyeBlinkLeft", "eyeLookUpRight")]
    assert np.array_equal(smooth_slow_channels(values)[:, fast], values[:, fast])
    assert smooth_slow_channels(values)[:, :52].min() >= 0 and smooth_slow_channels(values)[:, :52].max() <= 1


def test_clips_shorter_than_the_filter_pass() -> None:
    values = np.ones((3, 58), np.float32)
    assert np.array_equal(smooth_slow_channels(values), values)


def test_what_is_forbidden_goes_and_the_rest_stays() -> None:
    values = np.full((10, 58), 0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {"smile": np.ones(10, np.float32), "turn_left": np.ones(10, np.float32)})
    assert values[:, ARKIT_INDEX["mouthSmileLeft"]].max() < 0.1
    assert np.all(values[:, ARKIT_INDEX["jawOpen"]] == 0.5)
    assert values[:, 53].max() < 0.1 and np.all(values[:, 52] == 0.5)


def test_a_turn_to_the_other_side_is_not_forbidden() -> None:
    values = np.full((10, 58), -0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {"turn_left": np.ones(10, np.float32)})
    assert np.all(values[:, 53] == -0.5)


def test_lids_held_shut_do_not_flutter() -> None:
    values = np.zeros((80, 58), np.float32)
    lids = ARKIT_INDEX["eyeBlinkLeft"]
    values[20:60, lids] = np.random.default_rng(0).uniform(0.6, 1.0, 40)
    calm = smooth_slow_channels(values)[:, lids]
    assert np.abs(np.diff(calm[28:52])).max() < 0.1 < np.abs(np.diff(values[28:52, lids])).max()
    assert calm[:15].max() == 0


def test_a_trembling_jaw_is_eased_and_a_slow_one_kept() -> None:
    face = np.full((40, 58), 0.3, np.float32)
    jaw = ARKIT_INDEX["jawOpen"]
    face[::2, jaw] += 0.1
    smooth_jaw(face)
    assert np.ptp(face[2:-2, jaw]) < 0.06
    slow = np.zeros((40, 58), np.float32)
    slow[:, jaw] = 0.3 + 0.2 * np.sin(np.arange(40) / 40 * 2 * np.pi)
    before = slow[:, jaw].copy()
    smooth_jaw(slow)
    assert np.abs(slow[:, jaw] - before)[1:-1].max() < 0.005


def _jaw(curve: np.ndarray) -> np.ndarray:
    face = np.zeros((len(curve), 58), np.float32)
    face[:, ARKIT_INDEX["jawOpen"]] = curve
    return face


def test_the_jaw_follows_the_articulation_and_stays_as_open_as_it_was_asked_to_be() -> None:
    time = np.arange(100)
    articulation = np.zeros((100, ARTICULATION), np.float32)
    articulation[:, TALKING] = 1
    articulation[:, 0] = 0.2 + 0.1 * np.sin(time / 2)
    face = _jaw(0.6 + 0.1 * np.sin(time / 2 + 1.2))
    before = np.corrcoef(face[:, ARKIT_INDEX["jawOpen"]], articulation[:, 0])[0, 1]
    blend_articulation(face, articulation)
    jaw = face[:, ARKIT_INDEX["jawOpen"]]
    assert np.corrcoef(jaw, articulation[:, 0])[0, 1] > before + 0.2
    assert abs(jaw.mean() - 0.6) < 0.02


def test_a_mouth_that_moves_while_nobody_talks_is_left_alone() -> None:
    face = _jaw(0.3 + 0.2 * np.sin(np.arange(100) / 3))
    before = face.copy()
    articulation = np.random.default_rng(0).random((100, ARTICULATION)).astype(np.float32)
    articulation[:, TALKING] = 0
    blend_articulation(face, articulation)
    np.testing.assert_array_equal(face, before)
