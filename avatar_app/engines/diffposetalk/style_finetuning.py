"""Fine-tuning of the style encoder: tracked motion gives the style of the motion itself (distillation)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from avatar_app.engines.diffposetalk.style_encoder import EMBEDDED, StyleConfig, StyleEncoder
from avatar_app.engines.diffposetalk.style_training import corrupt, export, perform_speech, read_speech
from avatar_app.paths import ASSETS
from avatar_app.request import InputError
from avatar_app.training.corpus.sessions import Session
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves
from avatar_app.training.synthetic_speakers import draw_speaker
from avatar_app.training.tracking_errors import TrackingErrors, as_tracked, fit_errors, measure
from avatar_app.weights import load_safetensors

log = logging.getLogger(__name__)

PORTRAITS = ASSETS / "portraits"
FILMED = 48  # clips of 6 s, on which the errors of tracking are measured


@dataclass(frozen=True)
class FinetuningConfig:
    """Recipe."""

    steps: int = 600
    clips: int = 32  # of a batch, each as it is and as it would be tracked
    learning_rate: float = 5e-4
    corrupted: float = 0.15  # share of clips that are corrupted as in style_training instead
    seed: int = 6
    threads: int = 1


def pairs(
    sessions: list[Session], errors: TrackingErrors, config: FinetuningConfig, seed: int
) -> Iterator[dict[str, Tensor]]:
    """Endless {"clean", "tracked"} (clips, 100, 58) float32, not normalised: motion, and what a film shows of it."""
    rng = np.random.default_rng(seed)
    while True:
        clean = [perform_speech(sessions, draw_speaker(rng), rng) for _ in range(config.clips)]
        tracked = [
            corrupt(clip, rng) if rng.random() < config.corrupted else as_tracked(clip, errors, rng) for clip in clean
        ]
        yield {"clean": torch.from_numpy(np.stack(clean)), "tracked": torch.from_numpy(np.stack(tracked))}


def known_errors(output: Path, sessions: list[Session], portraits: Path = PORTRAITS) -> TrackingErrors:
    """`output`/tracking_errors.safetensors; measured on the portraits of a folder and kept there when it is missing."""
    path = output / "tracking_errors.safetensors"
    if not path.is_file():
        pictures = sorted(picture for picture in portraits.glob("*.jpg") if "glasses" not in picture.stem)
        log.info("measuring what tracking gets wrong on %d portraits", len(pictures))
        fit_errors(list(measure(pictures, sessions, FILMED, seed=1))).save(path)
    return TrackingErrors.load(path)


def finetune(
    output: Path,
    corpus: Path,
    errors: TrackingErrors | None = None,
    *,
    config: FinetuningConfig | None = None,
    model_config: StyleConfig = EMBEDDED,
    resume: bool = True,
) -> Path:
    """Goes on from `output`/style.pt, which style_training.train left, and replaces `output`/style_encoder.safetensors.

    Styles of clean motion stay what they were, so that a denoiser that knows them need not be trained again. errors:
    see known_errors, which is asked when they are None. The running state is `output`/robust.pt. Raises InputError
    when there is no style encoder to go on from.
    """
    config = config or FinetuningConfig()
    if not (output / "style.pt").is_file():
        raise InputError(f"The style encoder in {output} is not trained yet: train it first.")
    trained = torch.load(output / "style.pt", map_location="cpu", weights_only=True)["averaged"]
    torch.set_num_threads(config.threads)
    teacher, model, averaged = (StyleEncoder(model_config) for _ in range(3))
    for encoder in (teacher, model):
        encoder.load_state_dict(trained)
    loop = Loop("robust", model, averaged, LoopConfig(config.steps, config.learning_rate, warm_up=30), output)
    if resume:
        loop.load()
    sessions = read_speech(corpus)
    errors = errors or known_errors(output, sessions)
    batches = pairs(sessions, errors, config, config.seed * 100_003 + loop.step)
    loop.run(config.steps, batches, distillation(loop, teacher, load_safetensors(output / "stats.safetensors")))
    plot_curves(output / "robust.csv")
    return export(loop.averaged, output)


def distillation(loop: Loop, teacher: StyleEncoder, stats: dict[str, Tensor]) -> Callable[[Batch], Batch]:
    """The losses: the style of clean and of tracked motion against what the teacher reads from the clean."""
    device = loop.accelerator.device
    mean, std = stats["mean"].to(device), stats["std"].to(device)
    teacher = teacher.to(device).eval()

    def losses(batch: Batch) -> Batch:
        clean, tracked = ((batch[name] - mean) / std for name in ("clean", "tracked"))
        with torch.no_grad():
            target = teacher(clean)
        loop.net.eval()  # no dropout: the target is exact
        of_clean, of_tracked = loop.net(torch.cat([clean, tracked])).float().chunk(2)
        return {"clean": F.mse_loss(of_clean, target), "tracked": F.mse_loss(of_tracked, target)}

    return losses
