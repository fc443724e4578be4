"""Listening: what head, eyes, brows and smile of somebody do while a partner speaks, and when turns change.

Listeners look at who speaks three quarters of the time, speakers less than half; they look away as they begin and back
at the end (Kendon 1967; Argyle & Cook 1976). They answer phrase ends with nods, raised brows and smiles 6 to 12 times
a minute, 0.2-0.6 s later (Yngve 1970; Duncan 1972; Ward & Tsukahara 2000; Cathcart, Carletta & Klein 2003), most of
them nods, one to three in a row (Hadar, Steiner & Rose 1985; Cerrato 2007), and laugh back (Provine 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.curves import Curve, drift, seconds, stroke
from avatar_app.motion.gaze import STEADY_GAZE, eye_angles, look, wander
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.speech.encoder import ACCENT, TALKING
from avatar_app.training.teacher.body.gesture_phases import accent_times
from avatar_app.training.teacher.curves import bump, pauses
from avatar_app.training.teacher.scene import columns
from avatar_app.types import Array

RATE, RATE_SPREAD, RATES = 8.6, 1.4, (6.5, 11.0)  # answers a minute of the partner's talk
DELAY = 0.2, 0.6  # seconds after a phrase end
PHRASE = 0.5  # seconds of talk that make a phrase
THROUGH = 1.2  # seconds of a partner's pause in which one goes on listening
GLANCES = 0.4  # share of a talker's shifts of gaze that a listener makes
FACING = 0.65  # of the way to the partner that the head turns, the eyes the rest
QUIET_HEAD, QUIET_BROWS = 0.55, 0.75  # share of the head's and the brows' own motion that a listener leaves out
KINDS = ("nod", "nod_and_brows", "brows", "smile", "tilt")
KIND_SHARES = (0.60, 0.17, 0.10, 0.08, 0.05)
_LIPS = [i for i in columns("mouth", "jaw", "tongue") if i not in columns("mouthSmile", "mouthDimple", "mouthFrown")]


@dataclass(frozen=True)
class Partner:
    """The other person's voice, T frames at 25 fps: talking and laughing (T,) 0 to 1, accent (T,) about -2 to 2."""

    talking: Array
    accent: Array
    laughing: Array

    @classmethod
    def of(cls, articulation: Array, laughing: Array | None = None) -> Partner:
        """From (T, 26) articulation, see SpeechEncoder.articulation."""
        silent = np.zeros(len(articulation), np.float32)
        return cls(articulation[:, TALKING], articulation[:, ACCENT], silent if laughing is None else laughing)


@dataclass(frozen=True)
class Response:
    """One answer to the partner: one of KINDS, and the second at which it starts."""

    kind: str
    start: float


@dataclass(frozen=True)
class Listening:
    """T frames that a listener adds. attending: (T,) 0 to 1. head: (T, 3) degrees. gaze: (T, 2) degrees in space, to
    be followed as far as gazing (T,) 0 to 1 says. brows, smile: (T,) ARKit coefficients. responses: in order of time.
    """

    attending: Array
    head: Array
    gaze: Array
    gazing: Array
    brows: Array
    smile: Array
    responses: tuple[Response, ...]


def listen(
    talking: Curve,
    partner: Partner,
    rng: np.random.Generator,
    talker: Talker | None = None,
    where: tuple[float, float] = (0.0, 0.0),
) -> Listening:
    """How somebody with (T,) talk of his own listens. where: degrees down and to his left at which the partner is."""
    talker, frames = talker or Talker(), len(talking)
    attending = attention(talking, partner.talking)
    responses = answers(talking, partner, rng)
    head, brows, smile = _answered(frames, responses, talker, rng)
    head[:, 2] += attending * (1.2 * drift(frames, 2.5, rng) + rng.normal(0, 1.6))
    head[:, :2] += FACING * attending[:, None] * np.array(where)
    delay = float(rng.uniform(0.3, 0.55))
    heard = np.interp(seconds(frames) - delay, seconds(frames), gaussian_filter1d(partner.laughing, 0.2 * FPS))
    smile = np.maximum(smile, float(rng.uniform(0.55, 0.8)) * heard)
    head[:, 0] -= 2.5 * heard
    gaze, gazing = _gaze(talking, partner, attending, talker, where, rng)
    attending, head, gaze, gazing, brows, smile = (
        np.asarray(value, np.float32) for value in (attending, head, gaze, gazing, brows, smile)
    )
    return Listening(attending, head, gaze, gazing, brows, smile, responses)


def add_listening(values: Array, listening: Listening) -> Array:
    """(T, 58) motion with what listening adds; lips rest while somebody attends."""
    out, attending = values.copy(), listening.attending
    angles = np.degrees(values[:, 52:55])
    gaze = eye_angles(values) + STEADY_GAZE * angles[:, :2]
    angles = angles * (1 - QUIET_HEAD * attending)[:, None] + listening.head
    gaze = gaze + listening.gazing[:, None] * (listening.gaze - gaze)
    look(out, gaze - STEADY_GAZE * angles[:, :2])
    out[:, 52:55] = np.radians(angles)
    out[:, 55:58] *= (1 - QUIET_HEAD * attending)[:, None]
    out[:, _LIPS] *= (1 - attending)[:, None]
    for side in ("Left", "Right"):
        smile, cheek = ARKIT_INDEX[f"mouthSmile{side}"], ARKIT_INDEX[f"cheekSquint{side}"]
        out[:, smile] = np.maximum(out[:, smile], listening.smile)
        out[:, cheek] = np.maximum(out[:, cheek], 0.6 * listening.smile)
    for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"):
        own = out[:, ARKIT_INDEX[name]] * (1 - QUIET_BROWS * attending)
        out[:, ARKIT_INDEX[name]] = np.maximum(own, listening.brows)
    out[:, :52] = np.clip(out[:, :52], 0, 1)
    return out


def attention(talking: Curve, partner: Curve) -> Curve:
    """(T,) 0 to 1: how far somebody listens: while the partner talks and he himself does not."""
    frames = len(talking)
    t = seconds(frames)
    heard: Curve = np.asarray(partner > 0.5)
    for start, end in pauses(np.asarray(heard, np.float64)):
        if end - start < THROUGH and start > 0 and end < frames / FPS:
            heard = heard | ((t > start) & (t < end))
    ahead = round(0.25 * FPS)  # before one speaks oneself, the mouth is already about it
    own: Curve = maximum_filter1d(np.asarray(talking > 0.5), 2 * ahead + 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (heard & ~own).astype(int), [0]]))) / FPS
    out = np.zeros(frames)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        rise = 1.0 if start == 0 else stroke((t - start) / 0.24)
        fall = 0.0 if end >= frames / FPS else stroke((t - end) / 0.2)
        out = np.maximum(out, rise * (1 - fall) * (t > start - 0.5))
    return out


def answers(talking: Curve, partner: Partner, rng: np.random.Generator) -> tuple[Response, ...]:
    """When somebody answers the partner without taking the turn, and how: mostly at the ends of phrases."""
    clock = np.cumsum(partner.talking > 0.5) / FPS  # seconds of the partner's talk so far
    rate = float(np.clip(rng.normal(RATE, RATE_SPREAD), *RATES))
    ends = [start for start, _ in pauses(partner.talking) if start > PHRASE]
    lulls = [at + 0.3 for at in accent_times(partner.accent)]
    due, found = float(rng.uniform(0.3, 1.0)) * 60 / rate, list[Response]()
    for at, strong in sorted([(at, True) for at in ends] + [(at, False) for at in lulls]):
        heard = clock[min(int(at * FPS), len(clock) - 1)]
        if heard < due - 1.8 if strong else heard < due + 1.6:
            continue
        start = at + float(rng.uniform(*DELAY)) if strong else at
        around = talking[max(0, int((start - 0.3) * FPS)) : int((start + 0.7) * FPS)]
        if (around > 0.5).any() or (found and start - found[-1].start < 1.5) or start > len(talking) / FPS:
            continue
        found.append(Response(str(rng.choice(KINDS, p=KIND_SHARES)), start))
        due = max(due, heard - 2.5) + float(rng.gamma(10, 60 / rate / 10))
    return tuple(found)


def _answered(
    frames: int, responses: tuple[Response, ...], talker: Talker, rng: np.random.Generator
) -> tuple[Curve, Curve, Curve]:
    """(T, 3) degrees of the head, (T,) brows and (T,) smile of all answers."""
    t, head = seconds(frames), np.zeros((frames, 3))
    brows, smile = np.zeros(frames), np.zeros(frames)
    size = float(np.clip(talker.head**0.4, 0.7, 1.4))
    for answer in responses:
        if answer.kind.startswith("nod"):
            head[:, 0] += nods(t - answer.start, size, rng)
        if answer.kind.endswith("brows"):
            raised = float(np.clip(0.48 * talker.brows**0.4 * np.exp(rng.normal(0, 0.2)), 0.28, 0.8))
            brows = np.maximum(brows, raised * bump(t, answer.start, 0.18, float(rng.uniform(0.1, 0.6)), 0.45))
        if answer.kind == "smile" or rng.random() < 0.12:
            most = float(rng.uniform(0.3, 0.55)) * talker.smile**0.3
            smile = np.maximum(smile, most * bump(t, answer.start, 0.4, float(rng.uniform(0.4, 1.2)), 0.8))
        if answer.kind == "tilt":
            head[:, 2] += float(rng.choice((-1, 1)) * rng.uniform(4, 7)) * bump(t, answer.start, 0.4, 0.8, 0.7)
    return head, brows, smile


def nods(t: Curve, size: float, rng: np.random.Generator) -> Curve:
    """(T,) degrees down: one to three nods from t = 0 on, the first the deepest."""
    out = np.zeros(len(t))
    at, depth = 0.0, size * float(rng.uniform(4.5, 9.0))
    for _ in range(int(rng.choice((1, 2, 3), p=(0.42, 0.38, 0.20)))):
        length = float(rng.uniform(0.36, 0.52))
        phase = np.clip((t - at) / length, 0, 1)
        out += depth * 0.5 * (1 - np.cos(2 * np.pi * phase))
        at, depth = at + length * float(rng.uniform(0.9, 1.05)), depth * float(rng.uniform(0.5, 0.8))
    return out


def _gaze(
    talking: Curve,
    partner: Partner,
    attending: Curve,
    talker: Talker,
    where: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Curve, Curve]:
    """(T, 2) degrees and (T,) weight: at the partner while listening, away as one begins to talk, back at its end."""
    frames = len(talking)
    t, target = seconds(frames), np.array(where) * (1 - (1 - STEADY_GAZE) * FACING)
    gaze = target + wander(frames, GLANCES * talker.gaze, rng)[0]
    gazing = attending.copy()
    for start, end in pauses(talking):
        if start > 0.3 and end - start > 0.8:  # the turn is given away: the last words are said to the partner
            gazing = np.maximum(gazing, stroke((t - start + 0.7) / 0.12) * (1 - stroke((t - start - 0.6) / 0.2)))
        if end < t[-1] and end - start > 0.8 and rng.random() < 0.65:
            away = np.array((rng.normal(-2, 4), rng.choice((-1, 1)) * rng.uniform(8, 15)))
            back = float(rng.uniform(0.5, 1.3))
            aside = stroke((t - end + 0.3) / 0.08) * (1 - stroke((t - end - back) / 0.08))
            gaze = gaze + aside[:, None] * (target + away - gaze)
            gazing = np.maximum(gazing, aside)
    return gaze, gazing
