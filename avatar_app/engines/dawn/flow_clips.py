"""Clips to learn the denoiser from: flow and occlusion of a portrait that speaks, and what of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from avatar_app.engines.dawn.drive import BLINKS, WIDE, angles_of
from avatar_app.engines.dawn.flow_pairs import Square, flow_pair
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.shards import shards_of_portraits
from avatar_app.engines.dawn.spoken_motion import Talker
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import InputError
from avatar_app.types import Array, Image

CLIPS, FRAMES = 3, 32  # of a portrait, and in each
STILL = 2  # of the clips whose head does not move: lips are all there is to learn
SMILING = 3  # every third portrait smiles in clips of its own
SMILE = (
    (("mouthSmileLeft", "mouthSmileRight"), 0.5, 1.0),
    (("mouthUpperUpLeft", "mouthUpperUpRight"), 0.25, 0.6),
    (("mouthLowerDownLeft", "mouthLowerDownRight"), 0.1, 0.45),
    (("cheekSquintLeft", "cheekSquintRight"), 0.2, 0.4),
    (("jawOpen",), 0.0, 0.2),
)
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
    portrait: Portrait, talker: Talker, resolution: int, rng: np.random.Generator, clips: int = CLIPS,
    frames: int = FRAMES, still: int = STILL,
) -> Clips:  # fmt: skip
    """What a talker makes of parts of recordings.

    still: in so many of the clips, the first, the head does not move.
    """
    renderer, state = PortraitRenderer(portrait), initial_state(portrait, resolution)
    square = Square(*state.square, resolution)
    source = square.cut(portrait.pixels)
    rows = []
    for clip in range(clips):
        motion, audio = talker.speak(portrait, frames, rng)
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


def build_clips(folder: Path, pictures: list[Path], talker: Talker, resolution: int, seed: int) -> list[Path]:
    """A shard for each picture, and one for every third in which it smiled; those that exist are kept, and pictures
    without a usable face left out."""

    def make(portrait: Portrait, rng: np.random.Generator) -> Clips:
        return make_clips(portrait, talker, resolution, rng)

    def make_smiling(portrait: Portrait, rng: np.random.Generator) -> Clips:
        return make(load_portrait(smiling(portrait, rng)), rng)

    as_given = shards_of_portraits(folder, "clips", pictures, seed, make)
    return as_given + shards_of_portraits(folder, "clips_smiling", pictures[1::SMILING], seed, make_smiling)


def smiling(portrait: Portrait, rng: np.random.Generator) -> Image:
    """The picture with a smile that shows teeth: many photographs do, and lips have to close over them."""
    curves = portrait.resting.copy()
    for names, least, most in SMILE:
        curves[[ARKIT_INDEX[name] for name in names]] = rng.uniform(least, most)
    return PortraitRenderer(portrait).frame(curves, np.zeros(3, np.float32), np.zeros(3, np.float32))


def read_clips(path: Path) -> Clips:
    """Raises InputError for a file that is no shard of clips."""
    try:
        return Clips(**load_file(path))
    except TypeError as error:
        raise InputError(f"{path} holds no clips of flow: delete it, and make it anew.") from error
