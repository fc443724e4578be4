"""The user's own copies of the published files: recognised by what is in them, checked, and kept as safetensors."""

from __future__ import annotations

import json
import logging
import shutil
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from avatar_app.engines.language_guided.clip_resnet import ClipResnet, ResnetWords
from avatar_app.engines.language_guided.generator import Generator
from avatar_app.engines.language_guided.inversion import code_spread
from avatar_app.engines.language_guided.inversion_encoder import InversionEncoder
from avatar_app.engines.language_guided.loading import (
    ENCODER as ENCODER_PREFIX,
)
from avatar_app.engines.language_guided.loading import (
    PARALLEL,
    generator_from,
    inversion_encoder_from,
    motion_model_from,
)
from avatar_app.engines.language_guided.motion_model import MotionModel
from avatar_app.engines.language_guided.networks import Frozen, Networks
from avatar_app.engines.language_guided.paths import (
    CLIP,
    CLIP_RESNET,
    ENCODER,
    GENERATOR,
    GENERATORS,
    MOTION,
    NAME,
    installed_file,
    installed_generators,
    what_is_missing,
)
from avatar_app.engines.language_guided.words import Words, read_clip
from avatar_app.files import FULL, file_exists, unfinished
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors, load_torch

log = logging.getLogger(__name__)

_ENDINGS = (".pth", ".pt", ".tar")
_MEAN = "latent_avg"  # the mean w, beside the weights
_BEGINS = "input.input"  # of a generator; e4e files hold a copy of theirs, which tells whose codes they make
TERMS = {
    GENERATOR: "StyleGAN2's weights come from NVIDIA's: for research, not for commercial use.",
    ENCODER: "e4e's code is MIT; its weights were trained on FFHQ, which is not for commercial use.",
    MOTION: "The authors' code is MIT; a motion model is under its trainer's terms.",
    CLIP: "OpenAI's CLIP is MIT.",
}


@dataclass(frozen=True)
class Found:
    """One recognised file: its kind, its tensors by the names they are kept under, and which of GENERATORS it is."""

    kind: str
    tensors: dict[str, Tensor]
    generator: str = ""


def install(source: Path) -> list[Path]:
    """Puts the published files in `source`, a file or folder, in place. Returns their new paths.

    Nothing is executed: checkpoints are read with weights_only. Of several motion models the last by name is taken.
    Raises InputError when nothing is recognised, or a file is not what it should be.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist: give a file, or the folder with files, for {NAME}.")
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.suffix in _ENDINGS)
    found = [one for path in files for one in _recognise(path)]
    clips = [] if source.is_file() else sorted(filter(_is_clip, source.rglob("config.json")))
    if not found and not clips:
        raise InputError(
            f"No file for {NAME} was found in {source}: it may hold a StyleGAN2 such as stylegan2-ffhq-config-f.pt, an "
            "e4e encoder, a motion model such as Iter_005000.pth, and the folder of a CLIP."
        )
    made = dict.fromkeys([_keep(one) for one in found] + [_keep_clip(path.parent) for path in clips])
    for kind in dict.fromkeys([*(one.kind for one in found), *([CLIP] if clips else [])]):
        if kind in TERMS:
            log.warning("%s", TERMS[kind])
    log.warning("%s", what_is_missing() or "Words can move a face.")
    return list(made)


def load_networks(generator: str) -> Networks:
    """The installed networks around one of GENERATORS; InputError says what is missing, damaged, or does not fit."""
    if missing := what_is_missing():
        raise InputError(missing)
    frozen = _frozen(load_safetensors(installed_file(GENERATOR, generator)), f"The generator {generator}")
    motion = _motion(frozen.generator)
    if motion.config.embedding != frozen.words.width:
        raise InputError(
            f"The installed CLIP gives {frozen.words.width} numbers and the motion model reads "
            f"{motion.config.embedding}: install the CLIP that it was trained with, or its file with CLIP inside."
        )
    return Networks(motion=motion, **vars(frozen))


def load_frozen(generator: Path | None) -> Frozen:
    """What motion is learned with: a generator's file, or the first that is installed, and what is installed beside.

    CLIP is the installed folder's. Raises InputError where a file is missing, or no generator.
    """
    if not file_exists(installed_file(CLIP) / "config.json"):
        raise InputError(
            "Motion is learned from a CLIP, and none is installed: run "
            f"`avatar_app download {NAME} --from FOLDER` with the folder of openai/clip-vit-base-patch32."
        )
    if generator is None:
        if not (have := installed_generators()):
            raise InputError(f"No generator is installed: give one with --generator FILE, or `download {NAME}` one.")
        return _frozen(load_safetensors(installed_file(GENERATOR, have[0])), "The generator", own_clip=False)
    if not file_exists(generator):
        raise InputError(f"There is no generator at {str(generator)!r}: check the name.")
    found = next((one for one in _recognise(generator) if one.kind == GENERATOR), None)
    if found is None:
        raise InputError(
            f"{generator.name} holds no StyleGAN2 generator (g_ema): use the file that its owners publish."
        )
    return _frozen(found.tensors, generator.name, own_clip=False)


def _frozen(state: dict[str, Tensor], name: str, own_clip: bool = True) -> Frozen:
    """own_clip: whether the CLIP that came with the installed motion model is used where there is one."""
    mean = state.pop(_MEAN, None)
    drawn = generator_from(state, name)
    own_mean, spread = code_spread(drawn)
    encoder, encoder_mean = _encoder(drawn)
    mean = own_mean if mean is None else mean.float().reshape(-1)
    return Frozen(
        generator=drawn, mean=mean, spread=spread, words=_words(own_clip), encoder=encoder, encoder_mean=encoder_mean
    )


def _motion(generator: Generator) -> MotionModel:
    config, path = generator.config, installed_file(MOTION)
    motion = motion_model_from(load_safetensors(path), "The motion model", config.style)
    if motion.config.latents != config.latents:
        raise InputError(
            f"The installed motion model moves {motion.config.latents} rows of {config.style} numbers and this "
            f"generator has {config.latents}: install a motion model that was trained with this generator."
        )
    return motion


def _words(own_clip: bool) -> Words:
    clip = read_clip(installed_file(CLIP))
    path = installed_file(CLIP_RESNET)
    if not own_clip or not file_exists(path):
        return clip
    return ResnetWords(ClipResnet.filled(load_safetensors(path), "CLIP of the motion model"), clip.tokenizer)


def _encoder(generator: Generator) -> tuple[InversionEncoder | None, Tensor | None]:
    """e4e and the mean w that it adds, where one is installed for this very generator."""
    path = installed_file(ENCODER)
    if not file_exists(path):
        return None, None
    state = load_safetensors(path)
    mean, begins = state.pop(_MEAN), state.pop(_BEGINS, None)
    own = generator.state_dict()[_BEGINS]
    if begins is not None and not (begins.shape == own.shape and torch.allclose(begins.float(), own, atol=1e-4)):
        log.warning("The installed e4e encoder is of another generator: codes are searched.")
        return None, None
    encoder = inversion_encoder_from(state, "The e4e encoder")
    if (encoder.config.rows, encoder.config.channels[-1]) != (generator.config.latents, generator.config.style):
        log.warning("The installed e4e encoder makes other codes than this generator has: codes are searched.")
        return None, None
    return encoder, mean


def _recognise(path: Path) -> list[Found]:
    """What a file holds, from its contents; nothing when it is none of ours."""
    content = load_torch(path, (Namespace,))
    if not isinstance(content, dict):
        return []
    if isinstance(content.get("g_ema"), dict):
        return [_generator(content, path)]
    state = content.get("state_dict")
    if not isinstance(state, dict):
        return []
    plain = {str(key).removeprefix(PARALLEL): value for key, value in state.items()}
    if "mapper.t_mapper.1.weight" in plain or "rnn.fc1.weight" in plain:
        return _motion_file(plain, path)
    if any(key.startswith(f"{ENCODER_PREFIX}styles.") for key in plain):
        return [_encoder_file(plain, content, path)]
    return []


def _generator(content: Mapping[str, Any], path: Path) -> Found:
    made = generator_from(content["g_ema"], path.name)
    tensors = dict(made.state_dict())
    if (mean := content.get(_MEAN)) is not None:
        if not isinstance(mean, Tensor) or mean.numel() != made.config.style:
            raise InputError(
                f"{path.name} has a mean code of another size than its generator's {made.config.style}: use the file "
                "that its owners publish."
            )
        tensors[_MEAN] = mean.reshape(-1)
    lower = path.name.lower()
    named = "metfaces" if "metface" in lower else "ffhq" if "ffhq" in lower else "other"
    assert named in GENERATORS
    return Found(GENERATOR, tensors, named)


def _motion_file(plain: Mapping[str, Tensor], path: Path) -> list[Found]:
    """The motion model, and the CLIP that was trained with it where the file holds one."""
    motion_model_from(plain, path.name, style=1)  # whose rows these are, the generator tells when both are loaded
    own = {key: value for key, value in plain.items() if not key.startswith(ENCODER_PREFIX)}
    clip = {key.removeprefix(ENCODER_PREFIX): value for key, value in plain.items() if key.startswith(ENCODER_PREFIX)}
    found = [Found(MOTION, own)]
    if clip:
        ClipResnet.filled(clip, path.name)
        found.append(Found(CLIP_RESNET, clip))
    return found


def _encoder_file(plain: Mapping[str, Tensor], content: Mapping[str, Any], path: Path) -> Found:
    made = inversion_encoder_from(plain, path.name)
    tensors = {f"{ENCODER_PREFIX}{key}": value for key, value in made.state_dict().items()}
    options = content.get("opts")
    told = vars(options) if isinstance(options, Namespace) else options if isinstance(options, dict) else {}
    mean, style = content.get(_MEAN), made.config.channels[-1]
    if told.get("start_from_latent_avg") is False:
        mean = torch.zeros(style)
    if not isinstance(mean, Tensor) or mean.numel() not in (style, style * made.config.rows):
        raise InputError(
            f"{path.name} lacks the mean code (latent_avg) that e4e adds, of {style} numbers: use the file that its "
            "owners publish."
        )
    tensors[_MEAN] = mean.reshape(-1, style)
    if (begins := plain.get(f"decoder.{_BEGINS}")) is not None:
        tensors[_BEGINS] = begins
    return Found(ENCODER, tensors)


def _keep(found: Found) -> Path:
    place = installed_file(found.kind, found.generator)
    if found.kind == MOTION:  # whatever CLIP belonged to the motion model before
        installed_file(CLIP_RESNET).unlink(missing_ok=True)
    with unfinished(place) as part:
        try:
            save_file({name: value.contiguous().clone() for name, value in found.tensors.items()}, part)
        except SafetensorError as error:
            raise InputError(f"Cannot write to {str(place.parent)!r} ({error}): {FULL}.") from error
    return place


def _is_clip(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_text(encoding="utf-8")).get("model_type") == CLIP)
    except (OSError, ValueError, AttributeError):
        return False


def _keep_clip(folder: Path) -> Path:
    place = installed_file(CLIP)
    read = read_clip(folder)
    part = place.with_name(f"{CLIP}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        network: Any = read.network
        network.save_pretrained(part)
        read.tokenizer.save_pretrained(part)
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
    except OSError as error:
        raise InputError(f"Cannot write to {str(place.parent)!r} ({error}): {FULL}.") from error
    return place
