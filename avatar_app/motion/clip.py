"""MotionClip: what every engine produces and every renderer draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.request import FPS
from avatar_app.types import Array


@dataclass(frozen=True)
class MotionClip:
    """Face and head motion at 25 fps.

    expression: (T, 52) float32 in [0, 1], ARKit blendshape coefficients in ARKIT_NAMES order.
    head_rotation: (T, 3) float32, radians, axis-angle in the camera's frame (x to the image's right, y up,
        z toward the camera): +x looks down, +y turns to the image's right (the subject's left), +z leans
        counter-clockwise as seen.
    head_translation: (T, 3) float32, head widths, same frame.
    body: optional (T, D) float32 body pose of engines that have one.
    """

    expression: Array
    head_rotation: Array
    head_translation: Array
    body: Array | None = None

    def __post_init__(self) -> None:
        frames = len(self.expression)
        for name, width in (("expression", len(ARKIT_NAMES)), ("head_rotation", 3), ("head_translation", 3)):
            shape = getattr(self, name).shape
            if shape != (frames, width):
                raise ValueError(f"{name} must be ({frames}, {width}); got {shape}")

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
    def from_values(cls, values: npt.NDArray[np.floating]) -> MotionClip:
        """From (T, 58) in CHANNEL_NAMES order; expression is clipped to [0, 1]."""
        values = np.asarray(values, np.float32)
        return cls(np.clip(values[:, :52], 0.0, 1.0), values[:, 52:55].copy(), values[:, 55:58].copy())

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
