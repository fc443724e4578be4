"""Measures of the embedded model: bodies against the teacher on conversations never trained on, and on real voices."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.linalg import sqrtm

from avatar_app.engines.audio2photoreal import conversations
from avatar_app.engines.audio2photoreal.body_coding import body_of, steady
from avatar_app.engines.audio2photoreal.body_finishing import finished_body
from avatar_app.engines.audio2photoreal.embedded_sampling import Drawn, draw_body, key_poses, padded
from avatar_app.engines.audio2photoreal.engine import Audio2Photoreal
from avatar_app.engines.audio2photoreal.frame_conditions import OWN, PARTNER
from avatar_app.engines.audio2photoreal.paths import shipped_folder
from avatar_app.engines.audio2photoreal.spec import SPEC, Options
from avatar_app.engines.base import Conditions
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.request import FPS, Request
from avatar_app.speech.encoder import ACCENT, CLOSURE, TALKING
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.training.corpus.sessions import read_corpus
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.gesture_phases import accent_times
from avatar_app.training.teacher.body.traits import BodyTraits

log = logging.getLogger(__name__)
HELD_OUT = 977  # seed of conversations that are in no training shard
CONVERSATIONS = 12
MET = 0.15  # seconds from its accent at which an apex belongs to it
Values = npt.NDArray[np.float64]


def evaluate(weights: Path | None = None, recordings: Path | None = None, **options: Any) -> dict[str, Any]:
    """Figures of the model in `weights` (default: the shipped one).

    recordings: folder of real speech (.wav), for all but the comparison with the teacher. options: seeds (4), corpus:
    folder of sessions, for that comparison; others are ignored.
    """
    engine = Audio2Photoreal.from_folder(weights or shipped_folder())
    began, found = time.perf_counter(), {}
    if (corpus := options.get("corpus")) is not None:
        found["against_the_teacher"] = against_teacher(engine, Path(corpus))
    if recordings is not None:
        voices = [load_speech(path) for path in sorted(recordings.glob("*.wav"))]
        found["alone"] = alone(engine, voices, int(options.get("seeds") or 4))
        found["listening"] = listening(engine, voices)
    return found | {"seconds": round(time.perf_counter() - began, 1)}


def against_teacher(engine: Audio2Photoreal, corpus: Path) -> dict[str, Any]:
    """Fréchet distances of coded poses and of their velocities; of the teacher to himself as a control."""
    sessions, model = read_corpus(corpus), engine.model
    coding = model.motion.body()
    taught: list[Values] = []
    drawn: list[Values] = []
    again: list[Values] = []
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for number in range(CONVERSATIONS):
        rng = np.random.default_rng([HELD_OUT, number])
        made = conversations.conversation(sessions, model.speech_encoder, rng)
        rows = padded(torch.from_numpy(made["condition"]))
        keys = key_poses(model, rows, engine.defaults.diversity, number, lambda: False)
        settings = Drawn(number, engine.defaults.steps, engine.defaults.body_scale)
        raw = steady(coding.decode(draw_body(model, rows, keys, settings).numpy()))
        drawn.append(coding.encode(raw))
        shown = made["body"].astype(np.float64)
        (taught if number % 2 else again).append(coding.encode(shown))
        own, talking = made["condition"][:, OWN], made["condition"][:, PARTNER][:, 1]
        ours.append(_counts(finished_body(raw, own, talking, BodyTraits(), (), number)))
        theirs.append(_counts(body_of(shown, BodyTraits())))
    both = [*taught, *again]
    return {
        "frechet_poses": _frechet(both, drawn),
        "frechet_poses_teacher": _frechet(taught, again),
        "frechet_velocities": _frechet(_velocities(both), _velocities(drawn)),
        "frechet_velocities_teacher": _frechet(_velocities(taught), _velocities(again)),
        "counted": _rates(ours),
        "counted_teacher": _rates(theirs),
    }


def alone(engine: Audio2Photoreal, voices: list[Speech], seeds: int) -> dict[str, Any]:
    """Bodies and lips of real voices; medians over all samples unless said otherwise."""
    rows: list[dict[str, float]] = []
    counted: list[dict[str, float]] = []
    near: list[tuple[Values, Values]] = []
    spreads, within = [], []
    rng = np.random.default_rng(1)
    for voice in voices:
        clips, heard = samples(engine, voice, seeds)
        accent, talking = heard[:, ACCENT], heard[:, TALKING]
        for clip in clips:
            rows.append(_figures(clip, accent, talking, heard[:, CLOSURE]))
            near.append(measures.accent_distances(_body(clip), accent, rng))
            counted.append(_counts(_body(clip)))
        places = np.stack([measures.wrist_places(_body(clip)) for clip in clips])
        spreads.append(float(np.linalg.norm(places - places.mean(axis=0), axis=-1).mean()))
        within.append(float(np.linalg.norm(places - places.mean(axis=1, keepdims=True), axis=-1).mean()))
    found = {name: round(float(np.nanmedian([row[name] for row in rows])), 4) for name in rows[0]}
    worst = {"foot_sliding_worst": "foot_sliding", "limit_excess_worst": "limit_excess"}
    found |= {name: round(max(row[of] for row in rows), 5) for name, of in worst.items()}
    between = {"wrists_between_samples_m": np.mean(spreads), "wrists_within_samples_m": np.mean(within)}
    for name, distances in zip(("accents", "moved_accents"), zip(*near, strict=True), strict=True):
        away = np.concatenate(distances)
        found[f"apex_to_{name}_s"] = round(float(np.median(away)), 3) if len(away) else float("nan")
        found[f"apexes_at_{name}"] = round(float(np.mean(away < MET)), 3) if len(away) else float("nan")
    found |= {name: round(float(value), 3) for name, value in between.items()} | _rates(counted)
    return found | {"samples": len(rows)}


def _figures(clip: MotionClip, accent: Values, talking: Values, closure: Values) -> dict[str, float]:
    body = _body(clip)
    speeds = measures.stroke_speeds(body)
    shut = clip.expression[:, ARKIT_INDEX["mouthClose"]] - 0.7 * clip.expression[:, ARKIT_INDEX["jawOpen"]] > -0.02
    return {
        "gestures_per_second": measures.gesture_rate(body, talking),
        "stroke_speed": float(np.median(speeds)) if len(speeds) else float("nan"),
        "fastest_wrist": float(measures.wrist_speeds(body).max()),
        "foot_sliding": measures.foot_sliding(body),
        "limit_excess": measures.limit_excess(body),
        "jerkiness": measures.jerkiness(body),
        "lips_shut_at_closures": float(shut[closure > 0.9].mean()) if (closure > 0.9).any() else float("nan"),
        "accents_per_second": len(accent_times(accent)) / len(clip) * FPS,
    }


def _counts(body: Body) -> dict[str, float]:
    """What is rare, and is counted over all samples."""
    hands = [count for _, count in measures.gestures(body)]
    return {
        "seconds": len(body) / FPS,
        "gestures": len(hands),
        "two_handed": sum(count == 2 for count in hands),
        "touches": measures.self_touches(body),
        "shifts": measures.posture_shifts(body),
        "stroke_speed": float(np.sum(measures.stroke_speeds(body))),
        "strokes": len(measures.stroke_speeds(body)),
    }


def _rates(counted: list[dict[str, float]]) -> dict[str, float]:
    """Shares of gestures, metres a second, and times a minute."""
    total = {name: sum(row[name] for row in counted) for name in counted[0]}
    return {
        "two_handed": round(total["two_handed"] / max(total["gestures"], 1), 3),
        "mean_stroke_speed": round(total["stroke_speed"] / max(total["strokes"], 1), 3),
        "gestures_per_minute": round(total["gestures"] / total["seconds"] * 60, 2),
        "self_touches_per_minute": round(total["touches"] / total["seconds"] * 60, 2),
        "posture_shifts_per_minute": round(total["shifts"] / total["seconds"] * 60, 2),
    }


def listening(engine: Audio2Photoreal, voices: list[Speech], turn: float = 12.0) -> dict[str, Any]:
    """Lips and answers while only the partner talks: pairs of voices that take turns of so many seconds."""
    closed, answers = [], []
    for number in range(0, len(voices) - 1, 2):
        own, partner = _in_turns(voices[number], voices[number + 1], turn)
        clips, heard = samples(engine, own, 2, partner)
        other = samples(engine, partner, 0)[1]
        for clip in clips:
            closed.append(measures.lips_closed_share(clip, heard[:, TALKING], other[:, TALKING]))
            answers.append(measures.response_rate(clip, other[:, TALKING]))
    return {
        "lips_closed_share": round(float(np.mean(closed)), 4),
        "lips_closed_least": round(float(np.min(closed)), 4),
        "answers_per_minute": round(float(np.mean(answers)), 2),
        "conversations": len(closed),
    }


def _in_turns(own: Speech, partner: Speech, turn: float) -> tuple[Speech, Speech]:
    """Two voices one after the other, the partner twice, with our own between."""
    count = round(turn * 16_000)
    said, other = (np.resize(voice.samples, count).astype(np.float32) for voice in (own, partner))
    none = np.zeros(count, np.float32)
    ours, theirs = np.concatenate([none, said, none]), np.concatenate([other, none, other])
    return Speech(ours, ours, 16_000), Speech(theirs, theirs, 16_000)


def samples(
    engine: Audio2Photoreal, voice: Speech, seeds: int, partner: Speech | None = None
) -> tuple[list[MotionClip], Values]:
    """Clips of a voice, and its articulation (T, 26)."""
    request = Request(duration=voice.duration, samples=max(seeds, 1), motion_only=True, engine=SPEC.name)
    timeline = Timeline((), voice.frames / FPS)
    conditions = Conditions(request, Options(), voice.frames, voice, None, timeline, partner)
    conditions = engine.prepare(conditions, lambda: False)
    heard: Values = conditions.extra.articulation
    if not seeds:
        return [], heard
    made = engine.sample(conditions, lambda done: None, lambda: False)
    return [sample.motion for sample in made if sample.motion is not None], heard


def _body(clip: MotionClip) -> Body:
    assert clip.body is not None
    return clip.body


def _velocities(clips: list[Values]) -> list[Values]:
    return [np.asarray(np.diff(clip, axis=0) * FPS, np.float64) for clip in clips]


def _frechet(one: list[Values], other: list[Values]) -> float:
    """Between Gaussians fitted to the frames (N, D) of both (Heusel et al. 2017, without a network)."""
    (mean, spread), (theirs, their_spread) = (
        (whole.mean(axis=0), np.cov(whole.T)) for whole in (np.concatenate(one), np.concatenate(other))
    )
    root = np.real(sqrtm(spread @ their_spread))
    return round(float(((mean - theirs) ** 2).sum() + np.trace(spread + their_spread - 2 * root)), 3)
