"""CONTRACT STUB - replaced by the helper that owns this file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Speech:
    """samples: (n,) float32 mono, 16 kHz, level-normalised. original: (m,) or (m, 2) float32 for the soundtrack."""

    samples: npt.NDArray[np.float32]
    original: npt.NDArray[np.float32]
    original_rate: int
    notes: tuple[str, ...] = ()  # sentences for a person: "clipped", "silent", ...
    silent: bool = False

    @property
    def duration(self) -> float:
        return len(self.samples) / 16_000
