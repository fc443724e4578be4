"""Training of the embedded denoiser: two consecutive clips of a synthetic speaker, each in the style of the other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from avatar_app.engines import registry
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.embedded import EMBEDDED, EmbeddedModel, save_embedded
from avatar_app.engines.diffposetalk.embedded_losses import Losses
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.styles import PLACE, load_encoder
from avatar_app.request import InputError
from avatar_app.speech.articulation import refine
from avatar_app.speech.encoder import SHAPES, TRACKS, SpeechEncoder
from avatar_app.speech.features import speech_features
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.training.corpus.sessions import Session, read_shard
from avatar_app.training.loop import Loop, LoopConfig, plot_curves
from avatar_app.training.synthetic_speakers import draw_speaker, perform
from avatar_app.types import Array
from avatar_app.weights import checkpoints_folder

log = logging.getLogger(__name__)
ENCODED = "articulation"  # folder of what the speech encoder reads from a corpus


@dataclass(frozen=True)
class TrainingConfig:
    """Recipe; the whole of it goes into the model card."""

    steps: int = 12000
    pairs: int = 8  # of consecutive clips in a batch
    learning_rate: float = 8e-4
    warm_up: int = 300
    cut_first: float = 0.3  # share of first clips that end early, and of second ones
    cut_second: float = 0.4
    seed: int = 11
    threads: int = 1

    @classmethod
    def scaled(cls, steps: int) -> TrainingConfig:
        """The recipe shortened or lengthened."""
        return cls(steps=steps)


@dataclass(frozen=True)
class EncodedSession:
    """A session and its articulation as the speech encoder reads it: (variants, T, 26) float16."""

    session: Session
    articulation: np.ndarray


def train(
    output: Path,
    corpus: Path,
    *,
    style: Path | None = None,
    resume: bool = True,
    config: TrainingConfig | None = None,
    model_config: ModelConfig = EMBEDDED,
) -> Path:
    """Trains the denoiser and writes `output`/model.safetensors and config.json.

    style: folder of the trained style encoder (style_encoder.safetensors, stats.safetensors); `output` when None.
    The running state lies in `output`; a second call with `resume` goes on from there. Raises InputError when the
    corpus or the style encoder is missing.
    """
    config = config or TrainingConfig()
    output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    # The default engine's speech encoder, which was trained by itself.
    encoder = load_speech_encoder(checkpoints_folder() / registry.find_spec(None).name)
    sessions = encode_corpus(corpus, output / ENCODED, encoder)
    run = DenoiserRun(config, model_config, style or output, output, encoder)
    if resume:
        run.loop.load()
    stream = _Stream(sessions, run.length, config.seed * 100_003 + run.loop.step)
    run.train(iter(DataLoader(stream, batch_size=config.pairs, num_workers=1, prefetch_factor=4)))
    plot_curves(output / "denoiser.csv")
    return run.export()


def encode_corpus(corpus: Path, cache: Path, encoder: SpeechEncoder) -> list[EncodedSession]:
    """Every session of the corpus with what the speech encoder reads from it; kept in `cache`, shard by shard."""
    paths = sorted(corpus.glob("shard_*.safetensors"))
    if not paths:
        raise InputError(f"There is no speech to learn from in {corpus}: make a corpus with --build-corpus first.")
    cache.mkdir(parents=True, exist_ok=True)
    nothing = np.zeros((0, 0, 0), np.float16)
    result: list[EncodedSession] = []
    for path in paths:
        sessions, place = read_shard(path), cache / path.name
        if not place.exists():
            log.info("encoding %s", path.name)
            encoded = np.concatenate([_encode(session, encoder) for session in sessions], axis=1)
            save_file({"articulation": encoded}, place.with_suffix(".partial"))
            place.with_suffix(".partial").replace(place)
        articulation, start = load_file(place)["articulation"], 0
        for session in sessions:
            end = start + len(session.tracks)
            result.append(EncodedSession(replace(session, mel=nothing), articulation[:, start:end]))
            start = end
    return result


@torch.inference_mode()
def _encode(session: Session, encoder: SpeechEncoder) -> np.ndarray:
    """(variants, T, 26) float16."""
    features = np.stack([speech_features(mel.astype(np.float32)) for mel in session.mel])
    variants = encoder.articulation(torch.from_numpy(features))
    return np.stack([refine(variant).numpy() for variant in variants]).astype(np.float16)


class _Stream(IterableDataset):  # type: ignore[type-arg]
    """Endless {"motion": (2 L, 58), "audio": (2 L, 26)} float32; `seed` keeps a resumed run from repeating itself."""

    def __init__(self, sessions: list[EncodedSession], frames: int, seed: int) -> None:
        self.sessions = [encoded for encoded in sessions if len(encoded.session.tracks) >= frames]
        self.frames, self.seed = frames, seed

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        rng = np.random.default_rng(self.seed)
        while True:
            encoded = self.sessions[int(rng.integers(len(self.sessions)))]
            start = int(rng.integers(0, len(encoded.session.tracks) - self.frames + 1))
            motion = perform(encoded.session, draw_speaker(rng), start, self.frames, rng)
            variant = encoded.articulation[int(rng.integers(len(encoded.articulation)))]
            audio = perturb(variant[start : start + self.frames].astype(np.float32), rng)
            yield {"motion": torch.from_numpy(motion), "audio": torch.from_numpy(audio)}


def perturb(audio: Array, rng: np.random.Generator) -> Array:
    """(T, 26) articulation, blurred and less sure than on the voices the encoder learned from: real ones are harder."""
    result = audio.copy()
    side = rng.uniform(0, 0.25) * (rng.random() < 0.5)
    padded = np.pad(audio, ((1, 1), (0, 0)), mode="edge")
    result = side * (padded[:-2] + padded[2:]) + (1 - 2 * side) * result
    result[:, :SHAPES] *= rng.uniform(0.85, 1.1)
    share = rng.uniform(0, 0.3)
    result[:, TRACKS:] = (1 - share) * result[:, TRACKS:] + share / result[:, TRACKS:].shape[1]
    return result.astype(np.float32)


def clip_ends(pairs: int, frames: int, cut_first: float, cut_second: float) -> Tensor:
    """(2 B,) how many frames are valid of B first clips and of B second ones: some end early, as recordings do."""
    share = torch.tensor([cut_first, cut_second]).repeat_interleave(pairs)
    cut = torch.rand(2 * pairs) < share
    return torch.where(cut, torch.randint(1, frames, (2 * pairs,)), frames)


class DenoiserRun:
    """The denoiser's training: what it sees, what it is asked."""

    def __init__(
        self, config: TrainingConfig, shape: ModelConfig, style: Path, output: Path, encoder: SpeechEncoder
    ) -> None:
        self.config, self.shape, self.output, self.encoder = config, shape, output, encoder
        self.style_encoder, mean, std = load_encoder(style)
        self.model = self._fresh(mean, std)
        settings = LoopConfig(config.steps, config.learning_rate, warm_up=config.warm_up)
        self.loop = Loop("denoiser", self.model.head, DiffTalkingHead(shape), settings, output)
        device = self.loop.accelerator.device
        self.model, self.style_encoder = self.model.to(device), self.style_encoder.to(device)
        self.losses = Losses(std.to(device))

    @property
    def length(self) -> int:
        """Frames of two clips."""
        return 2 * self.shape.n_motions

    def _fresh(self, mean: Tensor, std: Tensor) -> EmbeddedModel:
        model = EmbeddedModel(self.shape)
        model.speech_encoder.load_state_dict(self.encoder.state_dict())
        model.mean.copy_(mean)
        model.std.copy_(std)
        for vector in (model.head.denoising_net.PE, model.head.start_motion_feat, model.head.start_audio_feat):
            torch.nn.init.normal_(vector, std=0.02)  # type: ignore[arg-type]
        return model

    def train(self, batches: Iterator[dict[str, Tensor]]) -> None:
        """To the last step."""
        self.loop.run(self.config.steps, batches, self._compute)

    def export(self) -> Path:
        """Writes the average of the weights as the model."""
        model = EmbeddedModel(self.shape)
        model.load_state_dict(self.model.state_dict())
        model.head.load_state_dict(self.loop.averaged.state_dict())
        recipe = vars(self.config) | {"seconds": round(self.loop.seconds), "steps_done": self.loop.step}
        return save_embedded(model, self.output, recipe=recipe)

    def _compute(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Rows 0 to B - 1 are first clips, rows B to 2 B - 1 the clips that follow them."""
        net, frames, count = self.loop.net, self.shape.n_motions, self.shape.n_prev_motions
        first, second = self.model.normalise(batch["motion"]).split(frames, dim=1)
        with torch.no_grad():
            other = torch.cat([second, first])  # each clip speaks in the style of the other
            other[..., PLACE] = 0  # as in styles.read_style: it tells of the camera
            style = self.style_encoder(other).float()
            # Styles read from films are less sure than these: near ones must mean nearly the same.
            style += 0.3 * torch.rand_like(style[:, :1]) * torch.randn_like(style)
        target = torch.cat([first, second])
        audio = torch.cat(batch["audio"].split(frames, dim=1))
        before, before_audio = first[:, -count:], batch["audio"][:, frames - count : frames]
        ends = clip_ends(len(first), frames, self.config.cut_first, self.config.cut_second)
        valid = (torch.arange(frames) < ends[:, None]).to(target.device)
        heard = net.audio_feature_map(audio * valid[..., None])
        u = torch.rand(len(target), device=target.device)
        heard, style = net.drop_conditions(heard, style, u)
        start_motion, start_audio = net.start(len(first))
        jittered = before + 0.1 * torch.rand(len(before), 1, 1).to(before) * torch.randn_like(before)
        step = torch.randint(1, self.shape.n_diff_steps + 1, (len(target),), device=target.device)
        noisy = net.diffusion_sched.noised(target * valid[..., None], step, torch.randn_like(target))
        predicted = net(
            noisy,
            step,
            heard,
            net.person(None, style),
            torch.cat([start_motion, jittered]),
            torch.cat([start_audio, net.audio_feature_map(before_audio)]),
            valid.to(noisy),
        )
        whole = torch.cat([torch.cat([torch.zeros_like(before), before]), target], dim=1)
        known = torch.cat([torch.zeros(len(before), count), torch.ones(len(before), count)]).bool().to(valid.device)
        return self.losses(predicted.float(), whole, torch.cat([known, valid], dim=1))
