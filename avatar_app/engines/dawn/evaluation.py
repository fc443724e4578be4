"""`avatar_app evaluate dawn FOLDER`: what the paper counts in films of talking heads and needs no other network.

Blinks per second, beat alignment, head pose and lips are read off any engine's takes or people's films by this
project's own tracker. In place of CSIM, whose network is not at hand, stands how far a face is from itself at the
start, by another network (face.identity). FID, FVD and LSE are told where the user has their networks (judges).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import argrelmin, find_peaks

from avatar_app.face.identity import Describe, distances_from_first, face_describer
from avatar_app.judges.films import Judged, distances, judged
from avatar_app.judges.given import Judges, load_judges
from avatar_app.motion.film_liveliness import film_curves
from avatar_app.motion.film_tracking import stills
from avatar_app.motion.liveliness import blink_frames, head_speed
from avatar_app.motion.liveliness_curves import Curves
from avatar_app.request import FPS, SAMPLE_RATE, InputError
from avatar_app.speech.features import log_mel
from avatar_app.speech.recording import load_speech
from avatar_app.training.films import ENDINGS, named_films
from avatar_app.types import Array, Image

TOLERANCE = 3.0  # frames: deviation of the bell that says how near two beats are (Siyao et al. 2022)
SMOOTH = 2.0  # frames, of head speed before its rests are looked for
ONSET = 1.0  # deviations by which sound must grow louder, all bands together, to be a beat
APART = 4  # frames between beats of sound
COMPARED = 12  # frames whose face is compared with the first
MEL_RATE = 4  # rows of the spectrum in a frame

Numbers = npt.NDArray[np.floating]


def evaluate(
    weights: Path | None = None,
    recordings: Path | None = None,
    films: Path | None = None,
    reference: Path | None = None,
    judges: Path | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Figures of every film in a folder, and their means; films that cannot be read are named in `left_out`.

    Whether the person stays the same is told where the extra "measuring" is there. judges: folder with networks of FID,
    FVD or LSE. reference: folder of people's films that FID and FVD compare with. weights, recordings: for other
    engines' evaluations; this one looks at films. Raises InputError without films, or with a folder that has not what
    it should.
    """
    found = _films_in(films)
    if reference is not None and judges is None:
        raise InputError("Films are compared by networks of FID and FVD: name their folder with --judges, too.")
    networks = Judges() if judges is None else load_judges(judges)
    others = [] if reference is None else [judged(path, None, networks) for path in _films_in(reference)]
    describe = face_describer()
    each: dict[str, dict[str, float]] = {}
    seen: list[Judged] = []
    left_out: dict[str, str] = {}
    for path in found:
        try:
            looked, figures_of = judge_film(path, describe, networks)
            each[path.name] = figures_of
            seen.append(looked)
        except InputError as error:
            left_out[path.name] = str(error)
    if not each:
        raise InputError(f"No film in {films} can be used: {next(iter(left_out.values()))}")
    names = list(next(iter(each.values())))
    mean = {name: float(np.mean([one[name] for one in each.values()])) for name in names}
    return {"mean": mean, **distances(seen, others), "films": each, "left_out": left_out}


def _films_in(folder: Path | None) -> list[Path]:
    found = [path for _, path in named_films(folder)] if folder is not None and folder.is_dir() else []
    if not found:
        raise InputError(
            f"DAWN is measured on films of talking heads: name a folder of {', '.join(sorted(ENDINGS))} files, such as "
            "the takes that `avatar_app generate` wrote."
        )
    return found


def judge_film(path: Path, describe: Describe | None, networks: Judges) -> tuple[Judged, dict[str, float]]:
    """What judging networks see in a film, and its figures; InputError for a film without one face and a voice."""
    curves, samples = film_curves(path), load_speech(path).samples
    found = figures(curves, sound_beats(samples))
    if describe is not None:
        found["identity_distance"] = identity_distance(stills(path, COMPARED, len(curves) / FPS), describe)
    looked = Judged(None, None, None) if networks == Judges() else judged(path, samples, networks)
    if looked.sync is not None:
        found["lse_d"], found["lse_c"] = looked.sync
    return looked, found


def figures(curves: Curves, beats: npt.NDArray[np.intp]) -> dict[str, float]:
    """Of one film. Angles in degrees, lips in distances between the eyes, rates per second."""
    blinks, _ = blink_frames(curves.lids)
    pitch, yaw, roll = curves.angles.std(axis=0).tolist()
    return {
        "blinks_per_second": len(blinks) / (len(curves) / FPS),
        "beat_alignment": beat_alignment(head_beats(curves), beats),
        "pitch_deviation": pitch,
        "yaw_deviation": yaw,
        "roll_deviation": roll,
        "head_speed": float(np.mean(head_speed(curves))),
        "lip_gap": float(curves.gap.mean()),
        "lip_gap_deviation": float(curves.gap.std()),
        "lip_speed": float(np.abs(np.diff(curves.gap)).mean() * FPS),
    }


def identity_distance(frames: list[Image], describe: Describe) -> float:
    """How far faces are from that of the first frame, in the mean; 0.6 parts people. Frames without a face are left
    out."""
    found = distances_from_first(frames, describe)
    return 0.0 if np.isnan(found).all() else float(np.nanmean(found))


def head_beats(curves: Curves) -> npt.NDArray[np.intp]:
    """Frames at which the head comes to rest before it moves on."""
    speed = np.linalg.norm(np.gradient(curves.angles, axis=0), axis=1)
    rests: npt.NDArray[np.intp] = argrelmin(gaussian_filter1d(speed, SMOOTH))[0]
    return rests


def sound_beats(samples: Array) -> npt.NDArray[np.intp]:
    """Frames at which 16-kHz sound (n,) sets in."""
    frames = max(2, round(len(samples) / SAMPLE_RATE * FPS))
    mel = log_mel(samples, frames)
    louder = np.maximum(np.diff(mel, axis=0, prepend=mel[:1]), 0).mean(axis=1)
    each = louder[: frames * MEL_RATE].reshape(-1, MEL_RATE).sum(axis=1)
    peaks: npt.NDArray[np.intp] = find_peaks(each, height=each.mean() + ONSET * each.std(), distance=APART)[0]
    return peaks


def beat_alignment(head: npt.NDArray[np.intp], sound: npt.NDArray[np.intp]) -> float:
    """0 to 1: how near, in the mean, a beat of the sound is to one of the head; 0 where either has none."""
    if not len(head) or not len(sound):
        return 0.0
    nearest = np.abs(head[None] - sound[:, None]).min(axis=1)
    return float(np.exp(-(nearest**2) / (2 * TOLERANCE**2)).mean())
