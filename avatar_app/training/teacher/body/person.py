"""A whole person: face, head and body of one performance, talking or listening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from avatar_app.motion.clip import MotionClip
from avatar_app.motion.talker import Talker, draw_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.body.body_actions import BodyCue
from avatar_app.training.teacher.body.body_teacher import perform_body
from avatar_app.training.teacher.body.listening import Partner, add_listening, listen
from avatar_app.training.teacher.scene import Scene


def perform_person(
    scene: Scene,
    rng: np.random.Generator,
    talker: Talker | None = None,
    cues: Sequence[BodyCue] = (),
    partner: Partner | None = None,
    where: tuple[float, float] = (0.0, 0.0),
) -> MotionClip:
    """One performance of a scene, T frames: the face's teacher, listening where there is a partner, and the body.

    talker: None draws one. where: degrees down and to the person's left at which the partner is.
    """
    talker = talker or draw_talker(rng)
    values = act(scene, rng, talker)
    if partner is not None:
        values = add_listening(values, listen(scene.talking, partner, rng, talker, where))
    body = perform_body(scene, rng, talker, cues, partner)
    return replace(MotionClip.from_values(values), body=body)
