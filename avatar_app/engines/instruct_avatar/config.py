"""Sizes of the embedded instruct_avatar model and how it samples."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.facs import EMOTION_NAMES, LEARNED_ACTIONS
from avatar_app.speech.features import CHANNELS


@dataclass(frozen=True)
class ModelConfig:
    """Architecture; stored as config.json beside the weights."""

    width: int = 192
    blocks: int = 5
    heads: int = 4
    feed_forward: int = 512
    kernel: int = 9  # depthwise convolution, frames
    attention_span: int = 40  # frames each way; local, so that any length works in one pass
    channels: int = len(CHANNEL_NAMES)
    features: int = CHANNELS
    emotions: int = len(EMOTION_NAMES)
    actions: int = len(LEARNED_ACTIONS)
    encoder_width: int = 128
    encoder_dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    train_timesteps: int = 1000

    def save(self, path: Path, **more: Any) -> None:
        """Writes the configuration and whatever else the checkpoint should tell."""
        path.write_text(json.dumps({"model": asdict(self), **more}, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> ModelConfig:
        """Raises KeyError or TypeError for a file of another architecture."""
        values = json.loads(path.read_text())["model"]
        return cls(**values | {"encoder_dilations": tuple(values["encoder_dilations"])})


@dataclass(frozen=True)
class SamplingConfig:
    """Defaults of `generate`; see docs for what was measured."""

    steps: int = 8
    audio_scale: float = 1.0  # articulation is explicit: guiding toward it costs a third of the time and gains nothing
    text_scale: float = 1.0  # louder words do the same in half the time, see conditioning
    window: int = 400  # frames denoised together; longer recordings are covered by overlapping windows
    overlap: int = 64  # frames blended between windows
    # A closure that the speech encoder gives at least this much is completed. Low: a p, b or m that stays open is seen
    # by everybody, lips that meet for its neighbour by few.
    least_closure: float = 0.25
    one_after_another: bool = False  # windows in turn instead of all together: a check, not a feature
    precise: bool = False  # float32 where the device would rather compute in bfloat16
