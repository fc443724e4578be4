"""What the embedded Language-Guided model makes of its 28 published prompts, on several faces, to be looked at.

`python benchmarks/prompts_sheet.py OUT.jpg PORTRAIT...` draws each portrait at rest and at the height of every prompt.
Three minutes a portrait on one core, most of them for learning it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from avatar_app.engines.language_guided.embedded import load_embedded
from avatar_app.engines.language_guided.embedded_engine import EmbeddedLanguageGuided
from avatar_app.engines.language_guided.evaluation import acted, conditions_of
from avatar_app.engines.language_guided.paths import NAME
from avatar_app.engines.language_guided.prompts import PROMPTS, as_learned
from avatar_app.engines.language_guided.taught_sentences import Lesson
from avatar_app.types import Image
from avatar_app.weights import checkpoints_folder

ACROSS, CAPTION = 10, 18  # pictures of a row; pixels


def labelled(picture: Image, text: str) -> Image:
    """A picture over its caption."""
    strip = np.full((CAPTION, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (3, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (20, 20, 20), 1, cv2.LINE_AA)
    return np.vstack([picture, strip])


def block(engine: EmbeddedLanguageGuided, path: Path) -> Image:
    """All prompts on one face."""
    ready, shown = conditions_of(engine, path), list[Image]()
    for word in PROMPTS:
        frames, _ = acted(engine, ready, Lesson(as_learned(word), {"smile": 1.0}))
        if not shown:
            shown.append(labelled(frames[0], "at rest"))
        moved = np.abs(frames.astype(np.float32) - frames[0]).mean(axis=(1, 2, 3))
        shown.append(labelled(frames[int(moved.argmax())], word))
    shown += [np.full_like(shown[0], 255)] * (-len(shown) % ACROSS)
    return np.vstack([np.hstack(shown[k : k + ACROSS]) for k in range(0, len(shown), ACROSS)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("portraits", type=Path, nargs="+")
    arguments = parser.parse_args()
    engine = EmbeddedLanguageGuided(load_embedded(checkpoints_folder() / NAME))
    sheet = np.vstack([block(engine, path) for path in arguments.portraits])
    cv2.imwrite(str(arguments.out), np.ascontiguousarray(sheet[..., ::-1]))


if __name__ == "__main__":
    main()
