"""A person of certain measures, dressed, who can be posed: `load_body` and `pose`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial.transform import Rotation

from avatar_app.face.landmark_indices import INSIDE_LIPS
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.skeleton import JOINT_NAMES, relaxed
from avatar_app.render.body.accessories import hair
from avatar_app.render.body.asset import Asset, load_asset
from avatar_app.render.body.cloth import Shell, Skin, well_inside
from avatar_app.render.body.garments import dressed, hidden
from avatar_app.render.body.head import average_head, coarse_head, look_of, portrait_hair, shaped_head
from avatar_app.render.body.presets import DEFAULT, PRESETS, checked_measures
from avatar_app.render.body.rig import Rig, skin_bones
from avatar_app.render.body.skinning import blend, strongest
from avatar_app.render.head.model import PARTS, Head, load_head
from avatar_app.render.head.subdivision import catmull_clark
from avatar_app.render.head.texture import Look
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.types import Array, Image, Ints

WHITE_UV = (0.80, 0.95)  # a white place in the head's texture
SKIN_GLOSS = 0.06
NECK_RADIUS = 0.10  # metres around the neck's axis within which it is kept below the chin
BARE = {"arms": 0.62, "legs": 0.0}  # along the limb from which on skin is kept where clothes do not hide it
WRIST = 1.80  # along the arm from which on skin shows anyway
COLLAR = -0.045  # metres beside the collar's line from which on the head's own neck is hidden


@dataclass(frozen=True)
class Surface:
    """A mesh of n vertices on bones; m of them before subdivision, if it is subdivided.

    fixed: (m, 3) metres as modelled. bones, weights: (m, 4). triangles: (f, 3). colours: (n, 3) factors. gloss: (n,).
    labels: (n,) 0 head, 1 hands and other bare skin, 2 clothes, 3 hair.
    """

    fixed: Array
    bones: Ints
    weights: Array
    triangles: Ints
    colours: Array
    gloss: Array
    labels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class BodyFigure(Surface):
    """What can be posed and drawn; V vertices: head (H), bare skin (S), then clothes and hair (C), subdivided.

    fixed: (S + C, 3), as the head's places come from `head`. finer: sparse (V - H - S, C). uv: (U, 2).
    lift: metres that put the soles on y = 0. lips: vertices inside the upper and the lower lip.
    """

    name: str
    rig: Rig
    head: Head
    look: Look
    finer: Any
    uv: Array
    uv_triangles: Ints
    lift: float
    lips: tuple[int, int]

    @property
    def texture(self) -> Image:
        """(H, W, 3) uint8 that `uv` lies in."""
        return self.look.texture

    def matrices(self, joints: Array, root: Array) -> Array:
        """(T, D, 3, 4) float32 of skin_bones(). joints: (T, J, 3) axis-angle. root: (T, 3) metres from standing."""
        return self.rig.skin_matrices(joints, root + np.array([0, self.lift, 0], np.float32))

    def vertices(self, matrices: Array, expression: Array) -> Array:
        """(V, 3) float32 metres: one frame, of matrices (D, 3, 4) and an expression (52,)."""
        face = self.head.face(expression)
        coarse = blend(np.concatenate([face, self.fixed]), self.bones, self.weights, matrices)
        clothes = len(coarse) - self.finer.shape[1]
        fine = np.asarray(self.finer @ coarse[clothes:], np.float32)
        return np.concatenate([coarse[:clothes], fine])


def pose(figure: BodyFigure, joints: Array, root: Array | None = None, face: Array | None = None) -> Array:
    """(T, V, 3) float32 metres: x to the image's right, y up from the floor, z toward the viewer.

    joints: (T, J, 3) axis-angle in radians or (T, J, 4) quaternions (x, y, z, w), of motion.skeleton. root: (T, 3)
    metres from where the person stands. face: (T, 52) ARKit coefficients. None: none. ValueError for other shapes.
    """
    joints = np.asarray(joints, np.float32)
    if joints.ndim != 3 or joints.shape[1] != len(JOINT_NAMES) or joints.shape[2] not in (3, 4):
        raise ValueError(f"joints must be (T, {len(JOINT_NAMES)}, 3 or 4); got {joints.shape}")
    if joints.shape[2] == 4:
        turned = Rotation.from_quat(joints.reshape(-1, 4)).as_rotvec()
        joints = turned.reshape(*joints.shape[:2], 3).astype(np.float32)
    count = len(joints)
    root = np.zeros((count, 3), np.float32) if root is None else np.asarray(root, np.float32)
    face = np.zeros((count, 52), np.float32) if face is None else np.asarray(face, np.float32)
    if root.shape != (count, 3) or face.shape != (count, 52):
        raise ValueError(f"root must be ({count}, 3) and face ({count}, 52); got {root.shape} and {face.shape}")
    frames = [figure.vertices(*frame) for frame in zip(figure.matrices(joints, root), face, strict=True)]
    return np.stack(frames) if frames else np.zeros((0, len(figure.colours), 3), np.float32)


def load_body(
    preset: str = DEFAULT, sliders: Mapping[str, float] | None = None, portrait: Portrait | None = None
) -> BodyFigure:
    """A preset's person. sliders: other measures of shape.LABELS, 0 to 1. portrait: whose face it gets.

    Raises InputError for a preset or slider that there is none of.
    """
    measures = checked_measures(preset, sliders)
    chosen, asset, average = PRESETS[preset], load_asset(), load_head()
    shaped = asset.shaped(measures, average.rest)
    plain = average_head()
    look, tone = look_of(chosen, portrait)
    head = shaped_head(plain, shaped, None if portrait is None else coarse_head(look.head))
    skin = _skin(asset, shaped.vertices)
    clothes = dressed(asset, shaped, skin, chosen.clothes)
    if portrait is None:
        locks = hair(chosen.hair, asset, shaped, skin, np.array(chosen.hair_colour, np.float32) / 255)
    else:
        locks = portrait_hair(look, head)
    worn, finer = _worn(clothes, locks)
    kept = _kept_head(asset, head, portrait is None)
    bare = _bare_part(asset, shaped.vertices, hidden(chosen.clothes), tone)
    mesh = _joined([_head_part(asset, head, look, kept), bare, worn])
    white = np.full((len(mesh.triangles) - kept.sum(), 3), len(head.uv))
    figure = BodyFigure(
        **vars(mesh),
        name=preset,
        rig=Rig.of(shaped.bones),
        head=head,
        look=look,
        finer=finer,
        uv=np.concatenate([head.uv, [WHITE_UV]]).astype(np.float32),
        uv_triangles=np.concatenate([head.uv_triangles[kept], white]).astype(np.int32),
        lift=0.0,
        lips=_lips(head),
    )
    low = float(pose(figure, relaxed()[None])[0][figure.labels == 2, 1].min())
    return replace(figure, lift=-low)  # its soles are on the floor when it stands relaxed


def _skin(asset: Asset, vertices: Array) -> Skin:
    quads = np.concatenate([asset.quads(name) for name in ("head", "body", "hand", "foot")])
    normals = vertex_normals(np.ascontiguousarray(vertices, np.float32), _triangles(quads))
    dense = np.zeros((len(vertices), len(skin_bones())), np.float32)
    np.put_along_axis(dense, asset.skin_bones.astype(np.int64), asset.skin_weights, 1)
    return Skin(vertices, normals, dense, asset.light)


def _triangles(quads: Ints) -> Ints:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def _bare_part(asset: Asset, vertices: Array, covered: set[str], tone: Array) -> Surface:
    """The body's skin that shows."""
    sleeve, leg = asset.field("sleeve"), asset.field("leg")
    body = asset.quads("body")
    shows = (sleeve > (WRIST if "arms" in covered else BARE["arms"]))[body].all(1)
    if "legs" not in covered:
        shows |= (leg > BARE["legs"])[body].all(1)
    used, own = np.unique(np.concatenate([asset.quads("hand"), body[shows]]), return_inverse=True)
    return Surface(
        vertices[used],
        asset.skin_bones[used],
        asset.skin_weights[used],
        _triangles(own.reshape(-1, 4).astype(np.int32)),
        tone * shade(asset.light[used])[:, None],
        np.full(len(used), SKIN_GLOSS),
        np.ones(len(used), np.uint8),
    )


def _worn(clothes: list[Shell], locks: list[Shell]) -> tuple[Surface, Any]:
    """Clothes and hair as one subdivided mesh, and the matrix (n, m) that subdivides it."""
    shells = [*clothes, *locks]
    counts = [len(shell.vertices) for shell in shells]
    starts = np.cumsum([0, *counts[:-1]])
    quads = np.concatenate([shell.quads + start for shell, start in zip(shells, starts, strict=True)])
    finer = catmull_clark(quads.astype(np.int32), sum(counts))
    bones, weights = strongest(np.concatenate([shell.weights for shell in shells]))
    colours = np.concatenate([shell.colours * shade(shell.light)[:, None] for shell in shells])
    gloss = np.repeat([shell.gloss for shell in shells], counts)
    kind = np.repeat([2] * len(clothes) + [3] * len(locks), counts).astype(np.float32)
    labels = np.round(finer.matrix @ kind).astype(np.uint8)
    worn = Surface(
        np.concatenate([shell.vertices for shell in shells]),
        bones,
        weights,
        _triangles(finer.quads),
        np.asarray(finer.matrix @ colours) * _grain(labels)[:, None],
        np.asarray(finer.matrix @ gloss),
        labels,
    )
    return worn, sparse.csr_matrix(finer.matrix)


def _head_part(asset: Asset, head: Head, look: Look, kept: npt.NDArray[np.bool_]) -> Surface:
    """The head without places, which its expression gives, and with the triangles that are `kept` (F,)."""
    own, (bones, weights) = _kept(head), _head_weights(asset, head)
    nowhere, labels = np.zeros((0, 3), np.float32), np.zeros(len(own), np.uint8)
    return Surface(nowhere, bones, weights, head.triangles[kept], look.colours[own], look.gloss[own], labels)


def _joined(parts: list[Surface]) -> Surface:
    """All parts as one, in their order."""
    starts = np.cumsum([0, *(len(part.labels) for part in parts[:-1])])
    kinds = (np.float32, np.int32, np.float32, np.int32, np.float32, np.float32, np.uint8)
    moved = [replace(part, triangles=part.triangles + start) for part, start in zip(parts, starts, strict=True)]
    columns = zip(*(vars(part).values() for part in moved), strict=True)
    return Surface(*(np.concatenate(column).astype(kind) for column, kind in zip(columns, kinds, strict=True)))


def _lips(head: Head) -> tuple[int, int]:
    """The coarse vertices nearest to the inner edges of the lips."""
    fine, none = load_head(), np.zeros(52, np.float32)
    at, weights = fine.landmarks
    marks = [(fine.face(none)[at[mark]] * weights[mark][:, None]).sum(0) for mark in INSIDE_LIPS]
    skin = np.flatnonzero(head.part("skin")[: len(head.rest)])
    plain = average_head().rest[skin]
    upper, lower = (int(skin[np.linalg.norm(plain - mark, axis=1).argmin()]) for mark in marks)
    return upper, lower


def shade(light: Array) -> Array:
    """Factors of colours by how open to light a vertex is."""
    return np.asarray(0.45 + 0.55 * light, np.float32)


def _grain(labels: npt.NDArray[np.uint8]) -> Array:
    """(n,) factors: hair has strands, cloth hardly any."""
    noise = np.random.default_rng(3).standard_normal(len(labels)).astype(np.float32)
    return 1 + np.clip(noise, -2, 2) * np.where(labels == 3, 0.09, 0.008).astype(np.float32)


def _kept(head: Head) -> npt.NDArray[np.int64]:
    """(H,) which vertices of the subdivided head a coarse one has."""
    fine = load_head()
    balls = 2 * len(head.ball)
    return np.concatenate([np.arange(len(head.rest)), np.arange(len(fine.parts) - balls, len(fine.parts))])


def _head_weights(asset: Asset, head: Head) -> tuple[Ints, Array]:
    """(H, 4) bones and weights of the head's vertices; teeth and eyes hang on the head."""
    count = len(head.parts)
    bones, weights = np.zeros((count, 4), np.int32), np.zeros((count, 4), np.float32)
    bones[:, 0], weights[:, 0] = skin_bones().index("head"), 1
    known = np.flatnonzero(asset.head_at < len(asset.vertices))
    bones[known] = asset.skin_bones[asset.head_at[known]]
    weights[known] = asset.skin_weights[asset.head_at[known]]
    return bones, weights


def _kept_head(asset: Asset, head: Head, haired: bool) -> npt.NDArray[np.bool_]:
    """(F,) which of the head's triangles show above the clothes and, where there is a shell of hair, below it."""
    above = np.ones(len(head.parts), bool)
    known = np.flatnonzero(asset.head_at < len(asset.vertices))
    at = asset.head_at[known]
    around = np.hypot(asset.field("x")[at], asset.field("front")[at] + 0.01) < NECK_RADIUS
    scalp = well_inside(asset.cut("hair"), len(asset.vertices))[at]
    above[known] = ~(scalp & haired) & (asset.field("neck")[at] > COLLAR) & (around | (asset.field("neck")[at] > 0.05))
    above |= head.parts != PARTS.index("skin")
    kept: npt.NDArray[np.bool_] = above[head.triangles].all(1)
    return kept
