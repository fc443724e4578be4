"""What the shipped motion model does with voices and words it has never met."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar.conditioning import articulation_of, conditions_for
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.evaluate_lips import lip_gap
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.engines.registry import load_engine
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.request import Request, Stopped
from avatar_app.speech.encoder import CLOSURE
from avatar_app.speech.recording import Speech, load_speech

VOICES = Path(__file__).resolve().parents[3] / "assets" / "voices"


@pytest.fixture(scope="module")
def engine() -> Any:
    return load_engine("instruct_avatar")


@pytest.fixture(scope="module")
def speech() -> Speech:
    """A real recording; the model was trained on synthesizers only."""
    return load_speech(VOICES / "reader_woman.mp3")


@pytest.fixture(scope="module")
def spoken(engine: InstructAvatar, speech: Speech) -> list[MotionClip]:
    return motion_samples(engine, speech, None, 4)


@pytest.fixture(scope="module")
def silent(engine: InstructAvatar) -> list[MotionClip]:
    """Three takes of four seconds without voice or words."""
    return motion_samples(engine, None, None, 3, 4.0)


def told(engine: InstructAvatar, sentence: str, speech: Speech | None = None) -> MotionClip:
    """The mean of two takes of a sentence."""
    seconds = speech.duration if speech else 4.0
    clips = motion_samples(engine, speech, read_instruction(sentence, seconds), 2, seconds)
    return MotionClip.from_values(np.mean([clip.values() for clip in clips], axis=0))


def motions(engine: InstructAvatar, conditions: Conditions) -> list[MotionClip]:
    """The motion of every sample."""
    made = engine.sample(conditions, lambda done: None, lambda: False)
    return [sample.motion for sample in made if sample.motion is not None]


def test_silence_keeps_lips_closed(silent: list[MotionClip]) -> None:
    assert np.mean([clip.channel("jawOpen").mean() for clip in silent]) < 0.03


def test_lips_open_and_close_with_a_real_voice(spoken: list[MotionClip]) -> None:
    for clip in spoken:
        gap = lip_gap(clip)
        assert np.percentile(gap, 95) > 0.15
        assert (gap < 0.1 * np.percentile(gap, 95)).mean() > 0.08


def test_lips_follow_loudness_only_in_shape(engine: InstructAvatar, speech: Speech) -> None:
    quiet = load_speech((speech.original_rate, speech.original * np.float32(0.1)))
    loud_jaw, quiet_jaw = (motion_samples(engine, s, None, 1)[0].channel("jawOpen") for s in (speech, quiet))
    assert np.abs(loud_jaw - quiet_jaw).mean() < 0.1 * loud_jaw.std()


def test_takes_differ_in_head_and_blinks_but_not_in_lips(spoken: list[MotionClip]) -> None:
    def mean(channel: str) -> float:
        return float(
            np.mean([np.corrcoef(a.channel(channel), b.channel(channel))[0, 1] for a, b in combinations(spoken, 2)])
        )

    assert mean("jawOpen") > 0.8
    assert mean("head_rotation_y") < 0.6
    assert mean("eyeBlinkLeft") < 0.6


@pytest.mark.parametrize(
    ("sentence", "channel", "least"),
    [
        ("smile", "mouthSmileLeft", 0.25),
        ("please look really happy", "mouthSmileRight", 0.25),
        ("turn head left", "head_rotation_y", np.deg2rad(8)),
        ("now turn your head to the right", "head_rotation_y", -np.deg2rad(8)),
        ("lower your head", "head_rotation_x", np.deg2rad(4)),
        ("look up with your eyes only", "eyeLookUpLeft", 0.15),
        ("close your eyes", "eyeBlinkLeft", 0.3),
        ("raise your eyebrows", "browOuterUpLeft", 0.25),
        ("be furious", "browDownLeft", 0.3),
    ],
)
def test_words_move_what_they_name(
    engine: InstructAvatar, silent: list[MotionClip], sentence: str, channel: str, least: float
) -> None:
    usual = np.mean([clip.channel(channel) for clip in silent], axis=0)
    rise = (told(engine, sentence).channel(channel) - usual)[25:].mean()
    assert rise > least if least > 0 else rise < least


def test_words_act_while_speaking(engine: InstructAvatar, speech: Speech, spoken: list[MotionClip]) -> None:
    plain = np.mean([clip.channel("mouthSmileLeft").mean() for clip in spoken])
    assert told(engine, "smile", speech).channel("mouthSmileLeft").mean() > plain + 0.2


def test_steps_come_in_order(engine: InstructAvatar) -> None:
    yaw = told(engine, "0-2s: turn your head left; 2-4s: turn your head right").channel("head_rotation_y")
    assert yaw[20:45].mean() > np.deg2rad(6)
    assert yaw[75:].mean() < -np.deg2rad(6)


def test_nod_moves_pitch_up_and_down_again(engine: InstructAvatar, silent: list[MotionClip]) -> None:
    clips = motion_samples(engine, None, read_instruction("nod", 4.0), 3, 4.0)

    def travel(clip: MotionClip) -> float:
        return float(np.abs(np.diff(clip.channel("head_rotation_x"))).sum())

    assert np.mean([travel(c) for c in clips]) > 2 * np.mean([travel(c) for c in silent])


def test_stronger_words_do_more(engine: InstructAvatar) -> None:
    light, strong = (told(engine, f"{word} smile").channel("mouthSmileLeft").mean() for word in ("a slight", "a huge"))
    assert strong > light + 0.1


def test_text_scale_is_monotone(engine: InstructAvatar) -> None:
    timeline = read_instruction("smile", 3.0)
    means = []
    for scale in (0.5, 1.0, 1.5):
        request = Request(samples=2, seed=3, duration=3.0, options={"text_scale": scale}, motion_only=True)
        clips = motions(engine, conditions_for(request, 75, timeline=timeline))
        means.append(np.mean([clip.channel("mouthSmileLeft").mean() for clip in clips]))
    assert means[0] < means[1] < means[2]


def test_branch_strengths_act_apart(engine: InstructAvatar) -> None:
    timeline = read_instruction("happy, turn your head left", 3.0)

    def mean(options: dict[str, float]) -> tuple[float, float]:
        request = Request(samples=2, seed=3, duration=3.0, motion_only=True, options=options)
        clips = motions(engine, conditions_for(request, 75, timeline=timeline))
        values = np.mean([clip.values() for clip in clips], axis=0)[25:]
        clip = MotionClip.from_values(values)
        return float(clip.channel("mouthSmileLeft").mean()), float(clip.channel("head_rotation_y").mean())

    smile, yaw = mean({})
    less_smile, same_yaw = mean({"emotion_strength": 0.0})
    same_smile, less_yaw = mean({"action_strength": 0.0})
    assert less_smile < 0.5 * smile and less_yaw < 0.5 * yaw
    assert same_yaw > 0.6 * yaw and same_smile > 0.6 * smile


def test_motion_strength_zero_is_a_still_head(spoken: list[MotionClip]) -> None:
    still = spoken[0].with_head_strength(0.0)
    assert np.abs(still.head_rotation).max() == 0
    assert np.array_equal(still.expression, spoken[0].expression)


def test_long_recordings_have_no_seams_and_no_drift(engine: InstructAvatar, speech: Speech) -> None:
    long = load_speech((speech.original_rate, np.tile(speech.original, (4, 1)[: speech.original.ndim])))
    (clip,) = motion_samples(engine, long, None, 1)
    assert len(clip) > engine.defaults.window
    jumps = np.abs(np.diff(clip.values(), axis=0)).max(axis=1)
    assert jumps[engine.defaults.window - 80 : engine.defaults.window].max() <= 1.2 * np.percentile(jumps, 99.5)
    jaw = clip.channel("jawOpen")
    assert jaw[-250:].mean() == pytest.approx(jaw[:250].mean(), rel=0.25)


def test_resting_expression_of_the_portrait_is_kept(engine: InstructAvatar, speech: Speech) -> None:
    resting = np.zeros(52, np.float32)
    resting[[ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]] = 0.4
    smiling = Portrait(np.zeros((8, 8, 3), np.uint8), np.zeros((478, 3), np.float32), resting)
    conditions = conditions_for(Request(samples=2, duration=1, motion_only=True), speech.frames, speech=speech)
    means = [
        np.mean([clip.channel("mouthSmileLeft").mean() for clip in motions(engine, given)])
        for given in (conditions, replace(conditions, portrait=smiling))
    ]
    assert means[1] > means[0] + 0.15


def test_stop_is_heeded_between_steps(engine: InstructAvatar, speech: Speech) -> None:
    done: list[float] = []
    conditions = conditions_for(Request(samples=1, duration=1, motion_only=True), speech.frames, speech=speech)
    with pytest.raises(Stopped):
        next(engine.sample(conditions, done.append, lambda: len(done) >= 3))
    assert len(done) == 3


def test_a_stop_inside_the_last_step_hands_out_nothing(engine: InstructAvatar, speech: Speech) -> None:
    """Half a step is no sample: what was asked to end while it computed is never complete."""
    asked: list[float] = []
    conditions = conditions_for(Request(samples=1, duration=1, motion_only=True), speech.frames, speech=speech)

    inside = 3 * engine.defaults.steps - 1  # asked before, inside and after every step: the last one's inside

    def stop() -> bool:
        asked.append(0)
        return len(asked) == inside

    with pytest.raises(Stopped):
        next(engine.sample(conditions, lambda done: None, stop))
    assert len(asked) == inside


def test_a_sample_is_the_same_alone_and_among_others(engine: InstructAvatar, speech: Speech) -> None:
    timeline = read_instruction("happy, nods, then shakes the head", speech.duration)

    def values(**wish: Any) -> list[np.ndarray]:
        request = Request(duration=1, motion_only=True, **wish)
        conditions = conditions_for(request, speech.frames, speech=speech, timeline=timeline)
        return [clip.values() for clip in motions(engine, conditions)]

    among, alone = values(samples=2, seed=6), values(samples=1, seed=7)
    np.testing.assert_array_equal(among[1], alone[0])


def test_the_voice_stands_behind_the_lips_whatever_the_network_says(engine: InstructAvatar, speech: Speech) -> None:
    """A network that opens the mouth all the time still shuts the lips where the voice does."""
    conditions = conditions_for(Request(samples=1, duration=1, motion_only=True), speech.frames, speech=speech)
    closure = articulation_of(engine.model, conditions, engine.defaults.least_closure)[:, CLOSURE].cpu().numpy()
    gaping = np.zeros((speech.frames, 58), np.float32)
    gaping[:, ARKIT_INDEX["jawOpen"]] = gaping[:, ARKIT_INDEX["mouthLowerDownLeft"]] = 0.6
    with patch.object(InstructAvatar, "_denoised", lambda *_: gaping.copy()):
        (clip,) = motions(engine, conditions)
    shut, open_ = closure > 0.95, closure < 0.05
    assert shut.sum() > 3 and lip_gap(clip)[shut].mean() < 0.25 * lip_gap(clip)[open_].mean()


def test_what_is_forbidden_is_taken_away(engine: InstructAvatar) -> None:
    timeline = read_instruction("do not smile", 3.0)
    grinning = np.zeros((75, 58), np.float32)
    grinning[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.8
    with patch.object(InstructAvatar, "_denoised", lambda *_: grinning.copy()):
        request = Request(samples=1, duration=3, motion_only=True)
        (forbidden,) = motions(engine, conditions_for(request, 75, timeline=timeline))
        (free,) = motions(engine, conditions_for(request, 75))
    assert free.channel("mouthSmileLeft")[30:].mean() > 0.7
    assert forbidden.channel("mouthSmileLeft")[30:].mean() < 0.15


def test_times_hold_beyond_the_first_window(engine: InstructAvatar) -> None:
    """Cue times count from the first frame of each window, not of the recording."""
    timeline = read_instruction("17-20s: turn your head left", 20.5)
    told, plain = (motion_samples(engine, None, words, 1, 20.5) for words in (timeline, None))
    yaw = np.mean(
        [a.channel("head_rotation_y") - b.channel("head_rotation_y") for a, b in zip(told, plain, strict=True)], axis=0
    )
    assert yaw[18 * 25 : 20 * 25].mean() > np.deg2rad(6)
    assert abs(yaw[2 * 25 : 8 * 25].mean()) < np.deg2rad(3) > abs(yaw[9 * 25 : 15 * 25].mean())
