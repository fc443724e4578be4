"""The measures themselves: what is put in comes out, before any model is judged by them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar import evaluate_lips as lips
from avatar_app.engines.instruct_avatar import evaluate_nature as nature
from avatar_app.engines.instruct_avatar import evaluate_words as words
from avatar_app.engines.instruct_avatar import evaluation
from avatar_app.engines.instruct_avatar.config import SamplingConfig
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.face.arkit import ARKIT_INDEX, CHANNEL_NAMES
from avatar_app.face.facs import ACTIONS
from avatar_app.face.lip_gap import GAP_WEIGHTS
from avatar_app.inputs.instruction.timeline import Segment, Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.sample import EngineSample
from avatar_app.speech.phones import Phone
from avatar_app.speech.recording import silence
from avatar_app.training.corpus.alignment import Recording
from avatar_app.types import OnStep, ShouldStop


def clip_of(**channels: np.ndarray) -> MotionClip:
    frames = len(next(iter(channels.values())))
    values = np.zeros((frames, 58), np.float32)
    for name, curve in channels.items():
        values[:, CHANNEL_NAMES.index(name)] = curve
    return MotionClip.from_values(values)


@pytest.mark.parametrize("shift", [-3, 0, 2])
def test_best_lag_finds_a_shift(shift: int) -> None:
    rng = np.random.default_rng(0)
    base = np.convolve(rng.standard_normal(300), np.ones(5) / 5, "same").astype(np.float32)
    assert lips.best_lag([(np.roll(base, shift), base)]) == pytest.approx(40 * shift, abs=8)


def test_a_closed_mouth_counts_only_where_a_bilabial_is() -> None:
    jaw = np.full(50, 0.5, np.float32)
    close = np.zeros(50, np.float32)
    close[10:13] = 0.5
    shut = lips.shut_frames(clip_of(jawOpen=jaw, mouthClose=close))
    assert shut.sum() == 3
    phones = (Phone(0.0, 0.42, "A"), Phone(0.42, 0.5, "PBM"), Phone(0.5, 1.2, "A"), Phone(1.2, 1.3, "PBM"))
    assert lips.closures_hit(shut, phones) == [True, False]
    assert all(lips._closures_that_belong(shut, phones))
    assert not any(lips._closures_that_belong(shut, (Phone(0.0, 2.0, "A"),)))


def test_the_lip_gap_is_the_jaws_minus_what_closes_it() -> None:
    half = np.full(4, 0.5, np.float32)
    assert lips.lip_gap(clip_of(jawOpen=half)) == pytest.approx(0.41, abs=0.01)
    assert lips.lip_gap(clip_of(jawOpen=half, mouthClose=half)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", list(lips.DAMAGES))
def test_damaged_recordings_scale_their_phones_with_their_sound(name: str) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    out, factor = lips.DAMAGES[name](sound)
    assert len(out) == pytest.approx(16_000 * factor, abs=2) and np.isfinite(out).all()


def step(action: str, first: int, last: int, amount: float = 1.0) -> np.ndarray:
    goal = words.target_of(action)
    assert goal is not None
    values = np.zeros((100, 58), np.float32)
    values[first:last] = amount * goal[0]
    return values


def test_time_errors_are_measured_from_half_height() -> None:
    goal = words.target_of("smile")
    assert words._time_error(step("smile", 30, 75), goal, 1.0, 3.0) == pytest.approx(0.0, abs=0.05)
    assert words._time_error(step("smile", 55, 75), goal, 1.0, 3.0) == pytest.approx(1.0, abs=0.05)
    assert words._time_error(step("smile", 30, 75, 0.1), goal, 1.0, 3.0) == 9.0
    assert words._time_error(step("smile", 30, 100), goal, 1.0, 3.0) == pytest.approx(1.0, abs=0.05)


def test_every_sequence_and_negation_names_what_exists() -> None:
    for _, steps in words.SEQUENCES:
        assert all(name in ACTIONS and words.target_of(name) for name, _, _ in steps)
    assert all(channel in CHANNEL_NAMES for *_, channel in words.NEGATIONS)


def test_blinks_are_counted_and_timed() -> None:
    lids = np.zeros(250, np.float32)
    for start in (20, 90, 200):
        lids[start : start + 5] = (0.4, 0.9, 1.0, 0.7, 0.2)
    clip = clip_of(eyeBlinkLeft=lids)
    assert nature._blinks(clip) == [3, 3, 3]
    assert nature._MEASURES["blinks_per_minute"](clip) == pytest.approx(18.0)
    assert nature._blink_seconds(clip) == pytest.approx(0.24)


def test_jerk_is_zero_for_steady_speed_and_grows_with_noise() -> None:
    t = np.arange(100, dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 0.01, 100).astype(np.float32)
    smooth, rough = (clip_of(jawOpen=0.005 * t + n) for n in (0 * t, noise))
    assert nature._MEASURES["jaw_jerk"](smooth) < 1e-6 < nature._MEASURES["jaw_jerk"](rough)


def test_weights_of_the_gap_name_real_coefficients() -> None:
    assert set(GAP_WEIGHTS) <= set(ARKIT_INDEX)


class _Recorder:
    """An engine that moves nothing and keeps the conditions it was asked under."""

    def __init__(self) -> None:
        self.asked: list[Conditions] = []
        self.model, self.defaults = None, SamplingConfig()

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        self.asked.append(conditions)
        for k, seed in enumerate(conditions.request.seeds):
            yield EngineSample(k + 1, seed, clip_of(jawOpen=np.zeros(conditions.frames, np.float32)))


def test_samples_are_asked_for_with_the_voice_the_words_and_the_options() -> None:
    engine: Any = _Recorder()
    timeline = Timeline((Segment(0.0, 2.0, "nod", {}, {"nod": 0.65}),), 2.0)
    clips = motion_samples(engine, silence(2.0), timeline, 3, steps=5, action_strength=0.5)
    (asked,) = engine.asked
    assert len(clips) == len(asked.request.seeds) == 3 and asked.frames == len(clips[0]) == 50
    assert (asked.options.steps, asked.options.action_strength, asked.timeline) == (5, 0.5, timeline)
    assert len(motion_samples(engine, None, None, 1, 4.0)[0]) == 100


def test_ablations_switch_the_text_branches_off_and_change_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = _Recorder()
    monkeypatch.setattr(evaluation, "InstructAvatar", lambda model, defaults: SimpleNamespace(defaults=defaults))
    monkeypatch.setattr(evaluation, "_row", lambda other, real: other.defaults.steps)
    monkeypatch.setattr(evaluation.nature, "long_recordings", lambda engine, speech: {})
    table = evaluation.ablation_table(engine, [Recording("a", silence(1.0), ())])
    assert [table[f"{steps} steps"] for steps in (4, 8, 16, 32)] == [4, 8, 16, 32]
    silenced = [one.options for one in engine.asked if one.options.action_strength == one.options.emotion_strength == 0]
    assert len(silenced) == len([a for a in ACTIONS if ACTIONS[a].kind == "held" and words.target_of(a) is not None])
    assert table["text branches at strength 0"]["held actions right"] == 0
