"""What a body is told to do, acted on top of its free motion: arms go there and come back, the trunk leans.

The networks gesture; what somebody asks for in words must happen for sure, so it is made by the teacher's own moves and
faded in and out in joint space, where whatever lies between two possible poses is possible, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatar_app.engines.audio2photoreal.body_coding import ARMS, HEAD, SPINES
from avatar_app.face.body_actions import BODY_NAMES, BODY_WISHES
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.motion.curves import seconds, stroke
from avatar_app.request import FPS
from avatar_app.training.teacher.body.arm_motion import Move, arm_motion
from avatar_app.training.teacher.body.body_actions import BODY_ACTIONS, BodyCue, act_body, times
from avatar_app.training.teacher.body.gesture_phases import Phrase
from avatar_app.training.teacher.body.gestures import RESTS
from avatar_app.training.teacher.body.kinematics import SIDES, Floats
from avatar_app.training.teacher.body.posture import SHARES, Lean
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.types import Array

ARRIVE, LEAVE = 0.45, 0.9  # seconds in which an arm turns to an action, and back to its own motion
LEAN_EDGE = 0.55  # seconds
SETTLED, LEAST_SILENCE = 0.85, 1.0  # how near to rest hands without a say are, and seconds that are worth it
STARTED = 0.15  # seconds by which takes differ in when an action begins
MANNERS = ("hands_still", "gesture_more")  # known to the networks


def body_cues(plan: Sequence[PlanStep], seed: int) -> list[BodyCue]:
    """Body actions of a timeline's plan with the times at which one sample makes them."""
    rng = np.random.default_rng([seed, 0xB0D1])
    cues = []
    for step in (step for step in plan if step.what in BODY_NAMES):
        action, start = BODY_ACTIONS[step.what], step.start
        if start > 0:
            start = max(0.0, start + float(rng.uniform(-STARTED, STARTED)))
        repeated = BODY_WISHES[step.what].kind == "repeated" and step.strength > 0
        spans = times(action, start, step.end, rng) if repeated else [(start, step.end)]
        spans = spans[: step.count] if step.count else spans
        cues += [BodyCue(step.what, step.strength, a, b) for a, b in spans if b > a]
    return cues


def act_on_body(raw: Floats, cues: Sequence[BodyCue], traits: BodyTraits, rng: np.random.Generator) -> None:
    """Writes what the cues ask for into raw frames (T, RAW), in place."""
    phrases: list[Phrase] = []
    leans: list[Lean] = []
    for cue in cues:
        if cue.action == "hands_still":
            _keep_still(raw, cue, traits, rng)
        elif cue.strength > 0 and cue.action not in MANNERS:
            arms, trunk = act_body(cue, traits, rng)
            phrases, leans = phrases + arms, leans + trunk
    for lean in leans:
        _lean(raw, lean)
    for side in SIDES:
        _move_arm(raw, side, sorted((p for p in phrases if p.side == side), key=lambda p: p.start), traits, rng)


def _move_arm(raw: Floats, side: str, phrases: list[Phrase], traits: BodyTraits, rng: np.random.Generator) -> None:
    if not phrases:
        return
    rest = RESTS[traits.rest][SIDES.index(side)]
    moves: list[Move] = [move for phrase in phrases for move in phrase.moves]
    acted = arm_motion(rest, moves, side, len(raw), rng).reshape(len(raw), -1)
    t, share = seconds(len(raw)), np.zeros(len(raw))
    for phrase in phrases:
        inside = stroke((t - phrase.start) / ARRIVE) * (1 - stroke((t - phrase.end) / LEAVE))
        share = np.maximum(share, inside)
    raw[:, ARMS[side]] += share[:, None] * (acted - raw[:, ARMS[side]])


def _keep_still(raw: Floats, cue: BodyCue, traits: BodyTraits, rng: np.random.Generator) -> None:
    """Hands at rest for a while; asked not to be still, nothing."""
    if cue.strength <= 0:
        return
    t = seconds(len(raw))
    early = cue.start <= 0
    share = (1.0 if early else stroke((t - cue.start) / LEAVE)) * (1 - stroke((t - cue.end) / LEAVE))
    _bring_to_rest(raw, share * np.ones(len(raw)), traits, rng)


def settle_hands(raw: Floats, silent: Array, traits: BodyTraits, rng: np.random.Generator) -> None:
    """Brings hands in raw frames (T, RAW), in place, near their rest where they have nothing to say, (T,) 0 to 1.

    The networks go on gesturing there; people who listen or are silent hardly do.
    """
    t, share = seconds(len(raw)), np.zeros(len(raw))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (silent > 0.5).astype(int), [0]]))) / FPS
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start > LEAST_SILENCE:
            rise = 1.0 if start == 0 else stroke((t - start) / LEAVE)
            fall = 0.0 if end * FPS >= len(raw) else stroke((t - end + ARRIVE) / LEAVE)
            share = np.maximum(share, SETTLED * rise * (1 - fall))
    _bring_to_rest(raw, share, traits, rng)


def _bring_to_rest(raw: Floats, share: Floats, traits: BodyTraits, rng: np.random.Generator) -> None:
    """Draws both arms, in place, to where they rest, by a share (T,) of the way."""
    for side in SIDES:
        rest = arm_motion(RESTS[traits.rest][SIDES.index(side)], [], side, len(raw), rng).reshape(len(raw), -1)
        raw[:, ARMS[side]] += share[:, None] * (rest - raw[:, ARMS[side]])


def _lean(raw: Floats, lean: Lean) -> None:
    t = seconds(len(raw))
    held = stroke((t - lean.start) / LEAN_EDGE) * (1 - stroke((t - lean.end + LEAN_EDGE) / LEAN_EDGE))
    radians = held[:, None] * np.radians(lean.degrees)
    raw[:, SPINES] += (radians[:, None] * SHARES[:, None]).reshape(len(raw), -1)
    raw[:, HEAD] += lean.head * radians
