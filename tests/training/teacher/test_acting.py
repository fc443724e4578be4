"""The teacher's acting: every emotion and action moves what it names, and none breaks a lip closure."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX, CHANNEL_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, LEARNED_ACTIONS
from avatar_app.motion.gestures import schedule
from avatar_app.speech.lip_targets import CHANNELS
from avatar_app.training.scenes import MAX_CUES, pack_cues
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.training.teacher.scene import Cue, Scene

FRAMES = 150


def scene(emotion: dict[str, float] | None = None, **actions: float) -> Scene:
    zeros = np.zeros(FRAMES, np.float32)
    tracks = LipTracks(np.zeros((FRAMES, len(CHANNELS)), np.float32), zeros, zeros, zeros.astype(np.uint8), zeros)
    feeling = np.zeros((FRAMES, len(EMOTION_NAMES)), np.float32)
    for name, strength in (emotion or {}).items():
        feeling[:, EMOTION_NAMES.index(name)] = strength
    rng = np.random.default_rng(3)
    cues = tuple(
        Cue(ACTION_NAMES.index(name), strength, *span)
        for name, strength in actions.items()
        for span in schedule(name, strength, 1.0, 5.0, rng)
    )
    return Scene(tracks, zeros, feeling, cues, np.zeros(52, np.float32))


def play(wanted: Scene, name: str, seed: int = 0) -> np.ndarray:
    return act(wanted, np.random.default_rng(seed))[:, CHANNEL_NAMES.index(name)]


@pytest.mark.parametrize(
    ("action", "channel", "sign"),
    [
        ("turn_left", "head_rotation_y", 1),
        ("turn_right", "head_rotation_y", -1),
        ("head_down", "head_rotation_x", 1),
        ("head_up", "head_rotation_x", -1),
        ("tilt_left", "head_rotation_z", -1),
        ("tilt_right", "head_rotation_z", 1),
        ("smile", "mouthSmileLeft", 1),
        ("look_left", "eyeLookOutLeft", 1),
        ("look_right", "eyeLookOutRight", 1),
        ("close_eyes", "eyeBlinkRight", 1),
        ("raise_brows", "browOuterUpLeft", 1),
        ("pucker_lips", "mouthPucker", 1),
    ],
)
def test_held_action_moves_its_channel_during_its_time_only(action: str, channel: str, sign: int) -> None:
    with_it = np.mean([play(scene(**{action: 1.0}), channel, s) for s in range(6)], axis=0)
    without = np.mean([play(scene(), channel, s) for s in range(6)], axis=0)
    difference = sign * (with_it - without)
    assert difference[50:115].mean() > 0.15
    assert abs(difference[:20].mean()) < 0.12


def test_nod_moves_pitch_and_shake_moves_yaw() -> None:
    assert play(scene(nod=1.0), "head_rotation_x").max() > np.deg2rad(7)
    assert np.ptp(play(scene(shake_head=1.0), "head_rotation_y")) > np.deg2rad(14)


def test_wink_closes_one_eye() -> None:
    wanted = scene(wink_left=1.0, blink=-1.0)
    assert play(wanted, "eyeBlinkLeft")[25:125].max() > 0.8
    assert play(wanted, "eyeBlinkRight")[40:110].max() < 0.3


def test_avoided_smile_stays_away_even_when_happy() -> None:
    happy, grim = scene({"happy": 1.0}), scene({"happy": 1.0}, smile=-1.0)
    assert np.mean([play(happy, "mouthSmileLeft", s)[60:110].mean() for s in range(4)]) > 0.6
    assert play(grim, "mouthSmileLeft")[60:110].mean() < 0.15


def test_no_emotion_breaks_a_closure() -> None:
    for name in EMOTION_NAMES:
        base = scene({name: 1.0}, open_mouth=1.0)
        closure = np.ones(FRAMES, np.float32)
        tracks = LipTracks(
            base.tracks.shape, closure, base.tracks.tuck, np.ones(FRAMES, np.uint8), np.zeros(FRAMES, np.float32)
        )
        talking = np.ones(FRAMES, np.float32)
        values = act(Scene(tracks, talking, base.emotion, base.cues, base.resting), np.random.default_rng(0))
        jaw, close = values[:, ARKIT_INDEX["jawOpen"]], values[:, ARKIT_INDEX["mouthClose"]]
        assert (jaw - close).max() <= 1e-6, name
        assert values[:, ARKIT_INDEX["mouthUpperUpLeft"]].max() == 0


def test_takes_differ_in_head_motion_but_obey_the_same_scene() -> None:
    first, second = (play(scene(), "head_rotation_y", s) for s in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.9
    assert np.array_equal(first, play(scene(), "head_rotation_y", 1))


def test_every_action_and_emotion_does_something() -> None:
    plain = act(scene(), np.random.default_rng(5))
    for name in ACTIONS:
        if ACTIONS[name].kind != "manner":
            assert np.abs(act(scene(**{name: 1.0}), np.random.default_rng(5)) - plain).max() > 0.05, name
    for name in EMOTION_NAMES:
        assert np.abs(act(scene({name: 1.0}), np.random.default_rng(5)) - plain).max() > 0.05, name


def test_cues_are_packed_with_times_of_the_crop() -> None:
    actions, strengths, spans = pack_cues((Cue(3, 0.5, 2.0, 4.0),), offset=1.5)
    assert actions[0] == 3 and actions[1] == len(LEARNED_ACTIONS)
    assert strengths.tolist() == [0.5] + [0] * (MAX_CUES - 1)
    assert spans[0].tolist() == [0.5, 2.5]
