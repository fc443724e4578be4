"""The style encoder: built as its saved options say, quirk and all, and without it in the embedded one."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder, build_style_encoder
from avatar_app.request import InputError
from tests.fixtures import every, load

SYSTEM = "diffposetalk"
ARGS: dict[str, Any] = {"feature_dim": 24, "n_heads": 6, "n_layers": 2, "mlp_ratio": 3, "no_head_pose": True}


@pytest.mark.parametrize("name", every(SYSTEM, "style"))
def test_key_names_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    assert set(StyleEncoder(StyleConfig.from_args(f.info["config"]["args"])).state_dict()) == set(f.weights)


@torch.no_grad()
def test_as_many_heads_attend_as_the_saved_options_say() -> None:
    torch.manual_seed(0)
    state = StyleEncoder(StyleConfig.from_args(ARGS)).state_dict()
    motion = torch.randn(2, 100, 51, generator=torch.Generator().manual_seed(0))
    six, four = (build_style_encoder(state, ARGS | {"n_heads": heads})(motion) for heads in (6, 4))
    own = StyleEncoder(StyleConfig(51, 24, layers=2, heads=6, feed_forward=72)).eval()
    own.load_state_dict(state)
    assert torch.equal(six, own(motion))
    assert (six - four).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_heads": None}, "n_heads must be a whole number, it is None"),
        ({"n_heads": 5}, "24 features cannot be shared among 5 heads"),
        ({"feature_dim": 48}, r"motion_proj.bias should be \(48,\), it is \(24,\)"),
        ({"n_layers": 3}, "layers.2.linear1.bias should be .*, it is absent"),
        ({"n_layers": 1}, "layers.1.linear1.bias should be absent"),
        ({"mlp_ratio": 4}, r"linear1.bias should be \(96,\), it is \(72,\)"),
        ({"no_head_pose": False}, r"motion_proj.weight should be \(24, 54\), it is \(24, 51\)"),
        ({"fps": 30}, "100 frames at 30 fps"),
        ({"n_motions": 600}, "600 frames"),
    ],
)
def test_options_that_do_not_fit_the_weights_are_refused(changed: dict[str, Any], said: str) -> None:
    state = StyleEncoder(StyleConfig.from_args(ARGS)).state_dict()
    with pytest.raises(InputError, match=f"mine.pt is no style encoder .*{said}"):
        build_style_encoder(state, ARGS | changed, "mine.pt")


def test_old_and_new_names_of_options_mean_the_same() -> None:
    old = {name: value for name, value in ARGS.items() if name != "no_head_pose"} | {"predict_head_pose": False}
    assert StyleConfig.from_args(old) == StyleConfig.from_args(ARGS)
    assert StyleConfig.from_args(ARGS | {"n_motions": 50}).window == 50


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
    with pytest.raises(InputError, match=r"no style encoder .*it is absent"):
        build_style_encoder({"weight": torch.zeros(2)}, ARGS)
