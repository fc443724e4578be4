"""The shape of the 3-D head's hair: a shell of horizontal slices that fill the outline of the hair in a portrait.

Each slice runs from the hair's edge beside the face over the outline of the picture around the back of the head to the
other edge. All lengths are metres in the picture's frame: x right, y up, z toward the viewer, the head turned as in the
portrait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import KDTree

from avatar_app.render.head.fit import FittedHead
from avatar_app.render.head.hair_mask import Mask
from avatar_app.render.head.hair_outline import GAP, Pose, Side, bottom_of, mirrored, outline, sampled
from avatar_app.render.head.model import Head, load_head
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Ints

ROWS, COLUMNS = 40, 72
AXIS = -0.085  # metres behind the eyes of the middle of the skull
WIDEST = 0.085  # metres from the middle of the face to where a skull or a neck ends at most
NAPE = (-0.070, -0.13)  # metres up and toward the viewer from the eyes where short hair ends at the back
EAR_TOP, EAR_END = (0.012, -0.075), (-0.038, -0.085)  # the same of ears: hair goes round behind them
THICK = 0.006  # metres of hair on the skull where the outline tells nothing
SUNK = 0.002  # metres below the skin where its edges end
EDGE = 0.016  # metres from its edges within which it grows thick
BACK = (0.005, 0.035)  # least and greatest thickness at the back of the head
FRONTAL = 0.12  # sine of the turn up to which one side tells of the other
FEWEST = 40  # vertices that tell how wide a skull is at a height
BY_EAR = (-0.2, 0.02, 0.16, 0.45)  # where slices begin (see _starts) above, at and below ears, and at the nape
ROUND = 0.86  # exponent of the slices behind: a little squarer than an ellipse


@dataclass(frozen=True)
class Shell:
    """points: (ROWS, COLUMNS, 3) metres in the picture's frame, crown first, from the image's left around the back.

    free: (ROWS, COLUMNS) its edges. length: metres from the eyes down to its lowest row, positive. hangs: whether it
    is long, and seen from inside.
    """

    points: Array
    free: Mask
    length: float
    hangs: bool


@dataclass(frozen=True)
class _Skull:
    """The bare head as turned in the picture. points: (n, 3) skin without ears. depth: of the front, by picture."""

    points: Array
    top: float
    rotation: Array

    def axis(self, height: float) -> Array:
        """(3,) the middle of the head at a height."""
        middle, up = self.rotation @ np.array([0, 0, AXIS]), self.rotation[:, 1]
        along = np.clip((height - middle[1]) / max(up[1], 0.5), -0.10, 0.09)
        return np.asarray(middle + along * up, np.float32)

    def height_of(self, place: tuple[float, float]) -> float:
        """The height in the picture of a place up and toward the viewer from the eyes, in the middle of the head."""
        return float(self.rotation[1, 1] * place[0] + self.rotation[1, 2] * place[1])

    def slice(self, height: float) -> Array:
        """(36,) distances of the skin from the axis at a height, by azimuth in steps of 10 degrees; 0 is +z, 90 +x."""
        centre = self.axis(height)
        reach = min(0.009, max(self.top - height, 0) + 0.003)  # near the crown it narrows fast
        off = np.abs(self.points[:, 1] - height)
        near = self.points[off <= max(reach, float(np.partition(off, FEWEST)[FEWEST]))]
        away = near[:, [0, 2]] - centre[[0, 2]]
        turn = np.degrees(np.arctan2(away[:, 0], away[:, 1])) % 360
        found = np.zeros(36, np.float32)
        np.maximum.at(found, np.round(turn / 10).astype(int) % 36, np.hypot(*away.T))
        known = np.flatnonzero(found)
        if len(known) < 3:
            return np.full(36, 0.01, np.float32)
        filled = np.interp(np.arange(36), known, found[known], period=36)
        return np.asarray(gaussian_filter1d(filled, 0.7, mode="wrap"), np.float32)


def build_shell(placed: FittedHead, hair: Mask) -> Shell:
    """hair: (size, size) bool of the portrait; must not be empty."""
    head, (scale, rotation, shift) = placed.head, placed.pose
    turned = ((placed.points * np.array([1, -1, 1]) - shift) / scale).astype(np.float32)
    skull = _skull(head, turned, rotation)
    ys = -np.nonzero(hair.any(1))[0]
    top = max((float(ys.max()) - shift[1]) / scale, skull.top + 0.002)
    if hair[:2].any():  # the picture cuts it: it goes on above
        top = max(top, skull.top + 0.02)
    rows = _heights(top, -0.30)
    bottom, hangs = bottom_of(rows, *outline(hair, rows, placed.pose), skull.height_of(NAPE))
    rows = _heights(top, bottom)
    left, right = outline(hair, rows, placed.pose)
    if abs(rotation[0, 2]) < FRONTAL:
        above = rows > skull.height_of(EAR_TOP)
        left, right = mirrored(left, right, np.array([skull.axis(float(h))[0] for h in rows]), above)
    depth = _depth(placed, hair.shape[0])
    points, free = _loft(rows, left, right, skull, depth, placed.pose)
    points = _thickened(points, free, skull, depth, placed.pose, hangs)
    free[-1] = True
    return Shell(points, free, -bottom, hangs)


def _heights(top: float, bottom: float) -> Array:
    """(ROWS,) closer to one another near the crown, where slices widen fast."""
    share = np.linspace(0, 1, ROWS)
    return np.asarray(top - (top - bottom) * (0.35 * share + 0.65 * (1 - np.cos(share * np.pi / 2))), np.float32)


def _skull(head: Head, turned: Array, rotation: Array) -> _Skull:
    usual = load_head().face(np.zeros(len(head.blendshapes), np.float32))
    ears = (np.abs(usual[:, 0]) > 0.0735) & (usual[:, 1] > -0.05) & (usual[:, 1] < 0.03) & (usual[:, 2] < -0.055)
    points = turned[head.part("skin") & ~ears]
    return _Skull(points, float(points[:, 1].max()), rotation)


def _depth(placed: FittedHead, size: int) -> Array:
    """(size, size) metres toward the viewer of the bare head in each pixel; far away where there is none."""
    depth = np.full((size, size), FAR, np.float32)
    none = np.zeros((size, size, 3), np.float32)
    rasterize(placed.points, placed.head.triangles[:, ::-1].copy(), placed.points, depth, none)
    scale, _, shift = placed.pose
    return np.where(depth > FAR, (depth - shift[2]) / scale, -1.0).astype(np.float32)


def _loft(rows: Array, left: Side, right: Side, skull: _Skull, depth: Array, pose: Pose) -> tuple[Array, Mask]:
    """((ROWS, COLUMNS, 3) slices before they are thickened, (ROWS, COLUMNS) which places are free edges)."""
    top = float(rows[0])
    nape = skull.height_of(NAPE)
    starts = [_starts(rows, side, skull) for side in (left, right)]
    points, free = np.zeros((ROWS, COLUMNS, 3), np.float32), np.zeros((ROWS, COLUMNS), bool)
    behind = 1.0
    for k, height in enumerate(rows):
        centre = skull.axis(height)
        back, front = _reach(skull, height, top, (left.outer[k] + right.outer[k]) / 2)
        back = max(back, behind - 0.004) if k > ROWS // 3 and height < nape else back  # hair falls, necks do not
        behind = back
        halves = []
        for sign, side, start in zip((-1, 1), (left, right), starts, strict=True):
            outer = (
                side.outer[k]
                if side.seen[k]
                else float(np.clip(sign * centre[0] + skull.slice(height)[9 * sign], 0.03, WIDEST))
            )
            inner = min(side.inner[k], outer - 0.001) if side.seen[k] else outer - 0.001
            edge = _edge_depth(sign * inner, height, centre[2] + front, depth, pose, centre[2])
            way = np.linspace(start[k], 1, 160)
            turn = np.pi / 2 * np.where(way < 0, way + 1, way)
            ahead = np.stack([inner + (outer - inner) * np.sin(turn), centre[2] + (edge - centre[2]) * np.cos(turn)], 1)
            round_ = np.abs(np.cos(turn)) ** ROUND, np.abs(np.sin(turn)) ** ROUND
            middle = sign * centre[0]
            after = np.stack([middle + (outer - middle) * round_[0], centre[2] - back * round_[1]], 1)
            line = np.where((way < 0)[:, None], ahead, after) * np.array([sign, 1.0])
            halves.append(_spaced(line, COLUMNS // 2 + (sign > 0)))
        across = np.concatenate([halves[0], halves[1][-2::-1]])
        points[k] = np.stack([across[:, 0], np.full(COLUMNS, height), across[:, 1]], 1)
    opened = np.linalg.norm(points[:, 0] - points[:, -1], axis=1) > GAP
    free[opened, 0] = free[opened, -1] = True
    crown = points[0].mean(0)
    points[0] = crown
    return points, free


def _starts(rows: Array, side: Side, skull: _Skull) -> Array:
    """(ROWS,) where slices begin: -1 at the hair's edge in the picture, 0 at the outline, 1 at the back's middle.

    Where the picture shows no hair it begins before the ear, goes round behind it and in to the nape.
    """
    ears, lobes, nape = (skull.height_of(place) for place in (EAR_TOP, EAR_END, NAPE))
    usual = np.interp(-rows, (-ears - 0.01, -ears, -lobes, -nape), BY_EAR)
    return np.asarray(gaussian_filter1d(np.where(side.seen, -1.0, usual), 0.8), np.float32)


def _reach(skull: _Skull, height: float, top: float, half: float) -> tuple[float, float]:
    """Metres from the axis to the hair's back and front. half: of its width there."""
    low = 0.03  # from here up the skull is stretched to the height of the hair
    share = np.clip((height - low) / max(top - low, 1e-3), 0, 1)
    at = low + share * (skull.top - low) if height > low else height
    bare = skull.slice(at - 0.002)
    width = max(float(bare[9] + bare[27]) / 2, 0.005)
    more = float(np.clip(half - width, 0, 0.05))
    round_ = float(np.sqrt(np.clip(1 - share**4, 0, 1)))
    back = bare[18] + np.clip(0.6 * more, *BACK) * round_
    return float(back), float(bare[0] + 0.5 * THICK * round_ + 0.3 * min(more, 0.02))


def _edge_depth(x: float, height: float, front: float, depth: Array, pose: Pose, middle: float) -> float:
    """Depth of a slice's edge: on what is bare there, but not before the forehead or a face's sides."""
    places = np.array([[x]], np.float32), np.array([[height]], np.float32)
    bare = float(sampled(depth, *places, pose, -1.0)[0, 0])
    if bare < middle - 0.01:
        return middle + 0.02
    return min(bare, front) if height > 0 else bare


def _spaced(line: Array, count: int) -> Array:
    """(count, 2) places at equal distances along a line (n, 2)."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count)
    return np.stack([np.interp(at, length, line[:, k]) for k in (0, 1)], 1)


def _thickened(points: Array, free: Mask, skull: _Skull, depth: Array, pose: Pose, hangs: bool) -> Array:
    """Moves slices out of the skull and before the forehead by the hair's thickness, which is nothing at free edges."""
    if not hangs:
        free = free.copy()
        free[-1] = True
    flat = points.reshape(-1, 3)
    far = KDTree(flat[free.reshape(-1)]).query(flat)[0].reshape(ROWS, COLUMNS) if free.any() else np.ones(free.shape)
    grown = np.clip(far / EDGE, 0, 1)
    thick = -SUNK + (THICK + SUNK) * np.sqrt(grown * (2 - grown))
    out = points.copy()
    for k in range(1, ROWS):
        height = float(points[k, 0, 1])
        centre = skull.axis(height)
        if height < skull.top - 0.003:
            away = points[k][:, [0, 2]] - centre[[0, 2]]
            reach = np.hypot(*away.T)
            turn = np.degrees(np.arctan2(away[:, 0], away[:, 1])) % 360
            bare = np.interp(turn / 10, np.arange(37), np.append(skull.slice(height), skull.slice(height)[0]))
            # Behind the plane of the outline; what is before it stands before what the picture shows it on.
            least = np.where(away[:, 1] < 0.03, bare + thick[k], 0)
            factor = np.maximum(reach, least) / np.maximum(reach, 1e-6)
            edge = free[k] & (away[:, 1] < 0.03)
            factor = np.where(edge, (bare - SUNK) / np.maximum(reach, 1e-6), factor)
            out[k][:, [0, 2]] = centre[[0, 2]] + away * factor[:, None]
    bare = sampled(depth, out[..., 0], out[..., 1], pose, -1.0)
    ahead = bare > out[..., 2] - 0.03
    before = out[..., 2] > np.array([skull.axis(float(h))[2] for h in points[:, 0, 1]])[:, None] + 0.01
    out[..., 2] = np.where(before & ahead, np.maximum(out[..., 2], bare + thick), out[..., 2])
    if hangs:  # its tips come together
        out[-1] = 0.75 * out[-1] + 0.25 * np.array([*skull.axis(float(out[-1, 0, 1]))]) * [1, 0, 1]
        out[-1, :, 1] = points[-1, :, 1]
    return out


def shell_quads() -> Ints:
    """(q, 4) of the shell's grid, counter-clockwise from outside."""
    r, c = np.meshgrid(np.arange(ROWS - 1), np.arange(COLUMNS - 1), indexing="ij")
    here = (r * COLUMNS + c).reshape(-1)
    return np.stack([here, here + 1, here + COLUMNS + 1, here + COLUMNS], 1).astype(np.int32)
