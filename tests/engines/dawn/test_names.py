"""Names and shapes are those of the published checkpoints; nothing is allocated."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from avatar_app.engines.dawn import pbnet
from avatar_app.engines.dawn.denoiser import PREFIX, UNUSED, DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.flow import BackgroundPredictor, FlowPredictor, RegionPredictor
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import noise_tables
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


def test_denoiser() -> None:
    with torch.device("meta"):
        model = FlowDenoiser(DenoiserConfig())
    table = published_names("dawn_keys_diffusion_opt")
    unused = tuple(PREFIX + name for name in UNUSED)
    own = {name: shape for name, shape in table.items() if name.startswith(PREFIX) and not name.startswith(unused)}
    assert below(PREFIX, model) == own
    tables = {name: str(list(value.shape)) for name, value in noise_tables().items()}
    assert tables == {name: shape for name, shape in table.items() if not name.startswith(PREFIX)}


@pytest.mark.parametrize(("kind", "values"), [("pose", 6), ("blink", 2)])
def test_pose_and_blinks(kind: str, values: int) -> None:
    with torch.device("meta"):
        model = pbnet.MotionDecoder(pbnet.PbnetConfig(values=values))
    table = published_names(f"dawn_keys_pbnet_{kind}_transformerreemb5")
    own = {name: shape for name, shape in table.items() if not name.startswith(pbnet.UNUSED)}
    assert below(pbnet.PREFIX, model) == own
