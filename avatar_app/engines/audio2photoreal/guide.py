"""The guide: a causal transformer that draws the codes of one key pose per second, with nucleus sampling.

Sampling keeps keys and values of what was drawn before (and of the audio), so that every token costs one step of the
network; the result is what forwarding the whole sequence again gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from avatar_app.diffusion.samplers import never_stop
from avatar_app.engines.audio2photoreal.attention import DecoderLayer, DecoderStack, KeysValues, LayerMemory, Rotary
from avatar_app.engines.audio2photoreal.config import GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import choose, pooled_projection
from avatar_app.request import Stopped
from avatar_app.types import ShouldStop

DILATIONS = (1, 2, 3, 1, 2, 3)  # of the convolutions in one audio layer, kernel 3, unpadded
LEAK = 0.2
SHORTER = 2 * sum(DILATIONS)  # tokens that one audio layer takes away

Choose = Callable[[Tensor, int], Tensor]  # probabilities (B, codes), number of the token -> codes (B,)


@dataclass(frozen=True)
class GuideMemory:
    """The encoded audio: film (B or 1, D), and keys and values for each layer. codes: (B or 1, N, D) added to the codes
    of aligned models."""

    film: Tensor
    layers: tuple[LayerMemory, ...]
    codes: Tensor | None = None

    def beside(self, x: Tensor, position: int = 0) -> Tensor:
        """Embedded codes (B, L, D) that stand at `position` and on, with the audio of their time."""
        return x if self.codes is None else x + self.codes[:, position : position + x.shape[1]]


class GuideTransformer(nn.Module):
    """Logits of the next code from the codes before it and the audio."""

    def __init__(self, config: GuideConfig) -> None:
        super().__init__()
        self.config = config
        width, rotary = config.latent, Rotary(config.latent)
        self.null_cond_embed = nn.Parameter(torch.randn(1, config.tokens, width))
        self.null_cond_hidden = nn.Parameter(torch.randn(1, width))
        self.token_embedding = nn.Embedding(config.codes + 1, width)  # the last is the start
        self.rotary = rotary
        self.pre_audio = _audio_layers(config)
        self.norm_cond = nn.LayerNorm(width)
        self.cond_projection = nn.Linear(config.condition, width)
        self.non_attn_cond_projection = pooled_projection(width)
        self.seqTransDecoder = DecoderStack(
            [
                DecoderLayer(width, config.heads, config.hidden, rotary, dropout=config.dropout)
                for _ in range(config.layers)
            ]
        )
        self.final_layer = nn.Linear(width, config.codes)

    def encode(self, features: Tensor, keep: Tensor | None = None) -> GuideMemory:
        """From audio tokens (B, N, condition), N above SHORTER * audio_layers. keep: (B,) bool, None keeps all."""
        tokens = self.cond_projection(self.pre_audio(features.transpose(1, 2)).transpose(1, 2))
        tokens = choose(keep, tokens, self.null_cond_embed[:, : tokens.shape[1]])
        film = choose(keep, self.non_attn_cond_projection(tokens.mean(dim=1)), self.null_cond_hidden)
        beside = tokens if self.config.aligned else None
        tokens = self.norm_cond(tokens)
        turned = self.rotary(tokens.shape[1])(tokens)
        layers = (layer.multihead_attn.keys_values(turned, tokens) for layer in self.seqTransDecoder.layers)
        return GuideMemory(film, tuple(LayerMemory(keys_values) for keys_values in layers), beside)

    def forward(self, codes: Tensor, memory: GuideMemory) -> Tensor:
        """Logits (B, L, codes) of what follows each of the codes (B, L) int64."""
        turn = self.rotary(codes.shape[1])
        layers = list(memory.layers)
        x = memory.beside(self.token_embedding(codes))
        out = self.seqTransDecoder(x, turn, memory.film, layers, causal=True)
        logits: Tensor = self.final_layer(out)
        return logits

    def start(self, samples: int) -> Tensor:
        """(samples, 1) start codes."""
        return torch.full((samples, 1), self.config.codes, device=self.final_layer.weight.device)

    def generate(
        self,
        memory: GuideMemory,
        seconds: int,
        samples: int,
        choose_code: Choose,
        given: Tensor | None = None,
        should_stop: ShouldStop = never_stop,
    ) -> Tensor:
        """Codes (samples, seconds, depth) int64 of key poses, one per second.

        given: (samples, S, depth) codes of the first S seconds, kept as they are. Raises Stopped between tokens.
        """
        depth = self.config.depth
        sequence = self.start(samples) if given is None else torch.cat([self.start(samples), given.flatten(1)], dim=1)
        fed, cache = 0, None
        while sequence.shape[1] <= seconds * depth:
            if should_stop():
                raise Stopped
            logits, cache = self._next(sequence[:, fed:], fed, memory, cache)
            fed = sequence.shape[1]
            code = choose_code(logits.softmax(dim=-1), fed - 1)
            sequence = torch.cat([sequence, code[:, None]], dim=1)
        return sequence[:, 1:].unflatten(1, (seconds, depth))

    def _next(
        self, codes: Tensor, position: int, memory: GuideMemory, cache: list[KeysValues] | None
    ) -> tuple[Tensor, list[KeysValues]]:
        """Logits (B, codes) after codes (B, L) that stand at `position` and on, and all keys and values so far."""
        turn = self.rotary(codes.shape[1], position)
        x = memory.beside(self.token_embedding(codes), position)
        out, cache = self.seqTransDecoder.go_on(x, turn, memory.film, list(memory.layers), cache)
        return self.final_layer(out[:, -1]), cache


def _audio_layers(config: GuideConfig) -> nn.Sequential:
    width = config.condition
    parts: list[nn.Module] = []
    for _ in range(config.audio_layers):
        for dilation in DILATIONS:
            parts += [nn.Conv1d(width, width, 3, dilation=dilation), nn.LeakyReLU(LEAK), nn.Dropout(config.dropout)]
    return nn.Sequential(*parts, nn.Conv1d(width, width, 1))


def nucleus(probabilities: Tensor, top_p: float) -> tuple[Tensor, Tensor]:
    """Sorted probabilities (B, V), falling, and their codes; those outside the nucleus are 0, the rest sums to 1.

    The nucleus (Holtzman et al. 2020) holds a code when those before it sum to less than top_p; the first always.
    """
    ordered, codes = probabilities.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1).roll(1, dims=-1)
    before[..., 0] = 0.0
    kept = ordered * (before < max(top_p, 1e-9))
    return kept / kept.sum(dim=-1, keepdim=True), codes


def pick(sorted_probabilities: Tensor, codes: Tensor, uniforms: Tensor) -> Tensor:
    """(B,) the first code at which the cumulative probability exceeds uniforms (B,) in [0, 1)."""
    cumulative = sorted_probabilities.cumsum(dim=-1)
    last = (sorted_probabilities > 0).sum(dim=-1) - 1  # sums of float32 may end just below 1
    place = (cumulative <= uniforms[:, None]).sum(dim=-1).minimum(last)
    return codes.gather(-1, place[:, None])[:, 0]


def nucleus_chooser(top_p: float, generators: list[torch.Generator]) -> Choose:
    """Draws row i with generator i (on the CPU) alone, so that a sample is the same among others as by itself."""

    def choose_code(probabilities: Tensor, token: int) -> Tensor:
        uniforms = torch.stack([torch.rand((), generator=generator) for generator in generators])
        return pick(*nucleus(probabilities, top_p), uniforms.to(probabilities.device))

    return choose_code


def greedy(probabilities: Tensor, token: int) -> Tensor:
    """The most likely codes."""
    return probabilities.argmax(dim=-1)
