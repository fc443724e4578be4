"""The generator in strips draws what the generator draws."""

from __future__ import annotations

import pytest
import torch

from avatar_app.engines.language_guided import synthesis
from avatar_app.engines.language_guided.generator import FixedNoise, Generator, GeneratorConfig
from avatar_app.engines.language_guided.synthesis import StripSynthesis

CONFIG = GeneratorConfig(channels=(16, 16, 12, 12, 8, 8, 4), style=16, mapping_layers=2)  # 256 pixels


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(3)
    made = Generator(CONFIG).eval()
    for name, value in made.named_parameters():
        if name.endswith(("noise.weight", "bias")):  # they begin at nothing, and would hide what is done with them
            value.data.add_(0.3 * torch.randn_like(value))
    return made.requires_grad_(False)


def codes(count: int) -> torch.Tensor:
    return torch.randn(count, CONFIG.latents, CONFIG.style, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("floats", [1, 3000, 1 << 21])
def test_strips_draw_what_the_whole_draws(generator: Generator, monkeypatch: pytest.MonkeyPatch, floats: int) -> None:
    monkeypatch.setattr(synthesis, "STRIP", floats)
    torch.testing.assert_close(StripSynthesis(generator)(codes(2)), generator(codes(2)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [8, 32, 64, 128])
def test_a_preview_stops_at_its_size(generator: Generator, size: int) -> None:
    preview = StripSynthesis(generator)(codes(1), size=size)

    assert preview.shape == (1, 3, size, size)
    torch.testing.assert_close(preview, generator(codes(1), size=size), atol=1e-4, rtol=0)


def test_every_frame_may_have_its_own_noise(generator: Generator) -> None:
    noise = [
        torch.cat(pair) for pair in zip(FixedNoise(CONFIG, 1).layers(), FixedNoise(CONFIG, 2).layers(), strict=True)
    ]
    drawn = StripSynthesis(generator)(codes(1).repeat(2, 1, 1), noise)

    torch.testing.assert_close(drawn, generator(codes(1).repeat(2, 1, 1), noise), atol=1e-4, rtol=0)
    assert (drawn[0] - drawn[1]).abs().mean() > 0.01


def test_frames_drawn_before_are_not_written_over(generator: Generator) -> None:
    strips = StripSynthesis(generator)
    first = strips(codes(1))
    kept = first.clone()
    strips(codes(3)[2:])

    assert torch.equal(first, kept)


def test_one_thread_draws_the_same(generator: Generator) -> None:
    whole, threads = StripSynthesis(generator)(codes(1)), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        torch.testing.assert_close(StripSynthesis(generator)(codes(1)), whole, atol=1e-5, rtol=0)
    finally:
        torch.set_num_threads(threads)
