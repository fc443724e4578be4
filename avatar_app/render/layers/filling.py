"""What is not known of a picture from what is: smoothly, or by continuing its texture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.render.compiled import compiled
from avatar_app.render.layers.seams import without_seams
from avatar_app.types import Array

PATCH = 3  # pixels from a patch's middle to its edge
COARSEST = 24  # pixels across the picture from which the search for patches starts
ROUNDS = 12, 1  # of searching and painting at the coarsest and at the finest size
TRIES = 10, 5  # guesses for every patch: at the coarsest size, and at the others, which know more or less
SHARP = 100.0  # how little worse patches say in the end than the best one, whose grain stays so
INWARD = 1.25  # how many times less a patch says for every pixel that it lies deeper in the hole
ENOUGH = 0.02  # share of known pixels around one that says what is usual there
NONE = 1e30  # error of a patch that nothing is like yet; compiled code takes no infinity
LEAST = 2.0  # grey levels of spread that even a plain wall has
NEAR = 0.24  # of the picture's side within which a patch is looked for


def fill_holes(pixels: Array, known: Array) -> Array:
    """Unknown pixels from known ones around them, smoothly (push-pull over a pyramid, after Gortler et al. 1996).

    pixels: (H, W, C) float32. known: (H, W) float32 in [0, 1], how far each pixel can be trusted.
    """
    height, width = known.shape
    weighted = pixels * known[..., None]
    if min(height, width) <= 2:
        total = max(float(known.sum()), 1e-6)
        flat: Array = np.asarray(np.broadcast_to(weighted.sum((0, 1)) / total, pixels.shape), np.float32)
        return flat
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    amount = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    coarse = fill_holes(small / np.maximum(amount, 1e-6)[..., None], np.minimum(1.0, amount * 4))
    up: Any = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, -1)
    filled: Any = weighted + up * (1 - known)[..., None]
    return filled


def continue_texture(pixels: Array, known: Array, depth: float) -> Array:
    """Unknown pixels by patches of the known ones, as far as `depth` pixels from these; smoothly beyond.

    From coarse to fine, every patch that touches the hole takes after the known patch that is most like it, and every
    pixel is the mean of what its patches say (Wexler et al. 2007; the search as in PatchMatch, Barnes et al. 2009).

    pixels: (H, W, 3) float32. known: (H, W) float32, 1 where a pixel is known and else 0.
    """
    sizes = [known.shape]
    while min(sizes[-1]) >= 2 * COARSEST:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    there, seen = pixels, known
    levels = []
    for size in sizes:
        if size != there.shape[:2]:
            there, seen = _halved(there, seen, size)
        levels.append((there, seen))
    rng = np.random.default_rng(0)
    shift = np.zeros((*sizes[-1], 2), np.int32)
    out = fill_holes(*levels[-1])
    for number, (there, seen) in reversed(list(enumerate(levels))):
        size, slopes = there.shape[:2], None
        if number < len(levels) - 1:
            smooth: Any = cv2.resize(out, size[::-1], interpolation=cv2.INTER_LINEAR)
            out = np.where(seen[..., None] > 0.5, there, smooth).astype(np.float32)
            shift = 2 * np.repeat(np.repeat(shift, 2, 0), 2, 1)[: size[0], : size[1]]
        hole, sources, asked = _where(seen, depth / 2**number)
        if not asked.any() or not sources.any():
            continue
        rounds = ROUNDS[1] + (ROUNDS[0] - ROUNDS[1]) * number // max(len(levels) - 1, 1)
        tries = TRIES[0] if number == len(levels) - 1 else TRIES[1]
        shift = np.ascontiguousarray(shift)
        out, slopes = _search_and_paint(out, hole, sources, asked, shift, rounds, tries, number == 0, rng)
    deep = (known < 0.5) & ~hole
    if slopes is not None:
        out = without_seams(out, hole, deep, slopes)
    return fill_holes(out, 1 - deep.astype(np.float32)) if deep.any() else out


def usual_range(pixels: Array, known: Array, near: float) -> tuple[Array, Array]:
    """(H, W, 3) the darkest and the lightest that one expects near what is known, `near` pixels counting as near.

    Twice the standard deviation to either side of the mean. pixels, known: see fill_holes.
    """
    size = known.shape[1], known.shape[0]
    quarter = (max(size[0] // 4, 1), max(size[1] // 4, 1))
    share: Any = cv2.resize(known, quarter, interpolation=cv2.INTER_AREA)
    sums: Any = [
        cv2.resize(part * known[..., None], quarter, interpolation=cv2.INTER_AREA) for part in (pixels, pixels**2)
    ]
    weight: Any = cv2.GaussianBlur(share, (0, 0), near / 4)
    mean, square = (
        fill_holes(cv2.GaussianBlur(total, (0, 0), near / 4) / np.maximum(weight, 1e-6)[..., None],
                   (weight > ENOUGH).astype(np.float32))
        for total in sums
    )  # fmt: skip
    spread = np.sqrt(np.maximum(square - mean**2, LEAST**2))
    low, high = (np.asarray(cv2.resize(mean + sign * spread, size), np.float32) for sign in (-2, 2))
    return low, high


def _halved(pixels: Array, known: Array, size: tuple[int, ...]) -> tuple[Array, Array]:
    """Picture and mask at half the size: what a coarse pixel shows is the mean of the known fine ones in it."""
    share: Any = cv2.resize(known, size[::-1], interpolation=cv2.INTER_AREA)
    total: Any = cv2.resize(pixels * known[..., None], size[::-1], interpolation=cv2.INTER_AREA)
    return (total / np.maximum(share, 1e-6)[..., None]).astype(np.float32), (share > 0.5).astype(np.float32)


def _where(known: Array, depth: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(H, W) pixels to be painted, middles of patches that are wholly known, and of those that touch the hole."""
    unknown = (known < 0.5).astype(np.uint8)
    near = cv2.distanceTransform(unknown, cv2.DIST_L2, 5) <= max(depth, PATCH + 1)
    hole = (unknown > 0) & near
    square = np.ones((2 * PATCH + 1,) * 2, np.uint8)
    inside = np.zeros(known.shape, bool)
    inside[PATCH:-PATCH, PATCH:-PATCH] = True
    sources = (cv2.dilate(unknown, square) == 0) & inside
    asked = (cv2.dilate(hole.astype(np.uint8), square) > 0) & inside
    return hole, sources, asked


def _search_and_paint(
    out: Array,
    hole: npt.NDArray[np.bool_],
    sources: npt.NDArray[np.bool_],
    asked: npt.NDArray[np.bool_],
    shift: npt.NDArray[np.int32],
    rounds: int,
    tries: int,
    last: bool,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """The picture with its hole painted, and when it is painted last, the slopes where it was taken from: see
    without_seams.

    `shift` (H, W, 2), from patches to those they take after, is changed.
    """
    reach = max(int(NEAR * max(hole.shape)), 2 * PATCH + 2)
    middles = np.argwhere(asked).astype(np.int32)
    error, slopes = np.full(hole.shape, NONE, np.float32), np.zeros((*hole.shape, 4, 3), np.float32)
    inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    trust = (INWARD ** -np.minimum(inward, 30)).astype(np.float32)
    for number in range(rounds):
        for way in (1, -1) if rounds > 1 else (1,):
            steps = rng.random((len(middles), tries, 2), np.float32) * 2 - 1
            error[:] = NONE
            _search(out, sources, middles[::way], steps, way, reach, shift, error)
        usual = float(np.median(error[asked & (error < NONE)])) + 1.0
        sharp = SHARP if last and number == rounds - 1 else 1.0
        out = out.copy()
        _paint(
            out.copy(),
            hole,
            asked,
            shift,
            error,
            np.float32(sharp / usual),
            trust,
            out,
            slopes,
            last and number == rounds - 1,
        )
    return out, slopes


@compiled(fastmath=True)
def _search(picture: Any, sources: Any, middles: Any, steps: Any, way: int, reach: int, shift: Any, error: Any) -> None:
    height, width = sources.shape
    most = np.int64(steps.shape[1])
    for m in range(middles.shape[0]):
        y, x = middles[m, 0], middles[m, 1]
        best, best_y, best_x = np.float32(NONE), np.int64(0), np.int64(0)
        span = np.float32(reach)
        for t in range(most + 3):
            if t == 0:  # what it had before, which has to be looked at again: the picture has changed
                dy, dx = np.int64(shift[y, x, 0]), np.int64(shift[y, x, 1])
            elif t == 1:
                dy, dx = np.int64(shift[y - way, x, 0]), np.int64(shift[y - way, x, 1])
            elif t == 2:
                dy, dx = np.int64(shift[y, x - way, 0]), np.int64(shift[y, x - way, 1])
            else:
                dy = best_y + np.int64(span * steps[m, t - 3, 0])
                dx = best_x + np.int64(span * steps[m, t - 3, 1])
                span *= np.float32(0.5)
            v, u = y + dy, x + dx
            if v < 0 or u < 0 or v >= height or u >= width or not sources[v, u]:
                continue
            if abs(dy) > reach or abs(dx) > reach:
                continue
            total = np.float32(0)
            for j in range(-PATCH, PATCH + 1):
                for i in range(-PATCH, PATCH + 1):
                    for n in range(3):
                        step = picture[y + j, x + i, n] - picture[v + j, u + i, n]
                        total += step * step
                if total >= best:
                    break
            if total < best:
                best, best_y, best_x = total, dy, dx
        error[y, x] = best
        shift[y, x, 0], shift[y, x, 1] = best_y, best_x


@compiled(fastmath=True)
def _paint(
    before: Any, hole: Any, asked: Any, shift: Any, error: Any, sharp: Any, trust: Any, out: Any, slopes: Any, keep: Any
) -> None:
    height, width = hole.shape
    for y in range(height):
        for x in range(width):
            if not hole[y, x]:
                continue
            least = np.float32(NONE)
            for j in range(max(y - PATCH, 0), min(y + PATCH + 1, height)):
                for i in range(max(x - PATCH, 0), min(x + PATCH + 1, width)):
                    if asked[j, i]:
                        least = min(least, error[j, i])
            total = np.float32(0)
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            for j in range(max(y - PATCH, 0), min(y + PATCH + 1, height)):
                for i in range(max(x - PATCH, 0), min(x + PATCH + 1, width)):
                    if not asked[j, i] or error[j, i] >= NONE:
                        continue
                    v, u = y + shift[j, i, 0], x + shift[j, i, 1]
                    weight = trust[j, i] * np.exp((least - error[j, i]) * sharp)
                    total += weight
                    red += weight * before[v, u, 0]
                    green += weight * before[v, u, 1]
                    blue += weight * before[v, u, 2]
                    for side in range(4 if keep else 0):
                        b = min(max(v + (side == 1) - (side == 3), 0), height - 1)
                        a = min(max(u + (side == 0) - (side == 2), 0), width - 1)
                        for n in range(3):
                            slopes[y, x, side, n] += weight * (before[b, a, n] - before[v, u, n])
            if total > 0:
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = red / total, green / total, blue / total
                if keep:
                    slopes[y, x] /= total
