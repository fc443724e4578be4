"""The 3-D head in several expressions, in clay and with the example portraits' skin, as one picture; and how fast.

python benchmarks/heads.py docs/heads.jpg [--timing] [--closed-loop]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from closed_loop import closed_loop

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.landmarks import detect_faces
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ASSETS
from avatar_app.render.head.renderer import CAMERA, HeadRenderer
from avatar_app.render.mesh.rasterizer import available, place, render_mesh

PORTRAITS = ASSETS / "portraits"
TILE = 180  # pixels
POSES: tuple[tuple[dict[str, float], float], ...] = (  # actions, and yaw in degrees
    ({}, 0),
    ({"jawOpen": 0.8}, 0),
    ({"mouthSmile": 1.0, "cheekSquint": 0.6}, 0),
    ({"mouthSmile": 0.7, "mouthUpperUp": 0.7, "mouthLowerDown": 0.8, "jawOpen": 0.15}, 0),
    ({"eyeBlink": 1.0}, 0),
    ({"mouthPucker": 1.0}, 0),
    ({"jawOpen": 0.5, "tongueOut": 1.0}, 0),
    ({"browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 0.8}, 0),
    ({}, 30),
    ({"mouthSmile": 0.5}, -30),
)


def coefficients(actions: dict[str, float]) -> np.ndarray:
    values = np.zeros(len(ARKIT_INDEX), np.float32)
    for name, amount in actions.items():
        for whole in (name, name + "Left", name + "Right"):
            if whole in ARKIT_INDEX:
                values[ARKIT_INDEX[whole]] = amount
    return values


def row(renderer: HeadRenderer, first: np.ndarray) -> np.ndarray:
    """(TILE, n * TILE, 3): the picture and the poses."""
    tiles = [np.asarray(PIL.Image.fromarray(first).resize((TILE, TILE), PIL.Image.Resampling.LANCZOS))]
    for actions, yaw in POSES:
        tiles.append(renderer.frame(coefficients(actions), np.array([0, np.radians(yaw), 0]), np.zeros(3)))
    return np.concatenate(tiles, 1)


def sheet(path: Path) -> None:
    clay = HeadRenderer.of_clay(TILE)
    rows = [row(clay, clay.frame(coefficients({}), np.array([0, 0.25, 0]), np.zeros(3)))]
    for file in sorted(PORTRAITS.glob("*.jpg")):
        portrait = load_portrait(file)
        rows.append(row(HeadRenderer.of_portrait(portrait, TILE), portrait.pixels))
    PIL.Image.fromarray(np.concatenate(rows)).save(path, quality=86)


def timing(size: int = 512, repeats: int = 20) -> dict[str, Any]:
    """Milliseconds of processor time per frame, median, on one core."""
    renderer = HeadRenderer.of_portrait(load_portrait(PORTRAITS / "astronaut.jpg"), size)
    none = np.zeros(3)

    def spent(work: Callable[[], Any], times: int) -> float:
        work()
        seconds = []
        for _ in range(times):
            began = time.process_time()
            work()
            seconds.append(time.process_time() - began)
        return round(1000 * float(np.median(seconds)), 1)

    mesh = renderer.mesh(coefficients({"jawOpen": 0.3}), none, none)
    figures: dict[str, Any] = {"triangles": len(mesh.triangles), "size": size}
    figures["pose"] = spent(lambda: renderer.mesh(coefficients({"jawOpen": 0.3}), none, none), repeats)
    figures["place and light"] = spent(lambda: place(mesh, (size, size), CAMERA, renderer.light), repeats)
    for backend, times in (("numba", repeats), ("torch", 3), ("pytorch3d", 1)):
        if available(backend):
            figures[backend] = spent(
                lambda b=backend: render_mesh(mesh, (size, size), CAMERA, renderer.light, b), times
            )
    figures["whole frame"] = spent(lambda: renderer.frame(coefficients({"jawOpen": 0.3}), none, none), repeats)
    return figures


def read_back(size: int = 384) -> dict[str, dict[str, dict[str, float]]]:
    """21 actions driven from 0 to 1 on clay and on three portraits' heads, as the landmark detector sees them."""
    still, none = np.zeros(3, np.float32), coefficients({})
    found = {}
    for name in ("clay", "astronaut", "bearded_man", "princess"):
        portrait = load_portrait(PORTRAITS / f"{name if name != 'clay' else 'astronaut'}.jpg", size=size)
        renderer = HeadRenderer.of_clay(size) if name == "clay" else HeadRenderer.of_portrait(portrait, size)
        frame = renderer.frame(none, still, still)
        shown = replace(portrait, pixels=frame, landmarks=detect_faces(frame)[0])
        found[name] = closed_loop(shown, renderer)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--timing", action="store_true")
    parser.add_argument("--closed-loop", action="store_true")
    options = parser.parse_args()
    sheet(options.output)
    if options.closed_loop:
        print(json.dumps(read_back(), indent=2))  # noqa: T201 - what it is for
    if options.timing:
        print(json.dumps(timing(), indent=2))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
