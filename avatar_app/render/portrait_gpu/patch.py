"""Patches of a batch of frames on any torch device: cut out, painted in soft shapes, put back.

A patch has the same size in all frames but its own place in each, so that no frame waits for another. Soft shapes are
as OpenCV draws them (anti-aliased, a third of a pixel generous), so that frames look alike wherever they were drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.render.portrait_gpu.raster import fetch

INSIDE = (-1.0, 0.4)  # pixels into a polygon between which it comes to cover a pixel
LINE = 0.65  # pixels from the middle of a line one pixel wide at which it covers half of a pixel
WIDER = 0.72  # the same for broader lines, beyond half their whole width
EDGE = 0.75  # pixels to both sides of that over which it fades
TOGETHER = 16  # edges of a polygon looked at together


class Patch(NamedTuple):
    """corner: (B, 2) int64 x and y in the frame. low, high: (B, 2) int64, the box within the patch that may change;
    live: (B,) bool, whether there is one worth drawing. size: rows and columns, the same for all frames."""

    corner: Tensor
    low: Tensor
    high: Tensor
    live: Tensor
    size: tuple[int, int]

    def inside(self) -> Tensor:
        """(B, 1, h, w) float32, 1 within the box."""
        x, y = (torch.arange(n, device=self.corner.device) for n in self.size[::-1])
        columns = (x >= self.low[:, :1]) & (x < self.high[:, :1])
        rows = (y >= self.low[:, 1:]) & (y < self.high[:, 1:])
        return (rows[:, None, :, None] & columns[:, None, None, :] & self.live[:, None, None, None]).float()

    def grid(self) -> Tensor:
        """(B, h, w, 2) float32: coordinates in the frame."""
        x, y = (torch.arange(n, device=self.corner.device) for n in self.size[::-1])
        x, y = torch.broadcast_tensors(x[None, None] + self.corner[:, :1, None], y[None, :, None] + self._top())
        return torch.stack([x, y], 3).float()

    def cut(self, frames: Tensor) -> Tensor:
        """(B, C, h, w) of frames (B, C, H, W)."""
        flat = frames.flatten(2)
        place = self._place(frames.shape[3])[:, None].expand(-1, flat.shape[1], -1)
        return flat.gather(2, place).view(*frames.shape[:2], *self.size)

    def paste(self, frames: Tensor, part: Tensor) -> None:
        """Puts `part` (B, C, h, w), rounded, into the frames where the box is, in place."""
        before = self.cut(frames)
        after = torch.where(self.inside() > 0, part.round().clamp(0, 255), before).flatten(2)
        place = self._place(frames.shape[3])[:, None].expand(-1, after.shape[1], -1)
        frames.flatten(2).scatter_(2, place, after)

    def _top(self) -> Tensor:
        return self.corner[:, 1:, None]

    def _place(self, width: int) -> Tensor:
        """(B, h * w) int64: where each pixel lies in a frame that is `width` wide."""
        x, y = (torch.arange(n, device=self.corner.device) for n in self.size[::-1])
        return ((y[None, :, None] + self._top()) * width + x[None, None] + self.corner[:, :1, None]).flatten(1)


def place_patch(low: Tensor, high: Tensor, size: tuple[int, int], frame: int) -> Patch:
    """The patch of `size` rows and columns around boxes from `low` to `high`, (B, 2) int64, of square frames.

    A box that the patch cannot hold is cut at the patch's edge.
    """
    x, y = (
        torch.div(low[:, k] + high[:, k] - most, 2, rounding_mode="floor").clamp(0, frame - most)
        for k, most in enumerate(size[::-1])
    )
    corner = torch.stack([x, y], 1)
    end = torch.stack([(high[:, k] - corner[:, k]).clamp(max=most) for k, most in enumerate(size[::-1])], 1)
    return Patch(corner, (low - corner).clamp(min=0), end, (high - low).amin(1) >= 3, size)


def box_around(points: Tensor, before: Tensor | float, after: Tensor | float, frame: int) -> tuple[Tensor, Tensor]:
    """(B, 2) int64 each: the box of points (B, n, 2) with some pixels more, within the frame."""
    low = (points.amin(1).floor() - before).long().clamp(0, frame - 1)
    high = (points.amax(1).ceil() + after).long().clamp(1, frame)
    return low, high


def _distance(ring: Tensor, patch: Patch, closed: bool) -> tuple[Tensor, Tensor]:
    """(B, h, w) pixels from the nearest edge of a ring or line (B, n, 2), and whether an odd number is crossed."""
    start = ring if closed else ring[:, :-1]
    end = ring.roll(-1, 1) if closed else ring[:, 1:]
    x = torch.arange(patch.size[1], device=ring.device) + patch.corner[:, :1]
    y = torch.arange(patch.size[0], device=ring.device) + patch.corner[:, 1:]
    nearest = torch.full((len(ring), *patch.size), 1e9, device=ring.device)
    odd = torch.zeros(nearest.shape, dtype=torch.bool, device=ring.device)
    for a, b in zip(start.split(TOGETHER, 1), end.split(TOGETHER, 1), strict=True):
        ax, ay = (a[:, None, :, k] for k in (0, 1))
        ex, ey = (b[:, None, :, k] - a[:, None, :, k] for k in (0, 1))
        long = (ex * ex + ey * ey).clamp(min=1e-12)
        px, py = x[:, :, None] - ax, y[:, :, None] - ay  # (B, w, k), (B, h, k)
        along = ((px * ex / long)[:, None] + (py * ey / long)[:, :, None]).clamp(0, 1)
        dx, dy = px[:, None] - along * ex[:, None], py[:, :, None] - along * ey[:, None]
        nearest = torch.minimum(nearest, (dx * dx + dy * dy).amin(3))
        if closed:
            spans = (py >= 0) != (py >= ey)
            meets = py * ex / torch.where(ey == 0, 1.0, ey)
            odd ^= (spans[:, :, None] & (px[:, None] < meets[:, :, None])).sum(3) % 2 == 1
    return nearest.sqrt(), odd


def polygon(ring: Tensor, patch: Patch) -> Tensor:
    """(B, h, w) in [0, 1]: how much of each pixel in the box a closed ring (B, n, 2) covers, as polygon_mask."""
    distance, odd = _distance(ring, patch, closed=True)
    return smoothstep(*INSIDE, torch.where(odd, distance, -distance)) * patch.inside()[:, 0]


def polyline(line: Tensor, width: Tensor | float, patch: Patch) -> Tensor:
    """(B, h, w) in [0, 1]: a line (B, n, 2), so many whole pixels wide (B,), as cv2.polylines with anti-aliasing."""
    broad = _each(width, line)
    reach = torch.where(broad < 1.5, LINE, (broad / 2).ceil() + WIDER)
    distance, _ = _distance(line, patch, closed=False)
    return (1 - smoothstep(-EDGE, EDGE, distance - reach)) * patch.inside()[:, 0]


def _each(value: Tensor | float, like: Tensor) -> Tensor:
    """(B or 1, 1, 1) float32 on the device of `like`; numbers are written there, not sent, which would wait for it."""
    found = value if isinstance(value, Tensor) else torch.full((1,), value, device=like.device)
    return found.float().view(-1, 1, 1)


def smoothstep(low: float, high: float, x: Tensor) -> Tensor:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def blurring(sigma: Tensor | float, low: Tensor, high: Tensor, count: int) -> Tensor:
    """(B, count, count): blurs along one axis within [low, high), (B,) int64, mirrored there as cv2.GaussianBlur does.

    sigma: pixels, (B,) or for all. Pixels outside give and get nothing.
    """
    broad = _each(sigma, low)
    radius = torch.div((8 * broad + 1).round(), 2, rounding_mode="floor")
    at = torch.arange(count, device=low.device)
    step = (at[None, :, None] - low[:, None, None]).float()  # rows are what gets
    other = (at[None, None, :] - low[:, None, None]).float()
    last = (high - low - 1).clamp(min=1)[:, None, None].float()
    straight, mirrored = step - other, step + other
    images = [straight, straight - 2 * last, straight + 2 * last, mirrored, mirrored - 2 * last, mirrored + 2 * last]
    distance = torch.stack(images, 1)
    weight = torch.exp(-0.5 * (distance / broad[:, None]) ** 2) * (distance.abs() <= radius[:, None])
    middle = (other > 0) & (other < last)  # the borders themselves are not doubled
    total = weight[:, :3].sum(1) + weight[:, 3:].sum(1) * middle
    within = (step >= 0) & (step <= last) & (other >= 0) & (other <= last)
    total = total * within
    return total / total.sum(2, keepdim=True).clamp(min=1e-6)


def shifting(offset: Tensor, count: int) -> Tensor:
    """(B, count, count): moves by (B,) pixels along one axis, linearly between them; nothing comes in."""
    at = torch.arange(count, device=offset.device, dtype=torch.float32)
    return (1 - (at[None, :, None] - at[None, None] - offset[:, None, None]).abs()).clamp(min=0)


def blur(mask: Tensor, sigma: Tensor | float, patch: Patch) -> Tensor:
    """`mask` (B, h, w) blurred within the patch's box by sigma pixels, (B,) or for all."""
    down = blurring(sigma, patch.low[:, 1], patch.high[:, 1], patch.size[0])
    across = blurring(sigma, patch.low[:, 0], patch.high[:, 0], patch.size[1])
    return down @ mask @ across.transpose(1, 2)


def matvec(matrix: Tensor, vector: Tensor) -> Tensor:
    """(..., m) products of matrices (..., m, n) and vectors (..., n), summed in full float32 whatever is allowed.

    A GPU may be told to multiply matrices with 10 bits, which would move a pixel at the picture's edge by half of one.
    """
    return (matrix * vector[..., None, :]).sum(-1)


class Placement(NamedTuple):
    """Where a flat part of the resting picture stands in each frame: target + linear @ (p - origin).

    linear: (B, 2, 2), origin: (2,), target: (B, 2) float32, pixels.
    """

    linear: Tensor
    origin: Tensor
    target: Tensor

    def put(self, points: Tensor) -> Tensor:
        """(B, n, 2) of points (n, 2) of the resting picture."""
        return matvec(self.linear[:, None], points - self.origin) + self.target[:, None]

    def moved(self, step: Tensor) -> Placement:
        """With what it carries moved by `step` (B or 1, 2) pixels of the resting picture."""
        return self._replace(target=self.target + matvec(self.linear, step))

    def source(self, patch: Patch) -> Tensor:
        """(B, h, w, 2): which point of the resting picture each pixel of a patch shows."""
        (a, b), (c, d) = (row.unbind(1) for row in self.linear.unbind(1))
        inverse = torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / (a * d - b * c)[:, None, None]
        offset = patch.grid() - self.target[:, None, None]
        return matvec(inverse[:, None, None], offset) + self.origin


class Anchor(NamedTuple):
    """points: (n, 3) float32 of the resting face. fit: (2, n), the slopes that fit best what moves them; see place."""

    points: Tensor
    fit: Tensor

    def place(self, moved: Tensor) -> Placement:
        """The affine that takes the resting points to `moved` (B, n, 3 or 2) as well as one can."""
        flat = moved[..., :2]
        target = flat.mean(1)
        linear = matvec(self.fit, (flat - target[:, None]).transpose(1, 2))
        return Placement(linear, self.points[:, :2].mean(0), target)


def anchor(points: npt.NDArray[np.float32], device: torch.device) -> Anchor:
    """points: (n, 3) pixels of the resting face."""
    flat = points[:, :2].astype(np.float64)
    fit = np.linalg.pinv(flat - flat.mean(0)).astype(np.float32)
    return Anchor(torch.as_tensor(points, dtype=torch.float32, device=device), torch.as_tensor(fit, device=device))


def sample_sprite(sprite: Tensor, source: Tensor, corner: tuple[int, int], padding: str = "zeros") -> Tensor:
    """(B, C, h, w) of a sprite (C, H, W) that starts at `corner` (x, y) of the picture; source as Placement.source."""
    return fetch(sprite, torch.stack([source[..., 0] - corner[0], source[..., 1] - corner[1]], 3), padding=padding)
