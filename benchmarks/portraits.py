"""Fifteen portraits of several kinds that nothing was tuned on, made by code: anny's people, painted and then redrawn.

`python benchmarks/portraits.py FOLDER` writes NAME.png for each; those that exist are kept. About three minutes.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avatar_app.paths import ROOT
from avatar_app.types import Image

sys.path.insert(0, str(ROOT / "tools" / "assets"))
from make_portraits import LOOKS, paint, see
from portrait_strokes import Look

log = logging.getLogger("portraits")

MAN, WOMAN = replace(LOOKS[0], beard=False), replace(LOOKS[1], glasses=False, smile=0.0)


def _person(base: Look, name: str, gender: float, age: float, **rest: Any) -> Look:
    return replace(base, name=name, phenotype={"gender": gender, "age": age, "weight": 0.5, "muscle": 0.45}, **rest)


def black_and_white(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def oil(image: Image) -> Image:
    """Brush strokes: the local mean of the most even neighbourhood (Kuwahara 1976), with canvas grain."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    picture, r = image.astype(np.float32), 4
    means = [cv2.blur(picture, (r, r), anchor=a) for a in ((0, 0), (r - 1, 0), (0, r - 1), (r - 1, r - 1))]
    spread = [
        cv2.blur(grey**2, (r, r), anchor=a) - cv2.blur(grey, (r, r), anchor=a) ** 2
        for a in ((0, 0), (r - 1, 0), (0, r - 1), (r - 1, r - 1))
    ]
    best = np.argmin(np.stack(spread), 0)
    painted = np.take_along_axis(np.stack(means), best[None, ..., None], 0)[0]
    grain = np.random.default_rng(0).normal(0, 6, grey.shape)[..., None]
    return np.clip(
        painted * np.array([1.08, 0.98, 0.82]) + np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8))[..., None], 0, 255
    ).astype(np.uint8)


def pencil(image: Image) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    drawn = 255 * np.clip(grey / np.maximum(np.asarray(cv2.GaussianBlur(grey, (0, 0), 9)), 1), 0, 1) ** 3
    drawn = 0.75 * drawn + 0.25 * (110 + 0.55 * grey)
    return np.clip(np.repeat(drawn[..., None], 3, 2) * np.array([1.0, 0.985, 0.95]), 0, 255).astype(np.uint8)


def comic(image: Image) -> Image:
    """Few flat colours and dark outlines."""
    flat = image
    for _ in range(4):
        flat = np.asarray(cv2.bilateralFilter(flat, 9, 40, 9), np.uint8)
    flat = (np.round(flat / 36) * 36).clip(0, 255).astype(np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return np.where(lines[..., None] > 0, flat, flat // 4).astype(np.uint8)


def side_light(image: Image) -> Image:
    x = np.linspace(0, 1, image.shape[1], dtype=np.float32)
    light = 0.22 + 1.15 / (1 + np.exp((x - 0.47) * 16))
    return np.clip(image * light[None, :, None], 0, 255).astype(np.uint8)


def marble(image: Image) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    stone = np.clip(95 + 0.62 * grey, 0, 255)[..., None] * np.array([1.0, 0.985, 0.955])
    return np.clip(stone, 0, 255).astype(np.uint8)


def small_and_noisy(image: Image) -> Image:
    small = cv2.resize(image, (200, 200), interpolation=cv2.INTER_AREA).astype(np.float32)
    noisy = np.clip(small + np.random.default_rng(0).normal(0, 7, small.shape), 0, 255).astype(np.uint8)
    ok, coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert ok
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


# Who, and how the picture of them was made.
KINDS: tuple[tuple[Look, Callable[[Image], Image] | None], ...] = (
    (_person(MAN, "child", 0.5, 0.33, skin=(222, 180, 152), hair=(120, 84, 44), turn=(0, -5, 2), seed=3), None),
    (_person(MAN, "elder", 1.0, 1.0, skin=(206, 158, 130), hair=(190, 188, 186), turn=(3, 8, 0), seed=4), None),
    (_person(WOMAN, "dark_skin", 0.9, 0.6, skin=(84, 54, 40), hair=(22, 18, 18), turn=(0, 4, 0), seed=5), None),
    (_person(WOMAN, "smiling", 1.0, 0.5, skin=(228, 186, 160), turn=(-2, -8, 3), smile=0.7, seed=6), None),
    (_person(MAN, "three_quarter", 0.1, 0.6, skin=(190, 140, 112), turn=(0, 38, 0), seed=7), None),
    (_person(MAN, "tilted", 0.2, 0.7, skin=(170, 122, 92), hair=(40, 30, 26), turn=(6, -10, 12), seed=8), None),
    (_person(WOMAN, "looking_up", 0.8, 0.65, skin=(150, 104, 78), turn=(-10, 0, 0), seed=9), None),
    (replace(_person(MAN, "beard", 0.0, 0.75, skin=(196, 150, 124), hair=(96, 70, 48), seed=10), beard=True), None),
    (_person(MAN, "black_and_white", 0.1, 0.8, turn=(0, 12, 0), seed=11), black_and_white),
    (_person(WOMAN, "oil_painting", 1.0, 0.6, skin=(216, 170, 140), turn=(0, -16, 0), seed=12), oil),
    (
        _person(WOMAN, "pencil_drawing", 0.9, 0.7, skin=(220, 180, 150), hair=(30, 26, 24), turn=(0, 6, 0), seed=13),
        pencil,
    ),
    (_person(MAN, "comic", 0.0, 0.6, skin=(208, 160, 130), hair=(60, 40, 30), turn=(0, -6, 0), seed=14), comic),
    (_person(WOMAN, "side_light", 0.9, 0.6, skin=(190, 146, 120), turn=(0, 0, 0), seed=15), side_light),
    (
        _person(MAN, "statue", 0.0, 0.85, skin=(205, 200, 192), hair=(170, 166, 160), iris=(180, 176, 170), seed=16),
        marble,
    ),
    (_person(WOMAN, "small_and_noisy", 1.0, 0.45, skin=(200, 150, 122), turn=(2, 14, -4), seed=17), small_and_noisy),
)


def make(folder: Path) -> list[Path]:
    """Writes the portraits that are not there yet; returns all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{look.name}.png" for look, _ in KINDS]
    model = None
    for path, (look, redraw) in zip(paths, KINDS, strict=True):
        if path.exists():
            continue
        if model is None:
            import anny

            model = anny.Anny(facial_actions="all")
        picture = paint(look, see(look, model))
        picture = picture if redraw is None else redraw(picture)
        cv2.imwrite(str(path), picture[..., ::-1])
        log.info("%s", path.name)
    return paths


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    make(parser.parse_args().folder)


if __name__ == "__main__":
    main()
