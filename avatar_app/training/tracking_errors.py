"""How tracked motion differs from the motion that was there: measured once, then put on made-up motion at will.

A talker filmed and tracked comes back with some movements weaker, some leaking into others, a rest that is a little
off, and jitter. `measure` makes pairs of both on portraits that made-up talkers animate, `fit_errors` learns from them,
and `as_tracked` does it to any motion, so that a style encoder learns to see through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file
from scipy.ndimage import gaussian_filter1d

from avatar_app.request import FPS
from avatar_app.training.corpus.speech_corpus import Session
from avatar_app.training.talkers import draw_talker, perform
from avatar_app.types import Array

FRAMES = 150  # of every clip that is drawn and tracked
SIZE = 384  # pixels of the portraits
JITTER = 2.5  # frames over which errors hang together
RIDGE = 0.3  # pull of the map to none, in units of a channel's own spread
FACE = 52


@dataclass(frozen=True)
class TrackingErrors:
    """seen = there @ carried + shift, plus errors: carried (58, 58), shift (58,).

    rest, jitter: (58, 58) matrices that turn white noise into the errors of a whole clip and of its frames.
    """

    carried: Array
    shift: Array
    rest: Array
    jitter: Array

    def save(self, path: Path) -> None:
        """As safetensors."""
        save_file({name: np.ascontiguousarray(value) for name, value in vars(self).items()}, path)

    @classmethod
    def load(cls, path: Path) -> TrackingErrors:
        """From a file that `save` wrote."""
        return cls(**load_file(path))


def as_tracked(values: Array, errors: TrackingErrors, rng: np.random.Generator) -> Array:
    """(T, 58) motion as a tracker would have read it off a film; another `rng` gives another film."""
    noise = gaussian_filter1d(rng.standard_normal(values.shape), JITTER, axis=0, mode="wrap")
    noise *= np.sqrt(2 * np.sqrt(np.pi) * JITTER)
    seen = values @ errors.carried + errors.shift + rng.standard_normal(values.shape[1]) @ errors.rest
    seen += noise @ errors.jitter
    seen[:, FACE:] -= np.median(seen[:, FACE:], axis=0)
    seen[:, :FACE] = np.clip(seen[:, :FACE], 0, 1)
    return seen.astype(np.float32)


def fit_errors(pairs: list[tuple[Array, Array]]) -> TrackingErrors:
    """From (there, seen) pairs, (T, 58) each."""
    there = np.concatenate([pair[0] for pair in pairs]).astype(np.float64)
    seen = np.concatenate([pair[1] for pair in pairs]).astype(np.float64)
    mean, seen_mean = there.mean(axis=0), seen.mean(axis=0)
    spread = np.maximum(there.std(axis=0), 0.02)
    scaled = (there - mean) / spread
    solved = np.linalg.solve(
        scaled.T @ scaled + RIDGE * len(there) / 10 * np.eye(len(mean)), scaled.T @ (seen - seen_mean)
    )
    carried = solved / spread[:, None]
    shift = seen_mean - mean @ carried
    left = [clip[1] - clip[0] @ carried - shift for clip in pairs]
    rest = np.stack([clip.mean(axis=0) for clip in left])
    jitter = np.concatenate([clip - clip.mean(axis=0) for clip in left])
    return TrackingErrors(
        *(np.asarray(part, np.float32) for part in (carried, shift, _root(rest), _root(jitter))),
    )


def _root(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(C, C) that turns white noise rows into noise of the samples' covariance about 0."""
    covariance = samples.T @ samples / len(samples)
    value, vector = np.linalg.eigh(covariance)
    return (vector * np.sqrt(np.maximum(value, 0))).T


def measure(portraits: list[Path], sessions: list[Session], clips: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """(there, seen) of `clips` made-up talkers, each drawn on one of the portraits and tracked."""
    from avatar_app.inputs.portrait.portrait import load_portrait
    from avatar_app.motion.clip import MotionClip
    from avatar_app.motion.film_tracking import bridge, follow
    from avatar_app.motion.landmark_motion import motion_of
    from avatar_app.render.portrait.renderer import PortraitRenderer

    rng = np.random.default_rng(seed)
    renderers = [PortraitRenderer(load_portrait(path, size=SIZE)) for path in portraits]
    sessions = [session for session in sessions if len(session.tracks) >= FRAMES]
    for k in range(clips):
        session = sessions[int(rng.integers(len(sessions)))]
        start = int(rng.integers(0, len(session.tracks) - FRAMES + 1))
        there = perform(session, draw_talker(rng), start, FRAMES, rng)
        frames = renderers[k % len(renderers)].frames(MotionClip.from_values(there))
        marks = bridge(list(follow(frames)), f"clip {k}")
        yield there, motion_of(marks, FPS).values()
