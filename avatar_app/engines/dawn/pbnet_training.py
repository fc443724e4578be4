"""Training of the embedded PBNet: head pose and blinks as the teacher moves them to somebody's speech.

Either as published, a conditional variational autoencoder (Petrovich et al. 2021) with a critic of stretches of
motion: the squared error, the divergence from a normal latent, and a patch critic (Isola et al. 2017) that hears
nothing. Critic and networks learn in one pass; what reaches the networks from the critic's error is turned round (Ganin
et al. 2016). Or, unless asked otherwise, by the energy score: see pbnet_energy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from avatar_app.engines.dawn.films import Film
from avatar_app.engines.dawn.flow_clips import told_of
from avatar_app.engines.dawn.initial_state import USUAL
from avatar_app.engines.dawn.pbnet import POSE_LEAST, POSE_MOST, MotionDecoder, PbnetConfig, pose_to_network
from avatar_app.engines.dawn.pbnet_energy import EnergyStep
from avatar_app.engines.dawn.spoken_motion import ACTED, spoken
from avatar_app.request import InputError
from avatar_app.speech.encoder import ARTICULATION, SpeechEncoder
from avatar_app.training.corpus.sessions import Session
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves
from avatar_app.types import Array

STAGE = "pbnet"
POSE, BLINK = "pose", "blink"
OPENINGS = 0.3  # of usual eyes
KL_WEIGHT, CRITIC_WEIGHT = 4e-3, 0.05
# The teacher's deviation, degrees and pixels of the 120-pixel crop (the scale does not change), and openings of eyes.
SPREAD = {POSE: (8.0, 5.0, 6.0, 1.0, 11.0, 5.0), BLINK: (0.06, 0.06)}
SMOOTHING = {POSE: (4.0, 8.0, 16.0, 30.0), BLINK: (1.5, 2.5, 5.0, 15.0)}  # frames, of latents
ANCHORED = (POSE,)  # heads begin where the portrait's is; eyes have a rest of their own
SMALL = PbnetConfig(audio=ARTICULATION, audio_width=32, latent=32, buckets=32, max_distance=128, window=100, hidden=128)


@dataclass(frozen=True)
class PbnetRecipe:
    """How both networks learn; published: by the losses of the published ones."""

    steps: int = 3_000
    learning_rate: float = 5e-4
    batch: int = 8
    frames: int = 128
    clips: int = 600
    published: bool = False
    config: PbnetConfig = SMALL
    seed: int = 11
    save_every: int = 100


@dataclass(frozen=True)
class Motions:
    """N clips of F frames. audio: (N, F, 26). pose: (N, F, 6) and eyes: (N, F, 2) as change since the portrait."""

    audio: Array
    pose: Array
    eyes: Array


def make_motions(sessions: list[Session], encoder: SpeechEncoder, recipe: PbnetRecipe) -> Motions:
    """What the teacher does to crops of speech, without feelings."""
    rng, frames = np.random.default_rng(recipe.seed), recipe.frames
    long = [session for session in sessions if session.frames > frames + 2 * ACTED]
    if not long:
        raise InputError(f"The corpus has no session longer than {(frames + 2 * ACTED) / 25:.0f} s: make a larger one.")
    resting, openings = np.zeros(52, np.float32), np.full(2, OPENINGS, np.float32)
    rows = []
    for _ in range(recipe.clips):
        session = long[int(rng.integers(len(long)))]
        start = int(rng.integers(ACTED, session.frames - frames - ACTED))
        motion, heard = spoken(session, start, frames, resting, encoder, rng)
        rows.append((heard, *told_of(motion, resting, openings)))
    return Motions(*(np.stack(column).astype(np.float32) for column in zip(*rows, strict=True)))


def motions_of(films: list[Film], frames: int) -> Motions:
    """Films cut into clips of so many frames, each as change since its own first frame; InputError without one."""
    rows = [
        (film.audio[part], film.pose[part] - film.pose[part.start], film.eyes[part] - film.eyes[part.start])
        for film in films
        for start in range(0, len(film.pose) - frames + 1, frames)
        for part in (slice(start, start + frames),)
    ]
    if not rows:
        raise InputError(f"No film is as long as the {frames / 25:.0f} s that head and lids are learned over.")
    return Motions(*(np.stack(column).astype(np.float32) for column in zip(*rows, strict=True)))


def untold() -> dict[str, Any]:
    """What tensors of the embedded networks do not tell, for their config.json."""
    return {"max_distance": SMALL.max_distance, "window": SMALL.window, "smoothing": SMOOTHING, "anchored": ANCHORED}


class MotionEncoder(nn.Module):
    """A latent per frame of a motion that is known; published names."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        inner = 2 * config.width + config.audio_width
        self.poseEmbedding, self.firstposeEmbedding = (nn.Linear(config.values, config.width) for _ in range(2))
        self.audioEmbedding = nn.Linear(config.audio, config.audio_width)
        layer = nn.TransformerEncoderLayer(inner, config.heads, config.hidden, 0.1, F.gelu)
        self.seqTransEncoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.mu_layer, self.sigma_layer = (nn.Linear(inner, config.latent) for _ in range(2))

    def forward(self, change: Tensor, first: Tensor, audio: Tensor) -> tuple[Tensor, Tensor]:
        """(N, F, latent) mean and logarithm of variance; see MotionDecoder for what is given."""
        known = self.firstposeEmbedding(first).expand(-1, change.shape[1], -1)
        x = torch.cat([self.poseEmbedding(change), known, self.audioEmbedding(audio)], dim=-1)
        x = self.seqTransEncoder((x + positions(*x.shape[1:]).to(x)).transpose(0, 1)).transpose(0, 1)
        return self.mu_layer(x), self.sigma_layer(x)


def positions(frames: int, width: int) -> Tensor:
    """(frames, width) sines and cosines (Vaswani et al. 2017)."""
    rates = 10_000.0 ** (-torch.arange(0, width, 2).float() / width)
    angles = torch.arange(frames).float()[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]


class _Turned(torch.autograd.Function):
    """The same value; a gradient of the other sign."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return -gradients[0]


class Critic(nn.Module):
    """How real stretches of motion are, about a second and a half each."""

    def __init__(self, values: int, width: int = 32) -> None:
        super().__init__()
        sizes = 2 * values, width, 2 * width, 2 * width
        layers = [
            part for a, b in pairwise(sizes) for part in (spectral_norm(nn.Conv1d(a, b, 6, 2, 2)), nn.LeakyReLU(0.2))
        ]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv1d(sizes[-1], 1, 3)))

    def forward(self, motion: Tensor) -> Tensor:
        """(N, patches) of motion (N, F, values), whose speed it sees, too."""
        speed = F.pad(motion.diff(dim=1), (0, 0, 1, 0))
        out: Tensor = self.layers(torch.cat([motion, 4 * speed], dim=-1).transpose(1, 2))
        return out[:, 0]


class PbnetStep(nn.Module):
    """One network, its encoder and critic. While it learns, the decoder's change is in usual changes (SPREAD)."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        self.decoder, self.encoder, self.critic = MotionDecoder(config), MotionEncoder(config), Critic(config.values)

    def forward(self, change: Tensor, first: Tensor, audio: Tensor) -> dict[str, Tensor]:
        """Losses of changes (N, F, values) since first (N, 1, values) to sound (N, F, C)."""
        mean, deviation = self.encoder(change, first, audio)
        noise = torch.randn(2, *mean.shape, device=mean.device)
        again = self.decoder(first, audio, mean + noise[0] * (0.5 * deviation).exp())
        drawn = self.decoder(first, audio, noise[1])
        real, made = self.critic(change), self.critic(_Turned.apply(drawn))
        return {
            "rebuilt": F.mse_loss(again, change),
            "latent": KL_WEIGHT * 0.5 * (mean**2 + deviation.exp() - 1 - deviation).mean(dim=(0, 1)).sum(),
            "critic": CRITIC_WEIGHT * (F.relu(1 - real) + F.relu(1 + made)).mean(),
        }


def spread_of(kind: str) -> Tensor:
    """(values,) in the network's units."""
    usual = torch.tensor(SPREAD[kind])
    return usual / (torch.tensor(POSE_MOST) - torch.tensor(POSE_LEAST)) if kind == POSE else usual


def batches(motions: Motions, kind: str, recipe: PbnetRecipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches; half of them mirrored, and portraits that look elsewhere."""
    while True:
        rows = rng.choice(len(motions.audio), recipe.batch)
        audio = torch.from_numpy(motions.audio[rows])
        change = torch.from_numpy(motions.pose[rows] if kind == POSE else motions.eyes[rows])
        if kind == POSE:
            sign = torch.tensor([-1.0, 1, -1, 1, -1, 1]) if rng.random() < 0.5 else torch.ones(6)
            change = (change - change[:, :1]) * sign
            turned = rng.normal(0, (10, 6, 4), (recipe.batch, 1, 3)).astype(np.float32)
            usual = np.broadcast_to(np.array(USUAL, np.float32), (recipe.batch, 1, 3))
            first = pose_to_network(torch.from_numpy(np.concatenate([turned, usual], axis=-1)))
        else:
            change = change.flip(-1) if rng.random() < 0.5 else change
            first = torch.from_numpy(rng.normal(OPENINGS, 0.05, (recipe.batch, 1, 2)).astype(np.float32))
        yield {"change": change / torch.tensor(SPREAD[kind]), "first": first, "audio": audio}


def train(
    folder: Path,
    motions: Motions,
    kind: str,
    recipe: PbnetRecipe,
    resume: bool = True,
    start: Mapping[str, Tensor] | None = None,
) -> Path:
    """One of the two networks, up to the recipe's last step, in `folder`; the file of its averaged weights.

    start: the network's weights from which a new run begins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    shape = replace(recipe.config, values=len(SPREAD[kind]))
    if not recipe.published:
        shape = replace(shape, smoothing=SMOOTHING[kind], anchored=kind in ANCHORED)
    config = LoopConfig(recipe.steps, recipe.learning_rate, 50, save_every=recipe.save_every)
    model, averaged = ((PbnetStep if recipe.published else EnergyStep)(shape) for _ in range(2))
    spread = spread_of(kind)
    if start is not None:
        model.decoder.load_state_dict(in_units(start, 1 / spread))
    loop = Loop(kind, model, averaged, config, folder)
    if resume:
        loop.load()
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    loop.run(recipe.steps, batches(motions, kind, recipe, rng), lambda batch: loop.net(**batch))
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{kind}.csv")
    path = folder / f"{kind}.safetensors"
    save_file(in_units(averaged.decoder.state_dict(), spread), path)
    return path


def in_units(state: Mapping[str, Tensor], size: Tensor) -> dict[str, Tensor]:
    """A decoder's tensors with what comes out of it (values,) times `size`."""
    changed = {name: value.contiguous().cpu() for name, value in state.items()}
    changed["finallayer.weight"] = changed["finallayer.weight"] * size[:, None]
    changed["finallayer.bias"] = changed["finallayer.bias"] * size
    return changed
