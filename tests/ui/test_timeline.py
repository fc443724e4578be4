"""What the timeline beneath the instruction shows and gives back, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from avatar_app.inputs.instruction.plan import plan_as_json
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.ui import timeline

WORDS = "happy, nods gently, then juggles three balls"


def shown(**values: Any) -> tuple[dict[str, Any], Any, bool]:
    value, plan, acted = timeline.read({"instruction": WORDS, "duration": 6, **values})
    return json.loads(value), plan, acted


def test_it_shows_the_plan_that_a_run_would_act() -> None:
    value, plan, acted = shown()
    assert timeline.steps_of(json.dumps(value)) == plan_as_json(read_instruction(WORDS, 6.0).plan) == json.loads(plan)
    assert value["seconds"] == 6 and not acted
    assert {"happy", "nod"} <= {step["label"] for step in value["steps"]}


def test_what_was_not_understood_is_shown_where_it_stands_with_what_may_have_been_meant() -> None:
    value, _, _ = shown()
    (doubt,) = value["doubts"]
    assert WORDS[doubt["start"] : doubt["end"]] == doubt["words"] == "juggles three balls"
    assert 1 <= len(doubt["meant"]) <= 3 and not any("juggles" in note for note in value["notes"])


def test_the_length_is_that_of_the_voice(voice: Path) -> None:
    assert shown(audio=str(voice))[0]["seconds"] == 3
    assert shown(audio=str(voice), voiceless=True)[0]["seconds"] == 6
    assert shown(audio=str(voice.with_name("absent.wav")))[0]["seconds"] == 6


def test_a_plan_that_was_changed_stays_and_a_broken_one_is_told() -> None:
    value, plan, acted = shown(plan='[{"start": 1, "end": 2, "what": "nod"}]', act_plan=True)
    assert [step["what"] for step in value["steps"]] == ["nod"] and acted and not isinstance(plan, str)
    value, _, _ = shown(plan="[{", act_plan=True)
    assert "must be JSON" in value["error"] and value["steps"] == []


def test_no_words_give_an_empty_timeline() -> None:
    value, plan, _ = shown(instruction="")
    assert value["steps"] == value["doubts"] == [] and plan == ""
