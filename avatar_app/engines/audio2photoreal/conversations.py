"""Training data of the embedded networks: conversations of two voices from the corpus, performed by the teacher.

Twenty seconds each: our person talks alone, or in turns with a partner; some feel something, some are told what their
body is to do. Shards of safetensors; a shard that is there is kept, so that making them can be interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from avatar_app.engines.audio2photoreal.body_coding import RAW, raw_frames
from avatar_app.engines.audio2photoreal.frame_conditions import CONDITION, frame_conditions
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.features import log_mel, speech_features
from avatar_app.training.corpus.augment import perturb
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.scenes import mute_tracks, random_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.body.body_actions import BODY_ACTIONS, BodyCue, times
from avatar_app.training.teacher.body.body_teacher import perform_body
from avatar_app.training.teacher.body.listening import Partner, add_listening, listen
from avatar_app.training.teacher.body.traits import BodyTraits, body_traits
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

log = logging.getLogger(__name__)

FRAMES = 20 * FPS
PER_SHARD = 60
ALONE, LISTENING = 0.5, 0.1  # share of conversations without a partner, and of those where only he talks
TURN = 2.0, 7.0  # seconds
GAP = -0.2, 0.9  # seconds between turns
FELT, TOLD = 0.4, 0.3  # share of conversations with a feeling, and with body actions
LEVELS = (0.35, 0.65, 0.65, 1.0)
SILENT = log_mel(np.zeros(0, np.float32), FRAMES)


@dataclass(frozen=True)
class Voice:
    """One side of a conversation of FRAMES frames. mel: (4 FRAMES, 64)."""

    tracks: LipTracks
    mel: Array


def voice(sessions: list[Session], spans: list[tuple[int, int]], rng: np.random.Generator) -> Voice:
    """Somebody who talks in spans (first, past the last frame), cut from random sessions, and is silent between."""
    tracks, mel = mute_tracks(FRAMES), SILENT.copy()
    level = None
    for first, last in spans:
        at = first
        while at < last:
            session = sessions[int(rng.integers(len(sessions)))]
            count = min(session.frames, last - at)
            said, sound = session.tracks[:count], session.mel[int(rng.integers(len(session.mel)))][: 4 * count]
            sound = sound.astype(np.float32)
            level = level if level is not None else float(np.quantile(sound, 0.95))
            mel[4 * at : 4 * (at + count)] = sound + (level - float(np.quantile(sound, 0.95)))
            for name in ("shape", "closure", "tuck", "viseme", "accent"):
                getattr(tracks, name)[at : at + count] = getattr(said, name)
            at += count
    return Voice(tracks, mel)


def turns(rng: np.random.Generator) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Spans of our person's and of the partner's talk."""
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    if rng.random() < LISTENING:
        return [], [(0, FRAMES)]
    who, at = int(rng.integers(2)), 0.0
    while at < FRAMES / FPS:
        end = at + float(rng.uniform(*TURN))
        spans[who].append((max(0, round(at * FPS)), min(FRAMES, round(end * FPS))))
        at, who = end + float(rng.uniform(*GAP)), 1 - who
    return spans


def heard(encoder: SpeechEncoder, said: Voice, rng: np.random.Generator) -> Array:
    """(FRAMES, 26) articulation, as the encoder hears it in some room."""
    features = speech_features(perturb(said.mel, rng))
    with torch.inference_mode():
        return np.asarray(encoder.articulation(torch.from_numpy(features)[None])[0].float().numpy())


def random_emotion(rng: np.random.Generator) -> Array:
    """(FRAMES, 28) strengths; one feeling, now and then changing on the way."""
    emotion = np.zeros((FRAMES, len(EMOTION_NAMES)), np.float32)
    if rng.random() < FELT:
        change = int(rng.integers(FRAMES // 4, 3 * FRAMES // 4)) if rng.random() < 0.3 else FRAMES
        for part in (slice(0, change), slice(change, FRAMES)):
            if rng.random() < 0.85:
                emotion[part, int(rng.integers(len(EMOTION_NAMES)))] = rng.choice(LEVELS)
    return emotion


def random_cues(rng: np.random.Generator) -> list[BodyCue]:
    """Body actions with the times at which they are really made."""
    cues: list[BodyCue] = []
    if rng.random() >= TOLD:
        return cues
    at = float(rng.uniform(-1, 4))
    for _ in range(int(rng.integers(1, 4))):
        name = str(rng.choice(list(BODY_ACTIONS)))
        action, strength = BODY_ACTIONS[name], float(rng.choice(LEVELS))
        end = at + float(rng.uniform(2.5, 9.0))
        if action.kind == "manner" and rng.random() < 0.25:
            strength = -1.0
        spans = times(action, at, end, rng) if action.kind == "repeated" else [(at, end)]
        cues += [BodyCue(name, strength, a, b) for a, b in spans]
        at = end + float(rng.uniform(0.5, 4.0))
    return [cue for cue in cues if cue.start < FRAMES / FPS]


def random_traits(talker: Talker, rng: np.random.Generator) -> BodyTraits:
    """As people differ; two in five gesture less or more by design, which is what the amplitude asks for."""
    traits = body_traits(talker, rng)
    if rng.random() < 0.4:
        size, often = float(rng.uniform(0.4, 1.7)), float(rng.uniform(0.3, 1.6))
        sway = traits.sway * size
        traits = replace(traits, extent=traits.extent * size, rate=traits.rate * often, sway=sway)
    return traits


def laughter(partner: list[tuple[int, int]], rng: np.random.Generator) -> Array:
    """(FRAMES,) 0 to 1: now and then the partner laughs at the end of his turn."""
    out = np.zeros(FRAMES, np.float32)
    for first, last in partner:
        if rng.random() < 0.2:
            out[max(first, last - int(rng.uniform(0.7, 2.2) * FPS)) : last] = 1
    return out


def conversation(sessions: list[Session], encoder: SpeechEncoder, rng: np.random.Generator) -> dict[str, Array]:
    """face (FRAMES, 58), body (FRAMES, RAW) and condition (FRAMES, CONDITION), float32."""
    own, other = ([(0, FRAMES)], []) if (alone := rng.random() < ALONE) else turns(rng)
    said = voice(sessions, own, rng)
    partner = None
    if not alone:
        partner = Partner.of(heard(encoder, voice(sessions, other, rng), rng), laughter(other, rng))
    talker = random_talker(rng)
    traits, emotion, cues = random_traits(talker, rng), random_emotion(rng), random_cues(rng)
    talking, calm = speaking(said.tracks).astype(np.float32), np.zeros_like(emotion)
    resting = np.zeros(52, np.float32)
    # The face is taught without feelings: the house acts them on top, as for every engine's face.
    face = act(Scene(said.tracks, talking, calm, (), resting), rng, talker)
    if partner is not None:
        face = add_listening(face, listen(talking, partner, rng, talker))
    body = perform_body(Scene(said.tracks, talking, emotion, (), resting), rng, talker, cues, partner, traits)
    condition = frame_conditions(heard(encoder, said, rng), partner, emotion, cues, talker, traits)
    return {"face": face, "body": raw_frames(body).astype(np.float32), "condition": condition}


def build_shards(folder: Path, sessions: list[Session], encoder: SpeechEncoder, hours: float, seed: int) -> None:
    """Makes what is missing of so many hours of conversations in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(max(1, round(hours * 3600 * FPS / FRAMES / PER_SHARD))):
        path = folder / f"conversations_{number:03d}.safetensors"
        if path.exists():
            continue
        made = [conversation(sessions, encoder, np.random.default_rng([seed, number, k])) for k in range(PER_SHARD)]
        arrays = {name: np.stack([one[name] for one in made]).astype(np.float16) for name in made[0]}
        partial = path.with_suffix(".partial")
        save_file(arrays, partial)
        partial.replace(path)
        log.info("%s made", path.name)


def read_shards(folder: Path) -> Iterator[dict[str, Array]]:
    """The shards in order, float16: (PER_SHARD, FRAMES, D) each of face, body and condition."""
    for path in sorted(folder.glob("conversations_*.safetensors")):
        arrays = load_file(path)
        widths = {"face": len(CHANNEL_NAMES), "body": RAW, "condition": CONDITION}
        if any(arrays[name].shape[1:] != (FRAMES, width) for name, width in widths.items()):
            log.warning("%s is of another version and left out", path.name)
            continue
        yield arrays
