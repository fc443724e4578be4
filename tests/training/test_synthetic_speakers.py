"""Synthetic speakers: each keeps its manner over any speech, and none loses a lip closure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX, CHANNEL_NAMES
from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import Session, labelled
from avatar_app.training.synthetic_speakers import SyntheticSpeaker, average_speaker, draw_speaker, perform


@pytest.fixture(scope="module")
def session() -> Session:
    """Ten seconds of ba, bi, bu with accents."""
    names = ["PBM", "A", "PBM", "I", "SZ", "W_U", "PBM", "E"]
    phones = tuple(Phone(0.4 + 0.12 * i, 0.52 + 0.12 * i, names[i % len(names)]) for i in range(75))
    loudness = np.repeat(np.random.default_rng(0).uniform(0.02, 0.3, 80), 2000)
    sound = (loudness * np.sin(np.arange(160_000))).astype(np.float32)
    return labelled(np.zeros((1, 1000, 64), np.float16), phones, sound, 250)


def play(session: Session, speaker: SyntheticSpeaker, name: str, seed: int = 0) -> np.ndarray:
    return perform(session, speaker, 20, 200, np.random.default_rng(seed))[:, CHANNEL_NAMES.index(name)]


def test_values_are_those_of_a_clip_and_repeat_with_their_seed(session: Session) -> None:
    for seed in range(12):
        values = perform(session, draw_speaker(np.random.default_rng(seed)), 30, 100, np.random.default_rng(1))
        assert values.shape == (100, 58) and values.dtype == np.float32 and np.isfinite(values).all()
        assert values[:, :52].min() >= 0 and values[:, :52].max() <= 1
    speaker = draw_speaker(np.random.default_rng(3))
    assert np.array_equal(play(session, speaker, "jawOpen"), play(session, speaker, "jawOpen"))
    assert not np.array_equal(play(session, speaker, "head_rotation_y"), play(session, speaker, "head_rotation_y", 1))


def test_each_trait_moves_what_it_names(session: Session) -> None:
    plain = average_speaker()
    wide = replace(plain, mouth=plain.mouth * 1.6)
    assert play(session, wide, "jawOpen").mean() > 1.3 * play(session, plain, "jawOpen").mean()
    round_ = replace(plain, mouth=np.array([1, 1.8, 1.8, 1, 1, 1, 1, 1], np.float32))
    assert play(session, round_, "mouthPucker").mean() > 1.4 * play(session, plain, "mouthPucker").mean()
    resting = np.zeros(52, np.float32)
    resting[ARKIT_INDEX["mouthSmileLeft"]] = 0.5
    smiling = replace(plain, resting=resting)
    assert play(session, smiling, "mouthSmileLeft").mean() > play(session, plain, "mouthSmileLeft").mean() + 0.3
    bowed = replace(plain, posture=np.array([9, 0, 0], np.float32))
    lower = np.rad2deg(play(session, bowed, "head_rotation_x") - play(session, plain, "head_rotation_x"))
    assert np.allclose(lower, 9, atol=0.01)
    sad = np.zeros(len(EMOTION_NAMES), np.float32)
    sad[EMOTION_NAMES.index("sad")] = 0.8
    moody = replace(plain, mood=sad)
    assert play(session, moody, "mouthFrownLeft").mean() > play(session, plain, "mouthFrownLeft").mean() + 0.3


def test_energy_axes_and_quickness_move_the_head(session: Session) -> None:
    def spread(speaker: SyntheticSpeaker, name: str = "head_rotation_y") -> float:
        return float(np.mean([play(session, speaker, name, seed).std() for seed in range(8)]))

    def speed(speaker: SyntheticSpeaker) -> float:
        return float(np.mean([np.abs(np.diff(play(session, speaker, "head_rotation_x", s))).mean() for s in range(8)]))

    plain = average_speaker()
    lively = replace(plain, talker=replace(plain.talker, head=2.5))
    assert spread(lively) > 2 * spread(plain)
    shaking = replace(plain, axes=np.array([1, 2.0, 1], np.float32))
    assert spread(shaking) > 1.8 * spread(plain)
    assert spread(shaking, "head_rotation_x") == pytest.approx(spread(plain, "head_rotation_x"), rel=1e-4)
    assert speed(replace(plain, quickness=2.0)) > 1.3 * speed(plain)


def test_eyes_stay_on_the_camera_when_the_head_is_held_aside(session: Session) -> None:
    plain = average_speaker()
    aside = replace(plain, posture=np.array([0, 8, 0], np.float32))

    def inwards(speaker: SyntheticSpeaker) -> float:
        return float(np.mean([play(session, speaker, "eyeLookInLeft", seed).mean() for seed in range(4)]))

    assert inwards(aside) > inwards(plain) + 0.1


def test_no_speaker_breaks_a_closure(session: Session) -> None:
    shut = session.tracks.closure[20:220] > 0.99
    assert shut.sum() > 10
    for seed in range(10):
        values = perform(session, draw_speaker(np.random.default_rng(seed)), 20, 200, np.random.default_rng(seed))
        gap = values[:, ARKIT_INDEX["jawOpen"]] - values[:, ARKIT_INDEX["mouthClose"]]
        assert gap[shut].max() < 1e-5


def test_beyond_the_session_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="session of 250"):
        perform(session, average_speaker(), 200, 100, np.random.default_rng(0))
