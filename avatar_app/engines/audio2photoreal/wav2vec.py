"""The convolutional encoders of wav2vec and vq-wav2vec (Schneider et al. 2019, Baevski et al. 2020), without training.

Names of parameters are those of the published checkpoints. Norms run over channels and the whole clip, so features
depend on where a clip begins and ends.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

VQ_BLOCKS = ((10, 5), (8, 4), (4, 2), (4, 2), (4, 2), (1, 1), (1, 1), (1, 1))  # kernel, stride
LARGE_BLOCKS = VQ_BLOCKS[:7]
CONTEXTS = tuple(range(2, 14))  # kernels of the aggregator
WIDTH = 512
# torchaudio's resampling, which the published features were made with (Smith's windowed sinc).
LOBES, ROLL_OFF = 6, 0.99


class ConvFeatureExtractionModel(nn.Module):
    """Sound (B, S) at 16 kHz to features (B, width, N), about 100 a second."""

    def __init__(self, width: int, blocks: tuple[tuple[int, int], ...], gelu: bool, log_compression: bool) -> None:
        super().__init__()
        self.log_compression = log_compression
        self.conv_layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width if i else 1, width, kernel, stride=stride, bias=False),
                nn.Identity(),  # dropout in training
                nn.GroupNorm(1, width),
                nn.GELU() if gelu else nn.ReLU(),
            )
            for i, (kernel, stride) in enumerate(blocks)
        )

    def forward(self, sound: Tensor) -> Tensor:
        """See the class."""
        x = sound[:, None]
        for layer in self.conv_layers:
            x = layer(x)
        return (x.abs() + 1).log() if self.log_compression else x


class ConvAggregator(nn.Module):
    """Context for features (B, width, N): causal convolutions, each added to what it was given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList(
            nn.Sequential(
                nn.ReplicationPad1d((kernel - 1, 0)),
                nn.Conv1d(width, width, kernel),
                nn.Identity(),  # dropout in training
                nn.GroupNorm(1, width),
                nn.ReLU(),
            )
            for kernel in CONTEXTS
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, N) to the same."""
        for layer in self.conv_layers:
            x = (layer(x) + x) * math.sqrt(0.5)
        return x


class VqWav2Vec(nn.Module):
    """The part of vq-wav2vec that is used: its feature extractor."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.feature_extractor = ConvFeatureExtractionModel(width, VQ_BLOCKS, gelu=True, log_compression=False)

    def forward(self, sound: Tensor) -> Tensor:
        """Tokens (B, N, 2 width) of two channels (B, S, 2) at 16 kHz, each encoded by itself."""
        channels = [self.feature_extractor(sound[..., channel]) for channel in range(2)]
        return torch.cat(channels, dim=1).transpose(1, 2)


class Wav2Vec(nn.Module):
    """wav2vec large: extractor and aggregator."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.feature_extractor = ConvFeatureExtractionModel(width, LARGE_BLOCKS, gelu=False, log_compression=True)
        self.feature_aggregator = ConvAggregator(width)

    def forward(self, sound: Tensor) -> Tensor:
        """Features (B, N, width) of sound (B, S) at 16 kHz."""
        out: Tensor = self.feature_aggregator(self.feature_extractor(sound)).transpose(1, 2)
        return out


def to_16k(sound: Tensor) -> Tensor:
    """(B, S) at 48 kHz to (B, ceil(S / 3)) at 16 kHz: a sinc of LOBES zero crossings under a squared cosine."""
    ratio = 3
    reach = math.ceil(LOBES * ratio / ROLL_OFF)
    t = torch.arange(-reach, reach + ratio, dtype=torch.float64, device=sound.device) / ratio * ROLL_OFF
    t = t.clamp(-LOBES, LOBES)
    kernel = torch.sinc(t) * torch.cos(t * math.pi / LOBES / 2) ** 2 * ROLL_OFF / ratio
    padded = F.pad(sound[:, None], (reach, reach + ratio))
    out = F.conv1d(padded, kernel.to(sound)[None, None], stride=ratio)
    return out[:, 0, : -(-sound.shape[1] // ratio)]
