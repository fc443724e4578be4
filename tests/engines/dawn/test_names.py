"""Names and shapes are those of the published checkpoints; nothing is allocated."""

from __future__ import annotations

import torch
from torch import nn

from avatar_app.engines.dawn.flow import BackgroundPredictor, FlowPredictor, RegionPredictor
from avatar_app.engines.dawn.renderer import FrameRenderer
from tests.fixtures import published_names


def below(prefix: str, model: nn.Module) -> dict[str, str]:
    return {f"{prefix}{name}": str(list(value.shape)) for name, value in model.state_dict().items()}


def test_latent_flow_autoencoder() -> None:
    with torch.device("meta"):
        renderer, flow, regions, background = FrameRenderer(), FlowPredictor(), RegionPredictor(), BackgroundPredictor()
    assert below("", renderer) | below("pixelwise_flow_predictor.", flow) == published_names(
        "dawn_keys_lfg128_generator"
    )
    assert below("", regions) == published_names("dawn_keys_lfg128_region_predictor")
    assert below("", background) == published_names("dawn_keys_lfg128_bg_predictor")
