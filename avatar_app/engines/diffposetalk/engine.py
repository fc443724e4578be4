"""diffposetalk: voice and speaking style to face and head motion, window after window, several takes at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.diffusion.sampling import start_noise
from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk.config import Guidance, Threshold
from avatar_app.engines.diffposetalk.embedded import EmbeddedModel, load_embedded
from avatar_app.engines.diffposetalk.sampling import Steps, WindowInputs, sample_window
from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.postprocess import blend_articulation, enforce_lip_closure, smooth_jaw, smooth_slow_channels
from avatar_app.request import InputError, Request
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import CLOSURE
from avatar_app.types import Array, OnStep, ShouldStop
from avatar_app.weights import checkpoints_folder

# What a portrait's own expression consists of: it stays where the style shows less.
_LASTING = [
    i
    for i, name in enumerate(ARKIT_NAMES)
    if name.startswith(("brow", "cheekSquint", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple"))
]


@dataclass(frozen=True)
class SamplingConfig:
    """Defaults of `generate`; docs/diffposetalk.md says what was measured.

    steps: of the solver; None takes every one of the model's noise levels. fresh_noise: every window starts from noise
    of its own; the published code starts all from the same, and heads then repeat themselves every four seconds.
    """

    steps: int | None = 10
    audio_scale: float = 1.0
    style_scale: float = 1.5
    mode: str = "incremental"
    threshold: Threshold | None = None
    fresh_noise: bool = True
    least_closure: float = 0.25


@dataclass(frozen=True)
class Options:
    """What one request asks of this engine, from Request and its `extras`.

    extras: "guidance" ("incremental" or "independent"), "thresholding" (ratio, or (ratio, least, most)),
    "head_motion" (False keeps the head still), "every_step" (True: all noise levels, slow).
    """

    guidance: Guidance
    steps: Steps
    head_motion: bool = True

    @classmethod
    def of(cls, request: Request, defaults: SamplingConfig, styled: bool) -> Options:
        """InputError for values that do not exist."""
        extras = request.extras
        mode = extras.get("guidance", defaults.mode)
        if mode not in ("incremental", "independent"):
            raise InputError(f"The guidance must be incremental or independent; got {mode!r}.")
        audio = defaults.audio_scale if request.audio_scale is None else request.audio_scale
        style = defaults.style_scale if request.style_scale is None else request.style_scale
        conditions = ("audio", "style") if styled else ("audio",)
        threshold = _threshold(extras.get("thresholding"), defaults.threshold)
        count = None if extras.get("every_step") else request.steps or defaults.steps
        return cls(
            Guidance(mode, conditions, audio, style, threshold=threshold),
            Steps(count),
            bool(extras.get("head_motion", True)),
        )


def _threshold(wanted: Any, default: Threshold | None) -> Threshold | None:
    if wanted in (None, False):
        return default
    values = (wanted,) if isinstance(wanted, float | int) else tuple(wanted)
    threshold = Threshold(*values) if len(values) <= 3 else None
    if threshold is None or not 0 < threshold.ratio <= 1 or not 0 < threshold.least <= threshold.most:
        raise InputError(f"Thresholding needs a ratio from 0 to 1, and a least and a most limit; got {wanted!r}.")
    return threshold


@lru_cache(maxsize=1)
def load_engine() -> DiffPoseTalk:
    """The engine with the shipped weights; loaded once."""
    return DiffPoseTalk.from_folder(checkpoints_folder() / "diffposetalk")


@dataclass(frozen=True)
class DiffPoseTalk:
    """Engine (see engines.base). Holds weights, no request state. folder: where styles are read from."""

    model: EmbeddedModel
    folder: Path = field(default_factory=lambda: checkpoints_folder() / "diffposetalk")
    defaults: SamplingConfig = SamplingConfig()
    name: str = "diffposetalk"
    follows_words: bool = False

    @classmethod
    def from_folder(cls, folder: Path) -> DiffPoseTalk:
        """An engine with other weights, e.g. a training run's."""
        return cls(load_embedded(folder, pick_device()), folder)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.mean.device

    def describe(self) -> dict[str, Any]:
        """Size, device and sampling defaults."""
        return {
            "engine": self.name,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "device": str(self.device),
            "precision": "float32",
            "steps": self.defaults.steps,
            "audio_scale": self.defaults.audio_scale,
            "style_scale": self.defaults.style_scale,
        }

    def check(self, request: Request) -> None:
        """See Engine.check."""
        Options.of(request, self.defaults, request.style is not None)

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> list[MotionClip]:
        """See Engine.sample. All takes and guidance branches of a window go through the network together."""
        style = None if conditions.style is None else torch.from_numpy(conditions.style)
        options = Options.of(conditions.request, self.defaults, style is not None)
        samples = conditions.speech.samples if conditions.speech is not None else np.zeros(0, np.float32)
        heard = encode_articulation(self.model.speech_encoder, samples, conditions.frames, self.defaults.least_closure)
        values = self.speak(heard, style, options, conditions.request.seeds, on_step, should_stop)
        articulation: Array = heard.cpu().numpy()
        resting = np.zeros(52, np.float32) if conditions.portrait is None else conditions.portrait.resting
        clips = [_finished(take, articulation, resting) for take in values]
        return clips if options.head_motion else [clip.with_head_strength(0.0) for clip in clips]

    @torch.inference_mode()
    def speak(
        self,
        heard: Tensor,
        style: Tensor | None,
        options: Options,
        seeds: tuple[int, ...],
        on_step: OnStep = lambda done: None,
        should_stop: ShouldStop = lambda: False,
    ) -> Array:
        """(seeds, T, 58) motion of articulation (T, 26) in a style (style,), as it comes out of the network."""
        config, takes, frames = self.model.config, len(seeds), len(heard)
        size, previous = config.n_motions, config.n_prev_motions
        windows = -(-frames // size)
        padded = torch.nn.functional.pad(heard, (0, 0, 0, windows * size - frames))
        audio = self.model.head.audio_feature_map(padded)[None].expand(takes, -1, -1)
        real = (torch.arange(windows * size, device=self.device) < frames).float().expand(takes, -1)
        noise = start_noise(seeds, windows * size if self.defaults.fresh_noise else size, config.d_motion, self.device)
        draw = _Noise(seeds, self.device)
        styles = None if style is None else style.to(self.device).expand(takes, -1)
        prev_motion, prev_audio = self.model.head.start(takes)
        parts: list[Tensor] = []
        for k in range(windows):
            span = slice(k * size, (k + 1) * size)
            window = WindowInputs(audio[:, span], None, styles, prev_motion, prev_audio, real[:, span])
            start = noise[:, span] if self.defaults.fresh_noise else noise

            def tell(done: float, k: int = k) -> None:
                on_step((k + done) / windows)

            x0 = sample_window(self.model.head, window, start, options.guidance, options.steps, draw, tell, should_stop)
            parts.append(x0)
            prev_motion, prev_audio = x0[:, -previous:], audio[:, span][:, -previous:]
        motion: Array = self.model.denormalise(torch.cat(parts, dim=1)[:, :frames]).cpu().numpy()
        return motion


class _Noise:
    """Noise of the steps between: row i from seed i alone, whatever the other takes are."""

    def __init__(self, seeds: tuple[int, ...], device: torch.device) -> None:
        # Another stream than the start noise's, which is drawn from the seed itself.
        self.generators = [torch.Generator("cpu").manual_seed(seed + 2**32) for seed in seeds]
        self.device = device

    def __call__(self, step: int, x: Tensor) -> Tensor:
        rows = [torch.randn(x.shape[1:], generator=generator) for generator in self.generators]
        return torch.stack(rows).to(self.device)


def _finished(take: Array, heard: Array, resting: Array) -> MotionClip:
    """A take as people may see it: in range, with the portrait's own expression, lips as the voice says."""
    take[:, :52] = np.clip(take[:, :52], 0.0, 1.0)
    take[:, _LASTING] = np.maximum(take[:, _LASTING], resting[_LASTING])
    blend_articulation(take, heard)
    smooth_jaw(take)
    enforce_lip_closure(take, heard[:, CLOSURE])
    return MotionClip.from_values(smooth_slow_channels(take))


def with_defaults(engine: DiffPoseTalk, **changes: Any) -> DiffPoseTalk:
    """The engine with other sampling defaults, for measuring."""
    return replace(engine, defaults=replace(engine.defaults, **changes))
