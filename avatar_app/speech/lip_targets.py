"""Lip and jaw targets of every viseme with their dominance: one table for the motion teacher and the speech encoder.

Dominance after Cohen & Massaro 1993 (each speech segment pulls every articulator with its own strength, which fades
before and after it). Targets and dominance are fitted to 4,034 phones of 31 filmed talkers: rounding is narrowing and a
lowered upper lip rather than a funnel, w nearly shuts the lips, and p, b and m narrow the mouth.
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
    "lipsTogether",  # share of the jaw's opening that the lips take back
)

# viseme: target of each channel, ARKit coefficients of a clear but ordinary talker. Silence is nobody's shape: how lips
# rest is a habit (training/teacher/idle_face.py).
TARGETS: dict[str, tuple[float, ...]] = {
    "SIL": (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
    "PBM": (0.14, 0.08, 0.20, 0.00, 0.00, 0.20, 0.00, 1.00),
    "FV": (0.03, 0.11, 0.00, 0.00, 0.14, 0.11, 0.02, 0.00),
    "TH": (0.03, 0.00, 0.00, 0.20, 0.18, 0.05, 0.05, 0.00),
    "TDNL": (0.05, 0.09, 0.00, 0.22, 0.19, 0.12, 0.04, 0.00),
    "SZ": (0.06, 0.10, 0.00, 0.20, 0.28, 0.20, 0.05, 0.00),
    "SHCH": (0.05, 0.20, 0.00, 0.09, 0.29, 0.44, 0.05, 0.00),
    "KGNGH": (0.16, 0.04, 0.00, 0.47, 0.26, 0.34, 0.04, 0.00),
    "R": (0.05, 0.03, 0.12, 0.00, 0.00, 0.00, 0.02, 0.05),
    "W_U": (0.10, 0.03, 0.35, 0.00, 0.00, 0.00, 0.00, 0.81),
    "O": (0.22, 0.03, 0.16, 0.00, 0.03, 0.18, 0.03, 0.02),
    "A": (0.48, 0.07, 0.00, 0.48, 0.26, 0.50, 0.04, 0.00),
    "E": (0.41, 0.08, 0.00, 0.47, 0.36, 0.48, 0.05, 0.00),
    "I": (0.23, 0.07, 0.00, 0.43, 0.34, 0.42, 0.05, 0.00),
    "AH": (0.20, 0.11, 0.00, 0.15, 0.18, 0.25, 0.03, 0.00),
}
# viseme: dominance of (jaw, rounding, spread, lips) and its fall before and after, seconds
DOMINANCE: dict[str, tuple[tuple[float, float, float, float], float, float]] = {
    "SIL": ((0.10, 0.84, 0.35, 0.59), 0.165, 0.042),
    "PBM": ((0.57, 0.34, 1.16, 1.61), 0.050, 0.062),
    "FV": ((1.15, 0.42, 0.46, 0.90), 0.050, 0.059),
    "TH": ((1.60, 0.24, 0.17, 0.56), 0.044, 0.044),
    "TDNL": ((1.02, 0.21, 0.07, 0.27), 0.042, 0.039),
    "SZ": ((3.03, 0.68, 0.43, 0.84), 0.055, 0.059),
    "SHCH": ((0.92, 1.31, 0.77, 0.86), 0.055, 0.061),
    "KGNGH": ((0.31, 0.11, 0.09, 0.32), 0.040, 0.030),
    "R": ((1.04, 0.54, 1.54, 0.61), 0.054, 0.040),
    "W_U": ((1.11, 0.76, 2.44, 1.33), 0.046, 0.042),
    "O": ((1.15, 0.93, 1.43, 0.69), 0.067, 0.055),
    "A": ((1.12, 1.57, 0.32, 0.99), 0.059, 0.050),
    "E": ((1.12, 0.70, 0.44, 0.75), 0.048, 0.048),
    "I": ((0.63, 0.98, 0.19, 0.37), 0.058, 0.063),
    "AH": ((1.02, 0.55, 0.18, 0.32), 0.102, 0.038),
}
GROUP_OF_CHANNEL = (0, 1, 1, 2, 3, 3, 3, 1)
SPREAD_FRAMES = 1.0  # sigma, in frames, of a viseme's pull on its neighbours in `expected_shapes`


def expected_shapes(shares: Array) -> Array:
    """(T, 8) CHANNELS that viseme shares (T, 15), in the order of TARGETS and of sum 1, lead one to expect.

    The dominance average of the targets, with every viseme weighted by its share.
    """
    targets = np.array(list(TARGETS.values()))
    dominance = np.array([[strengths[group] for group in GROUP_OF_CHANNEL] for strengths, _, _ in DOMINANCE.values()])
    pull = gaussian_filter1d(shares @ (dominance * targets), SPREAD_FRAMES, axis=0)
    weight = gaussian_filter1d(shares @ dominance, SPREAD_FRAMES, axis=0)
    return (pull / weight).astype(np.float32)
