"""Training of the embedded model on the teacher's animation of synthesised speech, resumable at any moment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from avatar_app.engines.instruct_avatar.checkpoint import load_denoiser
from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.denoising_loss import DenoisingLoss
from avatar_app.engines.instruct_avatar.encoder_training import encoder_losses, true_articulation
from avatar_app.engines.instruct_avatar.model import Denoiser
from avatar_app.engines.instruct_avatar.spec import NAME
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.training.corpus.sessions import Session, read_corpus
from avatar_app.training.corpus.speech_corpus import build_corpus, build_recorded
from avatar_app.training.loop import Loop, LoopConfig, plot_curves
from avatar_app.training.scenes import Example, examples, make_example
from avatar_app.weights import checkpoints_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingConfig:
    """Recipe; the whole of it goes into the model card.

    The speech encoder learns to read articulation from sound. The denoiser learns from the synthesisers' own
    articulation, which needs no encoder, and at last from what the finished encoder reads.
    """

    encoder_steps: int = 12000
    encoder_batch: int = 32
    encoder_learning_rate: float = 1.5e-3
    steps: int = 10000  # of the denoiser
    adapt_steps: int = 1000  # the last of them, on the encoder's articulation
    batch: int = 20
    learning_rate: float = 1.2e-3
    frames: int = 100
    statistics: int = 400  # examples from which mean and scale are measured
    drop_speech: float = 0.08
    drop_text: float = 0.12
    seed: int = 1
    threads: int = 1

    @classmethod
    def scaled(cls, steps: int) -> TrainingConfig:
        """The recipe shortened or lengthened to `steps` of the denoiser, the rest in proportion."""
        share = steps / cls.steps
        return cls(
            encoder_steps=max(1, round(cls.encoder_steps * share)),
            adapt_steps=round(cls.adapt_steps * share),
            steps=steps,
        )


class _Stream(IterableDataset):  # type: ignore[type-arg]
    """Endless examples as tensors; `skip` keeps a resumed run from seeing the same ones again."""

    def __init__(
        self, sessions: list[Session], frames: int, seed: int, with_motion: bool = True, with_features: bool = True
    ) -> None:
        self.sessions, self.frames, self.seed = sessions, frames, seed
        self.parts = (with_motion, with_features)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for example in examples(self.sessions, self.frames, self.seed, *self.parts):
            yield {f.name: torch.as_tensor(getattr(example, f.name)) for f in fields(Example)}


def train(
    output: Path,
    corpus: Path,
    *,
    hours: float = 13.0,
    build: bool = True,
    resume: bool = True,
    part: str = "all",
    start: Path | None = None,
    config: TrainingConfig | None = None,
    model_config: ModelConfig | None = None,
) -> Path:
    """Builds the corpus if asked, trains, and writes `output`/model.safetensors and config.json.

    The running states lie in `output`; a second call with `resume` goes on from there. `part` is "encoder",
    "denoiser" or "all": the first two can run side by side, the denoiser then stops where it needs the encoder.
    `start` is a checkpoint folder whose weights both begin from.
    Raises InputError when there is no corpus and none may be built, or the encoder is not ready.
    """
    config, model_config = config or TrainingConfig(), model_config or ModelConfig()
    output.mkdir(parents=True, exist_ok=True)
    if build:
        _build(corpus, hours, config.seed, start)
    sessions = read_corpus(corpus)
    if not sessions:
        raise InputError(f"There is no corpus in {corpus}; run the same command with --build-corpus.")
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    seconds = 0.0
    if part in ("encoder", "all"):
        seconds += train_encoder(output, sessions, config, model_config, resume, start).seconds
    if part in ("denoiser", "all"):
        run = DenoiserRun(config, model_config, sessions, output, start)
        if resume:
            run.loop.load()
        run.train()
        seconds += run.loop.seconds
        model = run.averaged
    else:
        model = _with_encoder(Denoiser(model_config), output)
    for name in ("encoder", "denoiser"):
        plot_curves(output / f"{name}.csv")
    return export(model, output, recipe=vars(config) | {"hours": hours, "seconds": round(seconds)})


def _build(corpus: Path, hours: float, seed: int, start: Path | None) -> None:
    """Speech of synthesizers, then real recordings if their packages are here, labelled by the encoder that ships."""
    build_corpus(corpus, hours, seed)
    try:
        listener = load_denoiser(start or checkpoints_folder() / NAME, torch.device("cpu"))
        build_recorded(corpus, Path("/"), listener.speech_encoder, seed)
    except InputError as error:
        log.warning("%s Training goes on without recorded speech.", error)


def train_encoder(
    output: Path,
    sessions: list[Session],
    config: TrainingConfig,
    model_config: ModelConfig,
    resume: bool = True,
    start: Path | None = None,
) -> Loop:
    """Trains the speech encoder alone, in `output`/encoder.pt."""
    shape = (model_config.features, model_config.encoder_width, model_config.encoder_dilations)
    model, averaged = SpeechEncoder(*shape), SpeechEncoder(*shape)
    if start is not None:
        model.load_state_dict(load_denoiser(start, torch.device("cpu")).speech_encoder.state_dict())
    loop = Loop("encoder", model, averaged, LoopConfig(config.encoder_steps, config.encoder_learning_rate), output)
    if resume:
        loop.load()
    stream = _Stream(sessions, config.frames, config.seed * 100_003 + loop.step, with_motion=False)
    batches = iter(DataLoader(stream, batch_size=config.encoder_batch, num_workers=1, prefetch_factor=4))
    loop.run(config.encoder_steps, batches, lambda batch: encoder_losses(loop.net, batch))
    return loop


def _with_encoder(model: Denoiser, output: Path, steps: int = 0) -> Denoiser:
    """`model` with the trained encoder's averaged weights; InputError when it has not had `steps` steps yet."""
    path = output / "encoder.pt"
    state: dict[str, Any] = {"step": 0}
    if path.exists():
        state = torch.load(path, map_location="cpu", weights_only=True)
    if "averaged" not in state or state["step"] < steps:
        raise InputError(
            f"The denoiser's last part needs the speech encoder of {path} after {steps} steps, it had {state['step']}: "
            "train the encoder, then run the same command again."
        )
    model.speech_encoder.load_state_dict(state["averaged"])
    return model


def export(model: Denoiser, output: Path, recipe: dict[str, Any], **more: Any) -> Path:
    """Writes the weights (float16 but for the normalisation) and their configuration, with whatever `more` it tells."""
    path = output / "model.safetensors"
    state = {
        name: (value.float() if name in ("mean", "scale") else value.half()).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(state, path)
    model.config.save(output / "config.json", recipe=recipe, channels=list(CHANNEL_NAMES), **more)
    return path


def motion_statistics(sessions: list[Session], count: int) -> tuple[Tensor, Tensor]:
    """Mean and scale (58,) of teacher motion; scales of rare channels are raised so that they do not explode."""
    rng = np.random.default_rng(0)
    long_enough = [s for s in sessions if len(s.tracks) > 100]
    values = np.concatenate(
        [make_example(long_enough[int(rng.integers(len(long_enough)))], 100, rng).motion for _ in range(count)]
    )
    low = np.where(np.arange(values.shape[1]) < 52, 0.09, 0.004)
    scale = np.maximum(values.std(axis=0), low)
    # Instructed turns widen the head's spread; halved, its natural movement still stands out from the noise.
    scale[52:] *= 0.5
    return torch.tensor(values.mean(axis=0), dtype=torch.float32), torch.tensor(scale, dtype=torch.float32)


class DenoiserRun:
    """The denoiser's training: what it sees, and the losses."""

    def __init__(
        self,
        config: TrainingConfig,
        shape: ModelConfig,
        sessions: list[Session],
        output: Path,
        start: Path | None = None,
    ) -> None:
        self.config, self.sessions, self.output = config, sessions, output
        self.model, self.averaged = Denoiser(shape), Denoiser(shape)
        if start is not None:
            self.model.load_state_dict(load_denoiser(start, torch.device("cpu")).state_dict())
        else:
            self.model.mean, self.model.scale = motion_statistics(sessions, config.statistics)
        self.model.speech_encoder.requires_grad_(False)
        self.loop = Loop("denoiser", self.model, self.averaged, LoopConfig(config.steps, config.learning_rate), output)
        device = self.loop.accelerator.device
        self.loss = DenoisingLoss(self.model, device, config.drop_speech, config.drop_text)

    def train(self) -> None:
        """First on the synthesisers' articulation, then on the encoder's."""
        config = self.config
        self.loop.run(config.steps - config.adapt_steps, self._batches(with_features=False), self._losses)
        device = self.loop.accelerator.device
        for model in (self.model, self.averaged):
            _with_encoder(model, self.output, config.encoder_steps).to(device)
        self.loop.run(config.steps, self._batches(with_features=True), self._losses)

    def _batches(self, with_features: bool) -> Iterator[dict[str, Tensor]]:
        if self.loop.step >= self.config.steps - (0 if with_features else self.config.adapt_steps):
            return
        seed = self.config.seed * 100_003 + 50_000 + self.loop.step
        stream = _Stream(self.sessions, self.config.frames, seed, with_features=with_features)
        yield from DataLoader(stream, batch_size=self.config.batch, num_workers=1, prefetch_factor=4)

    def _losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        with torch.no_grad():
            encoder = self.model.speech_encoder.eval()
            given = batch["features"].shape[1] > 0
            speech = encoder.articulation(batch["features"]).float() if given else true_articulation(batch)
        return self.loss(self.loop.net, batch, speech)
