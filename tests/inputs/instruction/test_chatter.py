"""What people tell of themselves around a wish asks for nothing; directors and portraits are listened to."""

import time

import pytest

from avatar_app.inputs.instruction.chatter import without_chatter
from avatar_app.inputs.instruction.rewording import reword
from avatar_app.inputs.instruction.spoken import tied_to_words
from avatar_app.speech.voice_map import Word

_WORDS = (Word("printed", 1.0, 1.4), Word("book", 1.4, 1.8))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "Hi! I do a small channel about bread. Could she look pleased? Thanks, you're a star.",
            "Could she look pleased?",
        ),
        ("We sell garden sheds. He comes across as warm.", "He comes across as warm."),
        ("now they want her sad, don't ask me why, it's a yoghurt ad", "now they want her sad"),
        ("I start angry. We end on a smile.", "I start angry. We end on a smile."),
        ("We open on her frowning. Then she laughs.", "We open on her frowning. Then she laughs."),
        ("I want a nod. Make it a big one.", "I want a nod. Make it a big one."),
        ("The board met and we could not agree, but Doris won: she looks sad.", "she looks sad."),
        (
            "I'm never cross, only disappointed. Make her like me.",
            "I'm never cross, only disappointed. Make her like me.",
        ),
        ("We agreed on excited first. Make it big.", "We agreed on excited first. Make it big."),
        ("I do a small channel.", "I do a small channel."),
    ],
)
def test_only_what_the_writer_tells_of_themselves_is_left_out(text: str, left: str) -> None:
    assert without_chatter(text) == left


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("What do you think, should he nod? I think he should. Go on, twice is enough.", "nod, twice"),
        ("Before turning left she should blink.", "she should blink, then turning left"),
        ("Before she smiles, let her sigh.", "let her sigh, then she smiles"),
        ("cross, works her way round to calm", "cross, then calm"),
        ("Whichever words he leans on, lift the brows", "on every stressed word, lift the brows"),
        ("wherever the stress falls he nods", "on every stressed word he nods"),
        ("Whenever the voice gets punchy he nods", "on every stressed word he nods"),
        ("my boss hated the smile", "no smile"),
        ("I said happy before. Forget happy. She is sad now.", "no happy. She is sad now."),
    ],
)
def test_roundabout_wishes_are_put_plainly(text: str, plain: str) -> None:
    assert plain in reword(text)


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("nod at the bit where it goes printed book", "nod on the word 'printed book'"),
        ("on goodbye he nods", "on the word 'goodbye', he nods"),
        ("he winks on hello", "he winks on the word 'hello', "),
        ("nod on the name, Printed", "nod on the word 'printed'"),
        ("nod on the words printed and book", "nod on the word 'printed' and 'book'"),
        ("on cue he nods", "on cue he nods"),
        ("he winks on purpose", "he winks on purpose"),
    ],
)
def test_words_are_found_whether_or_not_they_are_spoken(text: str, tied: str) -> None:
    assert tied_to_words(text, _WORDS) == tied


def test_long_chatter_is_left_out_quickly() -> None:
    began = time.perf_counter()
    without_chatter("I was going to say that, and so we went on and on about thanks and the weather, " * 60)
    assert time.perf_counter() - began < 0.5
