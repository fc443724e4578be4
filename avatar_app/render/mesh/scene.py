"""Scene description for the mesh back ends: a mesh, a camera and a light; metres.

Axes: x to the image's right, y up, z toward the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.types import Array, Image, Ints

SAMPLES = 2  # per pixel and direction
NEAR = 0.01  # metres before the camera within which nothing is drawn


@dataclass(frozen=True)
class Mesh:
    """A surface. Triangles run counter-clockwise seen from outside; those seen from inside are not drawn.

    vertices: (V, 3) float32 metres. triangles: (F, 3) int32.
    colours: (V, 3) float32, 0 to 1, multiplied with the texture.
    gloss: (V,) float32, 0 to 1: strength of the highlight.
    texture: (h, w, 3) uint8 sRGB; None: white.
    uv: (U, 2) float32, 0 to 1 from the texture's left and top; uv_triangles: (F, 3) int32 into it.
    normals: (V, 3) float32 unit length; None: computed, smooth over shared vertices.
    """

    vertices: Array
    triangles: Ints
    colours: Array
    gloss: Array
    texture: Image | None = None
    uv: Array | None = None
    uv_triangles: Ints | None = None
    normals: Array | None = None

    def __post_init__(self) -> None:
        count = len(self.vertices)
        for name, shape in (("vertices", (count, 3)), ("colours", (count, 3)), ("gloss", (count,))):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}; got {getattr(self, name).shape}")
        if self.triangles.ndim != 2 or self.triangles.shape[1] != 3:
            raise ValueError(f"triangles must be (F, 3); got {self.triangles.shape}")
        if self.texture is None:
            return
        if self.uv is None or self.uv_triangles is None:
            raise ValueError("a texture needs uv and uv_triangles")
        if self.uv_triangles.shape != self.triangles.shape:
            raise ValueError(f"uv_triangles must be {self.triangles.shape}; got {self.uv_triangles.shape}")


@dataclass(frozen=True)
class Camera:
    """A pinhole at `position` that looks along -z. height: metres that the picture spans at z = 0."""

    position: tuple[float, float, float] = (0.0, -0.05, 1.6)
    height: float = 0.40

    def project(self, vertices: Array, size: tuple[int, int]) -> Array:
        """(V, 3): x and y in pixels of a (height, width) picture, centres at whole numbers; 1 / distance, 1 / metres.

        Vertices nearer than NEAR get 0 as their third number, and what hangs on them is not drawn.
        """
        x, y, z = self.position
        distance = z - vertices[:, 2]
        nearness = np.where(distance > NEAR, 1 / np.maximum(distance, NEAR), 0)
        scale = size[0] / self.height * z * nearness
        across = (size[1] - 1) / 2 + (vertices[:, 0] - x) * scale
        down = (size[0] - 1) / 2 - (vertices[:, 1] - y) * scale
        return np.stack([across, down, nearness], 1).astype(np.float32)


@dataclass(frozen=True)
class Light:
    """A soft lamp, the sky above and a bounce from below; colours as factors, per channel.

    direction: where the lamp stands. wrap: how far its light reaches round an edge (0 hard, 1 all round); more for
    red lets it through skin. gloss: strength of highlights; sharpness: their exponent, five times that at gloss 1.
    """

    direction: tuple[float, float, float] = (-0.45, 0.50, 0.74)
    lamp: tuple[float, float, float] = (0.66, 0.64, 0.61)
    sky: tuple[float, float, float] = (0.40, 0.42, 0.44)
    bounce: tuple[float, float, float] = (0.17, 0.155, 0.145)
    wrap: tuple[float, float, float] = (0.48, 0.36, 0.30)
    gloss: float = 0.45
    sharpness: float = 24.0

    def table(self) -> Array:
        """(17,) float32: unit direction, lamp, sky, bounce, wrap, gloss, sharpness."""
        unit = np.asarray(self.direction) / np.linalg.norm(self.direction)
        rest = (self.lamp, self.sky, self.bounce, self.wrap, (self.gloss, self.sharpness))
        return np.concatenate([unit, *rest]).astype(np.float32)


@dataclass(frozen=True)
class Scene:
    """What a back end gets: a lit mesh placed in a grid of samples.

    points: (V, 3) float32 of Camera.project on that grid. lit: (V, 4) float32: factors of the texture's red, green and
    blue, and what the highlight adds to each, 0 to 255. triangles, uv_triangles: (F, 3) int32. uv: (U, 2) float32,
    texels. texture: (h, w, 3) uint8. size: (rows, columns) of samples.
    """

    points: Array
    lit: Array
    triangles: Ints
    uv: Array
    uv_triangles: Ints
    texture: Image
    size: tuple[int, int]


WHITE: Image = np.full((1, 1, 3), 255, np.uint8)
