"""Whether a change of the code left the motion as it was: a few requests, made with two checkouts and compared.

    python benchmarks/same_motion.py before.npz             # in the checkout before the change
    python benchmarks/same_motion.py after.npz --against before.npz

Every request is for one sample: older checkouts batched several, whose rows may round differently. Nothing is drawn.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app import Request, generate

ASSETS = Path(__file__).resolve().parent.parent / "assets"
VOICES = {name: str(ASSETS / "voices" / f"{name}.mp3") for name in ("reader_woman", "reader_man")}
FACE = str(ASSETS / "portraits" / "astronaut.jpg")
REQUESTS: dict[str, dict[str, Any]] = {
    "voice": {"audio": VOICES["reader_woman"], "audio_to": 6.0},
    "words": {"audio": VOICES["reader_man"], "audio_to": 6.0, "instruction": "happy, nods gently, then looks left"},
    "forbidden": {"audio": VOICES["reader_man"], "audio_to": 4.0, "instruction": "do not smile, angry"},
    "windows": {"duration": 22.0, "instruction": "0-2s: smile; 18-20s: look left"},
    "silent": {"duration": 4.0, "instruction": "surprised, raises the eyebrows"},
    "portrait": {"audio": VOICES["reader_woman"], "audio_to": 4.0, "portrait": FACE, "motion_strength": 0.5},
    "style": {"audio": VOICES["reader_woman"], "audio_to": 10.0, "style": "lively", "engine": "diffposetalk"},
    "style and words": {
        "audio": VOICES["reader_man"],
        "audio_to": 6.0,
        "style": "calm",
        "engine": "diffposetalk",
        "instruction": "sad, looks down",
    },
}


def main() -> None:
    """Writes (T, 58) of every request; prints the largest difference to another file's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--against", type=Path, help="what another checkout wrote")
    options = parser.parse_args()
    made = {name: _values(fields) for name, fields in REQUESTS.items()}
    np.savez_compressed(options.output, **made)
    if options.against is None:
        return
    with np.load(options.against, allow_pickle=False) as before:
        for name, values in made.items():
            same = before[name].shape == values.shape
            furthest = float(np.abs(before[name] - values).max()) if same else float("nan")
            sys.stdout.write(f"{name:16} {len(values):4} frames, largest difference {furthest:.2g}\n")


def _values(fields: dict[str, Any]) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        request = Request(samples=1, seed=7, motion_only=True, output=Path(folder) / "takes", **fields)
        motion = next(iter(generate(request))).motion
        assert motion is not None
        return motion.values()


if __name__ == "__main__":
    main()
