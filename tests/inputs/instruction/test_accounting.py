"""What an instruction says and the plan does not hold is told, and what it holds is not."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.accounting import unaccounted
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import timeline_of

NOD, SMILE, ANGRY = (PlanStep(0.0, 10.0, name) for name in ("nod", "smile", "angry"))


def told(text: str, *steps: PlanStep) -> str:
    return " ".join(unaccounted(text, timeline_of(steps, 10.0)))


@pytest.mark.parametrize(
    ("text", "steps", "quoted"),
    [
        ("smile and nod", [NOD], "'smile'"),
        ("chin up, brows low", [PlanStep(0.0, 10.0, "head_up")], "'brows low'"),
        ("Be angry", [SMILE], "'angry'"),
        ("nod three times", [PlanStep(0.0, 10.0, "nod", count=1)], "'nod three times'"),
        ("nod nod nod", [PlanStep(0.0, 10.0, "nod", count=1)], "'nod nod nod'"),
        ("smile from 3 to 5 s", [SMILE], "'from 3 to 5 s'"),
        ("smile at 7.0", [SMILE], "'at 7.0'"),
        ("smile for 2 seconds", [SMILE], "'for 2 seconds'"),
        ("at the end smile", [SMILE], "'at the end'"),
        ("nod, then smile", [NOD, SMILE], "'then' is not in the plan"),
        ("wink right, wink left", [PlanStep(0.0, 9.0, "wink_left"), PlanStep(0.0, 9.0, "wink_right")], "same time"),
        ("smile before she nods", [PlanStep(4.0, 9.0, "smile"), PlanStep(0.0, 4.0, "nod")], "does not come after"),
        (
            "angry with the dog. delighted.",
            [ANGRY, PlanStep(0.0, 10.0, "happy")],
            "'angry' and 'happy' are at the same",
        ),
        ("nod on the word 'country'", [NOD], "'on the word 'country''"),
        ("let him nod along with whichever words he stresses", [NOD], "'with whichever words he stresses'"),
        ("do not smile", [SMILE], "'do not smile'"),
        ("never stop smiling", [PlanStep(0.0, 10.0, "smile", -1.0)], "'smiling'"),
        ("one eyebrow up, smirk on the other side", [PlanStep(0.0, 10.0, "smirk_right")], "'the other side'"),
    ],
)
def test_what_is_missing_is_quoted(text: str, steps: list[PlanStep], quoted: str) -> None:
    assert quoted in told(text, *steps)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("smile and nod", [NOD, SMILE]),
        ("a big grin", [PlanStep(0.0, 10.0, "happy")]),  # shows alike
        ("do not smile", [PlanStep(0.0, 10.0, "smile", -1.0)]),
        ("angry but delighted", [ANGRY, PlanStep(0.0, 10.0, "happy")]),
        ("not too happy", [PlanStep(0.0, 10.0, "happy", 0.35)]),
        ("nod twice", [PlanStep(1.0, 2.0, "nod"), PlanStep(5.0, 6.0, "nod")]),
        ("smile. No wait, scrap that. Nod.", [NOD]),
        ("for 3 s smile, then nod", [PlanStep(0.0, 3.0, "smile"), PlanStep(3.0, 10.0, "nod")]),
        ("every now and then she nods", [NOD]),
        ("on the word 'frown' nod", [PlanStep(2.0, 3.0, "nod")]),
    ],
)
def test_what_the_plan_holds_is_not_told(text: str, steps: list[PlanStep]) -> None:
    assert told(text, *steps) == ""


def test_what_is_told_anyway_is_not_told_again() -> None:
    timeline = timeline_of([NOD], 10.0)
    known = type(timeline)(timeline.segments, 10.0, ("Not sure what 'smile' asks for.",))
    assert unaccounted("smile and nod", timeline) and not unaccounted("smile and nod", known)


def test_a_reading_is_accounted_for() -> None:
    """A nod of a hundredth of a second is no step of the plan."""
    assert any("'nod'" in note for note in read_instruction("1-1.01s: nod; 2-4s: smile", 10.0).notes)
    assert read_instruction("nod twice, then smile", 10.0).notes == ()
