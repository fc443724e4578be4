"""The outline of the hair in a portrait, row by row: how far it reaches on either side, and where the face begins.

All lengths are metres in the picture's frame: x right, y up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from avatar_app.render.head.hair_mask import Mask
from avatar_app.types import Array

STEP = 0.0015  # metres between the places at which the picture is looked at
REACH = 0.38  # metres to either side
GAP = 0.006  # metres between hair on either side that show a face or a neck
LEAST = 0.002  # metres of hair at least: what is seen to be thinner is a strand or a mistake
LONG = 0.010  # metres below the nape from which on hair at the sides is long, at the back, too
STRIP = 0.02  # metres of hair beside a forehead that the other side tells of, at most
SKIPPED = 5  # rows without hair between others that are taken for hair

Pose = tuple[float, Array, Array]  # as in FittedHead


@dataclass(frozen=True)
class Side:
    """One side's outline by rows. outer, inner: (ROWS,) metres from x = 0 outward. seen: (ROWS,) bool."""

    outer: Array
    inner: Array
    seen: Mask


def sampled(picture: Array, x: Array, y: Array, pose: Pose, outside: float = 0.0) -> Array:
    """Values of a picture at places (metres) in its frame."""
    scale, _, shift = pose
    across, down = (x * scale + shift[0]).astype(np.float32), (-(y * scale + shift[1])).astype(np.float32)
    edge = (outside,) * 4
    return np.asarray(
        cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=edge), np.float32
    )


def outline(hair: Mask, rows: Array, pose: Pose) -> tuple[Side, Side]:
    """The hair on the image's left and right of what lies between, a face or a neck."""
    x = np.arange(-REACH, REACH + STEP / 2, STEP, dtype=np.float32)
    across, up = np.meshgrid(x, rows)
    cells = sampled(hair.astype(np.float32), across, up, pose) > 0.5
    if hair[:2].any():  # the picture cuts it
        _round_off(cells, rows, -pose[2][1] / pose[0] - 2 * STEP)
    middle = float(pose[1][0, 2] * 0.02)  # of the face, a little before the eyes
    gaps = [_gap(row, x, middle) for row in cells]
    first = _first_open(gaps, int(np.argmin(np.abs(rows))))
    gaps[:first] = [None] * first
    parting = float(np.mean(gaps[first])) if first < len(rows) else middle  # type: ignore[arg-type]
    sides = []
    for sign in (-1, 1):
        outer, inner = np.full(len(rows), np.nan, np.float32), np.full(len(rows), np.nan, np.float32)
        for k, row in enumerate(cells):
            gap = gaps[k]
            edge = sign * (_parting(row, x, parting) if gap is None else gap[0 if sign < 0 else 1])
            there = sign * x[row & (sign * x > edge - STEP)]
            if len(there) and there.max() - edge > LEAST and (gap is not None or k < first):
                outer[k], inner[k] = there.max(), edge
        sides.append(_even(outer, inner, first))
    return sides[0], sides[1]


def _first_open(gaps: list[tuple[float, float] | None], eyes: int) -> int:
    """The highest row of the face's opening, which goes on upward from the row of the eyes; all rows: there is none."""
    known = [k for k, gap in enumerate(gaps) if gap is not None and k >= eyes]
    if not known:
        return len(gaps)
    first = known[0]
    while first > 0:
        here, above = gaps[first], gaps[first - 1]
        if here is None or above is None or min(here[1], above[1]) - max(here[0], above[0]) < GAP:
            break
        first -= 1
    return first


def _round_off(cells: Mask, rows: Array, height: float) -> None:
    """Ends the hair in a dome above a height, in place, from the width that it has there."""
    above = rows > height
    known = np.flatnonzero(cells[np.flatnonzero(~above)[0]])
    low, high = known[0], known[-1] + 1
    middle, half = (low + high) / 2, (high - low) / 2
    share = (rows[above] - height) / (rows[0] - height + 1e-4)
    across = np.arange(cells.shape[1])
    cells[above] = np.abs(across - middle) < (half * np.sqrt(np.clip(1 - share**2, 0, 1)))[:, None]


def _parting(row: Mask, x: Array, wanted: float) -> float:
    """Where the two sides meet in a row that hair crosses: not at the very end of it."""
    there = x[row]
    return float(np.clip(wanted, *np.quantile(there, (0.3, 0.7)))) if len(there) else wanted


def _gap(row: Mask, x: Array, middle: float) -> tuple[float, float] | None:
    """The widest stretch without hair near the middle of the face; None where hair goes right across."""
    near = np.flatnonzero(np.abs(x - middle) < 0.055)
    free = np.flatnonzero(~row[near])
    runs = [near[run] for run in np.split(free, np.flatnonzero(np.diff(free) > 1) + 1) if len(run)]
    widest = max(runs, key=len, default=near[:0])
    if len(widest) * STEP < GAP:
        return None
    low, high = int(widest[0]), int(widest[-1])
    while low > 0 and not row[low - 1]:
        low -= 1
    while high < len(x) - 1 and not row[high + 1]:
        high += 1
    return float(x[low]), float(x[high])


def _even(outer: Array, inner: Array, first: int) -> Side:
    """Without the jitter of single rows. Rows without hair take the nearest ones' places and are marked."""
    seen = ~np.isnan(outer)
    k = np.arange(len(outer))
    if not seen.any():
        return Side(np.full(len(outer), 0.07, np.float32), np.full(len(outer), 0.065, np.float32), seen)
    outer, inner = (np.interp(k, k[seen], values[seen]) for values in (outer, inner))
    rows = np.flatnonzero(seen)
    for above, below in pairwise(rows):
        seen[above:below] |= below - above <= SKIPPED
    if first < len(k):  # not across the first row: above it lies the parting
        inner[first:], outer[first:] = median_filter(inner[first:], 3), gaussian_filter1d(outer[first:], 0.7)
    return Side(outer.astype(np.float32), inner.astype(np.float32), seen)


def mirrored(left: Side, right: Side, axis: Array, above: Mask) -> tuple[Side, Side]:
    """Rows of which only one side shows hair get it on the other, too.

    axis: (ROWS,) x of the head's middle. above: (ROWS,) which rows are above the ears; others tell nothing.
    """

    def completed(own: Side, other: Side, sign: float) -> Side:
        lacks = other.seen & ~own.seen & above
        outer = np.where(lacks, other.outer + sign * 2 * axis, own.outer)
        inner = np.where(lacks, np.maximum(other.inner + sign * 2 * axis, outer - STRIP), own.inner)
        return Side(outer.astype(np.float32), inner.astype(np.float32), own.seen | lacks)

    return completed(left, right, -1), completed(right, left, 1)


def bottom_of(rows: Array, left: Side, right: Side, nape: float) -> tuple[float, bool]:
    """The height at which the hair ends at the back, and whether it hangs. nape: where short hair does."""
    lows = [float(rows[np.flatnonzero(side.seen)[-1]]) if side.seen.any() else nape for side in (left, right)]
    if min(lows) > nape - LONG:
        return nape, False
    return float(np.mean([min(low, nape) for low in lows]) if max(lows) > nape - LONG else min(lows)), True
