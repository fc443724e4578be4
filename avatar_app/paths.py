"""Where the repository keeps what is no code, and where the app keeps what it learns and makes on a machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
BENCHMARKS = ROOT / "benchmarks"
CHECKPOINTS = ROOT / "checkpoints"  # unless $AVATAR_CHECKPOINTS names another: see weights.checkpoints_folder
DATA = "AVATAR_DATA"  # environment variable: the folder that `data_folder` names


def data_folder() -> Path:
    """What outlives runs on this machine; not made yet. $AVATAR_DATA, or the user's place for such data."""
    if chosen := os.environ.get(DATA):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "avatar_app"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "avatar_app"
