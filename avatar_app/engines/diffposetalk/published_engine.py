"""diffposetalk with the published weights that a user installed: FLAME coefficients, and what they do on a portrait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.diffusion.noise import step_noise
from avatar_app.engines.base import PUBLISHED, Conditions, EngineSpec
from avatar_app.engines.diffposetalk.checkpoint import load_published
from avatar_app.engines.diffposetalk.coefficients import Coefficients, load_shape
from avatar_app.engines.diffposetalk.flame.inputs import read_style
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.engines.diffposetalk.flame.renderer import FlameRenderer
from avatar_app.engines.diffposetalk.flame.to_arkit import FlameFace
from avatar_app.engines.diffposetalk.paths import has_flame, installed_folder
from avatar_app.engines.diffposetalk.published import EncodedVoice, PublishedInputs, PublishedModel
from avatar_app.engines.diffposetalk.sampling import Scales, Steps, guidance_of
from avatar_app.engines.diffposetalk.spec import NO_FLAME, SPEC, draws_flame
from avatar_app.files import atomic_write
from avatar_app.npz import save_marked
from avatar_app.progress import part_of
from avatar_app.request import InputError
from avatar_app.sample import EngineSample
from avatar_app.types import OnStep, ShouldStop

STEPS, SCALES = 20, Scales(audio=1.15, style=3.0)  # defaults of these weights


@dataclass(frozen=True)
class Prepared:
    """What `prepare` adds to the conditions. face: the head at rest; None without FLAME."""

    inputs: PublishedInputs
    face: FlameFace | None


def load_published_engine() -> PublishedDiffPoseTalk:
    """The engine with the installed files; InputError says which are missing."""
    return PublishedDiffPoseTalk(load_published().to(pick_device()))


@dataclass(frozen=True)
class PublishedDiffPoseTalk:
    """Engine (see engines.base). Its samples' `native` is one row of FLAME Coefficients."""

    published: PublishedModel
    spec: EngineSpec = SPEC

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return sum(p.numel() * p.element_size() for p in self.published.model.parameters())

    def describe(self) -> dict[str, Any]:
        """Size, device and sampling defaults."""
        return {
            "engine": self.spec.name,
            "weights": PUBLISHED,
            "parameters": sum(p.numel() for p in self.published.model.parameters()),
            "device": str(self.published.model.device),
            "precision": "float32",
            "steps": STEPS,
            "audio_scale": SCALES.audio,
            "style_scale": SCALES.style,
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: reads shape and style as this checkpoint can use them."""
        inputs = self._inputs(conditions)
        face = FlameFace.of(Flame.load(installed_folder()), inputs.shape) if has_flame() else None
        return replace(conditions, extra=Prepared(inputs, face), notes=_notes(conditions, face is not None))

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample. The recording is encoded once for all samples."""
        prepared: Prepared = conditions.extra
        voice = torch.from_numpy(np.ascontiguousarray(conditions.speech.samples, np.float32))
        encoded = self.published.encode(voice, prepared.inputs.encode_whole)
        seeds = conditions.request.seeds
        for k, seed in enumerate(seeds):
            tell = part_of(on_step, k, len(seeds))
            made = fitted(self._coefficients(encoded, prepared.inputs, seed, tell, should_stop), conditions.frames)
            made = made if conditions.options.head_motion else with_head_strength(made, 0.0)
            motion = None if prepared.face is None else prepared.face.motion(made.exp[0], made.pose[0])
            # Whoever draws `motion` makes its head motion stronger or weaker; the coefficients are nobody else's.
            yield EngineSample(k + 1, seed, motion, with_head_strength(made, conditions.request.motion_strength))

    def renderer(self, conditions: Conditions) -> FlameRenderer | None:
        """The FLAME head where it is asked for or nothing else could be drawn; None leaves it to the house."""
        prepared: Prepared = conditions.extra
        if prepared.face is None or not draws_flame(conditions.request, conditions.options):
            return None
        return FlameRenderer.of(conditions, prepared.face)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """sample_K.coefficients.npz: exp (T, 50), pose (T, 6) radians and shape (T, 100), named as published."""
        path, made = folder / f"sample_{sample.index}.coefficients.npz", sample.native
        with atomic_write(path) as file:
            save_marked(file, exp=made.exp[0].numpy(), pose=made.pose[0].numpy(), shape=made.shape[0].numpy())
        return [path]

    def _coefficients(
        self, voice: EncodedVoice, inputs: PublishedInputs, seed: int, on_step: OnStep, should_stop: ShouldStop
    ) -> Coefficients:
        """One row. x_T and the noise of later steps come from one generator, as published."""
        config = self.published.model.config
        generator = torch.Generator("cpu").manual_seed(seed)
        noise = torch.randn(1, config.n_motions, config.d_motion, generator=generator).to(self.published.model.device)
        draw = step_noise([generator])
        return self.published.sample_encoded(
            voice, inputs, noise, lambda window, step, x: draw(step, x), on_step, should_stop
        )

    def _inputs(self, conditions: Conditions) -> PublishedInputs:
        """Shape, style and guidance as this checkpoint can use them; InputError where it cannot."""
        request, options, config = conditions.request, conditions.options, self.published.model.config
        # Statistics are those of one face after another: zeros would be an unusual one, their mean is not.
        shape = self.published.statistics.shape_mean if options.shape is None else load_shape(options.shape)
        style = None
        if request.style is not None:
            style = read_style(Path(request.style), config, installed_folder(), self.published.statistics)
        if style is None and config.d_style and "style" not in config.guiding_conditions:
            raise InputError("The installed denoiser was never trained without a style: add --style FILE.")
        count = None if options.every_step else options.steps or STEPS
        guidance = guidance_of(options, SCALES, config.guiding_conditions, style is not None)
        return PublishedInputs(shape, style, guidance, Steps(count), not options.encode_windows)


def _notes(conditions: Conditions, has_face: bool) -> tuple[str, ...]:
    """What a person should know about what is left out."""
    asked = conditions.timeline.asks_for_something(conditions.frames)
    if not has_face:
        notes = (f"Coefficients only were written: {NO_FLAME}",)
        return (*notes, "Without FLAME the instruction was left aside.") if asked else notes
    if asked and draws_flame(conditions.request, conditions.options) and not conditions.request.motion_only:
        return ("The FLAME head follows the voice alone: the instruction is in the motion files.",)
    return ()


def with_head_strength(made: Coefficients, strength: float) -> Coefficients:
    """Head rotation multiplied by `strength`; the jaw stays."""
    return replace(made, pose=torch.cat([made.pose[..., :3] * strength, made.pose[..., 3:]], dim=-1))


def fitted(made: Coefficients, frames: int) -> Coefficients:
    """As many frames as the recording has, on the CPU: a last one that began is held."""

    def cut(x: Tensor) -> Tensor:
        held = x[:, -1:].expand(-1, max(0, frames - x.shape[1]), -1)
        return torch.cat([x, held], dim=1)[:, :frames].cpu()

    return Coefficients(cut(made.exp), cut(made.pose), cut(made.shape))
