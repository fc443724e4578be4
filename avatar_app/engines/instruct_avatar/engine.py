"""instruct_avatar: voice and words to face motion, several takes at once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.devices import autocast_dtype, pick_device
from avatar_app.diffusion.guidance import Branch, combine, plan_branches
from avatar_app.diffusion.sampling import denoise, start_noise
from avatar_app.diffusion.windows import Window, blend, continue_windows, cut, plan_windows
from avatar_app.engines.base import Conditions
from avatar_app.engines.instruct_avatar.checkpoint import load_denoiser
from avatar_app.engines.instruct_avatar.config import SamplingConfig
from avatar_app.engines.instruct_avatar.model import Denoiser, Inputs, cut_inputs
from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.gestures import schedule
from avatar_app.motion.postprocess import (
    blend_articulation,
    enforce_lip_closure,
    smooth_jaw,
    smooth_slow_channels,
    suppress_actions,
)
from avatar_app.request import FPS, InputError, Request
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import CLOSURE
from avatar_app.types import Array, OnStep, ShouldStop
from avatar_app.weights import checkpoints_folder

ROWS_AT_ONCE = {"cpu": 8, "cuda": 128}  # windows of takes in one call of the network: bounds memory, not results


@lru_cache(maxsize=1)
def load_engine() -> InstructAvatar:
    """The engine with the shipped weights; loaded once."""
    return InstructAvatar(load_denoiser(checkpoints_folder() / "instruct_avatar", pick_device()))


class InstructAvatar:
    """Engine (see engines.base). Holds weights, no request state."""

    name = "instruct_avatar"
    follows_words = True

    def __init__(self, model: Denoiser, defaults: SamplingConfig | None = None) -> None:
        self.model = model
        self.defaults = defaults or SamplingConfig()
        self.device = next(model.parameters()).device

    @classmethod
    def from_folder(cls, folder: Path) -> InstructAvatar:
        """An engine with other weights, e.g. a training run's."""
        return cls(load_denoiser(folder, pick_device()))

    def describe(self) -> dict[str, Any]:
        """Size, device, precision and sampling defaults."""
        dtype = autocast_dtype(self.device)
        return {
            "engine": self.name,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "device": str(self.device),
            "precision": "float32" if dtype is None else str(dtype).removeprefix("torch."),
            "steps": self.defaults.steps,
            "audio_scale": self.defaults.audio_scale,
            "text_scale": self.defaults.text_scale,
        }

    def check(self, request: Request) -> None:
        """See Engine.check."""
        if request.style is not None:
            raise InputError("The engine instruct_avatar follows words, not a style: choose diffposetalk for a style.")

    @torch.inference_mode()
    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> list[MotionClip]:
        """See Engine.sample. All seeds, windows' neighbours and guidance branches share one denoising loop."""
        inputs = self._inputs(conditions)
        values = self._denoised(conditions, inputs, on_step, should_stop)
        heard: Array = inputs.speech[0].cpu().numpy()
        forbidden = forbidden_actions(conditions)
        return [self._finished(take, heard, forbidden) for take in values]

    @torch.inference_mode()
    def change(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> tuple[Array, Array]:
        """What the instruction changes: (takes, T, 58), each take with it less the same take without; and what was
        heard, (T, 26)."""
        inputs = self._inputs(conditions)
        acted, plain = (
            self._denoised(conditions, seen, lambda done, half=half: on_step(0.5 * (half + done)), should_stop)  # type: ignore[misc]
            for half, seen in enumerate((inputs, inputs.without_text()))
        )
        for values in (acted, plain):
            values[..., :52] = np.clip(values[..., :52], 0, 1)
        return acted - plain, inputs.speech[0].cpu().numpy()

    def _denoised(self, conditions: Conditions, inputs: Inputs, on_step: OnStep, should_stop: ShouldStop) -> Array:
        """(takes, T, 58) as they come out of the network."""
        request, defaults = conditions.request, self.defaults
        branches = plan_branches(
            _or(request.audio_scale, defaults.audio_scale),
            _or(request.text_scale, defaults.text_scale),
            has_audio=conditions.speech is not None,
            has_text=bool((inputs.emotion != 0).any() or (inputs.strengths != 0).any()),
        )
        windows = plan_windows(conditions.frames, defaults.window, defaults.overlap)
        noise = start_noise(request.seeds, conditions.frames, self.model.config.channels, self.device)
        steps = request.steps or defaults.steps
        if defaults.one_after_another:
            x0 = self._continued(noise, inputs, branches, windows, steps, on_step, should_stop)
        else:
            seen = cut_inputs(inputs, windows)

            def predict(x: Tensor, timestep: Tensor) -> Tensor:
                parts = self._guided(cut(x, windows), timestep[:1], seen, branches, should_stop)
                return blend(parts, windows, conditions.frames, defaults.overlap)

            x0 = denoise(predict, noise, self.model.config.train_timesteps, steps, on_step, should_stop)
        values: Array = self.model.denormalise(x0.to(self.device)).cpu().numpy()
        return values

    def _guided(
        self, x: Tensor, timestep: Tensor, inputs: Inputs, branches: tuple[Branch, ...], should_stop: ShouldStop
    ) -> Tensor:
        """(N, size, 58) guided x0 of all windows of all takes, as many at once as the device likes."""
        at_once = ROWS_AT_ONCE.get(self.device.type, 64)
        dtype = None if self.defaults.precise else autocast_dtype(self.device)
        done = []
        with torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None):
            for first in range(0, len(x), at_once):
                if should_stop():  # ten minutes' audio takes seconds a step: do not wait for the whole of it
                    return x
                rows = slice(first, first + at_once)
                part, times = inputs.rows(rows), timestep.expand(len(x[rows]))
                done.append(combine(branches, lambda b: self.model(x[rows], times, self._seen(part, b)).float()))  # noqa: B023
        return torch.cat(done)

    def _continued(
        self,
        noise: Tensor,
        inputs: Inputs,
        branches: tuple[Branch, ...],
        windows: list[Window],
        steps: int,
        on_step: OnStep,
        should_stop: ShouldStop,
    ) -> Tensor:
        """One window after another, as the originals do: kept to check what denoising all together changes."""

        def one(window: Window, known: Tensor) -> Tensor:
            seen, fixed = cut_inputs(inputs, [window]), known.to(self.device)

            def predict(x: Tensor, timestep: Tensor) -> Tensor:
                x0 = self._guided(x, timestep[:1], seen, branches, should_stop)
                return torch.cat([fixed, x0[:, fixed.shape[1] :]], dim=1)

            part = noise[:, window[0] : window[1]]
            return denoise(predict, part, self.model.config.train_timesteps, steps, on_step, should_stop)

        return continue_windows(noise.shape[1], noise.shape[2], len(noise), windows, one)

    def _finished(self, take: Array, heard: Array, forbidden: dict[str, Array]) -> MotionClip:
        """A take as people may see it: in range, nothing forbidden, lips as the voice says, no tremor."""
        take[:, :52] = np.clip(take[:, :52], 0.0, 1.0)
        blend_articulation(take, heard)
        suppress_actions(take, take[:, 52:55], forbidden)
        smooth_jaw(take)
        enforce_lip_closure(take, heard[:, CLOSURE])
        return MotionClip.from_values(smooth_slow_channels(take))

    def _inputs(self, conditions: Conditions) -> Inputs:
        """Conditions as tensors of the whole clip, one row per sample."""
        count, frames = len(conditions.request.seeds), conditions.frames
        samples = conditions.speech.samples if conditions.speech is not None else np.zeros(0, np.float32)
        speech = encode_articulation(self.model.speech_encoder, samples, frames, self.defaults.least_closure)[None]
        resting = np.zeros(52, np.float32) if conditions.portrait is None else conditions.portrait.resting
        actions, strengths, spans = self._cues(conditions)
        # An emotion that was forbidden is simply not shown: the model knows no negative ones.
        emotion = torch.from_numpy(conditions.timeline.emotion_curve(frames)).clamp(min=0)[None].to(self.device)
        extras = conditions.request.extras
        return Inputs(
            speech.expand(count, -1, -1),
            torch.from_numpy(resting.astype(np.float32)).to(self.device).expand(count, -1),
            emotion.expand(count, -1, -1),
            actions,
            strengths,
            spans,
            emotion_gain=float(extras.get("emotion_strength", 1.0)),
            motion_gain=float(extras.get("action_strength", 1.0)),
        )

    def _cues(self, conditions: Conditions) -> tuple[Tensor, Tensor, Tensor]:
        """(B, K), (B, K), (B, K, 2): every take has its own times for nods and other gestures that come again."""
        rows: list[list[tuple[int, float, float, float]]] = []
        for seed in conditions.request.seeds:
            rng = np.random.default_rng(seed)
            rows.append(
                [
                    (action, strength, *span)
                    for action, strength, start, end in conditions.timeline.tokens()
                    for span in schedule(ACTION_NAMES[action], strength, start, end, rng)
                ]
            )
        padding = (self.model.config.actions, 0.0, 0.0, 0.0)
        longest = max(1, *(len(row) for row in rows))
        table = np.array([row + [padding] * (longest - len(row)) for row in rows], np.float32)
        actions, strengths, spans = (torch.from_numpy(part).to(self.device) for part in np.split(table, [1, 2], axis=2))
        return actions[..., 0].long(), strengths[..., 0], spans

    def _seen(self, inputs: Inputs, branch: Branch) -> Inputs:
        """What one guidance branch sees."""
        if not branch.audio:
            inputs = replace(inputs, speech=self.model.null_audio.expand_as(inputs.speech))
        return inputs if branch.text else inputs.without_text()


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def forbidden_actions(conditions: Conditions) -> dict[str, Array]:
    """{action: (T,) 0 to 1} of what the instruction forbids, with eased edges."""
    t = (np.arange(conditions.frames) + 0.5) / FPS
    result: dict[str, Array] = {}
    for action, strength, start, end in conditions.timeline.tokens():
        if strength < 0:
            inside = np.clip((t - start) / 0.2 + 1, 0, 1) * np.clip((end - t) / 0.2 + 1, 0, 1)
            name = ACTION_NAMES[action]
            result[name] = np.maximum(result.get(name, np.zeros(len(t))), inside).astype(np.float32)
    return result


def conditions_for(request: Request, frames: int, **parts: Any) -> Conditions:
    """Conditions with no speech, portrait or instruction unless given; for evaluation and tests."""
    from avatar_app.inputs.instruction.timeline import Timeline

    parts = {"speech": None, "portrait": None, "timeline": Timeline((), frames / FPS)} | parts
    return Conditions(request, frames, **parts)
