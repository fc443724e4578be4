"""Language understanding: what a text asks a face to do, by trained layers on a sentence encoder's token states.

For every label (emotions and actions of face/facs.py) the model answers: not named, wanted, or avoided, and how
strongly. Labels are learned queries that attend to the words (as in Query2Label, Liu et al. 2021).
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.inputs.instruction.guards import (
    AVOIDED,
    NOT_NAMED,
    WANTED,
    sign_said,
    unfounded,
    without_contradictions,
)
from avatar_app.inputs.instruction.sayings import (
    CONTAINED,
    NEAR,
    SPELLED_OUT,
    contained,
    load_sayings,
    nearest,
    sentence_vectors,
)
from avatar_app.inputs.instruction.spelling import load_words, tidied
from avatar_app.inputs.instruction.text_encoder import TOKEN_WIDTH, TokenStates, encode
from avatar_app.request import InputError
from avatar_app.weights import checkpoints_folder, load_safetensors

NEUTRAL = "neutral"  # a request to show nothing, such as "poker face"; ends an emotion
PLAIN = "plain"  # fine to say to an actor, but it changes nothing: "please", "look at the camera"
NOTHING = "nothing"  # asks a face for nothing at all: talk of other things, another language, letters at random
LABELS: tuple[str, ...] = (*EMOTION_NAMES, *ACTION_NAMES, NEUTRAL, PLAIN, NOTHING)
_NEGATION = re.compile(r"\b(?:not|no|never|without|less|un)\b|n['’]t\b", re.I)
SURE = 0.9
SAME = 0.97  # cosine from which a text is that saying and nothing else
SURELY = 0.85  # cosine from which a saying is meant rather than what the model makes of its words
LEVELS = (0.35, 0.65, 1.0)  # slightly; unstated; very
SURE_OF_NOTHING = 0.95  # probability of asking for nothing from which on no label is named
REMEMBERED = 5000  # texts
BEST_OF_RIVALS = 0.3  # of one emotion among several that share the probability


@dataclass(frozen=True)
class ParsedInstruction:
    """What one text asks a face to do.

    emotions, actions: {name: strength}; 0.35, 0.65 or 1.0 when wanted, -1 when it must not happen.
    neutral: a request to show nothing. plain: words that change nothing ("look at the camera").
    confidence: {name: probability, 0 to 1, that it is meant} of every emotion and action named.
    guesses: where none is named, the three nearest labels (also "neutral") with their probability, likeliest first.
    """

    emotions: dict[str, float]
    actions: dict[str, float]
    neutral: bool = False
    plain: bool = False
    confidence: dict[str, float] = field(default_factory=dict)
    guesses: tuple[tuple[str, float], ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing was recognised, not even that there is nothing to do."""
        return not (self.named or self.neutral or self.plain)

    @property
    def named(self) -> dict[str, float]:
        """Emotions and actions together."""
        return {**self.emotions, **self.actions}


@dataclass(frozen=True)
class UnderstandingConfig:
    layers: tuple[int, ...] = (2, 6)  # hidden layers of the encoder: words and their order, then meaning
    width: int = 192
    heads: int = 6
    depth: int = 2
    feed_forward: int = 512
    summary: bool = True  # an extra token for the whole sentence
    dropout: float = 0.1  # of whole features, before the readout
    labels: tuple[str, ...] = LABELS
    temperature: float = 1.0  # divides the logits, so that probabilities are as often right as they say
    threshold: float = 0.5  # below it a label is not named


class UnderstandingModel(nn.Module):
    """Token states (B, L, 384 * layers) and mask (B, L) -> logits (B, labels, 6): 3 presence classes, 3 levels."""

    def __init__(self, config: UnderstandingConfig) -> None:
        super().__init__()
        self.config = config
        width, outputs = config.width, 3 + len(LEVELS)
        self.project = nn.Linear(TOKEN_WIDTH * len(config.layers), width)
        if config.summary:
            self.summary = nn.Linear(TOKEN_WIDTH * len(config.layers), width)  # of the mean state
        block = nn.TransformerEncoderLayer(
            width, config.heads, config.feed_forward, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, config.depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.keys_values = nn.Linear(width, 2 * width)
        self.queries = nn.Parameter(torch.randn(len(config.labels), width))
        self.seen_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        # Each label reads the words that it attended to with weights of its own.
        self.readout = nn.Parameter(torch.randn(len(config.labels), width, outputs) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(len(config.labels), outputs))

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        words = self.project(states)
        if self.config.summary:
            mean = (states * mask[..., None]).sum(1, keepdim=True) / mask.sum(1)[:, None, None]
            words = torch.cat([self.summary(mean), words], dim=1)
            mask = torch.cat([mask[:, :1], mask], dim=1)
        words = self.norm(self.blocks(words, src_key_padding_mask=~mask))
        keys, values = (self._heads(part) for part in self.keys_values(words).chunk(2, dim=-1))
        queries = self._heads(self.queries[None].to(keys.dtype)).expand(len(states), -1, -1, -1)
        seen = scaled_dot_product_attention(queries, keys, values, attn_mask=mask[:, None, None])  # (B, H, labels, w)
        features = self.dropout(self.seen_norm(seen.transpose(1, 2).flatten(2)))
        return torch.einsum("blw,lwo->blo", features, self.readout) + self.bias

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n, width) -> (B, heads, n, width / heads)."""
        return x.unflatten(-1, (self.config.heads, -1)).transpose(1, 2)


def save_model(model: UnderstandingModel, folder: Path) -> None:
    """Writes model.safetensors (float16) and config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(asdict(model.config), indent=1) + "\n")


def shipped_folder() -> Path:
    """Where the shipped weights lie."""
    return checkpoints_folder() / "understanding"


@lru_cache(maxsize=2)
def load_model(folder: Path) -> UnderstandingModel:
    """The trained model in float32, eval mode. InputError when the checkpoint is missing or for other labels."""
    if not (folder / "model.safetensors").is_file():
        raise InputError(f"The text model is missing from {folder}: run `avatar_app doctor` to see what to do.")
    config = json.loads((folder / "config.json").read_text())
    config |= {name: tuple(config[name]) for name in ("layers", "labels")}
    if not set(config["labels"]) <= set(LABELS):
        raise InputError("The text model was trained for other labels: run `avatar_app train understanding`.")
    model = UnderstandingModel(UnderstandingConfig(**config))
    model.load_state_dict({k: v.float() for k, v in load_safetensors(folder / "model.safetensors").items()})
    return model.eval().requires_grad_(False)


def understand(texts: list[str]) -> list[ParsedInstruction]:
    """What each text asks for, new ones in one batch. Texts without a letter, digit or smiley are empty requests."""
    folder = shipped_folder()
    words, known = load_words(folder), _answered(folder)
    said = [tidied(text, words) for text in texts]
    if new := [text for text in dict.fromkeys(said) if text not in known and any(c.isalnum() for c in text)]:
        known.update(zip(new, _read(new, folder), strict=True))
    if len(known) > REMEMBERED:
        _answered.cache_clear()
    return [known.get(text, ParsedInstruction({}, {})) for text in said]


@lru_cache(maxsize=2)
def _answered(folder: Path) -> dict[str, ParsedInstruction]:
    """Answers so far of the model in a folder: who types an instruction has its first clauses read at every pause."""
    return {}


def _read(texts: list[str], folder: Path) -> list[ParsedInstruction]:
    model = load_model(folder)
    with torch.inference_mode():
        tokens = encode(texts, model.config.layers)
        logits = model(tokens.states, tokens.mask)
        near = _sayings_in(texts, tokens)
    answers = []
    for text, row, (asked, closeness) in zip(texts, logits, near, strict=True):
        answer = _with_saying(read_logits(row, model.config, text), asked, closeness)
        name = text.strip(" .!").lower()
        if name in EMOTION_NAMES and name not in answer.named:  # "calm" is plain speech, too
            answer = ParsedInstruction({name: LEVELS[1]}, {}, confidence={name: SURE})
        answers.append(answer)
    return answers


def _sayings_in(texts: list[str], tokens: TokenStates) -> list[tuple[dict[str, float], float]]:
    """For each text {label: 1 or -1} of a saying that it holds, or of the nearest one, and how sure that is."""
    sayings = load_sayings(shipped_folder(), LABELS)
    if sayings is None:
        return [({}, 0.0)] * len(texts)
    found = nearest(sayings, sentence_vectors(tokens))
    for i, text in enumerate(texts):
        asked, sure = contained(sayings, text, negated=bool(_NEGATION.search(text)))
        if asked:
            found[i] = asked, max(sure, found[i][1])
    return found


def _with_saying(answer: ParsedInstruction, asked: dict[str, float], closeness: float) -> ParsedInstruction:
    """The answer, or what the nearest saying asks for where the model names nothing, or names it less surely. Where
    the model is sure of something else, eyes still look where a saying in the text says ("side eye")."""
    surest = max(answer.confidence.values(), default=0.0)
    unsure = not answer.named or closeness >= SAME or (closeness >= SURELY and surest < SURELY)
    values = {name: LEVELS[1] if sign > 0 else -1.0 for name, sign in asked.items()}
    if SPELLED_OUT <= closeness < SAME and answer.named:
        if set(answer.named) & set(values) or any("left" in n or "right" in n for n in answer.named):
            return answer
        values = {**answer.actions, **values}
    elif closeness >= CONTAINED and not unsure:
        looks = {n: v for n, v in values.items() if n.startswith("look_")}
        if not looks or any(name.startswith("look_") for name in answer.named):
            return answer
        values = {**looks, **answer.named}
    elif closeness < NEAR or not unsure:
        return answer
    return ParsedInstruction(
        {name: value for name, value in values.items() if name in EMOTION_NAMES},
        {name: value for name, value in values.items() if name in ACTION_NAMES},
        NEUTRAL in values,
        False,
        {name: answer.confidence.get(name, min(closeness, 1.0)) for name in values if name != NEUTRAL},
    )


def read_logits(logits: torch.Tensor, config: UnderstandingConfig, text: str = "") -> ParsedInstruction:
    """(labels, 6) logits of `text` -> the labels that are likely enough, with level and probability."""
    chances, kinds = presence(logits, config.temperature, sign_said(text))
    levels = logits[:, 3:].argmax(-1)
    by_name = dict(zip(config.labels, chances.tolist(), strict=True))
    found = _likely(by_name, config.threshold)
    values = {
        name: -1.0 if kinds[i] == AVOIDED else LEVELS[int(levels[i])]
        for i, name in enumerate(config.labels)
        if name in found
    }
    dropped = without_contradictions({n: by_name[n] for n, v in values.items() if v > 0}, text)
    if text:
        dropped |= unfounded({n: by_name[n] for n, v in values.items() if v < 0}, text)
    values = {name: value for name, value in values.items() if name not in dropped}
    named = [name for name in values if name in EMOTION_NAMES or name in ACTION_NAMES]
    guesses = sorted(((p, n) for n, p in by_name.items() if n not in (PLAIN, NOTHING)), reverse=True)[:3]
    return ParsedInstruction(
        {name: value for name, value in values.items() if name in EMOTION_NAMES},
        {name: value for name, value in values.items() if name in ACTION_NAMES},
        NEUTRAL in values,
        PLAIN in values,
        {name: by_name[name] for name in named},
        () if values else tuple((name, chance) for chance, name in guesses),
    )


def presence(logits: torch.Tensor, temperature: float, said: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """(..., labels, 6) logits -> (..., labels) probability of being named with the likelier sign, and that sign.

    said: the sign that the words of the text tell, if they do: a label of which the sign is not sure takes that one.
    """
    chances = (logits[..., :3] / temperature).softmax(-1)
    best = chances[..., 1:].max(-1)
    if said is None:
        return best.values, best.indices + WANTED
    unsure = best.values < SURE
    named, signs = 1 - chances[..., NOT_NAMED], best.indices + WANTED
    return named.where(unsure, best.values), signs.masked_fill(unsure, said)


def _likely(chances: dict[str, float], threshold: float) -> set[str]:
    """Labels above the threshold; else the likeliest of emotions that share what one alone would have."""
    if chances.get(NOTHING, 0.0) >= SURE_OF_NOTHING:
        return set()
    found = {name for name, chance in chances.items() if chance >= threshold and name != NOTHING}
    if found:
        return found
    emotions = sorted(((chances[n], n) for n in chances if n in EMOTION_NAMES), reverse=True)
    shared = 1.0
    for chance, _ in emotions:
        shared *= 1 - chance
    chance, best = emotions[0]
    return {best} if chance >= BEST_OF_RIVALS and 1 - shared >= threshold else set()
