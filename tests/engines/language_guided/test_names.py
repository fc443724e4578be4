"""Names and shapes are those of the published checkpoints; nothing is allocated."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from avatar_app.engines.language_guided.generator import (
    PUBLISHED_SIZES,
    Generator,
    GeneratorConfig,
    constant_kernels,
)
from avatar_app.engines.language_guided.inversion_encoder import EncoderConfig, InversionEncoder
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from tests.fixtures import absent, golden, published_names


def shapes(model: nn.Module) -> dict[str, str]:
    return {name: str(tuple(value.shape)) for name, value in model.state_dict().items()}


@pytest.mark.parametrize("size", PUBLISHED_SIZES)
def test_generator(size: int) -> None:
    config = GeneratorConfig.published(size)
    with torch.device("meta"):
        model = Generator(config)
    kernels = {name: str(tuple(value.shape)) for name, value in constant_kernels(config).items()}
    assert config.size == size and GeneratorConfig.from_checkpoint(model.state_dict()) == config
    assert shapes(model) | kernels == published_names(f"keys_stylegan2_g_ema_{size}")


def test_motion_model() -> None:
    with torch.device("meta"):
        model = MotionModel(MotionConfig())
    assert shapes(model) == published_names("keys_uniedit_v1_1024_noclip")
    assert MotionConfig.from_checkpoint(model.state_dict()) == MotionConfig()


def test_inversion_encoder() -> None:
    with torch.device("meta"):
        model = InversionEncoder()
    table = golden().parent / "keys" / "keys_e4e_encoder_1024.txt"
    if not table.is_file():
        absent(table)
    assert EncoderConfig.from_checkpoint(model.state_dict()) == EncoderConfig()
    lines = (line.split("\t") for line in table.read_text(encoding="utf-8").splitlines())
    assert shapes(model) == {parts[0]: parts[1] for parts in lines}  # a table without dtypes
