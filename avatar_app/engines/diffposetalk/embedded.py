"""The embedded model: the published architecture, small, in this project's motion space and with a speech encoder."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import InputError
from avatar_app.speech.encoder import ARTICULATION
from avatar_app.speech.trained import untrained

EMBEDDED = ModelConfig(
    feature_dim=192,
    n_heads=4,
    n_layers=6,
    mlp_ratio=2,
    d_motion=len(CHANNEL_NAMES),
    d_shape=0,  # the portrait or the head brings its own form
    audio_model="articulation",
    d_audio=ARTICULATION,
    person_in_frames=True,
    dropout=0.0,  # every batch is new: there is nothing to overfit
)
NORMALISATION = ("mean", "std")


class EmbeddedModel(nn.Module):
    """A DiffTalkingHead that reads articulation (26 channels at 25 fps) and makes MotionClip's 58 channels."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: ModelConfig = EMBEDDED) -> None:
        super().__init__()
        self.config = config
        self.head = DiffTalkingHead(config)
        self.speech_encoder = untrained()
        self.register_buffer("mean", torch.zeros(config.d_motion))
        self.register_buffer("std", torch.ones(config.d_motion))

    def normalise(self, motion: Tensor) -> Tensor:
        """(..., 58) z-scored."""
        return (motion - self.mean) / self.std

    def denormalise(self, motion: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        return motion * self.std + self.mean


def save_embedded(model: EmbeddedModel, folder: Path, **more: object) -> Path:
    """Writes folder/model.safetensors (float16 but for noise levels, step table and normalisation) and config.json."""
    path = folder / "model.safetensors"
    exact = ("head.diffusion_sched.", "head.denoising_net.TE.", *NORMALISATION)
    state = {}
    for name, value in model.state_dict().items():
        half = value.is_floating_point() and not name.startswith(exact)
        state[name] = (value.half() if half else value).contiguous()
    save_file(state, path)
    model.config.save(folder / "config.json", channels=list(CHANNEL_NAMES), **more)
    return path


def load_embedded(folder: Path, device: torch.device | None = None) -> EmbeddedModel:
    """The model of `folder` in float32, ready to sample; InputError when files are missing or of another version."""
    weights, config_file = folder / "model.safetensors", folder / "config.json"
    missing = [path.name for path in (weights, config_file) if not path.is_file()]
    remedy = "fetch the repository again, or train it with `avatar_app train diffposetalk`"
    if missing:
        raise InputError(f"The motion model in {folder} lacks {' and '.join(missing)}: {remedy}.")
    try:
        model = EmbeddedModel(ModelConfig.load(config_file))
        state = load_file(weights)
        model.load_state_dict({n: v.float() if v.is_floating_point() else v for n, v in state.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"The motion model in {folder} is of another version ({str(error).splitlines()[0]}): {remedy}."
        ) from error
    return model.to(device or torch.device("cpu")).eval()
