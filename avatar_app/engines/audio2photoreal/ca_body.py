"""Draws with the authors' decoder, where the user installed it: every call into their package is here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.audio2photoreal.ca_body_files import ASSETS, CONFIG, DECODER, DEFAULTS, PACKAGE, asset
from avatar_app.engines.audio2photoreal.codes import Codes, at_our_rate
from avatar_app.engines.audio2photoreal.config import FACE, POSE
from avatar_app.engines.audio2photoreal.normalisation import numpy_classes
from avatar_app.request import InputError, Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import Array, Image, ShouldStop
from avatar_app.weights import load_torch

CLASSES = "ca_body."  # of these a config may ask for one: nothing else is made from a file's word
UNTRAINED = "lbs_fn."  # comes with the assets, not with the checkpoint
OFF = ("cal_enabled", "pixel_cal_enabled", "learn_blur_enabled")  # calibration of the capture's cameras


class Assets(dict[str, Any]):
    """A dictionary whose entries are attributes, too, as the package reads them."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        value = self[name]
        return Assets(value) if isinstance(value, dict) else value


def read_assets(person: str) -> Assets:
    """A person's static assets, read without executing anything; InputError for a file that is something else."""
    content = load_torch(asset(person, ASSETS), numpy_classes())
    if not isinstance(content, dict):
        raise InputError(f"{ASSETS} of {person} holds no assets by name: use the one of the authors' ca_body release.")
    return Assets(content)


@dataclass(frozen=True)
class CaBody:
    """A render.base.Renderer with the authors' decoder: all its cameras side by side. frames_total: of a clip."""

    model: Any
    defaults: dict[str, Any]
    display: Callable[[Tensor], Tensor]
    size: tuple[int, int]
    device: torch.device
    frames_total: int
    workers: int = 1
    ending: str = ".mp4"

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames; the sample's `native` are its Codes."""
        codes: Codes = sample.native
        pose, face = (at_our_rate(values, self.frames_total) for values in (codes.pose, codes.face))
        for one_pose, one_face in zip(pose, face, strict=True):
            if should_stop():
                raise Stopped
            yield draw(self.model, self.defaults, self.display, one_pose, one_face, self.device)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Renderer.attachments."""
        return []


def open_ca_body(person: str, device: torch.device, frames: int) -> CaBody:
    """The decoder of a person; InputError says why it cannot be used."""
    try:
        train, image = (importlib.import_module(f"{PACKAGE}.utils.{name}") for name in ("train", "image"))
        config = importlib.import_module("omegaconf").OmegaConf.load(asset(person, CONFIG))
    except Exception as error:  # whatever another project's package raises as it is loaded
        raise InputError(
            f"The package {PACKAGE} cannot be used here ({type(error).__name__}: {error}): install what its "
            "requirements name, pytorch3d among them, or add --motion-only."
        ) from error
    model = _model(train, config.model, read_assets(person), person).to(device)
    defaults = load_torch(asset(person, DEFAULTS), numpy_classes())
    if not isinstance(defaults, dict) or not isinstance(defaults.get("K"), Tensor):
        raise InputError(f"{DEFAULTS} of {person} names no cameras (K): use their render_defaults_{person}.pth.")
    given = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in defaults.items()}
    display = image.linear2displayBatch
    first = draw(model, given, display, np.zeros(POSE, np.float32), np.zeros(FACE, np.float32), device)
    return CaBody(model, given, display, (first.shape[1], first.shape[0]), device, frames)


def _model(train: Any, config: Any, assets: Assets, person: str) -> Any:
    """Their network with the person's weights."""
    name = str(config["class_name"]) if "class_name" in config else ""
    if not name.startswith(CLASSES) or "ckpt" in config:
        raise InputError(f"{CONFIG} of {person} asks for {name!r}, which is no network of {PACKAGE}: use their own.")
    model = train.load_from_config(config, assets=assets)
    for switch in OFF:
        setattr(model, switch, False)
    stored = load_torch(asset(person, DECODER))
    weights = stored.get("model") if isinstance(stored, dict) else None
    if not isinstance(weights, dict):
        raise InputError(f"{DECODER} of {person} holds no model: use the one of the authors' ca_body release.")
    kept = {key: value for key, value in weights.items() if not key.startswith(UNTRAINED)}
    try:
        found = model.load_state_dict(kept, strict=False)
    except RuntimeError as error:
        raise InputError(f"{DECODER} of {person} does not fit its {CONFIG}: use files of one release.") from error
    if len(found.unexpected_keys) == len(kept):
        raise InputError(f"{DECODER} of {person} has nothing that its {CONFIG} names: use files of one release.")
    return model.eval()


@torch.inference_mode()
def draw(
    model: Any,
    defaults: dict[str, Any],
    display: Callable[[Tensor], Tensor],
    pose: Array,
    face: Array,
    device: torch.device,
) -> Image:
    """(H, B W, 3) uint8: one frame of a pose (104,) and a face (256,), from all B default cameras."""
    views = len(defaults["K"])
    motion, codes = (torch.from_numpy(np.tile(v, (views, 1))).float().to(device) for v in (pose, face))
    skin = model.lbs_fn
    scale, template = (value[None].expand(views, *value.shape) for value in (skin.lbs_scale, skin.lbs_template_verts))
    geometry = skin.lbs_fn(motion, scale, template) * skin.global_scaling
    made = model(**defaults | {"lbs_motion": motion, "geom": geometry, "face_embs": codes})
    pictures = display(made["rgb"]).clamp(0, 255).byte().cpu()
    whole: Image = torch.cat(list(pictures), dim=2).permute(1, 2, 0).numpy()
    return np.ascontiguousarray(whole[: len(whole) // 2 * 2, : whole.shape[1] // 2 * 2])  # as video needs it
