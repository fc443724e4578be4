"""What follows a StyleGAN2 convolution, in one pass over rows with channels last."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_app.engines.language_guided.resampling import LEAK
from avatar_app.render.compiled import compiled


@compiled(fastmath=True)
def soften(made: Any, row: int, back: Any, bias: Any, after: Any, noise: Any, taps: Any, out: Any) -> None:
    """Blur, scale, noise, bias, activation and the next layer's scale: fills out (h, 2 W, C), float32 as all.

    made: (n, 2 W + 1, C) from a convolution that goes up, of which out begins at row `row`; there are zeros around
    it. back, bias, after: (C,). noise: (h, 2 W). taps: (4,) of the blur, symmetric.
    """
    height, width, channels = made.shape
    tall = np.zeros((width + 3, channels), np.float32)
    for y in range(out.shape[0]):
        tall[:] = 0
        for tap in range(4):
            at = row + y + tap - 1
            if 0 <= at < height:
                for x in range(width):
                    for c in range(channels):
                        tall[x + 1, c] += taps[tap] * made[at, x, c]
        for x in range(out.shape[1]):
            for c in range(channels):
                soft = taps[0] * (tall[x, c] + tall[x + 3, c]) + taps[1] * (tall[x + 1, c] + tall[x + 2, c])
                value = soft * back[c] + noise[y, x] + bias[c]
                out[y, x, c] = max(value, np.float32(LEAK) * value) * after[c]


@compiled(fastmath=True)
def activate(made: Any, noise: Any, out: Any, seen: Any, back: Any, bias: Any, weight: Any) -> None:
    """Scale, noise, bias and activation of made (h, W, C), to out, and its colours, to seen (h, W, 3).

    noise: (h, W). back, bias: (C,). weight: (3, C) of the colours. float32 all.
    """
    for y in range(made.shape[0]):
        for x in range(made.shape[1]):
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            for c in range(made.shape[2]):
                value = made[y, x, c] * back[c] + noise[y, x] + bias[c]
                value = max(value, np.float32(LEAK) * value)
                out[y, x, c] = value
                red += value * weight[0, c]
                green += value * weight[1, c]
                blue += value * weight[2, c]
            seen[y, x, 0], seen[y, x, 1], seen[y, x, 2] = red, green, blue
