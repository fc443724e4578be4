"""Mouth and tongue of a batch of frames on any torch device; mouth.py and tongue.py say what is drawn and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.render.portrait.mouth import Mouth
from avatar_app.render.portrait.mouth_drawing import (
    BEND,
    BESIDE,
    DEEP_SHADOW,
    FRONT_SHADOW,
    HIDE,
    HIGH_TONGUE,
    HIGHEST,
    LOW_TONGUE,
    MOST_BEND,
    TINT,
)
from avatar_app.render.portrait.tongue import HALF_WIDTH, LENGTH, MIN_AMOUNT
from avatar_app.render.portrait_gpu.patch import (
    Patch,
    Placement,
    blur,
    blurring,
    box_around,
    matvec,
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

    upper, lower, tongue: (4, h, w) float32 premultiplied; hollow: (3, h, w). own: (8, h, w) for skull and for jaw:
    what the picture shows, and the same without the lips' edge; None: lips closed. corner: (x, y) of all in the
    picture. vertices: (n,) of the lips' ring; ring: (n, 2) at rest, pixels. seam, shadow, flesh: (3, 1, 1). width, gap:
    pixels at rest. middle: (2,), axes: (2, 2), see Mouth. depth: how far shadows are drawn. patch, tongue_patch: rows
    and columns.
    """

    upper: Tensor
    lower: Tensor
    tongue: Tensor
    hollow: Tensor
    own: tuple[Tensor, Tensor] | None
    corner: tuple[int, int]
    vertices: Tensor
    ring: Tensor
    seam: Tensor
    shadow: Tensor
    flesh: Tensor
    width: float
    gap: float
    middle: Tensor
    axes: Tensor
    depth: float
    patch: tuple[int, int]
    tongue_patch: tuple[int, int]


def upload_mouth(mouth: Mouth, vertices: npt.NDArray[np.int64], size: int, device: torch.device) -> DeviceMouth:
    """vertices: (n,) of the lips' ring. size: of the square picture, pixels."""

    def tensor(values: npt.NDArray[np.float32]) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values, np.float32), device=device)

    def planes(*layers: npt.NDArray[np.float32]) -> Tensor:
        return tensor(np.dstack(layers).transpose(2, 0, 1))

    own = None
    if mouth.own is not None and mouth.inner is not None:
        own = planes(mouth.own[0], mouth.inner[0]), planes(mouth.own[1], mouth.inner[1])
    side, long = (min(size, ceil(share * mouth.width) + 12) for share in (WIDEST, LONGEST))
    return DeviceMouth(
        upper=planes(mouth.upper),
        lower=planes(mouth.lower),
        tongue=planes(mouth.tongue),
        hollow=planes(mouth.hollow),
        own=own,
        corner=mouth.box[:2],
        vertices=torch.as_tensor(vertices, device=device),
        ring=tensor(mouth.ring),
        seam=tensor(mouth.seam)[:, None, None],
        shadow=tensor(mouth.depth * DEEP_SHADOW * np.array(TINT, np.float32))[:, None, None],
        flesh=tensor(mouth.flesh)[:, None, None],
        width=mouth.width,
        gap=mouth.gap,
        middle=tensor(mouth.middle),
        axes=tensor(mouth.axes),
        depth=mouth.depth,
        patch=(side, side),
        tongue_patch=(long, long),
    )


def draw_mouths(
    frames: Tensor,
    mouth: DeviceMouth,
    points: Tensor,
    skull: Placement,
    jaw: Placement,
    lift: Tensor,
    rounded: Tensor,
) -> None:
    """Draws what the lips leave open into frames (B, 3, H, W), in place; see draw_mouth.

    points: (B, V, 3) vertices. lift: (B,) how far the tongue is raised, rounded: (B,) how far the lips are rounded, 0
    to 1.
    """
    ring = points[:, mouth.vertices, :2]
    half = ring.shape[1] // 2
    gap = (ring[:, half // 2] - ring[:, -(half // 2)]).norm(dim=1)
    patch = place_patch(*box_around(ring, 3, 4, frames.shape[3]), mouth.patch, frames.shape[3])
    mask, part = polygon(ring, patch), patch.cut(frames)
    hidden = HIDE * mouth.width * rounded[:, None] * mouth.axes[1]
    inside = _painted(mouth, skull, jaw, hidden, lift, mask, patch)
    if mouth.own is not None:
        inside = _over(_photographed(mouth, ring, skull.moved(-hidden), jaw.moved(0.7 * hidden), patch), inside)
    fade = _tall(((gap / mouth.width - 0.005) / 0.03).clamp(0, 1))
    wider = _tall(((gap if mouth.own is None else gap - mouth.gap) / (0.12 * mouth.width)).clamp(0, 1))
    rim = (blur(mask, 1.0, patch) * 1.6).clamp(0, 1)
    lips = part * (1 - 0.35 * wider * fade * rim[:, None])
    if mouth.own is not None:
        amount = _close_line(ring, (1 - 1.5 * gap / mouth.gap).clamp(0, 1), patch)
        lips = lips * (1 - amount) + mouth.seam * amount
    amount = mask[:, None] * fade
    patch.paste(frames, lips * (1 - amount) + inside * amount)


def _painted(
    mouth: DeviceMouth, skull: Placement, jaw: Placement, hidden: Tensor, lift: Tensor, mask: Tensor, patch: Patch
) -> Tensor:
    """(B, 3, h, w) hollow, tongue and teeth, in the light that falls between the lips."""
    room = _jaw_room(mouth, skull, jaw)
    share = LOW_TONGUE + lift * (HIGH_TONGUE - LOW_TONGUE)
    raised = (share * room).clamp(max=HIGHEST) * mouth.width
    between = Placement((skull.linear + jaw.linear) / 2, skull.origin, (skull.target + jaw.target) / 2)
    tongue = jaw.moved(-raised[:, None] * mouth.axes[1])
    sources = [place.source(patch) for place in (between, tongue, skull.moved(-hidden))]
    hollow, flesh, upper = (
        sample_sprite(sprite, source, mouth.corner)
        for sprite, source in zip((mouth.hollow, mouth.tongue, mouth.upper), sources, strict=True)
    )
    bend = (BEND * room).clamp(max=MOST_BEND)
    bent = _bent(mouth, jaw.moved(0.7 * hidden).source(patch), bend)
    lower = sample_sprite(mouth.lower, bent, mouth.corner)
    near = BESIDE * mouth.width
    drop = shifting(torch.full_like(room, 0.8 * near), patch.size[0])
    lit = ((drop @ blur(mask, max(near, 0.8), patch)) * patch.inside()[:, 0])[:, None]
    front = 1 - FRONT_SHADOW * mouth.depth * (1 - (1.9 * lit).clamp(max=1))
    inside = _over(flesh, hollow) * (1 - mouth.shadow * (1 - (1.25 * lit - 0.12).clamp(0, 1)))
    for teeth in (lower, upper):
        inside = inside * (1 - teeth[:, 3:]) + teeth[:, :3] * front
    return inside


def _jaw_room(mouth: DeviceMouth, skull: Placement, jaw: Placement) -> Tensor:
    """(B,) mouth widths that the jaw has dropped from where the lips meet."""
    drop = (jaw.put(mouth.middle[None]) - skull.put(mouth.middle[None]))[:, 0]
    down = matvec(skull.linear, mouth.axes[1])
    return ((drop * down).sum(1) + mouth.gap).clamp(min=0) / mouth.width


def _bent(mouth: DeviceMouth, source: Tensor, bend: Tensor) -> Tensor:
    """(B, h, w, 2) of source the same: what stands at the sides is raised by `bend` (B,), see _bent of the CPU."""
    u = ((source - mouth.middle) * mouth.axes[0]).sum(3, keepdim=True) / mouth.width
    return source + _tall(bend) * mouth.width * u**2 * mouth.axes[1]


def _tall(values: Tensor) -> Tensor:
    """(B, 1, 1, 1) of (B,)."""
    return values[:, None, None, None]


def _over(layer: Tensor, behind: Tensor) -> Tensor:
    """A premultiplied layer (B, 4, h, w) over (B, 3, h, w)."""
    return behind * (1 - layer[:, 3:]) + layer[:, :3]


def _photographed(mouth: DeviceMouth, ring: Tensor, skull: Placement, jaw: Placement, patch: Patch) -> Tensor:
    """(B, 4, h, w) premultiplied: what the picture shows between its own open lips."""
    assert mouth.own is not None
    above, below = (
        sample_sprite(layers, place.source(patch), mouth.corner)
        for layers, place in zip(mouth.own, (skull, jaw), strict=True)
    )
    home = skull.put(mouth.ring)
    left = _tall(1 - ((ring - home).norm(dim=2).mean(1) / (0.04 * mouth.width)).clamp(0, 1))
    own = left * (above[:, :4] + below[:, :4]) + (1 - left) * (above[:, 4:] + below[:, 4:])
    # Where the halves overlap their sum is more than whole.
    return own / own[:, 3:].clamp(min=1)


def _close_line(ring: Tensor, strength: Tensor, patch: Patch) -> Tensor:
    """(B, 1, h, w): how much of the line along which lips meet that are apart in the picture."""
    half = ring.shape[1] // 2
    line = (ring[:, : half + 1] + torch.cat([ring[:, :1], ring[:, half:].flip(1)], 1)) / 2
    soft = blur(polyline(line[:, 2:-2], 1.0, patch), 0.7, patch)
    return 0.8 * _tall(strength) * (soft * 1.4).clamp(0, 1)[:, None]


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
