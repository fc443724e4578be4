"""Audio augmentation: rooms, telephones, microphones and other voices. Only `warp` moves the times of phones.

Sounds are degraded once, when the corpus is made; `perturb` changes their log-mel anew in every example.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.features import lifter, warp_bands

Wave = npt.NDArray[np.float32]


def warp(samples: Wave, rng: np.random.Generator) -> tuple[Wave, float]:
    """Pitch, formants and rate moved together by 0.76-1.26. Returns the sound and the factor on all its times."""
    percent = int(rng.integers(76, 127))
    common = int(np.gcd(percent, 100))
    return resample_poly(samples, percent // common, 100 // common).astype(np.float32), percent / 100


def _reverberate(samples: Wave, rng: np.random.Generator) -> Wave:
    seconds = rng.uniform(0.05, 0.5)
    count = int(seconds * SAMPLE_RATE)
    tail = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    tail *= rng.uniform(0.02, 0.35) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] = 1.0  # the direct sound keeps its place, so lips stay in time
    return fftconvolve(samples, tail.astype(np.float32))[: len(samples)].astype(np.float32)


def _equalise(samples: Wave, rng: np.random.Generator) -> Wave:
    if rng.random() < 0.3:  # telephone and headset bands
        low, high = rng.uniform(80, 400), rng.uniform(2800, 7000)
        samples = sosfilt(butter(2, [low, high], "bandpass", fs=SAMPLE_RATE, output="sos"), samples).astype(np.float32)
    for _ in range(int(rng.integers(0, 3))):  # gentle tilts
        corner, amount = rng.uniform(200, 4000), rng.uniform(-0.6, 0.9)
        b, a = butter(1, corner, fs=SAMPLE_RATE)
        samples = (samples + amount * lfilter(b, a, samples)).astype(np.float32)
    return samples


def coloured_noise(count: int, rng: np.random.Generator) -> Wave:
    """(count,) unit-variance noise between white and brown, with slow swells and sometimes a hum or tones."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum *= 1.0 / np.maximum(np.arange(len(spectrum)), 1.0) ** rng.uniform(0.0, 0.9)
    noise = np.fft.irfft(spectrum, count)
    time = np.arange(count) / SAMPLE_RATE
    noise = (
        noise / (noise.std() + 1e-9) * (1 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.05, 2) * time + rng.uniform(0, 6)))
    )
    if rng.random() < 0.3:
        base = rng.choice([50.0, 60.0, rng.uniform(100, 800)])
        noise += sum(rng.uniform(0, 0.8) * np.sin(2 * np.pi * base * k * time) for k in range(1, 5))
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


def _telephone_codec(samples: Wave) -> Wave:
    """8 kHz and 8 bits of mu-law (ITU-T G.711), as fixed telephones send."""
    narrow = resample_poly(samples, 1, 2)
    peak = float(np.abs(narrow).max()) + 1e-9
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow) / peak) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    opened = np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * peak
    return resample_poly(opened, 2, 1)[: len(samples)].astype(np.float32)


def degrade(samples: Wave, rng: np.random.Generator) -> Wave:
    """A recording of the same length: room, equaliser, noise at 0-50 dB, codec, clipping and gain, each sometimes.

    The gain goes down to -40 dB: talkers sit far from their microphones.
    """
    level = float(np.sqrt(np.mean(samples**2))) + 1e-6
    if rng.random() < 0.5:
        samples = _reverberate(samples, rng)
    if rng.random() < 0.6:
        samples = _equalise(samples, rng)
    if rng.random() < 0.75:
        decibels = rng.triangular(0, 30, 50)
        samples = samples + coloured_noise(len(samples), rng) * np.float32(level * 10 ** (-decibels / 20))
    if rng.random() < 0.12:
        limit = np.percentile(np.abs(samples), rng.uniform(97, 99.9)) + 1e-6
        samples = np.clip(samples, -limit, limit)
    if rng.random() < 0.08:
        samples = np.pad(_telephone_codec(samples), (0, len(samples) % 2))[: len(samples)]
    return (samples * 10 ** rng.uniform(-2.0, 0.3)).astype(np.float32)


def breath(rng: np.random.Generator) -> Wave:
    """(n,) an audible breath of 0.2-0.6 s, lips closed or parted no further than at rest."""
    count = int(rng.uniform(0.2, 0.6) * SAMPLE_RATE)
    low = rng.uniform(300, 1200)
    band = butter(2, [low, low + rng.uniform(1500, 5000)], "bandpass", fs=SAMPLE_RATE, output="sos")
    return (sosfilt(band, rng.standard_normal(count)) * np.hanning(count) * rng.uniform(0.003, 0.03)).astype(np.float32)


def perturb(mel: Wave, rng: np.random.Generator) -> Wave:
    """(n, 64) natural-log mel power of another vocal tract in another room, times unchanged.

    Vocal-tract-length perturbation by up to 15 % (Jaitly & Hinton 2013), a smooth equaliser, loudness that wanders,
    noise added in power, and harmonics smoothed away (a cepstral lifter), so that pitch tells nothing.
    """
    bands = np.arange(mel.shape[1], dtype=np.float32)
    if rng.random() < 0.7:
        mel = warp_bands(mel, float(rng.uniform(0.85, 1.15)))
    if rng.random() < 0.7:
        phase = rng.uniform(0, 2 * np.pi, 4)[:, None]
        waves = np.cos(np.arange(1, 5)[:, None] * bands * np.pi / 64 + phase)
        mel = mel + (rng.normal(0, 0.55, 4) @ waves).astype(np.float32)
    if rng.random() < 0.3:
        knots = rng.normal(0, 0.5, len(mel) // 60 + 2)
        mel = mel + np.interp(np.arange(len(mel)) / 60, np.arange(len(knots)), knots)[:, None].astype(np.float32)
    if rng.random() < 0.35:
        level = np.percentile(mel.max(axis=1), 90) - rng.uniform(3.5, 11.0)
        tilt = rng.uniform(-3, 1) * bands / 64 + rng.normal(0, 0.7) * np.cos(bands / 64 * np.pi * rng.uniform(1, 4))
        swell = rng.normal(0, 0.3, mel.shape)
        mel = np.logaddexp(mel, (level + tilt + swell).astype(np.float32))
    if rng.random() < 0.6:
        mel = lifter(mel, int(rng.integers(14, 48)))
    return mel.astype(np.float32)


def spec_augment(features: Wave, rng: np.random.Generator) -> Wave:
    """Features with stretches of bands and of time zeroed (SpecAugment, Park et al. 2019); changes them in place."""
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(2, 10))
        start = int(rng.integers(0, 64 - width))
        features[:, start : start + width] = 0
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(1, 9))
        start = int(rng.integers(0, len(features) - width))
        features[start : start + width] = 0
    return features
