"""The training loop: optimiser, moving average of weights, logged curves, checkpoints that any kill leaves usable.

Started by `accelerate launch`, several processes train one model: each on its own batches, the first writes.
"""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import DistributedDataParallelKwargs
from torch import Tensor, nn

from avatar_app.devices import autocast_dtype, pick_device

log = logging.getLogger(__name__)
Batch = dict[str, Tensor]
REPORT_EVERY = 50
PATIENCE = timedelta(days=2)  # for which processes wait for the first, which makes the data


def processes() -> PartialState:
    """The processes that train together; just this one, unless `accelerate launch` started several."""
    return PartialState(cpu=pick_device().type == "cpu", timeout=PATIENCE)


@dataclass(frozen=True)
class LoopConfig:
    """The learning rate warms up for `warm_up` steps, then falls as a cosine to 2 % at `steps`.

    freezes: some weights stop learning on the way, which processes that train together have to know.
    """

    steps: int
    learning_rate: float
    warm_up: int = 150
    weight_decay: float = 0.01
    ema: float = 0.998
    save_every: int = 200
    freezes: bool = False

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        progress = min(1.0, step / self.steps)
        return self.learning_rate * min(1.0, (step + 1) / self.warm_up) * (0.51 + 0.49 * math.cos(math.pi * progress))


class Loop:
    """Trains `model`, its state in `folder`/NAME.pt; `averaged` of the same shape holds the average of its weights."""

    def __init__(self, name: str, model: nn.Module, averaged: nn.Module, config: LoopConfig, folder: Path) -> None:
        self.name, self.model, self.averaged, self.config, self.folder = name, model, averaged, config, folder
        device = pick_device()
        half = autocast_dtype(device) is not None
        self.accelerator = Accelerator(
            mixed_precision="bf16" if half else "no",
            cpu=device.type == "cpu",
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=config.freezes)],
        )
        averaged.load_state_dict(model.state_dict())
        averaged.to(self.accelerator.device)
        learned = [p for p in model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learned if p.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), fused=True)
        self.net, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.step, self.seconds = 0, 0.0

    @property
    def state_path(self) -> Path:
        """Where the run's state lies."""
        return self.folder / f"{self.name}.pt"

    @cached_property
    def board(self) -> Any:
        """A writer for `tensorboard --logdir`, or None where that package is not installed."""
        if find_spec("tensorboard") is None:
            return None
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(self.folder / "tensorboard" / self.name))

    def load(self) -> None:
        """Goes on from the saved state when there is one."""
        if not self.state_path.exists():
            return
        state = torch.load(self.state_path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        log.info("%s: resumed at step %d", self.name, self.step)

    def save(self) -> None:
        """Replaces the state in one move, so that an interrupted save loses nothing; the first process does."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self.state_path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.state_path)

    def run(self, last: int, batches: Iterator[Batch], losses: Callable[[Batch], dict[str, Tensor]]) -> None:
        """Trains up to step `last` (at most config.steps); all processes end together, when the state is saved."""
        self.net.train()
        meters: dict[str, float] = {}
        while self.step < last:
            started = time.monotonic()
            for name, value in self._update(next(batches), losses).items():
                meters[name] = 0.98 * meters.get(name, value) + 0.02 * value
            self.step += 1
            self.seconds += time.monotonic() - started
            if self.step % REPORT_EVERY == 0:
                self._report(meters)
            if self.step % self.config.save_every == 0 or self.step == last:
                self.save()
        self.accelerator.wait_for_everyone()

    def _update(self, batch: Batch, compute: Callable[[Batch], dict[str, Tensor]]) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate(self.step)
        batch = {name: value.to(self.accelerator.device) for name, value in batch.items()}
        with self.accelerator.autocast():
            losses = compute(batch)
        total: Tensor = sum(losses.values(), torch.zeros((), device=self.accelerator.device))
        self.accelerator.backward(total)
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mine, theirs in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                mine.lerp_(theirs, 1 - keep)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _report(self, meters: dict[str, float]) -> None:
        if not self.accelerator.is_main_process:
            return
        shown = " ".join(f"{name} {value:.4f}" for name, value in meters.items())
        log.info("%s: step %d  %.0f s  %s", self.name, self.step, self.seconds, shown)
        if self.board is not None:
            for name, value in meters.items():
                self.board.add_scalar(f"{self.name}/{name}", value, self.step)
            self.board.flush()
        path = self.folder / f"{self.name}.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "seconds", *meters])
            writer.writerow([self.step, round(self.seconds), *(f"{value:.5f}" for value in meters.values())])


def plot_curves(table: Path) -> Path | None:
    """Draws a run's CSV beside it as PNG; None when matplotlib is not installed or nothing was logged yet."""
    if not table.exists():
        return None
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        log.info("no curves drawn: `pip install matplotlib` draws %s", table)
        return None
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(8, 4))
    axes = figure.subplots()
    for name in (key for key in rows[0] if key not in ("step", "seconds")):
        axes.plot([int(row["step"]) for row in rows], [float(row[name]) for row in rows], label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_yscale("log")
    axes.legend()
    FigureCanvasAgg(figure).print_png(str(table.with_suffix(".png")))
    return table.with_suffix(".png")
