"""How many frames a second the portrait is drawn with: on the CPU, one by one, and in batches on a device.

`python benchmarks/device_portrait.py [--device cuda] [--portrait PICTURE] [--size 512] [--batch N] [--seconds 10]`
draws a talking, nodding, blinking portrait both ways and prints JSON: frames per second, without encoding, until the
pixels are in the computer's memory; the lowest PSNR between the two; and what both were drawn with.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from avatar_app.devices import pick_device
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.paths import ASSETS
from avatar_app.render.portrait.pose import breathing
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait_gpu.clip import DeviceClipRenderer
from avatar_app.request import FPS
from avatar_app.types import Image

log = logging.getLogger("device_portrait")

ASTRONAUT = ASSETS / "portraits" / "astronaut.jpg"


def talking(frames: int, resting: npt.NDArray[np.float32]) -> MotionClip:
    """A clip that needs every layer but the tongue."""
    clip, time_ = MotionClip.still(frames), np.arange(frames) / FPS
    clip.expression[:] = resting
    clip.expression[:, ARKIT_INDEX["jawOpen"]] += 0.4 * np.abs(np.sin(9 * time_))
    for side in ("Left", "Right"):
        clip.expression[:, ARKIT_INDEX["eyeBlink" + side]] += (time_ % 2.5 < 0.16).astype(np.float32)
        clip.expression[:, ARKIT_INDEX["mouthSmile" + side]] += 0.3 * np.sin(time_) ** 2
    clip.head_rotation[:] = np.stack([0.06 * np.sin(2 * time_), 0.15 * np.sin(time_), 0.04 * np.sin(1.3 * time_)], 1)
    np.clip(clip.expression, 0, 1, out=clip.expression)
    return clip


def per_second(frames: Iterator[Image]) -> float:
    began, count = time.perf_counter(), sum(1 for _ in frames)
    return round(count / (time.perf_counter() - began), 1)


def psnr(a: Image, b: Image) -> float:
    return float(10 * np.log10(255**2 / max(float(((a.astype(np.float64) - b) ** 2).mean()), 1e-5)))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    device = pick_device(options.device)
    portrait = load_portrait(options.portrait, size=options.size)
    renderer = PortraitRenderer(portrait)
    film = DeviceClipRenderer(renderer, device, options.batch)
    clip = talking(round(options.seconds * FPS), portrait.resting)
    breath = breathing(clip)
    # The first frames also compile and choose what later ones use: here they are compared and not counted.
    pairs = zip(film.frames(clip, breath), renderer.frames(clip), strict=False)
    alike = min((psnr(a, b) for a, b in pairs), default=0.0)
    result = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "size": len(portrait.pixels),
        "batch": film.batch,
        "frames": len(clip),
        "device_fps": per_second(film.frames(clip, breath)),
        "cpu_fps": per_second(renderer.frames(clip)),
        "lowest_psnr": round(alike, 1),
        "failed": film.failed,
    }
    if device.type == "cuda":
        result["device_gigabytes"] = round(torch.cuda.max_memory_allocated(device) / 1e9, 2)
    return result


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", help="as torch names it; the app's choice when absent")
    parser.add_argument("--portrait", type=Path, default=ASTRONAUT)
    parser.add_argument("--size", type=int, default=512, help="pixels")
    parser.add_argument("--batch", type=int, help="frames drawn together; the app's choice when absent")
    parser.add_argument("--seconds", type=float, default=10.0, help="of the clip")
    log.info("%s", json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
