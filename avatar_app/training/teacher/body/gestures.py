"""Shapes of spontaneous gestures: where hands get ready and where the stroke takes them.

Kinds and their shares after McNeill (Hand and Mind, 1992: beats, deictics, metaphorics such as the conduit's cup),
Kendon (Gesture, 2004: open palm up and down, precision grip), Müller (2004, palm up open hand) and Bressem & Müller
(2014, recurrent gestures: sweeping away, cyclic). Shares are of an English or German talker who explains something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_app.training.teacher.body.arm_pose import HANGING, HandPose


@dataclass(frozen=True)
class Gesture:
    """One kind of gesture.

    prepare, stroke: the pose before the stroke and at its apex, of either hand; of both, mirrored, when both make it.
    weight: how often, against the others. both: share made with both hands, of somebody who makes half of them so.
    again: chance that the next accent of a phrase repeats it. hold: factor on how long it is held.
    """

    words: str
    prepare: HandPose
    stroke: HandPose
    weight: float
    both: float = 0.5
    again: float = 0.35
    hold: float = 1.0


def _hand(place: tuple[float, float, float], fingers: str, palm: str, shape: str, elbow: float = 22.0) -> HandPose:
    return HandPose(place, DIRECTIONS[fingers], DIRECTIONS[palm], shape, elbow)


# Directions by word: "in" is toward the middle of the body, "out" away from it.
DIRECTIONS = {
    "ahead": (0.0, 0.0, 1.0),
    "ahead_up": (-0.1, 0.45, 1.0),
    "ahead_down": (-0.15, -0.45, 1.0),
    "ahead_in": (-0.55, 0.1, 1.0),
    "ahead_out": (0.45, 0.05, 1.0),
    "across": (-1.0, 0.1, 0.25),
    "out": (1.0, 0.15, 0.45),
    "up": (-0.1, 1.0, 0.15),
    "up_ahead": (-0.1, 1.0, 0.75),
    "up_in": (-0.6, 1.0, 0.1),
    "in": (-1.0, 0.0, 0.0),
    "in_down": (-1.0, -0.6, 0.0),
    "in_up": (-1.0, 0.8, 0.0),
    "down": (-0.15, -1.0, 0.0),
    "down_ahead": (0.0, -1.0, 0.6),
    "face_up": (-0.25, 1.0, 0.0),
    "face_out": (0.5, 0.9, 0.2),
    "viewer": (-0.1, 0.1, 1.0),
    "self": (0.0, 0.0, -1.0),
    "self_in": (-0.8, 0.1, -0.6),
}

GESTURES: dict[str, Gesture] = {
    "beat": Gesture(
        "a small beat",
        _hand((0.175, -0.205, 0.235), "ahead_up", "in", "loose"),
        _hand((0.180, -0.275, 0.265), "ahead", "in_down", "loose"),
        weight=1.9,
        both=0.42,
        again=0.7,
        hold=0.6,
    ),
    "large_beat": Gesture(
        "a large beat",
        _hand((0.185, -0.135, 0.225), "ahead_up", "in", "open", 30),
        _hand((0.205, -0.275, 0.285), "ahead", "in_down", "open", 26),
        weight=0.7,
        both=0.55,
        again=0.5,
        hold=0.8,
    ),
    "present": Gesture(
        "an open palm that offers",
        _hand((0.140, -0.255, 0.215), "ahead_in", "in_up", "loose"),
        _hand((0.225, -0.265, 0.285), "ahead_out", "face_up", "open"),
        weight=1.7,
        both=0.55,
        hold=1.5,
    ),
    "palm_down": Gesture(
        "a flat palm that settles",
        _hand((0.185, -0.165, 0.245), "ahead_in", "down", "flat", 34),
        _hand((0.215, -0.255, 0.275), "ahead", "down", "flat", 32),
        weight=0.5,
        both=0.6,
        hold=1.2,
    ),
    "point_at_viewer": Gesture(
        "pointing at the viewer",
        _hand((0.170, -0.150, 0.200), "ahead_up", "in", "point", 28),
        _hand((0.150, -0.110, 0.340), "viewer", "in_down", "point", 30),
        weight=0.25,
        both=0.05,
        again=0.2,
    ),
    "point_at_self": Gesture(
        "a hand at one's chest",
        _hand((0.170, -0.200, 0.230), "across", "self", "loose"),
        _hand((0.100, -0.150, 0.185), "in_up", "self", "open", 26),
        weight=0.35,
        both=0.2,
        again=0.1,
    ),
    "point_aside": Gesture(
        "a hand to the side",
        _hand((0.190, -0.190, 0.230), "ahead_up", "in", "loose"),
        _hand((0.360, -0.160, 0.235), "out", "face_out", "open", 30),
        weight=0.5,
        both=0.1,
        again=0.15,
        hold=1.3,
    ),
    "size": Gesture(
        "hands that show a size",
        _hand((0.090, -0.225, 0.255), "ahead", "in", "cup"),
        _hand((0.205, -0.225, 0.270), "ahead_in", "in", "cup", 28),
        weight=0.5,
        both=0.92,
        again=0.25,
        hold=1.4,
    ),
    "count": Gesture(
        "counting on fingers",
        _hand((0.190, -0.150, 0.205), "up_ahead", "in", "fist", 26),
        _hand((0.185, -0.110, 0.235), "up_in", "self_in", "count_1", 28),
        weight=0.22,
        both=0.0,
        again=0.9,
        hold=1.3,
    ),
    "cup": Gesture(
        "a cup that holds a thought",
        _hand((0.110, -0.270, 0.215), "ahead_in", "in_up", "cup"),
        _hand((0.150, -0.225, 0.280), "ahead_up", "face_up", "cup"),
        weight=0.9,
        both=0.6,
        hold=1.5,
    ),
    "sweep": Gesture(
        "a sweep",
        _hand((0.060, -0.200, 0.235), "across", "down", "flat", 36),
        _hand((0.305, -0.215, 0.255), "ahead_out", "down", "open", 30),
        weight=0.45,
        both=0.4,
        again=0.12,
    ),
    "ring": Gesture(
        "a precision grip",
        _hand((0.170, -0.130, 0.220), "up_ahead", "in", "ring", 26),
        _hand((0.175, -0.200, 0.265), "ahead_up", "in", "ring", 24),
        weight=0.55,
        both=0.3,
        again=0.75,
        hold=0.7,
    ),
    "shrug": Gesture(
        "a shrug",
        _hand((0.215, -0.285, 0.190), "ahead", "in_up", "loose", 14),
        replace(_hand((0.275, -0.265, 0.215), "ahead_out", "face_up", "open", 10), lift=15.0),
        weight=0.13,
        both=0.95,
        again=0.0,
        hold=1.2,
    ),
    "cyclic": Gesture(
        "a turning hand that looks for a word",
        _hand((0.180, -0.190, 0.220), "ahead_in", "self_in", "loose"),
        _hand((0.195, -0.170, 0.280), "ahead_up", "face_up", "loose"),
        weight=0.35,
        both=0.25,
        again=0.6,
        hold=0.5,
    ),
}

# Where arms rest: left and right hand. Clasped hands lie in each other; "ready" hands wait before the waist.
_CLASPED = (
    HandPose((0.052, -0.345, 0.205), (-0.75, -0.75, 0.25), (-0.35, 0.35, -1.0), "folded", 30),
    HandPose((0.064, -0.322, 0.237), (-0.85, -0.55, 0.1), (-0.2, 0.1, -1.0), "folded", 30),
)
_READY = (
    HandPose((0.105, -0.305, 0.205), (-0.6, -0.1, 0.8), (-0.8, 0.2, -0.5), "loose", 20),
    HandPose((0.115, -0.295, 0.210), (-0.6, -0.1, 0.8), (-0.8, 0.2, -0.5), "loose", 20),
)
_WRIST_HELD = (
    HandPose((0.012, -0.362, 0.205), (-0.55, -0.95, 0.15), (-0.3, 0.1, -1.0), "relaxed", 26),
    HandPose((0.095, -0.325, 0.225), (-0.9, -0.35, 0.1), (-0.2, -0.2, -1.0), "folded", 30),
)
RESTS: dict[str, tuple[HandPose, HandPose]] = {
    "sides": (HANGING, HANGING),
    "clasped": _CLASPED,
    "ready": _READY,
    "wrist_held": _WRIST_HELD,
}
