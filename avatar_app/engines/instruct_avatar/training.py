"""Training of the embedded model: teacher performances of synthesised speech, resumable at any moment."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import DDPMScheduler
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from avatar_app.devices import autocast_dtype, pick_device
from avatar_app.diffusion.sampling import noise_schedule
from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.model import Denoiser, Inputs
from avatar_app.motion.clip import CHANNEL_NAMES
from avatar_app.request import InputError
from avatar_app.training.scenes import Example, examples, make_example
from avatar_app.training.speech_corpus import Session, build_corpus, read_corpus

log = logging.getLogger(__name__)

SNR_RANGE = (0.25, 5.0)
SNR_MEAN = 2.0  # of the clamped ratio over all timesteps, about


@dataclass(frozen=True)
class TrainingConfig:
    """Recipe; the whole of it goes into the model card.

    The speech encoder learns first, from lips and viseme classes alone (a step costs a third of a full one), is then
    frozen while the denoiser learns on top of it, and at last both learn together.
    """

    encoder_steps: int = 2200
    joint_steps: int = 3000
    steps: int = 7600  # all three stages together
    encoder_batch: int = 32
    batch: int = 20
    frames: int = 100
    learning_rate: float = 1.2e-3
    joint_learning_rate: float = 8e-4
    warm_up: int = 150
    weight_decay: float = 0.01
    ema: float = 0.998
    drop_speech: float = 0.08
    drop_text: float = 0.12
    seed: int = 1
    save_every: int = 200
    threads: int = 1

    @classmethod
    def scaled(cls, steps: int) -> TrainingConfig:
        """The recipe shortened or lengthened to `steps`, its stages in proportion."""
        share = steps / cls.steps
        return cls(
            encoder_steps=round(cls.encoder_steps * share), joint_steps=round(cls.joint_steps * share), steps=steps
        )


class _Stream(IterableDataset):  # type: ignore[type-arg]
    """Endless examples as tensors; `skip` keeps a resumed run from seeing the same ones again."""

    def __init__(self, sessions: list[Session], frames: int, seed: int, acted: bool) -> None:
        self.sessions, self.frames, self.seed, self.acted = sessions, frames, seed, acted

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for example in examples(self.sessions, self.frames, self.seed, self.acted):
            yield {f.name: torch.as_tensor(getattr(example, f.name)) for f in fields(Example)}


def train(
    output: Path,
    corpus: Path,
    *,
    hours: float = 6.0,
    build: bool = True,
    resume: bool = True,
    config: TrainingConfig | None = None,
    model_config: ModelConfig | None = None,
) -> Path:
    """Builds the corpus if asked, trains, and writes `output`/model.safetensors and config.json.

    The running state lies in `output`/state.pt; a second call with `resume` goes on from there.
    Raises InputError when there is no corpus and none may be built.
    """
    config, model_config = config or TrainingConfig(), model_config or ModelConfig()
    output.mkdir(parents=True, exist_ok=True)
    if build:
        build_corpus(corpus, hours, config.seed)
    sessions = read_corpus(corpus)
    if not sessions:
        raise InputError(f"There is no corpus in {corpus}; run the same command with --build-corpus.")
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    run = _Run(config, model_config, sessions, output)
    if resume:
        run.load()
    run.loop()
    return export(run.averaged, output, recipe=vars(config) | {"hours": hours, "seconds": round(run.seconds)})


def export(model: Denoiser, output: Path, recipe: dict[str, Any]) -> Path:
    """Writes the weights (float16 but for the normalisation) and their configuration."""
    path = output / "model.safetensors"
    state = {
        name: (value.float() if name in ("mean", "scale") else value.half()).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(state, path)
    model.config.save(output / "config.json", recipe=recipe, channels=list(CHANNEL_NAMES))
    return path


def motion_statistics(sessions: list[Session], count: int = 400) -> tuple[Tensor, Tensor]:
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


def channel_weights() -> Tensor:
    """(58,) weight of each channel's error: lips and head turns count most, then lids."""
    weights = torch.ones(len(CHANNEL_NAMES))
    for i, name in enumerate(CHANNEL_NAMES):
        if name in ("jawOpen", "mouthClose") or name.startswith(("mouthPress", "mouthRoll", "head_rotation")):
            weights[i] = 3.0
        elif name.startswith(("mouthFunnel", "mouthPucker", "mouthUpperUp", "mouthLowerDown", "eyeBlink")):
            weights[i] = 2.0
    return weights / weights.mean()


@dataclass(frozen=True)
class _Stage:
    """Steps from `first` up to `last` with one batch size; the learning rate warms up, then falls as a cosine."""

    first: int
    last: int
    batch: int
    peak: float

    def rate(self, step: int, warm_up: int) -> float:
        """Learning rate of a step."""
        progress = (step - self.first) / (self.last - self.first)
        return self.peak * min(1.0, (step - self.first + 1) / warm_up) * (0.51 + 0.49 * math.cos(math.pi * progress))


class _Run:
    """Model, average, optimiser and position of one training run."""

    def __init__(self, config: TrainingConfig, shape: ModelConfig, sessions: list[Session], output: Path) -> None:
        self.config, self.sessions, self.output = config, sessions, output
        device = pick_device()
        half = autocast_dtype(device) is not None
        self.accelerator = Accelerator(mixed_precision="bf16" if half else "no", cpu=device.type == "cpu")
        self.model = Denoiser(shape)
        self.model.mean, self.model.scale = motion_statistics(sessions)
        self.averaged = Denoiser(shape)
        self.averaged.load_state_dict(self.model.state_dict())
        self.averaged.to(self.accelerator.device)
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), fused=True)
        self.net, self.optimizer = self.accelerator.prepare(self.model, self.optimizer)
        self.noise: DDPMScheduler = noise_schedule(shape.train_timesteps)
        self.weights = channel_weights().to(self.accelerator.device)
        self.step, self.seconds = 0, 0.0

    def load(self) -> None:
        """Goes on from state.pt when there is one."""
        path = self.output / "state.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        log.info("resumed at step %d", self.step)

    def save(self) -> None:
        """Replaces state.pt in one move, so that an interrupted save loses nothing."""
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self.output / "state.partial"
        torch.save(state, partial)
        partial.replace(self.output / "state.pt")

    def loop(self) -> None:
        """Trains the speech encoder, then the denoiser on top of it, then both, up to config.steps."""
        self.net.train()
        config = self.config
        both = max(config.encoder_steps, config.steps - config.joint_steps)
        encoder = _Stage(0, config.encoder_steps, config.encoder_batch, config.learning_rate)
        denoiser = _Stage(config.encoder_steps, both, config.batch, config.learning_rate)
        joint = _Stage(both, config.steps, config.batch, config.joint_learning_rate)
        self._train(encoder, self._encoder_losses)
        self._freeze_encoder(True)
        self._train(denoiser, self._denoiser_losses)
        self._freeze_encoder(False)
        self._train(joint, lambda batch: self._denoiser_losses(batch) | self._encoder_losses(batch))

    def _freeze_encoder(self, frozen: bool) -> None:
        for name, parameter in self.model.speech_encoder.named_parameters():
            parameter.requires_grad_(not frozen or name == "null")

    def _train(self, stage: _Stage, losses: Callable[[dict[str, Tensor]], dict[str, Tensor]]) -> None:
        if self.step >= stage.last:
            return
        stream = _Stream(self.sessions, self.config.frames, self.config.seed * 100_003 + self.step, stage.first > 0)
        loader = iter(DataLoader(stream, batch_size=stage.batch, num_workers=1, prefetch_factor=4))
        meters: dict[str, float] = {}
        while self.step < stage.last:
            started = time.monotonic()
            for group in self.optimizer.param_groups:
                group["lr"] = stage.rate(self.step, self.config.warm_up)
            values = self._update(next(loader), losses)
            self.step += 1
            self.seconds += time.monotonic() - started
            for name, value in values.items():
                meters[name] = 0.98 * meters.get(name, value) + 0.02 * value
            if self.step % 50 == 0:
                shown = " ".join(f"{name} {value:.4f}" for name, value in meters.items())
                log.info("step %d  %.0f s  %s", self.step, self.seconds, shown)
            if self.step % self.config.save_every == 0 or self.step == stage.last:
                self.save()

    def _update(
        self, batch: dict[str, Tensor], compute: Callable[[dict[str, Tensor]], dict[str, Tensor]]
    ) -> dict[str, float]:
        batch = {name: value.to(self.accelerator.device) for name, value in batch.items()}
        with self.accelerator.autocast():
            losses = compute(batch)
        total: Tensor = sum(losses.values(), torch.zeros(()))
        self.accelerator.backward(total)
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mine, theirs in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                mine.lerp_(theirs, 1 - keep)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _denoiser_losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        target = self.model.normalise(batch["motion"])
        speech = self.model.speech_encoder(batch["features"])
        dropped = torch.rand(len(target), device=target.device) < self.config.drop_speech
        speech = torch.where(dropped[:, None, None], self.model.speech_encoder.null, speech)
        mute = torch.rand(len(target), device=target.device) < self.config.drop_text
        inputs = Inputs(
            speech,
            batch["resting"],
            batch["emotion"] * (~mute)[:, None, None],
            batch["actions"],
            batch["strengths"] * (~mute)[:, None],
            batch["spans"],
        )
        timestep = torch.randint(0, self.model.config.train_timesteps, (len(target),), device=target.device)
        noisy = self.noise.add_noise(target, torch.randn_like(target), timestep)  # type: ignore[arg-type]
        predicted = self.net(noisy, timestep, inputs).float()
        error = predicted - target
        weights = self.weights * self._step_weights(timestep)[:, None, None]
        return {
            "motion": (weights * error**2).mean(),
            "velocity": (weights * error.diff(dim=1) ** 2).mean(),
        }

    def _step_weights(self, timestep: Tensor) -> Tensor:
        """(B,) weights about 1 that grow with the signal-to-noise ratio (min-SNR, Hang et al. 2023).

        Without them errors at high noise outweigh all others, and takes come out alike: every one near the mean.
        """
        signal = self.noise.alphas_cumprod.to(timestep.device)[timestep]
        return (signal / (1 - signal)).clamp(*SNR_RANGE) / SNR_MEAN

    def _encoder_losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        encoder = self.model.speech_encoder
        speech = encoder(batch["features"])
        lips, visemes = encoder.lips(speech).float(), encoder.visemes(speech).float()
        return {
            "lips": 20 * F.mse_loss(lips, batch["lips"]),
            "visemes": 0.3 * F.cross_entropy(visemes.transpose(1, 2), batch["viseme"]),
        }
