"""Sentences as the project's own sentence encoder reads them, in CLIP's place."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.inputs.instruction.text_encoder import TOKEN_WIDTH, encode

WIDTH = TOKEN_WIDTH
_AT_ONCE = 64


@torch.no_grad()
def embed(sentences: list[str]) -> Tensor:
    """(N, WIDTH) mean states of the tokens of each sentence."""
    rows = []
    for first in range(0, len(sentences), _AT_ONCE):
        read = encode([_plain(one) for one in sentences[first : first + _AT_ONCE]])
        mask = read.mask[..., None].float()
        rows.append((read.states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1))
    return torch.cat(rows)


def _plain(sentence: str) -> str:
    return sentence.strip().rstrip(".!;,").lower()
