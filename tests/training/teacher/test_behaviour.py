"""The teacher's behaviour: heads that mark pauses, eyes that jump, blinks in bursts, brows and feelings that come and
go."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.curves import ebb
from avatar_app.motion.talker import Talker
from avatar_app.training.teacher import eyes, head_motion, idle_face
from avatar_app.training.teacher.curves import pauses

FRAMES = 500
PAUSES = [(100, 120), (220, 235), (340, 380)]


def speech() -> np.ndarray:
    talking = np.ones(FRAMES, np.float32)
    for first, last in PAUSES:
        talking[first:last] = 0
    return talking


def heads(count: int, talker: Talker | None = None) -> np.ndarray:
    accent = np.random.default_rng(0).normal(0, 0.8, FRAMES)
    made = [
        head_motion.head(FRAMES, speech(), accent, talker or Talker(), np.random.default_rng(seed))[0]
        for seed in range(count)
    ]
    return np.stack(made)


def test_pauses_are_found_at_edges_and_inside() -> None:
    talking = np.array([0] * 10 + [1] * 20 + [0] * 5 + [1] * 10 + [0] * 20)
    assert pauses(talking) == [(0.0, 0.4), (1.8, 2.6)]  # 0.2 s are part of speech


def test_the_head_slows_in_pauses_and_starts_when_speech_begins() -> None:
    angles = heads(120)
    speed = np.linalg.norm(np.diff(angles, axis=1), axis=2).mean(axis=0)
    quiet = np.mean([speed[a + 6 : b - 5].mean() for a, b in PAUSES])
    start = np.mean([speed[b - 1 : b + 5].mean() for _, b in PAUSES])
    assert quiet < 0.75 * speed.mean() and start > 1.2 * speed.mean()


def test_the_head_lifts_as_speech_begins_again() -> None:
    pitch = heads(80)[:, :, 0].mean(axis=0)
    lift = np.mean([pitch[a + 5 : b - 3].mean() - pitch[b + 4 : b + 8].mean() for a, b in PAUSES])
    assert 1.5 < lift < 5


def test_heads_move_up_to_3_hz_and_shiver_at_no_speed() -> None:
    angles = heads(20)
    power = np.abs(np.fft.rfft(angles - angles.mean(axis=1, keepdims=True), axis=1)) ** 2
    rates = np.fft.rfftfreq(FRAMES, 1 / 25)

    def share(low: float, high: float) -> float:
        return float(power[:, (rates >= low) & (rates < high)].sum() / power.sum())

    assert 0.02 < share(1, 3) < 0.2 and share(0.3, 1) > 0.1 and share(6, 13) < 0.005


def test_head_scale_and_yaw_are_the_talkers() -> None:
    plain, double = heads(5), heads(5, Talker(head=2.0, yaw=1.5))
    assert np.allclose(double[..., 0], 2 * plain[..., 0], atol=1e-4)
    assert np.allclose(double[..., 1], 3 * plain[..., 1], atol=1e-4)


def test_blinks_come_in_bursts_at_the_talkers_rate() -> None:
    lids = eyes.blinks(15_000, 24.0, np.ones(15_000), [], np.random.default_rng(1))
    starts = np.flatnonzero((lids[1:] > 0.45) & (lids[:-1] <= 0.45)) / 25
    gaps = np.diff(starts)
    assert len(starts) / 10 == pytest.approx(24, rel=0.25)
    assert 0.7 < gaps.std() / gaps.mean() < 1.2 and 0.2 < (gaps < 1).mean() < 0.5


def test_lids_fall_as_eyes_look_down_and_open_with_the_brows() -> None:
    rng = [np.random.default_rng(0) for _ in range(3)]
    none, down = np.zeros((200, 2)), np.tile((15.0, 0.0), (200, 1))
    rest = eyes.lid_opening(200, none, np.zeros(200), rng[0])
    assert eyes.lid_opening(200, down, np.zeros(200), rng[1]).mean() > rest.mean() + 0.05
    assert eyes.lid_opening(200, none, np.full(200, 0.5), rng[2]).mean() < rest.mean() - 0.03


def test_a_feeling_ebbs_and_returns() -> None:
    curve = ebb(500, [0.0], np.random.default_rng(0))
    low = curve < 0.82
    turns = np.flatnonzero(np.diff(low.astype(int)))
    assert len(turns) >= 4 and 0.7 < curve.mean() < 1 and curve[:20].min() > 0.8


def test_lips_part_in_short_pauses_and_close_in_long_ones_as_is_the_talkers_habit() -> None:
    talking = np.ones(300, np.float32)
    talking[60:75] = talking[150:225] = 0

    def jaw(parted: float) -> np.ndarray:
        takes = []
        for seed in range(30):
            face = np.zeros((300, 52), np.float32)
            idle_face.part_lips(face, talking, Talker(parted=parted), np.random.default_rng(seed))
            takes.append(face[:, ARKIT_INDEX["jawOpen"]])
        return np.mean(takes, axis=0)

    assert jaw(0.9)[65:72].mean() > 0.04 > 4 * jaw(0.05)[65:72].mean()
    assert jaw(0.9)[205:215].mean() < 0.4 * jaw(0.9)[65:72].mean()
    assert jaw(0.9)[:55].max() == 0  # while talking, lips are the phones'


def test_sides_of_the_mouth_are_never_quite_alike() -> None:
    face = np.full((400, 52), 0.3, np.float32)
    idle_face.unlike_sides(face, Talker(asymmetry=0.0), np.random.default_rng(0))
    left, right = face[:, ARKIT_INDEX["mouthSmileLeft"]], face[:, ARKIT_INDEX["mouthSmileRight"]]
    assert 0.02 < (left - right).std() < 0.2
    leaning = np.full((400, 52), 0.3, np.float32)
    idle_face.unlike_sides(leaning, Talker(asymmetry=2.0), np.random.default_rng(0))
    assert leaning[:, ARKIT_INDEX["mouthSmileLeft"]].mean() > left.mean() + 0.05
