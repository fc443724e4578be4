"""Liveliness of a filmed face: curves from landmarks, unsmoothed, and figures without the tracker's own noise."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_closing

from avatar_app.face.arkit_rig import align, face_width, fit_basis, load_rig
from avatar_app.motion.film_tracking import film_landmarks
from avatar_app.motion.landmark_motion import expression_of, head_of, resample, resting_face
from avatar_app.motion.liveliness import AXES, Liveliness, Numbers, between_blinks, liveliness
from avatar_app.motion.liveliness_curves import Curves, face_curves
from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.types import Array, OnStep, ShouldStop

STILL = 0.02  # face widths, that no action moves a rigid landmark farther than
QUIET = 25.0  # decibels below the louder frames that is no speech
BREATH = 5  # frames: stops of plosives are no pauses
# What is read off a talking face whose head and brows are still and whose mouth is even: medians of five drawn films.
NOISE = {
    **{"pitch": 0.47, "yaw": 0.32, "roll": 0.18, "speed": 7.4, "speed_median": 5.4},
    **{"move_x": 0.007, "move_y": 0.009, "move_z": 0.031, "brow": 0.0025, "brow_inner": 0.037},
    **{"corners": 0.007, "sideways": 0.0085, "smile_sides": 0.019},
}


def film_curves(path: Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> Curves:
    """Curves of the one face in a film with sound; errors as of track_video and load_speech."""
    speech = load_speech(path)
    marks, rate = film_landmarks(path, on_step, should_stop)
    curves = landmark_curves(resample(marks.reshape(len(marks), -1), rate).reshape(-1, *marks.shape[1:]))
    return replace(curves, talking=talking_frames(speech, len(curves)))


def landmark_curves(marks: Array) -> Curves:
    """Curves of (T, 478, 3) landmarks in pixels at 25 fps.

    The head's pose comes from many points that no action moves. Detectors take a lowered jaw or lid for a nod in part,
    and a nod for raised brows: pitch is freed of lids and lips, brows of pose and lids, by least squares.
    """
    rig, rigid = load_rig(), rigid_points()
    fits = [align(rig.neutral[rigid], frame[rigid]) for frame in marks]
    placed = np.stack([(m - shift) @ turn / scale for m, (scale, turn, shift) in zip(marks, fits, strict=True)])
    placed = placed.astype(np.float32)
    rest = resting_face(placed)
    turn, place = head_of(fits, face_width(rest))
    seen = face_curves(placed, rest, expression_of(placed, rest), np.rad2deg(turn), place)
    angles = seen.angles.copy()
    angles[:, 0] = freed(angles[:, 0], np.stack([seen.lids, seen.gap], axis=1))
    pose = np.concatenate([angles, angles[:, :2] ** 2, seen.lids[:, None]], axis=1)
    return replace(seen, angles=angles, eyes=held(seen.eyes, between_blinks(seen.lids)), brow=freed(seen.brow, pose))


@lru_cache(maxsize=1)
def rigid_points() -> list[int]:
    """Landmarks of the skin that no action moves farther than STILL; about 160."""
    moved = np.linalg.norm(fit_basis(load_rig().neutral), axis=2).max(axis=0)
    return [i for i in np.flatnonzero(moved < STILL).tolist() if i < 468]


def freed(curve: Numbers, causes: Numbers) -> Numbers:
    """(T,) without what (T, K) causes explain of it, about its mean."""
    centred = causes - causes.mean(axis=0)
    share = np.linalg.lstsq(centred, curve - curve.mean(), rcond=None)[0]
    return np.asarray(curve - centred @ share)


def held(curve: Numbers, known: npt.NDArray[np.bool_]) -> Numbers:
    """(T, C) with straight lines where it is not known (T,); as it is where it is known nowhere."""
    at = np.flatnonzero(known)
    if len(at) == 0:
        return curve
    return np.stack([np.interp(np.arange(len(curve)), at, column[at]) for column in curve.T], axis=1)


def film_liveliness(curves: Curves) -> Liveliness:
    """Figures of a tracked film; NOISE is subtracted in quadrature from those that it adds to."""
    read = liveliness(curves)
    clean = {name: float(np.sqrt(max(getattr(read, name) ** 2 - noise**2, 0))) for name, noise in NOISE.items()}
    return replace(read, **clean, head=float(np.mean([clean[axis] for axis in AXES])))


def talking_frames(speech: Speech, frames: int) -> npt.NDArray[np.bool_]:
    """(frames,) where somebody speaks: within QUIET of the louder frames, or between two such frames."""
    hop = SAMPLE_RATE // FPS
    sound = np.zeros(frames * hop)
    count = min(len(sound), len(speech.samples))
    sound[:count] = speech.samples[:count]
    level = 10 * np.log10((sound.reshape(frames, hop) ** 2).mean(axis=1) + 1e-10)
    loud = level > np.quantile(level, 0.9) - QUIET
    around = np.pad(loud, BREATH)
    return np.asarray(binary_closing(around, np.ones(BREATH))[BREATH:-BREATH])
