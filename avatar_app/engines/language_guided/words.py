"""What is asked and shown as CLIP embeds it (Radford et al. 2021), through transformers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.request import InputError

MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # of CLIP's pictures
_TOKENS = ("tokenizer.json", "vocab.json")


class Words(Protocol):
    """Embeds a sentence and a picture into one space."""

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        ...

    @property
    def network(self) -> nn.Module:
        """Its weights."""
        ...

    def text(self, sentence: str) -> Tensor:
        """(1, width)."""
        ...

    def picture(self, pixels: Tensor) -> Tensor:
        """(1, width) of (1, 3, H, W) from 0 to 1."""
        ...


@dataclass(frozen=True)
class Clip:
    """Words by a CLIP of transformers. network: CLIPModel. tokenizer: what cuts sentences for it."""

    network: nn.Module
    tokenizer: Any

    @property
    def width(self) -> int:
        """See Words.width."""
        return int(self._config.projection_dim)

    @property
    def _config(self) -> Any:
        return self.network.config

    def text(self, sentence: str) -> Tensor:
        """See Words.text. What is beyond the model's longest sentence is left out."""
        model: Any = self.network
        tokens = tokens_of(self.tokenizer, sentence, self._config.text_config.max_position_embeddings)
        embedded: Tensor = model.get_text_features(input_ids=tokens.to(model.device)).pooler_output
        return embedded

    def picture(self, pixels: Tensor) -> Tensor:
        """See Words.picture."""
        model: Any = self.network
        seen = as_seen(pixels, self._config.vision_config.image_size)
        embedded: Tensor = model.get_image_features(pixel_values=seen.to(model.device)).pooler_output
        return embedded


def tokens_of(tokenizer: Any, sentence: str, most: int) -> Tensor:
    """(1, n) token numbers of a sentence, with its beginning and end, cut off after `most`."""
    tokens: Tensor = tokenizer(sentence, truncation=True, max_length=most, return_tensors="pt").input_ids
    return tokens


def as_seen(pixels: Tensor, side: int) -> Tensor:
    """(1, 3, side, side) in CLIP's units of (1, 3, H, W) from 0 to 1."""
    resized = F.interpolate(pixels, (side, side), mode="bicubic", antialias=True).clamp(0, 1)
    mean, spread = (torch.tensor(one, device=pixels.device)[:, None, None] for one in (MEAN, SPREAD))
    return (resized - mean) / spread


def read_clip(folder: Path) -> Clip:
    """A CLIP in transformers' layout on this machine; InputError where a file is absent or does not fit."""
    from transformers import CLIPModel, CLIPTokenizer

    if not any((folder / name).is_file() for name in _TOKENS):
        raise InputError(f"CLIP in {folder.name} lacks {' or '.join(_TOKENS)}: fetch the whole folder again.")
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        model, told = CLIPModel.from_pretrained(
            folder, local_files_only=True, output_loading_info=True, dtype=torch.float32
        )
    except Exception as error:  # whatever a damaged folder makes the library raise
        raise InputError(
            f"CLIP in {folder.name} cannot be read ({str(error).splitlines()[0]}): fetch the folder again."
        ) from error
    if lacking := sorted(told["missing_keys"]) or sorted(map(str, told["mismatched_keys"])):
        raise InputError(f"CLIP in {folder.name} is incomplete ({lacking[0]}): fetch the folder again.")
    return Clip(model.eval().requires_grad_(False), tokenizer)
