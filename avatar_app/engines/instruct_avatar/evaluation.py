"""Evaluation of the motion model: lips on real recordings, instructions, naturalness, speed. Prints no praise."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from avatar_app.engines.base import EMBEDDED
from avatar_app.engines.instruct_avatar import evaluate_lips as lips
from avatar_app.engines.instruct_avatar import evaluate_nature as nature
from avatar_app.engines.instruct_avatar import evaluate_sounds as sounds
from avatar_app.engines.instruct_avatar import evaluate_words as words
from avatar_app.engines.instruct_avatar.engine import InstructAvatar, load
from avatar_app.engines.instruct_avatar.evaluate_closures import closures_on, read_closures
from avatar_app.training.corpus import voices
from avatar_app.training.corpus.alignment import Recording, read_recordings
from avatar_app.training.corpus.held_out_speech import held_out_languages, held_out_texts

log = logging.getLogger(__name__)


def evaluate(
    weights: Path | None = None,
    recordings: Path | None = None,
    seeds: int = 4,
    engine: InstructAvatar | None = None,
    phrasings: Path | None = None,
    synthetic: bool = True,
    ablations: bool = False,
) -> dict[str, Any]:
    """Every measure of the model card.

    weights: another checkpoint folder than the shipped one. recordings: folder with transcripts.csv, for what needs
    real speech, and perhaps closures.csv. phrasings: CSV of sentences (text, expected). synthetic: measure voices and
    languages never trained on, where the synthesizers are installed. ablations: steps and ways to cover long
    recordings, too.
    """
    engine = engine or (load(EMBEDDED) if weights is None else InstructAvatar.from_folder(weights))
    began = time.perf_counter()
    report: dict[str, Any] = {
        "silence": sounds.closed_in_silence(engine),
        "wordless_voices": sounds.open_at_voices(engine),
        "labels": words.obedience(engine),
        "emotions": words.emotion_directions(engine),
        "gestures": words.gestures(engine),
        "sequences": words.sequences(engine),
        "negations": words.negations(engine),
    }
    if phrasings is not None:
        report["sentences"] = words.sentences(engine, phrasings)
    if synthetic and not voices.missing_synthesizers():
        held_out = {"english": held_out_texts(), **held_out_languages()}
        report["held_out_speech"] = {name: _short(lips.lips_on(engine, said)) for name, said in held_out.items()}
    if recordings is not None:
        real = read_recordings(recordings)
        report |= _on_real_speech(engine, real, seeds)
        if labelled := read_closures(recordings):
            report["closures_labelled_by_hand"] = closures_on(engine, real, labelled)
        if ablations:
            report["ablations"] = ablation_table(engine, real)
    report["seconds"] = round(time.perf_counter() - began, 1)
    return report


def _on_real_speech(engine: InstructAvatar, real: list[Recording], seeds: int) -> dict[str, Any]:
    voices = [recording.speech for recording in real]
    report: dict[str, Any] = {"real_speech": lips.lips_on(engine, real)}
    report["articulation"] = nature.articulation_error(engine, real)
    report["timing"] = lips.closing_and_opening(engine, real)
    report["damaged"] = lips.robustness(engine, real)
    report["loudness"] = lips.loudness_independence(engine, voices[0])
    report["closure_recall_while"] = lips.emotion_cost(engine, real, ("happy", "angry", "sad", "surprised"))
    report["emotion_probe"] = words.emotion_probe(engine, voices[:5])
    report["naturalness"] = nature.naturalness(engine, real, seeds)
    report["diversity"] = nature.diversity(engine, voices[0], seeds=6)
    report["seconds_for_10_s_x_4"] = nature.speed(engine, voices[0])
    return report


def _short(figures: dict[str, Any]) -> dict[str, Any]:
    correlations = figures["correlation_with_aligned_teacher"]
    return {
        "closure_recall": figures["closure_recall"],
        "closure_precision": figures["closure_precision"],
        **{name: correlations[name] for name in ("jaw", "rounding", "closure")},
    }


def ablation_table(engine: InstructAvatar, real: list[Recording]) -> dict[str, Any]:
    """What steps, the text branches and the way long recordings are covered are worth."""
    rows: dict[str, Any] = {}
    for steps in (4, 8, 16, 32):
        rows[f"{steps} steps"] = _row(InstructAvatar(engine.model, replace(engine.defaults, steps=steps)), real)
    silenced: dict[str, Any] = {"emotion_strength": 0.0, "action_strength": 0.0}
    rows["text branches at strength 0"] = {"held actions right": words.obedience(engine, **silenced)["right"]}
    return rows | nature.long_recordings(engine, real[0].speech)


def _row(engine: InstructAvatar, real: list[Recording]) -> dict[str, Any]:
    natural = nature.naturalness(engine, real[:3], 2)
    return {
        **_short(lips.lips_on(engine, real)),
        "held actions right": words.obedience(engine)["right"],
        "head_jerk_degrees": natural["head_jerk_degrees"]["model"],
        "pitch_std_degrees": natural["pitch_std_degrees"]["model"],
        "seconds": nature.speed(engine, real[0].speech, 2)["default"],
    }
