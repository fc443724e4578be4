"""Training examples: a random crop of a speech session, an instruction as label vectors, a resting expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, EMOTIONS, LEARNED_ACTIONS, arkit_from_aus
from avatar_app.motion.gestures import schedule
from avatar_app.motion.talker import Talker, draw_talker
from avatar_app.request import FPS
from avatar_app.speech.encoder import SHAPES
from avatar_app.speech.features import log_mel, speech_features
from avatar_app.speech.lip_targets import CHANNELS
from avatar_app.training.corpus import augment
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.training.teacher.scene import Cue, Scene
from avatar_app.types import Array

MARGIN = 25  # frames acted before and after the crop, so that gestures may already be under way
MAX_CUES = 8
# Gestures in time are harder to learn than poses: they are asked for five times as often.
_LEARNED = [ACTIONS[name] for name in LEARNED_ACTIONS]
_ACTION_SHARES = np.array([5.0 if action.kind == "repeated" else 1.0 for action in _LEARNED])
_ACTION_SHARES /= _ACTION_SHARES.sum()
_ACTION_SHAPES = np.stack([arkit_from_aus(action.aus) for action in _LEARNED])
_ACTION_SHAPES /= np.linalg.norm(_ACTION_SHAPES, axis=1, keepdims=True) + 1e-6
_EMOTION_SHAPES = np.stack([arkit_from_aus(units) for units in EMOTIONS.values()])
RESTING_LIMITS = {
    **{"mouthSmile": 0.45, "mouthFrown": 0.25, "brow": 0.2, "eyeSquint": 0.3, "cheekSquint": 0.3, "eyeWide": 0.2},
    **{"mouthDimple": 0.2, "jawOpen": 0.2, "mouthPress": 0.2, "mouthUpperUp": 0.3, "mouthLowerDown": 0.3},
}
LEVELS = (0.35, 0.65, 0.65, 1.0)  # "slightly", unsaid (twice as common), "very"


@dataclass(frozen=True)
class Example:
    """One training example of T frames.

    motion: (T, 58). tracks: (T, 11), see speech_encoder. visemes: (2T,). emotion: (T, 28). resting: (52,).
    features: (4T, 65), or () when they are not asked for. talker: (12,), see Talker.vector.
    actions, strengths: (MAX_CUES,), padded with len(LEARNED_ACTIONS) and 0. spans: (MAX_CUES, 2) seconds.
    """

    motion: Array
    features: Array
    tracks: Array
    visemes: npt.NDArray[np.int64]
    emotion: Array
    resting: Array
    talker: Array
    actions: npt.NDArray[np.int64]
    strengths: Array
    spans: Array


def examples(
    sessions: list[Session], frames: int, seed: int, with_motion: bool = True, with_features: bool = True
) -> Iterator[Example]:
    """Endless random examples; the same seed gives the same stream.

    `with_motion` off leaves the motion zero, `with_features` off the features empty: both save time.
    """
    rng = np.random.default_rng(seed)
    lengths = np.array([max(s.frames - frames, 1) for s in sessions], np.float64)
    while True:
        session = sessions[int(rng.choice(len(sessions), p=lengths / lengths.sum()))]
        if session.frames > frames:
            yield make_example(session, frames, rng, with_motion, with_features)


def make_example(
    session: Session, frames: int, rng: np.random.Generator, with_motion: bool = True, with_features: bool = True
) -> Example:
    """A random crop of a session with a random instruction, performed."""
    start = int(rng.integers(0, session.frames - frames))
    low, high = max(0, start - MARGIN), min(session.frames, start + frames + MARGIN)
    tracks, visemes = session.tracks[low:high], session.visemes[2 * start : 2 * (start + frames)]
    emotion, cues = random_instruction(high - low, rng)
    resting, talker = random_resting(rng), random_talker(rng)
    mute = with_motion and rng.random() < 0.05  # an instruction without a voice
    if mute:
        tracks, visemes = mute_tracks(len(tracks)), np.zeros_like(visemes)
    features = np.zeros(0, np.float32)
    if with_features:
        features = silent_features(frames) if mute else augmented_features(session, start, frames, rng)
    talking = speaking(tracks).astype(np.float32)
    motion = np.zeros((high - low, 58), np.float32)
    if with_motion:
        motion = act(Scene(tracks, talking, emotion, cues, resting), rng, talker)
    inside = slice(start - low, start - low + frames)
    actions, strengths, spans = pack_cues(cues, (start - low) / FPS)
    strengths = strengths + np.sign(strengths) * rng.normal(0, 0.04, MAX_CUES).astype(np.float32)
    return Example(
        motion[inside],
        features,
        articulation_tracks(tracks)[inside],
        visemes.astype(np.int64),
        emotion[inside],
        resting,
        talker.vector(),
        actions,
        np.clip(strengths, -1, 1).astype(np.float32),
        spans,
    )


def random_talker(rng: np.random.Generator) -> Talker:
    """As people differ, two in five of them calmer or livelier by design: what --liveliness asks for."""
    liveliness = 1.0 if rng.random() < 0.6 else float(rng.uniform(0, 2))
    return draw_talker(rng, liveliness=liveliness)


def articulation_tracks(tracks: LipTracks) -> Array:
    """(T, 11) float32: shape, closure, tuck, talking, accent; what the speech encoder learns to read."""
    talking = speaking(tracks).astype(np.float32)
    columns = [
        tracks.shape[:, :SHAPES],
        tracks.closure[:, None],
        tracks.tuck[:, None],
        talking[:, None],
        tracks.accent[:, None],
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def augmented_features(session: Session, start: int, frames: int, rng: np.random.Generator) -> Array:
    """(4T, 65) features of a crop in another voice and room; level and channel are those of its surroundings."""
    before, after = int(rng.integers(0, 100)), int(rng.integers(0, 150))
    low, high = max(0, start - before), min(session.frames, start + frames + after)
    mel = session.mel[int(rng.integers(len(session.mel)))][4 * low : 4 * high].astype(np.float32)
    features = speech_features(augment.perturb(mel, rng))[4 * (start - low) : 4 * (start - low + frames)]
    return augment.spec_augment(features, rng)


def silent_features(frames: int) -> Array:
    """(4T, 65) speech features of digital silence."""
    return speech_features(log_mel(np.zeros(0, np.float32), frames))


def pack_cues(cues: tuple[Cue, ...], offset: float) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Cues as padded arrays, with times from `offset` seconds."""
    actions = np.full(MAX_CUES, len(LEARNED_ACTIONS), np.int64)
    strengths, spans = np.zeros(MAX_CUES, np.float32), np.zeros((MAX_CUES, 2), np.float32)
    seen = [cue for cue in cues if cue.end > offset - 1]  # gestures long past leave room for those to come
    for i, cue in enumerate(seen[:MAX_CUES]):
        actions[i], strengths[i] = cue.action, cue.strength
        spans[i] = cue.start - offset, cue.end - offset
    return actions, strengths, spans


def random_instruction(frames: int, rng: np.random.Generator) -> tuple[Array, tuple[Cue, ...]]:
    """(T, 28) emotion and cues: a quarter of the time neither, a quarter each alone, a quarter both."""
    emotion = np.zeros((frames, len(EMOTION_NAMES)), np.float32)
    if rng.random() < 0.5:
        _feel(emotion, rng)
        if rng.random() < 0.25:  # the mood changes on the way
            change = int(rng.integers(frames // 4, 3 * frames // 4))
            emotion[change:] = 0
            if rng.random() < 0.7:
                _feel(emotion[change:], rng)
    cues: list[Cue] = []
    if rng.random() < 0.5:
        for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))):
            cue = _random_cue(frames / FPS, emotion.mean(axis=0), rng)
            spans = schedule(ACTION_NAMES[cue.action], cue.strength, cue.start, cue.end, rng)
            cues += [replace(cue, start=start, end=end) for start, end in spans]
    return emotion, tuple(cues)


def _feel(emotion: Array, rng: np.random.Generator) -> None:
    strengths = np.zeros(len(EMOTION_NAMES), np.float32)
    for _ in range(2 if rng.random() < 0.12 else 1):
        strength = rng.choice(LEVELS) + rng.normal(0, 0.05)
        strengths[int(rng.integers(len(EMOTION_NAMES)))] = np.clip(strength, 0.1, 1.0)
    emotion[:] = strengths


def _random_cue(seconds: float, emotion: Array, rng: np.random.Generator) -> Cue:
    action = int(rng.choice(len(LEARNED_ACTIONS), p=_ACTION_SHARES))
    strength = float(np.clip(rng.choice(LEVELS) + rng.normal(0, 0.05), 0.1, 1.0))
    if rng.random() < 0.18:
        strength = -1.0
        # "Happy without a smile": forbid what the feeling would do, or forbidding teaches nothing.
        shown = _ACTION_SHAPES @ (emotion @ _EMOTION_SHAPES)
        if shown.max() > 0 and rng.random() < 0.7:
            action = int(rng.choice(np.argsort(shown)[-6:]))
    if rng.random() < 0.35:
        return Cue(action, strength, -rng.uniform(0.5, 4), seconds + rng.uniform(0.5, 4))
    length = rng.uniform(0.8, 4.0)
    # Requests often begin with their clip: let many cues start just where the crop does.
    start = MARGIN / FPS if rng.random() < 0.2 else rng.uniform(-0.5 * length, seconds - 0.4)
    return Cue(action, strength, float(start), float(start + length))


def random_resting(rng: np.random.Generator) -> Array:
    """(52,) resting coefficients as portraits have them: mostly small, sometimes a smile, a frown or raised brows."""
    resting = np.zeros(len(ARKIT_INDEX), np.float32)
    if rng.random() < 0.4:
        return resting
    for prefix, limit in RESTING_LIMITS.items():
        if rng.random() < 0.35:
            amount = rng.uniform(0, limit)
            for name, index in ARKIT_INDEX.items():
                if name.startswith(prefix):
                    resting[index] = amount * rng.uniform(0.85, 1.0)
    return resting


def mute_tracks(frames: int) -> LipTracks:
    """Nobody speaks."""
    none = np.zeros(frames, np.float32)
    return LipTracks(np.zeros((frames, len(CHANNELS)), np.float32), none, none, none.astype(np.uint8), none)
