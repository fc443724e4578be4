"""Words of a transcript in real recordings: where they are, said twice, left out, or not said at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech import phone_recogniser, transcription
from avatar_app.speech.listening import OTHER_WORDS, map_voice
from avatar_app.speech.pronunciation import _SAID, pronounce
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.speech.spoken_text import number_words, words_of
from avatar_app.speech.spoken_words import Alignment, align

VOICES = Path(__file__).resolve().parents[2] / "assets" / "voices"
WOMAN = "Produced the block books, which were the immediate predecessors of the true printed book."
MAN = (
    "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power to do for them."
)
# Seconds, by another aligner (pocketsphinx) and by ear.
WOMAN_STARTS = {"block": 0.65, "which": 1.75, "immediate": 2.27, "predecessors": 2.82, "printed": 4.2, "book": 4.66}
MAN_STARTS = {"dashwood": 0.99, "leisure": 2.23, "consider": 2.89, "prudently": 4.94, "power": 5.76, "them": 6.61}

needs_ears = pytest.mark.skipif(not phone_recogniser.available(), reason="hama is not installed for this machine")
needs_words = pytest.mark.skipif(not transcription.available(), reason='the extra "words" is not installed')


@pytest.fixture(scope="module")
def woman() -> Speech:
    return load_speech(VOICES / "reader_woman.mp3")


def aligned(speech: Speech, text: str) -> Alignment:
    found = align(speech.samples, text)
    assert found is not None
    return found


def said(found: Alignment) -> list[str]:
    return [word for word, _, _ in found.words]


@needs_ears
@pytest.mark.parametrize(("name", "text", "starts"), [("woman", WOMAN, WOMAN_STARTS), ("man", MAN, MAN_STARTS)])
def test_words_are_where_they_are_said(name: str, text: str, starts: dict[str, float]) -> None:
    found = map_voice(load_speech(VOICES / f"reader_{name}.mp3"), text)
    assert found.words is not None and not found.why
    assert [word.text for word in found.words] == words_of(text)
    for word in found.words:
        assert word.text not in starts or abs(word.start - starts[word.text]) < 0.1, word
        assert 0.03 < word.end - word.start < 1
    assert all(a.end <= b.start + 1e-6 for a, b in zip(found.words, found.words[1:], strict=False))


@needs_ears
def test_a_word_before_a_pause_ends_there(woman: Speech) -> None:
    _, _, end = next(word for word in aligned(woman, WOMAN).words if word[0] == "books")
    assert abs(end - 1.5) < 0.15


@needs_ears
def test_a_text_that_is_said_twice_is_found_twice(woman: Speech) -> None:
    twice = load_speech((SAMPLE_RATE, np.concatenate([woman.samples, woman.samples])))
    found = aligned(twice, WOMAN)
    assert said(found) == 2 * words_of(WOMAN) and found.fits
    books = [start for word, start, _ in found.words if word == "books"]
    assert abs(books[1] - books[0] - woman.duration) < 0.05


@needs_ears
def test_words_that_are_more_or_less_than_the_text_do_no_harm(woman: Speech) -> None:
    other = "Produced the books, which were the very immediate predecessors of all printed books in England."
    found = aligned(woman, other)
    starts = {word: start for word, start, _ in found.words}
    assert found.fits and "england" not in starts
    for word in ("which", "immediate", "predecessors", "printed"):
        assert abs(starts[word] - WOMAN_STARTS[word]) < 0.1


@needs_ears
def test_a_part_of_a_longer_text_is_found(woman: Speech) -> None:
    found = aligned(woman, f"{MAN} {WOMAN} And it is worth mention in passing.")
    assert said(found) == words_of(WOMAN) and found.fits


@needs_ears
@pytest.mark.parametrize("text", [MAN, "Wer reitet so spät durch Nacht und Wind", "日本語", "?!", "x" * 5000])
def test_a_text_that_is_not_said_gives_no_words_and_says_so(woman: Speech, text: str) -> None:
    found = map_voice(woman, text)
    assert found.words is None and found.why == OTHER_WORDS and found.speech


@needs_ears
def test_noise_leaves_most_words_in_place(woman: Speech) -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, len(woman.samples)).astype(np.float32)
    found = aligned(load_speech((SAMPLE_RATE, woman.samples + noise)), WOMAN)
    starts = {word: start for word, start, _ in found.words}
    assert found.fits and sum(abs(starts.get(word, 9) - at) < 0.1 for word, at in WOMAN_STARTS.items()) >= 5


@needs_ears
@needs_words
def test_without_a_transcript_the_recogniser_writes_it(woman: Speech) -> None:
    found = map_voice(woman)
    assert found.words is not None
    starts = {word.text: word.start for word in found.words}
    assert all(abs(starts.get(word, 9) - at) < 0.1 for word, at in WOMAN_STARTS.items())


def test_long_talk_is_read_in_parts_that_end_in_pauses() -> None:
    assert transcription.parts([(0, 10), (11, 20), (21, 30), (31, 100)]) == [
        *((0, 20), (21, 30), (31, 59), (59, 87), (87, 100)),
    ]
    assert transcription.parts([]) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It’s José’s “dog”—well-bred!", "it's jose's dog well bred"),
        ("'Twas Mr. O'Neil's, 'yes'.", "twas mr o'neil's yes"),
        ("the 42-line Bible of about 1455", "the forty two line bible of about fourteen fifty five"),
        ("15th, 22nd & 50%", "fifteenth twenty second and fifty percent"),
        ("1,000,000 in 2005, 1905 or 1900", "one million in two thousand five nineteen oh five or nineteen hundred"),
        ("", ""),
    ],
)
def test_texts_are_read_as_they_are_spoken(text: str, words: str) -> None:
    assert words_of(text) == words.split()


def test_every_number_can_be_said() -> None:
    known = {entry.split("=")[0] for entry in _SAID.split()}
    for number in [*range(2300), 10**6, 123_456_789, 10**12]:
        assert set(number_words(str(number))) <= known, number


@needs_ears
def test_every_listed_word_is_spelled_in_the_recognisers_phones() -> None:
    assert all(pronounce(entry.split("=")[0]) for entry in _SAID.split())
    assert pronounce("country") == pronounce("country's")[:-1] and pronounce("predecessors") and not pronounce("")
