"""Key poses as codes: a causal convolutional codec with residual vector quantisation (Zeghidour et al. 2021).

Codebooks are moving averages, begun by k-means (van den Oord et al. 2017, appendix). As published, and only noticeable
in training: replacing dead codes changes nothing, because the averages of the same step overwrite them, so it is left
out; k-means does not scale `embed_avg` by the counts, so codes shrink at the first update.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.audio2photoreal.config import CodecConfig

ENCODER = ((1, 1), (2, 1), (2, 2), (2, 3), (2, 1))  # kernel and dilation
DECODER = ((2, 1), (2, 2), (2, 3), (2, 1), (1, 1))
PADDING = 7  # frames in front, so that the convolutions keep the length
LEAK = 0.2
KEEP, EPSILON = 0.99, 1e-5  # moving average, Laplace smoothing
KMEANS_STEPS = 10
COMMITMENT = 0.02


@dataclass(frozen=True)
class Quantised:
    """latent: (B, T, D) sum of the chosen codes, with straight-through gradients. indices: (B, T, depth) int64.

    commitment: () mean of the quantisers' squared distances. perplexity: () of the last quantiser's choice.
    """

    latent: Tensor
    indices: Tensor
    commitment: Tensor
    perplexity: Tensor


class Codebook(nn.Module):
    """One codebook of (codes, width) vectors; buffers under their published names."""

    inited: Tensor
    cluster_size: Tensor
    embed: Tensor
    embed_avg: Tensor

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.register_buffer("inited", torch.zeros(1))
        self.register_buffer("cluster_size", torch.zeros(codes))
        self.register_buffer("embed", torch.zeros(codes, width))
        self.register_buffer("embed_avg", torch.zeros(codes, width))

    def nearest(self, vectors: Tensor) -> Tensor:
        """(N,) indices of the codes nearest to (N, width)."""
        distance = vectors.pow(2).sum(1, keepdim=True) - 2 * vectors @ self.embed.T + self.embed.pow(2).sum(1)
        return distance.argmin(dim=1)

    @torch.no_grad()
    def begin(self, vectors: Tensor, order: Tensor) -> None:
        """k-means on (N, width) from the first vectors of a random `order` (N,), repeated when there are too few."""
        chosen = order[torch.arange(len(self.embed), device=order.device) % len(order)]
        self.embed.copy_(vectors[chosen])
        for _ in range(KMEANS_STEPS):
            counts, sums = self._sums(vectors, self.nearest(vectors))
            means = sums / counts.clamp(min=1)[:, None]
            self.embed.copy_(torch.where(counts[:, None] > 0, means, self.embed))
        self.embed_avg.copy_(self.embed)
        self.cluster_size.copy_(counts)
        self.inited.fill_(1)

    @torch.no_grad()
    def update(self, vectors: Tensor, indices: Tensor) -> None:
        """Moves the averages toward what was chosen for (N, width)."""
        counts, sums = self._sums(vectors, indices)
        self.cluster_size.lerp_(counts, 1 - KEEP)
        self.embed_avg.lerp_(sums, 1 - KEEP)
        total = self.cluster_size.sum()
        smoothed = (self.cluster_size + EPSILON) / (total + len(self.embed) * EPSILON) * total
        self.embed.copy_(self.embed_avg / smoothed[:, None])

    def _sums(self, vectors: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Per code the number of its vectors, and their sum, in the codes' own precision.

        Averages of half precision would hardly move, and some processors train with it.
        """
        with torch.autocast(vectors.device.type, enabled=False):
            chosen = F.one_hot(indices, len(self.embed)).to(self.embed.dtype)
            return chosen.sum(0), chosen.T @ vectors.to(self.embed.dtype)


class QuantiserLayer(nn.Module):
    """One stage; `_codebook` is its published name."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self._codebook = Codebook(codes, width)

    @property
    def codebook(self) -> Codebook:
        """Its codes."""
        return self._codebook


class ResidualQuantiser(nn.Module):
    """Each stage quantises what those before it left over."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(QuantiserLayer(config.codes, config.latent) for _ in range(config.depth))

    @property
    def codebooks(self) -> list[Codebook]:
        """Of the stages in turn."""
        return [cast(QuantiserLayer, layer).codebook for layer in self.layers]

    def forward(self, latent: Tensor, orders: list[Tensor] | None = None) -> Quantised:
        """(B, T, D). In training the codebooks move. orders: per stage the random order that k-means begins from."""
        vectors = latent.flatten(0, -2)
        residual, total = vectors, torch.zeros_like(vectors)
        indices, losses = [], []
        for stage, book in enumerate(self.codebooks):
            if self.training and not book.inited.item():
                order = orders[stage] if orders else torch.randperm(len(vectors), device=vectors.device)
                book.begin(residual.detach(), order)
            chosen = book.nearest(residual.detach())
            code = F.embedding(chosen, book.embed.clone())  # the update must not reach what is still needed
            if self.training:
                book.update(residual.detach(), chosen)
                losses.append(F.mse_loss(code, residual))
                code = residual + (code - residual).detach()
            residual, total = residual - code, total + code
            indices.append(chosen)
        share = F.one_hot(indices[-1], len(book.embed)).float().mean(0)
        perplexity = torch.exp(-(share * (share + 1e-7).log()).sum())
        commitment = torch.stack(losses).mean() if losses else latent.new_zeros(())
        stacked = torch.stack(indices, dim=-1).unflatten(0, latent.shape[:-1])
        return Quantised(total.view_as(latent), stacked, commitment, perplexity)

    def decode(self, indices: Tensor) -> Tensor:
        """(B, T, depth) to the sum of the codes (B, T, D)."""
        parts = [F.embedding(indices[..., i], book.embed) for i, book in enumerate(self.codebooks)]
        return torch.stack(parts).sum(dim=0)


class PoseEncoder(nn.Module):
    """Key poses to latents."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        widths = [config.features, *[config.latent] * len(ENCODER)]
        self.enc = _convolutions(widths, ENCODER)

    def forward(self, poses: Tensor) -> Tensor:
        """(B, T, features) to (B, T, latent)."""
        out: Tensor = self.enc(F.pad(poses.transpose(1, 2), (PADDING, 0))).transpose(1, 2)
        return out


class PoseDecoder(nn.Module):
    """Latents to key poses. `project_mean_shape` is stored with the published weights and never used."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.project_mean_shape = nn.Linear(config.features, config.latent)
        widths = [*[config.latent] * len(DECODER), config.features]
        self.dec = _convolutions(widths, DECODER)

    def forward(self, latent: Tensor) -> Tensor:
        """(B, T, latent) to (B, T, features)."""
        out: Tensor = self.dec(F.pad(latent.transpose(1, 2), (PADDING, 0))).transpose(1, 2)
        return out


def _convolutions(widths: list[int], shapes: tuple[tuple[int, int], ...]) -> nn.Sequential:
    parts: list[nn.Module] = []
    for i, (kernel, dilation) in enumerate(shapes):
        parts += [nn.Conv1d(widths[i], widths[i + 1], kernel, dilation=dilation), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*parts[:-1])


class TemporalVertexCodec(nn.Module):
    """Key poses (B, T, features), normalised, one per second, to codes (B, T, depth) and back; frame t sees 0 to t."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = PoseEncoder(config), PoseDecoder(config)
        self.quantizer = ResidualQuantiser(config)

    def encode(self, poses: Tensor) -> Tensor:
        """Codes (B, T, depth) int64; codebooks stay as they are in evaluation mode."""
        return self.quantise(poses).indices

    def quantise(self, poses: Tensor, orders: list[Tensor] | None = None) -> Quantised:
        """See ResidualQuantiser.forward."""
        out: Quantised = self.quantizer(self.encoder(poses), orders)
        return out

    def decode(self, indices: Tensor) -> Tensor:
        """Key poses (B, T, features) of codes (B, T, depth)."""
        out: Tensor = self.decoder(self.quantizer.decode(indices))
        return out

    def forward(self, poses: Tensor, orders: list[Tensor] | None = None) -> tuple[Tensor, Quantised]:
        """Poses after the codec, and how they were quantised."""
        quantised = self.quantise(poses, orders)
        return self.decoder(quantised.latent), quantised
