"""The FLAME head as a renderer: clay or a texture, before a camera that sees all of its motion."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation
from torch import Tensor

from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk.checkpoint import load_texture_layout
from avatar_app.engines.diffposetalk.coefficients import Coefficients
from avatar_app.engines.diffposetalk.flame.anchors import pose_of
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.engines.diffposetalk.flame.to_arkit import FlameFace, vertices_of
from avatar_app.engines.diffposetalk.spec import Options, flame_background
from avatar_app.inputs.portrait.picture import read_picture
from avatar_app.render.mesh.film import MeshFilm, Skin, View, clay_skin, textured_skin
from avatar_app.render.mesh.texture_layout import TextureLayout, read_layout
from avatar_app.request import InputError
from avatar_app.sample import EngineSample
from avatar_app.types import Array, Image, ShouldStop

SPARSE = 5  # every how many frames the bounds of the motion are looked at
# Degrees about x, y and z that a speaker's head turns within; the camera sees it whole there.
USUAL_TURNS = ((0, 0, 0), (15, 0, 0), (-15, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 12), (0, 0, -12))


@dataclass(frozen=True)
class FlameRenderer:
    """Renderer (see render.base) of samples whose `native` is one row of FLAME Coefficients."""

    face: FlameFace
    skin: Skin
    size: tuple[int, int]
    background: str | None
    threads: int
    ending: str = ".mp4"
    workers: int = 64

    @classmethod
    def of(cls, conditions: Conditions, face: FlameFace) -> FlameRenderer:
        """For one request. Raises InputError for a texture, layout or background that cannot be used."""
        request = conditions.request
        threads = max(1, (os.cpu_count() or 1) // request.samples)
        skin = _skin(face.flame, face.shape, conditions.options)
        return cls(face, skin, (request.size,) * 2, flame_background(request.background), threads)

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames."""
        made: Coefficients = sample.native
        film = MeshFilm(self.skin, self._view_of(made), self.size[0], self.background, self.threads)
        parts = vertices_of(self.face.flame, self.face.shape, made.exp[0], made.pose[0])
        return film.frames(parts, should_stop)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Renderer.attachments: the coefficients are the engine's."""
        return []

    def _view_of(self, made: Coefficients) -> View:
        """The usual camera, or one that stands further back where this sample would leave the picture."""
        low, high = usual_bounds(self.face)
        for part in vertices_of(self.face.flame, self.face.shape, made.exp[0, ::SPARSE], made.pose[0, ::SPARSE]):
            low = np.minimum(low, part.min((0, 1)))
            high = np.maximum(high, part.max((0, 1)))
        return View.of(low, high)


def usual_bounds(face: FlameFace) -> tuple[Array, Array]:
    """Corners (3,), metres, of the head at rest as far as speakers turn it."""
    vertices, pivot = pose_of(face.flame, face.shape), face.root * np.array([1, -1, 1], np.float32)
    turned = [Rotation.from_euler("xyz", turn, degrees=True).apply(vertices - pivot) + pivot for turn in USUAL_TURNS]
    return (
        np.min([t.min(0) for t in turned], axis=0).astype(np.float32),
        np.max([t.max(0) for t in turned], axis=0).astype(np.float32),
    )


def _skin(flame: Flame, shape: Tensor, options: Options) -> Skin:
    """Clay, or the texture laid on as the layout says."""
    vertices, triangles = pose_of(flame, shape), flame.f.numpy().astype(np.int32)
    if options.texture is None:
        return clay_skin(vertices, triangles)
    texture = read_picture(options.texture)
    layout, name = _layout(options, triangles)
    layout.check(len(vertices), name)
    return textured_skin(len(vertices), layout.triangles, texture, layout.uv, layout.uv_triangles)


def _layout(options: Options, triangles: np.ndarray) -> tuple[TextureLayout, str]:
    """The layout that was given, else the installed one, and what to call it."""
    if options.uv is not None:
        return read_layout(options.uv, triangles), options.uv.name
    installed = load_texture_layout()
    if installed is None:
        raise InputError(
            "A texture needs FLAME's texture coordinates, which come with its template: add --uv head_template.obj, "
            "or run `avatar_app download diffposetalk --from head_template.obj`."
        )
    return installed, "The installed texture layout"
