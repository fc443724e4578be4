"""Films of meshes: the camera takes everything in, eyes are told from skin, a mouth is dark inside."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.render.mesh.film import MeshFilm, View, clay_skin, pieces, textured_skin
from avatar_app.request import Stopped

QUAD = np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0.1, 0.1, 0], [-0.1, 0.1, 0]], np.float32)
FACING = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def film_of(triangles: np.ndarray = FACING, background: str | None = "#000000") -> MeshFilm:
    return MeshFilm(clay_skin(QUAD, triangles), View.of(QUAD.min(0), QUAD.max(0)), 64, background)


def test_everything_is_in_the_picture_and_in_its_middle() -> None:
    skin = clay_skin(QUAD, FACING)
    for shift in ((0, 0, 0), (0.3, 1.5, -0.4)):
        moved = QUAD + np.array(shift, np.float32)
        seen = MeshFilm(skin, View.of(moved.min(0), moved.max(0)), 64, "#000000").frame(moved).max(2) > 20
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        assert rows[0] > 0 and rows[-1] < 63 and abs(rows[0] + rows[-1] - 63) <= 1
        assert abs(columns[0] + columns[-1] - 63) <= 1 and rows[-1] - rows[0] > 48


def test_the_inner_side_is_dark() -> None:
    outer, inner = (film_of(FACING[:, ::step]).frame(QUAD)[32, 32].astype(int) for step in (1, -1))
    assert outer.mean() > 100 and 0 < inner.mean() < 0.4 * outer.mean()


def test_loose_pieces_are_eyes() -> None:
    triangles = np.concatenate([FACING, np.array([[4, 5, 6]])]).astype(np.int32)
    points = np.concatenate([QUAD, QUAD[:3] * 0.1 + np.array([0, 0, 0.05], np.float32)])
    main, piece = pieces(triangles, len(points))
    assert (piece[:4] == main).all() and (piece[4:] != main).all()
    skin = clay_skin(points, triangles)
    assert (skin.colours[4:, 2] > skin.colours[:4, 2].max()).all() and skin.gloss[4] > skin.gloss[0]


def test_a_texture_stands_upright() -> None:
    texture = np.zeros((8, 8, 3), np.uint8)
    texture[:4, :, 0], texture[4:, :, 2] = 255, 255
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    view = View.of(QUAD.min(0), QUAD.max(0))
    frame = MeshFilm(textured_skin(4, FACING, texture, uv, FACING), view, 64).frame(QUAD)
    assert frame[16, 32, 0] > 4 * frame[16, 32, 2] and frame[48, 32, 2] > 4 * frame[48, 32, 0]


def test_frames_come_in_order_and_stop_between_parts() -> None:
    parts = [np.stack([QUAD, QUAD * 0.8]), np.stack([QUAD * 0.6])]
    sizes = [int((frame.max(2) > 20).sum()) for frame in film_of().frames(parts)]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3
    with pytest.raises(Stopped):
        list(film_of().frames(parts, lambda: True))
