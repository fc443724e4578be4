"""DiffTalkingHead: the denoiser with its audio front end and learned stand-ins for what is not given.

Module and parameter names are those of the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatar_app.diffusion.schedules import NoiseSchedule
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.denoiser import DenoisingNet
from avatar_app.engines.diffposetalk.hubert import ARCHITECTURES, build_audio_encoder, encode_audio

# Of training: a uniform number above the first drops the style, above the second the voice, too.
DROP_STYLE, DROP_AUDIO = 0.55, 0.9


class DiffTalkingHead(nn.Module):
    """Voice, face form and style to motion."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width, previous = config.feature_dim, config.n_prev_motions
        self.start_audio_feat = nn.Parameter(torch.randn(1, previous, width))
        self.start_motion_feat = nn.Parameter(torch.randn(1, previous, config.d_motion))
        if config.d_style and "style" in config.guiding_conditions:
            self.null_style_feat = nn.Parameter(torch.randn(1, 1, config.d_style))
        if "audio" in config.guiding_conditions:
            self.null_audio_feat = nn.Parameter(torch.randn(1, 1, width))
        if config.audio_model in ARCHITECTURES:
            self.audio_encoder = build_audio_encoder(config.audio_model, config.audio_options)
        self.audio_feature_map = nn.Linear(config.d_audio, width)
        self.denoising_net = DenoisingNet(config)
        self.diffusion_sched = NoiseSchedule(config.n_diff_steps, config.diff_schedule)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.start_motion_feat.device

    def extract_audio_feature(self, samples: Tensor, frames: int | None = None) -> Tensor:
        """(N, frames, D) of (N, n) normalised 16 kHz samples; frames is a window's unless given."""
        return self.audio_feature_map(encode_audio(self.audio_encoder, samples, frames or self.config.n_motions))

    def person(self, shape: Tensor | None, style: Tensor | None) -> Tensor:
        """(N, 1, shape + style) of (N, shape) normalised and (N, style); None for a part the model does not know."""
        parts = [part for part in (shape, style) if part is not None]
        return torch.cat(parts, dim=-1)[:, None]

    def forward(
        self,
        noisy: Tensor,
        step: Tensor,
        audio: Tensor,
        person: Tensor,
        prev_motion: Tensor,
        prev_audio: Tensor,
        indicator: Tensor | None = None,
    ) -> Tensor:
        """(N, P + L, d) prediction of training, by the cheaper way where there is one; see DenoisingNet.forward."""
        net = self.denoising_net
        if self.config.align_mask_width != 1:
            prediction: Tensor = net(noisy, audio, person, prev_motion, prev_audio, step, indicator)
            return prediction
        return net.predict(noisy, step, net.prepare(audio, person, prev_motion, prev_audio, indicator))

    def drop_conditions(self, audio: Tensor, style: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """Audio (N, L, D) and style (N, style) with the null features where u (N,), uniform in [0, 1), says so."""
        no_style, no_audio = u[:, None] > DROP_STYLE, u[:, None, None] > DROP_AUDIO
        style = torch.where(no_style, self.null_style_feat[:, 0].to(style), style)
        return torch.where(no_audio, self.null_audio_feat.to(audio), audio), style

    def start(self, rows: int) -> tuple[Tensor, Tensor]:
        """Motion (rows, P, d) and audio (rows, P, D) that stand in for what came before the first window."""
        return self.start_motion_feat.expand(rows, -1, -1), self.start_audio_feat.expand(rows, -1, -1)
