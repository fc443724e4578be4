"""The published models: a recording, a face's shape and a style vector to FLAME coefficients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from avatar_app.diffusion.samplers import never_stop, no_step
from avatar_app.engines.diffposetalk.coefficients import Coefficients, Statistics, decode_motion, normalise_shape
from avatar_app.engines.diffposetalk.config import Guidance
from avatar_app.engines.diffposetalk.hubert import encode_windows, normalise_wave, pad_to_windows
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.sampling import ClipInputs, Steps, sample_clip
from avatar_app.types import OnStep, ShouldStop

DrawFor = Callable[[int, int, Tensor], Tensor]  # window, step, x_t -> standard normal like x_t


@dataclass(frozen=True)
class PublishedInputs:
    """What decides a motion besides the voice and the noise.

    shape: (100,) FLAME coefficients. style: (style,) or None. encode_whole: the recording is encoded in one go, as the
    published demo does by default, rather than window by window.
    """

    shape: Tensor
    style: Tensor | None = None
    guidance: Guidance = field(default_factory=Guidance)
    steps: Steps = field(default_factory=Steps)
    encode_whole: bool = True


@dataclass(frozen=True)
class EncodedVoice:
    """A recording as the denoiser reads it.

    features: (1, W * L, D) of W windows of L frames. missing: frames of the last window that are padding.
    """

    features: Tensor
    windows: int
    missing: int


@dataclass(frozen=True)
class PublishedModel:
    """A checkpoint of the published format with the statistics of its training data."""

    model: DiffTalkingHead
    statistics: Statistics

    def to(self, device: torch.device) -> PublishedModel:
        """With the model on a device."""
        return replace(self, model=self.model.to(device))

    @torch.inference_mode()
    def encode(self, samples: Tensor, whole: bool = True) -> EncodedVoice:
        """(n,) mono 16 kHz samples, encoded in one go or window by window."""
        size = self.model.config.n_motions
        padded, windows, missing = pad_to_windows(normalise_wave(samples).to(self.model.device), size)
        hidden = encode_windows(self.model.audio_encoder, padded, windows, size, whole)
        return EncodedVoice(self.model.audio_feature_map(hidden), windows, missing)

    def sample(
        self,
        samples: Tensor,
        inputs: PublishedInputs,
        noise: Tensor,
        draw: DrawFor,
        on_step: OnStep = no_step,
        should_stop: ShouldStop = never_stop,
    ) -> Coefficients:
        """Motion of (n,) mono 16 kHz samples; see sample_encoded."""
        voice = self.encode(samples, inputs.encode_whole)
        return self.sample_encoded(voice, inputs, noise, draw, on_step, should_stop)

    @torch.inference_mode()
    def sample_encoded(
        self,
        voice: EncodedVoice,
        inputs: PublishedInputs,
        noise: Tensor,
        draw: DrawFor,
        on_step: OnStep = no_step,
        should_stop: ShouldStop = never_stop,
    ) -> Coefficients:
        """N rows of motion from x_T (N, L, d), which every window starts from, as published. Raises Stopped."""
        rows, device = len(noise), self.model.device
        clip = ClipInputs(
            voice.features.expand(rows, -1, -1),
            normalise_shape(inputs.shape, self.statistics).to(device).expand(rows, -1),
            None if inputs.style is None else inputs.style.to(device).expand(rows, -1),
            self._real_frames(rows, voice),
        )
        motion = sample_clip(
            self.model, clip, lambda window: noise, inputs.guidance, inputs.steps, draw, on_step, should_stop
        ).cpu()
        motion = motion[:, : motion.shape[1] - voice.missing]
        exp, pose = decode_motion(motion, self.statistics)
        return Coefficients(exp, pose, inputs.shape.expand(rows, motion.shape[1], -1))

    def _real_frames(self, rows: int, voice: EncodedVoice) -> Tensor | None:
        """(N, W * L) 1 on frames with sound, 0 on padding; None for models without the channel."""
        if not self.model.config.use_indicator:
            return None
        real = torch.ones(rows, voice.windows * self.model.config.n_motions, device=self.model.device)
        real[:, real.shape[1] - voice.missing :] = 0
        return real
