"""Plain words for what people write around a direction and instead of one."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.rewording import reword


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Hi there! Smile a lot", "Smile a lot"),
        ("Last time he nodded like mad. Please look calm.", "Please look calm."),
        ("could you do the thing where she looks up? Love that", "she looks up?"),
        ("my nephew asked for this and I guess he should look proud", "look proud"),
        ("glum > hopeful > beaming", "glum, then hopeful, then beaming"),
        ("(1) frown (2) nod (3) wink", "frown, then nod, then wink"),
        ("the wink must be preceded by a nod", "a nod, then the wink"),
        ("yawn last. Before that a frown, and before the frown a nod", "a nod, then a frown, then yawn"),
        ("wait two seconds, then laugh", "after two seconds, laugh"),
        ("with two seconds left, laugh", "in the last two seconds, laugh"),
        ("hardly ever blinking", "no blinking"),
        ("keep that grin to yourself", "no grin"),
        ("he doesn't want to cry but it just comes out", "he cannot help crying"),
        ("he hates Toby: frown whenever that name comes up", "he hates Toby: frown whenever the word 'Toby' is said"),
        ("angry, calm, angry once again", "angry, then calm, then angry"),
        ("step 1 sigh, step 2 blink", "sigh, then blink"),
        ("she ends up smiling but she starts off stern", "start stern, then smiling"),
        ("first I said livid, but let's go with cross, yep that's it", "cross"),
        ("blink blink blink", "blink 3 times"),
        ("no blinking no nodding", "no blinking, no nodding"),
        ("keep the grin back until 6", "grin from 6 s on"),
        ("sad for the first half, glad in the second", "sad for the first half, glad in the second half"),
        ("raise the left brow and wink with the other eye", "raise the left brow and wink with the right eye"),
        ("start off barely cross and turn it up", "increasingly very cross"),
        ("could he wink? Just the once, please", "could he wink, once, please"),
        ("ANNA (drily, with a nod):", "drily, with a nod"),
        ("he refuses to meet her gaze", "he looks away to the left"),
    ],
)
def test_plain_words(text: str, plain: str) -> None:
    assert " ".join(reword(text).split()) == plain


@pytest.mark.parametrize(
    "text",
    [
        "wink at the end",
        "smile, nod at the end.",
        "smile, then nod",
        "look left for 2 s",
        "Last time.",
        "1.5 s: wink",
        'when I say "wait", blink',
        "It's for Ada.",
    ],
)
def test_what_needs_no_rewording_stays(text: str) -> None:
    assert reword(text) == text


def test_a_remark_that_is_refused_stays() -> None:
    text = "The last version had her squinting. None of that please."
    assert reword(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("shakes his head with a sad face", "shakes his head, looking sad"),
        ("Give me three seconds of him being confused", "confused for three seconds"),
        ("after a big yawn he nods", "a big yawn, then he nods"),
        ("excited first and calm after", "excited, then calm"),
        ("head turns to his right, then to his left", "head turns to the right, then turns to the left"),
        ("nod between 2 and 5 seconds, smile between 6 and 9", "nod between 2 and 5 seconds, smile between 6 and 9 s"),
        ("eyes shut for two and a half seconds, then open", "eyes shut for 2.5 seconds, then eyes open"),
        ("head turn L", "head turn left"),
        ("don't let me down: smile", "smile"),
    ],
)
def test_turns_of_a_direction_are_told_plainly(text: str, plain: str) -> None:
    assert reword(text) == plain
