"""Audio front end of the published models: HuBERT or wav2vec2, two vectors per video frame, resampled to one.

The network is built from its configuration, its weights come with the checkpoint: nothing is fetched. Attention maps
are never stored, so memory grows with length and not with its square.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.request import FPS, SAMPLE_RATE

HOP, EDGE = 320, 80  # samples of one 50 Hz frame; extra samples with which n hops give n frames
AUDIO_UNIT = SAMPLE_RATE // FPS  # samples of one video frame
ARCHITECTURES = ("hubert", "wav2vec2")


def build_audio_encoder(kind: str, options: Mapping[str, Any]) -> nn.Module:
    """A HubertModel or Wav2Vec2Model of base size unless `options` say otherwise, with random weights."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2Config, Wav2Vec2Model

    if kind not in ARCHITECTURES:
        raise ValueError(f"the audio model must be one of {', '.join(ARCHITECTURES)}; got {kind!r}")
    config = (HubertConfig if kind == "hubert" else Wav2Vec2Config)(**options)
    model: nn.Module = (HubertModel if kind == "hubert" else Wav2Vec2Model)._from_config(
        config, attn_implementation="sdpa"
    )
    return model


def options_of(state: Mapping[str, Tensor], prefix: str = "audio_encoder.") -> dict[str, Any]:
    """Configuration values of the encoder that these weights belong to; heads are 64 wide in every published one.

    Raises KeyError when `state` holds no such encoder.
    """
    projection = state[f"{prefix}feature_projection.projection.weight"]
    positions = state[f"{prefix}encoder.pos_conv_embed.conv.parametrizations.weight.original1"]
    layers = {name.split(".")[3] for name in state if name.startswith(f"{prefix}encoder.layers.")}
    convolutions = sorted(n for n in state if n.startswith(f"{prefix}feature_extractor") and n.endswith("conv.weight"))
    width = projection.shape[0]
    return {
        "hidden_size": width,
        "num_hidden_layers": len(layers),
        "num_attention_heads": max(1, width // 64),
        "intermediate_size": state[f"{prefix}encoder.layers.0.feed_forward.intermediate_dense.weight"].shape[0],
        "conv_dim": [state[name].shape[0] for name in convolutions],
        "num_conv_pos_embedding_groups": width // positions.shape[1],
    }


def normalise_wave(samples: Tensor) -> Tensor:
    """(n,) of zero mean and unit deviation, over the whole recording and before any padding."""
    return (samples - samples.mean()) / (samples.std() + 1e-5)


def pad_edges(samples: Tensor) -> Tensor:
    """(N, n) lengthened by mirrored edges, so that n // 320 whole frames come out of the convolutions."""
    length = samples.shape[-1]
    side = -(-(length // HOP * HOP + EDGE - length) // 2)
    if side < 0:
        return samples
    half = side // 2
    if half:
        samples = F.pad(F.pad(samples, (half, half), "reflect"), (half, half), "reflect")
    return F.pad(samples, (1, 1), "replicate") if side % 2 else samples


def encode_audio(encoder: Any, samples: Tensor, frames: int) -> Tensor:
    """(N, frames, width) hidden states at 25 fps of (N, n) normalised 16 kHz samples."""
    hidden = encoder.feature_extractor(pad_edges(samples))  # (N, C, about 2 per frame)
    hidden = hidden[..., : 4 * frames]  # published slack: twice of what is needed
    if hidden.shape[-1] != 2 * frames:
        hidden = F.interpolate(hidden, size=2 * frames, mode="linear", align_corners=False)
    projected = encoder.feature_projection(hidden.transpose(1, 2))
    if isinstance(projected, tuple):  # wav2vec2 also returns what it projected
        projected = projected[0]
    states = encoder.encoder(projected).last_hidden_state
    return F.interpolate(states.transpose(1, 2), size=frames, mode="linear", align_corners=False).transpose(1, 2)


def pad_to_windows(samples: Tensor, window: int) -> tuple[Tensor, int, int]:
    """(n,) zero-padded to whole windows of `window` frames; how many windows, and how many frames are padding.

    A rest of less than one frame beyond the last whole window makes no window of its own and is kept as it is.
    """
    frames = int(len(samples) / SAMPLE_RATE * FPS)
    windows = 1 if frames <= window else -(-frames // window)
    missing = max(0, windows * window * AUDIO_UNIT - len(samples))
    return F.pad(samples, (0, missing)), windows, -(-missing // AUDIO_UNIT)


def encode_windows(encoder: Any, samples: Tensor, windows: int, window: int, whole: bool = True) -> Tensor:
    """(1, windows * window, width) of padded (n,) samples, encoded as a `whole` or every window alone."""
    if whole:
        return encode_audio(encoder, samples[None], windows * window)
    size = window * AUDIO_UNIT
    parts = [samples[k * size : (k + 1) * size] for k in range(windows)]
    return torch.cat([encode_audio(encoder, part[None], window) for part in parts], dim=1)
