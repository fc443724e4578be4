"""The user's own copies of the published files: recognised by what is in them, checked, and kept as safetensors."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from avatar_app.engines.dawn import pbnet
from avatar_app.engines.dawn.denoiser import PREFIX, UNUSED, FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder, published_weights
from avatar_app.engines.dawn.flow import FlowPredictor
from avatar_app.engines.dawn.hearing import Hubert
from avatar_app.engines.dawn.loading import below, filled, without
from avatar_app.engines.dawn.networks import Networks
from avatar_app.engines.dawn.paths import (
    BLINK,
    DENOISER,
    HUBERT,
    NAME,
    POSE,
    RENDERER,
    RESOLUTIONS,
    installed_file,
    what_is_missing,
)
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import noise_tables
from avatar_app.files import FULL, atomic_write, unfinished
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors, load_torch

log = logging.getLogger(__name__)

_ENDINGS = (".pth", ".pt", ".tar")
_FLOW = "pixelwise_flow_predictor."
_FETCH = "use the file that its owners publish"
_HUBERT_OWN = "masked_spec_embed"  # of training; nothing is lost without it


@dataclass(frozen=True)
class Found:
    """One recognised file: its kind, resolution where it has one, tensors by name, and what else it tells."""

    kind: str
    tensors: dict[str, Tensor]
    resolution: str = ""
    about: dict[str, Any] = field(default_factory=dict)


def install(source: Path) -> list[Path]:
    """Puts the published files in `source`, a file or folder, in place. Returns their new paths.

    Nothing is executed: checkpoints are read with weights_only. Folders may be called as on the model page (pbnet/) or
    as in the code (pbnet_seperate/). Raises InputError when nothing is recognised, or a file is not what it should be.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist: give the file or folder with the files of DAWN.")
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.suffix in _ENDINGS)
    found = [one for path in files if (one := _recognise(path)) is not None]
    speech = [] if source.is_file() else sorted(filter(_is_hubert, source.rglob("config.json")))
    if not found and not speech:
        raise InputError(
            f"No file of DAWN was found in {source}: it may hold DAWN_128.pth, LFG_128_1000ep.pth, the folders pbnet "
            "and hubert-large-ls960-ft."
        )
    made = [_keep(one) for one in found] + [_keep_hubert(path.parent) for path in speech]
    log.warning("%s", what_is_missing() or "DAWN is installed.")
    return made


def load_networks(resolution: str) -> Networks:
    """The installed networks; InputError says what is missing or damaged."""
    if missing := what_is_missing(resolution):
        raise InputError(missing)
    denoiser = filled(FlowDenoiser.like, load_safetensors(installed_file(DENOISER, resolution)), "the denoiser")
    renderer = filled(FrameRenderer.like, load_safetensors(installed_file(RENDERER, resolution)), "the renderer")
    face = FaceEncoder()
    face.load_state_dict(published_weights())
    pose, blink, hubert = _motion(POSE), _motion(BLINK), _load_hubert()
    if {hubert.config.hidden_size} != {denoiser.config.audio, pose.config.audio, blink.config.audio}:
        raise InputError(
            f"The installed HuBERT gives {hubert.config.hidden_size} values a frame and DAWN hears "
            f"{denoiser.config.audio}: install hubert-large-ls960-ft."
        )
    return Networks(Hubert(hubert), denoiser, renderer, face.eval().requires_grad_(False), pose, blink)


def _recognise(path: Path) -> Found | None:
    """What a file holds, from its contents; None when it is none of ours."""
    content = load_torch(path)
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("diffusion"), dict):
        state = content["diffusion"]
        own = without(below(state, PREFIX), *UNUSED)
        known = noise_tables().keys()
        if strange := sorted(name for name in state if not name.startswith(PREFIX) and name not in known):
            raise InputError(f"{path.name} is not DAWN's: it holds {strange[0]}: {_FETCH}.")
        return _checked(Found(DENOISER, own, _resolution(path, content)), FlowDenoiser.like, path)
    if isinstance(content.get("generator"), dict):
        state = content["generator"]
        filled(FlowPredictor.like, below(state, _FLOW), path.name)
        return _checked(Found(RENDERER, without(state, _FLOW), _resolution(path, content)), FrameRenderer.like, path)
    if f"{pbnet.PREFIX}finallayer.weight" in content:
        return _recognise_motion(path, content)
    return None


def _recognise_motion(path: Path, content: Mapping[str, Tensor]) -> Found:
    about = _options_beside(path)
    state = below(without(content, *pbnet.UNUSED), pbnet.PREFIX)
    values = len(state["finallayer.weight"])
    if values not in (6, 2):
        raise InputError(
            f"{path.name} moves {values} values: give the two networks of pbnet/pose (6 values) and pbnet/blink (2)."
        )
    found = Found(POSE if values == 6 else BLINK, state, about=about)
    return _checked(found, lambda state: _motion_like(state, about), path)


def _checked(found: Found, like: Any, path: Path) -> Found:
    filled(like, found.tensors, path.name)
    return found


def _resolution(path: Path, content: Mapping[str, Any]) -> str:
    """Told by the name, and by the example that some files hold; networks of both resolutions have the same tensors."""
    named = [one for one in RESOLUTIONS if re.search(rf"(?<!\d){one}(?!\d)", path.name)]
    example = content.get("example")
    seen = str(example.shape[-1]) if isinstance(example, Tensor) and example.ndim >= 3 else ""
    if len(named) != 1:
        raise InputError(
            f"Whether {path.name} is of 128 or of 256 pixels cannot be told: keep its published name, such as "
            "DAWN_128.pth or LFG_256_400ep.pth."
        )
    if seen in RESOLUTIONS and seen != named[0]:
        raise InputError(f"{path.name} holds an example of {seen} pixels: give it back its published name.")
    return named[0]


def _options_beside(path: Path) -> dict[str, Any]:
    """The options in opt.yaml that the weights do not tell."""
    import yaml

    file = path.with_name("opt.yaml")
    try:
        options = yaml.safe_load(file.read_text(encoding="utf-8"))
        about = {"archiname": options["archiname"], "max_distance": int(options["max_distance"])}
        pbnet.WINDOWS[about["archiname"]]
    except (OSError, ValueError, TypeError, LookupError, yaml.YAMLError) as error:
        raise InputError(
            f"{path.name} needs the opt.yaml that is published beside it, with archiname ("
            f"{' or '.join(pbnet.WINDOWS)}) and max_distance ({type(error).__name__}): put it into the same folder."
        ) from error
    return about


def _motion_like(state: Mapping[str, Tensor], about: Mapping[str, Any]) -> pbnet.MotionDecoder:
    return pbnet.MotionDecoder.like(state, about["max_distance"], pbnet.WINDOWS[about["archiname"]])


def _motion(kind: str) -> pbnet.MotionDecoder:
    path = installed_file(kind)
    state = load_safetensors(path)
    try:
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return filled(lambda state: _motion_like(state, about), state, path.name)
    except (OSError, ValueError, LookupError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The options beside {path.name} cannot be read ({error}): install it again with "
            f"`avatar_app download {NAME} --from FOLDER`."
        ) from error


def _keep(found: Found) -> Path:
    place = installed_file(found.kind, found.resolution)
    with unfinished(place) as part:
        try:
            save_file({name: value.contiguous().clone() for name, value in found.tensors.items()}, part)
        except SafetensorError as error:
            raise InputError(f"Cannot write to {str(place.parent)!r} ({error}): {FULL}.") from error
    if found.about:
        with atomic_write(place.with_suffix(".json")) as file:
            file.write((json.dumps(found.about, indent=2) + "\n").encode())
    return place


def _is_hubert(config: Path) -> bool:
    try:
        return json.loads(config.read_text(encoding="utf-8")).get("model_type") == HUBERT
    except (OSError, ValueError, AttributeError):
        return False


def _keep_hubert(folder: Path) -> Path:
    place = installed_file(HUBERT)
    model = _read_hubert(folder)
    part = place.with_name(f"{HUBERT}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        model.save_pretrained(part)
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
    except OSError as error:
        raise InputError(f"Cannot write to {str(place.parent)!r} ({error}): {FULL}.") from error
    return place


def _load_hubert() -> Any:
    return _read_hubert(installed_file(HUBERT)).eval().requires_grad_(False)


def _read_hubert(folder: Path) -> Any:
    """A transformers HubertModel of a folder on this machine; InputError where weights are absent or do not fit."""
    from transformers import HubertModel

    try:
        model, told = HubertModel.from_pretrained(
            folder, local_files_only=True, output_loading_info=True, attn_implementation="sdpa", dtype=torch.float32
        )
    except Exception as error:  # whatever a damaged folder makes the library raise
        raise InputError(
            f"HuBERT in {folder.name} cannot be read ({str(error).splitlines()[0]}): fetch the folder again."
        ) from error
    lacking = sorted(name for name in told["missing_keys"] if not name.endswith(_HUBERT_OWN))
    if lacking or told["mismatched_keys"]:
        raise InputError(f"HuBERT in {folder.name} is incomplete ({lacking[:1] or 'shapes'}): fetch the folder again.")
    return model
