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
    pace_head,
    settle_jaw,
    smooth_jaw,
    smooth_slow_channels,
    soften_limits,
    stir_lips,
    suppress_actions,
)
from avatar_app.speech.encoder import ARTICULATION, CLOSURE, TALKING, TUCK
from avatar_app.speech.lip_targets import CHANNELS


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


def test_a_closure_gathers_stretched_lips_and_lifts_a_wide_open_jaw() -> None:
    face = np.zeros((2, 58), np.float32)
    face[:, [ARKIT_INDEX[name] for name in ("mouthStretchLeft", "mouthStretchRight", "jawOpen")]] = 0.8
    enforce_lip_closure(face, np.array([1, 0], np.float32))
    assert face[0, ARKIT_INDEX["mouthStretchLeft"]] == face[0, ARKIT_INDEX["mouthStretchRight"]] == np.float32(0.4)
    assert face[0, ARKIT_INDEX["jawOpen"]] == 0.25 and face[1, ARKIT_INDEX["jawOpen"]] == np.float32(0.8)
    assert face[0, ARKIT_INDEX["mouthClose"]] > face[0, ARKIT_INDEX["jawOpen"]] and face[1].max() == np.float32(0.8)


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


def test_brows_and_cheeks_do_not_tremble() -> None:
    values = np.random.default_rng(0).uniform(0.4, 0.6, (60, 58)).astype(np.float32)
    slow = [
        ARKIT_INDEX[name] for name in ("browInnerUp", "cheekPuff", "noseSneerLeft", "mouthSmileRight", "eyeWideLeft")
    ]
    before, after = (np.abs(np.diff(x[:, slow], axis=0)).mean(axis=0) for x in (values, smooth_slow_channels(values)))
    assert (after < 0.5 * before).all()


def test_clips_shorter_than_the_filter_pass() -> None:
    values = np.ones((3, 58), np.float32)
    assert np.array_equal(smooth_slow_channels(values), values)


def test_what_is_forbidden_goes_and_the_rest_stays() -> None:
    values = np.full((10, 58), 0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {"smile": np.ones(10, np.float32), "turn_left": np.ones(10, np.float32)})
    assert values[:, ARKIT_INDEX["mouthSmileLeft"]].max() < 0.1
    assert np.all(values[:, ARKIT_INDEX["jawOpen"]] == 0.5)
    assert values[:, 53].max() < 0.1 and np.all(values[:, 52] == 0.5)


def test_a_forbidden_smile_takes_dimples_and_cheeks_with_it() -> None:
    values = np.full((4, 58), 0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {"smile": np.ones(4, np.float32)})
    for name in ("mouthSmileRight", "mouthDimpleLeft", "mouthDimpleRight", "cheekSquintLeft"):
        assert values[:, ARKIT_INDEX[name]].max() < 0.1


@pytest.mark.parametrize(
    ("action", "gone", "kept"),
    [
        ("raise_brows", ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), ("browDownLeft", "mouthSmileLeft")),
        ("raise_left_brow", ("browOuterUpLeft",), ("browOuterUpRight", "browInnerUp")),
        ("round_lips", ("mouthFunnel",), ("mouthPucker", "mouthClose")),
        ("open_mouth", ("jawOpen",), ("mouthClose", "mouthFunnel")),
    ],
)
def test_a_forbidden_action_takes_its_own_muscles_only(
    action: str, gone: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    values = np.full((4, 58), 0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {action: np.ones(4, np.float32)})
    assert values[:, [ARKIT_INDEX[name] for name in gone]].max(initial=0) < 0.1
    assert values[:, [ARKIT_INDEX[name] for name in kept]].min() == 0.5 == values[:, 52:].min()


def test_what_is_forbidden_for_a_while_is_back_afterwards() -> None:
    values = np.full((10, 58), 0.5, np.float32)
    for_a_while = np.repeat(np.array([1, 0], np.float32), 5)
    suppress_actions(values, values[:, 52:55], {"raise_brows": for_a_while, "turn_left": for_a_while})
    assert values[:5, [ARKIT_INDEX["browInnerUp"], 53]].max() < 0.1 and np.all(values[5:] == 0.5)


@pytest.mark.parametrize("action", ["nod", "shake_head", "blink"])
def test_forbidden_gestures_leave_held_postures_alone(action: str) -> None:
    values = np.full((4, 58), 0.5, np.float32)
    suppress_actions(values, values[:, 52:55], {action: np.ones(4, np.float32)})
    assert np.all(values == 0.5)


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
    syllables = np.zeros((40, 58), np.float32)
    syllables[:, jaw] = 0.3 + 0.2 * np.sin(np.arange(40) * 2 * np.pi / 5)  # 5 a second
    smooth_jaw(syllables)
    assert np.ptp(syllables[2:-2, jaw]) > 0.3
    slow = np.zeros((40, 58), np.float32)
    slow[:, jaw] = 0.3 + 0.2 * np.sin(np.arange(40) / 40 * 2 * np.pi)
    before = slow[:, jaw].copy()
    smooth_jaw(slow)
    assert np.abs(slow[:, jaw] - before)[1:-1].max() < 0.005


TIME = np.arange(100)
WAVE = np.sin(TIME / 2)  # about two syllables a second


def _face(name: str, curve: np.ndarray) -> np.ndarray:
    face = np.zeros((len(curve), 58), np.float32)
    face[:, ARKIT_INDEX[name]] = curve
    return face


def _articulation(name: str, curve: np.ndarray, talking: float = 1.0) -> np.ndarray:
    articulation = np.zeros((len(curve), ARTICULATION), np.float32)
    articulation[:, TALKING] = talking
    articulation[:, CHANNELS.index(name)] = curve
    return articulation


@pytest.mark.parametrize("name", ["jawOpen", "mouthFunnel", "mouthPucker"])
def test_jaw_and_rounding_follow_the_articulation_around_the_opening_that_was_asked_for(name: str) -> None:
    wanted = 0.2 + 0.1 * WAVE
    articulation = _articulation(name, wanted)
    articulation[::10, [CLOSURE, TUCK]] = 0.3
    face = _face(name, 0.6 + 0.1 * np.sin(TIME / 2 + 1.2))
    before = np.corrcoef(face[:, ARKIT_INDEX[name]], wanted)[0, 1]
    given = articulation.copy()
    blend_articulation(face, articulation)
    curve = face[:, ARKIT_INDEX[name]]
    assert np.corrcoef(curve, wanted)[0, 1] > before + 0.2
    assert abs(curve.mean() - 0.6) < 0.02
    assert np.array_equal(articulation, given)


def test_a_small_mouth_stays_small_and_an_effort_an_effort() -> None:
    for size in (0.02, 0.15):
        face = _face("jawOpen", 0.3 + size * np.sin(TIME / 2 + 1.2))
        blend_articulation(face, _articulation("jawOpen", 0.3 + 0.1 * WAVE))
        assert face[20:80, ARKIT_INDEX["jawOpen"]].std() == pytest.approx(size * 0.7, rel=0.25)


def test_a_faint_articulation_is_not_blown_up() -> None:
    face = _face("jawOpen", 0.5 + 0.2 * np.sin(TIME / 2 + 1.2))
    blend_articulation(face, _articulation("jawOpen", 0.1 + 0.001 * WAVE))
    assert face[20:80, ARKIT_INDEX["jawOpen"]].std() < 0.05


def test_blending_stays_within_what_a_mouth_can_do() -> None:
    for rest, burst in ((0.0, 0.8), (1.0, 0.2)):
        face = _face("jawOpen", np.where(TIME % 25 == 12, burst, rest))
        blend_articulation(face, _articulation("jawOpen", 0.5 + 0.4 * WAVE))
        assert face.min() >= 0 and face.max() <= 1


@pytest.mark.parametrize(("track", "least"), [(CLOSURE, 0.02), (TUCK, 0.01)])
def test_the_jaw_rises_for_lips_that_close_or_tuck(track: int, least: float) -> None:
    openings = []
    for shut in (0.0, 1.0):
        articulation = _articulation("jawOpen", 0.4 + 0.1 * WAVE)
        articulation[50, track] = shut
        face = _face("jawOpen", 0.4 + 0.1 * WAVE)
        blend_articulation(face, articulation)
        openings.append(face[50, ARKIT_INDEX["jawOpen"]])
    assert openings[1] < openings[0] - least


def test_a_mouth_that_moves_while_nobody_talks_is_left_alone() -> None:
    face = _face("jawOpen", 0.3 + 0.2 * np.sin(TIME / 3))
    before = face.copy()
    articulation = np.random.default_rng(0).random((100, ARTICULATION)).astype(np.float32)
    articulation[:, TALKING] = 0
    blend_articulation(face, articulation)
    np.testing.assert_array_equal(face, before)


def test_a_jaw_that_is_hardly_open_shuts_in_silence_and_only_there() -> None:
    face = np.zeros((80, 52), np.float32)
    face[:, ARKIT_INDEX["jawOpen"]] = 0.02
    face[60, ARKIT_INDEX["jawOpen"]] = 0.1
    talking = np.zeros(80, np.float32)
    talking[[10, 25]] = 1  # two words and a short pause, in which lips stay parted
    settle_jaw(face, talking)
    jaw = face[:, ARKIT_INDEX["jawOpen"]]
    assert np.allclose(jaw[10:26], 0.02) and jaw[:10].max() < 0.006 and jaw[26:60].max() < 0.006
    assert jaw[60] == pytest.approx(0.1)


def test_strong_expressions_keep_moving_below_their_limit_and_weak_ones_stay() -> None:
    face = np.zeros((5, 52), np.float32)
    brow, jaw = ARKIT_INDEX["browDownLeft"], ARKIT_INDEX["jawOpen"]
    face[:, brow] = face[:, jaw] = (0.3, 0.6, 0.9, 1.1, 1.4)
    soften_limits(face)
    assert np.allclose(face[:2, brow], (0.3, 0.6)) and np.all(np.diff(face[:, brow]) > 0.02)
    assert face[:, brow].max() < 0.96
    assert np.allclose(face[:, jaw], (0.3, 0.6, 0.9, 1.1, 1.4))


def head_moving(talking: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A head that turns to and fro at 6 degrees a second, and its speed (T - 1,) once it is paced."""
    values = np.zeros((len(talking), 58))
    values[:, 53] = np.deg2rad(3 * np.sin(2 * np.arange(len(talking)) / 25))
    before = values.copy()
    pace_head(values, talking)
    return before, np.abs(np.diff(np.rad2deg(values[:, 53]))) * 25


def test_heads_slow_down_in_pauses_and_not_in_a_long_silence() -> None:
    talking = np.concatenate([np.ones(100), np.zeros(40), np.ones(100)])
    _, speed = head_moving(talking)
    assert speed[105:135].mean() < 0.7 * speed[20:90].mean()
    _, silent = head_moving(np.zeros(240))
    assert silent[20:220].mean() == pytest.approx(speed[20:90].mean(), rel=0.2)


def test_a_paced_head_stays_where_it_was_to_be() -> None:
    values = np.zeros((200, 58))
    values[:, 53] = np.deg2rad(np.clip(np.arange(200) - 60, 0, 20))  # 20 degrees in 0.8 s, and held
    pace_head(values, np.ones(200))
    assert (
        np.rad2deg(values[150:, 53]) == pytest.approx(20, abs=1.5) and np.abs(np.rad2deg(values[:40, 53])).max() < 1.5
    )


def test_lips_stir_in_pauses_and_only_there() -> None:
    face = np.zeros((120, 58))
    face[:, ARKIT_INDEX["jawOpen"]] = 0.1 + 0.05 * np.sin(np.arange(120))
    talking = np.concatenate([np.ones(60), np.zeros(60)])
    before = face.copy()
    stir_lips(face, talking)
    jaw, was = face[:, ARKIT_INDEX["jawOpen"]], before[:, ARKIT_INDEX["jawOpen"]]
    assert jaw[80:].std() > 1.2 * was[80:].std() and jaw[:45] == pytest.approx(was[:45], abs=1e-3)


def test_a_mouth_that_must_not_hang_open_goes_on_talking() -> None:
    jaw, talk = ARKIT_INDEX["jawOpen"], 0.15 * (1 + np.sin(np.arange(100) / 2))
    values = np.zeros((100, 58), np.float32)
    values[:, jaw] = 0.4 + talk
    suppress_actions(values, values[:, 52:55], {"open_mouth": np.ones(100, np.float32)})
    assert values[20:80, jaw].min() < 0.1
    assert values[20:80, jaw].std() > 0.8 * talk[20:80].std()


def test_heads_do_not_turn_away_from_whom_they_talk_to() -> None:
    values = np.zeros((200, 58), np.float32)
    values[:, 53] = np.deg2rad(75) * np.sin(np.linspace(0, 9, 200))
    small = values.copy()
    small[:, 53] *= 0.2
    kept = small.copy()
    pace_head(values, np.ones(200))
    pace_head(kept, np.ones(200))
    assert np.rad2deg(np.abs(values[:, 53]).max()) <= 40
    assert np.abs(kept[:, 53]).max() > 0.8 * np.abs(small[:, 53]).max()
