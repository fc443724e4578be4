"""From two voices to face codes and body poses with the networks of one person; every condition is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from avatar_app.diffusion.samplers import never_stop, no_step
from avatar_app.engines.audio2photoreal.audio_features import LipRegressor, audio_tokens, face_condition
from avatar_app.engines.audio2photoreal.config import FRAME_SAMPLES, KEY_FRAME_EVERY
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer, nucleus_chooser
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.sampling import FACE_GUIDANCE, POSE_GUIDANCE, encode_conditions, sample
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec
from avatar_app.request import InputError
from avatar_app.types import OnStep, ShouldStop

TOP_P = 0.97  # of the nucleus; the published demo's


@dataclass(frozen=True)
class Heard:
    """What the networks hear of T frames. tokens: (B, N, C) of both voices. face: (B, N, C + 3 V), with lips."""

    tokens: Tensor
    face: Tensor
    frames: int

    @property
    def key_frames(self) -> int:
        """Key poses of so many frames, one per second."""
        return -(-self.frames // KEY_FRAME_EVERY)


@dataclass(frozen=True)
class Settings:
    """How motion is sampled. steps: of `sampling.respaced`. scale: guidance, 1 is none."""

    steps: int = 100
    scale: float = FACE_GUIDANCE
    on_step: OnStep = no_step
    should_stop: ShouldStop = never_stop


FACE_SETTINGS, POSE_SETTINGS = Settings(), Settings(scale=POSE_GUIDANCE)


@torch.inference_mode()
def hear(audio: VqWav2Vec, lips: LipRegressor, sound: Tensor) -> Heard:
    """Features of normalised sound (B, 1600 T, 2) at 48 kHz: the person's channel, then the partner's."""
    tokens = audio_tokens(audio, sound)
    return Heard(tokens, face_condition(tokens, lips(sound[..., 0])), sound.shape[1] // FRAME_SAMPLES)


def check_length(model: FiLMTransformer | GuideTransformer, tokens: int) -> None:
    """Raises InputError when a call would hear more audio tokens than the network knows."""
    most = model.config.tokens
    if tokens > most:
        raise InputError(
            f"The published networks hear {(most + 2) / 100:.0f} s at a time; "
            f"this is {(tokens + 2) / 100:.1f} s: cut it into windows."
        )


@torch.inference_mode()
def draw_key_poses(
    guide: GuideTransformer,
    codec: TemporalVertexCodec,
    heard: Heard,
    seeds: Sequence[int],
    top_p: float = TOP_P,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """(len(seeds), K, 104) normalised key poses, one per second; row i depends on seeds[i] alone."""
    check_length(guide, heard.tokens.shape[1])
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    choose = nucleus_chooser(top_p, generators)
    memory = guide.encode(heard.tokens)
    codes = guide.generate(memory, heard.key_frames, len(seeds), choose, should_stop=should_stop)
    return codec.decode(codes)


@torch.inference_mode()
def sample_face(model: FiLMTransformer, heard: Heard, noise: Tensor, settings: Settings = FACE_SETTINGS) -> Tensor:
    """(n, T, 256) normalised face codes from noise of that shape."""
    check_length(model, heard.face.shape[1])
    conditions = encode_conditions(model, heard.face, guided=settings.scale != 1)
    return sample(model, conditions, noise, settings.scale, settings.steps, settings.on_step, settings.should_stop)


@torch.inference_mode()
def sample_pose(
    model: FiLMTransformer, heard: Heard, key_poses: Tensor, noise: Tensor, settings: Settings = POSE_SETTINGS
) -> Tensor:
    """(n, T, 104) normalised joint angles along key poses (n or 1, K, 104), from noise of that shape."""
    check_length(model, heard.tokens.shape[1])
    conditions = encode_conditions(model, heard.tokens, key_poses, guided=settings.scale != 1)
    return sample(model, conditions, noise, settings.scale, settings.steps, settings.on_step, settings.should_stop)
