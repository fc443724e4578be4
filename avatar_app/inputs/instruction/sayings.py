"""Sayings and figures of speech: what the nearest known one asks for, by the sentence encoder's sense of meaning.

A trained reader of labels generalises from words to like words, and idioms have none: "the penny drops" is no coin. So
the list is compared as a whole, and used where the model itself is not sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from avatar_app.inputs.instruction.text_encoder import TOKEN_WIDTH, TokenStates
from avatar_app.weights import load_safetensors

FILE = "sayings.safetensors"
NEAR = 0.72  # cosine from which a text is taken for a saying; of the lists out of domain 1 % is as near to one


@dataclass(frozen=True)
class Sayings:
    """vectors: (n, 384) float32 of length 1. wanted: (n, labels) -1, 0 or 1."""

    vectors: torch.Tensor
    wanted: torch.Tensor
    labels: tuple[str, ...]


@lru_cache(maxsize=2)
def load_sayings(folder: Path, labels: tuple[str, ...]) -> Sayings | None:
    """The list of a checkpoint, or None where it has none. labels: all that there are, in the order of the file."""
    if not (folder / FILE).is_file():
        return None
    held = load_safetensors(folder / FILE)
    if held["wanted"].shape[1] != len(labels):
        return None
    return Sayings(held["vectors"].float(), held["wanted"], labels)


def sentence_vectors(tokens: TokenStates) -> torch.Tensor:
    """(B, 384) of length 1: the mean of the last layer's states, as MiniLM was trained to compare sentences by."""
    last = tokens.states[..., -TOKEN_WIDTH:] * tokens.mask[..., None]
    mean = last.sum(dim=1) / tokens.mask.sum(dim=1, keepdim=True)
    return torch.nn.functional.normalize(mean, dim=1)


def nearest(sayings: Sayings, vectors: torch.Tensor) -> list[tuple[dict[str, float], float]]:
    """For each of (B, 384) vectors: {label: 1 wanted, -1 avoided} of the nearest saying, and its cosine."""
    near, at = (vectors @ sayings.vectors.T).max(dim=1)
    found = []
    for row, closeness in zip(sayings.wanted[at].tolist(), near.tolist(), strict=True):
        named = {label: float(value) for label, value in zip(sayings.labels, row, strict=True) if value}
        found.append((named, closeness))
    return found
