"""Lip and jaw targets of every viseme with their dominance: one table for the motion teacher and the speech encoder.

Targets after the vowel heights and lip roundings of phonetics, dominance after Cohen & Massaro 1993 (each speech
segment pulls every articulator with its own strength, which fades before and after it).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.types import Array

CHANNELS = (
    "jawOpen",
    "mouthFunnel",
    "mouthPucker",
    "spread",
    "mouthUpperUp",
    "mouthLowerDown",
    "mouthShrugUpper",
)

# viseme: target of each channel, ARKit coefficients of a clear but ordinary talker
TARGETS: dict[str, tuple[float, ...]] = {
    "SIL": (0.00, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "PBM": (0.10, 0.0, 0.05, 0.0, 0.0, 0.0, 0.05),
    "FV": (0.12, 0.0, 0.0, 0.08, 0.22, 0.0, 0.05),
    "TH": (0.16, 0.0, 0.0, 0.10, 0.10, 0.18, 0.0),
    "TDNL": (0.17, 0.02, 0.0, 0.10, 0.08, 0.16, 0.0),
    "SZ": (0.09, 0.05, 0.0, 0.22, 0.18, 0.38, 0.0),
    "SHCH": (0.11, 0.50, 0.20, 0.0, 0.20, 0.26, 0.05),
    "KGNGH": (0.19, 0.03, 0.0, 0.08, 0.08, 0.14, 0.0),
    "R": (0.17, 0.22, 0.28, 0.0, 0.05, 0.10, 0.0),
    "W_U": (0.09, 0.30, 0.68, 0.0, 0.0, 0.05, 0.0),
    "O": (0.36, 0.42, 0.30, 0.0, 0.03, 0.08, 0.0),
    "A": (0.52, 0.04, 0.0, 0.12, 0.12, 0.18, 0.0),
    "E": (0.38, 0.0, 0.0, 0.28, 0.14, 0.24, 0.0),
    "I": (0.12, 0.0, 0.0, 0.36, 0.14, 0.26, 0.0),
    "AH": (0.32, 0.06, 0.03, 0.08, 0.08, 0.14, 0.0),
}
# viseme: dominance of (jaw, rounding, spread, lips) and its fall before and after, seconds
DOMINANCE: dict[str, tuple[tuple[float, float, float, float], float, float]] = {
    "SIL": ((0.8, 0.5, 0.6, 0.8), 0.06, 0.07),
    "PBM": ((0.4, 0.10, 0.12, 0.5), 0.04, 0.04),
    "FV": ((0.6, 0.25, 0.3, 1.2), 0.05, 0.05),
    "TH": ((0.5, 0.15, 0.2, 0.5), 0.036, 0.036),
    "TDNL": ((0.35, 0.08, 0.12, 0.3), 0.032, 0.032),
    "SZ": ((0.9, 0.25, 0.5, 1.2), 0.05, 0.045),
    "SHCH": ((0.9, 1.2, 0.8, 1.2), 0.075, 0.06),
    "KGNGH": ((0.25, 0.08, 0.1, 0.25), 0.032, 0.032),
    "R": ((0.5, 0.7, 0.4, 0.4), 0.048, 0.04),
    "W_U": ((1.3, 1.5, 1.2, 0.9), 0.085, 0.065),
    "O": ((2.0, 1.2, 1.0, 0.8), 0.075, 0.06),
    "A": ((2.0, 0.7, 0.6, 0.7), 0.06, 0.06),
    "E": ((2.0, 0.7, 0.9, 0.8), 0.055, 0.055),
    "I": ((1.4, 0.8, 1.1, 0.9), 0.055, 0.055),
    "AH": ((1.6, 0.35, 0.35, 0.4), 0.05, 0.05),
}
GROUP_OF_CHANNEL = (0, 1, 1, 2, 3, 3, 3)
SPREAD_FRAMES = 1.0  # sigma, in frames, of a viseme's pull on its neighbours in `expected_shapes`


def expected_shapes(shares: Array) -> Array:
    """(T, 7) CHANNELS that viseme shares (T, 15), in the order of TARGETS and of sum 1, lead one to expect.

    The dominance average of the targets, with every viseme weighted by its share.
    """
    targets = np.array(list(TARGETS.values()))
    dominance = np.array([[strengths[group] for group in GROUP_OF_CHANNEL] for strengths, _, _ in DOMINANCE.values()])
    pull = gaussian_filter1d(shares @ (dominance * targets), SPREAD_FRAMES, axis=0)
    weight = gaussian_filter1d(shares @ dominance, SPREAD_FRAMES, axis=0)
    return (pull / weight).astype(np.float32)
