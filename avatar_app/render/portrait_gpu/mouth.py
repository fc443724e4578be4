"""Mouth and tongue of a batch of frames on any torch device; mouth.py and tongue.py say what is drawn and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.render.portrait.mouth import DEEP, HIDE, TINT, Mouth
from avatar_app.render.portrait.tongue import FLESH, HALF_WIDTH, LENGTH, MIN_AMOUNT
from avatar_app.render.portrait_gpu.patch import (
    Patch,
    Placement,
    blur,
    blurring,
    box_around,
    place_patch,
    polygon,
    polyline,
    sample_sprite,
    shifting,
)

WIDEST = 1.9  # mouth widths at rest that an open mouth may take up, however wide, near and tilted
LONGEST = 1.9  # the same for a tongue with its shadow


@dataclass(frozen=True)
class DeviceMouth:
    """A Mouth on a device.

    skull, jaw: (4 or 12, h, w) float32 premultiplied: painted teeth; what the picture shows, and the same within the
    rim. corner: (x, y) of both in the picture. vertices: (n,) of the lips' ring; ring: (n, 2) at rest, pixels.
    cavity, seam, tint, flesh: (3, 1, 1). width, gap: pixels at rest. own: whether the picture shows its own mouth.
    patch, tongue_patch: rows and columns.
    """

    skull: Tensor
    jaw: Tensor
    corner: tuple[int, int]
    vertices: Tensor
    ring: Tensor
    cavity: Tensor
    seam: Tensor
    tint: Tensor
    flesh: Tensor
    width: float
    gap: float
    own: bool
    patch: tuple[int, int]
    tongue_patch: tuple[int, int]


def upload_mouth(mouth: Mouth, vertices: npt.NDArray[np.int64], size: int, device: torch.device) -> DeviceMouth:
    """vertices: (n,) of the lips' ring. size: of the square picture, pixels."""

    def tensor(values: npt.NDArray[np.float32]) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values, np.float32), device=device)

    upper, lower = mouth.upper, mouth.lower
    if mouth.own is not None and mouth.rim is not None:
        rim = mouth.rim[..., None]
        upper, lower = (
            np.dstack([painted, own, own * rim])
            for painted, own in zip((mouth.upper, mouth.lower), mouth.own, strict=True)
        )
    side, long = (min(size, ceil(share * mouth.width) + 12) for share in (WIDEST, LONGEST))
    return DeviceMouth(
        skull=tensor(upper.transpose(2, 0, 1)),
        jaw=tensor(lower.transpose(2, 0, 1)),
        corner=mouth.box[:2],
        vertices=torch.as_tensor(vertices, device=device),
        ring=tensor(mouth.ring),
        cavity=tensor(mouth.cavity)[:, None, None],
        seam=tensor(mouth.seam)[:, None, None],
        tint=tensor(TINT)[:, None, None],
        flesh=tensor(mouth.cavity * FLESH)[:, None, None],
        width=mouth.width,
        gap=mouth.gap,
        own=mouth.own is not None,
        patch=(side, side),
        tongue_patch=(long, long),
    )


def draw_mouths(
    frames: Tensor, mouth: DeviceMouth, points: Tensor, skull: Placement, jaw: Placement, rounded: Tensor
) -> None:
    """Draws what the lips leave open into frames (B, 3, H, W), in place; see draw_mouth.

    points: (B, V, 3) vertices. rounded: (B,) how far the lips are rounded, 0 to 1.
    """
    ring = points[:, mouth.vertices, :2]
    half = ring.shape[1] // 2
    gap = (ring[:, half // 2] - ring[:, -(half // 2)]).norm(dim=1)
    patch = place_patch(*box_around(ring, 3, 4, frames.shape[3]), mouth.patch, frames.shape[3])
    mask, part = polygon(ring, patch), patch.cut(frames)
    hidden = HIDE * mouth.width * torch.stack([torch.zeros_like(rounded), rounded], 1)
    skull, jaw = skull.moved(-hidden), jaw.moved(0.7 * hidden)
    above, below = (
        sample_sprite(mouth.skull, skull.source(patch), mouth.corner),
        sample_sprite(mouth.jaw, jaw.source(patch), mouth.corner),
    )
    inside = _over(above[:, :4], _over(below[:, :4], mouth.cavity))
    inside = inside * _shade(mask, mouth.width, gap, patch)[:, None] ** mouth.tint
    if mouth.own:
        inside = _over(_photographed(mouth, ring, skull, above, below), inside)
    fade = _tall(((gap / mouth.width - 0.005) / 0.03).clamp(0, 1))
    wider = _tall(((gap - mouth.gap if mouth.own else gap) / (0.12 * mouth.width)).clamp(0, 1))
    rim = (blur(mask, 1.0, patch) * 1.6).clamp(0, 1)
    lips = part * (1 - 0.35 * wider * fade * rim[:, None])
    if mouth.own:
        amount = _close_line(ring, (1 - 1.5 * gap / mouth.gap).clamp(0, 1), patch)
        lips = lips * (1 - amount) + mouth.seam * amount
    amount = mask[:, None] * fade
    patch.paste(frames, lips * (1 - amount) + inside * amount)


def _tall(values: Tensor) -> Tensor:
    """(B, 1, 1, 1) of (B,)."""
    return values[:, None, None, None]


def _over(layer: Tensor, behind: Tensor) -> Tensor:
    """A premultiplied layer (B, 4, h, w) over (B, 3, h, w)."""
    return behind * (1 - layer[:, 3:]) + layer[:, :3]


def _photographed(mouth: DeviceMouth, ring: Tensor, skull: Placement, above: Tensor, below: Tensor) -> Tensor:
    """(B, 4, h, w) premultiplied: what the picture shows between its own open lips."""
    home = skull.put(mouth.ring)
    left = _tall(1 - ((ring - home).norm(dim=2).mean(1) / (0.04 * mouth.width)).clamp(0, 1))
    own = left * (above[:, 4:8] + below[:, 4:8]) + (1 - left) * (above[:, 8:] + below[:, 8:])
    # Where the halves overlap their sum is more than whole.
    return own / own[:, 3:].clamp(min=1)


def _close_line(ring: Tensor, strength: Tensor, patch: Patch) -> Tensor:
    """(B, 1, h, w): how much of the line along which lips meet that are apart in the picture."""
    half = ring.shape[1] // 2
    line = (ring[:, : half + 1] + torch.cat([ring[:, :1], ring[:, half:].flip(1)], 1)) / 2
    soft = blur(polyline(line[:, 2:-2], 1.0, patch), 0.7, patch)
    return 0.8 * _tall(strength) * (soft * 1.4).clamp(0, 1)[:, None]


def _shade(mask: Tensor, width: float, gap: Tensor, patch: Patch) -> Tensor:
    """(B, h, w) light inside the mouth."""
    deep = (gap / (DEEP * width)).clamp(0, 1)[:, None, None]
    drop = shifting(torch.full_like(gap, 0.05 * width), patch.size[0])
    lit = (drop @ blur(mask, max(0.045 * width, 0.8), patch)) * patch.inside()[:, 0]
    darkest = 0.42 - 0.12 * deep
    return darkest + (1 - darkest) * (lit * (1.45 - 0.30 * deep) - 0.15).clamp(0, 1)


def draw_tongues(frames: Tensor, mouth: DeviceMouth, points: Tensor, amount: Tensor) -> None:
    """Draws tongues into frames (B, 3, H, W), in place; see draw_tongue. amount: (B,) tongueOut, 0 to 1."""
    ring = points[:, mouth.vertices, :2]
    half, width = ring.shape[1] // 2, mouth.width
    across = ring[:, half] - ring[:, 0]
    across = torch.where(across[:, :1] > 0, across, -across)
    across = across / across.norm(dim=1, keepdim=True).clamp(min=1e-6)
    down = torch.stack([-across[:, 1], across[:, 0]], 1)
    upper, lower = ring[:, half // 2], ring[:, -(half // 2)]
    root = upper + (lower - upper) * 0.45
    length = LENGTH * width * amount + ((lower - root) * down).sum(1)
    outline = _outline(root, across, down, length, HALF_WIDTH * width)
    low = (outline.amin(1) - 0.15 * width).floor().long().clamp(min=0)
    high = (outline.amax(1) + 0.25 * width).ceil().long().clamp(max=frames.shape[3])
    patch = place_patch(low, high, mouth.tongue_patch, frames.shape[3])
    patch = patch._replace(live=patch.live & (amount >= MIN_AMOUNT))
    part, mask = patch.cut(frames), polygon(outline, patch)
    fade = _tall(((amount - MIN_AMOUNT) / 0.12).clamp(0, 1))
    part = part * (1 - 0.35 * fade * (_drop(mask, 0.05 * width, down, patch) * (1 - mask))[:, None])
    alpha = fade * mask[:, None]
    paint = _paint(mouth, mask, patch, root, across, down, length)
    patch.paste(frames, part * (1 - alpha) + paint * alpha)


def _drop(mask: Tensor, sigma: float, down: Tensor, patch: Patch) -> Tensor:
    """(B, h, w) the shadow that falls below the tongue."""
    sideways = blurring(sigma, patch.low[:, 0], patch.high[:, 0], patch.size[1])
    sideways = sideways @ shifting(0.6 * sigma * down[:, 0], patch.size[1])
    downward = blurring(sigma, patch.low[:, 1], patch.high[:, 1], patch.size[0])
    downward = downward @ shifting(1.2 * sigma * down[:, 1], patch.size[0])
    return downward @ mask @ sideways.transpose(1, 2)


def _outline(root: Tensor, across: Tensor, down: Tensor, length: Tensor, half_width: float) -> Tensor:
    """(B, n, 2) a rounded tongue: straight sides that end in a broad tip."""
    s = torch.linspace(0, 1, 24, device=root.device)
    width = half_width * (0.9 + 0.1 * (torch.pi * s).sin()) * (1 - s**4) ** (1 / 2.2)
    middle = root[:, None] + (s * length[:, None])[..., None] * down[:, None]
    aside = width[:, None] * across[:, None]
    return torch.cat([middle + aside, (middle - aside).flip(1)], 1)


def _paint(
    mouth: DeviceMouth, mask: Tensor, patch: Patch, root: Tensor, across: Tensor, down: Tensor, length: Tensor
) -> Tensor:
    """(B, 3, h, w) flesh with a groove, darker under the upper lip and toward its edges."""
    offset = patch.grid() - root[:, None, None]
    along = (offset * down[:, None, None]).sum(3) / length.clamp(min=1)[:, None, None]
    aside = (offset * across[:, None, None]).sum(3) / mouth.width
    edge = (blur(mask, max(0.05 * mouth.width, 0.8), patch) * 1.5 - 0.5).clamp(0, 1)
    groove = 1 - 0.16 * torch.exp(-((aside / 0.02) ** 2)) * (1.1 - along).clamp(0, 1)
    lit = (0.45 + 0.55 * (along * 2.2).clamp(0, 1)) * (0.72 + 0.28 * edge) * groove
    shine = 14 * torch.exp(-(((along - 0.72) / 0.12) ** 2) - ((aside.abs() - 0.07) / 0.05) ** 2)
    return (mouth.flesh * lit[:, None] + shine[:, None]).clamp(0, 255)
