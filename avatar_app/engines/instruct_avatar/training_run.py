"""`avatar_app train instruct_avatar`: the speech encoder and the denoiser, together or one of them."""

from __future__ import annotations

from pathlib import Path

from avatar_app.engines.instruct_avatar import training
from avatar_app.training.run import TrainingRun

STAGES = ("encoder", "denoiser")


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of a checkpoint."""
    wish.check_stage(STAGES)
    config = training.TrainingConfig.scaled(wish.steps) if wish.steps else None
    model = training.train(
        wish.folder,
        wish.corpus,
        hours=wish.hours,
        build=wish.hours > 0,
        resume=wish.resume,
        part=wish.stage or "all",
        config=config,
    )
    return [model, wish.folder / "config.json"]
