"""Closed lips: what two ears hear of p, b and m.

The speech encoder times closures well, but takes n, k and th for them now and then; the phone recogniser hardly does.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import find_peaks

from avatar_app.types import Array

PEAK_FRAMES = 0.8  # sigma of a closure of which nothing but its time is known, and of a completed one's lift
ALONE, SURE, FAINT = 0.6, 0.3, 0.1  # of the recogniser: enough if the encoder hears nothing, a trace, half a closure
HALF_HEARD, TRACE = 0.25, 0.05  # of the encoder
SELF_SURE = 0.85  # of the encoder: enough if the recogniser hears nothing
DOUBTED = 0.3  # share that is left of a closure that nobody confirms
BEFORE, AFTER = 3, 1  # frames around a release in which its closure lies
MIDDLE = 1.5  # steps of 20 ms from a closure's middle to its release


def complete_closures(closure: Array, least: float) -> Array:
    """(T,) closure, 0 to 1, whose every peak of at least `least` reaches 1, each as wide as it was.

    An encoder in doubt gives half a p, but lips do not half close. What is no peak stays what it was.
    """
    peaks = find_peaks(np.pad(closure, 1), height=least)[0] - 1
    gain, frames = np.ones(len(closure)), np.arange(len(closure))
    for peak in peaks:
        lift = 1 / closure[peak] - 1
        gain = np.maximum(gain, 1 + lift * np.exp(-0.5 * ((frames - peak) / PEAK_FRAMES) ** 2))
    return np.clip(closure * gain, 0, 1).astype(np.float32)


def agreed_closures(closure: Array, lips: Array) -> Array:
    """(T,) closure, 0 to 1, of the encoder's (T,) and the recogniser's (2 T,) releases of p, b and m.

    What both hear, or one of them surely, is a whole closure, where the encoder hears it if it does; what the encoder
    alone half hears is little of one.
    """
    frames = np.arange(len(closure))
    found = [int(peak) for peak in find_peaks(np.pad(closure, 1), height=SELF_SURE)[0] - 1]
    for step in find_peaks(np.pad(lips, 1), height=FAINT)[0] - 1:
        release = step / 2
        around = frames[(frames >= release - BEFORE) & (frames <= release + AFTER)]
        best = int(around[closure[around].argmax()])
        if closure[best] >= HALF_HEARD or (lips[step] >= SURE and closure[best] > TRACE):
            found.append(best)
        elif lips[step] >= ALONE:
            found.append(int(np.clip(round((step - MIDDLE) / 2), 0, len(closure) - 1)))
    near = np.full(len(closure), DOUBTED)
    whole = np.zeros(len(closure))
    for middle in found:
        distance = np.abs(frames - middle)
        near[distance <= BEFORE] = 1
        whole = np.maximum(whole, np.exp(-0.5 * (distance / PEAK_FRAMES) ** 2))
    return np.maximum(closure * near, whole).astype(np.float32)
