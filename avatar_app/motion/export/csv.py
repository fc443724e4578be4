"""Motion as a table: one row per frame."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS

MARK = "ai_generated"


def save_csv(clip: MotionClip, path: str | Path) -> None:
    """One row per frame: frame, seconds, then 58 channels by name (coefficients, radians, head widths),
    and a 1 in the column that marks the table as AI-generated.

    Raises InputError when it cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["frame", "seconds", *CHANNEL_NAMES, MARK])
    for frame, row in enumerate(clip.values()):
        table.writerow([frame, f"{frame / FPS:.3f}", *(f"{value:.6g}" for value in row), 1])
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
