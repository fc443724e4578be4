"""Default lights, clay colours and backdrop of rendered meshes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_app.render.mesh.scene import Light
from avatar_app.types import Array, Image

CLAY, CLAY_IRIS = (206, 172, 152), (92, 112, 122)  # sRGB
STUDIO_LIGHT = Light()
# A photo holds its own light: the lamp only models, and a face seen from the front keeps its colours.
PHOTO_LIGHT = Light(lamp=(0.33, 0.32, 0.31), sky=(0.80, 0.80, 0.81), bounce=(0.62, 0.61, 0.60), gloss=0.40)
BACKDROP = ((126, 134, 142), (70, 76, 84))  # top and bottom


def photo_light(way: Array | None) -> Light:
    """PHOTO_LIGHT from where a photo's own light comes, as bright on what faces the viewer.

    way: (3,) unit; None: not known.
    """
    if way is None:
        return PHOTO_LIGHT

    def facing(light: Light) -> Array:
        wrap = np.array(light.wrap)
        return np.asarray((light.table()[2] + wrap) / (1 + wrap))

    turned = replace(PHOTO_LIGHT, direction=(float(way[0]), float(way[1]), float(way[2])))
    red, green, blue = np.array(turned.lamp) * facing(PHOTO_LIGHT) / facing(turned)
    return replace(turned, lamp=(float(red), float(green), float(blue)))


def gradient(size: int) -> Image:
    """(size, size, 3) uint8: a studio's backdrop."""
    share = np.linspace(0, 1, size)[:, None, None]
    top, bottom = (np.array(colour, np.float32) for colour in BACKDROP)
    return np.broadcast_to(top * (1 - share) + bottom * share, (size, size, 3)).astype(np.uint8).copy()
