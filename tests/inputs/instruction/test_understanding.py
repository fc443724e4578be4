"""The trained text model on sentences that people might write, none of them from the training grammar."""

from __future__ import annotations

import csv
import json
from functools import lru_cache
from pathlib import Path

import pytest
import torch

from avatar_app.inputs.instruction import text_encoder, understanding
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.text_encoder import TOKEN_WIDTH, encode
from avatar_app.inputs.instruction.understanding import (
    LABELS,
    ParsedInstruction,
    UnderstandingConfig,
    UnderstandingModel,
    load_model,
    save_model,
    shipped_folder,
    understand,
)
from avatar_app.request import InputError
from avatar_app.training.instructions.understanding_training import mirrored

PHRASINGS = Path(__file__).with_name("phrasings.csv")
STRANGERS = Path(__file__).with_name("phrasings_strangers.csv")  # as strangers to the project write
FIGURATIVE = Path(__file__).with_name("phrasings_figurative.csv")  # many idioms and scenes: the model's weak spot


@lru_cache(maxsize=4)
def answered(path: Path = PHRASINGS) -> list[tuple[dict[str, str], ParsedInstruction]]:
    """Rows of the list, each with the model's answer."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return list(zip(rows, understand([row["text"] for row in rows]), strict=True))


def said(answer: ParsedInstruction) -> dict[str, float]:
    flags = {"neutral": answer.neutral, "plain": answer.plain}
    return {**answer.named, **{name: 1.0 for name, value in flags.items() if value}}


def found(option: str, answer: ParsedInstruction) -> bool:
    """Whether one expectation holds: "smile" wanted, "-blink" avoided, "!sad" not wanted."""
    name = option.split(":")[0]
    value = said(answer).get(name.lstrip("-!"))
    if name.startswith("!"):
        return value is None or value < 0
    return value is not None and (value < 0) == name.startswith("-")


def expectations(row: dict[str, str]) -> list[list[str]]:
    """What must hold, each as a list of options of which one is enough."""
    return [item.split("|") for item in row["expected"].split() if item != "none"]


def misses(path: Path = PHRASINGS) -> tuple[int, list[str]]:
    """(number of expectations, sentences about those that failed)."""
    wanted = [(row, options, answer) for row, answer in answered(path) for options in expectations(row)]
    failed = [
        f"{row['text']!r}: {'|'.join(options)}, got {said(answer)}"
        for row, options, answer in wanted
        if not any(found(option, answer) for option in options)
    ]
    return len(wanted), failed


def test_named_labels_are_found_in_unseen_phrasings() -> None:
    total, failed = misses()
    assert total >= 250
    assert len(failed) <= 0.05 * total, "\n".join(failed)


def test_most_figurative_phrasings_are_found() -> None:
    total, failed = misses(FIGURATIVE)
    assert len(failed) <= 0.2 * total, "\n".join(failed)


def test_most_strangers_wishes_are_found() -> None:
    total, failed = misses(STRANGERS)
    assert total >= 280
    assert len(failed) <= 0.2 * total, "\n".join(failed)


@pytest.mark.parametrize("name", ["out_of_domain_english.txt", "out_of_domain_other.txt"])
def test_text_about_other_things_is_seldom_sure(name: str) -> None:
    lines = PHRASINGS.with_name(name).read_text(encoding="utf-8").splitlines()
    answers = understand(lines)
    sure = [(line, said(answer)) for line, answer in zip(lines, answers, strict=True) if answer.named or answer.neutral]
    assert len(lines) >= 100
    assert len(sure) <= 0.04 * len(lines), sure


def test_every_named_label_has_a_probability_and_only_unsure_texts_have_guesses() -> None:
    threshold = load_model(shipped_folder()).config.threshold
    for row, answer in answered():
        assert answer.confidence.keys() == answer.named.keys(), row["text"]
        assert all(0.3 <= chance <= 1 for chance in answer.confidence.values())
        assert len(answer.guesses) == (3 if answer.empty else 0), row["text"]
        chances = [chance for _, chance in answer.guesses]
        assert chances == sorted(chances, reverse=True) and all(chance < threshold for chance in chances)


def test_probabilities_are_as_often_right_as_they_say() -> None:
    lists = [*answered(), *answered(FIGURATIVE), *answered(STRANGERS)]
    judged = []
    for row, answer in lists:
        fine = {o.split(":")[0] for options in expectations(row) for o in options}
        fine |= {f"{sign}{name.lstrip('-')}" for name in row["allowed"].split() for sign in ("", "-")}
        judged += [
            (answer.confidence[name], (name if value > 0 else f"-{name}") in fine)
            for name, value in answer.named.items()
        ]
    mean_chance = sum(chance for chance, _ in judged) / len(judged)
    assert abs(mean_chance - sum(right for _, right in judged) / len(judged)) < 0.08


def test_smileys_are_read() -> None:
    assert understand(["😠"])[0].emotions.get("angry", 0) > 0
    assert understand(["👍"])[0].actions.get("nod", 0) > 0


def test_no_phrasing_is_read_with_the_opposite_side() -> None:
    for row, answer in [*answered(), *answered(FIGURATIVE), *answered(STRANGERS)]:
        for options in expectations(row):
            for name in (option.split(":")[0].lstrip("-!") for option in options):
                other = mirrored(name)
                mirrored_too = other == name or any(other in option for option in options)
                assert mirrored_too or answer.named.get(other, -1) < 0, row["text"]


def test_little_is_read_that_was_not_said() -> None:
    extra = []
    for row, answer in answered():
        fine = {o.split(":")[0].lstrip("-") for options in expectations(row) for o in options} | {"plain", "neutral"}
        fine |= {name.lstrip("-") for name in row["allowed"].split()}
        extra += [f"{row['text']!r}: {name}" for name in said(answer) if name not in fine]
    assert len(extra) <= 0.06 * len(answered()), "\n".join(extra)


def test_sentences_about_other_things_are_empty() -> None:
    other = [answer for row, answer in answered() if row["expected"] == "none"]
    assert sum(answer.empty for answer in other) >= len(other) - 1


def test_degree_words_set_the_strength() -> None:
    graded = [
        (row["text"], float(option.split(":")[1]), answer.named[option.split(":")[0]])
        for row, answer in answered()
        for (option, *_) in expectations(row)
        if ":" in option and option.split(":")[0] in answer.named
    ]
    wrong = [item for item in graded if item[1] != item[2]]
    assert len(graded) >= 20 and len(wrong) <= 0.2 * len(graded), wrong  # intensity.py reads numbers and more words


@pytest.mark.parametrize("verb", ["turn your head to the", "look to the", "tilt your head to the", "wink with your"])
def test_left_and_right_differ_although_their_sentences_are_close(verb: str) -> None:
    left, right = understand([f"{verb} left eye" if "wink" in verb else f"{verb} left", f"{verb} right"])
    assert {mirrored(name) for name in left.actions} == set(
        right.actions
    ) and left.actions.keys() != right.actions.keys()


def test_negation_turns_the_sign() -> None:
    for text, name in (("smile", "smile"), ("nod", "nod"), ("blink", "blink"), ("laugh", "laugh")):
        wanted, avoided = understand([text, f"don't {text}"])
        assert wanted.actions[name] > 0 and avoided.actions == {name: -1.0}


def test_a_batch_gives_the_same_answers_as_single_texts() -> None:
    texts = ["happy", "turn your head to the left and raise your eyebrows, please", "", "don't blink"]
    assert [understand([text])[0].named for text in texts] == [answer.named for answer in understand(texts)]


def test_padding_does_not_change_the_logits() -> None:
    torch.manual_seed(0)
    model = UnderstandingModel(UnderstandingConfig()).eval()
    short = encode(["nod"], model.config.layers)
    both = encode(["nod", "a much longer sentence about something else"], model.config.layers)
    alone = model(short.states, short.mask)
    assert alone.shape == (1, len(LABELS), 6)
    assert torch.allclose(alone[0], model(both.states, both.mask)[0], atol=1e-4)


def test_texts_read_in_one_row_are_as_in_a_padded_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["smile", "raise the left eyebrow and look away to the right", "nod twice"]
    row = encode(texts, (2, 6))
    monkeypatch.setattr(text_encoder, "_IN_A_ROW", 0)
    padded = encode(texts, (2, 6))
    assert torch.equal(row.mask, padded.mask)
    torch.testing.assert_close(row.states[row.mask], padded.states[row.mask], rtol=0, atol=1e-5)


def test_a_sentence_is_read_in_one_batch_though_its_parts_are_asked_about_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches: list[list[str]] = []

    def spy(texts: list[str], layers: tuple[int, ...]) -> text_encoder.TokenStates:
        batches.append(texts)
        return encode(texts, layers)

    monkeypatch.setattr(understanding, "encode", spy)
    understanding._answered.cache_clear()
    assert len(read_instruction("looks sad, smiles with joy", 10.0).segments) == 2
    assert len(batches) == 1


def test_the_encoder_gives_one_state_per_token() -> None:
    words = encode(["smile", "turn left"])
    assert words.states.shape == (2, words.mask.shape[1], TOKEN_WIDTH)
    assert words.mask.sum(1).tolist() == [3, 4]  # with the two frame tokens


@pytest.mark.parametrize("text", ["she can't stop smiling", "he cannot help smiling", "could not help but smile"])
def test_being_unable_to_stop_is_no_negation(text: str) -> None:
    assert understand([text])[0].named.get("smile", 0) > 0 or understand([text])[0].emotions.get("happy", 0) > 0


def test_asking_to_stop_stays_a_negation() -> None:
    assert understand(["stop smiling"])[0].named.get("smile", 0) <= 0


def test_a_missing_text_model_and_one_for_other_labels_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing from"):
        load_model(tmp_path / "none")
    save_model(UnderstandingModel(UnderstandingConfig(width=12, depth=1, feed_forward=8)), tmp_path)
    assert load_model(tmp_path).config.width == 12
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"labels": [*config["labels"][1:], "swim"]}))
    load_model.cache_clear()
    with pytest.raises(InputError, match="other labels"):
        load_model(tmp_path)
