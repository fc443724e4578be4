"""Inception-v3 as FID reads it (Szegedy et al. 2016), under the names of the converted 2015 weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 299  # pixels
FEATURES = 2048


class ConvNorm(nn.Module):
    """Convolution, norm, ReLU."""

    def __init__(self, before: int, after: int, kernel: int | tuple[int, int], stride: int = 1, same: bool = True):
        super().__init__()
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (sides[0] // 2, sides[1] // 2) if same else (0, 0)
        self.conv = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(after, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        """(N, after, h, w)."""
        return F.relu(self.bn(self.conv(x)), inplace=True)


def _average(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def _shrunk(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, 2)


class MixedA(nn.Module):
    """Branches of 1, 5 and twice 3 pixels."""

    def __init__(self, before: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = ConvNorm(before, 64, 1)
        self.branch5x5_1, self.branch5x5_2 = ConvNorm(before, 48, 1), ConvNorm(48, 64, 5)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = ConvNorm(before, 64, 1), ConvNorm(64, 96, 3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, 3)
        self.branch_pool = ConvNorm(before, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 224 + pooled, h, w)."""
        twice = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        pooled = self.branch_pool(_average(x))
        return torch.cat([self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), twice, pooled], dim=1)


class MixedB(nn.Module):
    """To half the size."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.branch3x3 = ConvNorm(before, 384, 3, 2, same=False)
        self.branch3x3dbl_1, self.branch3x3dbl_2 = ConvNorm(before, 64, 1), ConvNorm(64, 96, 3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, 3, 2, same=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 480 + before, h / 2, w / 2)."""
        twice = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), twice, _shrunk(x)], dim=1)


class MixedC(nn.Module):
    """Seven pixels along either side, one after the other; inner: channels between."""

    def __init__(self, before: int, inner: int) -> None:
        super().__init__()
        lying, standing = (1, 7), (7, 1)
        self.branch1x1 = ConvNorm(before, 192, 1)
        self.branch7x7_1, self.branch7x7_2 = ConvNorm(before, inner, 1), ConvNorm(inner, inner, lying)
        self.branch7x7_3 = ConvNorm(inner, 192, standing)
        self.branch7x7dbl_1, self.branch7x7dbl_2 = ConvNorm(before, inner, 1), ConvNorm(inner, inner, standing)
        self.branch7x7dbl_3, self.branch7x7dbl_4 = ConvNorm(inner, inner, lying), ConvNorm(inner, inner, standing)
        self.branch7x7dbl_5 = ConvNorm(inner, 192, lying)
        self.branch_pool = ConvNorm(before, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 768, h, w)."""
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat([self.branch1x1(x), once, twice, self.branch_pool(_average(x))], dim=1)


class MixedD(nn.Module):
    """To half the size once more."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.branch3x3_1, self.branch3x3_2 = ConvNorm(before, 192, 1), ConvNorm(192, 320, 3, 2, same=False)
        self.branch7x7x3_1, self.branch7x7x3_2 = ConvNorm(before, 192, 1), ConvNorm(192, 192, (1, 7))
        self.branch7x7x3_3, self.branch7x7x3_4 = ConvNorm(192, 192, (7, 1)), ConvNorm(192, 192, 3, 2, same=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 512 + before, h / 2, w / 2)."""
        long = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), long, _shrunk(x)], dim=1)


class MixedE(nn.Module):
    """Branches that part at their ends. The last block of the 2015 network takes the largest where others average."""

    def __init__(self, before: int, largest: bool) -> None:
        super().__init__()
        self.largest = largest
        self.branch1x1 = ConvNorm(before, 320, 1)
        self.branch3x3_1 = ConvNorm(before, 384, 1)
        self.branch3x3_2a, self.branch3x3_2b = ConvNorm(384, 384, (1, 3)), ConvNorm(384, 384, (3, 1))
        self.branch3x3dbl_1, self.branch3x3dbl_2 = ConvNorm(before, 448, 1), ConvNorm(448, 384, 3)
        self.branch3x3dbl_3a, self.branch3x3dbl_3b = ConvNorm(384, 384, (1, 3)), ConvNorm(384, 384, (3, 1))
        self.branch_pool = ConvNorm(before, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 2048, h, w)."""
        once, twice = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = F.max_pool2d(x, 3, 1, 1) if self.largest else _average(x)
        ends = [self.branch3x3_2a(once), self.branch3x3_2b(once), self.branch3x3dbl_3a(twice)]
        return torch.cat([self.branch1x1(x), *ends, self.branch3x3dbl_3b(twice), self.branch_pool(pooled)], dim=1)


class Inception(nn.Module):
    """Pictures to 2048 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, 3, 2, same=False)
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, 3, same=False)
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, 3)
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, 1)
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, 3, same=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = MixedA(192, 32), MixedA(256, 64), MixedA(288, 64)
        self.Mixed_6a = MixedB(288)
        self.Mixed_6b, self.Mixed_6c = MixedC(768, 128), MixedC(768, 160)
        self.Mixed_6d, self.Mixed_6e = MixedC(768, 160), MixedC(768, 192)
        self.Mixed_7a = MixedD(768)
        self.Mixed_7b, self.Mixed_7c = MixedE(1280, largest=False), MixedE(2048, largest=True)

    @property
    def _mixed(self) -> Sequence[nn.Module]:
        return [block for name, block in self.named_children() if name.startswith("Mixed")]

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 2048) of pictures (N, 3, H, W), 0 to 255."""
        x = (sampled(pictures.float(), SIDE) - 128) / 128
        x = _shrunk(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        x = _shrunk(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        for block in self._mixed:
            x = block(x)
        return x.mean(dim=(2, 3))


def sampled(pictures: Tensor, side: int) -> Tensor:
    """(N, C, side, side), linear between pixels whose corners, not middles, lie on one another: as TensorFlow 1 did."""
    rows, columns = (_weights(length, side).to(pictures) for length in pictures.shape[2:])
    return rows @ pictures @ columns.t()


def _weights(before: int, after: int) -> Tensor:
    at = torch.arange(after, dtype=torch.float64) * before / after
    low = at.long().clamp(max=before - 1)
    weights = torch.zeros(after, before, dtype=torch.float64)
    index = torch.arange(after)
    weights[index, low] += 1 - (at - low)
    weights[index, (low + 1).clamp(max=before - 1)] += at - low
    return weights
