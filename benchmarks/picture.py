"""How good the picture is: contact sheets to look at, and what can be measured.

`python benchmarks/picture.py OUT [PICTURE ...]` draws every expression on every portrait (fifteen made by portraits.py
when none is named) and writes OUT/NAME.jpg and OUT/picture.json: milliseconds of CPU per frame, PSNR of the unmoved
portrait, what shows in its open mouth, a closed loop in which driven motion is read back from the rendered frames by
the landmark detector, how constant the face's texture stays while it moves, and the flicker of a command that does not
change.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from closed_loop import closed_loop, coefficients
from mouth_interior import interior
from portraits import make

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.landmark_indices import RIGID_LANDMARKS
from avatar_app.face.landmarks import refine
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.types import Image

log = logging.getLogger("picture")

TILE, COLUMNS = 320, 6

# Name -> coefficients ("*" is both sides), or degrees of head rotation under "x", "y", "z".
EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "ah (jawOpen)": {"jawOpen": 0.6},
    "m": {"jawOpen": 0.1, "mouthClose": 0.1, "mouthPress*": 0.5, "mouthRollLower": 0.25, "mouthRollUpper": 0.25},
    "oo": {"mouthPucker": 0.8, "mouthFunnel": 0.3, "jawOpen": 0.12},
    "ee": {"mouthStretch*": 0.5, "mouthSmile*": 0.2, "jawOpen": 0.12, "mouthLowerDown*": 0.5, "mouthUpperUp*": 0.3},
    "smile": {"mouthSmile*": 0.9, "cheekSquint*": 0.6, "eyeSquint*": 0.2},
    "frown": {"mouthFrown*": 1.0, "browDown*": 0.8, "mouthShrugLower": 0.4},
    "brows up": {"browInnerUp": 1.0, "browOuterUp*": 1.0, "eyeWide*": 0.4},
    "blink": {"eyeBlink*": 1.0},
    "wink left": {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.3},
    "gaze left": {"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8},
    "gaze up": {"eyeLookUp*": 0.8},
    "gaze down": {"eyeLookDown*": 0.8},
    "squint": {"eyeSquint*": 1.0, "cheekSquint*": 0.5},
    "cheeks puffed": {"cheekPuff": 1.0},
    "jaw left": {"jawLeft": 1.0, "jawOpen": 0.2},
    "nose sneer": {"noseSneer*": 0.9, "mouthUpperUp*": 0.4},
    "yaw +18": {"y": 18},
    "yaw -18": {"y": -18},
    "pitch +14": {"x": 14},
    "pitch -14": {"x": -14},
    "roll +14": {"z": 14},
    "roll -14": {"z": -14},
}


def contact_sheet(portrait: Portrait, renderer: PortraitRenderer) -> Image:
    """The picture itself and every expression, labelled."""
    tiles = [("picture", portrait.pixels)]
    for name, recipe in EXPRESSIONS.items():
        turned = bool({"x", "y", "z"} & set(recipe))
        values, rotation = coefficients(recipe, portrait.resting if turned else np.zeros(52, np.float32))
        tiles.append((name, renderer.frame(values, rotation, np.zeros(3))))
    drawn = []
    for name, pixels in tiles:
        tile = cv2.resize(pixels, (TILE, TILE), interpolation=cv2.INTER_AREA)
        cv2.putText(tile, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(tile, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
        drawn.append(tile)
    while len(drawn) % COLUMNS:
        drawn.append(np.full_like(drawn[0], 255))
    return np.vstack([np.hstack(drawn[i : i + COLUMNS]) for i in range(0, len(drawn), COLUMNS)])


def psnr(a: Image, b: Image) -> float:
    """Decibels; 99 for equal pictures."""
    error = float(((a.astype(np.float64) - b) ** 2).mean())
    return 99.0 if error < 1e-5 else 10 * np.log10(255**2 / error)


def milliseconds(portrait: Portrait, renderer: PortraitRenderer, frames: int = 40) -> float:
    """CPU milliseconds per frame of a talking, nodding portrait, one thread."""
    rest = np.zeros(3)
    renderer.frame(portrait.resting, rest, rest)  # numba compiles on the first frame
    start = time.process_time()
    for k in range(frames):
        values = portrait.resting.copy()
        values[ARKIT_INDEX["jawOpen"]] = 0.4 * abs(np.sin(k))
        renderer.frame(values, np.array([0.05 * np.sin(k / 3), 0.1 * np.sin(k / 5), 0]), rest)
    return (time.process_time() - start) / frames * 1000


def identity(portrait: Portrait, renderer: PortraitRenderer) -> float:
    """Worst correlation of the upper face's texture, brought back to its resting place, over 30 random poses."""
    rng, rest = np.random.default_rng(0), renderer.landmarks[:468, :2].astype(np.float32)
    rigid = list(RIGID_LANDMARKS[:14])
    low, high = rest.min(0).astype(int).clip(0), rest[:, :].max(0).astype(int)
    nose = int(renderer.landmarks[1, 1])
    grey = cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY)
    worst = 1.0
    for _ in range(30):
        values = portrait.resting.copy()
        values[ARKIT_INDEX["jawOpen"]] += rng.uniform(0, 0.5)
        turn = np.radians(rng.normal(0, (3, 4, 3))).astype(np.float32)
        frame = renderer.frame(values.clip(0, 1), turn, np.zeros(3, np.float32))
        moved = refine(frame, portrait.landmarks)[rigid, :2].astype(np.float32)
        back, _ = cv2.estimateAffine2D(moved, rest[rigid])
        placed = cv2.warpAffine(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), back, grey.shape[::-1])
        cut = slice(low[1], nose), slice(low[0], high[0])
        worst = min(worst, float(np.corrcoef(placed[cut].ravel(), grey[cut].ravel())[0, 1]))
    return worst


def flicker(portrait: Portrait, renderer: PortraitRenderer) -> int:
    """Largest difference between frames of one command, before and after others: 0 when frames hold no memory."""
    values = np.random.default_rng(1).uniform(0, 0.5, 52).astype(np.float32)
    turn, still = np.radians([4.0, 9.0, -3.0]).astype(np.float32), np.zeros(3, np.float32)
    first = renderer.frame(values, turn, still).astype(int)
    renderer.frame(portrait.resting, -turn, still)
    return int(np.abs(renderer.frame(values, turn, still) - first).max())


def measure(path: Path, out: Path) -> dict[str, Any]:
    start = time.perf_counter()
    portrait = load_portrait(path)
    loaded = time.perf_counter()
    renderer = PortraitRenderer(portrait)
    ready = time.perf_counter()
    sheet = contact_sheet(portrait, renderer)
    cv2.imwrite(str(out / f"{path.stem}.jpg"), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    still = renderer.frame(portrait.resting, np.zeros(3), np.zeros(3))
    return {
        "load_seconds": round(loaded - start, 2),
        "prepare_seconds": round(ready - loaded, 2),
        "ms_per_frame": round(milliseconds(portrait, renderer), 1),
        "psnr_still": round(psnr(still, portrait.pixels), 1),
        "identity": round(identity(portrait, renderer), 3),
        "flicker": flicker(portrait, renderer),
        "mouth": interior(portrait, renderer),
        "closed_loop": closed_loop(portrait, renderer),
    }


def summary(results: dict[str, dict[str, Any]]) -> str:
    """Markdown tables: per action the median and the lowest correlation and the largest spill; what mouths show."""
    lines = ["| action | r, median | r, lowest | largest spill, % of the face's width |", "|---|---|---|---|"]
    loops = {name: result["closed_loop"] for name, result in results.items()}
    for action in next(iter(loops.values())):
        found = sorted((loop[action]["r"], name) for name, loop in loops.items())
        spill = max((loop[action].get("spill", 0.0), name) for name, loop in loops.items())
        middle = float(np.median([r for r, _ in found]))
        moved = f"{100 * spill[0]:.1f} ({spill[1]})" if spill[0] else "-"
        lines.append(f"| {action} | {middle:.3f} | {found[0][0]:.3f} ({found[0][1]}) | {moved} |")
    lines += ["", "| mouth | median | lowest | highest |", "|---|---|---|---|"]
    for row in next(iter(results.values()))["mouth"]:
        values = sorted((result["mouth"][row], name) for name, result in results.items())
        middle = float(np.median([value for value, _ in values]))
        lines.append(f"| {row} | {middle:.2f} | {values[0][0]} ({values[0][1]}) | {values[-1][0]} ({values[-1][1]}) |")
    return "\n".join(lines)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", type=Path, nargs="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = options.pictures or make(options.out / "portraits")
    results: dict[str, dict[str, Any]] = {}
    for path in pictures:
        results[path.stem] = measure(path, options.out)
        log.info("%s %s", path.stem, results[path.stem])
        (options.out / "picture.json").write_text(json.dumps(results, indent=1))
    log.info("%s", summary(results))


if __name__ == "__main__":
    main()
