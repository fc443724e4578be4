"""instruct_avatar: voice and words to face motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.devices import autocast_dtype, pick_device
from avatar_app.diffusion.guidance import Branch, combine, plan_branches
from avatar_app.diffusion.noise import start_noise
from avatar_app.diffusion.samplers import cosine_solver, solve
from avatar_app.diffusion.windows import Window, blend, cut, in_turn, plan_windows
from avatar_app.engines.base import Conditions, EngineSpec
from avatar_app.engines.instruct_avatar.checkpoint import load_denoiser, load_statistics
from avatar_app.engines.instruct_avatar.conditioning import (
    Acting,
    acting_of,
    articulation_of,
    gaze_told,
    inputs_of,
)
from avatar_app.engines.instruct_avatar.config import SamplingConfig
from avatar_app.engines.instruct_avatar.inputs import Inputs, cut_inputs
from avatar_app.engines.instruct_avatar.model import Denoiser, Told
from avatar_app.engines.instruct_avatar.spec import SPEC
from avatar_app.motion.body_sounds import add_body_sounds
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.gaze import look_about
from avatar_app.motion.instruction_layer import add_change
from avatar_app.motion.postprocess import (
    blend_articulation,
    enforce_lip_closure,
    let_ebb,
    pace_head,
    settle_jaw,
    smooth_jaw,
    smooth_slow_channels,
    soften_limits,
    stir_lips,
)
from avatar_app.motion.restraint import restrain
from avatar_app.motion.talker import TalkerStatistics
from avatar_app.motion.upheld import uphold
from avatar_app.progress import part_of
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.speech.encoder import CLOSURE, TALKING
from avatar_app.types import Array, OnStep, ShouldStop
from avatar_app.weights import checkpoints_folder

ROWS_AT_ONCE = {"cpu": 8, "cuda": 128}  # windows in one call of the network: bounds memory


def load(weights: str) -> InstructAvatar:
    """The engine with the shipped weights."""
    return InstructAvatar.from_folder(checkpoints_folder() / SPEC.name)


class InstructAvatar:
    """Engine (see engines.base). Holds weights, no request state."""

    spec: EngineSpec = SPEC

    def __init__(
        self, model: Denoiser, defaults: SamplingConfig | None = None, talkers: TalkerStatistics | None = None
    ) -> None:
        self.model, self.talkers = model, talkers or TalkerStatistics()
        self.defaults = defaults or SamplingConfig()
        self.device = next(model.parameters()).device

    @classmethod
    def from_folder(cls, folder: Path) -> InstructAvatar:
        """An engine with other weights, e.g. a training run's."""
        return cls(load_denoiser(folder, pick_device()), talkers=load_statistics(folder))

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def describe(self) -> dict[str, Any]:
        """Size, device, precision and sampling defaults."""
        dtype = autocast_dtype(self.device)
        return {
            "engine": self.spec.name,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "device": str(self.device),
            "precision": "float32" if dtype is None else str(dtype).removeprefix("torch."),
            "steps": self.defaults.steps,
            "audio_scale": self.defaults.audio_scale,
            "text_scale": self.defaults.text_scale,
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: there is nothing to add."""
        return conditions

    def renderer(self, conditions: Conditions) -> None:
        """See Engine.renderer: the house draws."""
        return None

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Engine.attachments: there are none."""
        return []

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample. One after another: in a batch with others the same sample would round differently."""
        articulation, seeds = self._articulation(conditions), conditions.request.seeds
        for k, seed in enumerate(seeds):
            acting = acting_of(conditions, seed, self.talkers)
            inputs = inputs_of(self.model, conditions, articulation, acting)
            values = self._denoised(conditions, inputs, seed, part_of(on_step, k, len(seeds)), should_stop)
            clip = finished(values, articulation.cpu().numpy(), acting)
            yield EngineSample(k + 1, seed, _looking_about(clip, acting))

    def open_layer(self, conditions: Conditions) -> ActedInstruction:
        """See InstructionActor."""
        return ActedInstruction(self, conditions, self._articulation(conditions))

    def _articulation(self, conditions: Conditions) -> Tensor:
        return articulation_of(self.model, conditions, self.defaults.least_closure)

    @torch.inference_mode()
    def change(
        self, conditions: Conditions, articulation: Tensor, acting: Acting, on_step: OnStep, should_stop: ShouldStop
    ) -> Array:
        """(T, 58): what the instruction changes in the sample of a seed, the sample with it less the one without."""
        inputs = inputs_of(self.model, conditions, articulation, acting)
        acted, plain = (
            self._denoised(conditions, seen, acting.seed, part_of(on_step, half, 2), should_stop)
            for half, seen in enumerate((inputs, inputs.without_text()))
        )
        for values in (acted, plain):
            values[:, :52] = np.clip(values[:, :52], 0, 1)
        change: Array = acted - plain
        return change

    @torch.inference_mode()
    def _denoised(
        self, conditions: Conditions, inputs: Inputs, seed: int, on_step: OnStep, should_stop: ShouldStop
    ) -> Array:
        """(T, 58) as it comes out of the network."""
        options, defaults, frames = conditions.options, self.defaults, conditions.frames
        scales = {"audio": _or(options.audio_scale, defaults.audio_scale)}
        if bool((inputs.emotion != 0).any() or (inputs.strengths != 0).any()):
            scales["text"] = _or(options.text_scale, defaults.text_scale)
        branches = plan_branches(scales)
        windows = plan_windows(frames, defaults.window, defaults.overlap)
        noise = start_noise((seed,), frames, self.model.config.channels, self.device)
        steps = options.steps or defaults.steps
        if defaults.one_after_another:
            x0 = self._continued(noise, inputs, branches, windows, steps, on_step, should_stop)
        else:
            told = self._told(cut_inputs(inputs, windows), branches)

            def predict(x: Tensor, timestep: int) -> Tensor:
                parts = self._guided(cut(x, windows), timestep, told, branches, should_stop)
                return blend(parts, windows, frames, defaults.overlap)

            x0 = solve(predict, noise, self._solver(steps), on_step, should_stop)
        values: Array = self.model.denormalise(x0.to(self.device))[0].cpu().numpy()
        return values

    def _solver(self, steps: int) -> Any:
        return cosine_solver(self.model.config.train_timesteps, steps, self.device)

    def _autocast(self) -> torch.autocast:
        dtype = None if self.defaults.precise else autocast_dtype(self.device)
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def _told(self, inputs: Inputs, branches: tuple[Branch, ...]) -> list[dict[Branch, Told]]:
        """What every guidance branch is told, of as many windows at once as the device likes."""
        at_once, frames = ROWS_AT_ONCE.get(self.device.type, 64), inputs.speech.shape[1]
        parts = [inputs.rows(slice(first, first + at_once)) for first in range(0, len(inputs.speech), at_once)]
        with self._autocast():
            return [{b: self.model.told(self._seen(part, b), frames) for b in branches} for part in parts]

    def _guided(
        self,
        x: Tensor,
        timestep: int,
        told: list[dict[Branch, Told]],
        branches: tuple[Branch, ...],
        should_stop: ShouldStop,
    ) -> Tensor:
        """(W, size, 58) guided x0 of all windows.

        Raises Stopped between two calls of the network: ten minutes' audio takes seconds a step.
        """
        at_once = ROWS_AT_ONCE.get(self.device.type, 64)
        done = []
        with self._autocast():
            for part, seen in zip(x.split(at_once), told, strict=True):
                if should_stop():
                    raise Stopped
                times = torch.full((len(part),), timestep, device=self.device)
                done.append(combine(branches, lambda b: self.model(part, times, seen[b]).float()))  # noqa: B023
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

        def one(k: int, window: Window, done: Tensor | None) -> Tensor:
            told = self._told(cut_inputs(inputs, [window]), branches)
            known = noise[:, :0] if done is None else done[:, window[0] :]

            def predict(x: Tensor, timestep: int) -> Tensor:
                x0 = self._guided(x, timestep, told, branches, should_stop)
                return torch.cat([known, x0[:, known.shape[1] :]], dim=1)

            part = noise[:, window[0] : window[1]]
            return solve(predict, part, self._solver(steps), part_of(on_step, k, len(windows)), should_stop)

        return in_turn(windows, one)

    def _seen(self, inputs: Inputs, branch: Branch) -> Inputs:
        """What one guidance branch sees: the words where they are not guided, too."""
        if "audio" not in branch.sees:
            inputs = replace(inputs, speech=self.model.null_audio.expand_as(inputs.speech))
        return inputs if "text" in branch.sees else inputs.without_text()


class ActedInstruction:
    """InstructionLayer (see engines.base): this engine's samples with the words, less the same without them."""

    def __init__(self, engine: InstructAvatar, conditions: Conditions, articulation: Tensor) -> None:
        self.engine, self.articulation = engine, articulation
        # Its own options but for the instruction's strength, which the other engine may have, too.
        strength = getattr(conditions.options, "text_scale", None)
        self.conditions = replace(conditions, options=SPEC.options(text_scale=strength))
        self.heard: Array = articulation.cpu().numpy()

    def apply(self, sample: EngineSample, on_step: OnStep, should_stop: ShouldStop) -> EngineSample:
        """See InstructionLayer."""
        if sample.motion is None:
            return sample
        acting, heard = acting_of(self.conditions, sample.seed, self.engine.talkers), self.heard
        change = self.engine.change(self.conditions, self.articulation, acting, on_step, should_stop)
        cues, restraint = acting.cues, acting.restraint
        motion = add_change(sample.motion, change, cues, restraint, heard[:, TALKING], heard[:, CLOSURE])
        return replace(sample, motion=motion)


def _looking_about(clip: MotionClip, acting: Acting) -> MotionClip:
    values = clip.values()
    told = gaze_told(acting.learned, len(values))
    look_about(values, acting.talker.gaze, told, np.random.default_rng([acting.seed, 0x6A2E]))
    return clip.with_values(values)


def finished(values: Array, articulation: Array, acting: Acting) -> MotionClip:
    """Motion (T, 58) of the network as people may see it: in range, nothing forbidden, lips as the voice says."""
    soften_limits(values)
    let_ebb(values, acting.feeling)
    values[:, :52] = np.clip(values[:, :52], 0.0, 1.0)
    blend_articulation(values, articulation)
    stir_lips(values, articulation[:, TALKING])
    pace_head(values, articulation[:, TALKING])
    cues, felt = acting.upheld
    uphold(values, cues, articulation[:, TALKING], felt)
    add_body_sounds(values, acting.cues, articulation[:, TALKING])
    restrain(values, acting.restraint)
    smooth_jaw(values)
    settle_jaw(values, articulation[:, TALKING])
    enforce_lip_closure(values, articulation[:, CLOSURE])
    return MotionClip.from_values(smooth_slow_channels(values))


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
