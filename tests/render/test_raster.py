"""The rasteriser and the one pass that shows a moved person: equal to the plain arithmetic they stand for."""

import cv2
import numpy as np

from avatar_app.render.raster import EDGE, FAR, HIDDEN, JUMP, double_resolution, rasterize, show_person

SIZE = 40


def plain_rasterize(points, triangles, attributes, depth, out):
    """Asks every pixel about every triangle."""
    y, x = np.mgrid[: depth.shape[0], : depth.shape[1]].astype(np.float64)
    for corners in triangles:
        (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = points[corners].astype(np.float64)
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        a = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / area
        b = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) / area
        c = 1 - a - b
        z = a * z0 + b * z1 + c * z2 + (HIDDEN if area < 0 else 0)
        near = (np.minimum(np.minimum(a, b), c) >= EDGE) & (z > depth)
        depth[near] = z[near]
        out[near] = (np.dstack([a, b, c]) @ attributes[corners].astype(np.float64))[near]


def test_runs_of_pixels_are_those_inside_the_triangles():
    rng = np.random.default_rng(5)
    points = rng.uniform(-8, SIZE + 8, (60, 3)).astype(np.float32)
    points[:12] = np.round(points[:12])  # edges that run along rows and columns, and through pixels
    triangles = rng.integers(0, 60, (80, 3)).astype(np.int32)
    triangles[:4] = [[0, 1, 2], [0, 2, 1], [3, 4, 5], [6, 7, 8]]
    triangles = triangles[[len(set(t)) == 3 for t in triangles.tolist()]]
    attributes = rng.uniform(0, 1, (60, 2)).astype(np.float32)
    found, expected = [], []
    for draw, results in ((rasterize, found), (plain_rasterize, expected)):
        depth, out = np.full((SIZE, SIZE), FAR, np.float32), np.zeros((SIZE, SIZE, 2), np.float32)
        draw(points, triangles, attributes, depth, out)
        results += [depth, out]
    same = np.abs(found[0] - expected[0]) <= 1e-3 * np.maximum(np.abs(expected[0]), 1)
    assert same.mean() > 0.998, "all but pixels on an edge to the last bit"
    assert np.abs(found[1] - expected[1])[same].max() < 1e-3


def plain_show(still, fine, background, source, covered, corner, wrinkles, place):
    """Fetch, shade, lay over, soften: one after the other on whole pictures."""
    left, top = corner
    here = slice(top, top + len(source)), slice(left, left + source.shape[1])
    person = cv2.remap(fine, source, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
    u, v = source[..., 0] / 2 - place[0], source[..., 1] / 2 - place[1]
    within = (u >= 0) & (v >= 0) & (u < wrinkles.shape[1] - 1) & (v < wrinkles.shape[0] - 1)
    lit = 1 + np.where(within, cv2.remap(wrinkles, u, v, cv2.INTER_LINEAR), 0)
    colours = np.floor(np.minimum(person[..., :3] * lit[..., None] + 0.5, 255))
    clear = 255 - person[..., 3:]
    mixed = np.minimum(colours + (background[here] * clear + 127) // 255, 255)
    shown = still.astype(np.float64)
    shown[here] = np.where(covered[..., None] & (clear < 255), mixed, still[here])
    jumps = np.zeros(covered.shape, bool)
    step = np.maximum(np.abs(source[1:, 1:] - source[1:, :-1]), np.abs(source[1:, 1:] - source[:-1, 1:])).max(2)
    jumps[1:, 1:] = step > 2 * JUMP
    near = jumps.copy()
    near[:, :-1] |= jumps[:, 1:]
    near[:-1] |= jumps[1:]
    near[[0, -1]], near[:, [0, -1]] = False, False
    kernel = np.outer([1, 2, 1], [1, 2, 1])
    soft = (cv2.filter2D(shown, -1, kernel.astype(np.float64))[here] + 8) // 16
    shown[here] = np.where(near[..., None], soft, shown[here])
    return shown.astype(np.uint8)


def test_a_moved_person_is_shown_in_one_pass_as_step_by_step():
    rng = np.random.default_rng(6)
    colours = cv2.GaussianBlur(rng.integers(0, 256, (SIZE, SIZE, 4), np.uint8), (0, 0), 1.5)
    alpha = np.clip(cv2.GaussianBlur(rng.uniform(-2, 3, (SIZE, SIZE)), (0, 0), 3) * 255, 0, 255)
    person = np.dstack([(colours[..., :3] * (alpha / 255)[..., None]), alpha]).astype(np.uint8)
    fine = double_resolution(person)
    background, still = rng.integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    corner, (h, w) = (3, 5), (SIZE - 9, SIZE - 6)
    y, x = np.mgrid[5 : 5 + h, 3 : 3 + w].astype(np.float32)
    source, covered = np.dstack([x, y]), np.zeros((h, w), bool)
    covered[4:-4, 4:-5] = True
    source[covered] += np.array([1.3, -2.7], np.float32) + 0.1 * np.dstack([y, x])[covered]
    source[15:, 12:20][covered[15:, 12:20]] += 9  # another surface
    wrinkles, place = rng.uniform(-0.3, 0.2, (14, 17)).astype(np.float32), (9, 12)
    depth = np.where(covered, 1, FAR).astype(np.float32)
    shown = still.copy()
    alone = show_person(shown, fine, background, 2 * source, depth, corner, (wrinkles, place))
    expected = plain_show(still, fine, background, 2 * source, covered, corner, wrinkles, place)
    difference = np.abs(shown.astype(int) - expected)
    assert difference.max() <= 3 and (difference > 0).mean() < 0.02, "weights of shading are rounded otherwise"
    assert alone.shape == (h, w, 4)
    assert (shown != still)[5:-4, 3:-3].any() and (shown[:5] == still[:5]).all()


def test_colours_are_fetched_wherever_something_is_covered():
    rng = np.random.default_rng(8)
    fine, size = rng.integers(0, 256, (200, 200, 4), np.uint8), 100
    covered = cv2.GaussianBlur(rng.normal(size=(size, size)), (0, 0), 7) > 0.03
    covered[35:62] = False  # nothing in part of a band, and in all of another
    source = rng.uniform(-3, 203, (size, size, 2)).astype(np.float32)
    alone = show_person(
        np.zeros((size, size, 3), np.uint8), fine, np.zeros((size, size, 3), np.uint8), source,
        np.where(covered, 1, FAR).astype(np.float32), (0, 0),
    )  # fmt: skip
    whole = cv2.remap(fine, source, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert covered.any(axis=1).sum() < size and np.array_equal(alone[covered], whole[covered])
