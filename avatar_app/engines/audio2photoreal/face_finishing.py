"""The network's face as people may see it: in range, lips as the voice says, attentive while the partner talks."""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.gaze import look_about
from avatar_app.motion.postprocess import (
    blend_articulation,
    enforce_lip_closure,
    pace_head,
    settle_jaw,
    smooth_jaw,
    smooth_slow_channels,
    soften_limits,
    stir_lips,
)
from avatar_app.motion.talker import Talker
from avatar_app.speech.encoder import CLOSURE, SHAPES, TALKING, TUCK
from avatar_app.speech.lip_targets import CHANNELS
from avatar_app.training.teacher.body.listening import Partner, add_listening, attention, listen
from avatar_app.training.teacher.coarticulation import LipTracks, lips_to_arkit
from avatar_app.types import Array

# What a portrait's own expression consists of: it stays where the motion shows less.
_LASTING = [
    i
    for i, name in enumerate(ARKIT_NAMES)
    if name.startswith(("brow", "cheekSquint", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple"))
]
_SAID = [
    i
    for i, name in enumerate(ARKIT_NAMES)
    if name in ("jawOpen", "jawForward")
    or name.startswith(("mouthClose", "mouthRoll", "mouthFunnel", "mouthPucker", "mouthStretch"))
    or name.startswith(("mouthUpperUp", "mouthLowerDown", "mouthShrugUpper"))
]
FOLLOWED = 0.92  # how far lips follow the articulation while somebody talks


def follow_articulation(values: Array, articulation: Array, talker: Talker) -> None:
    """Draws the lips of (T, 58), in place, to what the articulation makes of them while somebody talks.

    A small network tells sounds apart less than the speech encoder does; what it adds of its own (a talker's asides,
    smiles) stays in the rest.
    """
    frames, talking = len(values), articulation[:, TALKING]
    shape = np.zeros((frames, len(CHANNELS)), np.float32)
    shape[:, :SHAPES] = articulation[:, :SHAPES]
    none = np.zeros(frames, np.float32)
    tracks = LipTracks(shape, articulation[:, CLOSURE], articulation[:, TUCK], none.astype(np.uint8), none)
    said = lips_to_arkit(tracks, np.full(frames, talker.mouth, np.float32), talker.rounding)
    share = FOLLOWED * talking[:, None]
    values[:, _SAID] += share * (said[:, _SAID] - values[:, _SAID])


def finished_face(
    values: Array, articulation: Array, partner: Partner | None, talker: Talker, resting: Array | None, seed: int
) -> Array:
    """(T, 58) from what the network made (T, 58), changed in place. resting: (52,) of a portrait."""
    talking = articulation[:, TALKING]
    soften_limits(values)
    values[:, :52] = np.clip(values[:, :52], 0.0, 1.0)
    if resting is not None:
        values[:, _LASTING] = np.maximum(values[:, _LASTING], resting[_LASTING])
    follow_articulation(values, articulation, talker)
    blend_articulation(values, articulation)
    stir_lips(values, talking)
    pace_head(values, talking)
    smooth_jaw(values)
    settle_jaw(values, talking)
    enforce_lip_closure(values, articulation[:, CLOSURE])
    values = smooth_slow_channels(values)
    rng = np.random.default_rng([seed, 0x6A2E])
    told = np.zeros(len(values), np.float32) if partner is None else attention(talking, partner.talking)
    look_about(values, talker.gaze, told.astype(np.float32), rng)
    if partner is not None:
        values = add_listening(values, listen(talking, partner, rng, talker))
    return values
