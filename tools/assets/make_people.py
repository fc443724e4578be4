"""Renders portraits of random people who do not exist, to train on: `make_people.py FOLDER --count 120 [--first 0]`.

`--turned` shows them from the side and leaning, as few of the others are: most photographs are not taken head on.
Shape, skin, hair, light and manner of the picture are drawn from the number of each; those that exist are kept, so a
stopped run goes on. About 3 seconds for each.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from make_portraits import load_model, paint, see
from portrait_strokes import Look

from avatar_app.paths import ROOT
from avatar_app.types import Array, Image

sys.path.insert(0, str(ROOT / "benchmarks"))
from portraits import black_and_white, comic, oil, pencil, small_and_noisy

log = logging.getLogger("people")
SKIN = np.array([(238, 200, 178), (222, 176, 146), (196, 146, 114), (160, 112, 84), (120, 80, 58), (78, 50, 38)])
HAIR = np.array(
    [(24, 20, 18), (52, 36, 28), (92, 62, 38), (150, 108, 62), (206, 172, 110), (140, 60, 36), (186, 184, 182)]
)
IRIS = np.array([(62, 38, 22), (92, 64, 36), (74, 96, 84), (88, 116, 140), (110, 120, 116)])
MANNERS: tuple[Callable[[Image], Image] | None, ...] = (None, black_and_white, oil, pencil, comic, small_and_noisy)
SHARES = (0.72, 0.06, 0.08, 0.03, 0.05, 0.06)
TURNED = 7.0, 30.0, 12.0  # degrees: spread of pitch, most yaw, spread of roll of people who are turned
Colour = tuple[float, float, float]


def random_look(number: int, turned: bool = False) -> tuple[Look, np.random.Generator]:
    """Who number `number` is, and the generator that goes on to the manner of the picture. turned: see TURNED."""
    rng = np.random.default_rng([20261128, number])
    skin = _between(SKIN, rng)
    shape = {name: float(rng.uniform(0, 1)) for name in ("gender", "muscle", "proportions")}
    shape |= {"age": float(rng.uniform(0.33, 1)), "weight": float(rng.uniform(0.25, 0.9))}
    look = Look(
        f"person_{number:04d}",
        shape,
        skin=skin,
        hair=_between(HAIR, rng),
        iris=_between(IRIS, rng),
        shirt=_colour(rng.uniform(20, 235, 3)),
        wall=_colour(rng.uniform(30, 235) + rng.normal(0, 25, 3)),
        turn=(float(rng.normal(0, 5)), float(rng.normal(0, 13)), float(rng.normal(0, 4))),
        beard=shape["gender"] < 0.45 and rng.random() < 0.35,
        glasses=rng.random() < 0.1,
        smile=float(max(rng.normal(0, 0.3), 0)),
        seed=number + 100,
    )
    if turned:
        pitch, yaw, roll = TURNED
        turn = float(rng.normal(0, pitch)), float(rng.uniform(-yaw, yaw)), float(rng.normal(0, roll))
        look = replace(look, turn=turn, glasses=rng.random() < 0.25)
    return look, rng


def _between(palette: Array, rng: np.random.Generator) -> Colour:
    """A colour between two neighbours of a palette."""
    first = int(rng.integers(len(palette) - 1))
    return _colour(palette[first] + rng.uniform() * (palette[first + 1] - palette[first]) + rng.normal(0, 5, 3))


def _colour(values: Array) -> Colour:
    red, green, blue = np.clip(values, 5, 250).tolist()
    return red, green, blue


def relit(image: Image, rng: np.random.Generator) -> Image:
    """Another exposure, tint and side from which the light comes."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32) / image.shape[0] - 0.5
    angle, strength = rng.uniform(0, 2 * np.pi), abs(rng.normal(0, 0.5))
    light = np.exp(strength * (np.cos(angle) * x + np.sin(angle) * y))[..., None]
    tint = np.exp(rng.normal(0, 0.06, 3) + rng.normal(0, 0.12))
    return np.clip(255 * np.clip(image / 255 * light * tint, 0, 1) ** np.exp(rng.normal(0, 0.15)), 0, 255).astype(
        np.uint8
    )


def bent(image: Image, rng: np.random.Generator) -> Image:
    """Another face: features a little wider, longer or elsewhere, all smoothly."""
    size = len(image)
    coarse = rng.normal(0, 0.014 * size, (5, 5, 2)).astype(np.float32)
    coarse[[0, -1]] = coarse[:, [0, -1]] = 0
    step = np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    moved = cv2.remap(image, x + step[..., 0], y + step[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def make(folder: Path, numbers: range, turned: bool = False) -> None:
    """Writes the portraits that are not there yet; people whose face is not found are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model()
    for number in numbers:
        look, rng = random_look(number, turned)
        path = folder / f"{look.name}.png"
        if path.exists():
            continue
        try:
            picture = paint(look, see(look, model))
        except IndexError:  # no face was found
            log.info("%s: no face", look.name)
            continue
        manner = MANNERS[int(rng.choice(len(MANNERS), p=SHARES))]
        picture = relit(bent(picture, rng), rng)
        picture = picture if manner is None else manner(picture)
        partial = path.with_suffix(".partial.png")
        cv2.imwrite(str(partial), picture[..., ::-1])
        partial.replace(path)
        log.info("%s", path.name)


def main() -> None:
    """Portraits into the folder of the arguments."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--turned", action="store_true")
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + arguments.count)
    make(arguments.folder, numbers, arguments.turned)


if __name__ == "__main__":
    main()
