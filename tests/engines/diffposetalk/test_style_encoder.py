"""The style encoder: equal to the reference's numbers, quirk and all, and without it in the embedded one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.diffposetalk.coefficients import Statistics, encode_motion
from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder, load_published
from avatar_app.request import InputError

GOLDEN = Path(os.environ.get("AVATAR_GOLDEN", Path(__file__).resolve().parents[4] / "shared/golden")) / "diffposetalk"
TOLERANCE = 1e-4


def fixture(name: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    if not (GOLDEN / f"{name}.safetensors").exists():
        pytest.skip("the reference's numbers are not here; AVATAR_GOLDEN names their folder")
    tensors = {key: value.clone() for key, value in load_file(GOLDEN / f"{name}.safetensors").items()}
    return tensors, json.loads((GOLDEN / f"{name}.json").read_text())


def encoder_of(tensors: dict[str, torch.Tensor]) -> StyleEncoder:
    return load_published({k.removeprefix("weights/"): v for k, v in tensors.items() if k.startswith("weights/")})


@pytest.mark.parametrize("name", ["style_encoder_tiny_head", "style_encoder_tiny_nohead"])
@torch.no_grad()
def test_published_weights_give_the_references_styles(name: str) -> None:
    tensors, about = fixture(name)
    encoder, motion = encoder_of(tensors), tensors["in/motion"]
    assert (encoder(motion) - tensors["out/style"]).abs().max() < TOLERANCE
    for length in about["lengths"]:
        assert (encoder(motion[:, :length]) - tensors[f"out/style_len{length}"]).abs().max() < TOLERANCE
    assert (encoder(motion[:, tensors["in/perm"]]) - tensors["out/style_permuted"]).abs().max() < TOLERANCE


@pytest.mark.parametrize("name", ["style_encoder_tiny_head", "style_encoder_tiny_nohead"])
@torch.no_grad()
def test_flame_coefficients_give_the_references_style(name: str) -> None:
    tensors, about = fixture(name)
    part = slice(about["start_frame"], about["start_frame"] + 100)
    known = {key: tensors[f"in/stats/{key}"] for key in ("exp_mean", "exp_std", "pose_mean", "pose_std")}
    stats = Statistics(torch.zeros(100), torch.ones(100), **known)
    motion = encode_motion(tensors["in/coef/exp"][part], tensors["in/coef/pose"][part], stats, "nohead" not in name)
    style = encoder_of(tensors)(motion[None])[0]
    assert (style - tensors["out/extract/style"]).abs().max() < TOLERANCE


def test_key_names_are_the_published_ones() -> None:
    tensors, _ = fixture("style_encoder_tiny_head")
    own = set(StyleEncoder(StyleConfig(width=64, feed_forward=256)).state_dict())
    assert own == {name.removeprefix("weights/") for name in tensors if name.startswith("weights/")}


@torch.no_grad()
def test_order_of_frames_matters_only_without_the_quirk() -> None:
    motion = torch.randn(1, 100, 58, generator=torch.Generator().manual_seed(0))
    for constant in (True, False):
        torch.manual_seed(0)
        encoder = StyleEncoder(StyleConfig(58, 32, 2, feed_forward=64, constant_position=constant)).eval()
        change = (encoder(motion) - encoder(motion.flip(1))).abs().max()
        assert change < 1e-5 if constant else change > 1e-3


def test_another_motion_or_file_is_told() -> None:
    with pytest.raises(InputError, match="54 channels; got 51"):
        StyleEncoder()(torch.zeros(1, 100, 51))
    with pytest.raises(InputError, match="at a time; got 600"):
        StyleEncoder()(torch.zeros(1, 600, 54))
    with pytest.raises(InputError, match="not the weights"):
        load_published({"weight": torch.zeros(2)})
    with pytest.raises(InputError, match="not the weights"):
        load_published({k: v for k, v in StyleEncoder().state_dict().items() if "layers.2.norm" not in k})
