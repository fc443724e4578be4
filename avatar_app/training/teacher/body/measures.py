"""Measures of body motion, from the motion alone, so that films, teachers and networks are measured alike.

Ranges are of people who talk (Kendon 1980; McNeill 1992; Kita 1998; Ferstl & McDonnell 2018, 2020; Voss & Kopp 2023;
Loehr 2004; Ward & Tsukahara 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.curves import Curve
from avatar_app.motion.skeleton import JOINT_INDEX, skeleton
from avatar_app.request import FPS
from avatar_app.training.teacher.body.arm_pose import shoulder_middle
from avatar_app.training.teacher.body.clearance import arm_points
from avatar_app.training.teacher.body.gesture_phases import accent_times
from avatar_app.training.teacher.body.kinematics import SIDES, Floats, bends_of, joint_places
from avatar_app.training.teacher.body.touches import TOUCHES
from avatar_app.types import Array

RANGES = {
    "gestures_per_second": (0.25, 0.75),
    "stroke_speed": (0.3, 1.5),  # metres a second, at a stroke's fastest
    "two_handed": (0.3, 0.7),
    "foot_sliding": (0.0, 0.01),  # metres a second
    "responses_per_minute": (6.0, 12.0),
}
MOVING = 0.10  # metres a second between which a move begins and ends
FASTEST = 0.25  # metres a second that a gesture's move reaches at least
SHORTEST = 0.035  # metres that it goes at least
AT_ONCE, SOON = 0.3, 0.8  # seconds between a preparation and its stroke, and the same from rest
TOGETHER = 0.25  # seconds between two hands' apexes of one gesture
NOD, BROW = 2.5, 0.2  # degrees and coefficient of what counts as an answer
WRIST_POINT = 2  # of clearance.arm_points
TOUCHED = [np.array(TOUCHES[name][0].place) for name in ("chin", "neck", "chest")]  # hands meet when they rest, too
TOUCH, TOUCH_LASTS = 0.06, 0.4  # metres from there, seconds for which a hand stays
SHIFT, SHIFT_TAKES = 0.015, 1.5  # metres that hips move sideways in so many seconds


@dataclass(frozen=True)
class HandMove:
    """One move of a hand from stillness to stillness. side: "L" or "R". start, apex: seconds. speed: metres a second at
    its fastest. length: metres. kind: "preparation", "stroke" or "retraction"."""

    side: str
    start: float
    apex: float
    speed: float
    length: float
    kind: str


def wrist_places(body: Body) -> Floats:
    """(T, 2, 3) metres of left and right wrist from the middle between the shoulders, in the chest's frame."""
    middle = shoulder_middle(skeleton().offsets)
    return np.asarray(arm_points(bends_of(body.joints.astype(np.float64)))[:, :, WRIST_POINT] - middle)


def wrist_speeds(body: Body) -> Floats:
    """(T, 2) metres a second of left and right wrist against the chest."""
    places = gaussian_filter1d(wrist_places(body), 0.8, axis=0, mode="nearest")
    return np.asarray(np.linalg.norm(np.gradient(places, axis=0), axis=2) * FPS)


def hand_moves(body: Body) -> list[HandMove]:
    """Every move of both hands, in order of their ends.

    A move ends where the hand slows down again. One that ends in rest is a retraction, the last one before a hold or a
    retraction is a stroke, what leads to it at once is its preparation (after Kita, van Gijn & van der Hulst 1998).
    """
    places, speeds = wrist_places(body), wrist_speeds(body)
    found = []
    for number, side in enumerate(SIDES):
        found += _moves_of_hand(side, places[:, number], speeds[:, number])
    return sorted(found, key=lambda move: move.apex)


def _moves_of_hand(side: str, places: Floats, speed: Floats) -> list[HandMove]:
    peaks, _ = find_peaks(speed, height=FASTEST, prominence=0.12)
    spans = []
    for peak in peaks:
        start, end = _foot(speed, int(peak), -1), _foot(speed, int(peak), 1)
        if np.linalg.norm(places[end] - places[start]) >= SHORTEST:
            spans.append((start, int(peak), end))
    kinds = _kinds(spans, resting(places))
    return [
        HandMove(
            side,
            start / FPS,
            (end + 0.5) / FPS,
            float(speed[peak]),
            float(np.linalg.norm(places[end] - places[start])),
            kind,
        )
        for (start, peak, end), kind in zip(spans, kinds, strict=True)
    ]


def _kinds(spans: list[tuple[int, int, int]], rests: Curve) -> list[str]:
    """What each move (start, peak, end) is; told backward, from each hold or rest to what led there."""
    kinds: list[str] = []
    following: tuple[int, int, int] | None = None
    for start, peak, end in reversed(spans):
        stroke_next = bool(kinds) and kinds[-1] == "stroke" and following is not None
        gap = (following[0] - end) / FPS if following else 9.0
        if rests[end]:
            kind = "retraction"
        elif stroke_next and (gap < AT_ONCE or (rests[start] and gap < SOON)):
            kind = "preparation"
        else:
            kind = "stroke"
        kinds.append(kind)
        following = (start, peak, end)
    return kinds[::-1]


def _foot(speed: Floats, peak: int, way: int) -> int:
    """The frame at which a move begins (way -1) or ends (1): slow, or the slowest before the next one."""
    at, least = peak, max(MOVING, 0.15 * float(speed[peak]))
    while 0 < at + way < len(speed) and speed[at] > least:
        if speed[at + way] > speed[at] and speed[at] < 0.7 * speed[peak]:
            break
        at += way
    return min(max(at, 0), len(speed) - 1)


def resting(places: Floats) -> Curve:
    """(T,) whether a hand at (T, 3), see wrist_places, rests: at the side or before the lap."""
    lap = (places[:, 1] < -0.25) & (np.abs(places[:, 0]) < 0.135) & (places[:, 2] < 0.25)
    side = (places[:, 1] < -0.30) & (places[:, 2] < 0.15)
    return np.asarray(lap | side)


def gestures(body: Body) -> list[tuple[float, int]]:
    """(seconds of the apex, number of hands) of every stroke, two hands that end together being one gesture."""
    out: list[tuple[float, str]] = []
    for move in hand_moves(body):
        if move.kind != "stroke":
            continue
        if out and move.apex - out[-1][0] < TOGETHER and move.side not in out[-1][1]:
            out[-1] = (out[-1][0], out[-1][1] + move.side)
        else:
            out.append((move.apex, move.side))
    return [(apex, len(sides)) for apex, sides in out]


def gesture_rate(body: Body, talking: Curve) -> float:
    """Gestures a second of talk, (T,) 0 to 1; 0 where nobody talks."""
    spoken = float((talking > 0.5).sum()) / FPS
    made = [at for at, _ in gestures(body) if _near(talking, at)]
    return len(made) / spoken if spoken else 0.0


def _near(talking: Curve, at: float) -> bool:
    frame = int(at * FPS)
    return bool((talking[max(0, frame - 8) : frame + 9] > 0.5).any())


def two_handed_share(body: Body) -> float:
    """Share of gestures made with both hands; 0 where there is none."""
    hands = [count for _, count in gestures(body)]
    return float(np.mean([count == 2 for count in hands])) if hands else 0.0


def stroke_speeds(body: Body) -> Floats:
    """(N,) metres a second: the highest speed of the wrist in each stroke."""
    return np.array([move.speed for move in hand_moves(body) if move.kind == "stroke"])


def apex_distances(apexes: Sequence[float] | Floats, accents: Sequence[float] | Floats) -> Floats:
    """(N,) seconds from each apex to the nearest accent, negative where the apex comes first."""
    if not len(accents) or not len(apexes):
        return np.zeros(0)
    away = np.subtract.outer(np.asarray(apexes), np.asarray(accents))
    return np.asarray(away[np.arange(len(away)), np.abs(away).argmin(axis=1)])


def accent_alignment(body: Body, accent: Curve, rng: np.random.Generator, controls: int = 20) -> tuple[float, float]:
    """Median seconds from apexes to the nearest accent of (T,), and the same for accents moved in time, as a control.

    NaN where there are none of either.
    """
    own, others = accent_distances(body, accent, rng, controls)
    if not len(own):
        return float("nan"), float("nan")
    return float(np.median(own)), float(np.median(others))


def accent_distances(body: Body, accent: Curve, rng: np.random.Generator, controls: int = 20) -> tuple[Floats, Floats]:
    """Seconds from every apex to the nearest accent, (N,), and to that of accents moved in time, (controls N,)."""
    apexes, accents = [at for at, _ in gestures(body)], np.array(accent_times(accent))
    length = len(accent) / FPS
    own = apex_distances(apexes, accents)
    moved = [(accents + rng.uniform(0.5, length - 0.5)) % length for _ in range(controls)]
    others = np.concatenate([apex_distances(apexes, np.sort(m)) for m in moved])
    return np.abs(own), np.abs(others)


def self_touches(body: Body) -> int:
    """How often a hand stays at chin, neck or chest."""
    count = 0
    for places, outward in zip(wrist_places(body).transpose(1, 0, 2), (1, -1), strict=True):
        away = np.linalg.norm((places * (outward, 1, 1))[:, None] - TOUCHED, axis=2).min(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], away < TOUCH, [0]])))
        count += int((np.diff(edges)[::2] >= TOUCH_LASTS * FPS).sum())
    return count


def posture_shifts(body: Body) -> int:
    """How often the weight goes from one leg to the other or to both: hips that move sideways, and not just sway."""
    sideways = gaussian_filter1d(body.root[:, 0].astype(np.float64), 0.25 * FPS, mode="nearest")
    half = round(SHIFT_TAKES * FPS / 2)
    moved = np.abs(np.pad(sideways, (0, 2 * half), mode="edge")[2 * half :] - sideways)
    return len(find_peaks(np.pad(moved, 1), height=SHIFT, distance=2 * half)[0])


def foot_sliding(body: Body, offsets: Array | None = None) -> float:
    """Metres a second: the mean speed of the ankles, the faster of the two."""
    places = joint_places(body.joints, body.root, offsets)[1]
    feet = places[:, [JOINT_INDEX[f"foot.{side}"] for side in SIDES]]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=2) * FPS
    return float(speed.mean(axis=0).max(initial=0.0))


def limit_excess(body: Body) -> float:
    """Radians by which the worst joint of the worst frame goes beyond its limits, as bends and twists; 0 for none."""
    bends, limits = bends_of(body.joints.astype(np.float64)), skeleton().limits
    return float(np.maximum(limits[..., 0] - bends, bends - limits[..., 1]).max(initial=0.0).clip(0))


def jerkiness(body: Body) -> float:
    """Metres a second squared: how much the wrists' velocity changes from frame to frame, at the 99.9th percentile."""
    change = np.diff(wrist_places(body), n=2, axis=0) * FPS**2
    return float(np.quantile(np.linalg.norm(change, axis=2), 0.999))


def response_rate(clip: MotionClip, partner_talking: Curve) -> float:
    """Nods and raised brows a minute of the partner's talk, (T,) 0 to 1; those within a second are one."""
    pitch = np.degrees(clip.head_rotation[:, 0].astype(np.float64))
    quick = pitch - gaussian_filter1d(pitch, 0.7 * FPS, mode="nearest")
    brows = clip.channel("browInnerUp").astype(np.float64)
    raised = brows - gaussian_filter1d(brows, 2.0 * FPS, mode="nearest")
    times = [*find_peaks(quick, prominence=NOD, width=(2, 16))[0], *find_peaks(raised, prominence=BROW)[0]]
    heard = [frame / FPS for frame in sorted(times) if (partner_talking[max(0, frame - 30) : frame + 1] > 0.5).any()]
    apart = [at for k, at in enumerate(heard) if k == 0 or at - heard[k - 1] > 1.0]
    spoken = float((partner_talking > 0.5).sum()) / FPS / 60
    return len(apart) / spoken if spoken else 0.0


def lips_closed_share(clip: MotionClip, talking: Curve, partner_talking: Curve) -> float:
    """Share of the time when only the partner talks in which lips do not move; 1 where there is no such time."""
    only = (partner_talking > 0.5) & (talking < 0.5)
    return float((clip.expression[only, ARKIT_INDEX["jawOpen"]] < 0.03).mean()) if only.any() else 1.0
