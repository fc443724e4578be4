"""How people move who talk to a camera: percentiles over talkers of every measure of liveliness.

Read with this project's landmarks off films of 24 to 35 people (formal address, interviews, lectures), no person of
whom is in any data set here; noise of the tracker subtracted. Few seconds of each, so that counts scatter. Pitch is
read at about two thirds of its size by any tracker of this kind and may really be up to 1.5 times larger.
"""

from __future__ import annotations

from dataclasses import dataclass

QUARTILE = 0.6745 / 1.2816  # of the way to the 10th or 90th percentile, as normal distributions have it
SKEWED = 0.2  # of the median: a 10th percentile below it is no log-normal's
WITHIN = 0.3  # of a spread between talkers
USUAL_SIGMA = 0.6  # of what the films' median alone is known


@dataclass(frozen=True)
class Percentiles:
    """10th, 50th and 90th percentile over talkers; sigma of the logarithm between them, None where it is not known."""

    p10: float
    p50: float
    p90: float
    sigma: float | None = None

    def quartiles(self) -> tuple[float, float]:
        """25th and 75th percentile, estimated: log-normal on each side of the median."""
        return _between(self.p50, self.p10), _between(self.p50, self.p90)

    def holds(self, median: float) -> bool:
        """Whether a median lies between the quartiles."""
        low, high = self.quartiles()
        return low <= median <= high

    def as_varied(self, sigma: float) -> bool | None:
        """Whether talkers differ from each other as people do, within WITHIN; None where that is not known."""
        return None if self.sigma is None else abs(sigma / self.sigma - 1) <= WITHIN


def _between(median: float, outer: float) -> float:
    if outer < SKEWED * median:  # counts may be none
        return median + QUARTILE * (outer - median)
    return float(median * (outer / median) ** QUARTILE)


def _around(median: float, sigma: float | None = None) -> Percentiles:
    """Where only the median was measured, or the median and the spread: the rest as a log-normal has it."""
    reach = 2.71828 ** (1.2816 * (sigma or USUAL_SIGMA))
    return Percentiles(median / reach, median, median * reach, sigma)


REAL: dict[str, Percentiles] = {
    "pitch": Percentiles(1.3, 1.8, 5.4, 0.62),
    "yaw": Percentiles(1.4, 3.5, 6.5, 0.79),
    "roll": Percentiles(1.1, 2.8, 4.5, 0.66),
    "head": _around(2.6, 0.61),
    "speed": Percentiles(10, 21, 41, 0.62),
    "speed_median": Percentiles(5, 12.4, 25),
    "slow": _around(0.06),
    "move_x": _around(0.034, 0.60),
    "move_y": _around(0.021, 0.56),
    "move_z": _around(0.065),
    "nods": Percentiles(2, 26, 58),
    "shifts": _around(20),
    "shift_size": _around(8.6),
    "brow": Percentiles(0.005, 0.015, 0.028, 0.75),  # free of pose; 0.021 [0.008-0.033] as it is seen
    "raises": Percentiles(5, 16, 32),
    "lowerings": _around(8),
    "raise_size": _around(0.043, 0.5),
    "raise_seconds": _around(0.62),
    "brow_inner": _around(0.17, 0.53),
    "brow_inner_p95": _around(0.50),
    "blinks": Percentiles(4, 24, 54, 0.87),
    "blink_seconds": Percentiles(0.09, 0.13, 0.19),
    "lids": _around(0.051),
    "gaze_shifts": Percentiles(0, 21, 45, 0.79),
    "eyes_across": _around(2.9),
    "eyes_down": _around(1.4),
    "gap": Percentiles(0.052, 0.071, 0.095, 0.25),
    "gap_p95": Percentiles(0.17, 0.25, 0.32),
    "jaw": _around(0.084, 0.25),
    "jaw_p95": _around(0.30, 0.25),
    "width": _around(0.054),
    "pucker_p95": _around(0.14),
    "lips_shut": _around(0.12),
    "corners": _around(0.010, 0.51),
    "sideways": _around(0.0075),
    "smile_sides": _around(0.042),
    "smile_median": _around(0.05, 0.73),
    "smile": _around(0.09, 0.59),
    "smile_p95": _around(0.29),
    "smile_drift": _around(0.034),
    "pause_lips": Percentiles(0.003, 0.020, 0.063),
    "pause_speed": Percentiles(0.35, 0.56, 0.8),
    "onset_speed": Percentiles(1.0, 1.35, 1.8),
    "onset_lift": Percentiles(-2.0, 2.4, 6.0),
}
# Head rotation in degrees rms per band, medians.
REAL_BANDS: dict[str, dict[str, float]] = {
    "below_0.3_hz": {"pitch": 1.5, "yaw": 2.4, "roll": 1.8},
    "0.3_to_1_hz": {"pitch": 1.5, "yaw": 2.3, "roll": 1.6},
    "1_to_3_hz": {"pitch": 0.86, "yaw": 0.91, "roll": 0.49},
    "3_to_6_hz": {"pitch": 0.27, "yaw": 0.27, "roll": 0.13},  # at most: the tracker's noise is in it
}
