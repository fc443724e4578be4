"""What faces do to a voice that DAWN learns from: the teacher's, and for lips the default engine's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from avatar_app.engines import registry
from avatar_app.engines.base import Conditions, Engine
from avatar_app.engines.dawn.networks import Hearing
from avatar_app.engines.options import read_options
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.request import FPS, SAMPLE_RATE, Request
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.recording import Speech
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.scenes import augmented_features, random_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

ACTED = 25  # frames acted before and after
SAMPLES = SAMPLE_RATE // FPS  # of a frame


def spoken(
    session: Session, start: int, frames: int, resting: Array, encoder: SpeechEncoder, rng: np.random.Generator
) -> tuple[Array, Array]:
    """(frames, 58) the teacher's motion, without feelings, and (frames, 26) articulation as it is heard, from frame
    `start` of a session on, which has ACTED more to both sides."""
    tracks = session.tracks[start - ACTED : start + frames + ACTED]
    talking, calm = speaking(tracks).astype(np.float32), np.zeros((len(tracks), 28), np.float32)
    motion = act(Scene(tracks, talking, calm, (), resting), rng, random_talker(rng))[ACTED : ACTED + frames]
    features = augmented_features(session, start, frames, rng)
    with torch.inference_mode():
        audio = encoder.articulation(torch.from_numpy(features)[None])[0].float().numpy()
    return motion, audio


@dataclass(frozen=True)
class Talker:
    """An engine that moves faces to recordings, and how they are heard by the network that learns from it.

    A teacher knows which phones are spoken, and lips learned from it follow what cannot be heard; this engine hears
    as little as its pupil does. talks: (n,) float32 of 16 kHz each.
    """

    engine: Engine
    hearing: Hearing
    talks: list[Array]

    @classmethod
    def default(cls, hearing: Hearing, talks: list[Array]) -> Talker:
        """The default engine."""
        return cls(registry.load_engine(), hearing, talks)

    def speak(self, portrait: Portrait, frames: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """(frames, 58) motion, without feelings, and (frames, 26) as it is heard, somewhere in one of the talks."""
        count = frames + 2 * ACTED
        talk = self.talks[int(rng.integers(len(self.talks)))]
        start = int(rng.integers(max(1, len(talk) - count * SAMPLES)))
        samples = talk[start : start + count * SAMPLES]
        samples = np.pad(samples, (0, count * SAMPLES - len(samples)))
        part = slice(ACTED, ACTED + frames)
        (sample,) = self.engine.sample(self._conditions(portrait, samples, rng), lambda done: None, lambda: False)
        assert sample.motion is not None
        heard = self.hearing(samples, count, lambda: False).cpu().numpy()
        return sample.motion.values()[part].astype(np.float32), heard[part]

    def _conditions(self, portrait: Portrait, samples: Array, rng: np.random.Generator) -> Conditions:
        spec, frames = self.engine.spec, len(samples) // SAMPLES
        request = Request(samples=1, seed=int(rng.integers(2**30)), motion_only=True)
        options = read_options(spec.title, spec.options, {}, spec.weights[0])
        speech, calm = Speech(samples, samples, SAMPLE_RATE), Timeline((), frames / FPS)
        return self.engine.prepare(Conditions(request, options, frames, speech, portrait, calm), lambda: False)
