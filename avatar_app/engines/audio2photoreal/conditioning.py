"""From a request to what the embedded networks are told: both voices, feelings, body actions, and who moves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import resample_poly

from avatar_app.engines.audio2photoreal.body_acting import MANNERS, body_cues
from avatar_app.engines.audio2photoreal.embedded import EmbeddedModel
from avatar_app.engines.audio2photoreal.frame_conditions import frame_conditions
from avatar_app.engines.audio2photoreal.spec import Options
from avatar_app.engines.base import Conditions
from avatar_app.motion.talker import Talker, draw_talker
from avatar_app.request import FPS, SAMPLE_RATE, InputError
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.laughter import laughing
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.training.teacher.body.body_actions import BodyCue
from avatar_app.training.teacher.body.listening import Partner
from avatar_app.training.teacher.body.traits import BodyTraits, body_traits
from avatar_app.types import Array

NOTICED = 0.5  # seconds by which the partner's recording may differ without a word
BESIDE = 0.5  # how loud each voice is on the other's side of the soundtrack


@dataclass(frozen=True)
class Mover:
    """Who moves in one sample, and what he is told: rows (T, CONDITION) and body actions."""

    talker: Talker
    traits: BodyTraits
    cues: list[BodyCue]
    rows: Array


def with_voices(conditions: Conditions) -> Conditions:
    """Conditions with the voice of whom we draw, the partner's beside it, and both in the soundtrack.

    Raises InputError for a recording of one channel where two are promised.
    """
    own, partner = conditions.speech, conditions.partner
    if in_two_channels(conditions.options):
        own, partner = channels(own)
    if partner is None:
        return conditions
    notes = [*conditions.notes, *(note for note in [_note_on_length(own, partner)] if note)]
    if conditions.options.swap:
        own, partner = partner, own
    # The drawn person's frames are those of the request, whoever it is.
    own, partner = (_fitted(voice, conditions.frames) for voice in (own, partner))
    own = replace(own, original=_together(own, partner))
    # Of the partner's sound as it came the soundtrack has all that is needed.
    partner = replace(partner, original=partner.samples, original_rate=SAMPLE_RATE)
    return replace(conditions, speech=own, partner=partner, notes=tuple(notes))


def in_two_channels(options: Options) -> bool:
    """Whether the recording holds both voices."""
    return options.two_channels or options.scene is not None


def channels(speech: Speech) -> tuple[Speech, Speech]:
    """Both voices of a recording; InputError where there is one."""
    if speech.original.ndim != 2 or speech.original.shape[1] < 2:
        raise InputError(
            "The recording has one channel, so there is no partner in a second one: give the partner's voice as a "
            "recording of its own."
        )
    first, second = (load_speech((speech.original_rate, speech.original[:, k])) for k in (0, 1))
    return first, second


def _note_on_length(own: Speech, partner: Speech) -> str:
    more = partner.duration - own.duration
    if abs(more) < NOTICED:
        return ""
    if more > 0:
        return f"The partner's recording is {more:.1f} s longer than the voice: its end is left out."
    return f"The partner's recording is {-more:.1f} s shorter than the voice: after it the partner is silent."


def _fitted(voice: Speech, frames: int) -> Speech:
    """A voice of so many frames: cut, or with silence after it; its original, too."""
    samples, original = voice.samples, voice.original
    if original.ndim == 2:
        original = original.mean(axis=1, dtype=np.float32)
    count, sound = frames * SAMPLE_RATE // FPS, round(frames / FPS * voice.original_rate)
    return replace(voice, samples=_of_length(samples, count), original=_of_length(original, sound))


def _of_length(sound: Array, count: int) -> Array:
    """(count,) of (n,): cut, or with silence after it."""
    return sound[:count] if len(sound) >= count else np.pad(sound, (0, count - len(sound)))


def _together(own: Speech, partner: Speech) -> Array:
    """(m, 2) float32 at the own voice's rate: each voice more on its own side."""
    other = partner.original
    if partner.original_rate != own.original_rate:
        common = math.gcd(partner.original_rate, own.original_rate)
        other = resample_poly(other, own.original_rate // common, partner.original_rate // common)
    both = np.empty((len(own.original), 2), np.float32)
    other = _of_length(other, len(both))
    both[:, 0], both[:, 1] = own.original, other
    both[:, 0] += BESIDE * other
    both[:, 1] += BESIDE * own.original
    both /= max(1.0, float(both.max(initial=0)), -float(both.min(initial=0)))
    return both


def articulations(model: EmbeddedModel, conditions: Conditions, least_closure: float) -> tuple[Array, Partner | None]:
    """(T, 26) articulation of our voice, and what is heard of the partner."""

    def heard(voice: Speech) -> Array:
        samples = voice.samples
        made = encode_articulation(model.speech_encoder, samples, conditions.frames, least_closure)
        return np.asarray(made.cpu().numpy(), np.float32)

    if (other := conditions.partner) is None:
        return heard(conditions.speech), None
    partner = Partner.of(heard(other), laughing(other.samples, conditions.frames))
    return heard(conditions.speech), partner


def mover_of(conditions: Conditions, articulation: Array, partner: Partner | None, seed: int) -> Mover:
    """The person of one sample: another seed is another person with other habits."""
    options, rng = conditions.options, np.random.default_rng([seed, 0xB0D7])
    talker = draw_talker(np.random.default_rng([seed, 0x7A1C]), liveliness=options.liveliness)
    traits = scaled(body_traits(draw_talker(np.random.default_rng([seed, 0x7A1C])), rng), options.body_motion)
    cues = body_cues(conditions.timeline.plan, seed)
    if options.body_motion == 0:
        cues.append(BodyCue("hands_still", 1.0, 0.0, conditions.frames / FPS))
    emotion = np.maximum(conditions.timeline.emotion_curve(conditions.frames), 0)
    manners = [cue for cue in cues if cue.action in MANNERS]
    return Mover(talker, traits, cues, frame_conditions(articulation, partner, emotion, manners, talker, traits))


def scaled(traits: BodyTraits, amount: float) -> BodyTraits:
    """Traits of somebody who gestures less or more, 0 to 2 times as much."""
    size, often = max(amount, 0.3) ** 0.8, max(amount, 0.3)
    return replace(traits, extent=traits.extent * size, rate=traits.rate * often, sway=traits.sway * size)
