"""Frames of finished videos, portraits by moments, to look at with one's own eyes.

    python benchmarks/contact_sheet.py docs/takes.jpg [--instruction TEXT] [--audio FILE] [--takes]

Rows are the example portraits and an oil painting made of one of them; with --takes they are takes of one portrait.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from avatar_app import Request, generate
from avatar_app.inputs.portrait.picture import read_picture
from avatar_app.paths import ASSETS
from avatar_app.render.video.writer import probe, snapshot

MOMENTS = 8
CELL = 256  # pixels


def oil_painting(path: Path) -> np.ndarray:
    """The picture as broad strokes of a brush, (H, W, 3) uint8 RGB."""
    picture = np.ascontiguousarray(read_picture(path)[..., ::-1])
    return np.ascontiguousarray(cv2.xphoto.oilPainting(picture, 3, 2)[..., ::-1])


def strip(video: Path) -> np.ndarray:
    """(CELL, MOMENTS * CELL, 3): frames at even distances."""
    seconds = probe(video)["video_seconds"]
    frames = [snapshot(video, seconds * (k + 0.5) / MOMENTS) for k in range(MOMENTS)]
    return np.concatenate(
        [np.asarray(Image.fromarray(f).resize((CELL, CELL), Image.Resampling.LANCZOS)) for f in frames], 1
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--audio", type=Path, default=ASSETS / "voices" / "reader_man.mp3")
    parser.add_argument("--instruction", default="")
    parser.add_argument("--portrait", type=Path, default=ASSETS / "portraits" / "astronaut.jpg")
    parser.add_argument("--takes", action="store_true", help="four takes of --portrait instead of many portraits")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    portraits: list[Path | np.ndarray] = [options.portrait]
    if not options.takes:
        portraits = [*sorted((ASSETS / "portraits").glob("*.jpg")), oil_painting(options.portrait)]
    rows = []
    for portrait in portraits:
        with tempfile.TemporaryDirectory() as folder:
            request = Request(
                audio=options.audio,
                portrait=portrait,
                instruction=options.instruction,
                samples=4 if options.takes else 1,
                seed=options.seed,
                output=Path(folder) / "out",
            )
            videos = {sample.index: sample.video for sample in generate(request)}
            rows += [strip(video) for _, video in sorted(videos.items()) if video is not None]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(options.output, quality=88)
    print(options.output)  # noqa: T201


if __name__ == "__main__":
    main()
