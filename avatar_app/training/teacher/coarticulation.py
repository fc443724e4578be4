"""Coarticulation: dominance functions (Cohen & Massaro 1993) with jaw and lips apart (JALI, Edwards 2016).

Every viseme has a target per channel and a dominance that fades before and after it; a channel is the average of all
targets weighted by dominance, so rounding spreads ahead and tongue consonants let their neighbours show through. Lip
closure and the labiodental tuck are separate tracks that win over everything, with the timing measured on filmed
talkers: half shut 45 ms before the sound stops, half open 45 ms after it starts again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.request import FPS
from avatar_app.speech.lip_targets import CHANNELS, DOMINANCE, GROUP_OF_CHANNEL, TARGETS
from avatar_app.speech.phones import VISEMES, VOWELS, Phone
from avatar_app.types import Array

RATE = 100  # Hz of the curves before they are sampled at 25 fps
_SMOOTHING = (0.022, 0.028, 0.028, 0.028, 0.022, 0.022, 0.028, 0.022)  # seconds, sigma per channel; about 8 Hz


@dataclass(frozen=True)
class LipTracks:
    """Lips at 25 fps before emotion and manner. Frame i is the middle of its 40 ms.

    shape: (T, 8) float32, CHANNELS. closure, tuck: (T,) float32 in [0, 1], lips shut and lower lip under the teeth.
    viseme: (T,) uint8, class of each frame. accent: (T,) float32, stress of the vowel being spoken, else 0.
    """

    shape: Array
    closure: Array
    tuck: Array
    viseme: np.ndarray
    accent: Array

    def __len__(self) -> int:
        return len(self.shape)

    def __getitem__(self, part: slice) -> LipTracks:
        """A stretch of the frames."""
        return LipTracks(self.shape[part], self.closure[part], self.tuck[part], self.viseme[part], self.accent[part])


def lip_tracks(phones: tuple[Phone, ...], stress: list[float], frames: int) -> LipTracks:
    """Lip tracks of `frames` frames for phones and the stress of each, see `stress_of`."""
    time = (np.arange(frames * RATE // FPS) + 0.5) / RATE
    shape = _dominance_average(phones, stress, time)
    closure, tuck = np.zeros_like(time), np.zeros_like(time)
    for phone in phones:
        if phone.viseme == "PBM":
            closure = np.maximum(closure, _shut(time, phone.start - 0.094, 0.1, phone.end - 0.008, 0.104))
        elif phone.viseme == "FV":
            tuck = np.maximum(tuck, _shut(time, phone.start - 0.07, 0.088, phone.end - 0.004, 0.082))
    middle = np.arange(frames) * 4 + 2
    visemes, accents = np.zeros(frames, np.uint8), np.zeros(frames, np.float32)
    for phone, amount in zip(phones, stress, strict=True):
        inside = slice(round(phone.start * FPS), max(round(phone.end * FPS), round(phone.start * FPS) + 1))
        visemes[inside] = VISEMES.index(phone.viseme)
        if phone.viseme in VOWELS:
            accents[inside] = amount

    def sampled(track: Array) -> Array:
        return (0.5 * (track[middle - 1] + track[middle])).astype(np.float32)

    return LipTracks(sampled(shape), sampled(closure), sampled(tuck), visemes, accents)


def stress_of(phones: tuple[Phone, ...], samples: Array) -> list[float]:
    """Loudness of each phone in its (n,) 16 kHz sound against the talker's vowels, -2 to 2; 0 for consonants."""
    levels = [
        float(np.log(np.sqrt(np.mean(samples[int(p.start * 16000) : int(p.end * 16000) + 16] ** 2)) + 1e-5))
        if p.viseme in VOWELS
        else np.nan
        for p in phones
    ]
    known = [level for level in levels if not np.isnan(level)]
    if not known:
        return [0.0] * len(phones)
    mean, spread = float(np.mean(known)), max(float(np.std(known)), 0.25)
    return [0.0 if np.isnan(level) else float(np.clip((level - mean) / spread, -2, 2)) for level in levels]


def _dominance_average(phones: tuple[Phone, ...], stress: list[float], time: Array) -> Array:
    total = np.full((len(time), len(CHANNELS)), 1e-3)
    weighted = np.zeros_like(total)
    for phone, amount in zip(phones, stress, strict=True):
        strengths, before, after = DOMINANCE[phone.viseme]
        near = slice(
            *np.searchsorted(time, [phone.start - 7 * before, phone.end + 7 * after])
        )  # beyond that exp(-7) changes nothing
        t = time[near]
        # The plateau is the middle 60 %: targets are reached inside a phone, not at its edges.
        inset = 0.2 * (phone.end - phone.start)
        early, late = np.maximum(phone.start + inset - t, 0), np.maximum(t - phone.end + inset, 0)
        fade = np.exp(-early / before - late / after)
        target = np.array(TARGETS[phone.viseme])
        if phone.viseme in VOWELS:
            target = target * np.array([1 + 0.06 * amount] + [1 + 0.03 * amount] * 6 + [1])
        dominance = fade[:, None] * np.array([strengths[g] for g in GROUP_OF_CHANNEL])
        total[near] += dominance
        weighted[near] += dominance * target
    curves = weighted / total
    for i, sigma in enumerate(_SMOOTHING):
        curves[:, i] = gaussian_filter1d(curves[:, i], sigma * RATE)
    return curves


def _shut(time: Array, start: float, rise: float, end: float, fall: float) -> Array:
    """A raised-cosine gate: 0 at `start`, 1 after `rise`, held to `end`, 0 after `fall`, seconds."""
    up = np.clip((time - start) / rise, 0, 1)
    down = np.clip((time - end) / fall, 0, 1)
    return 0.5 * (1 - np.cos(np.pi * up)) * 0.5 * (1 + np.cos(np.pi * down))


def lips_to_arkit(tracks: LipTracks, amplitude: Array, rounding: float = 1.0) -> Array:
    """(T, 52) float32 in [0, 1] from lip tracks; amplitude (T,) scales opening and shape but never a closure.

    rounding: factor on what narrows and spreads the mouth, a talker's habit.
    """
    values = np.zeros((len(tracks), len(ARKIT_INDEX)), np.float32)
    shape = tracks.shape * amplitude[:, None]
    shape[:, 2:4] *= np.float32(rounding)
    closure, tuck = tracks.closure, tracks.tuck
    open_ = 1 - closure
    jaw = shape[:, 0] * (1 - 0.45 * closure) * (1 - 0.35 * tuck)
    together = np.clip(0.8 * tracks.shape[:, 7], 0, 1) * (jaw + 0.02)
    spread = shape[:, 3] * (1 - 0.5 * closure)
    columns = {
        "jawOpen": jaw,
        # An overshoot past contact (Löfqvist & Gracco 1996), squared, so that the gap itself follows the raised cosine.
        # On film the upper lip comes down as far as the jaw up, nothing is pressed, and the mouth narrows.
        "mouthClose": np.maximum(closure**2 * np.minimum(jaw * 1.1 + 0.02, 1), together),
        "mouthRollUpper": 0.2 * closure,
        "mouthRollLower": np.maximum(0.06 * closure, 0.55 * tuck),
        "mouthFunnel": shape[:, 1] * open_ * (1 - 0.7 * tuck),
        "mouthPucker": shape[:, 2],
        "mouthStretchLeft": 0.75 * spread,
        "mouthStretchRight": 0.75 * spread,
        "mouthSmileLeft": 0.22 * spread,
        "mouthSmileRight": 0.22 * spread,
        "mouthUpperUpLeft": shape[:, 4] * open_,
        "mouthUpperUpRight": shape[:, 4] * open_,
        "mouthLowerDownLeft": shape[:, 5] * open_ * (1 - tuck),
        "mouthLowerDownRight": shape[:, 5] * open_ * (1 - tuck),
        "mouthShrugUpper": shape[:, 6] * open_,
        "jawForward": 0.12 * shape[:, 1],
    }
    for name, curve in columns.items():
        values[:, ARKIT_INDEX[name]] = curve
    return np.clip(values, 0, 1)
