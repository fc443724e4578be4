"""Curves that motion is made of: steps, strokes and drifts, and feelings that ebb and return."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from avatar_app.request import FPS

Curve = npt.NDArray[Any]  # of any float type


def smoothstep(x: npt.ArrayLike) -> Curve:
    """0 to 1 with flat ends, for x from 0 to 1; clamped outside."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def stroke(x: npt.ArrayLike) -> Curve:
    """0 to 1 as a limb moves, with the least jerk (Flash & Hogan 1985), for x from 0 to 1; clamped outside."""
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x * x)


def drift(frames: int, seconds: float, rng: np.random.Generator) -> Curve:
    """(frames,) smooth unit-variance noise with a correlation time of about `seconds`."""
    sigma = seconds * FPS
    pad = int(3 * sigma) + 1
    noise = gaussian_filter1d(rng.standard_normal(frames + 2 * pad), sigma)[pad : pad + frames]
    return noise * np.sqrt(2 * np.sqrt(np.pi) * sigma)


def seconds(frames: int) -> Curve:
    """(frames,) the middle of every frame."""
    return (np.arange(frames) + 0.5) / FPS


def within(frames: int, start: float, end: float, edge: float) -> Curve:
    """(frames,) 1 between two times and 0 beyond `edge` around them, all in seconds."""
    t = seconds(frames)
    return np.asarray(np.clip((t - start) / edge + 1, 0, 1) * np.clip((end - t) / edge + 1, 0, 1))


def ebb(frames: int, starts: list[float], rng: np.random.Generator) -> Curve:
    """(T,) about 0.5 to 1.1: a feeling rises, ebbs and returns. starts: seconds at which one sets in."""
    t = seconds(frames)
    curve = np.full(frames, 1.0)
    for start in starts or [0.0]:
        at, high = start + rng.uniform(0.9, 2.0), False
        level = float(rng.uniform(0.95, 1.08))
        curve[t >= start] = level
        while at < t[-1]:
            target = float(rng.uniform(0.92, 1.1) if high else rng.uniform(0.55, 0.8))
            length = rng.uniform(0.4, 0.8) if high else rng.uniform(0.8, 1.6)
            curve += (t >= start) * stroke((t - at) / length) * (target - level)
            level, high = target, not high
            at += length + (rng.uniform(0.5, 2.4) if high else rng.uniform(0.3, 1.2))
    return (curve * (1 + 0.06 * drift(frames, 0.5, rng))).astype(np.float32)
