"""The 3-D head, its hair and the glints in its eyes as one surface to draw: one texture, one list of triangles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar_app.render.head import catch_light
from avatar_app.render.head.hair import GLOSS, Hair
from avatar_app.render.head.texture import Look
from avatar_app.types import Array, Image, Ints

WHITE_ROWS = 4  # of texels, for what only shines
Place = Callable[[Array], Array]


@dataclass(frozen=True)
class Joined:
    """What stays while the head moves; the fields as in mesh.scene.Mesh.

    The hair's vertices come after the head's, and last those of the glints in its eyes.
    """

    triangles: Ints
    colours: Array
    gloss: Array
    texture: Image
    uv: Array
    uv_triangles: Ints


def joined(look: Look) -> Joined:
    """The surface of a look; what lies hidden under its hair is left out."""
    head, hair = look.head, look.hair
    if hair is None:
        return _with_glints(
            Joined(head.triangles, look.colours, look.gloss, look.texture, head.uv, head.uv_triangles),
            len(head.parts),
        )
    texture, own, below = _stacked(look.texture, hair.texture)
    shown = ~hair.hidden[head.triangles].all(1)
    count, places = len(head.parts), len(head.uv)
    surface = Joined(
        np.concatenate([head.triangles[shown], hair.triangles + np.int32(count)]),
        np.concatenate([look.colours, hair.colours]),
        np.concatenate([look.gloss, np.full(len(hair.points), GLOSS, np.float32)]),
        texture,
        np.concatenate([own(head.uv), below(hair.uv)]).astype(np.float32),
        np.concatenate([head.uv_triangles[shown], hair.triangles + np.int32(places)]),
    )
    return _with_glints(surface, count + len(hair.points))


def _with_glints(surface: Joined, count: int) -> Joined:
    """With the lamp's reflections in the eyes; their vertices come last. count: of vertices so far."""
    white = np.full((WHITE_ROWS, surface.texture.shape[1], 3), 255, np.uint8)
    texture, own, below = _stacked(surface.texture, white)
    fans, points = catch_light.triangles(), 2 * (catch_light.CORNERS + 1)
    middle = below(np.full((1, 2), 0.5, np.float32))
    return Joined(
        np.concatenate([surface.triangles, fans + np.int32(count)]),
        np.concatenate([surface.colours, np.full((points, 3), catch_light.BRIGHT, np.float32)]),
        np.concatenate([surface.gloss, np.zeros(points, np.float32)]),
        texture,
        np.concatenate([own(surface.uv), middle]).astype(np.float32),
        np.concatenate([surface.uv_triangles, np.full((len(fans), 3), len(surface.uv), np.int32)]),
    )


def _stacked(upper: Image, lower: Image) -> tuple[Image, Place, Place]:
    """Two textures as one, and where texture coordinates of each lie in it."""
    texture = np.concatenate([upper, lower])
    share = len(upper) / len(texture)
    return (
        texture,
        lambda uv: uv * np.array([1, share], np.float32),
        lambda uv: uv * np.array([1, 1 - share], np.float32) + np.array([0, share], np.float32),
    )


def moved(look: Look, hair: Hair, rotation: Array, translation: Array) -> Array:
    """(n, 3) metres: the hair as the head's pose moves it; long hair lies on the shoulders, which stay."""
    turned = look.head.turn(hair.points, rotation, translation)
    return np.asarray(hair.points + hair.weights[:, None] * (turned - hair.points), np.float32)
