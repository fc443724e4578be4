"""CLIP with a ResNet for pictures (Radford et al. 2021), which transformers does not have: motion models bring theirs.

Names are those of OpenAI's checkpoints, as they stand in a motion model's file below "encoder.".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.words import as_seen, tokens_of
from avatar_app.request import InputError
from avatar_app.tensor_fit import check_fit

HEAD = 64  # channels of an attention head
EXPANSION = 4
SHRINKS = 32  # pixels of the picture to one of the features


@dataclass(frozen=True)
class ResnetConfig:
    """Architecture. blocks: of the four stages. channels: of the stem. side: pixels of a picture."""

    blocks: tuple[int, ...]
    channels: int
    side: int
    embedding: int
    context: int
    vocabulary: int
    text: int
    layers: int

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor]) -> ResnetConfig:
        """From the shapes of its tensors. Raises KeyError where one is missing."""

        def count(prefix: str) -> int:
            return len({name.removeprefix(prefix).split(".")[0] for name in state if name.startswith(prefix)})

        places = len(state["visual.attnpool.positional_embedding"])
        vocabulary, text = state["token_embedding.weight"].shape
        return cls(
            tuple(count(f"visual.layer{stage}.") for stage in (1, 2, 3, 4)),
            len(state["visual.layer1.0.conv1.weight"]),
            round((places - 1) ** 0.5) * SHRINKS,
            state["text_projection"].shape[1],
            len(state["positional_embedding"]),
            vocabulary,
            text,
            count("transformer.resblocks."),
        )


class Bottleneck(nn.Module):
    """A residual block that halves the picture by means, not by steps."""

    def __init__(self, before: int, channels: int, shrink: int) -> None:
        super().__init__()
        after = EXPANSION * channels
        self.conv1 = nn.Conv2d(before, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, after, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(after)
        self.shrink = shrink
        self.downsample: nn.Sequential | None = None
        if shrink > 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, 4 * channels, H / shrink, W / shrink)."""
        out = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        out = self.bn3(self.conv3(F.avg_pool2d(out, self.shrink)))
        short = x if self.downsample is None else self.downsample(F.avg_pool2d(x, self.shrink))
        return F.relu(out + short)


class AttentionPool(nn.Module):
    """Features to one vector: their mean asks all of them."""

    def __init__(self, places: int, width: int, heads: int, out: int) -> None:
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(places, width) / width**0.5)
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj = nn.Linear(width, out)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to (B, out)."""
        seen = x.flatten(2).transpose(1, 2)
        seen = torch.cat([seen.mean(dim=1, keepdim=True), seen], dim=1) + self.positional_embedding
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q_proj(seen[:, :1]), self.k_proj(seen), self.v_proj(seen))
        )
        pooled: Tensor = self.c_proj(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(1))
        return pooled


class Resnet(nn.Module):
    """The tower of pictures."""

    def __init__(self, config: ResnetConfig) -> None:
        super().__init__()
        width = config.channels
        self.conv1 = nn.Conv2d(3, width // 2, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        before = width
        self.stages = [f"layer{stage + 1}" for stage in range(len(config.blocks))]
        for stage, blocks in enumerate(config.blocks):
            made = []
            for block in range(blocks):
                made.append(Bottleneck(before, width << stage, 2 if stage and not block else 1))
                before = EXPANSION * width << stage
            self.add_module(self.stages[stage], nn.Sequential(*made))
        places = (config.side // SHRINKS) ** 2 + 1
        self.attnpool = AttentionPool(places, before, before // HEAD, config.embedding)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, side, side) in CLIP's units to (B, embedding)."""
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.relu(norm(conv(x)))
        x = F.avg_pool2d(x, 2)
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
        pooled: Tensor = self.attnpool(x)
        return pooled


class QuickGelu(nn.Module):
    """x * sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        """Of any shape."""
        return x * torch.sigmoid(1.702 * x)


class TextBlock(nn.Module):
    """Attention to what stands before, and two linear layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // HEAD, batch_first=True)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGelu())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (B, n, width). mask: (n, n), minus infinity where nothing is seen."""
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0]
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class TextTransformer(nn.Module):
    """The blocks of the tower of words."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(TextBlock(width) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """(B, n, width)."""
        mask = torch.full((x.shape[1], x.shape[1]), -torch.inf, device=x.device).triu(1)
        for block in self.resblocks:
            x = block(x, mask)
        return x


class ClipResnet(nn.Module):
    """Both towers under their published names."""

    def __init__(self, config: ResnetConfig) -> None:
        super().__init__()
        self.config = config
        self.visual = Resnet(config)
        self.transformer = TextTransformer(config.text, config.layers)
        self.token_embedding = nn.Embedding(config.vocabulary, config.text)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(config.context, config.text))
        self.ln_final = nn.LayerNorm(config.text)
        self.text_projection = nn.Parameter(torch.randn(config.text, config.embedding) / config.text**0.5)
        self.logit_scale = nn.Parameter(torch.zeros(()))

    @classmethod
    def filled(cls, state: Mapping[str, Tensor], name: str) -> ClipResnet:
        """With the tensors of a file, in float32, for evaluation; InputError where one does not fit."""
        advice = "use the whole file as it was trained"
        try:
            with torch.device("meta"):
                model = cls(ResnetConfig.from_checkpoint(state))
        except (KeyError, IndexError, ValueError, RuntimeError) as error:
            raise InputError(f"{name} holds another CLIP than one with a ResNet ({error}): {advice}.") from error
        check_fit(model, state, f"CLIP in {name} does not fit", advice)
        model.load_state_dict(dict(state), assign=True)
        return model.float().eval().requires_grad_(False)

    def text(self, tokens: Tensor) -> Tensor:
        """(B, embedding) of (B, n) token numbers, read where the sentence ends, which has the highest number."""
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        x = self.ln_final(self.transformer(x))
        ends = x[torch.arange(len(x), device=x.device), tokens.argmax(dim=1)]
        embedded: Tensor = ends @ self.text_projection
        return embedded


@dataclass(frozen=True)
class ResnetWords:
    """A words.Words by such a CLIP. tokenizer: of any CLIP of OpenAI's, they are all alike."""

    network: ClipResnet
    tokenizer: Any

    @property
    def width(self) -> int:
        """See Words.width."""
        return self.network.config.embedding

    def text(self, sentence: str) -> Tensor:
        """See Words.text."""
        tokens = tokens_of(self.tokenizer, sentence, self.network.config.context)
        return self.network.text(tokens.to(self.network.positional_embedding.device))

    def picture(self, pixels: Tensor) -> Tensor:
        """See Words.picture."""
        seen: Tensor = self.network.visual(as_seen(pixels, self.network.config.side))
        return seen
