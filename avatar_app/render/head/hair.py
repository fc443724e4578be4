"""Hair of the 3-D head: a shell with the portrait's own colours, continued around the head in strands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from scipy.spatial import KDTree

from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.head.fit import FittedHead
from avatar_app.render.head.hair_mask import Mask
from avatar_app.render.head.hair_shell import COLUMNS, EDGE, ROWS, build_shell, shell_quads
from avatar_app.render.head.model import load_head
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.types import Array, Image, Ints

TEXTURE = (384, 1024)  # rows from the crown to the tips, columns around the head
FACING = (0.15, 0.45)  # cosine toward the viewer from which on, and up to which, the picture is trusted
STRANDS = (0.4, 0.16)  # of the portrait's own contrast in its hair, and at most, in what it does not show
UNLIKE = 45.0  # grey levels from the usual colour of a row from which on a colour is hardly carried on
BEHIND = -0.04  # metres before the eyes up to which what lies under the shell is left out
GLOSS, INSIDE = 0.10, 0.45  # of highlights; light on the side that lies toward the neck
FALL = (0.10, 0.28)  # metres below the eyes between which long hair stops following the head
LOOSE = 0.8  # of the head's motion that the tips do not follow


@dataclass(frozen=True)
class Hair:
    """A shell on the unturned head. n points.

    points: (n, 3) metres. quads: (q, 4). uv: (n, 2). texture: (h, w, 3) uint8. colours: (n, 3) factors of it.
    weights: (n,) share of the head's pose. covered: (V,) which of the head's vertices lie under it, and hidden: (V,)
    so far from its edges that they are never seen.
    """

    points: Array
    quads: Ints
    uv: Array
    texture: Image
    colours: Array
    weights: Array
    covered: Mask
    hidden: Mask

    @property
    def triangles(self) -> Ints:
        """(2 q, 3)"""
        return np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]]).astype(np.int32)


def grow_hair(placed: FittedHead, portrait: Portrait) -> Hair | None:
    """The hair or headgear that the portrait shows; None for a bald head, or without a matte."""
    regions = placed.regions
    if regions is None or not regions.hair.any():
        return None
    shell = build_shell(placed, regions.hair)
    rotation = placed.pose[1]
    places = shell.points.reshape(-1, 3)
    own = np.asarray(places @ rotation, np.float32)
    quads = shell_quads()
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    normals = vertex_normals(np.ascontiguousarray(places), triangles)
    texture = _texture(placed, portrait, regions.hair, shell.points, normals)
    covered, hidden = _covered(placed, own, normals @ rotation, shell.free.reshape(-1))
    r, c = np.meshgrid(np.arange(ROWS), np.arange(COLUMNS), indexing="ij")
    uv = np.stack([(c + 0.5) / COLUMNS, (r + 0.5) / ROWS], -1).reshape(-1, 2).astype(np.float32)
    fall = np.clip((-own[:, 1] - FALL[0]) / (FALL[1] - FALL[0]), 0, 1) * LOOSE * shell.hangs
    colours, weights = np.ones((len(own), 3), np.float32), (1 - fall).astype(np.float32)
    if shell.hangs:  # it is seen from inside, too
        count = len(own)
        own, uv, weights = np.tile(own, (2, 1)), np.tile(uv, (2, 1)), np.tile(weights, 2)
        colours = np.concatenate([colours, np.full((count, 3), INSIDE, np.float32)])
        quads = np.concatenate([quads, quads[:, ::-1] + count]).astype(np.int32)
    return Hair(own, quads, uv, texture, colours, weights, covered, hidden)


def _texture(placed: FittedHead, portrait: Portrait, hair: Mask, grid: Array, normals: Array) -> Image:
    """(*TEXTURE, 3): the picture where the shell faces the viewer, its colours in strands elsewhere."""
    scale, _, shift = placed.pose
    fine: Any = cv2.resize(np.concatenate([grid, normals.reshape(grid.shape)], 2), TEXTURE[::-1])
    x, y = fine[..., 0] * scale + shift[0], -(fine[..., 1] * scale + shift[1])
    inner: Any = cv2.erode(hair.astype(np.uint8), np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 1.0)
    shown: Any = cv2.remap(soft, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    share = np.clip((fine[..., 5] - FACING[0]) / (FACING[1] - FACING[0]), 0, 1)
    trust = np.clip(2 * shown - 1, 0, 1) * share * share * (3 - 2 * share)
    seen = cv2.remap(portrait.pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    usual = np.median(portrait.pixels[inner > 0] if inner.any() else portrait.pixels[hair], axis=0)
    around = _spread(seen, trust * _ordinary(seen, trust), usual)
    contrast = _contrast(seen, trust)
    strands = 1 + min(STRANDS[0] * contrast * 2, STRANDS[1]) * _strands()
    trust = trust[..., None]
    return np.clip(seen * trust + around * strands[..., None] * (1 - trust), 0, 255).astype(np.uint8)


def _ordinary(seen: Array, trust: Array) -> Array:
    """(h, w) how much a colour is like those at its height: a flower in the hair is not carried around the head."""
    rows = len(seen)
    out = np.zeros(trust.shape, np.float32)
    for k in range(0, rows, 8):
        near = slice(max(k - 60, 0), k + 68)
        sure = trust[near] > 0.5
        if sure.any():
            middle = np.median(seen[near][sure], axis=0)
            off = np.linalg.norm(seen[k : k + 8] - middle, axis=2) / UNLIKE
            out[k : k + 8] = np.exp(-(off**2))
    return out


def _spread(seen: Array, trust: Array, usual: Array) -> Array:
    """(h, w, 3) colours of what is trusted, carried on along the rows and, less, along the strands."""
    total = np.broadcast_to(usual.astype(np.float32), seen.shape) * 0.002
    weight = np.full(trust.shape, 0.002, np.float32)
    for across, down, amount in ((12, 6, 1.0), (80, 10, 0.1), (260, 24, 0.05)):
        kernel = {"sigmaX": across, "sigmaY": down, "borderType": cv2.BORDER_REFLECT}
        total = total + amount * _blurred(seen * trust[..., None], **kernel)
        weight = weight + amount * _blurred(trust, **kernel)
    return np.asarray(total / weight[..., None], np.float32)


def _blurred(values: Array, sigmaX: float, sigmaY: float, borderType: int) -> Array:
    """A wide blur, at a quarter of the size."""
    small = cv2.resize(values, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigmaX=sigmaX / 4, sigmaY=sigmaY / 4, borderType=borderType)
    return np.asarray(cv2.resize(soft, values.shape[1::-1]), np.float32)


def _contrast(seen: Array, trust: Array) -> float:
    """How much single strands differ in lightness from those around, as a share of it."""
    grey = seen.mean(2)
    sure = trust > 0.8
    if sure.sum() < 100:
        return 0.1
    return float(np.std((grey - cv2.GaussianBlur(grey, (0, 0), 5))[sure]) / max(float(grey[sure].mean()), 12.0))


def _strands() -> Array:
    """TEXTURE: noise of deviation 1 that runs down from the crown, in single hairs and in locks."""
    rng = np.random.default_rng(7)
    rows, columns = TEXTURE
    total = np.zeros(TEXTURE, np.float32)
    for count, width, amount in ((5, columns, 0.8), (4, columns // 5, 0.6), (3, columns // 24, 0.5)):
        noise = rng.normal(size=(count, width)).astype(np.float32)
        total += amount * np.asarray(cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)
    return total / total.std()


def _covered(placed: FittedHead, own: Array, normals: Array, free: Mask) -> tuple[Mask, Mask]:
    """((V,) scalp under the shell, (V,) so far under it that nobody sees it)."""
    head = placed.head
    none = np.zeros(len(head.blendshapes), np.float32)
    points, usual = head.face(none), load_head().face(none)
    # From the forehead over the ears to the nape.
    line = np.interp(-usual[:, 2], (0.06, 0.135), (0.028, -0.06))
    scalp = head.part("skin") & (usual[:, 1] > line)
    _, near = KDTree(own).query(points[scalp])
    below = ((points[scalp] - own[near]) * normals[near]).sum(1) < 0.001
    covered = np.zeros(len(points), bool)
    covered[scalp] = below & ~free[near]
    edge, _ = KDTree(own[free]).query(points)
    return covered, covered & (edge > EDGE) & (usual[:, 2] < BEHIND)
