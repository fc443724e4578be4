"""Words and plans the whole way through `generate`: each fails if what carries them out is no longer called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from avatar_app import InputError, Request, generate
from avatar_app.engines import registry
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.inputs.instruction import understanding
from avatar_app.inputs.instruction.understanding import ParsedInstruction
from avatar_app.types import Array

pytestmark = pytest.mark.usefixtures("heard_once")
SEED = 7
PITCH, YAW = 52, 53
VOICE = Path(__file__).resolve().parents[1] / "assets" / "voices" / "reader_woman.mp3"


class Takes:
    """Makes takes in folders of their own, and one without words once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count, self.usual = folder, 0, {}  # type: ignore[var-annotated]

    def make(self, duration: float | None = 4.0, samples: int = 1, **wish: Any) -> tuple[list[Array], dict[str, Any]]:
        """([(T, 58)] of the samples, result.json)"""
        self.count += 1
        output = self.folder / str(self.count)
        usual: dict[str, Any] = {"seed": SEED, "motion_only": True, "output": output, "duration": duration}
        made = list(generate(Request(samples=samples, **usual | wish)))
        result = json.loads((output / "result.json").read_text())
        return [sample.motion.values() for sample in made if sample.motion is not None], result

    def one(self, instruction: str = "", **wish: Any) -> Array:
        """(T, 58)"""
        if instruction:
            return self.make(instruction=instruction, **wish)[0][0]
        key = str(sorted(wish.items()))
        if key not in self.usual:
            self.usual[key] = self.make(**wish)[0][0]
        return self.usual[key]

    def change(self, instruction: str, **wish: Any) -> Array:
        """(T, 58) to the same seed without words."""
        return self.one(instruction, **wish) - self.one(**wish)

    def told(self, instruction: str, **wish: Any) -> dict[str, Any]:
        """result.json, where the motion itself does not matter."""
        return self.make(instruction=instruction, options={"steps": 2}, **wish)[1]


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Takes:
    return Takes(tmp_path_factory.mktemp("takes"))


def channel(values: Array, name: str) -> Array:
    return values[:, CHANNEL_NAMES.index(name)]


def peaks(curve: Array, least: float) -> int:
    return len(find_peaks(np.pad(uniform_filter1d(curve, 3), 1), prominence=least)[0])


def lids(values: Array) -> Array:
    return np.minimum(channel(values, "eyeBlinkLeft"), channel(values, "eyeBlinkRight"))


def head_spread(values: Array) -> float:
    return float(np.sqrt((values[10:, 52:55].std(axis=0) ** 2).sum()))


@pytest.mark.parametrize(("words", "count"), [("nod once", 1), ("nod twice", 2), ("nod three times", 3)])
def test_nods_are_counted(takes: Takes, words: str, count: int) -> None:
    assert peaks(takes.change(words)[:, PITCH], np.deg2rad(3)) == count


def test_do_not_blink(takes: Takes) -> None:
    kept, usual = takes.one("do not blink", duration=8.0), takes.one(duration=8.0)
    assert lids(usual).max() > 0.5 > 0.25 > lids(kept).max()


def test_as_many_blinks_as_are_ordered_and_no_others(takes: Takes) -> None:
    assert peaks(lids(takes.one("blink twice", duration=8.0)), 0.5) == 2


@pytest.mark.parametrize("more", [{}, {"audio": str(VOICE), "audio_to": 3.0, "duration": None}])
def test_keep_your_head_still(takes: Takes, more: dict[str, Any]) -> None:
    assert head_spread(takes.one("keep your head still", **more)) < head_spread(takes.one(**more)) / 3


def test_a_slow_nod_is_slow(takes: Takes) -> None:
    long = [
        (pitch > 0.5 * pitch.max()).sum() for pitch in (takes.change(f"{w} nod")[:, PITCH] for w in ("one", "one slow"))
    ]
    assert long[1] > 2 * long[0]


def test_a_glance_is_brief(takes: Takes) -> None:
    gaze = channel(takes.change("at 2 s quickly glance right"), "eyeLookInLeft")
    assert gaze[50:75].max() > 0.3 and np.abs(gaze[:42]).max() < 0.2 and np.abs(gaze[88:]).max() < 0.15


@pytest.mark.parametrize(("words", "axis"), [("do not nod", PITCH), ("do not shake your head", YAW)])
def test_forbidden_gestures_are_left(takes: Takes, words: str, axis: int) -> None:
    def quick(values: Array) -> float:
        return float((values[:, axis] - uniform_filter1d(values[:, axis], 25))[12:-12].std())

    assert quick(takes.one(words)) < 0.5 * quick(takes.one())


def test_a_smile_grows(takes: Takes) -> None:
    smile = channel(takes.change("a smile that grows"), "mouthSmileLeft")
    assert smile[-25:].mean() > 2 * max(smile[:25].mean(), 0) + 0.1


@pytest.mark.parametrize(
    ("what", "channels"),
    [("yawn", ("jawOpen", "eyeBlinkLeft")), ("sigh", ("browInnerUp", "eyeBlinkLeft")), ("chew", ("mouthPressLeft",))],
)
def test_what_bodies_do_is_visible(takes: Takes, what: str, channels: tuple[str, ...]) -> None:
    change = takes.make(plan=[{"start": 0.5, "end": 3.5, "what": what}])[0][0] - takes.one()
    assert min(channel(change, name).max() for name in channels) > 0.25
    if what == "chew":
        assert peaks(channel(change, "jawOpen"), 0.1) >= 3


@pytest.mark.parametrize(("manner", "low", "high"), [("whisper", 0, 0.85), ("shout", 1.2, 9), ("sing", 1.1, 9)])
def test_manners_change_the_mouth_of_a_voice(takes: Takes, manner: str, low: float, high: float) -> None:
    voice = {"audio": str(VOICE), "audio_to": 3.0, "duration": None}
    made = takes.make(plan=[{"start": 0, "end": 3, "what": manner}], **voice)[0][0]
    assert low < channel(made, "jawOpen").std() / channel(takes.one(**voice), "jawOpen").std() < high


def test_samples_begin_a_step_at_different_times(takes: Takes) -> None:
    wish: dict[str, Any] = {"duration": 4.5, "samples": 4, "options": {"steps": 4}}
    plain, _ = takes.make(**wish)

    def onsets(instruction: str) -> list[int]:
        made, _ = takes.make(instruction=instruction, **wish)
        turned = [values[:, YAW] - usual[:, YAW] for values, usual in zip(made, plain, strict=True)]
        return [int(np.flatnonzero(yaw > np.deg2rad(6))[0]) for yaw in turned]

    assert np.ptp(onsets("smile, then turn your head left")) > np.ptp(onsets("at 2.5 s turn your head left")) + 2


@pytest.mark.parametrize(
    "text", ["happy, nods gently, then looks left", "0-1.5s: smile; then nod slowly. do not blink"]
)
def test_a_plan_given_back_gives_the_same_motion(takes: Takes, text: str) -> None:
    wish: dict[str, Any] = {"samples": 2, "options": {"steps": 3}}
    words, result = takes.make(instruction=text, **wish)
    for plan in (result["plan"], json.dumps(result["plan"])):
        for made, back in zip(words, takes.make(plan=plan, **wish)[0], strict=True):
            np.testing.assert_array_equal(made, back)


def test_an_edited_plan_is_what_is_acted_and_told(takes: Takes) -> None:
    (step,) = takes.told("turn your head left")["plan"]
    (made,), result = takes.make(instruction="turn your head left", plan=[step | {"what": "turn_right", "start": 2.0}])
    yaw = made[:, YAW] - takes.one()[:, YAW]
    assert yaw[75:].mean() < -0.1 and abs(yaw[:35].mean()) < 0.05
    assert result["understood"] == ["2.0-4.0 s: turn the head right (medium)"]
    assert [(row["what"], row["start"]) for row in result["plan"]] == [("turn_right", 2.0)]


def test_plan_and_notes_are_in_the_result(takes: Takes) -> None:
    result = takes.told("smile. at 30 s nod")
    assert [row["what"] for row in result["plan"]] == ["smile"]
    (note,) = [note for note in result["instruction_notes"] if "after the end" in note]
    assert note in result["understood"] and "30 s" in note
    assert {"start", "end", "what", "strength", "words", "confidence"} == set(result["plan"][0]) - {"loose"}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("[{", "must be JSON"),
        ([{"start": 0, "end": 1, "what": "juggle"}], "'juggle'"),
        ([{"start": 2, "end": 1, "what": "nod"}], "end after it starts"),
        ([{"start": 0, "end": float("nan"), "what": "nod"}], "end must be a number"),
        ([{"start": 0, "end": 1, "what": "nod"}] * 1000, "at most 200"),
    ],
)
def test_a_bad_plan_is_refused_before_anything_is_written(tmp_path: Path, plan: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        next(generate(Request(plan=plan, duration=1.0, motion_only=True, output=tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_the_layer_on_another_engine_restrains_and_yawns(takes: Takes) -> None:
    layerable = [name for name, spec in registry.specs().items() if spec.layerable and "text" not in spec.reads]
    assert "diffposetalk" in layerable
    wish = {"engine": "diffposetalk", "audio": str(VOICE), "audio_to": 3.0, "duration": None, "options": {"steps": 4}}
    usual, still = takes.one(**wish), takes.one("keep your head still, do not blink", **wish)
    yawning = takes.make(plan=[{"start": 0, "end": 3, "what": "yawn"}], **wish)[0][0]
    assert head_spread(still) < head_spread(usual) / 3 and lids(still).max() < max(0.25, 0.6 * lids(usual).max())
    assert channel(yawning - usual, "jawOpen").max() > 0.1
    assert lids(yawning).max() > 0.4


def test_a_transcript_lets_words_be_cues(takes: Takes) -> None:
    """Where nobody can find the word, that is told; nothing is done all the time instead."""
    voice = {"audio": str(VOICE), "audio_to": 3.0, "duration": None, "transcript": "nothing of the kind"}
    result = takes.told('when I say "rhinoceros", nod', **voice)
    assert result["plan"] == [] and any("rhinoceros" in note for note in result["instruction_notes"])


@pytest.mark.parametrize(
    ("words", "planned"),
    [
        ("smile. no wait, look sad", "sad"),  # retractions
        ("frames 25-50 smile", "smile 1-2"),  # times as editors write them
        ("frist sad thne happy", "sad 0-2, happy 2-4"),  # tidying
        ("old man asleep in his chair. Wakes with a start!", "close_eyes 0-2, surprised 2-4"),  # deeds
        ("give me two seconds of him being sad", "sad 0-2"),  # turns of a direction
        ("why does she always nod?", "-nod"),  # complaints
    ],
)
def test_what_is_meant_by_ways_of_saying_it_reaches_the_plan(takes: Takes, words: str, planned: str) -> None:
    found = [
        ("-" if step["strength"] < 0 else "") + step["what"] + f" {step['start']:.0f}-{step['end']:.0f}"
        for step in takes.told(words)["plan"]
    ]
    for step in planned.split(", "):
        assert any(one.startswith(step) for one in found), found
    forbidden_only = planned.startswith("-")
    assert all(one.startswith("-") for one in found) == forbidden_only
    if planned == "sad":
        assert not any(one.startswith("smile") for one in found)


def test_what_was_misread_is_told(takes: Takes, monkeypatch: pytest.MonkeyPatch) -> None:
    nods = ParsedInstruction({}, {"nod": 0.65}, confidence={"nod": 0.99})
    monkeypatch.setattr(understanding, "understand", lambda texts: [nods] * len(texts))
    notes = takes.told("smile")["instruction_notes"]
    assert any("Perhaps misread" in note and "'smile'" in note for note in notes)
