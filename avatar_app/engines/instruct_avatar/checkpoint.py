"""Loading the shipped weights of instruct_avatar."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.model import Denoiser
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.talker import TalkerStatistics
from avatar_app.request import InputError


def load_denoiser(folder: Path, device: torch.device) -> Denoiser:
    """The denoiser of `folder` (model.safetensors, config.json) in float32, ready to sample.

    Raises InputError when files are missing or belong to another architecture.
    """
    weights, config_file = folder / "model.safetensors", folder / "config.json"
    missing = [path.name for path in (weights, config_file) if not path.exists()]
    if missing:
        raise InputError(
            f"The motion model in {folder} lacks {' and '.join(missing)}: "
            "fetch the repository again, or train it with `avatar_app train instruct_avatar`."
        )
    try:
        config = ModelConfig.load(config_file)
        channels = json.loads(config_file.read_text())["channels"]
        if tuple(channels) != CHANNEL_NAMES:
            raise ValueError("other motion channels")
        model = Denoiser(config)
        model.load_state_dict({name: value.float() for name, value in load_file(weights).items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"The motion model in {folder} is of another version ({str(error).splitlines()[0]}): "
            "fetch the repository again, or train it with `avatar_app train instruct_avatar`."
        ) from error
    return model.to(device).eval()


def load_statistics(folder: Path) -> TalkerStatistics:
    """How the talkers differ whom the model of `folder` learned from; people in general where it does not say."""
    return TalkerStatistics.from_json(json.loads((folder / "config.json").read_text()).get("talkers", {}))
