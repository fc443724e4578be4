"""Rendering of a moving mesh of any shape: clay or a texture, a camera that fits, a backdrop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from avatar_app.render.mesh.lighting import CLAY, CLAY_IRIS, PHOTO_LIGHT, STUDIO_LIGHT, gradient
from avatar_app.render.mesh.rasterizer import render_mesh
from avatar_app.render.mesh.scene import Camera, Light, Mesh
from avatar_app.render.workers import drawn_ahead
from avatar_app.types import Array, Image, Ints, ShouldStop

NARROW = 0.28  # metres that the camera sees a metre away: 16 degrees, a portrait lens
AIR = 1.12  # of the picture over what moves in it
IRIS = np.radians(23.0)  # from an eye's gaze to the edge of its iris
SOFT = np.radians(6.0)  # half the width of that edge: eyes have few vertices
EYE_WHITE = (226, 222, 216)
INSIDE = (0.16, 0.09, 0.08)  # of a head: it has no mouth, and this passes for one


@dataclass(frozen=True)
class Skin:
    """What a mesh's surface looks like; the fields as in Mesh. triangles: those that the texture belongs to."""

    triangles: Ints
    colours: Array
    gloss: Array
    light: Light
    texture: Image | None = None
    uv: Array | None = None
    uv_triangles: Ints | None = None


@dataclass(frozen=True)
class View:
    """Where the camera looks. centre: (3,) metres, of everything that moves."""

    centre: Array
    camera: Camera

    @classmethod
    def of(cls, low: Array, high: Array) -> View:
        """A view of all between two corners (3,), metres."""
        height = float(max(high[0] - low[0], high[1] - low[1])) * AIR
        return cls((low + high) / 2, Camera((0.0, 0.0, height / NARROW), height))

    def project(self, vertices: Array, size: tuple[int, int]) -> Array:
        """(V, 3) as Camera.project."""
        return self.camera.project(vertices - self.centre, size)


class MeshFilm:
    """Draws frames of a mesh; holds no frame state, so that threads may share it."""

    def __init__(
        self, skin: Skin, view: View, size: int = 512, background: str | None = None, workers: int = 1
    ) -> None:
        """size: of the square frames, pixels. background: "#rrggbb"; None: a studio.

        workers: threads that draw the frames of one film; the cores divided by the number of films drawn at once.
        """
        self.skin, self.view, self.size, self.workers = two_sided(skin), view, size, workers
        self.backdrop = _backdrop(background, size)

    def frame(self, vertices: Array) -> Image:
        """(size, size, 3) uint8 RGB of (V, 3) metres."""
        skin = self.skin
        mesh = Mesh(
            np.tile((vertices - self.view.centre).astype(np.float32), (2, 1)),
            skin.triangles,
            skin.colours,
            skin.gloss,
            skin.texture,
            skin.uv,
            skin.uv_triangles,
        )
        drawn = render_mesh(mesh, (self.size, self.size), self.view.camera, skin.light)
        alpha = drawn[..., 3:].astype(np.uint16)
        return ((drawn[..., :3] * alpha + self.backdrop * (255 - alpha) + 127) // 255).astype(np.uint8)

    def frames(self, parts: Iterable[Array], should_stop: ShouldStop | None = None) -> Iterator[Image]:
        """Frames of parts (n, V, 3), a few of them drawn ahead. Raises Stopped once should_stop() is true."""
        return drawn_ahead(self.frame, chain.from_iterable(parts), self.workers, should_stop)


def _backdrop(background: str | None, size: int) -> Image:
    if background is None:
        return gradient(size)
    return np.full((size, size, 3), list(bytes.fromhex(background[1:])), np.uint8)


def clay_skin(vertices: Array, triangles: Ints) -> Skin:
    """Clay for a head at rest, (V, 3) metres that looks along +z. Loose pieces are taken for eyeballs."""
    colours = np.tile(np.array(CLAY, np.float32) / 255, (len(vertices), 1))
    gloss = np.full(len(vertices), 0.25, np.float32)
    main, piece = pieces(triangles, len(vertices))
    for label in np.unique(piece[piece != main]):
        mine = np.flatnonzero(piece == label)
        away = vertices[mine] - (vertices[mine].min(0) + vertices[mine].max(0)) / 2
        angle = np.arccos(np.clip(away[:, 2] / np.maximum(np.linalg.norm(away, axis=1), 1e-9), -1, 1))
        iris = np.clip((IRIS + SOFT - angle) / (2 * SOFT), 0, 1)[:, None]
        colours[mine] = (iris * np.array(CLAY_IRIS) + (1 - iris) * np.array(EYE_WHITE)) / 255
        gloss[mine] = 0.8
    return Skin(triangles, colours.astype(np.float32), gloss, STUDIO_LIGHT)


def two_sided(skin: Skin) -> Skin:
    """With a dark inner side on vertices of its own, which follow: without it one looks through an open mouth."""
    count = len(skin.colours)
    inner = skin.triangles[:, ::-1] + np.int32(count)
    uv = skin.uv_triangles
    return replace(
        skin,
        triangles=np.concatenate([skin.triangles, inner]).astype(np.int32),
        colours=np.concatenate([skin.colours, np.full((count, 3), INSIDE, np.float32)]),
        gloss=np.concatenate([skin.gloss, np.zeros(count, np.float32)]),
        uv_triangles=None if uv is None else np.concatenate([uv, uv[:, ::-1]]),
    )


def textured_skin(count: int, triangles: Ints, texture: Image, uv: Array, uv_triangles: Ints) -> Skin:
    """A texture that holds its own light, on `count` vertices."""
    ones = np.ones((count, 3), np.float32)
    return Skin(triangles, ones, np.full(count, 0.12, np.float32), PHOTO_LIGHT, texture, uv, uv_triangles)


def pieces(triangles: Ints, count: int) -> tuple[int, npt.NDArray[np.int64]]:
    """The label of the largest connected piece of a mesh, and the piece that each of `count` vertices belongs to."""
    start, end = triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1)
    graph = sparse.csr_matrix((np.ones(len(start)), (start, end)), (count, count))
    labels = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    return int(np.bincount(labels).argmax()), labels
