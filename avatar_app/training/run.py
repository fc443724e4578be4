"""What somebody asks of a training run; every engine's training_run.py takes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_app.request import InputError


@dataclass(frozen=True)
class TrainingRun:
    """folder: where checkpoint and state go. corpus: folder of the training data; hours: of speech to make first, or 0.

    stage: one of the engine's stages, None for all of them in turn. steps: of the last stage; None: the recipe's.
    resume: go on from the state in `folder`. data: a data set of one's own, where the engine takes one. start: a
    checkpoint folder whose weights a new run begins from, where the engine can. generator, prompts: a network that
    draws and a list of sentences, where the engine takes them.
    """

    folder: Path
    corpus: Path
    hours: float = 0.0
    stage: str | None = None
    steps: int | None = None
    resume: bool = True
    data: Path | None = None
    start: Path | None = None
    generator: Path | None = None
    prompts: Path | None = None

    def check_stage(self, stages: tuple[str, ...]) -> None:
        """Raises InputError for a stage that the engine does not have."""
        if self.stage is not None and self.stage not in stages:
            raise InputError(f"There is no stage {self.stage!r}; choose one of: {', '.join(stages)}.")
