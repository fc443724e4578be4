"""What is said back of an instruction is what the motion shows: every action, emotion, prohibition, count and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import find_peaks
from torch import Tensor

from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar.conditioning import articulation_of
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.evaluate_words import target_of
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.engines.registry import load_engine
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.facs import ACTIONS, EMOTION_NAMES, EMOTIONS, arkit_from_aus
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import Timeline, timeline_of
from avatar_app.request import FPS
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.recording import Speech, load_speech, silence
from avatar_app.types import Array

VOICES = Path(__file__).resolve().parents[3] / "assets" / "voices"
SECONDS, LONGEST = 3.0, 12.0
STEPS = 5  # of denoising: fewer than shipped, and enough
WEIGHT = np.concatenate([np.ones(52), np.full(3, 3.0), np.full(3, 5.0)])  # head angles and places weigh as much
Act = Callable[..., Array]

HELD = [name for name, action in ACTIONS.items() if action.kind == "held"]
GESTURES = [name for name, action in ACTIONS.items() if action.kind == "repeated"]
MANNERS = [name for name, action in ACTIONS.items() if action.kind == "manner"]
# Gesture -> (channels whose mean shows it, factors, height of one).
SHOWN_BY = {
    "blink": (("eyeBlinkLeft", "eyeBlinkRight"), (0.5, 0.5), 0.5),
    "wink_left": (("eyeBlinkLeft", "eyeBlinkRight"), (1, -1), 0.4),
    "wink_right": (("eyeBlinkRight", "eyeBlinkLeft"), (1, -1), 0.4),
    "roll_eyes": (("eyeLookUpLeft", "eyeLookUpRight"), (0.5, 0.5), 0.2),
    "nod": (("head_rotation_x",), (1,), np.deg2rad(3)),
    "shake_head": (("head_rotation_y",), (1,), np.deg2rad(4)),
    "laugh": (("mouthSmileLeft", "cheekSquintLeft"), (0.5, 0.5), 0.25),
    "yawn": (("jawOpen",), (1,), 0.4),
    "sigh": (("browInnerUp", "eyeBlinkLeft"), (0.5, 0.5), 0.15),
}


@pytest.fixture(scope="module")
def act() -> Iterator[Act]:
    """(T, 58) of one take: act(timeline or None, seconds, speech). What the engine hears of silence is heard once."""
    engine: InstructAvatar = load_engine("instruct_avatar")  # type: ignore[assignment]
    least = engine.defaults.least_closure
    nothing = encode_articulation(engine.model.speech_encoder, silence(LONGEST).samples, round(LONGEST * FPS), least)

    def hear(self: InstructAvatar, conditions: Conditions) -> Tensor:
        if conditions.speech.silent:
            return nothing[: conditions.frames]
        return articulation_of(self.model, conditions, least)

    usual: dict[tuple[float, bool], Array] = {}

    def made(timeline: Timeline | None, seconds: float = SECONDS, speech: Speech | None = None) -> Array:
        if timeline is not None:
            return motion_samples(engine, speech, timeline, 1, seconds, steps=STEPS)[0].values()
        key = seconds, speech is None
        if key not in usual:
            usual[key] = motion_samples(engine, speech, None, 1, seconds, steps=STEPS)[0].values()
        return usual[key]

    with patch.object(InstructAvatar, "_articulation", hear):
        yield made


@pytest.fixture(scope="module")
def speech() -> Speech:
    return load_speech(VOICES / "reader_woman.mp3", 0.0, 4.0)


def alone(what: str, seconds: float = SECONDS, **more: object) -> Timeline:
    return timeline_of([PlanStep(0.0, seconds, what, **more)], seconds)  # type: ignore[arg-type]


def said(timeline: Timeline) -> str:
    return " ".join(timeline.describe())


def share(values: Array, goal: Array) -> Array:
    """(T,) how much of a goal (58,) a change (T, 58) contains."""
    goal = goal * WEIGHT
    return uniform_filter1d((values * WEIGHT) @ goal / (goal @ goal), 9, mode="nearest")


def curve(name: str, values: Array) -> Array:
    channels, factors, _ = SHOWN_BY[name]
    parts = [
        factor * values[:, CHANNEL_NAMES.index(channel)] for channel, factor in zip(channels, factors, strict=True)
    ]
    return uniform_filter1d(np.sum(parts, axis=0), 3, mode="nearest")


def times(name: str, values: Array) -> list[float]:
    """Seconds at which a gesture is at its height."""
    return [float(k / FPS) for k in find_peaks(np.pad(curve(name, values), 1), prominence=SHOWN_BY[name][2])[0]]


@pytest.mark.parametrize("name", HELD)
def test_a_held_action_is_said_and_shown_or_said_and_left(act: Act, name: str) -> None:
    goal, _ = target_of(name)  # type: ignore[misc]
    wanted, avoided = alone(name), alone(name, strength=-1.0)
    assert said(wanted) == f"0.0-3.0 s: {ACTIONS[name].words} (medium)"
    assert share(act(wanted) - act(None), goal).max() > 0.35
    assert said(avoided) == f"0.0-3.0 s: not: {ACTIONS[name].words}"
    left = share(act(avoided), goal)
    assert left.max() < 0.3 and left.mean() < max(0.6 * share(act(None), goal).mean(), 0.05)


@pytest.mark.parametrize("name", EMOTION_NAMES)
def test_an_emotion_is_said_and_shown(act: Act, name: str) -> None:
    feeling, goal = EMOTIONS[name], np.zeros(58)
    goal[:52] = arkit_from_aus(feeling)
    goal[52:55] = np.deg2rad((-feeling.get("up", 0), feeling.get("turn", 0), -feeling.get("tilt", 0)))
    timeline = alone(name)
    assert said(timeline) == f"0.0-3.0 s: {name} (medium)"
    mine = share(act(timeline) - act(None), goal)
    assert mine.max() > 0.45 and np.median(mine) > 0.25


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", GESTURES)
def test_gestures_are_counted_as_it_is_said(act: Act, name: str, count: int) -> None:
    seconds = {"yawn": 3.4, "sigh": 2.5}.get(name, 1.5) * count + 0.5
    timeline = alone(name, seconds, count=count)
    word = {1: "once", 2: "twice", 3: "3 times"}[count]
    assert said(timeline) == f"0.0-{seconds:.1f} s: {ACTIONS[name].words} (medium, {word})"
    made = act(timeline, seconds)
    assert len(times(name, made if name in ("blink", "roll_eyes") else made - act(None, seconds))) == count


@pytest.mark.parametrize("name", ["blink", "nod", "shake_head", "wink_left", "wink_right", "roll_eyes"])
def test_forbidden_gestures_do_not_come(act: Act, name: str) -> None:
    timeline = alone(name, strength=-1.0)
    assert said(timeline) == f"0.0-3.0 s: not: {ACTIONS[name].words}"
    kept, usual = (curve(name, act(t)) for t in (timeline, None))
    slow = uniform_filter1d(kept, 25, mode="nearest")
    assert np.abs(kept - slow)[5:-5].max() < 0.45 * SHOWN_BY[name][2]
    assert name != "blink" or usual.max() - np.median(usual) > 0.25, "there is something to leave"


@pytest.mark.parametrize("name", MANNERS)
def test_a_manner_is_said_and_shown(act: Act, speech: Speech, name: str) -> None:
    voice = None if name in ("chew", "stay_still", "move_more") else speech
    seconds = SECONDS if voice is None else speech.duration
    timeline = alone(name, seconds)
    assert said(timeline).endswith(f"{ACTIONS[name].words} (medium)")
    acted, usual = act(timeline, seconds, voice), act(None, seconds, voice)
    jaw = CHANNEL_NAMES.index("jawOpen")
    opening = acted[:, jaw].std() / usual[:, jaw].std()
    turning = np.sqrt((acted[:, 52:55].std(axis=0) ** 2).sum() / (usual[:, 52:55].std(axis=0) ** 2).sum())
    shown = {
        "mumble": opening < 0.85,
        "whisper": opening < 0.85 and (acted - usual)[:, CHANNEL_NAMES.index("mouthFunnel")].mean() > 0.03,
        "articulate": opening > 1.1,
        "shout": opening > 1.2,
        "sing": opening > 1.15 and (acted - usual)[:, 54].std() > 0.015,
        "chew": len(find_peaks(acted[:, jaw], prominence=0.1)[0]) >= 3,
        "stay_still": turning < 1 / 3,
        "move_more": turning > 1.3,
    }
    assert shown[name]


@pytest.mark.parametrize("slow", [False, True])
def test_a_slow_nod_takes_its_time_and_comes_once(act: Act, slow: bool) -> None:
    timeline = read_instruction("one slow nod" if slow else "nod once", 4.0)
    assert ("slow" in said(timeline)) is slow and "once" in said(timeline)
    pitch = curve("nod", act(timeline, 4.0) - act(None, 4.0))
    assert len(find_peaks(np.pad(uniform_filter1d(pitch, 9), 1), prominence=np.deg2rad(3))[0]) == 1
    above = (pitch > 0.5 * pitch.max()).sum() / FPS
    assert 0.6 < above < 1.6 if slow else above < 0.5


TIMED = {  # instruction -> spans in which a smile or a look is said and shown
    "at 2 s smile": [(2, 6)],
    "from 1 to 3 s smile": [(1, 3)],
    "smile for the last 2 s": [(4, 6)],
    "smile in the first half": [(0, 3)],
    "at 2 s smile for 1.5 s": [(2, 3.5)],
    "smile from 00:02 to 00:04": [(2, 4)],
    "smile until 2.5 s": [(0, 2.5)],
    "at 2 s quickly glance right": [(2, 2.8)],
    "smile for 2 seconds, then look right": [(0, 2), (2, 6)],
}


@pytest.mark.parametrize("text", TIMED)
def test_times_are_kept_as_they_are_said(act: Act, text: str) -> None:
    timeline = read_instruction(text, 6.0)
    spans = [tuple(map(float, re.findall(r"[\d.]+", line)[:2])) for line in timeline.describe()]
    assert spans == TIMED[text]
    change = act(timeline, 6.0) - act(None, 6.0)
    for (start, end), line in zip(spans, timeline.describe(), strict=True):
        goal, _ = target_of("smile" if "smile" in line else "look_right")  # type: ignore[misc]
        shown = share(change, goal)
        inside = np.zeros(len(shown), bool)
        inside[round(start * FPS) : round(end * FPS)] = True
        near = np.convolve(inside, np.ones(25), "same") > 0  # half a second to come and go
        assert shown[inside].max() > 0.3 and not (np.abs(shown[~near]) > 0.5 * shown[inside].max()).any()


@pytest.mark.parametrize("name", ["nod", "blink"])
def test_what_comes_every_two_seconds_comes_every_two_seconds(act: Act, name: str) -> None:
    timeline = read_instruction(f"{name} every 2 seconds", 8.0)
    assert len(timeline.describe()) == 4 and all("once" in line for line in timeline.describe())
    made = act(timeline, 8.0)
    at = times(name, made if name == "blink" else made - act(None, 8.0))
    assert len(at) == 4 and np.abs(np.diff(at) - 2).max() < 0.6


def test_a_feeling_that_grows_is_said_and_grows(act: Act) -> None:
    timeline = read_instruction("a smile that grows", 4.0)
    assert said(timeline).startswith("0.0-4.0 s: smile (medium, growing)")
    shown = share(act(timeline, 4.0) - act(None, 4.0), target_of("smile")[0])  # type: ignore[index]
    assert shown[-25:].mean() > 2 * shown[:25].mean() + 0.1


def test_a_growing_feeling_grows(act: Act) -> None:
    timeline = read_instruction("get gradually happier", 4.0)
    assert "growing" in said(timeline)
    shown = act(timeline, 4.0)[:, CHANNEL_NAMES.index("mouthSmileLeft")]
    assert shown[-25:].mean() > 2 * shown[:25].mean() + 0.1


def test_halves_have_their_own_feelings(act: Act) -> None:
    timeline = read_instruction("first half sad, second half happy", 6.0)
    assert timeline.describe() == ["0.0-3.0 s: sad (medium)", "3.0-6.0 s: happy (medium)"]
    change = act(timeline, 6.0) - act(None, 6.0)
    smile, frown = (change[:, CHANNEL_NAMES.index(f"mouth{name}Left")] for name in ("Smile", "Frown"))
    assert smile[100:].mean() > 0.3 > 0.1 > smile[:60].mean()
    assert frown[10:60].mean() > 0.25 > 0.1 > frown[100:].mean()


def test_lids_stay_open_where_closing_them_is_forbidden_even_for_the_tired(act: Act) -> None:
    plan = [PlanStep(0, SECONDS, "tired"), PlanStep(0, SECONDS, "close_eyes", -1.0)]
    timeline = timeline_of(plan, SECONDS)
    lids = act(timeline)[:, [CHANNEL_NAMES.index(f"eyeBlink{side}") for side in ("Left", "Right")]].min(axis=1)
    assert minimum_filter1d(lids, 9).max() < 0.2 and silence(SECONDS).frames == len(lids)
