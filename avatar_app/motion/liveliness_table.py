"""Liveliness of many clips as one table: medians, percentiles and spread between talkers, and how close two lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatar_app.motion.liveliness import AXES, Liveliness, Numbers

WORDS: dict[str, tuple[str, str]] = {
    **{axis: (f"head {axis}, std", "°") for axis in AXES},
    "head": ("head rotation, std, mean of axes", "°"),
    "speed": ("head speed, rms", "°/s"),
    "speed_median": ("head speed, median", "°/s"),
    "slow": ("frames below 3 °/s", "share"),
    **{f"move_{axis}": (f"head translation {axis}, std", "HW") for axis in "xyz"},
    "nods": ("nods of 2.5° or more", "/min"),
    "shifts": ("posture shifts of 3° or more", "/min"),
    "shift_size": ("size of a posture shift", "°"),
    "brow": ("brow height, std", "IOD"),
    "raises": ("brow raises", "/min"),
    "lowerings": ("brow lowerings", "/min"),
    "raise_size": ("size of a brow raise", "IOD"),
    "raise_seconds": ("length of a brow raise", "s"),
    "brow_inner": ("browInnerUp, std", ""),
    "brow_inner_p95": ("browInnerUp, 95 %", ""),
    "blinks": ("blinks", "/min"),
    "blink_seconds": ("blink at half depth", "s"),
    "lids": ("lid opening between blinks, std", "share"),
    "gaze_shifts": ("gaze shifts of 5° or more", "/min"),
    "eyes_across": ("eyes in head across, std", "°"),
    "eyes_down": ("eyes in head up and down, std", "°"),
    "lip_pairs": ("lip dynamics, std of point pairs", "IOD"),
    "gap": ("lip gap, std", "IOD"),
    "gap_p95": ("lip gap, 95 %", "IOD"),
    "jaw": ("jawOpen, std", ""),
    "jaw_p95": ("jawOpen, 95 %", ""),
    "width": ("mouth width, std", "IOD"),
    "pucker_p95": ("mouthPucker, 95 %", ""),
    "lips_shut": ("lips shut while talking", "share"),
    "corners": ("mouth corners left less right, std", "IOD"),
    "sideways": ("mouth sideways, std", "IOD"),
    "smile_sides": ("smile left less right, std", ""),
    "smile_median": ("smile, median", ""),
    "smile": ("smile, std", ""),
    "smile_p95": ("smile, 95 %", ""),
    "smile_drift": ("smile below 0.15 Hz, std", ""),
    "pause_lips": ("lips in pauses, MAD", "IOD"),
    "pause_speed": ("head speed in pauses", "of mean"),
    "onset_speed": ("head speed as speech begins", "of mean"),
    "onset_lift": ("head lifts as speech begins", "°"),
}


@dataclass(frozen=True)
class Summary:
    """One measure over talkers: 10th, 50th, 90th percentile and sigma of the logarithm; nan where nobody showed it."""

    p10: float
    p50: float
    p90: float
    sigma: float


def summarise(talkers: Sequence[Liveliness]) -> dict[str, Summary]:
    """Every measure over the clips of so many talkers; a clip without what is measured does not count."""
    return {name: _summary(np.array([getattr(talker, name) for talker in talkers], np.float64)) for name in WORDS}


def _summary(values: Numbers) -> Summary:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return Summary(*[float("nan")] * 4)
    low, middle, high = np.quantile(known, (0.1, 0.5, 0.9)).tolist()
    return Summary(low, middle, high, log_sigma(known))


def log_sigma(amplitudes: Numbers) -> float:
    """Standard deviation of the logarithm of amplitudes (N,) above 0: how differently talkers move. nan below three."""
    known = np.log(amplitudes[amplitudes > 0])
    return float(known.std(ddof=1)) if len(known) > 2 else float("nan")


def closeness(ours: float, real: float) -> float:
    """1 - |ours - real| / |real| (THEval): 1 is the same, below 0 more than twice as much; nan where real is 0."""
    return 1 - abs(ours - real) / abs(real) if real else float("nan")
