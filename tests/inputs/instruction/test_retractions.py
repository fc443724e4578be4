"""Changes of mind and complaints are settled before a text is read."""

import time

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


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("first wink then nod. no, the other way round", "nod, then wink"),
        ("My wife wants him cheerful, I want him grumpy. Go with my wife", "cheerful"),
        ("Turn right, I mean my right, so her left.", "Turn left."),
        ("Yawn at 3 seconds. Edit: 5 seconds.", "Yawn at 5 seconds."),
        ("Wink left... scratch that, right eye", "Wink right"),
        ("smiles as if to say never mind... raises his brows", "smiles as if to say never mind... raises his brows"),
    ],
)
def test_what_is_put_right(text: str, left: str) -> None:
    assert settled(text) == left


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("he should not smile", "do not smile"),
        ("he's not happy", "he's not happy"),
        ("trying not to laugh", "amused, with the lips pressed"),
        ("trying to hide how pleased he is", "slightly pleased"),
        ("she's not just happy, she's thrilled", "extremely thrilled"),
        ("looks anywhere but up", "never looks up"),
        ("let's leave out the blinking", "no blinking"),
    ],
)
def test_negations_that_say_more(text: str, plain: str) -> None:
    assert reword(text) == plain


@pytest.mark.parametrize(
    "text", ["..... " * 200, "um well oh hmm so and but " * 60, "no, " * 200, "no wait, smile. " * 60]
)
def test_long_texts_take_no_time(text: str) -> None:
    begun = time.process_time()
    settled(text)
    assert time.process_time() - begun < 2
