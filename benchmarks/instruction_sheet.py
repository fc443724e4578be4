"""Instructions and what they look like, to judge with one's own eyes: first, middle and last frame of a take of each.

python benchmarks/instruction_sheet.py docs/words.jpg
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from avatar_app import Request, generate
from avatar_app.paths import ASSETS
from avatar_app.render.video.writer import snapshot

CELL, WORDS, SECONDS = 160, 44, 4.0  # pixels of a frame, and of the words below a row
# Instruction, and the moments at which to look: seconds of 4.
ROWS: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("be very happy", (0.3, 2.0, 3.8)),
    ("the tiniest hint of a smile", (0.3, 2.0, 3.8)),
    ("first half sad, second half happy", (0.3, 1.6, 3.6)),
    ("start neutral, get angry, end up laughing", (0.3, 2.0, 3.6)),
    ("surprised, minus the open mouth", (0.3, 2.0, 3.8)),
    ("disgusted", (0.3, 2.0, 3.8)),
    ("quickly glance right at 2 s", (0.5, 2.4, 3.6)),
    ("at 1 s smile for 2 s", (0.3, 2.0, 3.9)),
    ("look far to the left", (0.3, 2.0, 3.8)),
    ("tilt your head to the right, raise the left eyebrow", (0.3, 2.0, 3.8)),
    ("wink with the left eye once at 2 s", (0.5, 2.45, 3.6)),
    ("one slow nod", (0.2, 0.75, 3.0)),
    ("keep your head still and your eyes wide open", (0.3, 2.0, 3.8)),
    ("close your eyes, blissful smile, chin up", (0.3, 2.0, 3.8)),
    ("puff your cheeks, then stick your tongue out", (0.3, 1.5, 3.5)),
    ("yawn", (0.3, 1.7, 3.8)),
    ("laugh", (0.3, 1.2, 3.0)),
    ("sigh", (0.3, 1.4, 3.0)),
    ("chew gum", (0.3, 2.0, 3.8)),
    ("whisper", (0.5, 2.0, 3.5)),
    ("shout", (0.5, 2.0, 3.5)),
    ("levanta las cejas y sonríe un poco", (0.3, 2.0, 3.8)),
    ("erst traurig, dann überrascht", (0.3, 1.5, 3.5)),
    ("(looks down) Well, I suppose so. (smirks)", (0.3, 1.0, 3.6)),
)
FACES = ("astronaut.jpg", "bearded_man.jpg", "woman_with_glasses.jpg", "youngster.jpg")
COLUMNS = 4


def main() -> None:
    """Writes the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    cells = [cell(text, moments, FACES[k % len(FACES)], options.seed) for k, (text, moments) in enumerate(ROWS)]
    lines = [np.concatenate(cells[i : i + COLUMNS], axis=1) for i in range(0, len(cells), COLUMNS)]
    Image.fromarray(np.concatenate(lines, axis=0)).save(options.output, quality=88)


def cell(text: str, moments: tuple[float, float, float], face: str, seed: int) -> np.ndarray:
    """(CELL + WORDS, 3 CELL, 3) uint8: three frames above the words."""
    spoken = ASSETS / "voices" / "reader_woman.mp3" if text in ("whisper", "shout") else None
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            audio=spoken,
            audio_to=SECONDS if spoken else None,
            duration=None if spoken else SECONDS,
            portrait=ASSETS / "portraits" / face,
            instruction=text,
            samples=1,
            seed=seed,
            size=256,
            framing="face",
            output=Path(folder),
        )
        (sample,) = generate(request)
        assert sample.video is not None
        frames = [snapshot(sample.video, moment) for moment in moments]
    small = [np.asarray(Image.fromarray(f).resize((CELL, CELL), Image.Resampling.LANCZOS)) for f in frames]
    label = Image.new("RGB", (3 * CELL, WORDS), "white")
    words = "\n".join(textwrap.wrap(text, 62))
    font = ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", 13)
    ImageDraw.Draw(label).multiline_text((6, 4), words, fill="black", font=font)
    return np.concatenate([np.concatenate(small, axis=1), np.asarray(label)], axis=0)


if __name__ == "__main__":
    main()
