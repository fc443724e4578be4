"""CONTRACT STUB - replaced by the helper that owns this file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Portrait:
    """pixels: (H, W, 3) uint8 RGB. landmarks: (478, 3) float32 pixels. resting: (52,) float32 fitted ARKit coefficients."""

    pixels: npt.NDArray[np.uint8]
    landmarks: npt.NDArray[np.float32]
    resting: npt.NDArray[np.float32]
    notes: tuple[str, ...] = ()
