"""How well people come off busy backgrounds: people whose alpha is known, before pictures that are known.

`python benchmarks/edges.py OUT` paints twelve people of tools/assets/make_people.py, each before another background of
backgrounds.py, turns and slides their heads, and compares the frames with what they should be: the person's true
colours moved as the head moves, over the true background. It writes OUT/NAME.png (at rest, turned, slid,
alpha, background) and OUT/edges.json. Ten minutes, most of them for painting people; those painted before are kept.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from backgrounds import BUSY, SIDE

from avatar_app.face.landmark_indices import CHIN
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ROOT
from avatar_app.render.portrait.deformation_mesh import DeformationMesh, build_deformation_mesh
from avatar_app.render.portrait.pose import limited_turn, rotation_matrix
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Image

sys.path.insert(0, str(ROOT / "tools" / "assets"))

log = logging.getLogger("edges")
FIRST = 401  # number of the first person; every other one is taken
DARK, LIGHT = 20.0, 200.0  # walls between which alpha is told
# Degrees of yaw and head widths to the side.
POSES = {"left": (-20.0, 0.0), "right": (20.0, 0.0), "slide": (8.0, 0.12), "slide back": (-8.0, -0.12)}
AROUND, TWICE, FLAT = 20.0, 2.0, 4.0  # pixels that count as near, spreads that are allowed, least spread


@dataclass(frozen=True)
class Truth:
    """own: (H, W, 3) float32, the person's colours times alpha. alpha: (H, W) float32. ground: (H, W, 3) uint8."""

    own: Array
    alpha: Array
    ground: Image

    @property
    def picture(self) -> Image:
        return np.round(np.clip(self.own + (1 - self.alpha[..., None]) * self.ground, 0, 255)).astype(np.uint8)


def paint_people(folder: Path, count: int) -> list[Path]:
    """People with their alpha, (SIDE, SIDE, 4) uint8 in files; told by painting them before two walls."""
    from make_people import random_look
    from make_portraits import SIZE, load_model, paint, see

    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE
    lit = cv2.resize(1.08 - 0.5 * np.hypot(x - 0.38, y - 0.35), (SIZE // 2,) * 2, interpolation=cv2.INTER_AREA)[
        ..., None
    ]
    model, paths, number = None, [], FIRST
    while len(paths) < count:
        path = folder / f"{number}.png"
        if not path.exists():
            model = model or load_model()
            look, _ = random_look(number)
            scene = see(look, model)
            dark, light = (paint(replace(look, wall=(wall,) * 3), scene).astype(np.float32) for wall in (DARK, LIGHT))
            clear = np.clip(((light - dark) / ((LIGHT - DARK) * lit)).mean(2, keepdims=True), 0, 1)
            clear = np.where(clear > 0.985, 1, np.where(clear < 0.015, 0, clear))
            own = np.clip(dark - DARK * lit * clear, 0, 255) * (clear < 1)
            cv2.imwrite(str(path), np.round(np.dstack([own[..., ::-1], 255 * (1 - clear)])).astype(np.uint8))
        paths.append(path)
        number += 2
    return paths


def put_before(path: Path, ground: Image) -> Truth:
    """A painted person before a background."""
    person = cv2.resize(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return Truth(
        np.ascontiguousarray(person[..., 2::-1]).astype(np.float32), person[..., 3].astype(np.float32) / 255, ground
    )


def moved(
    mesh: DeformationMesh, renderer: PortraitRenderer, yaw: float, aside: float, layers: list[Array]
) -> list[Array]:
    """Layers of the picture as the head's motion carries them."""
    turn = rotation_matrix(limited_turn(np.array([0, np.radians(yaw), 0]), renderer.turns))
    step = np.array([aside * mesh.face_width, 0, 0], np.float32)
    points = mesh.move(np.zeros((478, 3), np.float32), turn, step)
    depth = np.full((SIDE, SIDE), FAR, np.float32)
    source = np.full((SIDE, SIDE, 2), -100, np.float32)
    rasterize(points, mesh.triangles, np.ascontiguousarray(mesh.points[:, :2]), depth, source)
    return [np.asarray(cv2.remap(layer, source, np.empty(0), cv2.INTER_LINEAR)) for layer in layers]


def unlike_surroundings(frame: Image, band: Array, known: Array) -> float:
    """Share of the band that is, as a mean of 5 × 5 pixels, off what is near by more than twice its spread."""
    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32)

    def near(values: Array) -> Array:
        return np.asarray(cv2.GaussianBlur(values.astype(np.float32), (0, 0), AROUND))

    weight = near(known) + 1e-6
    mean = near(grey * known) / weight
    spread = np.maximum(np.sqrt(np.maximum(near(grey * grey * known) / weight - mean**2, 0)), FLAT)
    share = np.asarray(cv2.blur(band.astype(np.float32), (5, 5)))
    small = np.asarray(cv2.blur(grey * band, (5, 5))) / np.maximum(share, 1e-6)
    asked = band & (share > 0.6) & (weight > 0.02)
    return float((np.abs(small - mean) > TWICE * spread)[asked].mean()) if asked.any() else 0.0


def grown(mask: Array, pixels: int) -> Array:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((pixels, pixels), np.uint8))) > 0


def measure(truth: Truth) -> tuple[dict[str, float], list[Image]]:
    """What is wrong, in grey levels or shares, as means over the poses; and pictures to look at."""
    portrait = load_portrait(truth.picture)
    start = time.process_time()
    renderer = PortraitRenderer(portrait)
    ready = time.process_time() - start
    mesh = build_deformation_mesh(renderer.landmarks, np.round(255 * truth.alpha).astype(np.uint8))
    head = np.arange(SIDE)[:, None] < renderer.landmarks[CHIN, 1]
    wide, alpha = grown(truth.alpha > 0.05, 7), np.empty((SIDE, SIDE), np.uint8)
    rows: dict[str, list[float]] = {}
    seen = [portrait.pixels]
    for yaw, aside in POSES.values():
        turn = np.array([0, np.radians(yaw), 0])
        frame = renderer.frame(portrait.resting, turn, np.array([aside, 0, 0]), alpha)
        there, own = moved(mesh, renderer, yaw, aside, [truth.alpha, truth.own])
        wrong = np.abs(frame - own - (1 - there[..., None]) * truth.ground).mean(2)
        bare, beside = wide & (there < 0.02) & head, ~wide & (there < 0.02) & head
        edge = grown((there > 0.02) & (there < 0.98), 3) & head
        found = {
            "uncovered, unlike": unlike_surroundings(frame, bare, beside),
            "the same, in truth": unlike_surroundings(truth.ground, bare, beside),
            "hair's edge": float(wrong[edge & ~wide].mean()),
            "beside it": float(wrong[grown(there > 0.02, 25) & beside].mean()),
            "alpha": float(np.abs(alpha / 255 - there)[grown(edge, 9)].mean()),
        }
        for name, value in found.items():
            rows.setdefault(name, []).append(value)
        seen.append(frame)
    seen += [np.repeat(renderer.person[..., 3:], 3, 2), renderer.background]
    return {name: round(float(np.mean(row)), 4) for name, row in rows.items()} | {"prepare": round(ready, 2)}, seen


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    results: dict[str, dict[str, float]] = {}
    for path, (name, ground) in zip(paint_people(out / "people", len(BUSY)), BUSY.items(), strict=True):
        results[name], seen = measure(put_before(path, ground()))
        cv2.imwrite(str(out / f"{name}.png"), np.hstack(seen)[..., ::-1])
        log.info("%s %s", name, results[name])
        (out / "edges.json").write_text(json.dumps(results, indent=1))
    log.info("mean %s", {key: round(float(np.mean([r[key] for r in results.values()])), 4) for key in results["bokeh"]})


if __name__ == "__main__":
    main()
