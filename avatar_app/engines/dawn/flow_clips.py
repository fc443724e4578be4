"""Clips to learn the denoiser from: flow and occlusion of a portrait that speaks, and what of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

from avatar_app.engines.dawn.drive import BLINKS, WIDE, angles_of
from avatar_app.engines.dawn.flow_pairs import Square, flow_pair
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.shards import shards_of_portraits
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.scenes import augmented_features, random_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array, Image

CLIPS, FRAMES = 4, 32  # of a portrait, and in each
STILL = 2  # of the clips whose head does not move: lips are all there is to learn
ACTED = 25  # frames acted before and after
ACROSS = 76.0  # of the 120 pixels of the published crop that a head is wide: unit of x and y in the pose


@dataclass(frozen=True)
class Clips:
    """N clips of F frames of one portrait. source: (R, R, 3) uint8. box: (6,) see InitialState.

    grid: (N, F, r, r, 2) float16. occlusion: (N, F, r, r) uint8. audio: (N, F, 26) float16, the speech encoder's
    articulation. pose: (N, F, 6) and eyes: (N, F, 2) float32, less the portrait's.
    """

    source: Image
    box: Array
    grid: Array
    occlusion: Image
    audio: Array
    pose: Array
    eyes: Array


def make_clips(
    portrait: Portrait, sessions: list[Session], encoder: SpeechEncoder, resolution: int, rng: np.random.Generator,
    clips: int = CLIPS, frames: int = FRAMES, still: int = STILL,
) -> Clips:  # fmt: skip
    """What the teacher makes of crops of speech, without feelings, as the house acts them on top.

    still: in so many of the clips, the first, the head does not move.
    """
    renderer, state = PortraitRenderer(portrait), initial_state(portrait, resolution)
    square = Square(*state.square, resolution)
    source = square.cut(portrait.pixels)
    long = [session for session in sessions if session.frames > frames + 2 * ACTED]
    rows = []
    for clip in range(clips):
        session = long[int(rng.integers(len(long)))]
        start = int(rng.integers(ACTED, session.frames - frames - ACTED))
        motion, audio = spoken(session, start, frames, portrait.resting, encoder, rng)
        if clip < still:
            motion = np.concatenate([motion[:, :52], np.zeros_like(motion[:, 52:])], axis=1)
        pairs = [flow_pair(renderer, source, square, one) for one in motion]
        rows.append((
            np.stack([pair.grid for pair in pairs]).astype(np.float16),
            np.round(255 * np.stack([pair.occlusion for pair in pairs])).astype(np.uint8),
            audio.astype(np.float16),
            *told_of(motion, portrait.resting, state.eyes),
        ))  # fmt: skip
    return Clips(source, state.box, *(np.stack(column) for column in zip(*rows, strict=True)))


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


def told_of(motion: Array, resting: Array, eyes: Array) -> tuple[Array, Array]:
    """(F, 6) pose and (F, 2) eyes of motion (F, 58), less those of the portrait; eyes: (2,) its openings."""
    pose = np.zeros((len(motion), 6), np.float32)
    pose[:, :3] = angles_of(motion[:, 52:55])
    pose[:, 4:] = ACROSS * motion[:, 55:57]
    change = motion[:, :52] - resting
    return pose, ((change[:, WIDE] - change[:, BLINKS]) * eyes).astype(np.float32)


def mirrored(clips: Clips) -> Clips:
    """The same in a mirror: another person, who turns and leans the other way."""
    left, right = clips.box[5] - clips.box[1], clips.box[5] - clips.box[0]
    return Clips(
        np.ascontiguousarray(clips.source[:, ::-1]),
        np.array([left, right, *clips.box[2:]], np.float32),
        clips.grid[..., ::-1, :] * np.array([-1, 1], np.float16),
        np.ascontiguousarray(clips.occlusion[..., ::-1]),
        clips.audio,
        clips.pose * np.array([-1, 1, -1, 1, -1, 1], np.float32),
        np.ascontiguousarray(clips.eyes[..., ::-1]),
    )


def build_clips(
    folder: Path, pictures: list[Path], sessions: list[Session], encoder: SpeechEncoder, resolution: int, seed: int
) -> list[Path]:
    """A shard for each picture; those that exist are kept, and pictures without a usable face left out."""
    make = lambda portrait, rng: make_clips(portrait, sessions, encoder, resolution, rng)  # noqa: E731
    return shards_of_portraits(folder, "clips", pictures, seed, make)


def read_clips(path: Path) -> Clips:
    """Raises InputError for a file that is no shard of clips."""
    try:
        return Clips(**load_file(path))
    except TypeError as error:
        raise InputError(f"{path} holds no clips of flow: delete it, and make it anew.") from error
