"""What a body can be told to do, by name: the body's counterpart of face/facs.py ACTIONS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avatar_app.face.body_actions import UNABLE as UNABLE
from avatar_app.training.teacher.body.arm_motion import Move
from avatar_app.training.teacher.body.arm_pose import HandPose
from avatar_app.training.teacher.body.gesture_phases import Phrase
from avatar_app.training.teacher.body.gestures import GESTURES, RESTS
from avatar_app.training.teacher.body.kinematics import SIDES
from avatar_app.training.teacher.body.posture import Lean
from avatar_app.training.teacher.body.traits import BodyTraits

ARRIVE = 0.55  # seconds in which arms get where an action wants them


@dataclass(frozen=True)
class BodyAction:
    """One thing a body can be told to do.

    words: how it is said back to the user. left, right: poses that each arm takes in turn; () leaves an arm free. An
    action with `left` alone is made by the hand that the talker prefers. period: seconds from pose to pose, over and
    over; 0 for one that is held. lean: degrees of the trunk about x (+ forward), y and z (+ to the subject's right).
    late: seconds by which the right arm follows the left. longest: seconds after which a repeated action is over, and
    comes again after a rest. kind: "held", "repeated", or "manner" of moving at all.
    """

    words: str
    left: tuple[HandPose, ...] = ()
    right: tuple[HandPose, ...] = ()
    period: float = 0.0
    lean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    late: float = 0.0
    longest: float = 1e9
    kind: str = "held"


@dataclass(frozen=True)
class BodyCue:
    """One instructed action: a name of BODY_ACTIONS. strength: -1 (avoid) to 1. start, end: seconds."""

    action: str
    strength: float
    start: float
    end: float


def _both(*poses: HandPose) -> tuple[tuple[HandPose, ...], tuple[HandPose, ...]]:
    return poses, poses


_WAVE_IN = HandPose((0.290, 0.050, 0.200), (-0.35, 1, 0.12), (0, -0.1, 1), "open", 38)
_WAVE_OUT = HandPose((0.345, 0.045, 0.200), (0.45, 1, 0.12), (0, -0.1, 1), "open", 38)
_COUNTING = tuple(
    HandPose((0.185, -0.105, 0.235), (-0.45, 1, 0.15), (-0.35, 0.1, -0.9), f"count_{number}", 28)
    for number in range(1, 6)
)
_THINKING = HandPose((0.068, -0.035, 0.212), (-0.32, 1, -0.10), (-0.9, 0.1, -0.5), "chin", 12)
_SUPPORTING = HandPose((0.000, -0.245, 0.185), (-1, 0.1, 0.05), (0.1, 1, -0.3), "cup", 26)

BODY_ACTIONS: dict[str, BodyAction] = {
    "wave": BodyAction("wave", (_WAVE_IN, _WAVE_OUT), period=0.24, longest=2.6, kind="repeated"),
    "shrug": BodyAction("shrug", *_both(GESTURES["shrug"].stroke), longest=1.5, kind="repeated"),
    "arms_crossed": BodyAction(
        "cross the arms",
        (HandPose((0.000, -0.215, 0.180), (-1, 0.12, -0.30), (-0.3, 0.2, -1), "flat", 30),),
        (HandPose((-0.050, -0.185, 0.220), (-1, 0.42, -0.50), (-0.55, -0.1, -1), "folded", 32),),
        late=0.12,
    ),
    "point_at_viewer": BodyAction("point at the viewer", (GESTURES["point_at_viewer"].stroke,)),
    "point_at_self": BodyAction("point at oneself", (GESTURES["point_at_self"].stroke,)),
    "hand_on_heart": BodyAction(
        "a hand on the heart", (HandPose((0.045, -0.125, 0.160), (-1, 0.3, -0.08), (-0.05, -0.05, -1), "flat", 30),)
    ),
    "thumbs_up": BodyAction(
        "thumbs up", (HandPose((0.165, -0.140, 0.290), (-0.6, 0.05, 0.8), (-0.8, 0.05, -0.6), "thumb_up", 24),)
    ),
    "palms_up": BodyAction(
        "open palms", *_both(HandPose((0.250, -0.260, 0.270), (0.35, 0.1, 1), (-0.2, 1, 0.1), "open", 20))
    ),
    "open_arms": BodyAction(
        "open the arms", *_both(HandPose((0.430, -0.130, 0.190), (1, 0.2, 0.7), (-0.2, 0.8, 0.6), "open", 32))
    ),
    "clap": BodyAction(
        "clap",
        *_both(
            HandPose((0.150, -0.165, 0.250), (-0.35, 0.6, 0.8), (-1, 0, 0), "flat", 30),
            HandPose((0.082, -0.160, 0.255), (-0.40, 0.6, 0.8), (-1, 0, 0), "flat", 30),
        ),
        period=0.16,
        longest=3.0,
        kind="repeated",
    ),
    "count_on_fingers": BodyAction("count on the fingers", _COUNTING, period=0.62, longest=4.2, kind="repeated"),
    "hands_clasped": BodyAction("clasp the hands", RESTS["clasped"][:1], RESTS["clasped"][1:]),
    "hands_on_hips": BodyAction(
        "hands on the hips", *_both(HandPose((0.225, -0.385, 0.045), (-0.35, -0.8, 0.7), (-1, 0, -0.2), "loose", 78))
    ),
    "hand_at_chin": BodyAction("a hand at the chin", (_SUPPORTING,), (_THINKING,), late=0.08),
    "lean_forward": BodyAction("lean forward", lean=(8, 0, 0)),
    "lean_back": BodyAction("lean back", lean=(-7, 0, 0)),
    "lean_left": BodyAction("lean to the left", lean=(0, 0, -7)),
    "lean_right": BodyAction("lean to the right", lean=(0, 0, 7)),
    "bow": BodyAction("bow", lean=(26, 0, 0), longest=2.4, kind="repeated"),
    "hands_still": BodyAction("keep the hands still", kind="manner"),
    "gesture_more": BodyAction("gesture more", kind="manner"),
}


def act_body(cue: BodyCue, traits: BodyTraits, rng: np.random.Generator) -> tuple[list[Phrase], list[Lean]]:
    """What an action's arms and trunk do in its time. KeyError for an action that there is none of."""
    action = BODY_ACTIONS[cue.action]
    phrases: list[Phrase] = []
    leans: list[Lean] = []
    if cue.strength > 0:
        for start, end in times(action, cue.start, cue.end, rng):
            once = replace(cue, start=start, end=end)
            phrases += _arms(once, action, traits, rng)
            if any(action.lean):
                x, y, z = (float(v) for v in np.array(action.lean) * cue.strength * rng.uniform(0.9, 1.1))
                leans.append(Lean(start, end, (x, y, z), head=1.0 if action.kind == "repeated" else 0.0))
    return phrases, leans


def times(action: BodyAction, start: float, end: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """(start, end) seconds of every time that an action is made between two times: once, or again after rests."""
    spans = [(start, min(end, start + action.longest))]
    at = spans[0][1] + float(rng.uniform(1.4, 3.0))
    while at + min(action.longest, 1.2) < end:
        spans.append((at, min(end, at + action.longest)))
        at = spans[-1][1] + float(rng.uniform(1.4, 3.0))
    return spans


def _arms(cue: BodyCue, action: BodyAction, traits: BodyTraits, rng: np.random.Generator) -> list[Phrase]:
    """The part of each arm that the action uses."""
    if not action.left:
        return []
    if not action.right:
        return [_arm(cue, action, traits.hand, action.left, 0.0, rng)]
    flipped = action.late and traits.hand == "L"  # the preferred hand lies above, or thinks
    sides = SIDES[::-1] if flipped else SIDES
    apart = float(rng.normal(0, 0.012))
    return [
        _arm(cue, action, side, poses, late, rng)
        for side, poses, late in zip(sides, (action.left, action.right), (apart, action.late), strict=True)
    ]


def _arm(
    cue: BodyCue, action: BodyAction, side: str, poses: Sequence[HandPose], late: float, rng: np.random.Generator
) -> Phrase:
    """One arm goes there, stays or repeats until the end."""
    arrive = min(ARRIVE + 0.1 * float(rng.random()), max(0.3, 0.45 * (cue.end - cue.start)))
    shift, size = rng.normal(0, 0.006, 3), min(1.0, 0.5 + 0.5 * cue.strength)
    poses = [replace(pose, lift=pose.lift * cue.strength).moved(shift) for pose in poses]
    at = cue.start + late
    moves = [Move(at, 0.55 * arrive, _ready(poses[0])), Move(at + 0.4 * arrive, 0.6 * arrive, poses[0])]
    at = moves[-1].end
    turn = 1
    while action.period and at + action.period < cue.end and (len(poses) > turn or action.period < 0.5):
        wanted = poses[turn % len(poses)]
        wanted = wanted.moved((1 - size) * np.subtract(poses[0].place, wanted.place))
        length = min(action.period, 0.3)
        moves.append(Move(at + action.period - length, length * float(rng.uniform(0.95, 1.05)), wanted))
        at, turn = at + action.period * float(rng.uniform(0.96, 1.04)), turn + 1
    return Phrase(cue.action, side, cue.start + late, moves[1].end, max(cue.end, moves[-1].end), tuple(moves))


def _ready(pose: HandPose) -> HandPose:
    """On the way: a little lower and farther out, with an open hand."""
    x, y, z = pose.place
    return replace(pose, place=(0.5 * x + 0.11, min(y - 0.04, -0.1), max(0.5 * z + 0.12, 0.2)), shape="loose", lift=0.0)
