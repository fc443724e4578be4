"""Talkers read off tracked films: who moves in a film, and how the people of a data set differ.

Everything is relative to a middling talker of the teacher, performed with babble of English phone frequencies and
measured in the same way, so that fitted talkers mean what the teacher, and a model that learned from it, take them for.
Trackers read less than there is of some movements (brows, rounding, nods) and the teacher was fitted to such readings:
neither is corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.film_liveliness import freed
from avatar_app.motion.liveliness import Numbers, gaze_shifts, head_bands, liveliness
from avatar_app.motion.liveliness_curves import Curves, curves_of_motion
from avatar_app.motion.talker import AMPLITUDE_SHARES, Talker, TalkerStatistics
from avatar_app.request import FPS
from avatar_app.speech.phones import VOWELS, Phone
from avatar_app.training.corpus.sessions import speaking
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.coarticulation import LipTracks, lip_tracks
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

FACTORS = ("head", "yaw", "translation", "quickness", "brows", "smile", "mouth", "rounding")
COUNTS = ("blinks", "gaze")  # a minute, not factors
SHARED = ("head", "translation", "brows", "gaze")  # amplitudes that rise and fall together
ENOUGH = 6  # persons, from which on it can be told how they differ
LEAST_SPREAD = 0.05
# What the tracker reads off a still head and still brows, in the units of `_amplitudes`; subtracted in quadrature.
NOISE = {"pitch": 0.62, "yaw": 0.29, "roll": 0.19, "place": 0.016, "quick": 0.25, "brows": 0.002}
NECK = 0.2  # of unlike sides at asymmetry 1, see the teacher's idle face
_BABBLE = {
    **{"PBM": 232, "FV": 138, "TH": 100, "TDNL": 867, "SZ": 297, "SHCH": 72, "KGNGH": 221, "R": 237},
    **{"W_U": 236, "O": 119, "A": 267, "E": 184, "I": 551, "AH": 379},
}  # phones of 31 English talkers


@dataclass(frozen=True)
class TalkerReading:
    """One clip: who moves, and the natural logarithms of FACTORS and COUNTS in each half of it, (2, 10)."""

    talker: Talker
    halves: npt.NDArray[np.float64]


def read_talker(values: Array) -> TalkerReading:
    """The talker of (T, 58) tracked motion, 4 s or more. How lips rest in pauses is not read."""
    whole = _logs(_amplitudes(values))
    middle = len(values) // 2
    halves = [_logs(_amplitudes(part)) for part in (values[:middle], values[middle:])]
    known = dict(zip((*FACTORS, *COUNTS), np.exp(whole).tolist(), strict=True))
    return TalkerReading(Talker(**known, asymmetry=_asymmetry(values)), np.stack(halves))


def fit_statistics(people: Mapping[str, Iterable[TalkerReading]]) -> TalkerStatistics:
    """How talkers differ, of the readings of each person's clips.

    Medians are those of the persons. With ENOUGH persons their spreads are fitted, too: what amplitudes share is the
    liveliness, the rest of each is its own; what differs between two halves of a clip is chance and not counted.
    """
    readings = [list(clips) for clips in people.values()]
    logs = np.array([np.mean([_log_vector(clip.talker) for clip in clips], axis=0) for clips in readings])
    names = (*FACTORS, *COUNTS)
    medians = dict(zip(names, np.exp(np.median(logs, axis=0)).tolist(), strict=True))
    statistics = replace(TalkerStatistics(), **medians)
    if len(readings) < ENOUGH:
        return statistics
    sides = [np.mean([clip.talker.asymmetry for clip in clips]) for clips in readings]
    return replace(
        statistics,
        **_spreads(logs, _chance(readings)),
        asymmetry_spread=float(max(np.sqrt(np.mean(np.square(sides))), LEAST_SPREAD)),
    )


def _spreads(logs: Numbers, chance: Numbers) -> dict[str, float]:
    """Sigmas of what (N, 10) logs share and of each name's own part. chance: (10,) variance that is no habit."""
    names = (*FACTORS, *COUNTS)
    shares = np.array([AMPLITUDE_SHARES.get(name, 0.0) for name in names])
    covariance = np.cov(logs.T)
    rows = [names.index(name) for name in SHARED]
    pairs = [covariance[a, b] / shares[a] / shares[b] for a in rows for b in rows if a < b]
    liveliness_variance = max(float(np.mean(pairs)), 0.0)
    own = np.diag(covariance) - chance - shares**2 * liveliness_variance
    own = np.sqrt(np.maximum(own, LEAST_SPREAD**2))
    return {
        "liveliness": max(float(np.sqrt(liveliness_variance)), LEAST_SPREAD),
        **{f"{name}_spread": float(value) for name, value in zip(names, own, strict=True)},
    }


def _chance(readings: list[list[TalkerReading]]) -> npt.NDArray[np.float64]:
    """(10,) variance of a person's logs by chance, from the halves of clips."""
    of_clips = [np.mean([(clip.halves[0] - clip.halves[1]) ** 2 / 4 for clip in clips], axis=0) for clips in readings]
    return np.asarray(np.mean([part / len(clips) for part, clips in zip(of_clips, readings, strict=True)], axis=0))


def _log_vector(talker: Talker) -> npt.NDArray[np.float64]:
    return np.log([getattr(talker, name) for name in (*FACTORS, *COUNTS)])


def _logs(amplitudes: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """(10,) logs of FACTORS and COUNTS, against the middling talker and clipped to what people do."""
    usual = reference()
    ratio = {name: amplitudes[name] / usual[name] for name in usual}
    ratio["yaw"] /= ratio["head"]
    ratio["quickness"] = ratio["quick"] / ratio["head"]
    ratio["rounding"] /= ratio["mouth"]
    found = [np.log(np.clip(ratio[name], 0.05, 8)) for name in FACTORS]
    # Blinks are seen as they are; of gaze shifts the measure misses some, of everybody alike.
    return np.array([*found, np.log(amplitudes["blinks"]), np.log(ratio["gaze"] * Talker().gaze)])


def _amplitudes(values: Array) -> dict[str, float]:
    """What is measured of a clip: degrees, head widths, IOD and counts, the tracker's noise taken out."""
    curves = _without_leaks(curves_of_motion(values))
    read, bands = liveliness(curves), head_bands(curves.angles)["1_to_3_hz"]
    place = float(np.sqrt(np.mean([read.move_x**2, read.move_y**2, read.move_z**2])))
    return {
        "head": float(np.sqrt(_clean(read.pitch, "pitch") * _clean(read.roll, "roll"))),
        "yaw": _clean(read.yaw, "yaw"),
        "translation": _clean(place, "place"),
        "quick": _clean(float(np.mean(list(bands.values()))), "quick"),
        "brows": _clean(read.brow, "brows"),
        "smile": read.smile + 1e-3,
        "mouth": read.jaw + 1e-3,
        "rounding": read.pucker_p95 + 1e-2,
        # Half an event at least: somebody who does not blink for some seconds still blinks.
        "blinks": max(read.blinks, 30 * FPS / len(values)),
        "gaze": max(60 * gaze_shifts(_steadied(curves)) * FPS / len(values), 30 * FPS / len(values)),
    }


def _clean(value: float, name: str) -> float:
    return float(np.sqrt(max(value**2 - NOISE[name] ** 2, (0.2 * NOISE[name]) ** 2)))


def _without_leaks(curves: Curves) -> Curves:
    pose = np.concatenate([curves.angles, curves.angles[:, :2] ** 2, curves.lids[:, None]], axis=1)
    return replace(curves, brow=freed(curves.brow, pose))


def _steadied(curves: Curves) -> Curves:
    """Eyes without what undoes the head's turning, so that a lively head makes no gaze shifts."""
    eyes = np.stack([freed(column, curves.angles) for column in curves.eyes.T], axis=1)
    return replace(curves, eyes=eyes, angles=np.zeros_like(curves.angles))


def _asymmetry(values: Array) -> float:
    """Left against right of what smiles and raises lips, -2.5 to 2.5."""
    names = ("mouthSmile", "mouthUpperUp", "mouthLowerDown", "mouthStretch")
    left, right = (sum(float(values[:, ARKIT_INDEX[n + side]].mean()) for n in names) for side in ("Left", "Right"))
    return float(np.clip((left - right) / (left + right + 0.05) / NECK, -2.5, 2.5))


@lru_cache(maxsize=1)
def reference() -> dict[str, float]:
    """Amplitudes of a middling talker of the teacher, medians of performances of babble."""
    found = []
    for seed in range(30):
        rng = np.random.default_rng([seed, 0xBABB])
        tracks = babble(10 * FPS, rng)
        talking = speaking(tracks).astype(np.float32)
        scene = Scene(tracks, talking, np.zeros((len(tracks), 28), np.float32), (), np.zeros(52, np.float32))
        found.append(_amplitudes(act(scene, rng, Talker())))
    return {name: float(np.median([one[name] for one in found])) for name in found[0]}


def babble(frames: int, rng: np.random.Generator) -> LipTracks:
    """Lips of nonsense: consonants and vowels in turn, as often as English has them, with a pause now and then."""
    kinds = [[name for name in _BABBLE if (name in VOWELS) == vowel] for vowel in (False, True)]
    chances = [np.array([_BABBLE[name] for name in names], float) for names in kinds]
    phones, stress, at, turn = [], [], 0.2, 0
    while at < frames / FPS - 0.3:
        name = str(rng.choice(kinds[turn], p=chances[turn] / chances[turn].sum()))
        end = at + float(np.clip(rng.lognormal(np.log(0.08), 0.35), 0.03, 0.25))
        phones.append(Phone(at, end, name))
        stress.append(float(rng.random()) if turn else 0.0)
        at, turn = end, 1 - turn
        if turn == 0 and rng.random() < 0.05:
            at += float(rng.uniform(0.3, 0.7))
    return lip_tracks(tuple(phones), stress, frames)
