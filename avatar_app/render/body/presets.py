"""Seven people to choose from: shape, skin, hair and clothes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avatar_app.render.body.shape import LABELS
from avatar_app.request import InputError

Colour = tuple[int, int, int]  # sRGB


@dataclass(frozen=True)
class Preset:
    """title: what people read. measures: of shape.LABELS, 0 to 1. skin, brows, eyes, hair_colour: colours.

    hair: of accessories.STYLES. clothes: (garment, colour) from the skin outward; see garments.WARDROBE.
    """

    title: str
    measures: dict[str, float]
    skin: Colour
    hair: str
    hair_colour: Colour
    eyes: Colour
    clothes: tuple[tuple[str, Colour], ...] = field(default=())


PRESETS: dict[str, Preset] = {
    # Neither a man's body nor a woman's, as nobody knows whose face a portrait lends.
    "robin": Preset(
        "Robin, anybody in a jumper",
        {"gender": 0.3, "age": 0.67, "muscle": 0.48, "weight": 0.45, "height": 0.56, "proportions": 0.75},
        (214, 168, 140),
        "short",
        (66, 48, 38),
        (88, 74, 56),
        (("trousers", (62, 64, 72)), ("shoes", (72, 60, 52)), ("jumper", (84, 108, 124))),
    ),
    "mara": Preset(
        "Mara, young woman in a jumper",
        {"gender": 1.0, "age": 0.66, "muscle": 0.45, "weight": 0.45, "height": 0.55, "proportions": 0.7},
        (226, 178, 152),
        "long",
        (74, 48, 34),
        (96, 72, 48),
        (("trousers", (58, 66, 92)), ("shoes", (226, 224, 220)), ("jumper", (170, 92, 84))),
    ),
    "jonas": Preset(
        "Jonas, young man in a shirt",
        {"gender": 0.0, "age": 0.68, "muscle": 0.62, "weight": 0.45, "height": 0.6, "proportions": 0.8},
        (222, 176, 150),
        "short",
        (92, 66, 42),
        (84, 110, 128),
        (("trousers", (74, 72, 70)), ("shoes", (66, 48, 38)), ("shirt_long", (128, 158, 190))),
    ),
    "amina": Preset(
        "Amina, woman in a jacket and skirt",
        {"gender": 1.0, "age": 0.74, "muscle": 0.5, "weight": 0.55, "height": 0.5, "proportions": 0.7},
        (148, 100, 74),
        "bun",
        (30, 24, 22),
        (58, 40, 30),
        (
            ("tights", (48, 44, 52)),
            ("shoes", (40, 34, 36)),
            ("shirt_long", (232, 226, 214)),
            ("skirt", (62, 72, 78)),
            ("jacket", (72, 98, 92)),
        ),
    ),
    "tomas": Preset(
        "Tomas, heavier man in a jacket",
        {"gender": 0.0, "age": 0.8, "muscle": 0.5, "weight": 0.82, "height": 0.55, "proportions": 0.5},
        (204, 156, 126),
        "short",
        (58, 50, 46),
        (76, 60, 44),
        (
            ("trousers", (66, 70, 84)),
            ("shoes", (48, 40, 36)),
            ("shirt_long", (214, 218, 222)),
            ("jacket", (58, 64, 84)),
        ),
    ),
    "ruth": Preset(
        "Ruth, old woman in a cardigan",
        {"gender": 1.0, "age": 0.97, "muscle": 0.35, "weight": 0.58, "height": 0.4, "proportions": 0.4},
        (228, 188, 166),
        "bob",
        (196, 192, 188),
        (92, 112, 128),
        (
            ("trousers", (104, 96, 100)),
            ("shoes", (84, 68, 62)),
            ("shirt_long", (226, 214, 206)),
            ("jacket", (142, 112, 140)),
        ),
    ),
    "kei": Preset(
        "Kei, teenager in a T-shirt",
        {"gender": 0.45, "age": 0.5, "muscle": 0.42, "weight": 0.38, "height": 0.5, "proportions": 0.7},
        (220, 174, 138),
        "bob",
        (34, 28, 28),
        (56, 40, 32),
        (("trousers", (82, 98, 122)), ("shoes", (236, 232, 226)), ("shirt_short", (226, 178, 72))),
    ),
}
DEFAULT = "robin"


def checked_measures(preset: str, sliders: Mapping[str, float] | None = None) -> dict[str, float]:
    """A preset's measures with sliders over them, 0 to 1. InputError for a preset or slider that there is none of."""
    if preset not in PRESETS:
        raise InputError(f"There is no body {preset!r}: please choose one of {', '.join(PRESETS)}.")
    measures = dict(PRESETS[preset].measures)
    for name, value in (sliders or {}).items():
        if name not in LABELS:
            raise InputError(f"A body has no slider {name!r}: there are {', '.join(LABELS)}.")
        if not 0 <= value <= 1:  # NaN, too
            raise InputError(f"The body's {name} must be from 0 to 1; got {value:g}.")
        measures[name] = float(value)
    if measures["age"] < 0.3:
        raise InputError("The body's age must be at least 0.3: its clothes do not fit small children.")
    return measures
