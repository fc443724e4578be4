"""DAWN: a voice and a portrait to head motion and blinks, and then to frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from avatar_app.devices import pick_device
from avatar_app.engines.base import EMBEDDED, PUBLISHED, Conditions, Engine, EngineSpec
from avatar_app.engines.dawn.behind import behind_person
from avatar_app.engines.dawn.checkpoint import load_networks
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.drive import Drive, draw_drive, motion_of
from avatar_app.engines.dawn.embedded import load_embedded
from avatar_app.engines.dawn.face_place import evened, face_mask
from avatar_app.engines.dawn.initial_state import InitialState, initial_state
from avatar_app.engines.dawn.networks import Networks
from avatar_app.engines.dawn.painting import Encoded, Painter, Picture
from avatar_app.engines.dawn.paths import NAME, RESOLUTIONS, what_is_missing
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.renderer import Portrait as Encoding
from avatar_app.engines.dawn.sampling import FAST_STEPS, STEPS
from avatar_app.engines.dawn.spec import SPEC
from avatar_app.face.arkit_rig import head_pose
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.progress import part_of
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import Image, OnStep, ShouldStop
from avatar_app.weights import checkpoints_folder

TURNED = 20  # degrees, from which on the embedded lips are less sure


def load(weights: str) -> Engine:
    """The engine; published networks of a resolution are loaded by the first request that names it."""
    if weights == EMBEDDED:
        return Dawn(weights, lambda resolution: load_embedded(checkpoints_folder() / NAME))
    return Dawn()


@dataclass(frozen=True)
class Prepared:
    """What `prepare` adds to the conditions."""

    networks: Networks
    encoded: Encoded


@dataclass(frozen=True)
class Dawn:
    """Engine (see engines.base). Its samples move head and lids; what is drawn follows them and the voice."""

    weights: str = PUBLISHED
    loader: Callable[[str], Networks] = load_networks
    spec: EngineSpec = SPEC
    loaded: dict[str, Networks] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def memory(self) -> int:
        """See Engine.memory."""
        return sum(networks.memory for networks in self.loaded.values())

    def describe(self) -> dict[str, Any]:
        """Sampling defaults."""
        return {
            "engine": self.spec.name,
            "weights": self.weights,
            "resolutions": [one for one in RESOLUTIONS if self.weights == EMBEDDED or not what_is_missing(one)],
            "device": str(pick_device()),
            "steps": {"published": STEPS, "fast": FAST_STEPS},
        }

    def networks(self, resolution: str) -> Networks:
        """Loaded once, and kept; InputError says what is missing."""
        with self.lock:
            if resolution not in self.loaded:
                self.loaded[resolution] = self.loader(resolution).to(pick_device())
            return self.loaded[resolution]

    @torch.inference_mode()
    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: hears the voice and encodes the portrait, once for all samples."""
        assert conditions.portrait is not None
        resolution, device = conditions.options.resolution, pick_device()
        networks, state = self.networks(resolution), initial_state(conditions.portrait, int(resolution))
        audio = networks.hearing(conditions.speech.samples, conditions.frames, should_stop)
        mask = networks.face(face_mask(torch.from_numpy(state.box), int(resolution)).to(device))
        portrait = _encode(networks.renderer, conditions.portrait, state, device)
        seen = portrait.coarsest
        if networks.denoiser.config.of_flow:
            seen = networks.renderer.encode(as_tensor(evened(state.crop, state.box), device)).coarsest
        encoded = Encoded(audio, portrait, seen, mask, state)
        return replace(conditions, extra=Prepared(networks, encoded), notes=_notes(conditions))

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample: head and lids; the flow that follows them is denoised when a sample is drawn.

        Frames are what is worked on together, so samples in a batch would take as long as one after another.
        """
        prepared: Prepared = conditions.extra
        networks, state = prepared.networks, prepared.encoded.state
        first, seeds = (state.pose, state.eyes), conditions.request.seeds
        for k, seed in enumerate(seeds):
            if should_stop():
                raise Stopped
            pose, eyes = draw_drive(
                networks.pose, networks.blink, prepared.encoded.audio, first, seed, conditions.options.variety
            )
            drive = Drive(pose, eyes, seed, part_of(on_step, k, len(seeds)))
            yield EngineSample(k + 1, seed, motion_of(drive, first), drive)
        if conditions.request.motion_only:
            on_step(1.0)

    def renderer(self, conditions: Conditions) -> Painter:
        """See Engine.renderer."""
        prepared: Prepared = conditions.extra
        assert conditions.portrait is not None
        picture = None
        if conditions.options.show == "picture":
            canvas, _ = conditions.portrait.whole()
            scene = conditions.portrait.scene
            window = (0, 0, canvas.shape[1], canvas.shape[0]) if scene is None else scene.layout.window
            picture = Picture(canvas, prepared.encoded.state.square, window)
        dtype = torch.bfloat16 if conditions.options.precision == "bfloat16" else torch.float32
        denoiser = ClipDenoiser(prepared.networks.denoiser, dtype=dtype)
        return Painter(denoiser, prepared.networks.renderer, prepared.encoded, conditions.options, picture)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Engine.attachments: there are none."""
        return []


def _encode(renderer: FrameRenderer, portrait: Portrait, state: InitialState, device: torch.device) -> Encoding:
    """The portrait's square through LFG, with what lies behind the person where it is asked for."""
    pictures = [state.crop]
    if renderer.hollow is not None:
        pictures.append(behind_person(portrait, state.square, state.crop))
    return renderer.encode(*(as_tensor(one, device) for one in pictures))


def as_tensor(picture: Image, device: torch.device) -> torch.Tensor:
    """(1, C, R, R) from 0 to 1 of a picture (R, R, C)."""
    return torch.tensor(picture).permute(2, 0, 1)[None].float().to(device) / 255


def _notes(conditions: Conditions) -> tuple[str, ...]:
    """What a person should know about what is left out."""
    notes = []
    assert conditions.portrait is not None
    turned = abs(head_pose(conditions.portrait.landmarks)[1])
    if conditions.request.weights != PUBLISHED and turned > TURNED:
        notes.append(
            f"The face is turned by {turned:.0f} degrees: DAWN's lips follow the voice less on turned faces, and on "
            "some hardly open. The default engine's do not mind."
        )
    if conditions.timeline.asks_for_something(conditions.frames):
        left = "feelings and other actions of the face are left aside"
        notes.append(f"DAWN moves head and eyelids as instructed; {left}.")
    return tuple(notes)
