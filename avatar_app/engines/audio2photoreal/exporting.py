"""Trained networks as files in the published layout, which `checkpoint.install` reads."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal import paths
from avatar_app.engines.audio2photoreal.checkpoint import load_network
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.recognition import AUDIO_PREFIX, LIP_PREFIX, filled, recognise
from avatar_app.files import unfinished
from avatar_app.request import InputError

PLACES = {
    "face": ("diffusion/c1_face", "model{:09d}.pt"),
    "pose": ("diffusion/c1_pose", "model{:09d}.pt"),
    "guide": ("guide/c1_pose", "checkpoints/iter-{:07d}.pt"),
    "vq": ("vq/c1_pose", "net_iter{:06d}.pth"),
}


def options_of(network: nn.Module, person: str) -> dict[str, Any]:
    """args.json of a network, under the published names."""
    told: dict[str, Any] = {"data_root": f"./dataset/{person}/"}
    if isinstance(network, FiLMTransformer):
        config = network.config
        kind = "pose" if config.key_frames or config.output_convs else "face"
        told |= {"data_format": kind, "layers": config.layers, "heads": config.heads, "noise_schedule": "cosine"}
        return told | {"add_frame_cond": 1 if config.key_frames else None}
    if isinstance(network, GuideTransformer):
        guide = network.config
        told |= {"layers": guide.layers, "dim": guide.latent, "heads": guide.heads}
        return told | {"num_audio_layers": guide.audio_layers}
    if isinstance(network, TemporalVertexCodec):
        sizes = asdict(network.config)
        names = {"features": "nb_joints", "latent": "output_emb_width", "codes": "code_dim", "depth": "depth"}
        return told | {names[key]: value for key, value in sizes.items()}
    raise TypeError(f"no options are known for {type(network).__name__}")


def write(
    output: Path,
    stage: str,
    step: int,
    network: nn.Module,
    options: dict[str, Any],
    ears: tuple[nn.Module | None, nn.Module | None],
) -> Path:
    """A checkpoint of a stage, its options beside it. ears: audio encoder and lip regressor that go with it."""
    folder, name = PLACES[stage]
    path = output / folder / name.format(step)
    state = {key: value.cpu() for key, value in network.state_dict().items()}
    for prefix, part in zip((AUDIO_PREFIX, LIP_PREFIX), ears, strict=True):
        if part is not None:
            state |= {f"{prefix}{key}": value.cpu() for key, value in part.state_dict().items()}
    content: dict[str, Any] = state
    if stage == "guide":
        content = {"iteration": step, "model_state_dict": state}
    if stage == "vq":
        content = {"net": state}
    with unfinished(path) as part_path:
        torch.save(content, part_path)
    with unfinished(output / folder / "args.json") as part_path:
        part_path.write_text(json.dumps(options, indent=2) + "\n", encoding="utf-8")
    return path


def find_codec(output: Path) -> TemporalVertexCodec:
    """The codec trained last into `output`, else an installed one; InputError when there is neither."""
    folder, _ = PLACES["vq"]
    if trained := sorted((output / folder).glob("net_iter*.pth")):
        found = recognise(trained[-1])[0]
        tensors: dict[str, Tensor] = found.tensors
        return cast(TemporalVertexCodec, filled(paths.CODEC, tensors, found.args, trained[-1].name))
    for person in paths.installed_people():
        if paths.installed_file(person, paths.CODEC).is_file():
            return cast(TemporalVertexCodec, load_network(person, paths.CODEC))
    raise InputError("The guide learns codes of the pose codec: train the stage vq into the same folder first.")
