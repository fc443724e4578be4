"""Files in the format of the published DiffPoseTalk, tiny and untrained, installed as somebody's own would be."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from avatar_app.engines.diffposetalk import checkpoint
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.paths import installed_folder
from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder
from tests.standin_flame import standin_flame

HUBERT = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 32}
HUBERT |= {"conv_dim": [8] * 7, "num_conv_pos_embedding_groups": 4}
ARGS: dict[str, Any] = {"feature_dim": 32, "n_heads": 2, "n_layers": 1, "n_diff_steps": 6, "n_motions": 20}
ARGS |= {"style_enc_ckpt": "SE/iter_0026000.pt", "use_indicator": True}
STYLE_ARGS: dict[str, Any] = {"feature_dim": 128, "n_heads": 4, "n_layers": 1, "mlp_ratio": 1, "n_motions": 100}
SPREADS = {"shape": (100, 0.5), "exp": (50, 0.3), "pose": (6, 0.1)}  # widths and deviations


def install_published(folder: Path, flame: bool = False, **changed: Any) -> None:
    """Makes the files in `folder` and installs them; `changed` are options of the denoiser."""
    folder.mkdir()
    torch.manual_seed(0)
    args = ARGS | changed
    state = DiffTalkingHead(ModelConfig.from_args(args, HUBERT)).state_dict()
    torch.save({"args": argparse.Namespace(**args), "model": state, "iter": 1}, folder / "iter_0110000.pt")
    means = {f"{name}_mean": np.full(width, 0.01, np.float32) for name, (width, _) in SPREADS.items()}
    deviations = {f"{name}_std": np.full(width, spread, np.float32) for name, (width, spread) in SPREADS.items()}
    np.savez(folder / "stats_train.npz", **means, **deviations)
    save_style_encoder(folder / "iter_0026000.pt", no_head_pose=changed.get("no_head_pose", False))
    checkpoint.install(folder)
    if flame:
        save_file(standin_flame(), installed_folder() / "flame.safetensors")


def save_style_encoder(path: Path, **changed: Any) -> StyleEncoder:
    """Makes a checkpoint of a style encoder, which is returned; `changed` are options of it."""
    args = STYLE_ARGS | changed
    encoder = StyleEncoder(StyleConfig.from_args(args)).eval()
    torch.save({"args": argparse.Namespace(**args), "encoder": encoder.state_dict(), "iter": 1}, path)
    return encoder
