"""The user's own copies of the published files: recognised by what is in them, checked, and kept as safetensors."""

from __future__ import annotations

import argparse
import json
import logging
import pathlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from avatar_app.engines.base import PUBLISHED
from avatar_app.engines.diffposetalk.coefficients import Statistics
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.flame_pickle import read_flame
from avatar_app.engines.diffposetalk.hubert import options_of
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.paths import (
    DENOISER,
    FLAME,
    STATISTICS,
    STYLE,
    installed_file,
)
from avatar_app.engines.diffposetalk.published import PublishedModel
from avatar_app.engines.diffposetalk.spec import OFFERED as NEEDED
from avatar_app.engines.diffposetalk.spec import SPEC
from avatar_app.engines.diffposetalk.style_encoder import StyleEncoder, build_style_encoder
from avatar_app.files import FULL, atomic_write, unfinished
from avatar_app.render.mesh.texture_layout import TextureLayout, read_obj
from avatar_app.request import InputError
from avatar_app.tensor_fit import check_fit
from avatar_app.weights import load_safetensors, load_torch

log = logging.getLogger(__name__)

# What published checkpoints hold besides tensors; anything else is refused.
SAFE_CLASSES = (argparse.Namespace, pathlib.PosixPath)
LAYOUT = "flame_uv"  # where textures lie on FLAME; only they need it, so nobody is told that it is missing
OFFERED = NEEDED | {  # what is needed to speak; then what reads styles, and what makes a mesh of coefficients
    STYLE: "the style encoder (iter_0026000.pt, from the folder linked in github.com/DiffPoseTalk/DiffPoseTalk)",
    FLAME: "generic_model.pkl of FLAME 2020 (after registration at flame.is.tue.mpg.de)",
}
_IGNORED = "denoising_net.TE.pe"  # a table that is computed
_REBUILT = (_IGNORED, "audio_encoder.masked_spec_embed")
_OLD_NAMES = {"conv.weight_g": "conv.parametrizations.weight.original0"}
_OLD_NAMES |= {"conv.weight_v": "conv.parametrizations.weight.original1"}


@dataclass(frozen=True)
class Found:
    """One recognised file: its kind, tensors by name, and what else it tells."""

    kind: str
    tensors: dict[str, Tensor]
    about: dict[str, Any]


def install(source: Path) -> list[Path]:
    """Puts the published files in `source`, a file or folder, in place. Returns their new paths.

    Nothing is executed: checkpoints are read with weights_only, FLAME's pickle by a reader that knows its few classes.
    Raises InputError when nothing is recognised, or a file is not what it should be.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist: give the file or folder with the files of DiffPoseTalk.")
    endings = (".pt", ".npz", ".pkl", ".obj")
    paths = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.suffix in endings)
    found = [(path, one) for path in paths if (one := _recognise(path)) is not None]
    if not found:
        wanted = "; ".join(OFFERED.values())
        raise InputError(f"No file of DiffPoseTalk was found in {source}: it may hold {wanted}.")
    made = [_keep(path, one) for path, one in found]
    log.warning("%s", what_is_missing())
    return made


def what_is_missing() -> str:
    """A sentence on what is installed, what is not, and who offers it."""
    missing = [offered for kind, offered in OFFERED.items() if not installed_file(kind).is_file()]
    if not missing:
        return "All files of DiffPoseTalk are installed."
    return "Of DiffPoseTalk these are not installed: " + "; ".join(missing) + "."


def load_published() -> PublishedModel:
    """The installed denoiser with its statistics, ready to sample; InputError says which are missing."""
    if missing := SPEC.missing(PUBLISHED):
        raise InputError(missing)
    args, state = _installed_options(DENOISER), load_safetensors(installed_file(DENOISER))
    model = _filled(_config(args, state, DENOISER), state, "the installed denoiser")
    return PublishedModel(model, Statistics.load(installed_file(STATISTICS)))


def load_style_encoder(folder: Path | None = None) -> StyleEncoder:
    """The installed style encoder, built from the options that came with it; InputError when it is missing."""
    path = installed_file(STYLE, folder)
    if not path.is_file():
        raise InputError(
            f"Reading a style from coefficients needs {OFFERED[STYLE]}: fetch it, then run `avatar_app download "
            "diffposetalk --from FILE`; or give a style vector (.npy)."
        )
    return build_style_encoder(load_safetensors(path), _installed_options(STYLE, folder), "the installed style encoder")


def load_texture_layout() -> TextureLayout | None:
    """The installed layout of textures on FLAME, or None."""
    path = installed_file(LAYOUT)
    if not path.is_file():
        return None
    return TextureLayout(**{name: value.numpy() for name, value in load_safetensors(path).items()})


def _recognise(path: Path) -> Found | None:
    """What a file holds, from its contents and not its name; None when it is none of ours."""
    if path.suffix == ".obj":
        layout = read_obj(path)
        return Found(LAYOUT, {name: torch.from_numpy(value) for name, value in vars(layout).items()}, {})
    if path.suffix == ".npz":
        try:
            stats = Statistics.load(path)
        except InputError:
            if path.stem.startswith("stat"):
                raise
            return None
        return Found(STATISTICS, vars(stats), {})
    if path.suffix == ".pkl":
        return Found(FLAME, flame, {}) if (flame := read_flame(path)) is not None else None
    content = load_torch(path, SAFE_CLASSES)
    if not isinstance(content, dict) or not isinstance(content.get("args"), argparse.Namespace):
        return None
    args = _plain(vars(content["args"]))
    about = {"args": args, "iter": content.get("iter"), "file": path.name}
    if "model" in content:
        return Found(DENOISER, _denoiser_state(path.name, content["args"], content["model"]), about)
    if "encoder" in content:
        encoder = build_style_encoder(content["encoder"], args, path.name)
        return Found(STYLE, encoder.state_dict(), about)
    return None


def _denoiser_state(name: str, args: argparse.Namespace, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a published denoiser under today's names; InputError when its options describe another model."""
    state = {_new_name(key): value for key, value in weights.items() if key != _IGNORED}
    config = _config(vars(args), state, name)
    motion = state.get("start_motion_feat")
    if motion is not None and motion.shape[-1] != config.d_motion:
        kinds = {54: "with", 51: "without"}
        raise InputError(
            f"{name} mixes two variants: its options describe a model {kinds.get(config.d_motion, 'with')} head "
            f"motion, its weights one {kinds.get(motion.shape[-1], 'of another kind,')} it: fetch the file again."
        )
    with torch.device("meta"):
        _check_shapes(DiffTalkingHead(config), state, name)
    return state


def _keep(path: Path, found: Found) -> Path:
    """Writes what was recognised, the statistics as they came; InputError when that is not possible."""
    place = installed_file(found.kind)
    options = place.with_suffix(".json")
    with unfinished(place) as part:
        options.unlink(missing_ok=True)  # never the options of the file before beside these weights
        if found.kind == STATISTICS:
            shutil.copyfile(path, part)
        else:
            _save_tensors(found.tensors, part)
    if found.about:
        with atomic_write(options) as file:
            file.write((json.dumps(found.about, indent=2) + "\n").encode())
    return place


def _save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    try:
        save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    except SafetensorError as error:
        raise InputError(f"Cannot write to {str(path.parent)!r} ({error}): {FULL}.") from error


def _installed_options(kind: str, folder: Path | None = None) -> dict[str, Any]:
    """The options that were saved with an installed checkpoint; InputError when they are not beside it."""
    path = installed_file(kind, folder).with_suffix(".json")
    try:
        options: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["args"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{path.name} with the options of the installed {kind} cannot be read ({error}): install the file again "
            "with `avatar_app download diffposetalk --from FILE`."
        ) from error
    return options


def _config(args: Mapping[str, Any], state: Mapping[str, Tensor], name: str) -> ModelConfig:
    try:
        return ModelConfig.from_args(args, options_of(state))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{name} is no denoiser of DiffPoseTalk ({error}): use the file its owners publish."
        ) from error


def _filled(config: ModelConfig, state: Mapping[str, Tensor], name: str) -> DiffTalkingHead:
    model = DiffTalkingHead(config)
    _check_shapes(model, state, name)
    model.load_state_dict(dict(state), strict=False)
    return model.eval()


def _check_shapes(model: DiffTalkingHead, state: Mapping[str, Tensor], name: str) -> None:
    check_fit(model, state, f"{name} does not fit its own options", "use the file its owners publish", _REBUILT)


def _new_name(name: str) -> str:
    """Older versions of torch stored weight normalisation under other names."""
    for old, new in _OLD_NAMES.items():
        if name.startswith("audio_encoder.") and name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _plain(args: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON knows them; paths as strings."""
    kept = (str, int, float, bool, type(None))
    return {key: value if isinstance(value, kept) else str(value) for key, value in args.items()}
