"""I3D (Carreira and Zisserman 2017) as FVD reads it, under the names of its PyTorch weights (`rgb_imagenet.pt`)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 224  # pixels
CLIP = 16  # frames that FVD looks at together
CLASSES = 400
Three = tuple[int, int, int]
STEM = (("Conv3d_1a_7x7", 3, 64, 7, 2), ("Conv3d_2b_1x1", 64, 64, 1, 1), ("Conv3d_2c_3x3", 64, 192, 3, 1))
# Channels of a block's branches: 1; 1 and 3; 1 and 3; after pooling.
BLOCKS = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}
POOLED_BEFORE: dict[str, tuple[Three, Three]] = {  # kernel and stride
    "Conv3d_2b_1x1": ((1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ((1, 3, 3), (1, 2, 2)),
    "Mixed_4b": ((3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ((2, 2, 2), (2, 2, 2)),
}


def padded(x: Tensor, kernel: Three, stride: Three) -> Tensor:
    """Zeros around (N, C, T, H, W), as TensorFlow's "same": the odd one at the end."""
    edges: list[int] = []
    for length, size, step in zip(x.shape[:1:-1], kernel[::-1], stride[::-1], strict=True):
        more = max(size - (step if length % step == 0 else length % step), 0)
        edges += [more // 2, more - more // 2]
    return F.pad(x, edges)


def pooled(x: Tensor, kernel: Three, stride: Three) -> Tensor:
    """The largest of each window."""
    return F.max_pool3d(padded(x, kernel, stride), kernel, stride)


class Unit(nn.Module):
    """Convolution and, but for the last, norm and ReLU."""

    def __init__(self, before: int, after: int, kernel: int = 1, stride: int = 1, last: bool = False) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(before, after, kernel, stride, bias=last)
        self.bn = None if last else nn.BatchNorm3d(after, eps=1e-3, momentum=0.01)
        self.window: tuple[Three, Three] = ((kernel,) * 3, (stride,) * 3)

    def forward(self, x: Tensor) -> Tensor:
        """(N, after, T', H', W')."""
        x = self.conv3d(padded(x, *self.window))
        return x if self.bn is None else F.relu(self.bn(x), inplace=True)


class Mixed(nn.Module):
    """Four branches side by side."""

    def __init__(self, before: int, channels: Sequence[int]) -> None:
        super().__init__()
        one, few, many, fewer, some, last = channels
        self.b0 = Unit(before, one)
        self.b1a, self.b1b = Unit(before, few), Unit(few, many, 3)
        self.b2a, self.b2b = Unit(before, fewer), Unit(fewer, some, 3)
        self.b3b = Unit(before, last)

    def forward(self, x: Tensor) -> Tensor:
        """(N, one + many + some + last, T, H, W)."""
        around = pooled(x, (3, 3, 3), (1, 1, 1))
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(around)], dim=1)


class I3d(nn.Module):
    """Clips to what they score in each of 400 kinds of action."""

    def __init__(self) -> None:
        super().__init__()
        for name, before, after, kernel, stride in STEM:
            self.add_module(name, Unit(before, after, kernel, stride))
        width = STEM[-1][2]
        for name, channels in BLOCKS.items():
            self.add_module(name, Mixed(width, channels))
            width = channels[0] + channels[2] + channels[4] + channels[5]
        self.logits = Unit(width, CLASSES, last=True)

    def forward(self, clips: Tensor) -> Tensor:
        """(N, 400) of clips (N, 3, T, H, W), 0 to 255, T at least 9: scores of their middle, as in training."""
        size = (clips.shape[2], SIDE, SIDE)
        x = F.interpolate(clips.float(), size, mode="trilinear", align_corners=False) / 127.5 - 1
        for name, block in self.named_children():
            if name in POOLED_BEFORE:
                x = pooled(x, *POOLED_BEFORE[name])
            if name != "logits":
                x = block(x)
        x = self.logits(F.avg_pool3d(x, (2, 7, 7), 1))
        return x.mean(dim=(2, 3, 4))
