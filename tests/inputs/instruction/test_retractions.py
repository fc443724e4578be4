"""Changes of mind and complaints are settled before a text is read."""

import pytest

from avatar_app.inputs.instruction.guards import unfounded
from avatar_app.inputs.instruction.retractions import settled
from avatar_app.inputs.instruction.rewording import reword


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("make him smile. hmm no. make him scowl", "make him scowl"),
        ("two nods. actually three", "three nods"),
        ("nod at 4 s. Sorry, at 5 s.", "nod at 5 s."),
        ("at 3 seconds smile, no wait, frown", "at 3 seconds frown"),
        ("look left, no sorry, right", "look right"),
        ("look left, then wink, no wait, yawn", "look left, then yawn"),
        ("smile and nod. No wait, no nodding", "smile. no nodding"),
        ("Angry please. Er, not angry angry, more like disappointed.", "disappointed."),
        ("eyes closed, oh wait they'd look dead, keep them open", "keep the eyes open"),
        ("Big grin. No, wait, scrap the grin, he's at a graveside. Solemn.", "no grin. Solemn."),
        ("1) yawn 2) rub... no, forget that 2) blink 3) wink", "1) yawn. 2) blink 3) wink"),
        # Nothing is taken back here.
        ("smile, wait, then frown", None),
        ("Should he smile? No. Sad.", None),
        ("no smile, no frown, no nodding", None),
        ("Make her smile. Actually I think she should also nod", None),
        ("No, she isn't sad. She's proud.", None),
        ("oh no! he looks scared", None),
        ("drop the jaw in surprise", None),
    ],
)
def test_what_is_taken_back_is_not_in_the_text(text: str, left: str | None) -> None:
    assert settled(text) == (text if left is None else left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Why does she always frown?? Stop it. Friendly!", "no frown. Friendly!"),
        ("I hate the winking, drop it. Keep the mischief", "no winking. Keep the mischief"),
        ("loved the nodding, but could he yawn", "loved the nodding, but could he yawn"),
        ("I loved the nodding, but could he yawn", "could he yawn"),
    ],
)
def test_complaints(text: str, left: str) -> None:
    assert reword(text) == left


def test_nothing_is_avoided_where_nothing_forbids() -> None:
    assert unfounded({"sympathetic": 0.99, "nod": 0.6, "blink": 0.98}, "checks that nobody is there") == {
        "sympathetic",
        "nod",
    }
    assert not unfounded({"smile": 0.6}, "don't smile")
