"""The face in the portrait as the denoiser is told of it: where it is, as a filled box through two small convolutions,
and, for a network of our own, in one light, whatever that of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.types import Array, Image

CHANNELS = 8, 16
USUAL = (175.0, 140.0, 125.0), 45.0  # mean colour of a face as a network of our own sees it, and its spread
MOST_CONTRAST = 3.0  # times the picture's own
# No published checkpoint holds these convolutions. They were never trained, and the training script draws them right
# after the other networks, whose parameters take so many draws.
SEED, DRAWN_BEFORE = 1234, 115_785_680


class FaceEncoder(nn.Module):
    """A mask at a quarter of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, CHANNELS[0], 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(CHANNELS[0], CHANNELS[1], 3, stride=2, padding=1)

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> FaceEncoder:
        """An untrained one."""
        return cls()

    def forward(self, mask: Tensor) -> Tensor:
        """(N, 16, R / 4, R / 4) of masks (N, 1, R, R), 0 or 1."""
        return F.relu(self.conv2(F.relu(self.conv1(mask))))


@lru_cache(maxsize=1)
def published_weights() -> dict[str, Tensor]:
    """The face encoder's tensors as the published training script draws them, which takes about a second.

    That the published denoisers were trained with this seed is what their script says; no file proves it.
    """
    draws = np.random.MT19937()
    draws.state = np.random.RandomState(SEED).get_state(legacy=False)  # type: ignore[assignment]
    draws.random_raw(DRAWN_BEFORE, output=False)
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in FaceEncoder().state_dict().items()}
    weights = {}
    for name, shape in shapes.items():
        inputs = 9 * (1 if name.startswith("conv1") else CHANNELS[0])
        share = (draws.random_raw(shape.numel()) & 0xFFFFFF).astype(np.float32) / np.float32(2**24)
        weights[name] = torch.from_numpy((2 * share - 1) * np.float32(inputs**-0.5)).view(shape)
    return weights


def face_mask(box: Tensor, size: int, swapped: bool = False) -> Tensor:
    """(1, 1, size, size), 1 in a face's box and 0 outside.

    box: (6,) x_min, x_max, y_min, y_max and the picture's height and width in its own pixels; it may reach outside.
    swapped: with x by height and y by width, as published; the same for square pictures.
    """
    height, width = (box[4], box[5]) if not swapped else (box[5], box[4])
    columns, rows = (
        _inside(box[i] * size / side, box[i + 1] * size / side, size) for i, side in ((0, width), (2, height))
    )
    return (rows[:, None] & columns).float()[None, None]


def evened(picture: Image, box: Array) -> Image:
    """A picture (R, R, 3) with its face in the colours of USUAL. box: (6,) of the face, see InitialState.

    Lips of a dark face, or of one in coloured light, are hard to tell from the skin around them at 128 pixels: a
    denoiser that sees faces as they are hardly parts those.
    """
    left, right, top, bottom = np.clip(np.round(box[:4]), 0, len(picture)).astype(int)
    face = picture[top:bottom, left:right].reshape(-1, 3).astype(np.float32)
    if not len(face):
        return picture
    mean, spread = np.array(USUAL[0], np.float32), float(face.std(axis=0).mean())
    moved = (picture - face.mean(axis=0)) * min(USUAL[1] / max(spread, 1e-3), MOST_CONTRAST) + mean
    return np.clip(np.round(moved), 0, 255).astype(np.uint8)


def _inside(low: Tensor, high: Tensor, size: int) -> Tensor:
    at = torch.arange(size, device=low.device)
    return (at >= low.trunc()) & (at <= (high + 1).trunc())
