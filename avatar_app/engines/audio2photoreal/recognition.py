"""What published files hold: recognised by their contents, checked against their options, nothing of them executed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal import paths
from avatar_app.engines.audio2photoreal.audio_features import LipConfig, LipRegressor
from avatar_app.engines.audio2photoreal.config import CodecConfig, DenoiserConfig, GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.normalisation import Statistics, numpy_classes
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec
from avatar_app.request import InputError
from avatar_app.tensor_fit import check_fit
from avatar_app.weights import load_torch

AUDIO_PREFIX, LIP_PREFIX = "audio_model.", "lip_model."
# Saved with published checkpoints and never used by them: the rest of the audio encoders, and other networks.
UNUSED = re.compile(
    r"(audio_model\.(vector_quantizer|feature_aggregator|wav2vec_predictions)\.|transformer\.|tokenizer\."
    r"|(lip_model\.)?audio_encoder\.wav2vec_model\.wav2vec_predictions\.)"
)
_FETCH = "use the file that its owners publish"
State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Found:
    """One recognised network or table: its kind, its own tensors, options, and the file it came from."""

    kind: str
    tensors: dict[str, Tensor]
    args: dict[str, Any]
    path: Path


def recognise(path: Path) -> list[Found]:
    """What a file holds: several parts where an audio encoder came with it, none when it is not ours.

    Raises InputError for a file that is damaged, would execute something, or does not fit its own options.
    """
    content = load_torch(path, numpy_classes())
    if not isinstance(content, dict):
        return []
    if "pose_mean" in content:
        return [Found(paths.STATISTICS, vars(Statistics.of(content, path.name)), {}, path)]
    if "net" in content and "encoder.enc.0.weight" in content["net"]:
        args = read_args(path)
        return [Found(paths.CODEC, _checked(paths.CODEC, tensors_of(content["net"]), args, path.name), args, path)]
    state = tensors_of(content.get("model_state_dict", content))
    if "token_embedding.weight" in state:
        return _with_audio(paths.GUIDE, state, path)
    if "input_projection.weight" in state:
        kind = paths.POSE if {"null_pose_embed", "final_conv.weight"} & state.keys() else paths.FACE
        return _with_audio(kind, state, path)
    return []


def tensors_of(content: Any) -> dict[str, Tensor]:
    """The tensors of a dict by name, but for those that are never used."""
    if not isinstance(content, dict):
        return {}
    tensors = {name: value for name, value in content.items() if isinstance(value, Tensor) and isinstance(name, str)}
    return {name: value.float() for name, value in tensors.items() if not UNUSED.match(name)}


def _with_audio(kind: str, state: dict[str, Tensor], path: Path) -> list[Found]:
    """A network, and the audio encoder and lip regressor that its checkpoint holds."""
    args = read_args(path)
    told = args.get("data_format")
    if kind != paths.GUIDE and told not in (None, kind):
        raise InputError(f"{path.name} does not fit its args.json, which is of a {told} model: {_FETCH}.")
    own = {name: value for name, value in state.items() if not name.startswith((AUDIO_PREFIX, LIP_PREFIX))}
    found = [Found(kind, _checked(kind, own, args, path.name), args, path)]
    for part, prefix in ((paths.AUDIO, AUDIO_PREFIX), (paths.LIPS, LIP_PREFIX)):
        tensors = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        if tensors:
            found.append(Found(part, _checked(part, tensors, {}, path.name), {}, path))
    return found


def read_args(path: Path) -> dict[str, Any]:
    """The options beside a checkpoint, or one folder up (as the guide's are); InputError when there are none."""
    for folder in (path.parent, path.parent.parent):
        file = folder / "args.json"
        if not file.is_file():
            continue
        try:
            args = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{file} is not readable JSON ({error}): {_FETCH}.") from error
        if not isinstance(args, dict):
            raise InputError(f"{file} should hold the options of a model by their names: {_FETCH}.")
        return args
    raise InputError(f"args.json is not beside {path.name}: keep it in the folder in which it was published.")


def build(kind: str, state: State, args: Mapping[str, Any], name: str) -> nn.Module:
    """An empty network of a kind with the sizes of its tensors; InputError when its options say something else."""
    try:
        if kind in (paths.FACE, paths.POSE):
            return FiLMTransformer(DenoiserConfig.from_checkpoint(state, args))
        if kind == paths.GUIDE:
            return GuideTransformer(GuideConfig.from_checkpoint(state, args))
        if kind == paths.CODEC:
            return TemporalVertexCodec(CodecConfig.from_checkpoint(state, args))
        if kind == paths.LIPS:
            width, hidden = (
                len(state[f"regression_model.transformer_encoder.0.feedforward.ff.{i}.bias"]) for i in (3, 0)
            )
            return LipRegressor(LipConfig(width, hidden))
        return VqWav2Vec(len(state["feature_extractor.conv_layers.0.2.weight"]))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"{name} does not hold the {kind} network that it should ({error}): {_FETCH}.") from error


def filled(kind: str, state: State, args: Mapping[str, Any], name: str) -> nn.Module:
    """The network with its weights, for evaluation; InputError when they do not fit."""
    with torch.device("meta"):
        model = build(kind, state, args, name)
    _check_shapes(model, state, name)
    model.load_state_dict(dict(state), assign=True)
    return model.eval().requires_grad_(False)


def _checked(kind: str, state: dict[str, Tensor], args: Mapping[str, Any], name: str) -> dict[str, Tensor]:
    with torch.device("meta"):
        _check_shapes(build(kind, state, args, name), state, name)
    return state


def _check_shapes(model: nn.Module, state: State, name: str) -> None:
    check_fit(model, state, f"{name} does not fit its own options", _FETCH)
