"""Words on the person's own photo: what the generated face does, tracked, for the portrait renderer to draw.

So a photo that the generator only resembles still moves as the generator says. With a voice, the default engine's lips
take the place of the generated ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from avatar_app.engines import registry
from avatar_app.engines.base import Conditions
from avatar_app.engines.options import read_options
from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_tracking import fill_gaps, track_landmarks
from avatar_app.motion.landmark_motion import motion_of
from avatar_app.request import FPS, InputError, Stopped
from avatar_app.types import Array, Image, OnStep, ShouldStop

SEEN = 256  # pixels at which faces are tracked
AT_REST = 3  # frames that show the face before it moves
SPOKEN = ("jaw", "mouth", "tongue")
FELT = ("mouthSmile", "mouthFrown", "mouthDimple")  # what lips do of feelings while they talk


def tracked(
    frames: Iterator[Image], count: int, resting: Array, on_step: OnStep, should_stop: ShouldStop
) -> MotionClip:
    """What `count` frames (R, R, 3) uint8 of a face add to its first ones, on top of a face at rest (52,).

    Raises InputError where the face is lost for long, Stopped once should_stop() is true.
    """

    def larger() -> Iterator[Image]:
        for index, frame in enumerate(frames):
            if should_stop():
                raise Stopped
            on_step(index / count)
            yield np.asarray(cv2.resize(frame, (SEEN, SEEN), interpolation=cv2.INTER_CUBIC), np.uint8)

    found = list(track_landmarks(larger()))
    try:
        marks = fill_gaps(found, "")
    except InputError as error:
        raise InputError(
            "The face tracker loses the generated face, so that your photo cannot follow it: take more tuning steps, a "
            "lower strength, or show the generator's face."
        ) from error
    values = motion_of(marks, FPS, AT_REST).values()
    values = values - values[:AT_REST].mean(axis=0)
    values[:, :52] += resting
    return MotionClip.from_values(values)


def spoken(conditions: Conditions, should_stop: ShouldStop) -> list[MotionClip]:
    """What the default engine makes of the voice, for every seed."""
    spec = registry.find_spec(None)
    engine = registry.load_engine(spec.name)
    options = read_options(spec.title, spec.options, {}, spec.weights[0])
    mute = replace(conditions, options=options, timeline=Timeline((), conditions.frames / FPS), extra=None)
    made = engine.sample(engine.prepare(mute, should_stop), lambda done: None, should_stop)
    return [sample.motion for sample in made if sample.motion is not None]


def with_lips(acted: MotionClip, voice: MotionClip) -> MotionClip:
    """An acted clip with the lips of a spoken one; smiles stay where they are larger."""
    values, lips = acted.values(), voice.values()
    for index, name in enumerate(ARKIT_NAMES):
        if name.startswith(SPOKEN):
            felt = name.startswith(FELT)
            values[:, index] = np.maximum(values[:, index], lips[:, index]) if felt else lips[:, index]
    return acted.with_values(values)
