"""Language-guided animation with the networks that this project trained: plans with their times, of any length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from avatar_app.devices import pick_device
from avatar_app.engines.base import EMBEDDED, Conditions, EngineSpec
from avatar_app.engines.language_guided.acting import Acts, Way, draw_path, noise_for, strength_of
from avatar_app.engines.language_guided.alignment import align
from avatar_app.engines.language_guided.edit_transfer import spoken, tracked, with_lips
from avatar_app.engines.language_guided.embedded import Networks
from avatar_app.engines.language_guided.likeness import Likeness, Likenesses
from avatar_app.engines.language_guided.painting import FacePainter
from avatar_app.engines.language_guided.spec import ON_PHOTO, SPEC
from avatar_app.engines.language_guided.wishes_in_time import wishes_in_time
from avatar_app.progress import part_of
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import Image, OnStep, ShouldStop

PATH = 17  # frames of a wish's walk
UNLIKE = 0.08  # difference from the portrait from which it is told


@dataclass(frozen=True)
class Prepared:
    """What `prepare` adds to the conditions. face: the aligned square, (R, R, 3) uint8. likeness: of its portrait."""

    face: Image
    likeness: Likeness


@dataclass(frozen=True)
class EmbeddedLanguageGuided:
    """Engine (see engines.base)."""

    networks: Networks
    spec: EngineSpec = SPEC
    likenesses: Likenesses = field(default_factory=Likenesses)

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return self.networks.memory

    def describe(self) -> dict[str, Any]:
        """What it is."""
        return {
            "engine": self.spec.name,
            "weights": EMBEDDED,
            "pixels": self.networks.generator.config.size,
            "device": str(pick_device()),
            "precision": "float32",
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: the portrait's likeness, once for all samples."""
        assert conditions.portrait is not None
        face, told = align(conditions.portrait, self.networks.generator.config.size)
        steps = conditions.options.tuning_steps
        likeness = self.likenesses.of(self.networks, face, steps, lambda done: None, should_stop)
        notes = (*told, *_notes(conditions, likeness))
        return replace(conditions, extra=Prepared(face, likeness), notes=notes)

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample: every seed's walks; on the photo, they are drawn, tracked, and the photo does the same."""
        photo, seeds = conditions.options.show == ON_PHOTO, conditions.request.seeds
        talks = photo and conditions.request.audio is not None
        voices = spoken(conditions, should_stop) if talks else []
        for k, seed in enumerate(seeds):
            if should_stop():
                raise Stopped
            sample = EngineSample(k + 1, seed, None, self._acts(conditions, seed))
            if photo:
                sample = self._on_photo(conditions, sample, part_of(on_step, k, len(seeds)), should_stop)
            if talks and sample.motion is not None:
                sample = replace(sample, motion=with_lips(sample.motion, voices[k]))
            yield sample
        on_step(1.0)

    def renderer(self, conditions: Conditions) -> FacePainter | None:
        """See Engine.renderer."""
        return None if conditions.options.show == ON_PHOTO else self._painter(conditions)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Engine.attachments: there are none."""
        return []

    def _painter(self, conditions: Conditions) -> FacePainter:
        return FacePainter(conditions.extra.likeness.generator, self.networks.motion, conditions.request.size)

    def _on_photo(
        self, conditions: Conditions, sample: EngineSample, on_step: OnStep, should_stop: ShouldStop
    ) -> EngineSample:
        assert conditions.portrait is not None
        frames = self._painter(conditions).frames(sample, should_stop)
        clip = tracked(frames, conditions.frames, conditions.portrait.resting, on_step, should_stop)
        return replace(sample, motion=clip, native=None)

    @torch.inference_mode()
    def _acts(self, conditions: Conditions, seed: int) -> Acts:
        """What the sample of a seed does."""
        options, likeness = conditions.options, conditions.extra.likeness
        wishes = wishes_in_time(
            conditions.timeline, conditions.request.instruction, conditions.frames, seed, options.variation,
            options.loop, options.unfold,
        )  # fmt: skip
        random = torch.Generator().manual_seed(seed)
        strength = options.strength * strength_of(random, options.variation)
        texts = list(self.networks.read([wish.text for wish in wishes])) if wishes else []
        ways = tuple(
            Way(
                draw_path(self.networks.motion, text[None], None, PATH, random, options.variation),
                (strength if wish.asked else 1.0) * wish.there,
            )
            for wish, text in zip(wishes, texts, strict=True)
        )
        generator = likeness.generator
        noise = noise_for(generator.noises.layers(), generator.config, seed, options.variation)
        return Acts(ways, likeness.codes, noise, conditions.frames)


def _notes(conditions: Conditions, likeness: Likeness) -> tuple[str, ...]:
    """What a person should know."""
    photo, notes = conditions.options.show == ON_PHOTO, []
    if conditions.request.audio is not None and not photo:
        notes.append("The voice is heard and moves nothing in the generator's face: show it on the photo for lips.")
    if likeness.after > UNLIKE and not photo:
        notes.append(
            f"The generator keeps the portrait only roughly (colours are {likeness.after:.0%} off): "
            "show it on the photo to move the real picture."
        )
    return tuple(notes)
