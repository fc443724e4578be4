"""What the denoiser is conditioned on, whole or cut into windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.face.facs import LEARNED_ACTIONS
from avatar_app.request import FPS


@dataclass(frozen=True)
class Inputs:
    """Everything the denoiser is conditioned on. B takes, T frames, K cues (padded).

    speech: (B, T, 26) articulation from SpeechEncoder. resting: (B, 52). emotion: (B, T, 28) strengths.
    actions: (B, K) int64, index into ACTION_NAMES or len(LEARNED_ACTIONS) for padding. strengths: (B, K) in [-1, 1].
    spans: (B, K, 2) seconds, start and end from the first frame. talker: (B, 12), see Talker.vector.
    emotion_gain, motion_gain: strength of the two branches; 1 as trained.
    """

    speech: Tensor
    resting: Tensor
    emotion: Tensor
    actions: Tensor
    strengths: Tensor
    spans: Tensor
    talker: Tensor
    emotion_gain: float = 1.0
    motion_gain: float = 1.0

    def without_text(self) -> Inputs:
        """The same inputs with no instruction."""
        return replace(self, emotion=torch.zeros_like(self.emotion), strengths=torch.zeros_like(self.strengths))

    def rows(self, part: slice) -> Inputs:
        """The inputs of some takes."""
        names = ("speech", "resting", "emotion", "actions", "strengths", "spans", "talker")
        some: dict[str, Any] = {name: getattr(self, name)[part] for name in names}
        return replace(self, **some)


def cut_inputs(inputs: Inputs, windows: list[tuple[int, int]]) -> Inputs:
    """The inputs of every window of every take, window by window; cue times count from the window's first frame."""
    parts = [_window_of(inputs, window) for window in windows]
    if len(parts) == 1:
        return parts[0]
    longest = max(part.actions.shape[1] for part in parts)

    def joined(name: str) -> Tensor:
        rows = [getattr(part, name) for part in parts]
        if name in ("actions", "strengths", "spans"):  # padded with the silent action, strength 0
            filler = len(LEARNED_ACTIONS) if name == "actions" else 0
            sides = [(0, 0, 0, longest - r.shape[1]) if r.ndim == 3 else (0, longest - r.shape[1]) for r in rows]
            rows = [F.pad(r, side, value=filler) for r, side in zip(rows, sides, strict=True)]
        return torch.cat(rows)

    names = ("speech", "resting", "emotion", "actions", "strengths", "spans", "talker")
    whole: dict[str, Any] = {name: joined(name) for name in names}
    return replace(inputs, **whole)


def _window_of(inputs: Inputs, window: tuple[int, int]) -> Inputs:
    start, end = window
    spans = inputs.spans - start / FPS
    # Minutes of nods are hundreds of cues: only those near the window cost anything.
    near = ((spans[..., 1] > -1) & (spans[..., 0] < (end - start) / FPS + 1)).any(dim=0)
    near[0] = True
    return replace(
        inputs,
        speech=inputs.speech[:, start:end],
        emotion=inputs.emotion[:, start:end],
        actions=inputs.actions[:, near],
        strengths=inputs.strengths[:, near],
        spans=spans[:, near],
    )
