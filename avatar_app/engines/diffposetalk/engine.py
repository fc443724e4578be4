"""diffposetalk with the embedded weights: voice and speaking style to face and head motion, window after window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.diffusion.noise import start_noise, step_generators, step_noise
from avatar_app.diffusion.samplers import never_stop, no_step
from avatar_app.engines.base import EMBEDDED, Conditions, Engine, EngineSpec
from avatar_app.engines.diffposetalk.embedded import EmbeddedModel, load_embedded
from avatar_app.engines.diffposetalk.paths import shipped_folder
from avatar_app.engines.diffposetalk.published_engine import load_published_engine
from avatar_app.engines.diffposetalk.sampling import ClipInputs, Scales, Steps, guidance_of, sample_clip
from avatar_app.engines.diffposetalk.spec import SPEC, Options
from avatar_app.engines.diffposetalk.styles import resolve_style
from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.postprocess import blend_articulation, enforce_lip_closure, smooth_jaw, smooth_slow_channels
from avatar_app.progress import part_of
from avatar_app.sample import EngineSample
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import CLOSURE
from avatar_app.types import Array, OnStep, ShouldStop

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
    fresh_noise: bool = True
    least_closure: float = 0.25


def load(weights: str) -> Engine:
    """The engine with the shipped weights, or with those that the user installed."""
    if weights == EMBEDDED:
        return DiffPoseTalk.from_folder(shipped_folder())
    return load_published_engine()


@dataclass(frozen=True)
class DiffPoseTalk:
    """Engine (see engines.base). Holds weights, no request state. folder: where they come from."""

    model: EmbeddedModel
    folder: Path = field(default_factory=shipped_folder)
    defaults: SamplingConfig = SamplingConfig()
    spec: EngineSpec = SPEC

    @classmethod
    def from_folder(cls, folder: Path) -> DiffPoseTalk:
        """An engine with other weights, e.g. a training run's."""
        return cls(load_embedded(folder, pick_device()), folder)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.mean.device

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def describe(self) -> dict[str, Any]:
        """Size, device and sampling defaults."""
        return {
            "engine": self.spec.name,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "device": str(self.device),
            "precision": "float32",
            "steps": self.defaults.steps,
            "audio_scale": self.defaults.audio_scale,
            "style_scale": self.defaults.style_scale,
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare. extra: the style vector (128,) float32, or None."""
        style = conditions.request.style
        return conditions if style is None else replace(conditions, extra=resolve_style(style, None, should_stop))

    def renderer(self, conditions: Conditions) -> None:
        """See Engine.renderer: the house draws."""
        return None

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Engine.attachments: there are none."""
        return []

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample. All guidance branches of a window go through the network together."""
        options, seeds = conditions.options, conditions.request.seeds
        style = None if conditions.extra is None else torch.from_numpy(conditions.extra)
        articulation = encode_articulation(
            self.model.speech_encoder, conditions.speech.samples, conditions.frames, self.defaults.least_closure
        )
        resting = np.zeros(len(ARKIT_NAMES), np.float32)
        if conditions.portrait is not None:
            resting = conditions.portrait.resting
        for k, seed in enumerate(seeds):
            tell = part_of(on_step, k, len(seeds))
            values = self.sample_motion(articulation, style, options, seed, tell, should_stop)
            clip = finished(values, articulation.cpu().numpy(), resting)
            yield EngineSample(k + 1, seed, clip if options.head_motion else clip.with_head_strength(0.0))

    @torch.inference_mode()
    def sample_motion(
        self,
        articulation: Tensor,
        style: Tensor | None,
        options: Options,
        seed: int,
        on_step: OnStep = no_step,
        should_stop: ShouldStop = never_stop,
    ) -> Array:
        """(T, 58) motion of articulation (T, 26) in a style (style,), as it comes out of the network."""
        config, frames, defaults = self.model.config, len(articulation), self.defaults
        size = config.n_motions
        length = -(-frames // size) * size
        padded = torch.nn.functional.pad(articulation, (0, 0, 0, length - frames))
        clip = ClipInputs(
            self.model.head.audio_feature_map(padded)[None],
            None,
            None if style is None else style.to(self.device)[None],
            (torch.arange(length, device=self.device) < frames).float()[None],
        )
        noise = start_noise((seed,), length if defaults.fresh_noise else size, config.d_motion, self.device)
        draw = step_noise(step_generators((seed,)))
        scales = Scales(defaults.audio_scale, defaults.style_scale)
        motion = sample_clip(
            self.model.head,
            clip,
            lambda window: noise[:, window * size : (window + 1) * size] if defaults.fresh_noise else noise,
            guidance_of(options, scales, config.guiding_conditions, style is not None),
            Steps(None if options.every_step else options.steps or defaults.steps),
            lambda window, level, x: draw(level, x),
            on_step,
            should_stop,
        )
        values: Array = self.model.denormalise(motion[0, :frames]).cpu().numpy()
        return values


def finished(values: Array, articulation: Array, resting: Array) -> MotionClip:
    """Motion (T, 58) of the network as people may see it: in range, with the portrait's own expression, lips as the
    voice says."""
    values[:, :52] = np.clip(values[:, :52], 0.0, 1.0)
    values[:, _LASTING] = np.maximum(values[:, _LASTING], resting[_LASTING])
    blend_articulation(values, articulation)
    smooth_jaw(values)
    enforce_lip_closure(values, articulation[:, CLOSURE])
    return MotionClip.from_values(smooth_slow_channels(values))
