"""The elastic sheet that a portrait is painted on: the face mesh, refined, and the picture around it.

Built once per portrait. Everything per frame is one sparse product (landmark motion to vertex motion) and one pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.motion.face_rig import EYE_CREASE, EYE_LOWER, EYE_UPPER, INNER_MOUTH, OVAL, load_rig
from avatar_app.render.raster import wind

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FACE = 468  # landmarks on the skin; the other ten are the irises
UNFOLDINGS = 40
CORNERS = {78, 308, 33, 133, 263, 362}  # of mouth and eyes
GRID = 26  # grid cells along the picture
SPREAD = 0.35  # face widths over which the oval's motion dies away outside the face
NECK = (0.02, 0.50)  # face heights below the chin between which the head's motion dies away
ASIDE = (0.55, 1.15)  # face widths beside the oval between which it dies away
BORDER = 0.09  # of the picture's size: the frame itself never moves
FLATTER = 0.6  # of its depth that the side of the face keeps: what a turn reveals there was never photographed
BACK = 0.25  # how fast hair and neck recede behind the oval, per pixel away from it
BEHIND = 0.25  # face widths, at most this far behind the deepest point of the oval
LASH = 0.92  # of the lid line's motion that the band of lashes above it makes
CAMERA = 7.0  # face widths from the camera to the face


def eye_ring(side: str) -> list[int]:
    """A closed ring of lid landmarks."""
    return [*EYE_UPPER[side], *EYE_LOWER[side][-2:0:-1]]


@dataclass(frozen=True)
class Sheet:
    """points: (V, 3) float32 at rest, pixels. triangles: (F, 3). follow: sparse (V, 478), landmark to vertex motion.

    head: (V,) float32, how much each vertex follows the head's pose. rings: vertices around the openings.
    pivot: (3,) about which the head turns. face_width: pixels. centre: (2,) the camera's axis.
    box: (left, top, right, bottom) outside which nothing ever moves; only triangles that can move are kept.
    """

    points: Array
    triangles: Ints
    follow: Any
    head: Array
    rings: dict[str, npt.NDArray[np.int64]]
    pivot: Array
    face_width: float
    centre: Array
    box: tuple[int, int, int, int]

    def move(self, motion: Array, rotation: Array, translation: Array) -> Array:
        """(V, 3) vertices after landmark motion (478, 3), a rotation (3, 3) and a translation (3,), pixels."""
        moved = self.points + np.asarray(self.follow @ motion, np.float32)
        return self.pose(moved, self.points[:, 2], self.head, rotation, translation)

    def pose(self, moved: Array, rest_depth: Array, head: Array, rotation: Array, translation: Array) -> Array:
        """Turns points (n, 3) with the head as far as `head` (n,) says, in perspective; still heads are unchanged."""
        turned = (moved - self.pivot) @ rotation.T + self.pivot + translation
        placed = moved + head[:, None] * (turned - moved)
        distance = CAMERA * self.face_width
        nearer = (distance - rest_depth) / (distance - placed[:, 2])
        out = placed.copy()
        out[:, :2] = self.centre + (placed[:, :2] - self.centre) * nearer[:, None]
        return out


def build_sheet(landmarks: Array, size: int) -> Sheet:
    """The sheet of a portrait with landmarks (478, 3) in a picture of size × size pixels."""
    from scipy import sparse

    triangles = load_rig().triangles
    face_width = float(np.linalg.norm(landmarks[454] - landmarks[234]))
    skin = landmarks[:FACE].copy()
    eyes = landmarks[[33, 133, 263, 362], 2].mean() - 0.05 * face_width
    skin[:, 2] = np.where(skin[:, 2] < eyes, eyes + FLATTER * (skin[:, 2] - eyes), skin[:, 2])
    middles, fine = _refine(triangles)
    face_points = np.concatenate([skin, skin[middles].mean(1)])
    smooth = _smoothing(triangles, middles)
    rings = {name: _fine_ring(ring, middles) for name, ring in _rings().items()}
    oval = rings["oval"]
    outer = _outer_points(face_points[oval], size, face_width)
    follow_oval = _oval_weights(outer, face_points[oval], face_width)
    depth = _outer_depth(outer, face_points[oval], face_width)
    points = np.concatenate([face_points, np.column_stack([outer, depth])]).astype(np.float32)
    around = _triangulate(points[:, :2], oval, len(face_points))
    outer_follow = sparse.csr_matrix(follow_oval) @ smooth[oval]
    skin_follow = sparse.vstack([smooth, outer_follow])
    follow = sparse.hstack([skin_follow, sparse.csr_matrix((len(points), len(landmarks) - FACE))]).tocsr()
    ears = landmarks[[234, 454]]
    down = landmarks[152] - landmarks[10]
    pivot = ears.mean(0) + 0.30 * down
    pivot[2] = ears[:, 2].mean() - 0.10 * face_width
    head = _head_weight(points, len(face_points), landmarks, points[oval, :2], size, face_width)
    moving = (head > 1e-4) | (np.asarray(abs(follow).sum(1)).ravel() > 1e-4)
    webs = [_web(rings[name]) for name in ("mouth", "Left", "Right")]
    triangles = wind(points, np.concatenate([around, *webs, fine]))
    triangles = triangles[moving[triangles].any(1)]
    low = np.clip(np.floor(points[triangles].min((0, 1))[:2]), 0, size - 1).astype(int)
    high = np.clip(np.ceil(points[triangles].max((0, 1))[:2]) + 1, 1, size).astype(int)
    return Sheet(
        points=points,
        triangles=triangles,
        follow=follow.astype(np.float32),
        head=head,
        rings=rings,
        pivot=pivot.astype(np.float32),
        face_width=face_width,
        centre=np.full(2, (size - 1) / 2, np.float32),
        box=(int(low[0]), int(low[1]), int(high[0]), int(high[1])),
    )


def unfold(landmarks: Array) -> Array:
    """Landmarks (478, 3) whose mesh does not overlap itself in the picture.

    Behind the silhouette of a turned face the detector guesses; a turn back would unfold that guess into doubled
    features. Overlapping vertices are drawn between their neighbours until none overlap; x and y only.
    """
    rig = load_rig()
    triangles = wind(rig.neutral, rig.triangles[~_over_opening(rig.triangles)])
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    neighbours: list[list[int]] = [[] for _ in range(FACE)]
    for a, b in np.unique(np.sort(edges, axis=1), axis=0).tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    still = {mark for ring in _rings().values() for mark in ring}
    out = landmarks.copy()
    for _ in range(UNFOLDINGS):
        a, b, c = (out[triangles[:, k], :2] for k in range(3))
        area: Array = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        folded = set(triangles[area <= 0].ravel().tolist()) - still
        if not folded:
            break
        for mark in folded:
            out[mark, :2] = 0.5 * out[mark, :2] + 0.5 * out[neighbours[mark], :2].mean(0)
    return out


def _rings() -> dict[str, list[int]]:
    return {"mouth": [*INNER_MOUTH], "Left": eye_ring("Left"), "Right": eye_ring("Right"), "oval": [*OVAL]}


def _refine(triangles: Ints) -> tuple[Ints, Ints]:
    """Splits every triangle in four: (E, 2) ends of each new middle point, and the triangles that are skin."""
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    middles, inverse = np.unique(edges, axis=0, return_inverse=True)
    count = len(triangles)
    ab, bc, ca = (FACE + inverse.reshape(-1)[k * count : (k + 1) * count] for k in range(3))
    a, b, c = triangles.T
    quarters = np.stack([np.stack(q, 1) for q in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], 1)
    return middles.astype(np.int32), quarters[~_over_opening(triangles)].reshape(-1, 3)


def _web(ring: npt.NDArray[np.int64]) -> Ints:
    """Triangles across an opening, between its upper and its lower row; mouth and eyes are drawn over them."""
    half = len(ring) // 2
    upper, lower = ring[: half + 1], np.concatenate([ring[:1], ring[: half - 1 : -1]])
    first = np.stack([upper[:-1], upper[1:], lower[:-1]], 1)
    second = np.stack([upper[1:], lower[1:], lower[:-1]], 1)
    return np.concatenate([first, second]).astype(np.int32)


def _over_opening(triangles: Ints) -> npt.NDArray[np.bool_]:
    """(F,) triangles whose corners all lie on the inner lips or on one eye's lids."""
    over = np.zeros(len(triangles), bool)
    for name, ring in _rings().items():
        if name != "oval":
            over |= np.isin(triangles, ring).all(1)
    return over


def _smoothing(triangles: Ints, middles: Ints) -> Any:
    """Sparse (V, 468) Loop (1987) subdivision of motion; along lids, lips and oval the rule for creases.

    It is applied to the motion, not to the picture, so that a still face stays exactly as it was.
    """
    from scipy import sparse

    skin = triangles[~_over_opening(triangles)]
    opposite: dict[tuple[int, int], list[int]] = {}
    near: dict[int, set[int]] = {}
    for a, b, c in skin.tolist():
        for i, j, k in ((a, b, c), (b, c, a), (c, a, b)):
            opposite.setdefault((min(i, j), max(i, j)), []).append(k)
            near.setdefault(i, set()).update((j, k))
    along: dict[int, list[int]] = {}
    for ring in _rings().values():
        for i, mark in enumerate(ring):
            along[mark] = [ring[i - 1], ring[(i + 1) % len(ring)]]
    # Lips and lids must meet exactly where they are told to.
    sharp = {mark for name, ring in _rings().items() if name != "oval" for mark in ring}
    weights = sparse.lil_matrix((FACE + len(middles), FACE))
    for i in range(FACE):
        neighbours = [] if i in sharp else along.get(i) or sorted(near.get(i, ()))
        share = 0.125 if i in along else 0.375 / max(len(neighbours), 1)
        weights[i, i] = 1 - share * len(neighbours)
        for j in neighbours:
            weights[i, j] = share
    lids = _lid_edges()
    four = _four_points()
    for e, (i, j) in enumerate(middles.tolist()):
        if (i, j) in four:
            for k, weight in zip(four[i, j], (-0.0625, 0.5625, 0.5625, -0.0625), strict=True):
                weights[FACE + e, k] += weight
            continue
        if (i, j) in lids or (j, i) in lids:  # lashes are carried whole; the skin above them stretches
            lash, crease = (i, j) if (i, j) in lids else (j, i)
            weights[FACE + e, lash], weights[FACE + e, crease] = LASH, 1 - LASH
            continue
        wings = opposite.get((i, j), [])
        crease = len(wings) != 2 or (i in along and j in along[i])
        weights[FACE + e, i] = weights[FACE + e, j] = 0.5 if crease else 0.375
        for k in () if crease else wings:
            weights[FACE + e, k] = 0.125
    return weights.tocsr()


def _four_points() -> dict[tuple[int, int], tuple[int, int, int, int]]:
    """Edges (low, high) of lips and lids, with their neighbours along the row, for Dyn's four-point rule (1987).

    A row ends in its corners, so that partners above and below get equal weights and meet where they are told to.
    """
    four = {}
    for ring in _rings().values():
        corners = [k for k, mark in enumerate(ring) if mark in CORNERS]
        if len(corners) != 2:
            continue
        turned = ring[corners[0] :] + ring[: corners[0]]
        half = (corners[1] - corners[0]) % len(ring)
        for row in (turned[: half + 1], turned[half:] + turned[:1]):
            line = [row[0], *row, row[-1]]
            for a, b, c, d in zip(line, line[1:], line[2:], line[3:], strict=False):
                four[min(b, c), max(b, c)] = (a, b, c, d)
    return four


def _lid_edges() -> set[tuple[int, int]]:
    """Pairs (lid line, crease) of the upper lids."""
    return {(i, j) for side in EYE_UPPER for i in EYE_UPPER[side][1:-1] for j in EYE_CREASE[side]}


def _fine_ring(ring: list[int], middles: Ints) -> npt.NDArray[np.int64]:
    """The ring with the middle points of its edges in between."""
    lookup = {(int(a), int(b)): FACE + e for e, (a, b) in enumerate(middles)}
    fine = []
    for i, mark in enumerate(ring):
        other = ring[(i + 1) % len(ring)]
        fine.append(mark)
        middle = lookup.get((min(mark, other), max(mark, other)))
        if middle is not None:
            fine.append(middle)
    return np.array(fine)


def _outer_points(oval: Array, size: int, face_width: float) -> Array:
    """(n, 2) grid points outside the face oval, up to the frame."""
    import cv2

    line = np.linspace(0, size - 1, GRID + 1)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2).astype(np.float32)
    contour = cv2.convexHull(oval[:, :2].astype(np.float32))
    away = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), True) for x, y in grid])
    return grid[away < -0.35 * size / GRID]


def _oval_weights(outer: Array, oval: Array, face_width: float) -> Array:
    """(n, R): inverse-cube distance weights of the oval's points, fading with distance."""
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    weights = 1 / (distance + 1.0) ** 3
    weights /= weights.sum(1, keepdims=True)
    fade = np.exp(-((distance.min(1) / (SPREAD * face_width)) ** 2))
    return (weights * np.where(fade > 0.003, fade, 0)[:, None]).astype(np.float32)


def _outer_depth(outer: Array, oval: Array, face_width: float) -> Array:
    """(n,) depth of hair, neck and what lies behind: receding from the oval, down to the middle of the skull."""
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    weights = 1 / (distance + 4.0) ** 2
    near = (weights * oval[None, :, 2]).sum(1) / weights.sum(1)
    floor = float(oval[:, 2].min()) - BEHIND * face_width
    return np.maximum(near - BACK * distance.min(1), np.minimum(floor, near)).astype(np.float32)


def _triangulate(points: Array, oval: npt.NDArray[np.int64], first: int) -> Ints:
    """Delaunay triangles between the oval and the outer points, indices into `points`."""
    import cv2
    from scipy.spatial import Delaunay

    used = np.concatenate([oval, np.arange(first, len(points))])
    triangles = used[Delaunay(points[used]).simplices]
    middle = points[triangles].mean(1)
    contour = points[oval].astype(np.float32).reshape(-1, 1, 2)
    inside = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in middle])
    on_oval = (triangles < first).all(1)
    return triangles[~(inside & on_oval)].astype(np.int32)


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _head_weight(points: Array, face: int, landmarks: Array, oval: Array, size: int, face_width: float) -> Array:
    """(V,) 1 on the head, 0 on shoulders, frame and what is far from the head."""
    chin, top = landmarks[152, :2], landmarks[10, :2]
    height = float(np.linalg.norm(chin - top))
    down = (chin - top) / height
    below = (points[:, :2] - chin) @ down / height
    # Beside the chin the shoulders are nearer than below it: count sideways distance as depth.
    sideways = np.abs((points[:, :2] - chin) @ np.array([-down[1], down[0]])) / face_width
    lower = below + 0.8 * np.clip(sideways - 0.45, 0, None) * (below > -0.35)
    distance = np.linalg.norm(points[:, None, :2] - oval[None], axis=2).min(1) / face_width
    centre = oval.mean(0)
    inside = np.linalg.norm(points[:, :2] - centre, axis=1) < 0.45 * face_width
    aside = np.where(inside, 1.0, 1 - smoothstep(*ASIDE, distance))
    edge = np.minimum(points[:, :2], size - 1 - points[:, :2]).min(1) / size
    weight = (1 - smoothstep(*NECK, lower)) * aside * smoothstep(0.0, BORDER, edge)
    weight[:face] = 1.0  # the face is rigid, wherever the frame cuts
    return weight.astype(np.float32)
