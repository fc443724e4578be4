"""`avatar_app evaluate language_guided`: whether sentences that training never had are seen on faces it never had."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.engines.base import EMBEDDED, Conditions
from avatar_app.engines.language_guided.edit_transfer import AT_REST, tracked
from avatar_app.engines.language_guided.embedded import load_embedded
from avatar_app.engines.language_guided.embedded_engine import EmbeddedLanguageGuided
from avatar_app.engines.language_guided.face_shards import drawn_faces
from avatar_app.engines.language_guided.paths import NAME
from avatar_app.engines.language_guided.poses import WEIGHTS, acted_on, height_of
from avatar_app.engines.language_guided.spec import GENERATED, SPEC
from avatar_app.engines.language_guided.strengths import FULL
from avatar_app.engines.language_guided.taught_sentences import Lesson, lessons, prompts
from avatar_app.engines.options import read_options
from avatar_app.face.identity import distances_from_first, face_describer
from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ROOT
from avatar_app.request import FPS, InputError, Request
from avatar_app.speech.recording import silence
from avatar_app.types import Array, Image
from avatar_app.weights import checkpoints_folder

PORTRAITS = ("astronaut.jpg", "bearded_man.jpg", "princess.jpg")  # training has no picture of these
SENTENCES, SEED, SECONDS = 60, 7, 2.0
SHOWN, WINDOW = 0.05, 6  # of the full size, in the mean of so many frames: the named direction, above the noise
KEPT = ("smile", "angry", "sad", "surprised", "look_left", "turn_right")  # wishes that people stay themselves in
PAD = 32  # pixels around the generator's square, in which detectors look for a face
UNSEEN = {"tongue_out", "puff_cheeks"}  # landmarks do not show them


def evaluate(
    weights: Path | None = None, recordings: Path | None = None, portraits: list[Path] | None = None, **options: Any
) -> dict[str, Any]:
    """Figures of the model in `weights`, else of the shipped one, on portraits, else on bundled ones.

    recordings, options: for other engines' evaluations; this one reads sentences.
    """
    engine = EmbeddedLanguageGuided(load_embedded(weights or checkpoints_folder() / NAME))
    paths = portraits or [ROOT / "assets" / "portraits" / name for name in PORTRAITS]
    asked = [*held_out(SENTENCES), *(one for one in prompts() if one.text.startswith("The person"))]
    ready = [conditions_of(engine, path) for path in paths]
    likenesses = [engine.likeness(one, lambda done: None, lambda: False) for one in ready]
    failed: dict[str, list[str]] = {"held out": [], "prompts": []}
    jumps, drawn_right = [], []
    for k, lesson in enumerate(asked):
        frames, along = acted(engine, ready[k % len(ready)], lesson)
        moved = np.abs(np.diff(frames[:, ::2, ::2].astype(np.float32), axis=0)).mean(axis=(1, 2, 3))
        jumps.append(float(moved[0] / max(moved.max(), 1e-6)))
        drawn_right.append(shown_by_renderer(ready[k % len(ready)], lesson, frames.shape[1]) >= SHOWN)
        if along < SHOWN:
            failed["held out" if k < SENTENCES else "prompts"].append(f"{lesson.text!r}: {along:+.2f}")
    counts = {"held out": SENTENCES, "prompts": len(asked) - SENTENCES}
    return {
        "portraits": [path.name for path in paths],
        "off_before_tuning": [round(one.before, 3) for one in likenesses],
        "off_after_tuning": [round(one.after, 3) for one in likenesses],
        "sentences": {
            name: {"count": count, "right": round(1 - len(failed[name]) / count, 3), "failed": failed[name]}
            for name, count in counts.items()
        },
        "right_in_the_renderers_pictures": round(float(np.mean(drawn_right)), 3),
        "first_step_of_largest": round(float(np.mean(jumps)), 3),
        "real_time_factor": round(speed(engine, ready[0]), 2),
    } | identity(engine, ready)


def held_out(count: int) -> list[Lesson]:
    """Sentences for one wish that can be seen, each with a word or a frame that training never had."""
    single = (one for one in lessons(12 * count, SEED, held=True) if len(one.wishes) == 1)
    return [one for one in single if not UNSEEN & set(one.wishes)][:count]


def conditions_of(engine: EmbeddedLanguageGuided, path: Path) -> Conditions:
    """Of a portrait in the generator's face, without a sentence yet."""
    options = read_options(SPEC.title, SPEC.options, {"show": GENERATED}, EMBEDDED)
    frames, request = round(SECONDS * FPS), Request(samples=1, seed=SEED)
    plain = Conditions(
        request, options, frames, silence(SECONDS), load_portrait(path), read_instruction("", SECONDS)
    )  # fmt: skip
    return engine.prepare(plain, lambda: False)


def acted(engine: EmbeddedLanguageGuided, ready: Conditions, lesson: Lesson) -> tuple[Image, float]:
    """The frames (T, R, R, 3) of a sentence, and how much of its wish the tracker sees: 1 is its full size."""
    timeline = read_instruction(lesson.text, SECONDS)
    conditions = replace(ready, request=replace(ready.request, instruction=lesson.text), timeline=timeline)
    (sample,) = engine.sample(conditions, lambda done: None, lambda: False)
    painter = engine.renderer(conditions)
    assert painter is not None and conditions.portrait is not None
    frames = np.stack(list(painter.frames(sample, lambda: False)))
    try:
        clip = tracked(iter(frames), len(frames), conditions.portrait.resting, lambda done: None, lambda: False)
    except InputError:  # no face is seen
        return frames, 0.0
    return frames, seen(clip.values(), lesson.wishes, conditions.portrait.resting)


def shown_by_renderer(ready: Conditions, lesson: Lesson, size: int) -> float:
    """The same of pictures of that size in which the portrait renderer moves the portrait: more cannot be hoped for."""
    assert ready.portrait is not None
    resting = ready.portrait.resting
    still, moved = drawn_faces(ready.portrait, size, [acted_on(resting, lesson.motion)]).pictures
    frames = [still] * AT_REST + [moved] * (2 * WINDOW)
    try:
        clip = tracked(iter(frames), len(frames), resting, lambda done: None, lambda: False)
    except InputError:
        return 0.0
    return seen(clip.values(), lesson.wishes, resting)


def seen(values: Array, wishes: dict[str, float], resting: Array) -> float:
    """The least that is seen of any wish in motion (T, 58) that begins at rest, at its best moment.

    resting: (52,) what the face shows anyway, which is not to be shown again.
    """
    change, least = values - values[:AT_REST].mean(axis=0), []
    rest = acted_on(resting, np.zeros(len(WEIGHTS), np.float32))
    for name in wishes:
        goal = (acted_on(resting, height_of(name)) - rest) * WEIGHTS
        if not goal.any():
            continue
        along = change * WEIGHTS @ goal / (goal @ goal)
        least.append(max(float(part.mean()) for part in _windows(along)))
    return min(least, default=1.0)


def identity(engine: EmbeddedLanguageGuided, ready: list[Conditions]) -> dict[str, float]:
    """How far the last frame is from the first one's person, and how far a blink comes from it at most: means over
    portraits (and feelings) of face.identity's distance, by a network that nothing here was trained with; nothing
    without the extra "measuring"."""
    describe = face_describer()
    if describe is None:
        return {}
    ends, blinks = [], []
    for one in ready:
        for name in (*KEPT, "blink"):
            frames, _ = acted(engine, one, Lesson(words_for(name), {name: FULL}))
            around = [np.pad(frame, ((PAD, PAD), (PAD, PAD), (0, 0)), mode="edge") for frame in frames]
            if name == "blink":
                blinks.append(float(np.nanmax(distances_from_first(around, describe))))
            else:
                ends.append(float(distances_from_first([around[0], around[-1]], describe)[0]))
    return {
        "identity_first_to_last": round(float(np.nanmean(ends)), 3),
        "identity_in_a_blink": round(float(np.nanmean(blinks)), 3),
    }


def _windows(curve: Array) -> Iterator[Array]:
    for first in range(len(curve) - WINDOW + 1):
        yield curve[first : first + WINDOW]


def speed(engine: EmbeddedLanguageGuided, ready: Conditions) -> float:
    """Seconds for a second of the generator's face, once the portrait is known."""
    began = time.perf_counter()
    acted(engine, ready, Lesson("smile", {"smile": 0.65}))
    return (time.perf_counter() - began) / SECONDS
