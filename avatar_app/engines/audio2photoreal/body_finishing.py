"""The networks' body as people may see it: weight and listening hands rest, strokes meet accents, wishes are acted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from avatar_app.engines.audio2photoreal.beats import on_accents
from avatar_app.engines.audio2photoreal.body_acting import act_on_body, settle_hands
from avatar_app.engines.audio2photoreal.body_coding import PELVIS, PLACE, body_of
from avatar_app.engines.audio2photoreal.two_hands import join_hands
from avatar_app.motion.clip import Body
from avatar_app.request import FPS
from avatar_app.speech.encoder import ACCENT, TALKING
from avatar_app.training.teacher.body.body_actions import BodyCue
from avatar_app.training.teacher.body.kinematics import Floats
from avatar_app.training.teacher.body.listening import attention
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.training.teacher.curves import pauses
from avatar_app.types import Array

STANDS = 16.0  # seconds: where somebody stands is where he is for most of so long
CHANGES = 0.6  # seconds, a deviation: how slowly he goes over to another leg
HOLDS = 1.5  # seconds of silence through which a gesture may be held
WANDERS = 0.2  # share of the networks' other hip motion that stays, as sway


def finished_body(
    raw: Floats,
    articulation: Array,
    partner_talking: Array | None,
    traits: BodyTraits,
    cues: Sequence[BodyCue],
    seed: int,
) -> Body:
    """The body of raw frames (T, RAW), changed in place. articulation: (T, 26); partner_talking: (T,) 0 to 1."""
    settle_weight(raw)
    silent = silences(articulation[:, TALKING], partner_talking)
    settle_hands(raw, silent, traits, np.random.default_rng([seed, 0x5E7]))
    body = body_of(raw, traits)
    join_hands(raw, body, traits.both, np.random.default_rng([seed, 0x2A]))
    on_accents(raw, body, articulation[:, ACCENT])
    act_on_body(raw, cues, traits, np.random.default_rng([seed, 0xAC7]))
    return body_of(raw, traits)


def silences(talking: Array, partner_talking: Array | None) -> Floats:
    """(T,) 0 to 1: where hands have nothing to say, in pauses too long to hold a gesture through, and while listening.

    People gesture where they talk (McNeill 1992: nine of ten gestures go with speech).
    """
    quiet = np.zeros(len(talking))
    for start, end in pauses(talking):
        if end - start > HOLDS:
            quiet[round((start + HOLDS / 2) * FPS) if start > 0 else 0 : round(end * FPS)] = 1
    return quiet if partner_talking is None else np.maximum(quiet, attention(talking, partner_talking))


def settle_weight(raw: Floats) -> None:
    """Lets the weight of raw frames (T, RAW) rest on a leg or both, in place, until it has gone over for good.

    A key pose a second lets hips wander from one to the other; people stand, and shift their weight a few times a
    minute.
    """
    half = round(STANDS * FPS / 2)
    for part in (PLACE, PELVIS):
        # Mirrored here: of clips shorter than its window scipy's own mirror reads memory that is not theirs.
        mirrored = np.pad(raw[:, part], ((half, half), (0, 0)), mode="symmetric")
        stands = median_filter(mirrored, (2 * half + 1, 1))[half : half + len(raw)]
        stands = gaussian_filter1d(stands, CHANGES * FPS, axis=0, mode="nearest")
        raw[:, part] = stands + WANDERS * (raw[:, part] - stands)
