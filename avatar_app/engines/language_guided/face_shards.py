"""Pictures to learn faces from: the square of a portrait that the generator draws, moved by the portrait renderer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import load_file, save_file

from avatar_app.engines.language_guided.alignment import face_square
from avatar_app.engines.language_guided.poses import actable, acted_on, height_of, random_motion
from avatar_app.inputs.portrait.picture import open_picture
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import InputError
from avatar_app.types import Array, Image

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
DRAWN = 256  # pixels of the portrait that is moved
VARIANTS, MOVED = 2, 24  # of each portrait: people that it is made into, and pictures of each
SHARES, NAMELESS = (0.55, 0.95), 60  # of the full size of what has a name; how many that have none
LONGEST = 512  # pixels at which portraits are made into others
BENT, LIT, TINTED = 0.012, 0.4, 0.08
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Faces:
    """Of one person: pictures (N, R, R, 3) uint8, the first unmoved, and their motions (N, 58) float32."""

    pictures: Image
    motions: Array


def build_faces(folder: Path, portraits: list[Path], size: int, seed: int) -> list[Path]:
    """A shard for each variant of each portrait; those that exist are kept, and pictures without a face left out."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in portraits:
        for variant in range(VARIANTS):
            shard = folder / f"faces_{path.stem}_{variant}.safetensors"
            if not shard.exists():
                rng = np.random.default_rng([seed, variant, *path.stem.encode()])
                try:
                    picture = open_picture(path).pixels
                    faces = moved_faces(
                        load_portrait(another(picture, rng) if variant else path, size=DRAWN), size, rng
                    )
                except InputError as error:
                    log.warning("%s is left out: %s", path.name, error)
                    continue
                save_faces(shard, faces)
                log.info("%s made", shard.name)
            made.append(shard)
    if not made:
        raise InputError("No portrait with a usable face was given: faces are learned from a folder of portraits.")
    return made


def save_faces(path: Path, faces: Faces) -> None:
    """The file is there whole or not at all."""
    partial = path.with_suffix(".partial")
    save_file(vars(faces), partial)
    partial.replace(path)


def read_faces(path: Path) -> Faces:
    """Raises InputError for a file that holds no faces."""
    arrays = load_file(path)
    try:
        return Faces(arrays["pictures"], arrays["motions"])
    except KeyError as error:
        raise InputError(f"{path} holds no pictures of faces: delete it, and make it anew.") from error


def moved_faces(portrait: Portrait, size: int, rng: np.random.Generator, count: int = MOVED) -> Faces:
    """A portrait's square, and the same with motions drawn at random."""
    return drawn_faces(portrait, size, [random_motion(portrait.resting, rng) for _ in range(count - 1)])


def acting_faces(portrait: Portrait, size: int, rng: np.random.Generator) -> Faces:
    """A portrait's square, and the same as it does all that has a name, and some that has none."""
    motions = [acted_on(portrait.resting, height_of(name), share) for name in actable() for share in SHARES]
    return drawn_faces(portrait, size, [*motions, *(random_motion(portrait.resting, rng) for _ in range(NAMELESS))])


def drawn_faces(portrait: Portrait, size: int, moved: list[Array]) -> Faces:
    """A portrait's square at rest, and with motions (58,)."""
    renderer, square = PortraitRenderer(portrait), face_square(portrait.landmarks, close=True)
    rest = np.concatenate([portrait.resting, np.zeros(6, np.float32)]).astype(np.float32)
    motions = np.stack([rest, *moved])
    pictures = [renderer.frame(one[:52], one[52:55], one[55:]) for one in motions]
    return Faces(np.stack([square.cut(picture, size) for picture in pictures]), motions)


def another(picture: Image, rng: np.random.Generator) -> Image:
    """Somebody else out of (H, W, 3) uint8: features a little elsewhere, other colours and another light."""
    scale = min(1.0, LONGEST / max(picture.shape[:2]))
    small: Image = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = small.shape[:2]
    coarse = rng.normal(0, BENT * max(height, width), (6, 6, 2)).astype(np.float32)
    step = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    bent = cv2.remap(small, x + step[..., 0], y + step[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.normal(0, LIT)
    light = np.exp(strength * (np.cos(angle) * (x / width - 0.5) + np.sin(angle) * (y / height - 0.5)))
    mix = np.eye(3) + rng.normal(0, TINTED, (3, 3))
    shade = np.clip(bent / 255 @ (mix / mix.sum(axis=0)) * light[..., None] * np.exp(rng.normal(0, 0.12, 3)), 0, 1)
    return np.asarray(255 * shade ** np.exp(rng.normal(0, 0.2)), np.uint8)
