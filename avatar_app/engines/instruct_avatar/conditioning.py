"""Conditions of a request as the tensors that the denoiser reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar.inputs import Inputs
from avatar_app.engines.instruct_avatar.model import Denoiser
from avatar_app.engines.instruct_avatar.spec import SPEC
from avatar_app.engines.options import read_options
from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, LEARNED_ACTIONS
from avatar_app.inputs.instruction.timeline import STEADY, Timeline
from avatar_app.motion.curves import ebb, within
from avatar_app.motion.gestures import schedule
from avatar_app.motion.restraint import Restraint, restraint_of
from avatar_app.motion.talker import LIP_TRAITS, Talker, TalkerStatistics, draw_talker
from avatar_app.request import FPS, Request
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.recording import silence
from avatar_app.types import Array

EDGE = 0.3  # seconds
FULL = 1.08  # of what is felt, between ebbs
# What the denoiser shows less of than it was taught, by how much.
UNDERSTATED = {"brows": 1.4, "smile": 1.3, "mouth": 1.21}
# Words a little louder than in training: as plain as guiding them by 1.2, which doubles the time.
FELT_LOUDER, ACTED_LOUDER = 1.2, 1.1
EMPHASIS = 1.6  # brings the spread between takes to that between people
STATED, UNSTATED = 0.12, 0.7  # seconds by which samples differ in the time of a step
Cue = tuple[int, float, float, float]  # action, strength, start and end in seconds


def articulation_of(model: Denoiser, conditions: Conditions, least_closure: float) -> Tensor:
    """(T, 26) articulation of the voice, on the model's device."""
    return encode_articulation(model.speech_encoder, conditions.speech.samples, conditions.frames, least_closure)


@dataclass(frozen=True)
class Acting:
    """What one sample is to act, drawn once by its seed.

    cues: all gestures; learned: those that the denoiser knows. felt: (T, 28) strengths of emotions as they ebb and
    return. feeling: (T, 1) how far they are there as they grow, too. restraint: what is forbidden or held still.
    felt_gain, acted_gain: how much of emotions and actions the request asks for.
    """

    seed: int
    talker: Talker
    cues: list[Cue]
    learned: list[Cue]
    felt: Array
    feeling: Array
    restraint: Restraint
    felt_gain: float = 1.0
    acted_gain: float = 1.0

    @property
    def upheld(self) -> tuple[list[Cue], Array]:
        """Cues and feelings (T, 28) that are to be seen for sure."""
        cues = [(action, self.acted_gain * strength, start, end) for action, strength, start, end in self.cues]
        return cues, self.felt_gain * self.felt * np.minimum(self.feeling, 1)


def acting_of(conditions: Conditions, seed: int, talkers: TalkerStatistics | None = None) -> Acting:
    """What the sample of a seed acts of an instruction: its own times, gestures, ebbs and talker."""
    timeline, frames = vary(conditions.timeline, seed), conditions.frames
    cues = gestures_of(timeline, seed)
    # One that was forbidden is simply not shown: the model knows no negative ones.
    felt = np.maximum(timeline.emotion_curve(frames), 0)
    growth = growth_of(timeline, frames)
    ebbing = ebb_of(felt, seed, growth)
    return Acting(
        seed,
        talker_of(seed, conditions.options.liveliness, talkers),
        cues,
        [cue for cue in cues if ACTION_NAMES[cue[0]] in LEARNED_ACTIONS],
        felt * ebbing,
        growth * ebbing,
        restraint_of(timeline.tokens(), cues, frames),
        conditions.options.emotion_strength,
        conditions.options.action_strength,
    )


def inputs_of(model: Denoiser, conditions: Conditions, articulation: Tensor, acting: Acting) -> Inputs:
    """The whole clip of one sample, as a batch of one row."""
    device = articulation.device
    resting = np.zeros(len(ARKIT_NAMES)) if conditions.portrait is None else conditions.portrait.resting
    actions, strengths, spans = _cue_tensors(acting.learned, model.config.actions, device)
    return Inputs(
        articulation[None],
        torch.from_numpy(resting.astype(np.float32))[None].to(device),
        torch.from_numpy(acting.felt)[None].to(device),
        actions,
        strengths,
        spans,
        torch.from_numpy(_told(acting.talker))[None].to(device),
        emotion_gain=FELT_LOUDER * conditions.options.emotion_strength,
        motion_gain=ACTED_LOUDER * conditions.options.action_strength,
    )


def ebb_of(felt: Array, seed: int, growth: Array | None = None) -> Array:
    """(T, 1) float32 about 1: how the feelings (T, 28) of a sample rise, ebb and return. 1 where there are none.

    growth: of `growth_of`; what grows or fades does not ebb meanwhile.
    """
    total = felt.sum(axis=1)
    starts = np.flatnonzero((total > 0.1) & (np.concatenate([[0.0], total[:-1]]) <= 0.1)) / FPS
    if not len(starts):
        return np.ones((len(felt), 1), np.float32)
    curve = FULL * ebb(len(felt), starts.tolist(), np.random.default_rng([seed, 0xEBB]))
    if growth is not None:
        curve = np.where(growth[:, 0] < 1, 1.0, curve)
    return np.asarray(curve[:, None], np.float32)


def growth_of(timeline: Timeline, frames: int) -> Array:
    """(T, 1) float32 from 0 to 1: how far what grows has grown; 1 where nothing does, or something steady shows, too.

    A denoiser shows half of a smile where a tenth is asked for.
    """
    growth, steady = np.ones(frames, np.float32), np.zeros(frames, bool)
    for step in timeline.plan:
        if step.what not in EMOTION_NAMES and step.what not in ACTIONS:
            continue  # the body's, which the face does not act
        rows = slice(round(step.start * FPS), round(step.end * FPS))
        if step.wanted and step.grows != STEADY:
            growth[rows] = np.linspace(*step.grows, len(growth[rows]))
        elif step.wanted and (step.what in EMOTION_NAMES or ACTIONS[step.what].kind == "held"):
            steady[rows] = True
    return np.where(steady, 1, np.minimum(growth, 1))[:, None].astype(np.float32)


def talker_of(seed: int, liveliness: float, statistics: TalkerStatistics | None = None) -> Talker:
    """Who moves in the sample of a seed; the same person, calmer or livelier, at every liveliness."""
    # Another stream than the noise and the gestures of the same seed have.
    return draw_talker(np.random.default_rng([seed, 0x7A1C]), statistics, liveliness)


def _told(talker: Talker) -> Array:
    """(12,) vector of the talker, told louder than it is, since the denoiser heeds it less; but for the lips, which
    it knows better from the voice."""
    more = {name: getattr(talker, name) * factor for name, factor in UNDERSTATED.items()}
    vector = replace(talker, **more).vector()
    return np.where(LIP_TRAITS, vector, np.clip(EMPHASIS * vector, -4, 4)).astype(np.float32)


def gestures_of(timeline: Timeline, seed: int) -> list[Cue]:
    """What is to happen when: every seed has its own times for nods and other gestures that come again."""
    rng = np.random.default_rng(seed)
    cues: list[Cue] = []
    for asked in timeline.tokens():
        name = ACTION_NAMES[asked.action]
        for start, end in schedule(name, asked.strength, asked.start, asked.end, rng, asked.times, asked.slow):
            slow = asked.slow and asked.strength > 0
            parts = _at_leisure(name, start, end) if slow else [(name, 1.0, start, end)]
            cues += [(ACTION_NAMES.index(part), asked.strength * share, a, b) for part, share, a, b in parts]
    return cues


def _at_leisure(name: str, start: float, end: float) -> list[tuple[str, float, float, float]]:
    """What a slow gesture is made of, with shares of its strength: the denoiser has one pace for nods and the like."""
    middle = (start + end) / 2
    slow = {
        "nod": [("head_down", 1.0, start, end)],
        "shake_head": [("turn_left", 0.6, start, middle), ("turn_right", 0.6, middle, end)],
        "blink": [("close_eyes", 1.0, start, end)],
    }
    return slow.get(name, [(name, 1.0, start, end)])


def vary(timeline: Timeline, seed: int) -> Timeline:
    """The timeline as one sample acts it: nobody is on the dot, and steps without a time begin when it suits."""
    rng = np.random.default_rng([seed, 0x71ED])
    steps, end = timeline.plan, timeline.duration
    edges = {edge for step in steps for edge in (step.start, step.end) if 0 < edge < end}
    stated = {edge for step in steps if not step.loose for edge in (step.start, step.end)}
    moved, reached = {}, 0.0
    for edge in sorted(edges):
        room = 0.3 * max(0.0, min(edge - reached, end - edge))
        most = min(room, STATED if edge in stated else UNSTATED)
        reached = moved[edge] = edge + float(rng.uniform(-most, most))

    def at(edge: float) -> float:
        return moved.get(round(edge, 2), edge)

    return replace(timeline, segments=tuple(replace(s, start=at(s.start), end=at(s.end)) for s in timeline.segments))


def gaze_told(cues: list[Cue], frames: int) -> Array:
    """(T,) 0 to 1 with soft edges: where the instruction says what the eyes are to do, or not to do."""
    told = np.zeros(frames, np.float32)
    for action, _, start, end in cues:
        if ACTION_NAMES[action].startswith(("look_", "roll_eyes", "close_eyes")):
            told = np.maximum(told, within(frames, start, end, EDGE))
    return told.astype(np.float32)


def _cue_tensors(cues: list[Cue], padding: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """(1, K), (1, K), (1, K, 2): actions, strengths and spans; one padded cue where there is none."""
    table = np.array([cues or [(padding, 0.0, 0.0, 0.0)]], np.float32)
    actions, strengths, spans = (torch.from_numpy(part).to(device) for part in np.split(table, [1, 2], axis=2))
    return actions[..., 0].long(), strengths[..., 0], spans


def conditions_for(request: Request, frames: int, **parts: Any) -> Conditions:
    """Conditions with silence, no portrait and no instruction unless given; for evaluation and tests."""
    options = read_options(SPEC.title, SPEC.options, request.options, SPEC.weights[0])
    usual = {"speech": silence(frames / FPS), "portrait": None, "timeline": Timeline((), frames / FPS)}
    return Conditions(request, options, frames, **usual | parts)
