"""Pairs of pictures of one person in random light, mirrored or not, with what the face does in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided.face_shards import Faces, read_faces
from avatar_app.engines.language_guided.poses import mirrored
from avatar_app.training.loop import Batch

AT_REST, UNMOVED = 0.6, 0.15  # shares of pairs that begin at rest, and of those that stay as they are
BRIGHTER, TINTED, CURVED = 0.12, 0.07, 0.15  # deviations of logarithms
NEARER, ELSEWHERE, ROLLED = 0.03, 0.015, 0.02  # of the square: the logarithm of its side, its middle, radians
CALM = 0.3  # of all these, while a generator learns where eyes and mouths are


@dataclass(frozen=True)
class People:
    """Faces of some people. varied: by how much light and place differ from picture to picture, 1 is all."""

    each: tuple[Faces, ...]
    varied: float = 1.0

    @classmethod
    def read(cls, shards: list[Path]) -> People:
        """Raises InputError for a file that holds no faces."""
        return cls(tuple(read_faces(path) for path in shards))

    @classmethod
    def plain(cls, shards: list[Path]) -> People:
        """Only people as they were given, nearly as they are lit and placed: easier to begin with."""
        as_given = [path for path in shards if path.stem.endswith("_0")] or shards
        return cls(tuple(read_faces(path) for path in as_given), CALM)

    def pairs(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Endless batches of `size` pairs: source, target (B, 3, R, R) in [-1, 1], before and after (B, 58)."""
        while True:
            rows = [self._pair(rng) for _ in range(size)]
            pictures = torch.stack([row[0] for row in rows])
            curves = torch.from_numpy(np.stack([row[1] for row in rows]))
            yield {"source": pictures[:, 0], "target": pictures[:, 1], "before": curves[:, 0], "after": curves[:, 1]}

    def _pair(self, rng: np.random.Generator) -> tuple[Tensor, np.ndarray]:
        faces = self.each[int(rng.integers(len(self.each)))]
        count = len(faces.motions)
        first = 0 if rng.random() < AT_REST else int(rng.integers(count))
        second = first if rng.random() < UNMOVED else int(rng.integers(count))
        curves = faces.motions[[first, second]]
        pictures = torch.from_numpy(faces.pictures[[first, second]]).permute(0, 3, 1, 2).float() / 255
        if rng.random() < 0.5:
            curves, pictures = mirrored(curves), pictures.flip(3)
        return 2 * _seen(pictures, self.varied, rng) - 1, curves


def _seen(pictures: Tensor, varied: float, rng: np.random.Generator) -> Tensor:
    """(2, 3, R, R) from 0 to 1, both in the same light and from the same place."""
    scale, roll = np.exp(varied * rng.normal(0, NEARER)), varied * rng.normal(0, ROLLED)
    x, y = varied * rng.normal(0, ELSEWHERE, 2)
    cos, sin = scale * np.cos(roll), scale * np.sin(roll)
    matrix = torch.tensor([[[cos, -sin, x], [sin, cos, y]]], dtype=torch.float32).expand(2, -1, -1)
    grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
    pictures = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    gain = np.exp(varied * (rng.normal(0, BRIGHTER) + rng.normal(0, TINTED, (1, 3, 1, 1)))).astype(np.float32)
    return (pictures * torch.from_numpy(gain)).clamp(0, 1) ** float(np.exp(varied * rng.normal(0, CURVED)))
