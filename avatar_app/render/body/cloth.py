"""Garments and other shells: surfaces that lie a little off a body's skin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from avatar_app.render.body.asset import Cut
from avatar_app.types import Array, Ints

INSIDE = 0.004  # metres below the skin where the inner edge of a hem ends


@dataclass(frozen=True)
class Shell:
    """A surface to be skinned and subdivided. vertices: (n, 3) metres as modelled. quads: (q, 4).

    weights: (n, D) on skin_bones(), rows sum to 1. colours: (n, 3) 0 to 1. light: (n,) 0 to 1. gloss: of highlights.
    """

    vertices: Array
    quads: Ints
    weights: Array
    colours: Array
    light: Array
    gloss: float


@dataclass(frozen=True)
class Skin:
    """What shells lie on, each of N vertices: places, unit normals, dense weights (N, D), light (N,)."""

    vertices: Array
    normals: Array
    weights: Array
    light: Array


def lay(
    cut: Cut,
    skin: Skin,
    offset: float,
    colour: Array,
    smooth: int = 4,
    gloss: float = 0.0,
    flare: float = 0.0,
    hang: Callable[[Array], Array] | None = None,
    under: npt.NDArray[np.bool_] | None = None,
) -> Shell:
    """A garment `offset` metres off the skin. smooth: rounds of evening out what the skin shows beneath.

    flare: metres more at its rims, so that hems stand off. hang: moves its vertices to where loose cloth falls.
    under: (N,) which of the skin is so far inside another garment that this one does not show there.
    """
    base, normals = cut.blend(skin.vertices), cut.blend(skin.normals)
    normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    even = _neighbour_mean(cut.quads, len(base))
    edges = border(cut.quads)
    fixed = np.zeros(len(base), bool)
    fixed[edges] = True
    lifted, push = base.copy(), normals.copy()
    for _ in range(smooth):
        lifted[~fixed] = 0.5 * lifted[~fixed] + 0.5 * (even @ lifted)[~fixed]
        push = push + even @ push
        push /= np.linalg.norm(push, axis=1, keepdims=True)
    away = ((lifted - base) * push).sum(1)
    wanted = offset + flare * fixed
    lifted = lifted + push * np.maximum(wanted - away, 0)[:, None]
    lifted = lifted if hang is None else hang(lifted)
    vertices, quads, copied = hemmed(lifted, base - INSIDE * normals, cut.quads, edges)
    if under is not None:
        covered = np.concatenate([under[cut.at[:, 0]] & (cut.mix == 0), np.zeros(len(copied), bool)])
        quads = quads[~covered[quads].all(1)]
    source = np.concatenate([np.arange(len(base)), copied])
    shade = cut.blend(skin.light)[source]
    shade[len(base) :] *= 0.55
    colours = np.tile(np.asarray(colour, np.float32), (len(vertices), 1))
    return Shell(vertices, quads, cut.blend(skin.weights)[source], colours, shade.astype(np.float32), gloss)


def well_inside(cut: Cut, count: int) -> npt.NDArray[np.bool_]:
    """(count,) which of the skin's vertices a garment covers with two quads or more to its hem."""
    near = np.zeros(len(cut.at), bool)
    near[np.unique(border(cut.quads))] = True
    for _ in range(2):
        near[np.unique(cut.quads[near[cut.quads].any(1)])] = True
    out = np.zeros(count, bool)
    out[cut.at[~near & (cut.mix == 0), 0]] = True
    return out


def border(quads: Ints) -> Ints:
    """(E, 2) edges that belong to one quad, in its own direction."""
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], 2).reshape(-1, 2)
    _, which, used = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(sides[used[which.reshape(-1)] == 1], np.int32)


def hemmed(vertices: Array, inner: Array, quads: Ints, edges: Ints) -> tuple[Array, Ints, Ints]:
    """Vertices, quads with a strip from the border `edges` to their `inner` places, and which vertices were copied."""
    copied = np.unique(edges)
    number = np.full(len(vertices), -1)
    number[copied] = len(vertices) + np.arange(len(copied))
    strip = np.stack([edges[:, 1], edges[:, 0], number[edges[:, 0]], number[edges[:, 1]]], 1)
    everything = np.concatenate([vertices, inner[copied]]).astype(np.float32)
    return everything, np.concatenate([quads, strip]).astype(np.int32), copied


def _neighbour_mean(quads: Ints, count: int) -> Any:
    start, end = quads.reshape(-1), np.roll(quads, -1, axis=1).reshape(-1)
    graph = sparse.csr_matrix((np.ones(len(start)), (start, end)), (count, count))
    graph = ((graph + graph.T) > 0).astype(np.float32)
    return sparse.diags(1 / np.maximum(np.asarray(graph.sum(1)).ravel(), 1)) @ graph


def grid_quads(rows: int, columns: int, closed: bool) -> Ints:
    """(q, 4) of a grid of rows × columns vertices; closed: the last column meets the first."""
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns - (not closed)), indexing="ij")
    here, there = r * columns + c, r * columns + (c + 1) % columns
    quads = np.stack([here, there, there + columns, here + columns], -1)
    return quads.reshape(-1, 4).astype(np.int32)


def support(points: Array, ways: Array) -> Array:
    """(n,) how far points (m, 2) reach along each of ways (n, 2)."""
    return np.asarray((points @ ways.T).max(0))
