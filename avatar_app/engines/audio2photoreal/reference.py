"""The published computation with the same weights, for benchmarks: nothing is kept from one call to the next.

Every step encodes the audio of every sample twice, once for each branch of the guidance, and every token of the guide
forwards the whole sequence again. Results are those of sampling.py and guide.py.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from avatar_app.diffusion.samplers import Predict
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import Choose, GuideTransformer

Hear = Callable[[], Tensor]  # features (B, N, C) of the audio of all samples, encoded anew


def reference_prediction(model: FiLMTransformer, hear: Hear, key_poses: Tensor | None, scale: float) -> Predict:
    """As sampling.guided_prediction. key_poses: (B, K, 104) for a model of poses."""

    def branch(x: Tensor, step: int, keep: bool) -> Tensor:
        keeps = torch.full((len(x),), keep, device=x.device)
        memory = model.encode(hear(), key_poses, keeps, keeps)
        out: Tensor = model(x, torch.full((len(x),), step, device=x.device), memory)
        return out

    def predict(x: Tensor, step: int) -> Tensor:
        seen = branch(x, step, True)
        unseen = branch(x, step, False)
        return unseen + scale * (seen - unseen)

    return predict


@torch.inference_mode()
def reference_codes(
    model: GuideTransformer, hear: Hear, seconds: int, samples: int, choose_code: Choose, most: int | None = None
) -> Tensor:
    """As GuideTransformer.generate, flat (samples, seconds * depth). most: stop after so many tokens."""
    sequence = model.start(samples)
    for token in range(min(seconds * model.config.depth, most or seconds * model.config.depth)):
        logits = model(sequence, model.encode(hear()))[:, -1]
        sequence = torch.cat([sequence, choose_code(logits.softmax(dim=-1), token)[:, None]], dim=1)
    return sequence[:, 1:]
