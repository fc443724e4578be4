"""Shards of pairs for LFG: every portrait in several squares, moved as the teacher moves it with somebody's speech."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from avatar_app.engines.dawn.flow_pairs import Square, flow_pair
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.shards import pictures_in, shards_of_portraits
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import InputError
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.scenes import random_instruction, random_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array, Image

GROUPS, FRAMES = 6, 8  # of a portrait: squares, and frames in each
CLIP = 100  # frames acted for a group
FRAMING = 0.25, 0.05  # by how much squares are larger or smaller than the engine's, and lie elsewhere, of their side
STRETCHED = 0.3  # share of frames whose head turns further or whose mouth opens wider than the teacher's


@dataclass(frozen=True)
class Pairs:
    """Of G squares with F frames each. source and behind, which is the same without the person: (G, R, R, 3) uint8.

    target: (G, F, R, R, 3) uint8.

    grid: (G, F, r, r, 2) float16. occlusion: (G, F, r, r) uint8, 255 where the bent source is right. See FlowPair.
    """

    source: Image
    behind: Image
    target: Image
    grid: Array
    occlusion: Image


def build_shards(folder: Path, pictures: Path, sessions: list[Session], resolution: int, seed: int) -> list[Path]:
    """A shard for each picture of a face in `pictures`; those that exist are kept.

    Raises InputError when there are no pictures. Pictures without a usable face are left out.
    """
    make = lambda portrait, rng: make_pairs(portrait, sessions, resolution, rng)  # noqa: E731
    return shards_of_portraits(folder, "pairs", pictures_in(pictures), seed, make)


def make_pairs(
    portrait: Portrait, sessions: list[Session], resolution: int, rng: np.random.Generator, groups: int = GROUPS,
    frames: int = FRAMES,
) -> Pairs:  # fmt: skip
    """Squares and motions of one portrait; the first square is the engine's own, its first frame unmoved."""
    renderer = PortraitRenderer(portrait)
    own = Square(*initial_state(portrait, resolution).square, resolution)
    sources, behind, rows = [], [], []
    for group in range(groups):
        square = own if group == 0 else jittered(own, len(portrait.pixels), rng)
        source = square.cut(portrait.pixels)
        motion = random_motion(sessions, portrait.resting, frames, rng)
        if group == 0:
            motion[0] = np.concatenate([portrait.resting, np.zeros(6, np.float32)])
        sources.append(source)
        behind.append(square.cut(renderer.background))
        rows.append([flow_pair(renderer, source, square, one) for one in motion])
    return Pairs(
        np.stack(sources),
        np.stack(behind),
        np.stack([[pair.target for pair in row] for row in rows]),
        np.stack([[pair.grid for pair in row] for row in rows]).astype(np.float16),
        np.stack([[np.round(255 * pair.occlusion) for pair in row] for row in rows]).astype(np.uint8),
    )


def jittered(square: Square, size: int, rng: np.random.Generator) -> Square:
    """Another square near it, within a picture of so many pixels."""
    side = int(min(round(square.side * np.exp(rng.uniform(-FRAMING[0], FRAMING[0]))), size))
    corner = np.array([square.left, square.top]) + (square.side - side) / 2 + rng.normal(0, FRAMING[1] * side, 2)
    left, top = np.clip(np.round(corner), 0, size - side).astype(int).tolist()
    return Square(left, top, side, square.resolution)


def random_motion(sessions: list[Session], resting: Array, frames: int, rng: np.random.Generator) -> Array:
    """(frames, 58) of the teacher as it speaks some crop of a session, at moments drawn at random."""
    long = [session for session in sessions if session.frames > CLIP]
    session = long[int(rng.integers(len(long)))]
    start = int(rng.integers(0, session.frames - CLIP))
    tracks = session.tracks[start : start + CLIP]
    emotion, cues = random_instruction(CLIP, rng)
    talking = speaking(tracks).astype(np.float32)
    motion = act(Scene(tracks, talking, emotion, cues, resting), rng, random_talker(rng))
    chosen = motion[rng.choice(CLIP, frames, replace=False)]
    for one in chosen:
        if rng.random() < STRETCHED:
            one[52:55] = one[52:55] * rng.uniform(1, 2) + rng.normal(0, 0.06, 3)
            one[ARKIT_INDEX["jawOpen"]] = rng.uniform(0, 0.7)
    return np.asarray(chosen, np.float32)


def read_shard(path: Path) -> Pairs:
    """Raises InputError for a file that is no shard of pairs."""
    arrays = load_file(path)
    try:
        return Pairs(*(arrays[name] for name in ("source", "behind", "target", "grid", "occlusion")))
    except KeyError as error:
        raise InputError(f"{path} holds no pairs of pictures: delete it, and make it anew.") from error
