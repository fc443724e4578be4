"""Networks that no numbers were recorded of, and what loading tolerates."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided import recurrent
from avatar_app.engines.language_guided.generator import Generator, GeneratorConfig, constant_kernels
from avatar_app.engines.language_guided.inversion_encoder import EncoderConfig, InversionEncoder
from avatar_app.engines.language_guided.latent_discriminator import LatentCodesDiscriminator
from avatar_app.engines.language_guided.layers import ModulatedConv
from avatar_app.engines.language_guided.loading import (
    generator_from,
    inversion_encoder_from,
    motion_model_from,
)
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from avatar_app.request import InputError

TINY = GeneratorConfig((6, 5, 4), style=8, mapping_layers=2)
pytestmark = pytest.mark.usefixtures("alone")


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tiny_state() -> dict[str, Tensor]:
    """As a published file holds it: with filters, and noise of some strength."""
    torch.manual_seed(0)
    state = Generator(TINY, seed=5).state_dict()
    strong = {name: value + 0.3 for name, value in state.items() if name.endswith("noise.weight")}
    return state | strong | constant_kernels(TINY)


def without(state: dict[str, Tensor], *parts: str) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if not any(part in name for part in parts)}


def pictures(state: dict[str, Tensor], seed: int = 0) -> Tensor:
    return generator_from(state, "tiny.pt", seed)(torch.randn(3, TINY.latents, TINY.style, generator=random()))


def test_filters_may_be_missing_from_a_generators_file() -> None:
    assert torch.equal(pictures(without(tiny_state(), "kernel")), pictures(tiny_state()))


def test_missing_noise_is_drawn_from_a_seed() -> None:
    quiet = without(tiny_state(), "noises.")
    assert torch.equal(pictures(quiet, seed=1), pictures(quiet, seed=1))
    assert not torch.equal(pictures(quiet, seed=1), pictures(quiet, seed=2))
    assert torch.equal(pictures(quiet, seed=5), pictures(tiny_state()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"conv1.noise.weight": None}, "conv1.noise.weight should be"),
        ({"convs.0.conv.weight": None}, "does not hold a StyleGAN2 generator"),
        ({"more.weight": torch.zeros(1)}, "more.weight should be absent"),
        ({"noises.noise_1": torch.zeros(1, 1, 4, 4)}, "noises.noise_1 should be"),
        ({"style.2.bias": torch.zeros(9)}, "style.2.bias should be"),
        ({"to_rgbs.0.upsample.kernel": torch.ones(4, 4)}, "another filter"),
    ],
)
def test_everything_else_in_a_generators_file_has_to_fit(change: dict[str, Tensor | None], told: str) -> None:
    changed = {name: value for name, value in (tiny_state() | change).items() if value is not None}
    with pytest.raises(InputError, match=told):
        generator_from(changed, "tiny.pt")


@torch.inference_mode()
def test_frames_together_are_those_of_a_weight_for_every_sample() -> None:
    layer = ModulatedConv(6, 5, 3, 8)
    x, style = torch.randn(4, 6, 7, 5, generator=random()), torch.randn(4, 8, generator=random(1))
    for picture, scales, out in zip(x, layer.modulation(style), layer(x, style), strict=True):
        weight = layer.weight[0] * layer.scale * scales[:, None, None]
        weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        torch.testing.assert_close(out, F.conv2d(picture[None], weight, padding=1)[0], atol=1e-5, rtol=0)


def test_a_motion_model_is_read_without_clip_and_from_training_on_several_processors() -> None:
    config = MotionConfig(6, 12, 5, 10, 8)
    model = MotionModel(config)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    read = motion_model_from(state | {"module.encoder.proj": torch.zeros(2)}, "Iter_1.pth", style=8)
    assert read.config == config
    text, hidden = torch.randn(2, 12, generator=random()), recurrent.first_hidden(2, 5, random())
    offsets = read.offsets(text, None, recurrent.step_sizes(4), hidden)
    assert torch.equal(offsets, model.offsets(text, None, recurrent.step_sizes(4), hidden))
    with pytest.raises(InputError, match=r"Iter_1.pth does not hold a motion model of this generator \(48 numbers"):
        motion_model_from(state, "Iter_1.pth", style=7)


@pytest.mark.parametrize("kind", [recurrent.LatentRecurrent, recurrent.LstmRecurrent])
def test_codes_of_any_length_begin_at_nothing_and_travel_as_far(kind: type[recurrent.LatentRecurrent]) -> None:
    torch.manual_seed(0)
    model, start = kind(12, 6), torch.randn(3, 12, generator=random())
    hidden = recurrent.first_hidden(3, 6, random())
    few, many = (model(start, recurrent.step_sizes(frames), hidden) for frames in (4, 16))
    assert few.shape == (3, 4, 12) and many.shape == (3, 16, 12)
    assert not few[:, 0].any() and not many[:, 0].any()
    assert 0.8 < many[:, -1].norm() / few[:, -1].norm() < 1.6
    assert model(start, recurrent.step_sizes(1), hidden).shape == (3, 1, 12)


def test_noise_moves_the_lstm_and_gradients_reach_all_of_it() -> None:
    model, start = recurrent.LstmRecurrent(12, 6), torch.randn(3, 12, generator=random())
    hidden, steps = recurrent.first_hidden(3, 6, random()), recurrent.step_sizes(4)
    noisy = model(start, steps, hidden, torch.randn(3, 3, 12, generator=random()))
    assert not torch.equal(noisy, model(start, steps, hidden))
    noisy.square().sum().backward()
    assert all(weights.grad is not None and weights.grad.any() for weights in model.parameters())


@torch.inference_mode()
def test_inversion_reads_every_row_from_features_of_its_own_size() -> None:
    torch.manual_seed(0)
    model = InversionEncoder(EncoderConfig(10, (16, 16, 16, 16, 16), (1, 1, 1, 1))).eval()
    codes, features = (run(torch.randn(2, 3, 64, 64, generator=random()) / 3) for run in (model, model.pyramid))
    assert codes.shape == (2, 10, 16)
    assert [part.shape[-1] for part in features] == [4, 8, 16]
    for row, level in ((1, 0), (2, 0), (3, 1), (6, 1), (7, 2), (9, 2)):
        torch.testing.assert_close(codes[:, row] - codes[:, 0], model.styles[row](features[level]))


def test_an_encoder_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match=r"other\.pt does not hold an e4e encoder"):
        inversion_encoder_from({"encoder.styles.0.linear.bias": torch.zeros(512)}, "other.pt")


def test_the_judge_gives_every_code_one_number() -> None:
    assert LatentCodesDiscriminator(8)(torch.randn(2, 6, 8, generator=random())).shape == (2, 6, 1)
    names = LatentCodesDiscriminator().state_dict()
    assert [name for name in names if name.endswith("weight")] == [f"mlp.{index}.weight" for index in (0, 2, 4, 6)]
