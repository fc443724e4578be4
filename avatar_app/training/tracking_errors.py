"""Error model of face tracking: a linear map and correlated noise, fitted once, then put on synthetic motion.

A person filmed and tracked comes back with some movements weaker, some leaking into others, a rest that is a little
off, and jitter. `measure` makes pairs of true and tracked motion from portraits that synthetic speakers animate,
`fit_errors` learns from them, and `as_tracked` does the same to any motion, so that a style encoder can be trained to
be robust to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file
from scipy.ndimage import gaussian_filter1d

from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_tracking import fill_gaps, track_landmarks
from avatar_app.motion.landmark_motion import motion_of
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import FPS
from avatar_app.training.corpus.sessions import Session
from avatar_app.training.synthetic_speakers import draw_speaker, perform
from avatar_app.types import Array

FRAMES = 150  # of every clip that is drawn and tracked
SIZE = 384  # pixels of the portraits
JITTER = 2.5  # frames over which errors hang together
RIDGE = 0.3  # pull of the map to none, in units of a channel's own spread
FACE = 52
KEYS = {"gain": "carried", "bias": "shift", "clip_noise": "rest", "frame_noise": "jitter"}  # in the file


@dataclass(frozen=True)
class TrackingErrors:
    """tracked = true @ gain + bias + noise: gain (58, 58), bias (58,).

    clip_noise, frame_noise: (58, 58) matrices that turn white noise into the errors of a whole clip and of its frames.
    """

    gain: Array
    bias: Array
    clip_noise: Array
    frame_noise: Array

    def save(self, path: Path) -> None:
        """As safetensors."""
        save_file({key: np.ascontiguousarray(getattr(self, name)) for name, key in KEYS.items()}, path)

    @classmethod
    def load(cls, path: Path) -> TrackingErrors:
        """From a file that `save` wrote."""
        arrays = load_file(path)
        return cls(**{name: arrays[key] for name, key in KEYS.items()})


def as_tracked(values: Array, errors: TrackingErrors, rng: np.random.Generator) -> Array:
    """(T, 58) motion as a tracker would have read it off a film; another `rng` gives another film."""
    noise = gaussian_filter1d(rng.standard_normal(values.shape), JITTER, axis=0, mode="wrap")
    noise *= np.sqrt(2 * np.sqrt(np.pi) * JITTER)
    tracked = values @ errors.gain + errors.bias + rng.standard_normal(values.shape[1]) @ errors.clip_noise
    tracked += noise @ errors.frame_noise
    tracked[:, FACE:] -= np.median(tracked[:, FACE:], axis=0)
    tracked[:, :FACE] = np.clip(tracked[:, :FACE], 0, 1)
    return tracked.astype(np.float32)


def fit_errors(pairs: list[tuple[Array, Array]]) -> TrackingErrors:
    """Ridge regression on (true, tracked) pairs, (T, 58) each; the noise has the covariance of the residuals."""
    true, tracked = (np.concatenate(side).astype(np.float64) for side in zip(*pairs, strict=True))
    mean, tracked_mean = true.mean(axis=0), tracked.mean(axis=0)
    spread = np.maximum(true.std(axis=0), 0.02)
    scaled = (true - mean) / spread
    ridge = RIDGE * len(true) / 10 * np.eye(len(mean))
    gain = np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ (tracked - tracked_mean)) / spread[:, None]
    bias = tracked_mean - mean @ gain
    residuals = [clip[1] - clip[0] @ gain - bias for clip in pairs]
    of_clips = np.stack([clip.mean(axis=0) for clip in residuals])
    of_frames = np.concatenate([clip - clip.mean(axis=0) for clip in residuals])
    parts = (gain, bias, _root(of_clips), _root(of_frames))
    return TrackingErrors(*(np.asarray(part, np.float32) for part in parts))


def _root(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(C, C) that turns white noise rows into noise of the samples' covariance about 0."""
    covariance = samples.T @ samples / len(samples)
    value, vector = np.linalg.eigh(covariance)
    return (vector * np.sqrt(np.maximum(value, 0))).T


def measure(portraits: list[Path], sessions: list[Session], clips: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """(true, tracked) of `clips` synthetic speakers, each drawn on one of the portraits and tracked."""
    rng = np.random.default_rng(seed)
    renderers = [PortraitRenderer(load_portrait(path, size=SIZE)) for path in portraits]
    sessions = [session for session in sessions if len(session.tracks) >= FRAMES]
    for k in range(clips):
        session = sessions[int(rng.integers(len(sessions)))]
        start = int(rng.integers(0, len(session.tracks) - FRAMES + 1))
        true = perform(session, draw_speaker(rng), start, FRAMES, rng)
        frames = renderers[k % len(renderers)].frames(MotionClip.from_values(true))
        marks = fill_gaps(list(track_landmarks(frames)), f"clip {k}")
        yield true, motion_of(marks, FPS).values()
