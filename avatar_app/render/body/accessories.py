"""What is not cut out of the skin: shoes, skirts and hair, built around a person's measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import KDTree

from avatar_app.render.body.asset import Asset, Shaped
from avatar_app.render.body.cloth import Shell, Skin, border, grid_quads, lay, support
from avatar_app.render.body.drape import ramp
from avatar_app.render.body.rig import skin_bones
from avatar_app.types import Array, Ints

THIN = 0.003  # metres of hair at its line
SOLE = 0.014  # metres
SHOE_SLICES, SHOE_POINTS = 15, 13
SKIRT_RINGS, SKIRT_SECTORS = 12, 32
HAIR_ROWS, HAIR_COLUMNS = 14, 25
STYLES = ("short", "bob", "long", "bun")


def _on(names: dict[str, Array], count: int) -> Array:
    """(count, D) dense weights from shares (count,) by bone."""
    bones = skin_bones()
    out = np.zeros((count, len(bones)), np.float32)
    for name, share in names.items():
        out[:, bones.index(name)] += share
    return out / out.sum(1, keepdims=True)


def shoes(asset: Asset, shaped: Shaped, colour: Array, sole: Array) -> list[Shell]:
    """A pair: slices from heel to toe, a flat sole below."""
    return [_shoe(asset, shaped, side, colour, sole) for side in "LR"]


def _shoe(asset: Asset, shaped: Shaped, side: str, colour: Array, sole: Array) -> Shell:
    sign = 1 if side == "L" else -1
    own = np.unique(asset.quads("foot"))
    legs = np.flatnonzero(asset.field("leg") > 1.8)
    foot = shaped.vertices[np.unique(np.concatenate([own, legs]))]
    foot = foot[sign * foot[:, 0] > 0]
    ankle = shaped.bones[f"foot.{side}"]
    toes = foot[foot[:, 2] > np.quantile(foot[:, 2], 0.9)].mean(0)
    way = np.array([toes[0] - ankle[0], toes[2] - ankle[2]])
    way /= np.linalg.norm(way)
    floor, cuff = foot[:, 1].min(), ankle[1] + 0.05
    rings = _slices(foot, ankle, way, floor, cuff)
    first, last = (rings[k].mean(0) + 0.04 * (rings[k] - rings[k].mean(0)) for k in (0, -1))
    rings = [first, *rings, last]  # both ends close to a point
    vertices = np.concatenate(rings).astype(np.float32)
    quads = grid_quads(len(rings), SHOE_POINTS, closed=True)
    colours = np.tile(np.asarray(colour, np.float32), (len(vertices), 1))
    colours[vertices[:, 1] < floor + 0.004] = sole
    shin = np.clip((vertices[:, 1] - ankle[1] + 0.03) / 0.05, 0, 1) * 0.5
    weights = _on({f"foot.{side}": 1 - shin, f"lowerleg01.{side}": shin}, len(vertices))
    return Shell(vertices, _outward(vertices, quads), weights, colours, np.full(len(vertices), 0.85, np.float32), 0.25)


def _slices(foot: Array, ankle: Array, way: Array, floor: float, cuff: float) -> list[Array]:
    """Rings (SHOE_POINTS, 3) around a foot (n, 3) from its heel to its toes; way: (2,) from the ankle, x and z."""
    across_way = np.array([way[1], -way[0]])
    length = (foot[:, [0, 2]] - ankle[[0, 2]]) @ way
    aside = (foot[:, [0, 2]] - ankle[[0, 2]]) @ across_way
    low, high = length.min() - 0.008, length.max() + 0.012
    places = low + (high - low) * (0.5 - 0.5 * np.cos(np.linspace(0.12, np.pi - 0.12, SHOE_SLICES)))
    rings = []
    for k, place in enumerate(places):
        near = np.abs(length - place) < 0.022
        near = near if near.any() else np.abs(length - place) < 0.05
        left, right = aside[near].min() - 0.006, aside[near].max() + 0.006
        top = min(foot[near, 1].max() + 0.007, cuff)
        top = max(top, floor + 0.034)
        ends = 0.55 + 0.45 * np.clip(min(k, SHOE_SLICES - 1 - k) / 2, 0, 1)
        angle = np.linspace(-0.28, np.pi + 0.28, SHOE_POINTS)
        across = (right + left) / 2 + ends * (right - left) / 2 * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.7
        up = floor - SOLE + np.clip(np.sin(angle), 0, 1) ** 0.8 * (top - floor + SOLE) * (0.75 + 0.25 * ends)
        ring = ankle[[0, 2]] + place * way + across[:, None] * across_way
        rings.append(np.stack([ring[:, 0], up, ring[:, 1]], 1))
    return rings


def _outward(vertices: Array, quads: Ints) -> Ints:
    """The quads, turned round where more of them face inward than outward."""
    a, b, c = (vertices[quads[:, k]] for k in (0, 1, 2))
    face = np.cross(b - a, c - a)
    outward = (face * (vertices[quads].mean(1) - vertices.mean(0))).sum()
    return quads if outward > 0 else quads[:, ::-1].copy()


def skirt(asset: Asset, shaped: Shaped, colour: Array, length: float = 0.98, flare: float = 0.055) -> Shell:
    """From the waist to `length` of the thigh (1 is the knee), wider below by `flare` metres."""
    body = np.flatnonzero(asset.field("sleeve") < -1)
    points = shaped.vertices[body]
    hip, knee = shaped.bones["upperleg01.L"], shaped.bones["lowerleg01.L"]
    top, low = hip[1] + 0.10, hip[1] + (knee[1] - hip[1]) * length
    angle = 2 * np.pi * np.arange(SKIRT_SECTORS) / SKIRT_SECTORS
    ways = np.stack([np.sin(angle), np.cos(angle)], 1)
    rings: list[Array] = []
    widest = np.zeros(SKIRT_SECTORS, np.float32)
    middle = points[np.abs(points[:, 1] - hip[1]) < 0.05][:, [0, 2]].mean(0)
    for k, height in enumerate(np.linspace(top, low, SKIRT_RINGS)):
        near = points[np.abs(points[:, 1] - height) < 0.035]
        reach = support(near[:, [0, 2]] - middle, ways)
        widest = reach if k < 4 else np.maximum(reach, widest)
        share = k / (SKIRT_RINGS - 1)
        folds = 1 + 0.035 * share * np.sin(angle * 7)
        ring = middle + ways * ((widest + 0.012 + flare * share**1.3) * folds)[:, None]
        rings.append(np.stack([ring[:, 0], np.full(SKIRT_SECTORS, height), ring[:, 1]], 1))
    inner = rings[-1] * [1, 1, 1] + np.array([0, 0.05, 0])
    inner[:, [0, 2]] = middle + (inner[:, [0, 2]] - middle) * 0.93
    vertices = np.concatenate([*rings, inner]).astype(np.float32)
    share = np.clip((hip[1] - vertices[:, 1]) / (hip[1] - low), 0, 1) ** 0.8 * 0.9
    left = np.clip(vertices[:, 0] / 0.16 + 0.5, 0, 1)
    parts = {"root": 1 - share, "upperleg01.L/0": share * left, "upperleg01.R/0": share * (1 - left)}
    quads = grid_quads(SKIRT_RINGS + 1, SKIRT_SECTORS, closed=True)
    light = np.concatenate([np.full(SKIRT_RINGS * SKIRT_SECTORS, 0.9), np.full(SKIRT_SECTORS, 0.4)])
    colours = np.tile(np.asarray(colour, np.float32), (len(vertices), 1))
    return Shell(vertices, _outward(vertices, quads), _on(parts, len(vertices)), colours, light.astype(np.float32), 0)


def hair(style: str, asset: Asset, shaped: Shaped, skin: Skin, colour: Array) -> list[Shell]:
    """Shells of a style of STYLES: a cap on the scalp, and what hangs or is tied behind it."""
    thick = {"short": 0.011, "bob": 0.012, "long": 0.012, "bun": 0.006}[style]
    cap = lay(asset.cut("hair"), skin, THIN, colour, smooth=3, gloss=0.18)
    shells = [_full(cap, shaped, thick)]
    if style in ("bob", "long"):
        shells.append(_curtain(shaped, asset, colour, 0.065 if style == "bob" else 0.26))
    if style == "bun":
        shells.append(_bun(shaped, colour))
    return shells


def _full(cap: Shell, shaped: Shaped, thick: float) -> Shell:
    """The cap with the volume of hair: higher on the crown and in locks, thin at its line."""
    middle = shaped.eyes.mean(0) + np.array([0, 0.0, -0.08], np.float32)
    away = cap.vertices - middle
    reach = np.linalg.norm(away, axis=1)
    unit = away / reach[:, None]
    turn = np.arctan2(unit[:, 0], unit[:, 2])
    locks = 0.35 * np.sin(9 * turn + 5 * unit[:, 1]) + 0.25 * np.sin(17 * turn - 7 * unit[:, 1])
    # Its outer edge; the hem's inner edge, which is the border of all, stays on the skin.
    inner = np.unique(border(cap.quads))
    near, _ = KDTree(cap.vertices[inner]).query(cap.vertices)
    more = thick * ramp(near, THIN, 0.055) * (1 + (0.9 + locks) * ramp(unit[:, 1], 0.3, 0.9) + 0.25 * locks)
    return replace(cap, vertices=(cap.vertices + unit * more[:, None]).astype(np.float32))


def _curtain(shaped: Shaped, asset: Asset, colour: Array, length: float) -> Shell:
    """Hair that hangs around the sides and the back, `length` metres below the ears."""
    eyes = shaped.eyes.mean(0)
    size = float(np.linalg.norm(shaped.eyes[0] - shaped.eyes[1])) / 0.062
    centre = eyes[[0, 2]] + np.array([0, -0.085 * size])
    angle = np.radians(np.linspace(-112, 112, HAIR_COLUMNS))  # 0 is behind
    head = shaped.vertices[(asset.field("neck") > 0.01)]
    everything = shaped.vertices[asset.field("sleeve") < 0.2]
    heights = np.linspace(eyes[1] + 0.085 * size, eyes[1] - (0.03 + length) * size, HAIR_ROWS)
    rings: list[Array] = []
    widest = np.zeros(HAIR_COLUMNS, np.float32)
    for k, height in enumerate(heights):
        source = head if height > shaped.bones["neck01"][1] + 0.03 else everything
        near = source[np.abs(source[:, 1] - height) < 0.02]
        on_neck = float(ramp(-height, -shaped.bones["neck01"][1] - 0.03, -shaped.bones["neck01"][1] + 0.05))
        thick = 0.002 + 0.014 * min(1, k / 4) + 0.022 * on_neck
        narrow = 1 - 0.35 * on_neck
        turned = angle * narrow
        ways = np.stack([np.sin(turned), -np.cos(turned)], 1)
        reach = np.minimum(support(near[:, [0, 2]] - centre, ways), 0.16)
        widest = np.maximum(reach + thick, widest - 0.004) if k else reach + thick
        ring = centre + ways * (widest * (1 + 0.012 * np.sin(angle * 11 + 0.5 * k)))[:, None]
        rings.append(np.stack([ring[:, 0], np.full(HAIR_COLUMNS, height), ring[:, 1]], 1))
    outer = np.concatenate(rings)
    inward = outer.copy()
    inward[:, [0, 2]] = centre + (outer[:, [0, 2]] - centre) * 0.84
    inward[: 2 * HAIR_COLUMNS, [0, 2]] = centre + (outer[: 2 * HAIR_COLUMNS, [0, 2]] - centre) * 0.9
    count = len(outer)
    quads = grid_quads(HAIR_ROWS, HAIR_COLUMNS, closed=False)
    front = quads if _faces_out(outer, quads, centre) else quads[:, ::-1]
    back = front[:, ::-1] + count
    grid = np.arange(count).reshape(HAIR_ROWS, HAIR_COLUMNS)
    line = np.concatenate([grid[:, 0], grid[-1, 1:], grid[-2::-1, -1]])
    sides = np.stack([line[:-1], line[1:], line[1:] + count, line[:-1] + count], 1)
    edge = sides if front is quads else sides[:, ::-1]
    vertices = np.concatenate([outer, inward]).astype(np.float32)
    fall = np.clip((eyes[1] - 0.09 * size - vertices[:, 1]) / 0.2, 0, 0.85)
    weights = _on({"head": 1 - fall, "spine01": fall}, len(vertices))
    light = np.concatenate([np.full(count, 0.92), np.full(count, 0.4)]).astype(np.float32)
    colours = np.tile(np.asarray(colour, np.float32), (len(vertices), 1))
    return Shell(vertices, np.concatenate([front, back, edge]).astype(np.int32), weights, colours, light, 0.18)


def _faces_out(points: Array, quads: Ints, centre: Array) -> bool:
    a, b, c = (points[quads[:, k]] for k in (0, 1, 2))
    face = np.cross(b - a, c - a)
    away = points[quads].mean(1)
    away[:, [0, 2]] -= centre
    away[:, 1] = 0
    return bool((face * away).sum() > 0)


def _bun(shaped: Shaped, colour: Array) -> Shell:
    eyes = shaped.eyes.mean(0)
    size = float(np.linalg.norm(shaped.eyes[0] - shaped.eyes[1])) / 0.062
    centre = eyes + np.array([0, 0.055, -0.195], np.float32) * size
    rows, columns = 7, 12
    polar, turn = np.linspace(0.25, np.pi - 0.25, rows), 2 * np.pi * np.arange(columns) / columns
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.cos(turn)),
            np.repeat(np.cos(polar)[:, None], columns, 1),
            np.outer(np.sin(polar), np.sin(turn)),
        ],
        -1,
    ).reshape(-1, 3)
    vertices = (centre + ring * np.array([0.042, 0.038, 0.034]) * size).astype(np.float32)
    quads = _outward(vertices, grid_quads(rows, columns, closed=True))
    colours = np.tile(np.asarray(colour, np.float32), (len(vertices), 1))
    weights = _on({"head": np.ones(len(vertices), np.float32)}, len(vertices))
    return Shell(vertices, quads, weights, colours, np.full(len(vertices), 0.85, np.float32), 0.18)
