"""Hair of the 3-D head: found in the picture, grown to its outline, coloured by it, and worn wherever the head is."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.fit import FittedHead, fit_head
from avatar_app.render.head.glb import save_glb
from avatar_app.render.head.hair import Hair, grow_hair
from avatar_app.render.head.hair_mask import find_regions
from avatar_app.render.head.joined import WHITE_ROWS, joined
from avatar_app.render.head.model import load_head
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.render.mesh.rasterizer import render_mesh
from avatar_app.render.views import open_view
from avatar_app.types import Array

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
STILL, REST = np.zeros(3, np.float32), np.zeros(52, np.float32)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return load_portrait(PORTRAITS / "astronaut.jpg", size=256)


@pytest.fixture(scope="module")
def placed(portrait: Portrait) -> FittedHead:
    return fit_head(load_head(), portrait)


@pytest.fixture(scope="module")
def hair(placed: FittedHead, portrait: Portrait) -> Hair:
    found = grow_hair(placed, portrait)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def renderer(portrait: Portrait) -> HeadRenderer:
    return HeadRenderer.of_portrait(portrait, 128)


def shaved(portrait: Portrait) -> Portrait:
    """The portrait with skin where its hair was."""
    regions = find_regions(portrait)
    assert regions is not None
    pixels = portrait.pixels.copy()
    x, y = portrait.landmarks[151, :2].astype(int)  # the forehead
    grown = cv2.dilate(regions.hair.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    grown[int(y) - 20 :] = regions.hair[int(y) - 20 :]
    pixels[grown] = np.median(pixels[y - 3 : y + 4, x - 8 : x + 9].reshape(-1, 3), axis=0)
    return replace(portrait, pixels=pixels)


def test_hair_skin_and_cloth_are_told_apart(portrait: Portrait) -> None:
    regions = find_regions(portrait)
    assert regions is not None
    x, y = portrait.landmarks[10, :2].astype(int)  # the top of the forehead
    assert regions.hair[y - 25, x] and not regions.hair[y + 12, x]
    cheek_x, cheek_y = portrait.landmarks[50, :2].astype(int)
    assert regions.skin[cheek_y, cheek_x]
    assert regions.cloth[250, 128] and not (regions.hair & (regions.skin | regions.cloth)).any()
    assert not regions.hair[int(portrait.landmarks[152, 1]) :].any(), "short hair ends above the chin"


def test_a_bald_head_gets_no_hair_and_a_picture_without_matte_neither(portrait: Portrait) -> None:
    bald = shaved(load_portrait(PORTRAITS / "bearded_man.jpg", size=256))
    regions = find_regions(bald)
    assert regions is not None and not regions.hair.any()
    assert find_regions(replace(portrait, matte=None)) is None
    assert grow_hair(fit_head(load_head(), bald), bald) is None


def test_the_shell_fills_the_outline_and_leaves_the_face_free(hair: Hair, placed: FittedHead) -> None:
    scale, rotation, shift = placed.pose
    across = (hair.points @ rotation.T) * scale + shift
    assert placed.regions is not None
    rows, columns = np.nonzero(placed.regions.hair)
    assert abs(across[:, 0].min() - columns.min()) < 6 and abs(across[:, 0].max() - columns.max()) < 6  # pixels
    assert abs(-across[:, 1].max() - rows.min()) < 6
    eyes = np.abs(hair.points[:, 1]) < 0.01
    assert hair.points[eyes, 2].max() < 0, "beside and behind the eyes, not before them"
    assert hair.points[:, 2].min() < placed.head.rest[:, 2].min() + 0.08, "it goes round the back"
    assert hair.hidden.sum() > 300 and not (hair.hidden & ~hair.covered).any()


def test_its_colours_are_the_pictures_and_go_on_at_the_back(hair: Hair, portrait: Portrait) -> None:
    regions = find_regions(portrait)
    assert regions is not None
    own = np.median(portrait.pixels[regions.hair].astype(float), axis=0)
    columns = hair.texture.shape[1]
    back = hair.texture[40:, columns * 2 // 5 : columns * 3 // 5].reshape(-1, 3).astype(float)
    assert np.abs(np.median(back, axis=0) - own).max() < 45
    assert back.std(0).min() > 2, "in strands"


def test_a_renderer_draws_the_hair_and_without_it_less_of_the_picture_is_covered(renderer: HeadRenderer) -> None:
    bare = HeadRenderer(replace(renderer.look, hair=None), 128)
    meshes: tuple[Array, ...] = tuple(
        render_mesh(which.mesh(REST, STILL, STILL), (128, 128), renderer.camera, renderer.light)[..., 3]
        for which in (renderer, bare)
    )
    assert (meshes[0] > 127).sum() > 1.03 * (meshes[1] > 127).sum()
    turned = [which.frame(REST, np.array([0, np.pi, 0], np.float32), STILL).astype(int) for which in (renderer, bare)]
    assert (np.abs(turned[0] - turned[1]).max(2) > 12).sum() > 800


def test_the_view_that_generate_opens_wears_it(portrait: Portrait, renderer: HeadRenderer) -> None:
    from avatar_app.inputs.portrait.background import Background

    view = open_view(portrait, Background(), "textured", 96)
    assert view.look is not None and view.look.hair is not None
    (frame,) = view.clip_frames(MotionClip.still(1), lambda: False)
    bare = HeadRenderer(replace(view.look, hair=None), 96).frame(REST, STILL, STILL)
    assert (np.abs(frame.astype(int) - bare).max(2) > 12).sum() > 300


def test_both_back_ends_draw_the_hair_alike(renderer: HeadRenderer) -> None:
    mesh = renderer.mesh(REST, np.array([0, 0.6, 0], np.float32), STILL)
    one, other = (
        render_mesh(mesh, (48, 48), renderer.camera, renderer.light, backend).astype(int)
        for backend in ("numba", "torch")
    )
    assert np.abs(one - other).max() <= 1


def test_joined_keeps_head_and_hair_in_their_own_parts_of_the_texture(renderer: HeadRenderer) -> None:
    look = renderer.look
    assert look.hair is not None
    surface, rows = joined(look), look.texture.shape[0]
    assert len(surface.texture) == rows + look.hair.texture.shape[0] + WHITE_ROWS
    line = rows / len(surface.texture)
    assert surface.uv[: len(look.head.uv), 1].max() < line < surface.uv[len(look.head.uv) :, 1].min()
    white = np.round(surface.uv[-1] * surface.texture.shape[1::-1] - 0.5).astype(int)
    assert (surface.texture[white[1] - 1 : white[1] + 2, white[0]] == 255).all(), "glints in the eyes"
    assert len(surface.triangles) < len(look.head.triangles) + len(look.hair.triangles), "what is hidden is left out"
    bald = joined(replace(look, hair=None)).triangles
    assert np.array_equal(bald[: len(look.head.triangles)], look.head.triangles)


def test_long_hair_stays_on_the_shoulders_when_the_head_turns() -> None:
    drawn = load_portrait(PORTRAITS / "princess.jpg", size=256)
    hair = grow_hair(fit_head(load_head(), drawn), drawn)
    assert hair is not None
    low, high = hair.points[:, 1] < -0.15, hair.points[:, 1] > 0
    assert low.any() and hair.weights[low].max() < 0.9 and hair.weights[high].min() == 1
    assert hair.colours.min() < 0.6, "darker on the side toward the neck"


def test_the_glb_has_the_hair(renderer: HeadRenderer, tmp_path: Path) -> None:
    save_glb(MotionClip.still(3), tmp_path / "take.glb", renderer.look)
    raw = (tmp_path / "take.glb").read_bytes()
    document = json.loads(raw[20 : 20 + struct.unpack_from("<I", raw, 12)[0]])
    assert [mesh["name"] for mesh in document["meshes"]] == ["face", "hair"]
    assert len(document["images"]) == 2 and 3 in document["scenes"][0]["nodes"]
    hair = document["meshes"][1]["primitives"][0]
    assert document["accessors"][hair["attributes"]["POSITION"]]["count"] == len(renderer.look.hair.points)  # type: ignore[union-attr]
    assert document["materials"][hair["material"]]["pbrMetallicRoughness"]["baseColorTexture"]["index"] == 1
