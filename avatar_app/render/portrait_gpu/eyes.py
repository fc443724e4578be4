"""Eyes and lids of a batch of frames on any torch device; render/portrait/ says what is drawn and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import conv2d

from avatar_app.face.landmark_indices import EYE_CORNERS, EYE_CREASE, EYE_MIDDLES, EYE_UPPER
from avatar_app.render.portrait.eyes import LASHES, LID_SHADE, LOWERED, Eye
from avatar_app.render.portrait.lids import ALONG
from avatar_app.render.portrait.lids import LASHES as LID_LASHES
from avatar_app.render.portrait.lids import LOWERED as LID_LOWERED
from avatar_app.render.portrait_gpu.patch import (
    Anchor,
    Patch,
    Placement,
    anchor,
    blur,
    box_around,
    matvec,
    place_patch,
    polygon,
    polyline,
    sample_sprite,
)

NEARER = 1.35  # times as large as in the picture an eye can become


@dataclass(frozen=True)
class DeviceEye:
    """An Eye on a device.

    ball: (6, h, w) float32, white and bare white. iris: (7, h, w), what it covers, iris, bare iris. corner: (x, y) of
    both in the picture. ring, crease, lid: vertices. corners: of the eye. travel: (2, 2) pixels right and down per gaze
    right and up. lash: (3, 1, 1). patch, lid_patch: rows and columns of the largest opening and the largest lid.
    kernel: pixels, the longest line that lids are averaged along.
    """

    ball: Tensor
    iris: Tensor
    corner: tuple[int, int]
    ring: Tensor
    crease: Tensor
    lid: Tensor
    corners: Anchor
    travel: Tensor
    opening: float
    lash: Tensor
    patch: tuple[int, int]
    lid_patch: tuple[int, int]
    kernel: int


def upload_eye(
    eye: Eye, landmarks: npt.NDArray[np.float32], ring: npt.NDArray[np.int64], size: int, device: torch.device
) -> DeviceEye:
    """landmarks: (478, 3) at rest. ring: (n,) vertices of the opening. size: of the square picture, pixels."""

    def tensor(values: npt.NDArray[np.float32]) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values, np.float32), device=device)

    # Outside the cover the "iris" is the difference between picture and white: it stays with the lids, so drop it.
    covered = (eye.cover > 0)[..., None]
    iris = np.dstack([eye.cover, eye.iris * covered, eye.bare[1] * covered])
    lid = EYE_UPPER[eye.side]
    width = NEARER * float(np.linalg.norm(landmarks[lid[0], :2] - landmarks[lid[-1], :2]))
    return DeviceEye(
        ball=tensor(np.dstack([eye.white, eye.bare[0]]).transpose(2, 0, 1)),
        iris=tensor(iris.transpose(2, 0, 1)),
        corner=eye.box[:2],
        ring=torch.as_tensor(ring, device=device),
        crease=torch.as_tensor(EYE_CREASE[eye.side], device=device),
        lid=torch.as_tensor(lid, device=device),
        corners=anchor(landmarks[[*EYE_CORNERS[eye.side], *EYE_MIDDLES[eye.side]]], device),
        travel=tensor(np.stack([eye.across, eye.up], 1)),
        opening=eye.opening,
        lash=tensor(eye.lash)[:, None, None],
        patch=(min(size, ceil(width) + 8), min(size, ceil(1.15 * width) + 8)),
        lid_patch=(min(size, ceil(1.5 * width) + 12), min(size, ceil(1.8 * width) + 12)),
        kernel=2 * ceil(ALONG * width / 2) + 1,
    )


def draw_lids(frames: Tensor, eye: DeviceEye, points: Tensor, lowered: Tensor) -> None:
    """Smooths the upper lid in frames (B, 3, H, W), in place; see draw_lid.

    points: (B, V, 3) vertices. lowered: (B,), how far the lid has come down from where it is in the picture, 0 to 1.
    """
    crease, lid = points[:, eye.crease, :2], points[:, eye.lid, :2]
    width = (lid[:, 0] - lid[:, -1]).norm(dim=1)
    amount = ((lowered - LID_LOWERED[0]) / (LID_LOWERED[1] - LID_LOWERED[0])).clamp(0, 1) * (width >= 8)
    upper = torch.cat([lid[:, :1], crease, lid[:, -1:]], 1)
    ring = torch.cat([upper, (lid + LID_LASHES * (upper - lid)).flip(1)], 1)
    reach = (ALONG * width).ceil()[:, None] + 2
    patch = place_patch(*box_around(ring, reach, reach + 1, frames.shape[3]), eye.lid_patch, frames.shape[3])
    part, mask = patch.cut(frames), polygon(ring, patch)
    soft = blur(mask, (0.02 * width).clamp(min=0.7), patch)
    smooth = _along(part, mask, lid[:, -1] - lid[:, 0], ALONG * width, eye.kernel)
    share = (amount[:, None, None] * soft * mask)[:, None]
    patch.paste(frames, part * (1 - share) + smooth * share)


def _along(part: Tensor, mask: Tensor, direction: Tensor, length: Tensor, most: int) -> Tensor:
    """(B, 3, h, w) averaged along soft lines of `length` (B,) pixels in a direction (B, 2), where the mask is."""
    count = len(part)
    half = direction / direction.norm(dim=1, keepdim=True).clamp(min=1e-6) * length[:, None] / 2
    reach = (length / 2).ceil().clamp(1, most // 2).long()[:, None].expand(-1, 2)
    middle = torch.full_like(reach, most // 2)
    live = torch.ones(count, dtype=torch.bool, device=part.device)
    square = Patch(-middle, middle - reach, middle + reach + 1, live, (most, most))
    kernel = blur(polyline(torch.stack([-half, half], 1), 1.0, square), 0.8, square)
    # Only the lid's own pixels count: neither brow nor lashes.
    inside = mask.clamp(min=1e-3)[:, None]
    layers = torch.cat([part * inside, inside], 1).view(1, 4 * count, *mask.shape[1:])
    weights = kernel.repeat_interleave(4, 0)[:, None]
    total = conv2d(layers, weights, padding=most // 2, groups=4 * count).view(count, 4, *mask.shape[1:])
    return total[:, :3] / total[:, 3:].clamp(min=1e-9)


def draw_eyes(frames: Tensor, eye: DeviceEye, points: Tensor, head: Placement, look: Tensor) -> None:
    """Draws the eyeball within the lids' opening into frames (B, 3, H, W), in place; see draw_eye.

    points: (B, V, 3) vertices. head: where the eye's corners stand. look: (B, 2) gaze to the image's right and upward,
    away from where the picture looks.
    """
    ring = points[:, eye.ring, :2]
    patch = place_patch(*box_around(ring, 2, 3, frames.shape[3]), eye.patch, frames.shape[3])
    lowered = 1 - _opening(ring) / max(eye.opening, 0.5)
    # Lids that rise, or an iris that looks up or down, would bring out what the lids left on the ball.
    left = torch.maximum(-lowered / 0.08, look[:, 1].abs() / 0.3).clamp(0, 1)
    bare = left[:, None, None, None]
    white = sample_sprite(eye.ball, head.source(patch), eye.corner, "border")
    iris = sample_sprite(eye.iris, head.moved(matvec(eye.travel, look)).source(patch), eye.corner)
    ball = (white[:, :3] + bare * (white[:, 3:] - white[:, :3])) * (1 - iris[:, :1])
    ball = ball + iris[:, 1:4] + bare * (iris[:, 4:] - iris[:, 1:4])
    edge = _lash_line(ring, patch)
    ball = ball * (1 - LID_SHADE * bare * _shadow(edge, ring, patch)[:, None])
    part, amount = patch.cut(frames), polygon(ring, patch)[:, None]
    lids = part * (1 - amount) + ball * amount
    shut = ((lowered - LOWERED[0]) / (LOWERED[1] - LOWERED[0])).clamp(0, 1)
    strength = torch.maximum(shut, torch.where(lowered < 0, left, 0.0))
    line = LASHES * strength[:, None, None, None] * edge[:, None]
    patch.paste(frames, lids * (1 - line) + eye.lash * line)


def _opening(ring: Tensor) -> Tensor:
    """(B,) mean pixels between the lids."""
    half = ring.shape[1] // 2
    return (ring[:, 1:half] - ring[:, half + 1 :].flip(1)).norm(dim=2).mean(1)


def _lash_line(ring: Tensor, patch: Patch) -> Tensor:
    """(B, h, w) in [0, 1]: a soft line along the upper lid."""
    line = ring[:, : ring.shape[1] // 2 + 1]
    width = ((line[:, 0] - line[:, -1]).norm(dim=1) / 23).round().clamp(min=1)
    return (blur(polyline(line[:, 1:-1], width, patch), 0.6, patch) * 1.2).clamp(0, 1)


def _shadow(edge: Tensor, ring: Tensor, patch: Patch) -> Tensor:
    """(B, h, w) in [0, 1]: what the upper lid, whose edge (B, h, w) is given, throws on the ball below it."""
    width = ring[..., 0].amax(1) - ring[..., 0].amin(1)
    soft = blur(edge, (0.07 * width).clamp(min=0.8), patch)
    return soft / soft.amax((1, 2), keepdim=True).clamp(min=1e-6)
