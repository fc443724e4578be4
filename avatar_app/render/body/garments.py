"""A person's clothes, layer after layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from avatar_app.render.body.accessories import shoes, skirt
from avatar_app.render.body.asset import Asset, Shaped
from avatar_app.render.body.cloth import Shell, Skin, lay, well_inside
from avatar_app.render.body.drape import Tube, ramp
from avatar_app.render.body.rig import skin_bones
from avatar_app.types import Array

Clothes = Sequence[tuple[str, tuple[int, int, int]]]  # names of WARDROBE or BUILT and colours, the innermost first


@dataclass(frozen=True)
class Garment:
    """cut: its surface in the asset. offset, flare: metres off the skin, and more at its hems. smooth: rounds of
    evening out. gloss: of its highlights. hangs: which tubes it falls on: "trunk", "legs"; loose: metres off these.
    covers: which skin it hides: "arms", "legs"."""

    cut: str
    offset: float
    flare: float = 0.0
    smooth: int = 5
    gloss: float = 0.0
    hangs: tuple[str, ...] = ()
    loose: float = 0.0
    covers: tuple[str, ...] = ()


WARDROBE = {
    "shirt_short": Garment("shirt_short", 0.010, 0.010, 6, 0, ("trunk",), 0.008),
    "shirt_long": Garment("shirt_long", 0.009, 0.002, 6, 0, ("trunk",), 0.006, ("arms",)),
    "jumper": Garment("jumper", 0.014, 0.001, 8, 0, ("trunk",), 0.012, ("arms",)),
    "jacket": Garment("jacket", 0.017, 0.002, 8, 0.03, ("trunk",), 0.018, ("arms",)),
    "trousers": Garment("trousers", 0.006, 0.003, 8, 0, ("legs",), 0.008, ("legs",)),
    "tights": Garment("trousers", 0.002, 0.0, 1, 0.1, (), 0, ("legs",)),
}
BUILT = ("shoes", "skirt")  # the rest of what a preset may wear


def dressed(
    asset: Asset, shaped: Shaped, skin: Skin, clothes: Sequence[tuple[str, tuple[int, int, int]]]
) -> list[Shell]:
    """Shells of all clothes. KeyError for one that is neither in WARDROBE nor in BUILT."""
    tubes = _tubes(asset, shaped)
    arms = _arm_share(asset, skin)
    under = np.zeros(len(skin.vertices), bool)
    shells: list[Shell] = []
    for name, colour in reversed(clothes):  # the outermost first: it hides what lies below
        tint = np.array(colour, np.float32) / 255
        if name == "shoes":
            bright = 0.35 + 0.4 * (float(tint.mean()) < 0.6)
            shells += shoes(asset, shaped, tint, tint * bright if tint.mean() < 0.6 else tint * 0.9)
        elif name == "skirt":
            shells.append(skirt(asset, shaped, tint))
        else:
            own = WARDROBE[name]
            cut = asset.cut(own.cut)

            hang = partial(_hung, own=own, tubes=tubes, arms=cut.blend(arms), shaped=shaped)
            shells.append(lay(cut, skin, own.offset, tint, own.smooth, own.gloss, own.flare, hang, under))
            under = under | well_inside(cut, len(under))
    return shells


def _arm_share(asset: Asset, skin: Skin) -> Array:
    """(N,) how much of each vertex hangs on arms."""
    arms = [name.startswith(("upperarm", "lowerarm", "wrist", "finger", "shoulder")) for name in skin_bones()]
    return np.asarray(skin.weights[:, arms].sum(1))


def _tubes(asset: Asset, shaped: Shaped) -> dict[str, Tube]:
    """Of the trunk and of both legs."""
    arms, legs, up = asset.field("sleeve"), asset.field("leg"), shaped.vertices[:, 1]
    chest, hip = shaped.bones["clavicle.L"][1] - 0.03, shaped.bones["upperleg01.L"][1]
    trunk = shaped.vertices[(arms < 0) & (up < chest + 0.03) & (np.abs(shaped.vertices[:, 0]) < 0.24)]
    tubes = {"trunk": Tube.around(trunk, chest, hip - 0.16, 0.22)}
    for side, sign in (("L", 1), ("R", -1)):
        own = shaped.vertices[(legs > 0.1) & (legs < 2.0) & (arms < 0) & (sign * shaped.vertices[:, 0] > 0)]
        tubes[side] = Tube.around(own, hip - 0.16, shaped.bones[f"foot.{side}"][1], 0.10)
    return tubes


def _hung(vertices: Array, own: Garment, tubes: dict[str, Tube], arms: Array, shaped: Shaped) -> Array:
    """Vertices of a garment moved onto the tubes that it falls on."""
    hip = shaped.bones["upperleg01.L"][1]
    if "trunk" in own.hangs:
        chest = shaped.bones["clavicle.L"][1]
        share = ramp(-vertices[:, 1], -chest + 0.04, -chest + 0.13) * ramp(-arms, -0.45, -0.05)
        vertices = tubes["trunk"].push(vertices, share, own.loose)
    if "legs" in own.hangs:
        share = ramp(-vertices[:, 1], -hip + 0.15, -hip + 0.30)
        for side, sign in (("L", 1), ("R", -1)):
            vertices = tubes[side].push(vertices, share * (sign * vertices[:, 0] > 0), own.loose)
    return vertices


def hidden(clothes: Clothes) -> set[str]:
    """What skin the clothes hide: "arms", "legs"."""
    return {part for name, _ in clothes if name in WARDROBE for part in WARDROBE[name].covers}
