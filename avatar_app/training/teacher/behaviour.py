"""Non-verbal behaviour at 25 fps, from published statistics: head motion, blinks, gaze and brow raises.

Head: drift of 1-3 degrees at 0.1-0.4 Hz, nods of 2-6 degrees on accents, settling in pauses (Munhall 2004, Busso 2007).
Blinks: 10-32 a minute in conversation, log-normal intervals, lids down in 2 frames and up in 3-5 (Bentivoglio 1997,
Sforza 2008). Gaze: saccade sizes and dwell times of Eyes Alive (Lee, Badler & Badler 2002), kept small as on a video
call. Brows: raises begin before an accent and peak on it (Cavé 1996, Kim 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from avatar_app.request import FPS
from avatar_app.types import Array

EYE_DEGREES = 30.0  # eye rotation at coefficient 1 of an eyeLook shape


@dataclass(frozen=True)
class SpeakerParams:
    """How one speaker moves: what makes samples differ.

    energy: head movement. nodding, brows: share of accents answered. blinks: a minute. looking_away: share of gazes.
    effort: how far lips and jaw go. expressiveness: how much feelings show. asymmetry: left against right, -1 to 1.
    """

    energy: float
    nodding: float
    brows: float
    blinks: float
    looking_away: float
    effort: float
    expressiveness: float
    asymmetry: float


def draw_speaker_params(rng: np.random.Generator) -> SpeakerParams:
    """An ordinary speaker at random."""
    return SpeakerParams(
        energy=float(np.exp(rng.normal(0.0, 0.3))),
        nodding=float(rng.uniform(0.15, 0.5)),
        brows=float(rng.uniform(0.1, 0.4)),
        blinks=float(np.clip(np.exp(rng.normal(np.log(21), 0.3)), 9, 40)),
        looking_away=float(rng.uniform(0.1, 0.5)),
        effort=float(rng.uniform(0.88, 1.15)),
        expressiveness=float(rng.uniform(0.85, 1.15)),
        asymmetry=float(np.clip(rng.normal(0.0, 0.35), -1, 1)),
    )


def smoothstep(x: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """0 to 1 with flat ends, for x from 0 to 1; clamped outside."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def drift(frames: int, seconds: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(frames,) smooth unit-variance noise with a correlation time of about `seconds`."""
    sigma = seconds * FPS
    pad = int(3 * sigma) + 1
    noise = gaussian_filter1d(rng.standard_normal(frames + 2 * pad), sigma)[pad : pad + frames]
    return noise * np.sqrt(2 * np.sqrt(np.pi) * sigma)


def accents(accent: Array, rng: np.random.Generator, share: float) -> list[int]:
    """Frames of stressed vowels that a gesture answers, at least 0.4 s apart."""
    stressed = np.flatnonzero((accent > 0.6) & (accent >= np.roll(accent, 1)))
    chosen: list[int] = []
    for frame in stressed:
        if (not chosen or frame - chosen[-1] >= 0.4 * FPS) and rng.random() < share:
            chosen.append(int(frame))
    return chosen


def head(frames: int, talking: Array, accent: Array, speaker: SpeakerParams, rng: np.random.Generator) -> Array:
    """(T, 3) degrees about x, y, z: drift, changes of posture and nods on accents. talking: (T,) in [0, 1]."""
    t = np.arange(frames)
    activity = 0.45 + 0.55 * gaussian_filter1d(talking.astype(np.float64), 0.3 * FPS)
    angles = np.stack([s * drift(frames, rng.uniform(0.45, 0.9), rng) for s in (1.1, 1.5, 1.0)], axis=1)
    angles *= activity[:, None]
    posture = rng.normal(0, (1.2, 2.4, 1.4))
    curve = np.tile(posture, (frames, 1))
    shift = int(rng.exponential(3.5) * FPS)
    while shift < frames:
        target = rng.normal(0, (1.3, 2.8, 1.6))
        step = smoothstep((t - shift) / (rng.uniform(0.5, 1.1) * FPS))[:, None]
        curve = curve * (1 - step) + target * step
        shift += int((1.5 + rng.exponential(3.5)) * FPS)
    angles += curve
    for frame in accents(accent, rng, speaker.nodding):
        width, depth = rng.uniform(0.09, 0.14) * FPS, rng.uniform(1.2, 4.0)
        angles[:, 0] += depth * np.exp(-0.5 * ((t - frame - 1) / width) ** 2)
        angles[:, 1] += rng.normal(0, 0.5) * np.exp(-0.5 * ((t - frame - 1) / (1.5 * width)) ** 2)
    return (angles * speaker.energy).astype(np.float32)


def blink_curve(frames: int, at: float, rng: np.random.Generator, hold: float = 0.02) -> Array:
    """(T,) eyelid closure in [0, 1] of one blink that starts `at` seconds."""
    t = (np.arange(frames) + 0.5) / FPS - at
    down, up = rng.uniform(0.07, 0.10), rng.uniform(0.13, 0.22)
    shut = smoothstep(t / down) * (1 - smoothstep((t - down - hold) / up))
    return (shut * rng.uniform(0.88, 1.0)).astype(np.float32)


def blinks(frames: int, per_minute: float, talking: Array, rng: np.random.Generator) -> Array:
    """(T,) eyelid closure; blinks gather where speech pauses."""
    lids = np.zeros(frames, np.float32)
    mean = 60.0 / max(per_minute, 0.1)
    at = float(rng.uniform(0, mean))
    pauses = np.flatnonzero((talking[1:] < 0.5) & (talking[:-1] >= 0.5)) / FPS
    while at < frames / FPS:
        near = pauses[np.abs(pauses - at) < 0.6]
        start = float(near[0]) + 0.05 if len(near) and rng.random() < 0.6 else at
        lids = np.maximum(lids, blink_curve(frames, start, rng))
        at = max(at, start) + max(0.45, float(mean * np.exp(rng.normal(-0.15, 0.55))))
    return lids


def gaze(frames: int, talking: Array, speaker: SpeakerParams, rng: np.random.Generator) -> Array:
    """(T, 2) degrees: [:, 0] + down, [:, 1] + to the subject's left; mostly at the camera."""
    angles = np.zeros((frames, 2))
    start, at_camera = 0, bool(rng.random() > 0.15)
    while start < frames:
        if at_camera:
            seconds, target = rng.gamma(2.5, 1.0), rng.normal(0, (0.4, 0.6))
        else:
            size = min(-6.9 * np.log(max(rng.uniform(0, 15), 0.05) / 15.7), 14.0) * 0.7
            direction = rng.choice(8, p=np.array((155, 65, 177, 74, 168, 79, 204, 78)) / 1000) * np.pi / 4
            target = size * np.array((-0.6 * np.sin(direction), np.cos(direction)))
            seconds = rng.uniform(0.35, 1.1)
        end = min(frames, start + max(3, int(seconds * FPS)))
        angles[start:end] = target
        at_camera = (not at_camera) or rng.random() > speaker.looking_away
        start = end
    # One frame of blur stands for a saccade of about 40 ms.
    return gaussian_filter1d(angles, 0.5, axis=0).astype(np.float32)


def brow_flashes(frames: int, accent: Array, speaker: SpeakerParams, rng: np.random.Generator) -> Array:
    """(T,) brow raise in [0, 1]: slow mood and flashes of 0.4-0.7 s that peak on accents."""
    t = np.arange(frames)
    curve = 0.05 * np.maximum(drift(frames, 1.2, rng), 0)
    for frame in accents(accent, rng, speaker.brows):
        width, height = rng.uniform(0.12, 0.2) * FPS, rng.uniform(0.15, 0.45)
        curve = np.maximum(curve, height * np.exp(-0.5 * ((t - frame) / width) ** 2))
    return curve.astype(np.float32)
