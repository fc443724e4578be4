"""Rasterisation on any torch device: what render/raster.py does for one frame, for a batch of them at once.

Every triangle is spread over the pixels of its bounding box; the nearest one wins each pixel by a maximum over numbers
that hold depth and index, so that the result does not depend on the order in which a GPU works.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from avatar_app.render.raster import EDGE, HIDDEN, JUMP

CHUNK = 12_000_000  # pixels of bounding boxes looked at together: some 1.5 GB
NOTHING = -(2**63)
LAST = 0x7FFFFFFF  # triangles are counted down from here, so that the first one wins ties
FINEST = 64  # steps per pixel that are told apart: whole coordinates must give whole pixels, whatever the rounding


class Still(NamedTuple):
    """What the moving box shows behind the person. still, background: (3, H, W) float32, 0 to 255."""

    still: Tensor
    background: Tensor


def rasterize(points: Tensor, triangles: Tensor, attributes: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Attributes (B, h, w, C) float32 of the nearest triangle of each pixel, and where there is one, (B, h, w) bool.

    points: (B, V, 3) float32, x and y in pixels, z grows toward the viewer. triangles: (F, 3) int64, positive area as
    seen; those seen from behind lie below all others. attributes: (V, C) float32. Without a triangle attributes are 0.
    """
    count = len(points)
    planes = _planes(points[:, triangles])
    best = _nearest(planes, points[:, triangles, :2], count, size)
    covered = best != NOTHING
    names = torch.where(covered, LAST - (best & LAST), 0)
    frame = torch.arange(count, device=points.device)[:, None] * len(triangles)
    chosen = planes[:, :6][(names.view(count, -1) + frame).view(-1)]
    x, y = (axis.expand(count, *size).reshape(-1) for axis in axes(size, points.device))
    a, b = _weights(chosen, x - chosen[:, 0], y - chosen[:, 1])
    corners = attributes[triangles]
    first, second, last = corners.unbind(1)
    found = last[names] + a[:, None] * (first - last)[names] + b[:, None] * (second - last)[names]
    found = torch.where(covered[:, None], found, 0.0)
    return found.view(count, *size, -1), covered.view(count, *size)


def axes(size: tuple[int, int], device: torch.device, corner: tuple[int, int] = (0, 0)) -> tuple[Tensor, Tensor]:
    """(h, w) float32 each: x and y of a part of a picture, in pixels, from its corner (x, y) on."""
    x = torch.arange(corner[0], corner[0] + size[1], device=device, dtype=torch.float32)
    y = torch.arange(corner[1], corner[1] + size[0], device=device, dtype=torch.float32)
    return x[None].expand(size), y[:, None].expand(size)


def _planes(corners: Tensor) -> Tensor:
    """(B * F, 10) of triangles (B, F, 3, 3): corner x and y, the slopes of two barycentric weights, depths, area."""
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = (corners[:, :, k].unbind(2) for k in range(3))
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    inverse = 1 / torch.where(area.abs() < 1e-9, 1.0, area)
    slopes = [(y1 - y2) * inverse, (x2 - x1) * inverse, (y2 - y0) * inverse, (x0 - x2) * inverse]
    # Seen from behind: folded over, and hidden by what folds over it.
    under = torch.where(area < 0, HIDDEN, 0.0)
    return torch.stack([x2, y2, *slopes, z0 - z2, z1 - z2, z2 + under, area], 2).view(-1, 10)


def _weights(planes: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(n,) weights of the first two corners at x, y (n,) from the third."""
    return planes[:, 2] * x + planes[:, 3] * y, planes[:, 4] * x + planes[:, 5] * y


def _nearest(planes: Tensor, corners: Tensor, count: int, size: tuple[int, int]) -> Tensor:
    """(B * h * w,) int64: depth as an ordered integer in the upper half, the triangle counted down in the lower."""
    rows, columns = size
    low = (corners.amin(2) - 1e-3).ceil().long().clamp(min=0).view(-1, 2)
    x, y = (corners.amax(2) + 1e-3).floor().long().view(-1, 2).unbind(1)
    high = torch.stack([x.clamp(max=columns - 1), y.clamp(max=rows - 1)], 1)
    spread = (high - low + 1).clamp(min=0) * (planes[:, 9:].abs() >= 1e-9)
    pixels = spread[:, 0] * spread[:, 1]
    best = torch.full((count * rows * columns,), NOTHING, dtype=torch.int64, device=planes.device)
    totals = pixels.view(count, -1).sum(1).tolist()  # the only time that the device is waited for
    each = len(pixels) // count
    start = 0
    while start < count:
        stop = start + 1
        while stop < count and sum(totals[start : stop + 1]) <= CHUNK:
            stop += 1
        part = slice(start * each, stop * each)
        view = best[start * rows * columns : stop * rows * columns]
        _raise(view, planes[part], low[part], spread[part], each, size, sum(totals[start:stop]))
        start = stop
    return best


def _raise(
    best: Tensor, planes: Tensor, low: Tensor, spread: Tensor, each: int, size: tuple[int, int], total: int
) -> None:
    """Raises `best` where triangles are nearer; `each` of them make a frame, their boxes hold `total` pixels."""
    device = best.device
    pixels = spread[:, 0] * spread[:, 1]
    numbers = torch.arange(len(pixels), device=device)
    which = torch.repeat_interleave(numbers, pixels, output_size=total)
    place = torch.arange(total, device=device) - (pixels.cumsum(0) - pixels)[which]
    wide = spread[:, 0].clamp(min=1)[which]
    y = torch.div(place, wide, rounding_mode="floor")
    x = place - y * wide + low[:, 0][which]
    y = y + low[:, 1][which]
    plane = planes[which]
    a, b = _weights(plane, x - plane[:, 0], y - plane[:, 1])
    inside = (a >= EDGE) & (b >= EDGE) & (1 - a - b >= EDGE)
    depth = (plane[:, 8] + a * plane[:, 6] + b * plane[:, 7]).contiguous().view(torch.int32)
    # A negative float's bits count the wrong way round.
    ordered = (depth ^ ((depth >> 31) & LAST)).long()
    frame = torch.div(which, each, rounding_mode="floor")
    key = torch.where(inside, (ordered << 32) | (LAST - (which - frame * each)), NOTHING)
    best.scatter_reduce_(0, frame * (size[0] * size[1]) + y * size[1] + x, key, "amax")


def fetch(layer: Tensor, at: Tensor, mode: str = "bilinear", padding: str = "zeros") -> Tensor:
    """(B, C, h, w) of a layer (C, H, W) float32 at coordinates (B, h, w, 2) in its pixels."""
    count, rows, columns = at.shape[:3]
    # One tall picture instead of a batch: the layer is the same for all frames and need not be repeated.
    grid = _normalised(at, layer.shape[1:]).view(1, count * rows, columns, 2)
    found = grid_sample(layer[None], grid, mode, padding, align_corners=True)
    return found.view(-1, count, rows, columns).transpose(0, 1)


def _normalised(at: Tensor, size: Sequence[int]) -> Tensor:
    """Coordinates (..., 2) in pixels of a layer with so many rows and columns, as grid_sample counts: -1 to 1."""
    return torch.stack([at[..., 0] * (2 / (size[1] - 1)) - 1, at[..., 1] * (2 / (size[0] - 1)) - 1], -1)


def fetch_person(fine: Tensor, source: Tensor) -> Tensor:
    """(B, 4, h, w) whole numbers 0 to 255 from double_resolution of the picture, (4, 2 H - 1, 2 W - 1)."""
    return fetch(fine, (source * FINEST).round() * (2 / FINEST), padding="border").add_(0.5).floor_()


def shade_wrinkles(
    person: Tensor, source: Tensor, covered: Tensor, wrinkles: Tensor, corner: tuple[int, int]
) -> Tensor:
    """`person` (B, 4, h, w) shaded by 1 + `wrinkles` (B, rows, columns), maps of the picture from `corner` (x, y)."""
    rows, columns = wrinkles.shape[1:]
    u, v = source[..., 0] - corner[0], source[..., 1] - corner[1]
    within = covered & (u >= 0) & (v >= 0) & (u < columns - 1) & (v < rows - 1)
    grid = _normalised(torch.stack([u, v], 3), (rows, columns))
    shade = grid_sample(wrinkles[:, None], grid, padding_mode="border", align_corners=True)
    lit = (person[:, :3] * (1 + shade * within[:, None]) + 0.5).floor().clamp(max=255)
    return torch.cat([lit, person[:, 3:]], 1)


def compose(person: Tensor, behind: Still, source: Tensor, covered: Tensor, corner: tuple[int, int]) -> Tensor:
    """(B, 3, h, w) whole numbers: raster.compose for a batch; the box starts at `corner` (x, y) of the picture."""
    rows, columns = covered.shape[1:]
    here = slice(corner[1], corner[1] + rows), slice(corner[0], corner[0] + columns)
    clear = 255 - person[:, 3]
    through = ((behind.background[:, here[0], here[1]] * clear[:, None] + 127) / 255).floor()
    stays = ~covered | (clear == 255)
    still = behind.still[:, here[0], here[1]]
    mixed = torch.where(stays[:, None], still, (person[:, :3] + through).clamp(0, 255))
    return _soften(mixed, source)


def _soften(mixed: Tensor, source: Tensor) -> Tensor:
    """Smooths where neighbouring pixels come from far-apart places; in place."""
    inner = source[:, 1:, 1:]
    aside = (inner - source[:, 1:, :-1]).abs().amax(3)
    above = (inner - source[:, :-1, 1:]).abs().amax(3)
    jumps = torch.maximum(aside, above) > JUMP
    near = jumps[:, :-1, :-1] | jumps[:, :-1, 1:] | jumps[:, 1:, :-1]
    rows = mixed[:, :, :-2] + 2 * mixed[:, :, 1:-1] + mixed[:, :, 2:]
    both = rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]
    soft = ((both + 8) / 16).floor()
    mixed[:, :, 1:-1, 1:-1] = torch.where(near[:, None], soft, mixed[:, :, 1:-1, 1:-1])
    return mixed
