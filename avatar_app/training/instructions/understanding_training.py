"""Trains inputs/instruction/understanding.py on phrases of the grammar in training/instructions/phrases.py.

`avatar_app train understanding` trains on everything, which is what is shipped; with `--output FOLDER` as a module it
holds out words and frames and measures on them. About seven minutes on one free CPU core.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import cross_entropy

from avatar_app.devices import autocast_dtype, cpu_has_bf16, pick_device
from avatar_app.inputs.instruction.guards import AVOIDED, NOT_NAMED, WANTED
from avatar_app.inputs.instruction.text_encoder import encode
from avatar_app.inputs.instruction.understanding import (
    LABELS,
    LEVELS,
    NEUTRAL,
    NOTHING,
    PLAIN,
    UnderstandingConfig,
    UnderstandingModel,
    load_model,
    save_model,
    shipped_folder,
)
from avatar_app.training.instructions.clauses import Phrase
from avatar_app.training.instructions.phrases import Grammar
from avatar_app.training.instructions.words import opposite

log = logging.getLogger(__name__)
IGNORED = -100  # the class that cross_entropy leaves out


@dataclass(frozen=True)
class TrainingConfig:
    phrases: int = 64_000
    validation: int = 2_500
    epochs: int = 5
    batch: int = 64
    rate: float = 1.5e-3
    state_noise: float = 0.1  # of the token states' own spread
    word_dropout: float = 0.04
    seed: int = 7


@dataclass(frozen=True)
class Encoded:
    """Phrases as tensors. states: (all tokens, D) float16; starts, lengths: (n,); presence, level: (n, labels) int8."""

    states: torch.Tensor
    starts: torch.Tensor
    lengths: torch.Tensor
    presence: torch.Tensor
    level: torch.Tensor

    def batch(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded states (B, L, D) float32 and mask (B, L) of some phrases."""
        lengths = self.lengths[rows]
        steps = torch.arange(int(lengths.max()))
        mask = steps < lengths[:, None]
        places = (self.starts[rows][:, None] + steps).clamp(max=len(self.states) - 1)
        return self.states[places].float() * mask[..., None], mask


def targets(phrases: list[Phrase]) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, labels) presence classes and level classes; IGNORED where a phrase leaves the label open."""
    presence = torch.full((len(phrases), len(LABELS)), NOT_NAMED, dtype=torch.int8)
    level = torch.full((len(phrases), len(LABELS)), IGNORED, dtype=torch.int8)
    for row, phrase in enumerate(phrases):
        for name in phrase.open_labels:
            presence[row, LABELS.index(name)] = IGNORED
        for name, strength in phrase.targets.items():
            column = LABELS.index(name)
            presence[row, column] = AVOIDED if strength < 0 else WANTED
            if strength > 0:
                level[row, column] = LEVELS.index(strength)
        if phrase.targets:  # "sad, please": either answer will do
            presence[row, LABELS.index(PLAIN)] = IGNORED
        nothing = not (phrase.targets or phrase.neutral or phrase.plain)
        for name, said in ((NEUTRAL, phrase.neutral), (PLAIN, phrase.plain), (NOTHING, nothing)):
            if said:
                presence[row, LABELS.index(name)] = WANTED
    return presence, level


def encode_phrases(phrases: list[Phrase], layers: tuple[int, ...], batch: int = 256) -> Encoded:
    """Token states of all phrases, encoded once, kept in float16."""
    order = sorted(range(len(phrases)), key=lambda i: len(phrases[i].text))
    states: list[torch.Tensor] = []
    starts, lengths, total = torch.zeros(len(phrases), dtype=torch.long), torch.zeros(len(phrases), dtype=torch.long), 0
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        with torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bf16()):
            words = encode([phrases[i].text for i in rows], layers)
        for row, state, mask in zip(rows, words.states.half(), words.mask, strict=True):
            states.append(state[mask])
            starts[row], lengths[row] = total, len(states[-1])
            total += len(states[-1])
    return Encoded(torch.cat(states), starts, lengths, *targets(phrases))


def loss_of(logits: torch.Tensor, presence: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of presence, summed over labels (few are named, so a mean would drown them), plus that of level."""
    kinds = cross_entropy(logits[..., :3].flatten(0, 1), presence.flatten().long(), reduction="sum") / len(logits)
    if not (level >= 0).any():
        return kinds
    return kinds + 0.5 * cross_entropy(logits[..., 3:].flatten(0, 1), level.flatten().long())


def train(
    config: TrainingConfig,
    shape: UnderstandingConfig,
    phrases: list[Phrase],
    held: list[Phrase],
    start: Path | None = None,
) -> UnderstandingModel:
    """A model trained on `phrases`, from the checkpoint in `start` if given; logs scores on `held`, if any."""
    torch.manual_seed(config.seed)
    device = pick_device()
    started = time.monotonic()
    data = encode_phrases(phrases, shape.layers)
    test = encode_phrases(held, shape.layers) if held else None
    log.info("encoded %d phrases, %d tokens, in %.0f s", len(phrases), len(data.states), time.monotonic() - started)
    model = UnderstandingModel(shape)
    if start:
        model.load_state_dict(load_model(start).state_dict())
    model.to(device)
    log.info("%d parameters", sum(p.numel() for p in model.parameters()))
    optimizer = torch.optim.AdamW(model.parameters(), config.rate, weight_decay=0.03)
    total = config.epochs * (len(phrases) // config.batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=total + 1, pct_start=0.1)
    spread = data.states[:20_000].float().std(0).to(device)
    for epoch in range(config.epochs):
        model.train()
        for rows in batches(data.lengths, config.batch):
            with sdpa_kernel(SDPBackend.MATH):  # the CPU's flash kernel is five times slower backward in bfloat16
                loss = step(model, data, rows, spread, config)
                optimizer.zero_grad()
                loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        scores = evaluate(model, test, held) if test else {}
        log.info("epoch %d: loss %.3f, %.0f s, %s", epoch + 1, loss.item(), time.monotonic() - started, scores)
    return model.cpu().eval()


def batches(lengths: torch.Tensor, size: int) -> list[torch.Tensor]:
    """Full batches in random order; phrases of a batch have nearly the same length, which saves half of the padding."""
    groups = torch.randperm(len(lengths)).split(size * 32)
    parts = [part for rows in groups for part in rows[lengths[rows].argsort()].split(size) if len(part) == size]
    return [parts[i] for i in torch.randperm(len(parts))]


def step(
    model: UnderstandingModel, data: Encoded, rows: torch.Tensor, spread: torch.Tensor, config: TrainingConfig
) -> torch.Tensor:
    device = spread.device
    states, mask = (t.to(device) for t in data.batch(rows))
    states = states + torch.randn_like(states) * spread * config.state_noise
    kept = mask & (torch.rand(mask.shape, device=device) >= config.word_dropout)
    kept[:, 0] = True  # the sentence's first token always stays, so that no row is empty
    dtype = autocast_dtype(device)
    with torch.autocast(device.type, dtype, enabled=dtype is not None):
        logits = model(states, kept)
    return loss_of(logits.float(), data.presence[rows].to(device), data.level[rows].to(device))


@torch.inference_mode()
def predict(model: UnderstandingModel, data: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, labels) presence classes and level classes."""
    model.eval()
    device = next(model.parameters()).device
    order = data.lengths.argsort()
    logits = [model(*(t.to(device) for t in data.batch(rows))).cpu() for rows in order.split(256)]
    both = torch.cat(logits)[order.argsort()]
    return both[..., :3].argmax(-1), both[..., 3:].argmax(-1)


def evaluate(model: UnderstandingModel, data: Encoded, phrases: list[Phrase]) -> dict[str, float]:
    """Shares of right answers, 0 to 1.

    recall/precision: of named labels with the right sign. exact: whole phrases. sided: labels with a left and a right,
    found on their own side only. negation: avoided labels found as such. level: of wanted labels found.
    irrelevant: phrases that mean nothing, left empty.
    """
    kinds, levels = predict(model, data)
    truth = data.presence.long()
    judged = truth != IGNORED
    named = judged & (truth != NOT_NAMED)
    said = judged & (kinds != NOT_NAMED)
    right = named & (kinds == truth)
    wanted = right & (truth == WANTED) & (data.level >= 0)
    mirror = [LABELS.index(mirrored(name)) for name in LABELS]
    sides = torch.tensor([mirror[i] != i for i in range(len(LABELS))])
    sided = named & sides & (truth[:, mirror] == NOT_NAMED)
    empty = torch.tensor([not (p.targets or p.neutral or p.plain) for p in phrases])
    parts = {
        "recall": (right[named]),
        "precision": (right[said]),
        "exact": ((kinds == truth) | ~judged).all(1),
        "sided": (right & (kinds[:, mirror] == NOT_NAMED))[sided],
        "negation": right[named & (truth == AVOIDED)],
        "level": (levels == data.level)[wanted],
        "irrelevant": (kinds[:, : LABELS.index(NOTHING)] == NOT_NAMED).all(1)[empty],
    }
    return {name: round(float(part.float().mean()), 4) for name, part in parts.items()}


def per_label(model: UnderstandingModel, data: Encoded) -> dict[str, tuple[float, float, int]]:
    """label -> (recall, precision, times named)."""
    kinds, _ = predict(model, data)
    truth = data.presence.long()
    table = {}
    for i, name in enumerate(LABELS):
        named = truth[:, i] > NOT_NAMED
        said = (kinds[:, i] > NOT_NAMED) & (truth[:, i] != IGNORED)
        right = float((named & (kinds[:, i] == truth[:, i])).sum())
        table[name] = (right / max(1, int(named.sum())), right / max(1, int(said.sum())), int(named.sum()))
    return table


def mirrored(label: str) -> str:
    """ "turn_left" -> "turn_right"; labels without a side are their own mirror."""
    parts = label.split("_")
    return "_".join(opposite(part) if part in ("left", "right") else part for part in parts)


def common_words(count: int = 20_000) -> list[str]:
    """Words of the grammar's phrases without typing errors, those of wishes first, commonest first."""
    grammar = Grammar(0, everything=True)
    grammar.misspell = lambda text: text  # type: ignore[method-assign]
    wishes: Counter[str] = Counter()
    talk: Counter[str] = Counter()
    for phrase in grammar.phrases(count):
        asks = phrase.targets or phrase.neutral
        (wishes if asks else talk).update(re.findall(r"[a-z]{3,}", phrase.text.lower()))
    return [word for word, _ in wishes.most_common()] + [word for word in talk if word not in wishes]


def sentences_of(path: Path) -> list[str]:
    """The lines of a text file, or the column "text" of a .csv file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)] if path.suffix == ".csv" else file.read().splitlines()


def bare(text: str) -> str:
    """`text` without what does not change a sentence: case, signs, spaces at its ends."""
    return re.sub(r"[^\w ]", "", text.lower()).strip()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=shipped_folder())
    parser.add_argument("--phrases", type=int, default=TrainingConfig.phrases)
    parser.add_argument("--epochs", type=int, default=TrainingConfig.epochs)
    parser.add_argument("--everything", action="store_true", help="hold out no words: train what is shipped")
    parser.add_argument("--start", type=Path, help="go on from this checkpoint")
    parser.add_argument("--rate", type=float, default=TrainingConfig.rate)
    parser.add_argument("--apart", type=Path, nargs="*", default=[], help="lists of sentences that are not trained on")
    parser.add_argument("--seed", type=int, default=TrainingConfig.seed)
    args = parser.parse_args()
    config = TrainingConfig(phrases=args.phrases, epochs=args.epochs, rate=args.rate, seed=args.seed)
    shape = UnderstandingConfig()
    torch.set_num_threads(1)
    apart = {bare(line) for path in args.apart for line in sentences_of(path)}
    written = Grammar(config.seed, everything=args.everything).phrases(config.phrases)
    phrases = [phrase for phrase in written if bare(phrase.text) not in apart]
    held = [] if args.everything else list(Grammar(config.seed + 1, held=True).phrases(config.validation))
    model = train(config, shape, phrases, held, args.start)
    save_model(model, args.output)
    (args.output / "words.txt").write_text("\n".join(common_words()) + "\n", encoding="utf-8")
    if held:
        table = per_label(model, encode_phrases(held, shape.layers))
        log.info("%s", json.dumps({k: [round(v[0], 2), round(v[1], 2), v[2]] for k, v in table.items()}))


if __name__ == "__main__":
    main()
