"""Music or a voice: what sounds like talk to the speech encoder and like no word to the phone recogniser.

The recogniser names a phone for every sound, surely in speech (a share of 0.68 and more on average, also at 10 dB of
noise and over a telephone) and at random in music (below 0.46), but also at a held vowel or a laugh. Those the encoder
knows for what they are: it is in less doubt about them than about a broken chord, and surer that somebody is there.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.request import FPS
from avatar_app.types import Array

AROUND = 0.5  # seconds, sigma of what is averaged
SURE = 0.48, 0.62  # share of the likeliest phone: none of it is words, all of it is
DOUBT = 1.65, 1.9  # entropy of the encoder's visemes, in nats: a voice, none
PRESENT = 0.45, 0.75  # of talking: nobody, somebody


def voiced_share(visemes: Array, talking: Array, recognised: Array) -> Array:
    """(T,) float32, 0 where sound that seems to be talk is neither words nor a voice, else 1.

    visemes: (T, 15) shares by the encoder. talking: (T,) by the encoder. recognised: (T, 15) by the recogniser.
    """
    entropy = -(visemes * np.log(np.maximum(visemes, 1e-6))).sum(axis=1)
    sure, doubt = (_while(talking, figure) for figure in (recognised.max(axis=1), entropy))
    words, no_voice, somebody = (
        np.clip((figure - low) / (high - low), 0, 1)
        for figure, (low, high) in ((sure, SURE), (doubt, DOUBT), (_while(talking, talking), PRESENT))
    )
    return np.maximum(words, (1 - no_voice) * somebody).astype(np.float32)


def _while(talking: Array, figure: Array) -> Array:
    """(T,) average of a figure over what is talk around each frame."""
    sigma = AROUND * FPS
    weight = gaussian_filter1d(talking.astype(np.float64), sigma, mode="constant") + 1e-6
    return np.asarray(gaussian_filter1d(figure * talking.astype(np.float64), sigma, mode="constant") / weight)
