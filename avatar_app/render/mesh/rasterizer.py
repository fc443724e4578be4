"""Mesh rendering: lit, textured triangle meshes as pictures; one description, several back ends alike.

`render_mesh` takes a Mesh as a Camera sees it under a Light, 2 × 2 times supersampled. Light is computed at the
vertices and interpolated (Gouraud), which with a few pixels per triangle is as smooth as per pixel. Back ends: "numba"
(compiled z-buffer on one CPU core, the portable default), "torch" (the same on any torch device) and "pytorch3d" (when
that package is installed). docs/mesh.md has their times.

Axes: x to the image's right, y up, z toward the viewer; metres.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from avatar_app.render.mesh import numba_backend
from avatar_app.render.mesh.numba_backend import light_vertices, vertex_normals
from avatar_app.render.mesh.scene import SAMPLES, WHITE, Camera, Light, Mesh, Scene
from avatar_app.types import Image

BACKENDS = ("numba", "torch", "pytorch3d")


def render_mesh(
    mesh: Mesh,
    size: tuple[int, int] = (512, 512),
    camera: Camera | None = None,
    light: Light | None = None,
    backend: str = "auto",
    device: str | None = None,
) -> Image:
    """(height, width, 4) uint8: colour, not multiplied by its alpha, and coverage.

    size: (height, width). backend: one of BACKENDS, or "auto": torch when `device` is not the CPU, else numba.
    device: of the torch back ends; None: the CPU. Raises ValueError for an unknown back end, and ImportError that
    names the package when it is missing.
    """
    scene = place(mesh, size, camera or Camera(), light or Light())
    return _drawer(backend, device)(scene)


def place(mesh: Mesh, size: tuple[int, int], camera: Camera, light: Light) -> Scene:
    """The mesh in front of the camera, on a grid of SAMPLES × SAMPLES per pixel."""
    grid = (size[0] * SAMPLES, size[1] * SAMPLES)
    normals = vertex_normals(mesh.vertices, mesh.triangles) if mesh.normals is None else mesh.normals
    views = np.asarray(camera.position, np.float32) - mesh.vertices
    lit = light_vertices(normals, views, mesh.colours, mesh.gloss, light)
    points = camera.project(mesh.vertices, grid)
    if mesh.texture is None or mesh.uv is None or mesh.uv_triangles is None:
        none = np.zeros_like(mesh.triangles)
        return Scene(points, lit, mesh.triangles, np.zeros((1, 2), np.float32), none, WHITE, grid)
    uv = (mesh.uv * np.array(mesh.texture.shape[1::-1], np.float32) - 0.5).astype(np.float32)
    return Scene(points, lit, mesh.triangles, uv, mesh.uv_triangles, mesh.texture, grid)


def available(backend: str) -> bool:
    """Whether a back end's packages are installed."""
    return all(find_spec(name) is not None for name in {"pytorch3d": ("torch", "pytorch3d")}.get(backend, (backend,)))


def _drawer(backend: str, device: str | None) -> Callable[[Scene], Image]:
    """The back end's function from a scene to a picture."""
    if backend == "auto":
        backend = "numba" if device in (None, "cpu") else "torch"
    if backend == "numba":
        return numba_backend.draw
    if backend == "torch":
        from avatar_app.render.mesh import torch_backend  # loads torch

        return partial(torch_backend.draw, device=device or "cpu")
    if backend == "pytorch3d":
        if not available(backend):
            raise ImportError(
                "The mesh back end pytorch3d needs the package pytorch3d: bash install.sh setup --with pytorch3d"
            )
        from avatar_app.render.mesh import pytorch3d_backend  # an extra

        return partial(pytorch3d_backend.draw, device=device or "cpu")
    raise ValueError(f"backend must be auto or one of {', '.join(BACKENDS)}; got {backend!r}")
