"""The teacher of bodies: a whole body's motion for somebody who talks, listens, feels and is told what to do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.clip import Body
from avatar_app.motion.curves import Curve
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, NAME
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.training.teacher.body import rests
from avatar_app.training.teacher.body.arm_motion import arm_motion
from avatar_app.training.teacher.body.body_actions import BODY_ACTIONS, BodyCue, act_body
from avatar_app.training.teacher.body.clearance import clear_trunk
from avatar_app.training.teacher.body.gesture_phases import GesturePlan, Phrase
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    CLAVICLE,
    NECK,
    SIDES,
    SPINE,
    Floats,
    bends_of,
    matrices,
    rotation_vectors,
    transposed,
    vectors,
    within_limits,
)
from avatar_app.training.teacher.body.legs import stand
from avatar_app.training.teacher.body.listening import Partner, attention
from avatar_app.training.teacher.body.posture import Lean, trunk_motion
from avatar_app.training.teacher.body.touches import add_touches
from avatar_app.training.teacher.body.traits import BodyTraits, affects, body_traits
from avatar_app.training.teacher.curves import pauses
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

NECK_SHARES = np.array((0.2, 0.2, 0.2, 0.4))  # of the head's turn against the chest
LEGS = [JOINT_INDEX[f"{bone}.{side}"] for side in SIDES for bone in ("upperleg01", "lowerleg01", "foot")]
MORE = 1.8, 1.25  # factors on rate and extent of somebody told to gesture more


def perform_body(
    scene: Scene,
    rng: np.random.Generator,
    talker: Talker | None = None,
    cues: Sequence[BodyCue] = (),
    partner: Partner | None = None,
    traits: BodyTraits | None = None,
    offsets: Array | None = None,
) -> Body:
    """One performance of a scene's body, T frames; another `rng` gives another one.

    talker: None is a middling one. cues: what the body is told to do beside the scene's own leans. partner: whom it
    listens to. traits: None draws them to go with the talker. offsets: (J, 3) metres, as Skeleton.offsets, of a body
    with other proportions whose hands shall meet all the same.

    The neck only undoes what the trunk turns, so that a clip's head rotation, which is added to it, stays what it is.
    """
    talker = talker or Talker()
    traits = traits or body_traits(talker, rng)
    frames = len(scene.talking)
    feelings = affects(gaussian_filter1d(scene.emotion, 0.2 * FPS, axis=0, mode="nearest"))
    named = [(ACTION_NAMES[cue.action], cue) for cue in scene.cues]
    own = [BodyCue(name, cue.strength, cue.start, cue.end) for name, cue in named if name in BODY_ACTIONS]
    phrases, leans = plan_body(scene, feelings, [*own, *cues], traits, rng)
    if partner is not None:
        leans += listening_leans(scene.talking, partner, rng)
    bends = np.zeros((frames, len(JOINT_NAMES), 3))
    _move_arms(bends, scene, phrases, feelings, traits, rng, offsets)
    trunk = trunk_motion(scene.talking, phrases, leans, feelings, traits, rng)
    bends[:, 0], bends[:, SPINE] = trunk.pelvis, trunk.spine
    for side, outward in zip(SIDES, (1, -1), strict=True):
        bends[:, ARM[side][CLAVICLE], 2] += outward * trunk.shoulders
    clear_trunk(bends, offsets)
    _steady_head(bends, trunk.head)
    root, legs = stand(trunk.place, trunk.pelvis, traits, offsets)
    bends[:, LEGS] = legs
    joints = rotation_vectors(within_limits(bends))
    return Body(joints.astype(np.float32), NAME, root.astype(np.float32))


def plan_body(
    scene: Scene, feelings: Floats, cues: Sequence[BodyCue], traits: BodyTraits, rng: np.random.Generator
) -> tuple[list[Phrase], list[Lean]]:
    """What arms and trunk are going to do: gestures that come unasked where nothing was asked for, and the cues."""
    feelings = feelings.copy()
    asked: list[Phrase] = []
    leans: list[Lean] = []
    kept: list[tuple[float, float]] = []  # seconds in which nothing comes unasked
    for cue in cues:
        inside = slice(max(0, int(cue.start * FPS)), max(0, int(cue.end * FPS)))
        told, leaned = act_body(cue, traits, rng)
        asked, leans = asked + told, leans + leaned
        still = (cue.action == "hands_still" and cue.strength > 0) or (
            cue.action == "gesture_more" and cue.strength < 0
        )
        if told or still or any(lean.head for lean in leaned):
            kept += [(p.start, p.end) for p in told] + [(lean.start, lean.end) for lean in leaned]
            kept += [(cue.start, cue.end)] if still else []
        elif cue.action == "gesture_more":
            feelings[inside, 0] *= 1 + (MORE[0] - 1) * cue.strength
            feelings[inside, 1] *= 1 + (MORE[1] - 1) * cue.strength
    unasked = GesturePlan(traits, rng).speak(scene.talking, scene.tracks.accent, feelings)
    free = [p for p in unasked if not any(p.start < b and p.end + 0.2 > a for a, b in kept)]
    planned = sorted(free + asked, key=lambda p: p.start)
    return add_touches(planned, scene.talking, feelings, kept, traits, rng), leans


def listening_leans(talking: Curve, partner: Partner, rng: np.random.Generator) -> list[Lean]:
    """Toward the partner by some degrees while he speaks, as listeners do (Mehrabian 1969; Bernieri 1988)."""
    heard = np.concatenate([[0], (attention(talking, partner.talking) > 0.5).astype(int), [0]])
    edges = np.flatnonzero(np.diff(heard)) / FPS
    return [
        Lean(float(a), float(b) + 0.8, (float(rng.uniform(0.6, 2.6)), 0.0, float(rng.normal(0, 0.8))))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a > 1.5
    ]


def _move_arms(
    bends: Floats,
    scene: Scene,
    phrases: Sequence[Phrase],
    feelings: Floats,
    traits: BodyTraits,
    rng: np.random.Generator,
    offsets: Array | None,
) -> None:
    """Writes both arms, in place."""
    quiet = pauses(scene.talking)
    where = rests.rest_times(traits, quiet, rng)
    speed = traits.quickness * float(np.median(feelings[:, 2]))
    for side in SIDES:
        first, moves = rests.moves_of(side, phrases, where, quiet, speed, rng)
        bends[:, ARM[side]] = arm_motion(first, moves, side, len(bends), rng, offsets)


def _steady_head(bends: Floats, head: Floats) -> None:
    """Turns neck and head, in place, so that the head is turned as (T, 3) axis-angle says whatever the trunk does."""
    chest = matrices(rotation_vectors(bends[:, 0]))
    for joint in SPINE:
        chest = chest @ matrices(rotation_vectors(bends[:, joint]))
    against = vectors(transposed(chest) @ matrices(head))
    bends[:, NECK] = bends_of(against[:, None] * NECK_SHARES[:, None])
