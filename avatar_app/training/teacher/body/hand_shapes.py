"""Shapes of the hand, as bends of its fingers (McNeill 1992; Bressem 2013: a few shapes make most gestures).

Every shape is given by how far each finger curls, from 0 straight to 1 in the palm, how far they are spread, and how
the thumb stands: opposed from -1, out like a hitch-hiker's, to 1, before the fingers; and bent from 0 to 1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from avatar_app.motion.skeleton import relaxed
from avatar_app.training.teacher.body.kinematics import ARM, FINGERS, Floats, bends_of

CURL = np.radians((-80.0, -95.0, -62.0))  # of a finger's three joints at curl 1
SPREAD = np.radians((9.0, 1.5, -6.0, -13.0))  # of fingers 2 to 5 about x at spread 1
THUMB_ACROSS = np.array((0.76, -0.65, 0.0))  # the axis about which a left thumb comes before the fingers
THUMB_STANDS, THUMB_BENDS = np.radians(34.0), np.radians(38.0)

# (thumb's opposition, thumb's bend, index, middle, ring, little finger, spread)
SHAPES: dict[str, tuple[float, ...]] = {
    "open": (-0.35, 0.05, 0.08, 0.06, 0.08, 0.10, 0.55),
    "flat": (-0.10, 0.05, 0.02, 0.02, 0.02, 0.03, 0.05),
    "spread": (-0.70, 0.0, 0.02, 0.0, 0.02, 0.04, 1.0),
    "loose": (0.05, 0.15, 0.20, 0.26, 0.30, 0.34, 0.25),
    "cup": (0.35, 0.15, 0.30, 0.30, 0.32, 0.34, 0.45),
    "claw": (0.05, 0.25, 0.42, 0.40, 0.40, 0.42, 0.75),
    "point": (0.55, 0.65, 0.03, 0.82, 0.88, 0.92, 0.0),
    "ring": (0.85, 0.20, 0.52, 0.42, 0.36, 0.30, 0.55),
    "purse": (0.75, 0.15, 0.48, 0.50, 0.52, 0.55, 0.0),
    "fist": (0.75, 0.80, 0.92, 0.95, 0.97, 1.0, 0.0),
    "thumb_up": (-1.0, 0.0, 0.92, 0.95, 0.97, 1.0, 0.0),
    "count_1": (0.75, 0.75, 0.03, 0.85, 0.90, 0.92, 0.0),
    "count_2": (0.85, 0.75, 0.03, 0.03, 0.88, 0.92, 0.5),
    "count_3": (0.85, 0.80, 0.03, 0.02, 0.05, 0.90, 0.5),
    "count_4": (0.90, 0.75, 0.03, 0.02, 0.03, 0.05, 0.5),
    "count_5": (-0.75, 0.0, 0.03, 0.02, 0.03, 0.05, 0.8),
    "folded": (0.10, 0.30, 0.38, 0.40, 0.42, 0.42, 0.1),
    "chin": (-0.45, 0.10, 0.45, 0.62, 0.70, 0.76, 0.1),
}


@lru_cache(maxsize=64)
def hand_shape(name: str) -> Floats:
    """(15, 3) radians, bends and twists of a left hand's finger joints. KeyError for a shape that there is none of."""
    if name == "relaxed":
        return bends_of(relaxed()[ARM["L"][FINGERS:]].astype(np.float64))
    across, bend, *curls, spread = SHAPES[name]
    joints = np.zeros((5, 3, 3))
    joints[0] = THUMB_ACROSS * np.array((across * THUMB_STANDS, bend * THUMB_BENDS, bend * THUMB_BENDS))[:, None]
    for finger, curl in enumerate(curls, start=1):
        joints[finger, :, 2] = curl * CURL
        joints[finger, 0, 0] = -spread * SPREAD[finger - 1] * (1 - curl)
    return joints.reshape(15, 3)
