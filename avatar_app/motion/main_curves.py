"""The few curves by which people see what a motion does: mouth, smile, lids and head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.motion.clip import MotionClip
from avatar_app.types import Array

FACE = {
    "Jaw": ("jawOpen",),
    "Smile": ("mouthSmileLeft", "mouthSmileRight"),
    "Blink": ("eyeBlinkLeft", "eyeBlinkRight"),
}
HEAD = {"Pitch": "head_rotation_x", "Yaw": "head_rotation_y", "Roll": "head_rotation_z"}


@dataclass(frozen=True)
class MainCurve:
    """values: (T,) at 25 fps, per cent of a blendshape, or degrees: pitch + down, yaw + to the subject's left, roll +
    counter-clockwise as seen."""

    name: str
    unit: str
    values: Array

    def thinned(self, count: int) -> Array:
        """At most `count` values: of each part the one that is furthest from the middle, so that no blink is lost."""
        if len(self.values) <= count:
            return self.values
        middle = np.median(self.values)
        parts = np.array_split(self.values, count)
        return np.array([part[np.argmax(np.abs(part - middle))] for part in parts], np.float32)


def main_curves(clip: MotionClip) -> tuple[MainCurve, ...]:
    """Jaw, smile, blink, and pitch, yaw and roll of the head."""
    face = (
        MainCurve(name, "%", 100 * np.mean([clip.channel(one) for one in channels], axis=0))
        for name, channels in FACE.items()
    )
    head = (MainCurve(name, "°", np.rad2deg(clip.channel(channel))) for name, channel in HEAD.items())
    return (*face, *head)
