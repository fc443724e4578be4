"""The published path: a recording, a face's form and a style vector to FLAME coefficients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.coefficients import Coefficients, Statistics, decode_motion, normalise_shape
from avatar_app.engines.diffposetalk.config import Guidance
from avatar_app.engines.diffposetalk.hubert import encode_windows, normalise_wave, pad_to_windows
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.sampling import Steps, WindowInputs, sample_window
from avatar_app.types import ShouldStop

DrawFor = Callable[[int, int, Tensor], Tensor]  # window, step, x_t -> standard normal like x_t


@dataclass(frozen=True)
class Wishes:
    """What one recording is to look like.

    shape: (100,) FLAME coefficients. style: (style,) or None. encode_whole: the voice is heard in one go, as the
    published demo does by default, rather than window by window.
    """

    shape: Tensor
    style: Tensor | None = None
    guidance: Guidance = field(default_factory=Guidance)
    steps: Steps = field(default_factory=Steps)
    encode_whole: bool = True


@dataclass(frozen=True)
class PublishedModel:
    """A checkpoint of the published format with the statistics of its training data."""

    model: DiffTalkingHead
    statistics: Statistics

    @torch.inference_mode()
    def speak(
        self,
        samples: Tensor,
        wishes: Wishes,
        noise: Tensor,
        draw: DrawFor,
        on_step: Callable[[float], None] = lambda done: None,
        should_stop: ShouldStop = lambda: False,
    ) -> Coefficients:
        """Takes of (n,) mono 16 kHz samples from x_T (N, L, d), which every window starts from, as published."""
        config, takes = self.model.config, len(noise)
        padded, windows, missing = pad_to_windows(normalise_wave(samples), config.n_motions)
        heard = encode_windows(self.model.audio_encoder, padded, windows, config.n_motions, wishes.encode_whole)
        audio = self.model.audio_feature_map(heard).expand(takes, -1, -1)
        shape = normalise_shape(wishes.shape, self.statistics).expand(takes, -1)
        style = None if wishes.style is None else wishes.style.expand(takes, -1)
        prev_motion, prev_audio = self.model.start(takes)
        parts: list[Tensor] = []
        for k in range(windows):
            part = audio[:, k * config.n_motions : (k + 1) * config.n_motions]
            real = self._real_frames(takes, missing if k == windows - 1 else 0)
            window = WindowInputs(part, shape, style, prev_motion, prev_audio, real)
            x0 = sample_window(
                self.model,
                window,
                noise,
                wishes.guidance,
                wishes.steps,
                lambda step, x, k=k: draw(k, step, x),  # type: ignore[misc]
                lambda done, k=k: on_step((k + done) / windows),  # type: ignore[misc]
                should_stop,
            )
            parts.append(x0)
            prev_motion, prev_audio = x0[:, -config.n_prev_motions :], part[:, -config.n_prev_motions :]
        motion = torch.cat(parts, dim=1)
        motion = motion[:, : motion.shape[1] - missing]
        exp, pose = decode_motion(motion, self.statistics)
        return Coefficients(exp, pose, wishes.shape.expand(takes, motion.shape[1], -1))

    def _real_frames(self, takes: int, missing: int) -> Tensor | None:
        """(N, L) 1 on frames with sound, 0 on padding; None for models without the channel."""
        if not self.model.config.use_indicator:
            return None
        real = torch.ones(takes, self.model.config.n_motions)
        real[:, self.model.config.n_motions - missing :] = 0
        return real
