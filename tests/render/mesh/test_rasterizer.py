"""Mesh pictures: what is near hides what is far, light and texture fall where they belong, back ends agree."""

import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from avatar_app.render.mesh.rasterizer import BACKENDS, available, render_mesh
from avatar_app.render.mesh.scene import Camera, Light, Mesh

EVEN = Light(lamp=(0, 0, 0), sky=(1, 1, 1), bounce=(1, 1, 1), gloss=0)  # colours come out as they are
CAMERA = Camera(position=(0, 0, 2), height=1.0)
DRAWN = [name for name in BACKENDS if name == "numba" or available(name)]


def square(z=0.0, half=0.25, colour=(1.0, 0.0, 0.0), x=0.0):
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32) * half
    return Mesh(
        corners + np.array([x, 0, z], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        np.tile(np.array(colour, np.float32), (4, 1)),
        np.zeros(4, np.float32),
    )


def both(a, b):
    return Mesh(
        np.concatenate([a.vertices, b.vertices]),
        np.concatenate([a.triangles, b.triangles + len(a.vertices)]).astype(np.int32),
        np.concatenate([a.colours, b.colours]),
        np.concatenate([a.gloss, b.gloss]),
    )


def ball(rings=24, sectors=32, radius=0.35):
    """A sphere with a random texture and some gloss, its texture seam at the back."""
    tilt, turn = np.meshgrid(np.linspace(0.01, np.pi - 0.01, rings), np.linspace(-np.pi, np.pi, sectors), indexing="ij")
    points = np.stack([np.sin(tilt) * np.sin(turn), np.cos(tilt), np.sin(tilt) * np.cos(turn)], -1).reshape(-1, 3)
    k = np.arange(rings * sectors).reshape(rings, sectors)
    a, b, c, d = (grid.reshape(-1) for grid in (k[:-1, :-1], k[1:, :-1], k[1:, 1:], k[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    uv = np.stack([(turn / np.pi + 1) / 2, tilt / np.pi], -1).reshape(-1, 2).astype(np.float32)
    rng = np.random.default_rng(3)
    texture = rng.integers(0, 256, (64, 128, 3), dtype=np.uint8)
    colours = rng.uniform(0.5, 1, points.shape).astype(np.float32)
    gloss = np.full(len(points), 0.5, np.float32)
    return Mesh((points * radius).astype(np.float32), triangles, colours, gloss, texture, uv, triangles)


@pytest.mark.parametrize("backend", DRAWN)
def test_a_square_covers_its_pixels_and_no_others(backend):
    image = render_mesh(square(), (64, 64), CAMERA, EVEN, backend)
    assert image.shape == (64, 64, 4) and image.dtype == np.uint8
    assert (image[16:48, 16:48] == (255, 0, 0, 255)).all()
    outside = image.copy()
    outside[15:49, 15:49] = 0
    assert not outside.any()


@pytest.mark.parametrize("backend", DRAWN)
def test_the_nearer_surface_hides_the_farther_in_any_order(backend):
    near, far = square(0.1, 0.1, (0, 1, 0)), square(0.0, 0.25)
    for mesh in (both(near, far), both(far, near)):
        image = render_mesh(mesh, (64, 64), CAMERA, EVEN, backend)
        assert (image[32, 32] == (0, 255, 0, 255)).all() and (image[20, 20] == (255, 0, 0, 255)).all()


def test_what_is_nearer_is_larger():
    def pixels(z):
        return int((render_mesh(square(z), (128, 128), CAMERA, EVEN)[..., 3] > 127).sum())

    assert pixels(0.5) == pytest.approx(pixels(0.0) * (2 / 1.5) ** 2, rel=0.05)


def test_surfaces_seen_from_inside_or_behind_the_camera_are_not_drawn():
    away = square()
    away = replace(away, triangles=away.triangles[:, ::-1].copy())
    assert not render_mesh(away, (32, 32), CAMERA, EVEN).any()
    assert not render_mesh(square(z=2.5), (32, 32), CAMERA, EVEN).any()


def test_edges_are_smoothed_by_four_samples():
    turned = square()
    angle = 0.3
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]], np.float32)
    alpha = render_mesh(replace(turned, vertices=turned.vertices @ spin.T), (64, 64), CAMERA, EVEN)[..., 3]
    assert set(np.unique(alpha)) == {0, 64, 128, 191, 255}


def test_light_comes_from_where_the_lamp_stands():
    mesh = replace(ball(), texture=None, colours=np.ones((24 * 32, 3), np.float32))
    lit = {}
    for name, way in (("left", (-1, 0, 0.3)), ("right", (1, 0, 0.3))):
        lit[name] = render_mesh(mesh, (64, 64), CAMERA, Light(direction=way))[32, :, 0].astype(int)
    assert lit["left"][16] > lit["left"][47] + 40
    assert np.abs(lit["left"] - lit["right"][::-1]).max() <= 1


def test_a_highlight_needs_gloss():
    mesh = replace(ball(), texture=None, colours=np.full((24 * 32, 3), 0.2, np.float32))
    light = Light(direction=(0, 0, 1))
    dull = render_mesh(replace(mesh, gloss=np.zeros_like(mesh.gloss)), (64, 64), CAMERA, light)
    shiny = render_mesh(mesh, (64, 64), CAMERA, light)
    brighter = shiny[..., 0].astype(int) - dull[..., 0]
    assert brighter[30:34, 30:34].min() > 20 and brighter[32, 16] < 8


def test_textures_are_perspective_correct():
    """On a floor that runs away, the texture's middle lies where the floor's middle is seen, not half way up."""
    floor = Mesh(
        np.array([[-0.2, -0.3, 1.0], [0.2, -0.3, 1.0], [0.2, -0.3, -3.0], [-0.2, -0.3, -3.0]], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        np.ones((4, 3), np.float32),
        np.zeros(4, np.float32),
        np.repeat(np.repeat(np.array([0, 255], np.uint8)[:, None], 64, 0)[:, :, None], 3, 2).repeat(8, 1),
        np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    image = render_mesh(floor, (256, 256), CAMERA, EVEN)
    column = image[:, 128, 0].astype(int)
    drawn = np.flatnonzero(image[:, 128, 3] == 255)
    change = drawn[0] + int((column[drawn] > 127).sum())
    middle = CAMERA.project(np.array([[0, -0.3, -1.0]], np.float32), (256, 256))[0, 1]
    assert abs(change - middle) <= 2


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "numba"])
def test_every_back_end_draws_the_same_picture(backend):
    if not available(backend):
        pytest.skip(f"{backend} is not installed")
    mesh = ball()
    one, other = (render_mesh(mesh, (96, 128), CAMERA, backend=name).astype(int) for name in ("numba", backend))
    apart = np.abs(one - other).max(-1)
    assert (apart > 2).mean() < 0.002 and apart.mean() < 0.1
    assert one[..., :3].std() > 20


class StandInMeshes:
    """What pytorch3d's Meshes holds."""

    def __init__(self, verts, faces):
        self.corners = verts[0][faces[0]].numpy().astype(float)


def stand_in_rasterizer(meshes, image_size, faces_per_pixel, perspective_correct, **others):
    """By pytorch3d's documented conventions: +1 at the left and top of the shorter side, z away from the viewer."""
    import torch

    assert perspective_correct and faces_per_pixel == 1 and others["blur_radius"] == 0
    rows, columns = image_size
    side = min(image_size)
    y, x = np.mgrid[:rows, :columns]
    x, y = (columns - 1 - 2 * x) / side, (rows - 1 - 2 * y) / side
    found, depth, bary = np.full(x.shape, -1), np.full(x.shape, np.inf), np.full((*x.shape, 3), -1.0)
    for number, ((x0, y0, z0), (x1, y1, z1), (x2, y2, z2)) in enumerate(meshes.corners):
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        a = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / area / z0
        b = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) / area / z1
        c = ((x0 - x) * (y1 - y) - (x1 - x) * (y0 - y)) / area / z2
        z = 1 / np.where(a + b + c == 0, 1, a + b + c)
        nearer = (a > 0) & (b > 0) & (c > 0) & (z < depth)
        found[nearer], depth[nearer] = number, z[nearer]
        bary[nearer] = np.stack([a * z, b * z, c * z], -1)[nearer]
    return torch.as_tensor(found)[None, ..., None], None, torch.as_tensor(bary)[None, :, :, None].float(), None


def test_pytorch3d_is_asked_in_its_own_conventions(monkeypatch):
    """Without that package: its rasteriser is replaced by one that follows its documentation, and draws the same."""
    names = ("pytorch3d", "pytorch3d.renderer", "pytorch3d.renderer.mesh", "pytorch3d.structures")
    for name in (*names, "pytorch3d.renderer.mesh.rasterize_meshes"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(sys.modules["pytorch3d.structures"], "Meshes", StandInMeshes, raising=False)
    place = sys.modules["pytorch3d.renderer.mesh.rasterize_meshes"]
    monkeypatch.setattr(place, "rasterize_meshes", stand_in_rasterizer, raising=False)
    monkeypatch.setattr("avatar_app.render.mesh.rasterizer.available", lambda backend: True)
    mesh = ball()
    one, other = (render_mesh(mesh, (40, 56), CAMERA, backend=name).astype(int) for name in ("numba", "pytorch3d"))
    apart = np.abs(one - other).max(-1)
    assert (apart > 2).mean() < 0.004 and apart.mean() < 0.1


def test_the_same_scene_gives_the_same_picture():
    for backend in ("numba", "torch"):
        first = render_mesh(ball(), (64, 64), CAMERA, backend=backend)
        assert (render_mesh(ball(), (64, 64), CAMERA, backend=backend) == first).all()


def test_a_missing_or_unknown_back_end_is_named():
    with pytest.raises(ValueError, match="opengl"):
        render_mesh(square(), (16, 16), backend="opengl")
    if not available("pytorch3d"):
        with pytest.raises(ImportError, match="pytorch3d"):
            render_mesh(square(), (16, 16), backend="pytorch3d")


def test_a_mesh_that_does_not_fit_together_is_refused():
    good = square()
    with pytest.raises(ValueError, match="colours"):
        replace(good, colours=good.colours[:2])
    with pytest.raises(ValueError, match="uv"):
        replace(good, texture=np.zeros((4, 4, 3), np.uint8))
