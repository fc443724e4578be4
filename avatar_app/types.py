"""Types that every room uses: arrays by what they hold, and the callbacks of long work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Image = npt.NDArray[np.uint8]  # (H, W, 3) RGB, or (H, W, 4) with alpha, unless said otherwise

ShouldStop = Callable[[], bool]  # polled between denoising steps and between frames
OnStep = Callable[[float], None]  # fraction done, 0 to 1
