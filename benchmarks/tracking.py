"""How well films of talking faces are read: known motion is drawn on portraits, filmed, tracked and compared.

`python benchmarks/tracking.py [PICTURE ...]` prints JSON: the correlation of every driven movement with what was read
back, per portrait (the shipped ones when none is named), and how many seconds reading took per second of film.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_tracking import track_video
from avatar_app.paths import ASSETS
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import FPS

PORTRAITS = ASSETS / "portraits"
SIZE = 512
# Every movement has a second of its own: which channels, how far (coefficients, radians).
DRIVEN: dict[str, tuple[tuple[str, ...], float]] = {
    "jaw": (("jawOpen",), 0.6),
    "smile": (("mouthSmileLeft", "mouthSmileRight"), 0.9),
    "pucker": (("mouthPucker",), 0.8),
    "blink": (("eyeBlinkLeft", "eyeBlinkRight"), 1.0),
    "brows up": (("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), 1.0),
    "brows down": (("browDownLeft", "browDownRight"), 1.0),
    "pitch": (("head_rotation_x",), 0.2),
    "yaw": (("head_rotation_y",), 0.25),
    "roll": (("head_rotation_z",), 0.2),
}


def known_motion() -> MotionClip:
    """Each of DRIVEN for 0.8 s in turn, with 0.2 s of rest between."""
    values = np.zeros((len(DRIVEN) * FPS, len(CHANNEL_NAMES)), np.float32)
    bump = np.zeros(FPS, np.float32)
    bump[2:22] = np.sin(np.linspace(0, np.pi, 20))
    for k, (channels, most) in enumerate(DRIVEN.values()):
        for name in channels:
            values[k * FPS : (k + 1) * FPS, CHANNEL_NAMES.index(name)] = most * bump
    return MotionClip.from_values(values)


def likeness(truth: MotionClip, found: MotionClip) -> dict[str, float]:
    """Correlation of every movement over the whole film, the mean of its channels."""
    return {
        movement: round(
            float(np.mean([np.corrcoef(truth.channel(name), found.channel(name))[0, 1] for name in channels])), 3
        )
        for movement, (channels, _) in DRIVEN.items()
    }


def measure(picture: Path, truth: MotionClip) -> dict[str, float]:
    """Draws, films and reads back one portrait."""
    renderer = PortraitRenderer(load_portrait(picture, size=SIZE))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        frames = renderer.frames(truth)
        write_video(frames, (SIZE, SIZE), film, None, frames_total=len(truth), metadata={"title": "tracking benchmark"})
        started = time.perf_counter()
        found = track_video(film)
        seconds = time.perf_counter() - started
    return likeness(truth, found) | {"seconds_per_second": round(seconds / truth.duration, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path)
    pictures = parser.parse_args().pictures or sorted(PORTRAITS.glob("*.jpg"))
    truth = known_motion()
    print(json.dumps({picture.stem: measure(picture, truth) for picture in pictures}, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
