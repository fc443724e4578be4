"""Sets the temperature and the threshold of a trained text model on sentences written apart from its training words.

Columns text, expected and allowed as in tests/inputs/instruction/phrasings.csv; rows whose column `half` is "end" are
left out, and so is every second line of the text lists, which ask a face for nothing.
"""

from __future__ import annotations

import argparse
import csv
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from avatar_app.inputs.instruction.guards import AVOIDED, sign_said
from avatar_app.inputs.instruction.spelling import load_words, tidied
from avatar_app.inputs.instruction.text_encoder import encode
from avatar_app.inputs.instruction.understanding import (
    NOTHING,
    PLAIN,
    SURE_OF_NOTHING,
    UnderstandingModel,
    load_model,
    presence,
    save_model,
)

log = logging.getLogger(__name__)
TEMPERATURES = [round(0.4 + 0.1 * i, 1) for i in range(27)]
THRESHOLDS = [round(0.4 + 0.02 * i, 2) for i in range(26)]
MOST_SURE_ELSEWHERE = 0.03  # share of the texts that mean nothing in which a label may be sure
MOST_LOST = 0.005  # share of the sentences that may lose what was found, for fewer errors
LEAST_JUDGED = 0.02  # probabilities below it say nothing about calibration


@dataclass(frozen=True)
class Sentence:
    """fine: labels that may be named, "-label" if avoided. elsewhere: asks a face for nothing."""

    text: str
    fine: frozenset[str]
    elsewhere: bool = False


def read_sentences(phrases: list[Path], elsewhere: list[Path]) -> list[Sentence]:
    """The sentences to calibrate on. OSError when a file cannot be read."""
    sentences = []
    for path in phrases:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                options = f"{row['expected'].replace('|', ' ')} {row['allowed'].replace('|', ' ')}".split()
                if row.get("half") != "end" and "none" not in options:
                    sentences.append(Sentence(row["text"], frozenset(option.split(":")[0] for option in options)))
    for path in elsewhere:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        sentences += [Sentence(line, frozenset(), elsewhere=True) for line in lines[::2]]
    return sentences


def logits_of(model: UnderstandingModel, sentences: list[Sentence], words: dict[str, int]) -> torch.Tensor:
    """(n, labels, 6) logits."""
    with torch.inference_mode():
        tokens = encode([tidied(sentence.text, words) for sentence in sentences], model.config.layers)
        return model(tokens.states, tokens.mask)


def presences(sentences: list[Sentence], logits: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, labels) probability of being named, and the sign."""
    rows = zip(logits, sentences, strict=True)
    both = [presence(row, temperature, sign_said(sentence.text)) for row, sentence in rows]
    return torch.stack([chances for chances, _ in both]), torch.stack([kinds for _, kinds in both])


def rightness(sentences: list[Sentence], kinds: torch.Tensor, labels: tuple[str, ...]) -> torch.Tensor:
    """(n, labels) whether naming the label with its likelier sign would be right; NaN where nobody judges it."""
    right = torch.zeros(kinds.shape)
    for row, sentence in enumerate(sentences):
        for column, name in enumerate(labels):
            signed = f"-{name}" if kinds[row, column] == AVOIDED else name
            right[row, column] = float(signed in sentence.fine or (signed[0] == "-" and f"!{name}" in sentence.fine))
    right[:, [i for i, name in enumerate(labels) if name in (PLAIN, NOTHING)]] = float("nan")
    return right


def calibrate(model: UnderstandingModel, sentences: list[Sentence], words: dict[str, int]) -> tuple[float, float]:
    """(temperature, threshold): the likeliest temperature; the highest threshold that loses little."""
    logits = logits_of(model, sentences, words)
    elsewhere = torch.tensor([sentence.elsewhere for sentence in sentences])
    losses = {}
    for temperature in TEMPERATURES:
        chances, kinds = presences(sentences, logits, temperature)
        right = rightness(sentences, kinds, model.config.labels)
        judged = ~right.isnan() & (chances > LEAST_JUDGED)
        losses[temperature] = float(
            torch.nn.functional.binary_cross_entropy(chances[judged], right[judged], reduction="sum")
        )
    temperature = min(losses, key=losses.__getitem__)
    chances, kinds = presences(sentences, logits, temperature)
    right = rightness(sentences, kinds, model.config.labels)
    nothing = chances[:, [model.config.labels.index(NOTHING)]] >= SURE_OF_NOTHING
    named = chances.where(~right.isnan() & ~nothing, torch.zeros(()))
    log.info("temperature %.1f, calibration error %.3f", temperature, calibration_error(named, right))
    sure = {t: float((named[elsewhere] >= t).any(1).float().mean()) for t in THRESHOLDS}
    found = {t: float(((named >= t) & (right == 1))[~elsewhere].any(1).float().mean()) for t in THRESHOLDS}
    for threshold in THRESHOLDS:
        log.info(
            "threshold %.2f: sure elsewhere %.3f, something right %.3f", threshold, sure[threshold], found[threshold]
        )
    seldom = [t for t in THRESHOLDS if sure[t] <= MOST_SURE_ELSEWHERE] or THRESHOLDS[-1:]
    return temperature, max(t for t in seldom if found[t] >= found[seldom[0]] - MOST_LOST)


def calibration_error(chances: torch.Tensor, right: torch.Tensor, bins: int = 10) -> float:
    """Mean distance of probability and share of right answers over bins of probability, of labels above one half."""
    judged = ~right.isnan() & (chances >= 0.5)
    values, truth = chances[judged], right[judged]
    place = (values * bins).long().clamp(max=bins - 1)
    parts = [(values[place == b], truth[place == b]) for b in range(bins) if bool((place == b).any())]
    return sum(len(v) * abs(float(v.mean() - t.mean())) for v, t in parts) / max(1, len(values))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--phrases", type=Path, nargs="+", required=True)
    parser.add_argument("--elsewhere", type=Path, nargs="+", required=True)
    args = parser.parse_args()
    model = load_model(args.folder)
    temperature, threshold = calibrate(model, read_sentences(args.phrases, args.elsewhere), load_words(args.folder))
    model.config = replace(model.config, temperature=temperature, threshold=threshold)
    save_model(model, args.folder)
    log.info("temperature %.1f, threshold %.2f", temperature, threshold)


if __name__ == "__main__":
    main()
