"""Z-buffer back end for any torch device: what numba_backend.py does, as operations on whole arrays.

Every triangle is spread over the samples of its bounding box; the nearest one wins each sample by a maximum over
numbers that hold distance and index, so that the result does not depend on the order in which a GPU works.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from avatar_app.render.mesh.scene import SAMPLES, Scene
from avatar_app.types import Image

EDGE = -1e-5  # barycentric slack, as in the numba back end
CHUNK = 4_000_000  # samples of bounding boxes looked at together: some 300 MB


class Tensors(NamedTuple):
    """A Scene's arrays on a device; indices are int64."""

    points: torch.Tensor
    lit: torch.Tensor
    triangles: torch.Tensor
    uv: torch.Tensor
    uv_triangles: torch.Tensor
    texture: torch.Tensor


def to_device(scene: Scene, device: str | torch.device) -> Tensors:
    return Tensors(
        torch.as_tensor(scene.points, device=device),
        torch.as_tensor(scene.lit, device=device),
        torch.as_tensor(scene.triangles, device=device).long(),
        torch.as_tensor(scene.uv, device=device),
        torch.as_tensor(scene.uv_triangles, device=device).long(),
        torch.as_tensor(np.ascontiguousarray(scene.texture), device=device),
    )


def front(points: torch.Tensor, triangles: torch.Tensor) -> torch.Tensor:
    """Indices of the triangles that face the viewer and lie before the camera."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    before = torch.stack([a[:, 2], b[:, 2], c[:, 2]]).amin(0) > 0
    return torch.nonzero((area <= -1e-9) & before).squeeze(1)


def barycentric(corners: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """(n,) three weights of the points x, y (n,) in triangles (n, 3, 3), in the picture."""
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, k, :2].unbind(1) for k in range(3))
    inverse = 1 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    a = ((y1 - y2) * inverse) * (x - x2) + ((x2 - x1) * inverse) * (y - y2)
    b = ((y2 - y0) * inverse) * (x - x2) + ((x0 - x2) * inverse) * (y - y2)
    return a, b, 1 - a - b


def visible(points: torch.Tensor, triangles: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(rows * columns,) int64: the nearest triangle of each sample, -1 where there is none."""
    rows, columns = size
    chosen = front(points, triangles)
    corners = points[triangles[chosen]]
    low, high = corners[..., :2].amin(1).ceil().long(), corners[..., :2].amax(1).floor().long()
    low, high = low.clamp(min=0), torch.minimum(high, torch.tensor([columns - 1, rows - 1], device=points.device))
    spread = (high - low + 1).clamp(min=0)
    count = spread[:, 0] * spread[:, 1]
    best = torch.zeros(rows * columns, dtype=torch.int64, device=points.device)
    ends = count.cumsum(0)
    start = 0
    while start < len(count):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(torch.searchsorted(ends, done + CHUNK, right=True)))
        part = slice(start, stop)
        _nearest(best, corners[part], chosen[part], low[part], spread[part], count[part], columns)
        start = stop
    return torch.where(best > 0, 0x7FFFFFFF - (best & 0x7FFFFFFF), -1)


def _nearest(
    best: torch.Tensor,
    corners: torch.Tensor,
    names: torch.Tensor,
    low: torch.Tensor,
    spread: torch.Tensor,
    count: torch.Tensor,
    columns: int,
) -> None:
    """Raises `best` (samples,) where these triangles are nearer. The upper 32 bits are 1 / distance as a float's bits,
    which are ordered like positive floats; the lower are the triangle, counted down so that the first wins ties."""
    which = torch.repeat_interleave(torch.arange(len(count), device=best.device), count)
    place = torch.arange(len(which), device=best.device) - (count.cumsum(0) - count)[which]
    x = low[which, 0] + place % spread[which, 0]
    y = low[which, 1] + torch.div(place, spread[which, 0], rounding_mode="floor")
    corner = corners[which]
    a, b, c = barycentric(corner, x.float(), y.float())
    inside = (a >= EDGE) & (b >= EDGE) & (c >= EDGE)
    nearness = (a * corner[:, 0, 2] + b * corner[:, 1, 2] + c * corner[:, 2, 2])[inside]
    key = (nearness.contiguous().view(torch.int32).long() << 32) | (0x7FFFFFFF - names[which[inside]])
    best.scatter_reduce_(0, (y * columns + x)[inside], key, "amax")


def shade(data: Tensors, which: torch.Tensor, weights: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """(n, 3) colours 0 to 255 of samples on triangles `which` (n,), by weights that hold on the surface."""
    share = torch.stack(weights, 1)[..., None]
    lit = (data.lit[data.triangles[which]] * share).sum(1)
    height, width = data.texture.shape[:2]
    last = torch.tensor([width - 1, height - 1], device=share.device, dtype=torch.float32)
    texel = torch.minimum((data.uv[data.uv_triangles[which]] * share).sum(1).clamp(min=0), last)
    low = texel.long()
    high = torch.minimum(low + 1, last.long())
    along = texel - low
    fx, fy = along[:, :1], along[:, 1:]
    upper = data.texture[low[:, 1], low[:, 0]] * (1 - fx) + data.texture[low[:, 1], high[:, 0]] * fx
    lower = data.texture[high[:, 1], low[:, 0]] * (1 - fx) + data.texture[high[:, 1], high[:, 0]] * fx
    return ((upper * (1 - fy) + lower * fy) * lit[:, :3] + lit[:, 3:]).clamp(max=255)


def resolve(colours: torch.Tensor, covered: torch.Tensor, size: tuple[int, int]) -> Image:
    """Samples to pixels: colours (n, 3) of those samples where `covered` (rows * columns,) holds."""
    rows, columns = size
    total = torch.zeros(rows * columns, 4, device=colours.device)
    total[covered, :3] = colours
    total[covered, 3] = 1
    pixels = total.view(rows // SAMPLES, SAMPLES, columns // SAMPLES, SAMPLES, 4).sum((1, 3))
    colour = pixels[..., :3] / pixels[..., 3:].clamp(min=1)
    alpha = pixels[..., 3:] * (255 / SAMPLES**2)
    return np.asarray((torch.cat([colour, alpha], -1) + 0.5).to(torch.uint8).cpu().numpy())


def draw(scene: Scene, device: str | torch.device = "cpu") -> Image:
    """(height, width, 4) uint8 of a placed scene; see render_mesh."""
    with torch.no_grad():
        data = to_device(scene, device)
        every = visible(data.points, data.triangles, scene.size)
        covered = every >= 0
        which = every[covered]
        at = torch.nonzero(covered).squeeze(1)
        corners = data.points[data.triangles[which]]
        y = torch.div(at, scene.size[1], rounding_mode="floor")
        flat = torch.stack(barycentric(corners, (at % scene.size[1]).float(), y.float()), 1)
        # What is linear on the surface is linear in the picture once divided by the distance.
        weights = flat * corners[..., 2]
        colours = shade(data, which, (weights / weights.sum(1, keepdim=True)).unbind(1))
        return resolve(colours, covered, scene.size)
