"""Liveliness: takes differ as people do, and --liveliness makes head, brows and eyes move more, lips as before."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar_app.engines.instruct_avatar import engine as engine_module
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.engines.registry import load_engine
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.generate import generate
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.liveliness import liveliness
from avatar_app.motion.liveliness_curves import curves_of_motion
from avatar_app.paths import ASSETS
from avatar_app.request import Request
from avatar_app.speech.recording import Speech, load_speech

VOICE = ASSETS / "voices" / "reader_woman.mp3"


@pytest.fixture(scope="module")
def engine() -> InstructAvatar:
    loaded = load_engine("instruct_avatar")
    assert isinstance(loaded, InstructAvatar)
    return loaded


@pytest.fixture(scope="module")
def voice() -> Speech:
    return load_speech(VOICE)


@pytest.fixture(scope="module")
def by_liveliness(engine: InstructAvatar, voice: Speech) -> dict[float, list[MotionClip]]:
    return {value: motion_samples(engine, voice, None, 4, liveliness=value) for value in (0.0, 1.0, 2.0)}


def mean(clips: list[MotionClip], name: str) -> float:
    return float(np.mean([getattr(liveliness(curves_of_motion(clip.values())), name) for clip in clips]))


@pytest.mark.parametrize("name", ["head", "speed", "brow"])
def test_liveliness_is_monotone(by_liveliness: dict[float, list[MotionClip]], name: str) -> None:
    values = [mean(by_liveliness[value], name) for value in (0.0, 1.0, 2.0)]
    assert all(b > 1.25 * a for a, b in pairwise(values)), values


def test_lips_hardly_care_for_liveliness(by_liveliness: dict[float, list[MotionClip]]) -> None:
    calm, lively = ([clip.channel("jawOpen") for clip in by_liveliness[value]] for value in (0.0, 2.0))
    for a, b in zip(calm, lively, strict=True):
        assert np.corrcoef(a, b)[0, 1] > 0.9


def test_takes_are_of_different_talkers(by_liveliness: dict[float, list[MotionClip]]) -> None:
    sizes = [liveliness(curves_of_motion(clip.values())).head for clip in by_liveliness[1.0]]
    assert max(sizes) > 1.4 * min(sizes)


def test_eyes_make_saccades(by_liveliness: dict[float, list[MotionClip]]) -> None:
    assert mean(by_liveliness[1.0], "gaze_shifts") > 4


def test_the_option_reaches_the_motion_of_generate() -> None:
    def pitch(value: float) -> float:
        request = Request(audio=VOICE, samples=1, seed=3, motion_only=True, options={"liveliness": value})
        (sample,) = generate(request)
        assert sample.motion is not None
        return float(sample.motion.head_rotation.std())

    assert pitch(2.0) > 1.5 * pitch(0.0)


@pytest.mark.parametrize(("text", "channel"), [("very angry", "browDownLeft"), ("very happy", "mouthSmileLeft")])
def test_strong_feelings_ebb_and_are_never_held_at_the_limit(text: str, channel: str) -> None:
    request = Request(audio=VOICE, samples=4, seed=3, instruction=text, motion_only=True)
    curves = [sample.motion.channel(channel)[25:] for sample in generate(request) if sample.motion is not None]
    assert max(float(curve.max()) for curve in curves) < 0.94
    assert np.median([curve.std() for curve in curves]) > 0.045


def test_eyes_look_about_in_what_generate_gives_but_not_where_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, np.ndarray]] = []

    def look_up(values: np.ndarray, rate: float, told: np.ndarray, rng: np.random.Generator) -> None:
        seen.append((rate, told))
        values[:, CHANNEL_NAMES.index("eyeLookUpLeft")] = 0.77

    monkeypatch.setattr(engine_module, "look_about", look_up)
    request = Request(audio=VOICE, samples=2, seed=3, instruction="0-2s: look left", motion_only=True)
    clips = [sample.motion for sample in generate(request) if sample.motion is not None]
    assert len(clips) == 2 and all(np.allclose(clip.channel("eyeLookUpLeft"), 0.77) for clip in clips)
    assert seen[0][0] != seen[1][0] and all(told[10:40].min() == 1 and told[75:].max() == 0 for _, told in seen)


@pytest.mark.parametrize(("step", "channel"), [("pace_head", "head_rotation_x"), ("stir_lips", "jawOpen")])
def test_heads_and_lips_in_pauses_are_paced_in_what_generate_gives(
    step: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(audio=VOICE, audio_to=2.0, samples=1, seed=3, motion_only=True)
    heard: list[np.ndarray] = []
    (with_it,) = generate(request)
    monkeypatch.setattr(engine_module, step, lambda values, talking: heard.append(talking))
    (without,) = generate(request)
    assert with_it.motion is not None and without.motion is not None and len(heard) == 1 and 0.5 < heard[0].max() <= 1
    assert np.abs(with_it.motion.channel(channel) - without.motion.channel(channel)).max() > 1e-4
