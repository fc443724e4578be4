"""Where the CPU time of drawing a portrait's frame goes, part by part, in one thread.

    OMP_NUM_THREADS=1 python benchmarks/frame_cost.py --frames 120

A talking, nodding, blinking portrait (skimage's astronaut) of 512 × 512 pixels. Printed: milliseconds of CPU a frame,
the tenth percentile, which says most on a busy machine, and the median; parts lie within one another as indented.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from typing import Any

import cv2
import numpy as np
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.portrait import renderer as drawing
from avatar_app.render.portrait.deformation_mesh import DeformationMesh
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.types import Array

PARTS = (  # owner, name, what it is
    (PortraitRenderer, "frame", "frame"),
    (PortraitRenderer, "landmark_motion", "  actions and lips"),
    (DeformationMesh, "move", "  vertices"),
    (PortraitRenderer, "_paint", "  picture"),
    (drawing, "rasterize", "    source of each pixel"),
    (drawing, "show_person", "    fetched, shaded, laid over"),
    (PortraitRenderer, "_draw_eyes", "  lids and eyes"),
    (PortraitRenderer, "_draw_mouth", "  mouth"),
)


def timed(owner: Any, name: str, taken: list[float]) -> None:
    """Makes a function note the seconds of CPU that each of its calls takes."""
    function = getattr(owner, name)

    def noting(*arguments: Any, **options: Any) -> Any:
        start = time.thread_time()
        result = function(*arguments, **options)
        taken.append(time.thread_time() - start)
        return result

    setattr(owner, name, noting)


def talk(t: int, resting: Array) -> tuple[Array, Array, Array]:
    """(52,) coefficients, (3,) head rotation and (3,) translation of a frame."""
    expression = resting.copy()
    for name, amount in (
        ("jawOpen", 0.25 + 0.25 * np.sin(0.9 * t)),
        ("mouthSmileLeft", 0.3 + 0.3 * np.sin(0.1 * t)),
        ("browInnerUp", 0.4 + 0.4 * np.sin(0.15 * t)),
        ("eyeBlinkLeft", float(t % 50 < 5)),
        ("eyeBlinkRight", float(t % 50 < 5)),
        ("eyeLookOutLeft", 0.2 + 0.2 * np.sin(0.2 * t)),
    ):
        expression[ARKIT_INDEX[name]] = amount
    turn = 0.12 * np.sin([0.3 * t, 0.13 * t, 0.07 * t])
    return expression, turn.astype(np.float32), np.zeros(3, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--size", type=int, default=512)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    renderer = PortraitRenderer(load_portrait(astronaut(), size=options.size))
    for t in range(5):  # machine code is loaded
        renderer.frame(*talk(t, renderer.resting), breath=0.3)
    taken: dict[str, list[float]] = defaultdict(list)
    for owner, name, told in PARTS:
        timed(owner, name, taken[told])
    for t in range(options.frames):
        renderer.frame(*talk(t, renderer.resting), breath=0.3)
    for _, _, told in PARTS:
        low, middle = 1000 * np.percentile(taken[told], [10, 50])
        sys.stdout.write(f"{told:34}{low:7.2f}{middle:7.2f} ms\n")


if __name__ == "__main__":
    main()
