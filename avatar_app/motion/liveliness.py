"""How lively a face moves: the measures on which takes are compared with films of people.

In the style of THEval (arXiv 2511.04520): distributions of movement, not agreement frame by frame. Angles are in
degrees, distances in interocular distances (IOD) or head widths (HW), rates per minute. Curves are low-passed at 5 Hz,
where trackers still see movement and not their own noise; blinks and gaze shifts, which are faster, are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import dct
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from avatar_app.motion.liveliness_curves import Curves
from avatar_app.request import FPS, InputError

Numbers = npt.NDArray[np.floating[Any]]

SHORTEST = 50  # frames
PASSED = 5.0  # Hz
WINDOW = 8 * FPS  # frames, about, within which spreads are taken
NOD, NOD_FRAMES = 2.5, FPS  # degrees down and back up, within so long
SHIFT, SHIFT_BAND = 3.0, 0.5  # degrees that the head moves between two rests, below so many hertz
GAZE_SHIFT, GAZE_FRAMES = 5.0, 4  # degrees between two gazes that last so long
RAISE = 0.02  # IOD
SHUT, BLINK_AROUND = 0.4, (6, 11)  # of the usual opening that a blink takes; frames around it
CLOSED = 0.02  # IOD, below which lips count as shut
SLOW = 3.0  # degrees a second
MOOD_BAND = 0.15  # Hz
BANDS = {"below_0.3_hz": (0.0, 0.3), "0.3_to_1_hz": (0.3, 1.0), "1_to_3_hz": (1.0, 3.0), "3_to_6_hz": (3.0, 6.0)}
AXES = ("pitch", "yaw", "roll")
PAUSE, EDGE, ONSET = 7, 5, 5  # frames: of a pause at least, of its ends that are no rest yet, of the speech after it


@dataclass(frozen=True)
class Liveliness:
    """Figures of one clip; nan where it shows none of what is measured. Units: see liveliness_table.WORDS."""

    pitch: float
    yaw: float
    roll: float
    head: float
    speed: float
    speed_median: float
    slow: float
    move_x: float
    move_y: float
    move_z: float
    nods: float
    shifts: float
    shift_size: float
    brow: float
    raises: float
    lowerings: float
    raise_size: float
    raise_seconds: float
    brow_inner: float
    brow_inner_p95: float
    blinks: float
    blink_seconds: float
    lids: float
    gaze_shifts: float
    eyes_across: float
    eyes_down: float
    lip_pairs: float
    gap: float
    gap_p95: float
    jaw: float
    jaw_p95: float
    width: float
    pucker_p95: float
    lips_shut: float
    corners: float
    sideways: float
    smile_sides: float
    smile_median: float
    smile: float
    smile_p95: float
    smile_drift: float
    pause_lips: float
    pause_speed: float
    onset_speed: float
    onset_lift: float


def liveliness(curves: Curves) -> Liveliness:
    """Every figure of one clip of 2 s or more; InputError for shorter ones."""
    if len(curves) < SHORTEST:
        raise InputError(f"{len(curves) / FPS:.1f} s are too short to tell how somebody moves: give 2 s or more.")
    return Liveliness(**_head(curves), **_brows(curves), **_eyes(curves), **_mouth(curves), **_pauses(curves))


def head_bands(angles: Numbers) -> dict[str, dict[str, float]]:
    """Degrees rms in BANDS for each of AXES, of (T, 3) degrees.

    By cosine transform, which the ends of a clip do not disturb.
    """
    power = dct(angles - angles.mean(axis=0), axis=0, norm="ortho") ** 2 / len(angles)
    hertz = np.arange(len(angles)) * FPS / 2 / len(angles)
    return {
        name: dict(zip(AXES, np.sqrt(power[(hertz >= low) & (hertz < high)].sum(axis=0)).tolist(), strict=True))
        for name, (low, high) in BANDS.items()
    }


def low_pass(values: Numbers, hertz: float = PASSED, order: int = 4) -> Numbers:
    """(T, ...) without what is faster than `hertz`, without delay."""
    sections = butter(order, hertz, fs=FPS, output="sos")
    return np.asarray(sosfiltfilt(sections, values, axis=0, padlen=min(FPS, len(values) - 1)))


def spread(values: Numbers) -> Numbers:
    """Standard deviation within windows of about 8 s, their mean; of each column of (T, ...)."""
    parts = np.array_split(values, max(1, round(len(values) / WINDOW)))
    return np.asarray(np.mean([part.std(axis=0) for part in parts], axis=0))


def _head(curves: Curves) -> dict[str, float]:
    angles = low_pass(curves.angles)
    axes, place = spread(angles), spread(low_pass(curves.place))
    speed = head_speed(curves)
    moves = posture_shifts(curves.angles)
    return {
        **dict(zip(AXES, axes.tolist(), strict=True)),
        "head": float(axes.mean()),
        "speed": float(np.sqrt((speed**2).mean())),
        "speed_median": float(np.median(speed)),
        "slow": float((speed < SLOW).mean()),
        **{f"move_{axis}": float(value) for axis, value in zip("xyz", place, strict=True)},
        "nods": _rate(len(find_peaks(angles[:, 0], prominence=NOD, wlen=2 * (NOD_FRAMES // 2) + 1)[0]), curves),
        "shifts": _rate(len(moves), curves),
        "shift_size": _median(moves),
    }


def head_speed(curves: Curves) -> Numbers:
    """(T - 1,) degrees a second."""
    return np.linalg.norm(np.diff(low_pass(curves.angles), axis=0), axis=1) * FPS


def posture_shifts(angles: Numbers) -> list[float]:
    """Degrees of every posture shift of (T, 3): from one moment of rest to the next, of the slow part of the head."""
    slow = low_pass(angles, SHIFT_BAND, 2)
    speed = np.linalg.norm(np.diff(slow, axis=0), axis=1)
    rests = [0, *find_peaks(-speed)[0].tolist(), len(slow) - 1]
    sizes = np.linalg.norm(np.diff(slow[rests], axis=0), axis=1)
    return [float(size) for size in sizes if size >= SHIFT]


def _brows(curves: Curves) -> dict[str, float]:
    brow, inner = low_pass(curves.brow), low_pass(curves.brow_inner)
    raised, shape = find_peaks(brow, prominence=RAISE, width=0)
    return {
        "brow": float(spread(brow)),
        "raises": _rate(len(raised), curves),
        "lowerings": _rate(len(find_peaks(-brow, prominence=RAISE)[0]), curves),
        "raise_size": _median(shape["prominences"]),
        "raise_seconds": _median(shape["widths"]) / FPS,
        "brow_inner": float(spread(inner)),
        "brow_inner_p95": float(np.quantile(curves.brow_inner, 0.95)),
    }


def blink_frames(lids: Numbers) -> tuple[npt.NDArray[np.intp], Numbers]:
    """Frames in which blinks are deepest, and their lengths in frames at half depth, of lid openings (T,)."""
    frames, shape = find_peaks(1 - lids, height=SHUT, prominence=SHUT, width=0)
    return frames, shape["widths"]


def between_blinks(lids: Numbers) -> npt.NDArray[np.bool_]:
    """(T,) where no blink is under way."""
    free = np.ones(len(lids), bool)
    for frame in blink_frames(lids)[0]:
        free[max(0, frame - BLINK_AROUND[0]) : frame + BLINK_AROUND[1]] = False
    return free


def gaze_shifts(curves: Curves) -> int:
    """How often the eyes jump to look elsewhere: head and eyes together, so that steadying the gaze is none.

    Means of GAZE_FRAMES before and after a moment are compared, so that a tracker's jitter is no jump.
    """
    look = uniform_filter1d(curves.angles[:, :2] + curves.eyes, GAZE_FRAMES, axis=0)
    apart = GAZE_FRAMES + 1  # a saccade takes a frame itself
    jump = np.linalg.norm(look[apart:] - look[:-apart], axis=1)
    return len(find_peaks(np.pad(jump, 1), height=GAZE_SHIFT, distance=apart)[0])


def _eyes(curves: Curves) -> dict[str, float]:
    frames, widths = blink_frames(curves.lids)
    open_lids = curves.lids[between_blinks(curves.lids)]
    down, across = spread(low_pass(curves.eyes))
    return {
        "blinks": _rate(len(frames), curves),
        "blink_seconds": _median(widths) / FPS,
        "lids": float(open_lids.std()) if len(open_lids) else float("nan"),
        "gaze_shifts": _rate(gaze_shifts(curves), curves),
        "eyes_across": float(across),
        "eyes_down": float(down),
    }


def _mouth(curves: Curves) -> dict[str, float]:
    smile = curves.smile.mean(axis=1)
    talking = np.ones(len(curves), bool) if curves.talking is None else curves.talking
    return {
        "lip_pairs": float(spread(low_pass(curves.pairs)).mean()),
        "gap": float(spread(low_pass(curves.gap))),
        "gap_p95": float(np.quantile(curves.gap, 0.95)),
        "jaw": float(spread(low_pass(curves.jaw))),
        "jaw_p95": float(np.quantile(curves.jaw, 0.95)),
        "width": float(spread(low_pass(curves.width))),
        "pucker_p95": float(np.quantile(curves.pucker, 0.95)),
        "lips_shut": float((curves.gap[talking] < CLOSED).mean()) if talking.any() else float("nan"),
        "corners": float(spread(low_pass(curves.corners))),
        "sideways": float(spread(low_pass(curves.sideways))),
        "smile_sides": float(spread(low_pass(curves.smile[:, 0] - curves.smile[:, 1]))),
        "smile_median": float(np.median(smile)),
        "smile": float(spread(low_pass(smile))),
        "smile_p95": float(np.quantile(smile, 0.95)),
        "smile_drift": float(low_pass(smile, MOOD_BAND, 2).std()),
    }


def pauses(talking: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame and frame after the last of every pause of 0.28 s or more between words (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], talking, [True]]).astype(int)))
    found = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in found if a > 0 and b + 1 < len(talking) and b - a >= PAUSE]


def _pauses(curves: Curves) -> dict[str, float]:
    """What lips and head do around pauses; nan where there are none or nobody knows them."""
    found = [] if curves.talking is None else pauses(curves.talking)
    gap, pitch, speed = low_pass(curves.gap), low_pass(curves.angles[:, 0]), head_speed(curves)
    inside = [np.abs(gap[a:b] - np.median(gap[a:b])) for a, b in found]
    mean = max(float(speed.mean()), 1e-6)
    return {
        "pause_lips": float(np.median(np.concatenate(inside))) if inside else float("nan"),
        "pause_speed": _mean([speed[a + EDGE : b - EDGE].mean() / mean for a, b in found if b - a > 2 * EDGE]),
        "onset_speed": _mean([speed[b : b + ONSET].mean() / mean for _, b in found]),
        "onset_lift": _mean([pitch[a:b].mean() - pitch[b : b + ONSET + 1].mean() for a, b in found]),
    }


def _rate(count: int, curves: Curves) -> float:
    return 60 * count * FPS / len(curves)


def _median(values: Any) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
