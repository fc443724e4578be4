"""Where the repository keeps what is no code."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
BENCHMARKS = ROOT / "benchmarks"
CHECKPOINTS = ROOT / "checkpoints"  # unless $AVATAR_CHECKPOINTS names another: see weights.checkpoints_folder
