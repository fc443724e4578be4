"""The baked body: what checkpoints/body/body.safetensors holds (tools/assets/make_body.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from avatar_app.motion.skeleton import JOINT_NAMES
from avatar_app.paths import CHECKPOINTS
from avatar_app.render.body.shape import blend_weights
from avatar_app.types import Array, Ints

BODY_FILE = CHECKPOINTS / "body" / "body.safetensors"
BONES = (*JOINT_NAMES, "shoulder01.L", "shoulder01.R")  # whose places are kept


@dataclass(frozen=True)
class Cut:
    """A garment's surface: own vertices lie between two of the skin, at (n, 2) by mix (n,); quads (q, 4) of its own.

    rim: (n,) bool, on a border.
    """

    at: Ints
    mix: Array
    quads: Ints
    rim: npt.NDArray[np.bool_]

    def blend(self, values: Array) -> Array:
        """(n, ...) of values (N, ...) of the skin's vertices."""
        mix = self.mix.reshape(-1, *([1] * (values.ndim - 1)))
        return np.asarray(values[self.at[:, 0]] * (1 - mix) + values[self.at[:, 1]] * mix)


@dataclass(frozen=True)
class Shaped:
    """A person's measures in metres, camera axes, anny's origin (the middle of the hips).

    vertices: (N, 3) of the skin. head: (B, 3) of the 3-D head's rest. eyes: (2, 3) centres. eye_scale: of the
    eyeballs against an average adult's. bones: places of BONES.
    """

    vertices: Array
    head: Array
    eyes: Array
    eye_scale: float
    bones: dict[str, Array]


@dataclass(frozen=True)
class Asset:
    """Everything baked. See make_body.py; N skin vertices, B of the 3-D head before subdivision."""

    arrays: dict[str, npt.NDArray[Any]]
    vertices: Array
    head_at: Ints
    skin_bones: Ints
    skin_weights: Array
    light: Array
    origin: Array

    def quads(self, name: str) -> Ints:
        """(q, 4) of "head", "body", "hand" or "foot"."""
        return self.arrays[f"quads.{name}"].astype(np.int32)

    def field(self, name: str) -> Array:
        """(N,) of "sleeve", "leg", "up", "neck", "x" or "front"; see make_body.fields."""
        return self.arrays[f"field.{name}"].astype(np.float32)

    def cut(self, name: str) -> Cut:
        """A garment's surface; KeyError for one that there is none of."""
        at, mix, quads, rim = (self.arrays[f"{name}.{part}"] for part in ("at", "mix", "quads", "rim"))
        return Cut(at.astype(np.int32), mix.astype(np.float32), quads.astype(np.int32), rim > 0)

    def shaped(self, measures: Mapping[str, float], head_rest: Array) -> Shaped:
        """A person of these measures (see shape.LABELS). head_rest: (B, 3) of the average 3-D head."""
        table, mask = self.arrays["table"], self.arrays["mask"]
        amounts = (blend_weights(measures, mask) - blend_weights({}, mask)) @ table
        moved = np.tensordot(amounts.astype(np.float32), self.arrays["directions"].astype(np.float32), 1)
        count, bones = len(self.vertices), len(BONES)
        eyes, fronts = moved[-bones - 4 : -bones - 2], moved[-bones - 2 : -bones]
        radius = 0.0125  # metres: anny's eyeballs
        scale = 1 + float(np.mean((fronts - eyes)[:, 2])) / radius
        places = self.arrays["bones"] + moved[-bones:]
        return Shaped(
            self.vertices + moved[:count],
            head_rest + self.origin + moved[self.head_at],
            self.arrays["eyes"] + eyes,
            scale,
            dict(zip(BONES, places, strict=True)),
        )


@lru_cache(maxsize=1)
def load_asset() -> Asset:
    """The shipped body."""
    arrays = load_file(str(BODY_FILE))
    return Asset(
        arrays,
        arrays["vertices"],
        arrays["head_at"],
        arrays["skin_bones"].astype(np.int32),
        arrays["skin_weights"].astype(np.float32) / 65535,
        arrays["light"].astype(np.float32) / 255,
        arrays["origin"],
    )
