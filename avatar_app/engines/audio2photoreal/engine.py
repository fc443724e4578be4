"""audio2photoreal with the embedded weights: voices to the face and the gesturing body of one sample after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from avatar_app.devices import pick_device
from avatar_app.engines.audio2photoreal.asked import find_scene, seeds_to_make, title_of
from avatar_app.engines.audio2photoreal.body_coding import steady
from avatar_app.engines.audio2photoreal.body_finishing import finished_body
from avatar_app.engines.audio2photoreal.body_view import BodyView, open_body_view
from avatar_app.engines.audio2photoreal.conditioning import Mover, articulations, mover_of, with_voices
from avatar_app.engines.audio2photoreal.embedded import EmbeddedModel, load_embedded
from avatar_app.engines.audio2photoreal.embedded_sampling import Drawn, draw_body, draw_face, key_poses, padded
from avatar_app.engines.audio2photoreal.face_finishing import finished_face
from avatar_app.engines.audio2photoreal.given import given_body, given_face
from avatar_app.engines.audio2photoreal.paths import shipped_folder
from avatar_app.engines.audio2photoreal.published_engine import load_published_engine
from avatar_app.engines.audio2photoreal.recorded import TITLE, recorded_clip
from avatar_app.engines.audio2photoreal.spec import SPEC
from avatar_app.engines.base import EMBEDDED, Conditions, Engine, EngineSpec
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.bvh import write_bvh
from avatar_app.progress import part_of
from avatar_app.render.base import Renderer
from avatar_app.sample import EngineSample
from avatar_app.training.teacher.body.listening import Partner
from avatar_app.types import Array, OnStep, ShouldStop


@dataclass(frozen=True)
class SamplingConfig:
    """Defaults of `generate`; docs/audio2photoreal.md says what was measured."""

    steps: int = 8
    face_scale: float = 1.0
    body_scale: float = 1.2  # speed of the hands that a lone network lacks; more makes them shake
    diversity: float = 0.97
    least_closure: float = 0.25


@dataclass(frozen=True)
class Prepared:
    """What `prepare` adds to the conditions.

    articulation: (T, 26) of our voice. view: None where nothing is drawn. face: (T, 58), and body, where they are given
    instead of made. recorded: the motion of a scene.
    """

    articulation: Array
    partner: Partner | None
    view: BodyView | None
    face: Array | None = None
    body: Body | None = None
    recorded: MotionClip | None = None


def load(weights: str) -> Engine:
    """The engine with the shipped weights, or with those that the user installed."""
    if weights == EMBEDDED:
        return Audio2Photoreal.from_folder(shipped_folder())
    return load_published_engine()


@dataclass(frozen=True)
class Audio2Photoreal:
    """Engine (see engines.base). Holds weights, no request state."""

    model: EmbeddedModel
    defaults: SamplingConfig = field(default_factory=SamplingConfig)
    spec: EngineSpec = SPEC

    @classmethod
    def from_folder(cls, folder: Path) -> Audio2Photoreal:
        """An engine with other weights, e.g. a training run's."""
        return cls(load_embedded(folder, pick_device()))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.motion.face_mean.device

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
            "face_scale": self.defaults.face_scale,
            "body_scale": self.defaults.body_scale,
            "diversity": self.defaults.diversity,
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: both voices are listened to once, and the body is dressed."""
        conditions = with_voices(conditions)
        options, frames = conditions.options, conditions.frames
        face = given_face(options.face_codes, frames) if options.face_codes else None
        body = given_body(options.pose_codes, frames) if options.pose_codes else None
        articulation, partner = articulations(self.model, conditions, self.defaults.least_closure)
        view = None if conditions.request.motion_only else open_body_view(conditions)
        return replace(conditions, extra=Prepared(articulation, partner, view, face, body, _recorded(conditions)))

    def renderer(self, conditions: Conditions) -> Renderer | None:
        """The dressed body; None leaves it to the house, where only the portrait is to be shown."""
        view: BodyView | None = conditions.extra.view
        return None if view is None or view.renderer is None else view

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """sample_K.bvh, where exports are asked for."""
        if sample.motion is None or not sample.native:
            return []
        path = folder / f"sample_{sample.index}.bvh"
        write_bvh(sample.motion, path)
        return [path]

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample. One after another: in a batch with others the same sample would round differently."""
        prepared: Prepared = conditions.extra
        request, options = conditions.request, conditions.options
        seeds = seeds_to_make(request, options)
        for k, seed in enumerate(seeds):
            clip = self._clip(conditions, seed, part_of(on_step, k, len(seeds)), should_stop)
            yield EngineSample(k + 1, seed, clip, options.exports, title_of(k, request, options))
        if prepared.recorded is not None:
            yield EngineSample(len(seeds) + 1, 0, prepared.recorded, options.exports, TITLE, recorded=True)

    def _clip(self, conditions: Conditions, seed: int, tell: OnStep, should_stop: ShouldStop) -> MotionClip:
        """Face and body of one seed, each made or as it was given."""
        prepared: Prepared = conditions.extra
        mover = mover_of(conditions, prepared.articulation, prepared.partner, seed)
        rows = padded(torch.from_numpy(mover.rows).to(self.device))
        body, face = prepared.body, prepared.face
        if body is None:
            body = self._body(conditions, mover, rows, seed, part_of(tell, 0, 2), should_stop)
        if face is None:
            values = self._face(conditions, rows, seed, part_of(tell, 1, 2), should_stop)
            resting = None if conditions.portrait is None else conditions.portrait.resting
            face = finished_face(values, prepared.articulation, prepared.partner, mover.talker, resting, seed)
        return MotionClip.from_values(face, body)

    def _body(
        self, conditions: Conditions, mover: Mover, rows: torch.Tensor, seed: int, tell: OnStep, stop: ShouldStop
    ) -> Body:
        options, defaults = conditions.options, self.defaults
        top_p = defaults.diversity if options.diversity is None else options.diversity
        scale = defaults.body_scale if options.body_scale is None else options.body_scale
        keys = key_poses(self.model, rows, top_p, seed, stop)
        coded = draw_body(self.model, rows, keys, Drawn(seed, options.steps or defaults.steps, scale, tell, stop))
        raw = steady(self.model.motion.body().decode(coded[: conditions.frames].cpu().numpy()))
        prepared: Prepared = conditions.extra
        talking = None if prepared.partner is None else prepared.partner.talking
        return finished_body(raw, prepared.articulation, talking, mover.traits, mover.cues, seed)

    def _face(self, conditions: Conditions, rows: torch.Tensor, seed: int, tell: OnStep, stop: ShouldStop) -> Array:
        """(T, 58) as it comes out of the network."""
        options, defaults, motion = conditions.options, self.defaults, self.model.motion
        scale = defaults.face_scale if options.face_scale is None else options.face_scale
        coded = draw_face(self.model, rows, Drawn(seed, options.steps or defaults.steps, scale, tell, stop))
        values: Array = (coded * motion.face_scale + motion.face_mean)[: conditions.frames].cpu().numpy()
        return values


def _recorded(conditions: Conditions) -> MotionClip | None:
    """The motion of the scene that was asked for."""
    if conditions.options.scene is None:
        return None
    return recorded_clip(find_scene(conditions.options.scene), conditions.request.audio_from, conditions.frames)
