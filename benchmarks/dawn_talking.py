"""How well portraits that training never saw talk with the embedded DAWN, beside the default engine.

`python benchmarks/dawn_talking.py FOLDER [--audio VOICE] [--seconds 8] [--sheet FILE.png]`: FOLDER holds portraits.
JSON per portrait and in the mean. Lips of both engines are read back from their frames by the landmark detector: `gap`
is the correlation of how far lips are apart, `closures` the share of the default engine's closures in which DAWN's lips
close, too; `readable` is the same correlation for the default engine's own frames, made as small as DAWN's: where that
is below READABLE, as on drawings and under some beards, lips cannot be read, and neither counts in the mean. `psnr` and
`ssim` are those of the face at rest with denoised flow, `flicker` the mean change from frame to frame in grey levels
while nothing is asked for, `rtf` the seconds of one take per second of sound, loading left out.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from dawn_lfg import FACE, psnr, ssim

from avatar_app import Request, generate
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.face.arkit_rig import lip_gaps
from avatar_app.face.landmarks import detect_faces, refine
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import ASSETS
from avatar_app.speech.recording import load_speech
from avatar_app.types import Array, Image

log = logging.getLogger("dawn_talking")
ENDINGS = {".png", ".jpg", ".jpeg"}
SHUT, OPEN = 0.15, 0.5  # of the range of a take's lip gap: closed is below the first, between times above the second
NEAR = 1  # frames by which a closure may be early or late
ENLARGED = 4  # times, for the detector
READABLE = 0.9
SHOWN = 8  # frames of a row
SIZE = 384  # pixels of the default engine's frames


def frames_of(film: Path) -> list[Image]:
    """Every frame, RGB."""
    reader, frames = cv2.VideoCapture(str(film)), []
    while True:
        there, frame = reader.read()
        if not there:
            return frames
        frames.append(np.ascontiguousarray(frame[..., ::-1]))


def gaps_of(frames: list[Image], enlarged: int = 1) -> Array:
    """(F,) how far lips are apart, in widths of the face."""
    marks, found = None, []
    for frame in frames:
        large = np.asarray(cv2.resize(frame, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC), np.uint8)
        marks = detect_faces(large)[0] if marks is None else refine(large, marks)
        found.append(float(lip_gaps(marks).mean()) / float(np.linalg.norm(marks[454, :2] - marks[234, :2])))
    return np.asarray(found, np.float32)


def closures_kept(truth: Array, seen: Array) -> tuple[int, int]:
    """How many closures of one series of gaps the other one has, and how many there are."""
    ranges = [np.percentile(one, [2, 95]) for one in (truth, seen)]
    scaled = [(one - low) / max(high - low, 1e-6) for one, (low, high) in zip((truth, seen), ranges, strict=True)]
    shut, kept, total, armed = scaled[0] < SHUT, 0, 0, False
    for frame in range(len(truth)):
        armed = armed or scaled[0][frame] > OPEN
        if armed and shut[frame]:
            near = scaled[1][max(0, frame - NEAR) : frame + NEAR + 2]
            kept, total, armed = kept + bool(near.min() < SHUT), total + 1, False
    return kept, total


def talk(portrait: Path, audio: Any, folder: Path, **more: Any) -> list[Image]:
    """Frames of one take."""
    asked: dict[str, Any] = {"audio": audio, "portrait": portrait, "seed": 5, "samples": 1, "size": SIZE, "force": True}
    (sample,) = generate(Request(**(asked | more), output=folder / "out"))
    assert sample.video is not None
    return frames_of(sample.video)


def reduced(frames: list[Image], portrait: Path, side: int) -> list[Image]:
    """The square that DAWN shows (side, side, 3) of the default engine's frames."""
    left, top, wide = initial_state(load_portrait(portrait, size=SIZE), side).square
    parts = (np.ascontiguousarray(frame[max(0, top) : top + wide, max(0, left) : left + wide]) for frame in frames)
    return [np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.uint8) for part in parts]


def measure(portrait: Path, voice: tuple[int, Array], folder: Path) -> tuple[dict[str, float], Image]:
    """Figures of one portrait, and a row of frames."""
    dawn: dict[str, Any] = {"engine": "dawn", "weights": "embedded"}
    started = time.perf_counter()
    talking = talk(portrait, voice, folder, **dawn, options={"show": "square"})
    seconds = time.perf_counter() - started
    usual = talk(portrait, voice, folder)
    still = {"show": "square", "variety": 0.0}
    silence = voice[0], np.zeros(2 * voice[0], np.float32)
    quiet = talk(portrait, silence, folder, **dawn, options=still, motion_strength=0.0)
    seen, truth = gaps_of(talking, ENLARGED), gaps_of(usual)
    count = min(len(seen), len(truth))
    kept, total = closures_kept(truth[:count], seen[:count])
    crop = initial_state(load_portrait(portrait), len(quiet[0])).crop
    moves = np.abs(np.diff(np.stack(quiet).astype(np.float32), axis=0))
    small = gaps_of(reduced(usual, portrait, len(quiet[0])), ENLARGED)
    figures = {
        "readable": float(np.corrcoef(small, truth)[0, 1]),
        "gap": float(np.corrcoef(seen[:count], truth[:count])[0, 1]),
        "closures": kept / max(total, 1),
        "psnr": float(np.mean([psnr(frame[FACE], crop[FACE]) for frame in quiet])),
        "ssim": float(np.mean([ssim(frame[FACE], crop[FACE]) for frame in quiet])),
        "flicker": float(moves.mean()),
        "rtf": seconds / (len(voice[1]) / voice[0]),
    }
    which = np.linspace(0, len(talking) - 1, SHOWN).astype(int)
    return figures, np.hstack([crop, *(talking[i] for i in which)])


def means(found: list[dict[str, float]]) -> dict[str, float]:
    """Of each figure; those of lips only over portraits on which they can be read."""
    read = [one for one in found if one["readable"] >= READABLE]
    rows = {name: read if name in ("gap", "closures") else found for name in found[0]}
    return {"read": len(read), **{name: float(np.mean([one[name] for one in of])) for name, of in rows.items()}}


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--audio", type=Path, default=ASSETS / "voices" / "reader_woman.mp3")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    speech = load_speech(arguments.audio)
    voice = 16_000, speech.samples[: round(16_000 * arguments.seconds)]
    found, rows = {}, []
    pictures = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in ENDINGS)
    for path in pictures[: arguments.count]:
        with tempfile.TemporaryDirectory() as folder:
            found[path.stem], row = measure(path, voice, Path(folder))
        rows.append(row)
        log.info("%s %s", path.stem, json.dumps({name: round(value, 3) for name, value in found[path.stem].items()}))
    log.info("%s", json.dumps(means(list(found.values()))))
    if arguments.sheet:
        cv2.imwrite(str(arguments.sheet), np.vstack(rows)[..., ::-1])


if __name__ == "__main__":
    main()
