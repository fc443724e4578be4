"""How good the picture is: contact sheets to look at, and what can be measured.

`python benchmarks/picture.py OUT [PICTURE ...]` draws every expression on every portrait (the shipped ones when none is
named) and writes OUT/NAME.jpg and OUT/picture.json: milliseconds of CPU per frame, PSNR of the unmoved portrait, and a
closed loop in which driven motion is read back from the rendered frames by the landmark detector.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from avatar_app.inputs.landmarks import refine
from avatar_app.inputs.portrait import Portrait, load_portrait
from avatar_app.motion.clip import ARKIT_INDEX
from avatar_app.motion.face_fit import fit_expression
from avatar_app.motion.face_rig import eye_opening, head_pose, lip_gaps, mouth_width
from avatar_app.render.portrait import PortraitRenderer

log = logging.getLogger("picture")
Image = npt.NDArray[np.uint8]

PORTRAITS = Path(__file__).resolve().parents[1] / "assets" / "portraits"
TILE, COLUMNS = 320, 6
STEPS = 9  # of each driven motion in the closed loop

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

# What is driven from 0 to 1, and which read-back value must follow.
LOOP = {
    "jawOpen": {"jawOpen": 0.8},
    "eyeBlink": {"eyeBlink*": 1.0},
    "mouthSmile": {"mouthSmile*": 1.0},
    "browInnerUp": {"browInnerUp": 1.0, "browOuterUp*": 1.0},
    "yaw": {"y": 20},
    "pitch": {"x": 15},
    "roll": {"z": 15},
}


def pose(recipe: dict[str, float], start: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], list[float]]:
    """(52,) coefficients from `start` and three radians."""
    values = start.copy()
    for name, amount in recipe.items():
        for side in ("Left", "Right") if "*" in name else ("",):
            index = ARKIT_INDEX.get(name.replace("*", side))
            if index is not None:
                values[index] = amount
    return values, [float(np.radians(recipe.get(axis, 0.0))) for axis in "xyz"]


def contact_sheet(portrait: Portrait, renderer: PortraitRenderer) -> Image:
    """The picture itself and every expression, labelled."""
    import cv2

    tiles = [("picture", portrait.pixels)]
    for name, recipe in EXPRESSIONS.items():
        turned = bool({"x", "y", "z"} & set(recipe))
        values, rotation = pose(recipe, portrait.resting if turned else np.zeros(52, np.float32))
        tiles.append((name, renderer.frame(values, np.array(rotation), np.zeros(3))))
    drawn = []
    for name, pixels in tiles:
        tile = cv2.resize(pixels, (TILE, TILE), interpolation=cv2.INTER_AREA)
        cv2.putText(tile, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(tile, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
        drawn.append(tile)
    while len(drawn) % COLUMNS:
        drawn.append(np.full_like(drawn[0], 255))
    return np.vstack([np.hstack(drawn[i : i + COLUMNS]) for i in range(0, len(drawn), COLUMNS)])


def closed_loop(portrait: Portrait, renderer: PortraitRenderer) -> dict[str, float]:
    """Correlation of what was driven with what the detector reads back from the frames, per motion."""
    found = {}
    still = np.zeros(3)
    calm = refine(renderer.frame(np.zeros(52, np.float32), still, still), portrait.landmarks)
    for name, recipe in LOOP.items():
        driven, seen = np.linspace(0, 1, STEPS), []
        for amount in driven:
            goal, rotation = pose(recipe, np.zeros(52, np.float32))
            frame = renderer.frame(goal * np.float32(amount), np.array(rotation) * amount, still)
            seen.append(read_back(name, refine(frame, portrait.landmarks), calm))
        found[name] = float(np.corrcoef(driven, seen)[0, 1]) if np.std(seen) > 1e-6 else 0.0
    return found


def read_back(name: str, landmarks: npt.NDArray[np.float32], calm: npt.NDArray[np.float32]) -> float:
    """The driven motion as the detector sees it: degrees, lip gap, closed lids, or a fitted coefficient."""
    if name in ("pitch", "yaw", "roll"):
        return head_pose(landmarks)[("pitch", "yaw", "roll").index(name)]
    if name == "jawOpen":
        return float(lip_gaps(landmarks).mean()) / mouth_width(landmarks)
    if name == "eyeBlink":
        return -sum(eye_opening(landmarks, side) for side in ("Left", "Right"))
    values = fit_expression(landmarks, calm)
    return float(np.mean([values[i] for key, i in ARKIT_INDEX.items() if key.startswith(name)]))


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


def measure(path: Path, out: Path) -> dict[str, object]:
    import cv2

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
        "closed_loop_r": {name: round(r, 3) for name, r in closed_loop(portrait, renderer).items()},
    }


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("pictures", type=Path, nargs="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = options.pictures or sorted(p for p in PORTRAITS.iterdir() if p.suffix in (".jpg", ".png"))
    results = {}
    for path in pictures:
        results[path.stem] = measure(path, options.out)
        log.info("%s %s", path.stem, results[path.stem])
    (options.out / "picture.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
