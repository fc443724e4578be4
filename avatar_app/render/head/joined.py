"""The 3-D head and its hair as one surface to draw: one texture, one list of triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.render.head.hair import GLOSS, Hair
from avatar_app.render.head.texture import Look
from avatar_app.types import Array, Image, Ints


@dataclass(frozen=True)
class Joined:
    """What stays while the head moves; the fields as in mesh.scene.Mesh. The hair's vertices come after the head's."""

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
        return Joined(head.triangles, look.colours, look.gloss, look.texture, head.uv, head.uv_triangles)
    own, added = look.texture.shape[0], hair.texture.shape[0]
    texture = np.concatenate([look.texture, hair.texture])
    share = np.array([1, own / len(texture)], np.float32)
    below = hair.uv * np.array([1, added / len(texture)], np.float32) + np.array([0, own / len(texture)], np.float32)
    shown = ~hair.hidden[head.triangles].all(1)
    count, places = len(head.parts), len(head.uv)
    return Joined(
        np.concatenate([head.triangles[shown], hair.triangles + np.int32(count)]),
        np.concatenate([look.colours, hair.colours]),
        np.concatenate([look.gloss, np.full(len(hair.points), GLOSS, np.float32)]),
        texture,
        np.concatenate([head.uv * share, below]).astype(np.float32),
        np.concatenate([head.uv_triangles[shown], hair.triangles + np.int32(places)]),
    )


def moved(look: Look, hair: Hair, rotation: Array, translation: Array) -> Array:
    """(n, 3) metres: the hair as the head's pose moves it; long hair lies on the shoulders, which stay."""
    turned = look.head.turn(hair.points, rotation, translation)
    return np.asarray(hair.points + hair.weights[:, None] * (turned - hair.points), np.float32)
