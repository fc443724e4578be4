"""Liveliness of motions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.liveliness import Liveliness, head_bands, liveliness, pauses, posture_shifts
from avatar_app.motion.liveliness_curves import curves_of_motion
from avatar_app.motion.liveliness_table import WORDS, closeness, log_sigma, summarise
from avatar_app.motion.real_talkers import REAL, REAL_BANDS, Percentiles
from avatar_app.request import FPS, InputError

T = np.arange(10 * FPS) / FPS
ONE = 6.0  # a minute: one in ten seconds


def bump(at: float, size: float, width: float = 0.15) -> np.ndarray:
    return size * np.exp(-0.5 * ((T - at) / width) ** 2)


def step(at: float, size: float, seconds: float) -> np.ndarray:
    x = np.clip((T - at) / seconds, 0, 1)
    return size * x * x * (3 - 2 * x)


def figures(**channels: np.ndarray) -> Liveliness:
    return liveliness(curves_of_motion(motion(**channels)))


def motion(**channels: np.ndarray) -> np.ndarray:
    values = np.zeros((len(T), len(CHANNEL_NAMES)), np.float32)
    for name, curve in channels.items():
        values[:, CHANNEL_NAMES.index(name)] = curve
    return values


def test_a_still_face_does_nothing() -> None:
    still = figures()
    assert (still.nods, still.raises, still.blinks, still.gaze_shifts, still.shifts) == (0, 0, 0, 0, 0)
    assert max(still.head, still.speed, still.brow, still.gap) < 1e-6
    assert still.slow == 1
    assert np.isnan(still.shift_size)


def test_a_nod_of_four_degrees_is_one_nod_and_one_of_two_is_none() -> None:
    assert figures(head_rotation_x=np.deg2rad(bump(3, 4))).nods == pytest.approx(ONE)
    assert figures(head_rotation_x=np.deg2rad(bump(3, 2))).nods == 0
    assert figures(head_rotation_x=np.deg2rad(-bump(3, 4))).nods == 0  # up and back
    assert figures(head_rotation_y=np.deg2rad(bump(3, 4))).nods == 0
    assert figures(head_rotation_x=np.deg2rad(bump(5, 4, width=2))).nods == 0  # too slow to be one


def test_a_turn_is_one_posture_shift_of_its_size() -> None:
    turned = figures(head_rotation_y=np.deg2rad(step(4, 8, 1.0)))
    assert turned.shifts == pytest.approx(ONE)
    assert turned.shift_size == pytest.approx(8, rel=0.1)
    assert figures(head_rotation_y=np.deg2rad(step(4, 2, 1.0))).shifts == 0
    assert len(posture_shifts(np.stack([0 * T, step(2, 8, 1) - step(6, 8, 1), 0 * T], axis=1))) == 2


def test_angles_speed_and_place_come_back_in_degrees_and_head_widths() -> None:
    swing = np.sin(2 * np.pi * T)  # 1 Hz
    found = figures(head_rotation_z=np.deg2rad(3) * swing, head_translation_x=0.05 * swing)
    assert found.roll == pytest.approx(3 / np.sqrt(2), rel=0.05)
    assert found.head == pytest.approx(found.roll / 3, rel=0.01)
    assert found.speed == pytest.approx(3 * 2 * np.pi / np.sqrt(2), rel=0.05)
    assert found.move_x == pytest.approx(0.05 / np.sqrt(2), rel=0.05)
    assert found.slow < 0.2


def test_bands_hold_each_its_own_frequency() -> None:
    angles = np.stack([2 * np.sin(2 * np.pi * 0.2 * T), 2 * np.sin(2 * np.pi * 2 * T), 0 * T], axis=1)
    bands = head_bands(angles)
    assert bands["below_0.3_hz"]["pitch"] == pytest.approx(np.sqrt(2), rel=0.1)
    assert bands["1_to_3_hz"]["yaw"] == pytest.approx(np.sqrt(2), rel=0.05)
    assert bands["3_to_6_hz"]["yaw"] < 0.1
    assert bands["1_to_3_hz"]["roll"] == 0


def test_a_saccade_of_six_degrees_is_one_gaze_shift_and_steadying_the_eyes_is_none() -> None:
    jump = (T > 4) * 6 / 30
    assert figures(eyeLookOutLeft=jump, eyeLookInRight=jump).gaze_shifts == pytest.approx(ONE)
    small = (T > 4) * 3 / 30
    assert figures(eyeLookOutLeft=small, eyeLookInRight=small).gaze_shifts == 0
    turn = step(4, 9, 0.2)
    steadied = figures(head_rotation_y=np.deg2rad(turn), eyeLookInLeft=turn / 30, eyeLookOutRight=turn / 30)
    assert steadied.gaze_shifts == 0


def test_a_blink_is_counted_once_and_does_not_move_the_lids_between() -> None:
    shut = bump(3, 1, 0.06) + bump(7, 1, 0.06)
    found = figures(eyeBlinkLeft=shut, eyeBlinkRight=shut)
    assert found.blinks == pytest.approx(2 * ONE)
    assert found.blink_seconds == pytest.approx(0.14, abs=0.03)
    assert found.lids < 0.005
    assert figures(eyeBlinkLeft=0.25 * shut, eyeBlinkRight=0.25 * shut).blinks == 0


def test_brows_raised_and_lowered_are_counted_from_a_fiftieth_of_the_distance_between_the_eyes() -> None:
    up = bump(3, 0.5, 0.25)
    raised = figures(browInnerUp=up, browOuterUpLeft=up, browOuterUpRight=up)
    assert (raised.raises, raised.lowerings) == (pytest.approx(ONE), 0)
    assert raised.raise_size == pytest.approx(0.5 * 0.077, rel=0.15)
    lowered = figures(browDownLeft=up, browDownRight=up)
    assert (lowered.raises, lowered.lowerings) == (0, pytest.approx(ONE))
    assert figures(browInnerUp=up).raises == 0  # alone it lifts the brows by 0.013


def test_lips_open_close_and_round() -> None:
    found = figures(jawOpen=np.where(T % 1 < 0.5, 0.4, 0.0), mouthPucker=np.full(len(T), 0.2))
    assert found.gap_p95 == pytest.approx(0.4 * 0.547, rel=0.15)
    assert found.lips_shut == pytest.approx(0.5, abs=0.05)
    assert found.pucker_p95 == pytest.approx(0.2)
    assert found.lip_pairs > 0.03
    assert figures(mouthSmileLeft=bump(5, 0.5, 1)).corners > 0.005
    assert figures(mouthSmileLeft=bump(5, 0.5, 1), mouthSmileRight=bump(5, 0.5, 1)).corners < 0.001


def test_pauses_between_words_and_what_the_head_does_in_them() -> None:
    talking = np.ones(len(T), bool)
    talking[100:125] = talking[200:203] = talking[240:] = False
    assert pauses(talking) == [(100, 125)]  # not the short one, nor the end
    lifted = motion(head_rotation_x=np.deg2rad(-step(5.0, 3, 0.2)))
    assert liveliness(curves_of_motion(lifted, talking)).onset_lift == pytest.approx(2, abs=0.6)
    assert np.isnan(liveliness(curves_of_motion(lifted)).onset_lift)


def test_too_short_a_clip_is_refused() -> None:
    with pytest.raises(InputError, match="too short"):
        liveliness(curves_of_motion(motion()[:30]))


def test_the_spread_between_talkers_is_that_of_a_log_normal() -> None:
    rng = np.random.default_rng(0)
    assert log_sigma(np.exp(rng.normal(1.0, 0.6, 4000))) == pytest.approx(0.6, rel=0.05)
    swing = np.deg2rad(np.sin(2 * np.pi * T))
    sizes = np.exp(rng.normal(0.0, 0.6, 40))
    summary = summarise([figures(head_rotation_y=size * swing) for size in sizes])["yaw"]
    assert summary.sigma == pytest.approx(np.log(sizes).std(ddof=1), rel=0.01)
    assert summary.p50 == pytest.approx(np.median(sizes) / np.sqrt(2), rel=0.05)


def test_closeness_is_one_for_the_same_and_falls_on_both_sides() -> None:
    assert closeness(2.0, 2.0) == 1
    assert closeness(1.0, 2.0) == closeness(3.0, 2.0) == 0.5
    assert np.isnan(closeness(1.0, 0.0))


def test_quartiles_lie_between_the_percentiles_that_were_measured() -> None:
    low, high = Percentiles(1.0, 2.0, 8.0).quartiles()
    assert low == pytest.approx(2 * 0.5**0.526, rel=0.01)
    assert high == pytest.approx(2 * 4**0.526, rel=0.01)
    assert Percentiles(0.0, 20.0, 40.0).quartiles()[0] == pytest.approx(9.5, abs=0.1)
    assert Percentiles(1.0, 2.0, 8.0).holds(2.5)
    assert not Percentiles(1.0, 2.0, 8.0).holds(6.0)
    assert Percentiles(1.0, 2.0, 8.0, 0.6).as_varied(0.7) is True
    assert Percentiles(1.0, 2.0, 8.0, 0.6).as_varied(0.2) is False
    assert Percentiles(1.0, 2.0, 8.0).as_varied(0.2) is None


def test_every_measure_has_words_and_a_real_talker_to_stand_beside() -> None:
    assert list(WORDS) == list(Liveliness.__dataclass_fields__)
    assert set(WORDS) - set(REAL) == {"lip_pairs"}  # of which films were not asked
    assert set(REAL_BANDS) == set(head_bands(np.zeros((60, 3))))
