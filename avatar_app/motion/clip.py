"""MotionClip: what every engine produces and every renderer draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.request import FPS
from avatar_app.types import Array


@dataclass(frozen=True)
class Body:
    """Body motion at 25 fps, of engines that have one.

    joints: (T, J, 3) float32, radians, axis-angle of each joint against its parent, in the skeleton's own order.
    skeleton: its name. root: (T, 3) float32, metres, same axes as the head.
    """

    joints: Array
    skeleton: str
    root: Array

    def __post_init__(self) -> None:
        if self.joints.ndim != 3 or self.joints.shape[2] != 3:
            raise ValueError(f"joints must be (frames, joints, 3); got {self.joints.shape}")
        if self.root.shape != (len(self.joints), 3):
            raise ValueError(f"root must be ({len(self.joints)}, 3); got {self.root.shape}")

    def __len__(self) -> int:
        return len(self.joints)


@dataclass(frozen=True)
class MotionClip:
    """Face and head motion at 25 fps.

    expression: (T, 52) float32 in [0, 1], ARKit blendshape coefficients in ARKIT_NAMES order.
    head_rotation: (T, 3) float32, radians, axis-angle in the camera's frame (x to the image's right, y up,
        z toward the camera): +x looks down, +y turns to the image's right (the subject's left), +z leans
        counter-clockwise as seen.
    head_translation: (T, 3) float32, head widths, same frame.
    body: as many frames of body motion; None where an engine has none. Every operation keeps it.
    """

    expression: Array
    head_rotation: Array
    head_translation: Array
    body: Body | None = None

    def __post_init__(self) -> None:
        frames = len(self.expression)
        for name, width in (("expression", len(ARKIT_NAMES)), ("head_rotation", 3), ("head_translation", 3)):
            shape = getattr(self, name).shape
            if shape != (frames, width):
                raise ValueError(f"{name} must be ({frames}, {width}); got {shape}")
        if self.body is not None and len(self.body) != frames:
            raise ValueError(f"the body must have {frames} frames; got {len(self.body)}")

    def __len__(self) -> int:
        return len(self.expression)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / FPS

    def channel(self, name: str) -> Array:
        """(T,) one named channel, e.g. "jawOpen" or "head_rotation_y"."""
        return self.values()[:, CHANNEL_NAMES.index(name)]

    def values(self) -> Array:
        """(T, 58) float32 in CHANNEL_NAMES order."""
        return np.concatenate([self.expression, self.head_rotation, self.head_translation], axis=1)

    @classmethod
    def from_values(cls, values: npt.NDArray[np.floating], body: Body | None = None) -> MotionClip:
        """From (T, 58) in CHANNEL_NAMES order; expression is clipped to [0, 1]."""
        values = np.asarray(values, np.float32)
        return cls(np.clip(values[:, :52], 0.0, 1.0), values[:, 52:55].copy(), values[:, 55:58].copy(), body)

    def with_values(self, values: npt.NDArray[np.floating]) -> MotionClip:
        """Other face and head motion (T, 58) of as many frames, with the same body."""
        return MotionClip.from_values(values, self.body)

    @classmethod
    def still(cls, frames: int) -> MotionClip:
        """A neutral, motionless clip."""
        return cls.from_values(np.zeros((frames, len(CHANNEL_NAMES)), np.float32))

    def with_head_strength(self, strength: float) -> MotionClip:
        """Head rotation and translation multiplied by `strength`."""
        return replace(
            self,
            head_rotation=self.head_rotation * np.float32(strength),
            head_translation=self.head_translation * np.float32(strength),
        )
