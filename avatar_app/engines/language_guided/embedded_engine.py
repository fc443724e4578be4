"""Language-guided animation with the networks that this project trained: plans with their times, of any length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.engines.base import EMBEDDED, Conditions, EngineSpec
from avatar_app.engines.language_guided.acting import Acts, Way, draw_path, noise_for, strength_of
from avatar_app.engines.language_guided.alignment import align
from avatar_app.engines.language_guided.edit_transfer import spoken, tracked, with_lips
from avatar_app.engines.language_guided.embedded import Networks
from avatar_app.engines.language_guided.likeness import Likeness, Likenesses
from avatar_app.engines.language_guided.painting import FacePainter
from avatar_app.engines.language_guided.spec import ON_PHOTO, SPEC
from avatar_app.engines.language_guided.wishes_in_time import Wish, wishes_in_time
from avatar_app.progress import part_of
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import OnStep, ShouldStop

PATH = 17  # frames of a wish's walk
FEW = 100  # steps of tuning, below which it is told what they leave out
TUNING = 0.7  # of the progress of motion, when the portrait is new


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
        """See Engine.prepare."""
        assert conditions.portrait is not None
        _, told = align(conditions.portrait, self.networks.generator.config.size, close=True)
        known = self.likenesses.knows(conditions.portrait, conditions.options.tuning_steps)
        return replace(conditions, notes=(*told, *_notes(conditions, known)))

    def forget(self) -> None:
        """Lets go of the portraits that it learned."""
        self.likenesses.forget()

    def likeness(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Likeness:
        """Of the portrait; tuned when it is first asked for. Raises Stopped once should_stop() is true."""
        assert conditions.portrait is not None
        steps = conditions.options.tuning_steps
        return self.likenesses.of(self.networks, conditions.portrait, steps, on_step, should_stop)

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample: every seed's walks; on the photo, they are drawn, tracked, and the photo does the same."""
        photo, seeds = conditions.options.show == ON_PHOTO, conditions.request.seeds
        talks = photo and conditions.request.audio is not None
        voices = spoken(conditions, should_stop) if talks else []
        likeness = self.likeness(conditions, lambda done: on_step(TUNING * done), should_stop)
        for k, seed in enumerate(seeds):
            if should_stop():
                raise Stopped
            sample = EngineSample(k + 1, seed, None, self._acts(conditions, likeness, seed))
            if photo:
                told = part_of(lambda done: on_step(TUNING + (1 - TUNING) * done), k, len(seeds))
                sample = self._on_photo(conditions, sample, told, should_stop)
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
        return FacePainter(self.networks.generator, self.networks.motion, conditions.request.size)

    def _on_photo(
        self, conditions: Conditions, sample: EngineSample, on_step: OnStep, should_stop: ShouldStop
    ) -> EngineSample:
        assert conditions.portrait is not None
        frames = self._painter(conditions).frames(sample, should_stop)
        clip = tracked(frames, conditions.frames, conditions.portrait.resting, on_step, should_stop)
        return replace(sample, motion=clip, native=None)

    def _read(self, wishes: list[Wish]) -> list[Tensor]:
        """(WIDTH,) of every wish: its own words and its name together, so that words nobody taught lead there, too."""
        if not wishes:
            return []
        own = self.networks.read([wish.text for wish in wishes])
        return list((own + self.networks.read([wish.known or wish.text for wish in wishes])) / 2)

    @torch.inference_mode()
    def _acts(self, conditions: Conditions, likeness: Likeness, seed: int) -> Acts:
        """What the sample of a seed does."""
        options = conditions.options
        wishes = wishes_in_time(
            conditions.timeline, conditions.request.instruction, conditions.frames, seed, options.variation,
            options.loop, options.unfold,
        )  # fmt: skip
        random = torch.Generator().manual_seed(seed)
        strength = options.strength * strength_of(random, options.variation)
        texts = self._read(wishes)
        ways = tuple(
            Way(
                draw_path(self.networks.motion, text[None], None, PATH, random, options.variation),
                (strength if wish.asked else 1.0) * wish.there,
            )
            for wish, text in zip(wishes, texts, strict=True)
        )
        generator = likeness.generator
        noise = noise_for(generator.noises.layers(), generator.config, seed, options.variation)
        return Acts(ways, likeness.codes, noise, conditions.frames, generator, likeness.reach)


def _notes(conditions: Conditions, known: bool) -> tuple[str, ...]:
    """What a person should know."""
    options, notes = conditions.options, []
    if conditions.request.audio is not None and options.show != ON_PHOTO:
        notes.append("The voice is heard and moves nothing in the generator's face: show it on the photo for lips.")
    if options.tuning_steps < FEW:
        notes.append(
            f"With {options.tuning_steps} tuning steps the generator keeps little of the portrait and moves little: "
            "400 are usual."
        )
    elif not known:
        notes.append(
            f"The generator learns this portrait first, in {options.tuning_steps} steps; the next sentence needs none."
        )
    return tuple(notes)
