"""Text as people say it."""

from __future__ import annotations

import numpy as np

from avatar_app.training.corpus.sentences import sentence
from avatar_app.training.corpus.spontaneous import conversation, spontaneous

SAID = "I am going to give me some of them because I do not know what people want to be asking."


def test_talk_reduces_hesitates_and_repeats() -> None:
    said = [spontaneous(SAID, np.random.default_rng(seed)) for seed in range(60)]
    everything = " ".join(said)
    assert all(word in everything for word in ("gonna", "dunno", "wanna", "'em", "um,", "askin'"))
    assert any(" — " in text for text in said) and len(set(said)) > 50


def test_talk_keeps_some_sentences_as_they_are_written() -> None:
    assert sum(spontaneous("We saw it.", np.random.default_rng(s)) == "We saw it." for s in range(40)) > 15


def test_sentences_need_no_books() -> None:
    rng = np.random.default_rng(0)
    assert all(sentence([], rng) and conversation(rng) for _ in range(50))
