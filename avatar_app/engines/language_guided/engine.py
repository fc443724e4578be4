"""Language-Guided Face Animation: a portrait and a sentence to a walk through the codes of StyleGAN2, and to frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.engines.base import EMBEDDED, PUBLISHED, Conditions, Engine, EngineSpec
from avatar_app.engines.language_guided.acting import (
    DECAY,
    Take,
    draw_path,
    noise_for,
    path_frames,
    places_of,
    strength_of,
)
from avatar_app.engines.language_guided.alignment import align
from avatar_app.engines.language_guided.checkpoint import load_networks
from avatar_app.engines.language_guided.embedded import load_embedded
from avatar_app.engines.language_guided.embedded_engine import EmbeddedLanguageGuided
from avatar_app.engines.language_guided.networks import Networks
from avatar_app.engines.language_guided.painting import FacePainter
from avatar_app.engines.language_guided.paths import NAME, installed_generators
from avatar_app.engines.language_guided.portrait_codes import Key, PortraitCodes
from avatar_app.engines.language_guided.prompts import as_learned
from avatar_app.engines.language_guided.spec import SPEC, Options, chosen_generator
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import OnStep, ShouldStop
from avatar_app.weights import checkpoints_folder

# Of the progress of what is made: the search for the portrait's codes is nearly all of it.
CODES_SHARE = 0.98


def load(weights: str) -> Engine:
    """The engine; the networks of a generator are loaded by the first request that names it."""
    if weights == EMBEDDED:
        return EmbeddedLanguageGuided(load_embedded(checkpoints_folder() / NAME).to(pick_device()))
    return LanguageGuided()


@dataclass(frozen=True)
class Prepared:
    """What `prepare` adds to the conditions. text, image: (1, D) of CLIP; image: None where it is not asked for."""

    networks: Networks
    key: Key
    text: Tensor
    image: Tensor | None


@dataclass(frozen=True)
class LanguageGuided:
    """Engine (see engines.base). Its samples are walks through W+; they are drawn when a sample is written."""

    loader: Callable[[str], Networks] = load_networks
    spec: EngineSpec = SPEC
    loaded: dict[str, Networks] = field(default_factory=dict)
    codes: PortraitCodes = field(default_factory=PortraitCodes)
    lock: Lock = field(default_factory=Lock)

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return sum(networks.memory for networks in self.loaded.values())

    def forget(self) -> None:
        """Lets go of the codes of portraits."""
        self.codes.forget()

    def describe(self) -> dict[str, Any]:
        """What is installed, and defaults."""
        return {
            "engine": self.spec.name,
            "weights": PUBLISHED,
            "generators": installed_generators(),
            "device": str(pick_device()),
            "precision": "float32",
            "decay": DECAY,
        }

    def networks(self, generator: str) -> Networks:
        """Loaded once, and kept; InputError says what is missing or does not fit together."""
        with self.lock:
            if generator not in self.loaded:
                self.loaded[generator] = self.loader(generator).to(pick_device())
            return self.loaded[generator]

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: aligns the face, reads the sentence, and tells how long the search will take."""
        assert conditions.portrait is not None
        options, generator = conditions.options, chosen_generator(conditions.options)
        networks = self.networks(generator)
        face, told = align(conditions.portrait, networks.generator.config.size)
        if should_stop():
            raise Stopped
        key = Key(generator, face.tobytes(), options.inversion_steps)
        with torch.inference_mode():
            text = networks.words.text(as_learned(conditions.request.instruction))
            pixels = key.pixels(networks.mean.device)
            image = networks.words.picture((pixels + 1) / 2) if options.with_picture else None
        notes = (*told, *self.codes.notes(networks, key), *_notes(conditions))
        return replace(conditions, extra=Prepared(networks, key, text, image), notes=notes)

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample: the portrait's codes, once for all samples, and every sample's walk from there."""
        prepared: Prepared = conditions.extra
        codes = self.codes.of(
            prepared.networks, prepared.key, lambda done: on_step(CODES_SHARE * done), should_stop
        )  # fmt: skip
        rest = _at_rest(prepared, codes, conditions.options)
        for k, seed in enumerate(conditions.request.seeds):
            if should_stop():
                raise Stopped
            yield EngineSample(k + 1, seed, None, _take(prepared, rest, conditions, seed))
        on_step(1.0)

    def renderer(self, conditions: Conditions) -> FacePainter:
        """See Engine.renderer."""
        networks: Networks = conditions.extra.networks
        return FacePainter(networks.generator, networks.motion, conditions.request.size)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Engine.attachments: there are none."""
        return []


@torch.inference_mode()
def _at_rest(prepared: Prepared, codes: Tensor, options: Options) -> Tensor:
    """(1, L, style) of frame 0. What the motion model adds to all frames puts right what an encoder gets wrong: codes
    that were searched do without it, so that they stay the portrait's."""
    networks = prepared.networks
    if networks.encoder is not None:
        mapper = networks.motion.mapper.t_mapper
        codes = codes + mapper(torch.zeros_like(prepared.text))
        if prepared.image is not None:
            codes = codes + networks.motion.image_offset(prepared.image)
    return torch.lerp(networks.mean, codes, options.truncation)


@torch.inference_mode()
def _take(prepared: Prepared, rest: Tensor, conditions: Conditions, seed: int) -> Take:
    networks, options = prepared.networks, conditions.options
    random = torch.Generator().manual_seed(seed)
    path = path_frames(conditions.frames, options.unfold, options.loop)
    codes = draw_path(networks.motion, prepared.text, prepared.image, path, random, options.variation)
    noise = noise_for(networks.generator.noises.layers(), networks.generator.config, seed, options.variation)
    return Take(
        codes, places_of(conditions.frames, path, options.loop), rest,
        options.strength * strength_of(random, options.variation), noise,
    )  # fmt: skip


def _notes(conditions: Conditions) -> tuple[str, ...]:
    """What a person should know about what is left out."""
    notes = []
    if conditions.request.audio is not None:
        notes.append("The voice is heard and moves nothing: this engine acts the sentence alone, without lips.")
    if len(conditions.timeline.segments) > 1 or any(one.timed for one in conditions.timeline.segments):
        notes.append("CLIP reads the whole sentence at once: times, counts and what comes after what are left aside.")
    return tuple(notes)
