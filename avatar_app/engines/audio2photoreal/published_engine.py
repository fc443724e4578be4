"""audio2photoreal with the published networks of one recorded person: poses and face codes, as files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import resample_poly
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.diffusion.noise import start_noise
from avatar_app.engines.audio2photoreal import paths
from avatar_app.engines.audio2photoreal.asked import find_scene, seeds_to_make, title_of
from avatar_app.engines.audio2photoreal.body_view import open_body_view
from avatar_app.engines.audio2photoreal.ca_body import open_ca_body
from avatar_app.engines.audio2photoreal.ca_body_files import DECODED, NOTHING, way_of_drawing
from avatar_app.engines.audio2photoreal.checkpoint import Person, load_person
from avatar_app.engines.audio2photoreal.codes import Codes
from avatar_app.engines.audio2photoreal.conditioning import channels, in_two_channels
from avatar_app.engines.audio2photoreal.config import FACE, FPS, FRAME_SAMPLES, KEY_FRAME_EVERY, POSE
from avatar_app.engines.audio2photoreal.given import given_codes
from avatar_app.engines.audio2photoreal.normalisation import scale_voice
from avatar_app.engines.audio2photoreal.published import (
    TOP_P,
    Heard,
    Settings,
    draw_key_poses,
    hear,
    sample_face,
    sample_pose,
)
from avatar_app.engines.audio2photoreal.recorded import TITLE, recorded_codes
from avatar_app.engines.audio2photoreal.sampling import FACE_GUIDANCE, POSE_GUIDANCE
from avatar_app.engines.audio2photoreal.skeleton_motion import on_our_body, open_skeleton
from avatar_app.engines.audio2photoreal.spec import SPEC, Options
from avatar_app.engines.base import PUBLISHED, Conditions, EngineSpec
from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.npz import save_marked
from avatar_app.progress import part_of
from avatar_app.render.base import Renderer
from avatar_app.request import InputError
from avatar_app.sample import EngineSample
from avatar_app.speech.recording import Speech
from avatar_app.types import Array, OnStep, ShouldStop

RATE = FPS * FRAME_SAMPLES  # Hz
LONGEST = 20.0  # seconds that the published networks hear
STEPS = 100
FACELESS = "The pose is shown on our body; its face codes need the authors' decoder, so the face rests."
PARTNER_NOISE = 0.001  # deviation of the noise that stands for a partner where there is none


@dataclass(frozen=True)
class Prepared:
    """The networks of a person; pose (T, 104) and face codes (T, 256) that are given; the motion of a scene.

    move: what shows a pose (T, 104) on our body; None where the authors' decoder draws, and where nothing is drawn.
    """

    person: Person
    pose: Array | None
    face: Array | None
    recorded: Codes | None
    move: Callable[[Array], MotionClip] | None = None
    view: Renderer | None = None


def load_published_engine() -> PublishedAudio2Photoreal:
    """The engine; the networks of a person are loaded by the request that names him."""
    return PublishedAudio2Photoreal()


@dataclass(frozen=True)
class PublishedAudio2Photoreal:
    """Engine (see engines.base). Its samples' `native` is Codes; motion is our body's, where that shows the pose."""

    spec: EngineSpec = SPEC
    memory: int = 0

    def describe(self) -> dict[str, Any]:
        """Sampling defaults."""
        return {
            "engine": self.spec.name,
            "weights": PUBLISHED,
            "people": [person for person in paths.PEOPLE if not paths.what_is_missing(person)],
            "steps": STEPS,
            "face_scale": FACE_GUIDANCE,
            "body_scale": POSE_GUIDANCE,
            "diversity": TOP_P,
        }

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """See Engine.prepare: loads the person. InputError for voices that are longer than the networks hear."""
        if conditions.speech.duration > LONGEST:
            raise InputError(
                f"The published networks hear {LONGEST:.0f} s at a time; this voice takes "
                f"{conditions.speech.duration:.1f} s: choose a passage of it."
            )
        options, frames = conditions.options, _frames(conditions)
        pose = given_codes(options.pose_codes, "body_pose", frames) if options.pose_codes else None
        face = given_codes(options.face_codes, "face_expression", frames) if options.face_codes else None
        recorded = None
        if options.scene is not None:
            scene = find_scene(options.scene)
            recorded = Codes(*recorded_codes(scene, conditions.request.audio_from, frames, FPS))
        prepared = Prepared(load_person(options.person), pose, face, recorded)
        return _with_view(replace(conditions, extra=prepared))

    def renderer(self, conditions: Conditions) -> Renderer | None:
        """See Engine.renderer: the authors' decoder or our body, whichever the user's assets allow."""
        view: Renderer | None = conditions.extra.view
        return view

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """sample_K.codes.npz: pose (T, 104) radians and face (T, 256) at 30 fps, named as published."""
        path = folder / f"sample_{sample.index}.codes.npz"
        with atomic_write(path) as file:
            save_marked(file, fps=FPS, body_pose=sample.native.pose, face_expression=sample.native.face)
        return [path]

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """See Engine.sample: one sample after another, each from noise of its own seed."""
        prepared: Prepared = conditions.extra
        request, options, device = conditions.request, conditions.options, pick_device()
        person, seeds, frames = prepared.person, seeds_to_make(request, options), _frames(conditions)
        sound = person.statistics.normalise_audio(_sound(conditions)).to(device)
        heard = hear(person.audio.to(device), person.lips.to(device), sound)
        for k, seed in enumerate(seeds):
            tell = part_of(on_step, k, len(seeds))
            noise = start_noise((seed,), heard.frames, POSE + FACE, device)
            pose, face = prepared.pose, prepared.face
            if pose is None:
                made = _pose(person, heard, noise[..., :POSE], seed, options, part_of(tell, 0, 2), should_stop)
                pose = person.statistics.denormalise_pose(made[0, :frames].cpu()).numpy()
            if face is None:
                made = _face(person, heard, noise[..., POSE:], options, part_of(tell, 1, 2), should_stop)
                face = person.statistics.denormalise_face(made[0, :frames].cpu()).numpy()
            clip = None if prepared.move is None else prepared.move(pose)
            yield EngineSample(k + 1, seed, clip, Codes(pose, face), title_of(k, request, options))
        if (codes := prepared.recorded) is not None:
            clip = None if prepared.move is None else prepared.move(codes.pose)
            yield EngineSample(len(seeds) + 1, 0, clip, codes, TITLE, recorded=True)


def _with_view(conditions: Conditions) -> Conditions:
    """The conditions with what draws the person, and a word on what it cannot show."""
    person = conditions.options.person
    way = NOTHING if conditions.request.motion_only else way_of_drawing(person)
    if way == DECODED:
        view: Renderer = open_ca_body(person, pick_device(), conditions.frames)
        return replace(conditions, extra=replace(conditions.extra, view=view))
    if way == NOTHING:
        return conditions
    bones, points = open_skeleton(person)
    body = open_body_view(conditions)
    extra = replace(
        conditions.extra,
        move=lambda pose: on_our_body(bones, points, pose, conditions.frames),
        view=None if body.renderer is None else body,
    )
    return replace(conditions, extra=extra, notes=(*conditions.notes, FACELESS))


def _pose(
    person: Person, heard: Heard, noise: Tensor, seed: int, options: Options, tell: OnStep, stop: ShouldStop
) -> Tensor:
    """(1, T, 104) normalised poses of one seed."""
    top_p = TOP_P if options.diversity is None else options.diversity
    scale = POSE_GUIDANCE if options.body_scale is None else options.body_scale
    device = noise.device
    keys = draw_key_poses(person.guide.to(device), person.codec.to(device), heard, [seed], top_p, stop)
    settings = Settings(options.steps or STEPS, scale, tell, stop)
    return sample_pose(person.pose.to(device), heard, keys, noise.contiguous(), settings)


def _face(person: Person, heard: Heard, noise: Tensor, options: Options, tell: OnStep, stop: ShouldStop) -> Tensor:
    """(1, T, 256) normalised face codes."""
    scale = FACE_GUIDANCE if options.face_scale is None else options.face_scale
    settings = Settings(options.steps or STEPS, scale, tell, stop)
    return sample_face(person.face.to(noise.device), heard, noise.contiguous(), settings)


def _frames(conditions: Conditions) -> int:
    """Frames at 30 fps of the voice."""
    return math.ceil(conditions.speech.duration * FPS - 1e-6)


def _sound(conditions: Conditions) -> torch.Tensor:
    """(1, S, 2) at 48 kHz: our person, then the partner, or faint noise where there is none; of whole key frames."""
    speech, partner = conditions.speech, conditions.partner
    if in_two_channels(conditions.options):
        speech, partner = channels(speech)
    own = _at_rate(speech)
    whole = FRAME_SAMPLES * KEY_FRAME_EVERY
    own = np.pad(own, (0, -len(own) % whole))
    audio = np.random.default_rng(0).normal(0, PARTNER_NOISE, (1, len(own), 2))
    audio[0, :, 0] = scale_voice(own)
    if partner is not None:
        other = _at_rate(partner)[: len(own)]
        audio[0, : len(other), 1] = scale_voice(other)
    if conditions.options.swap:
        audio = audio[..., ::-1].copy()
    return torch.from_numpy(audio)


def _at_rate(voice: Speech) -> npt.NDArray[np.float64]:
    sound = voice.original if voice.original.ndim == 1 else voice.original.mean(axis=1)
    common = int(np.gcd(RATE, voice.original_rate))
    made = resample_poly(sound.astype(np.float64), RATE // common, voice.original_rate // common)
    return np.asarray(made, np.float64)
