"""Sizes of the networks of Audio2Photoreal, published or smaller, read from a checkpoint's shapes and its args.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

FPS = 30  # of the published motion
FRAME_SAMPLES = 1600  # of 48-kHz audio in a frame
POSE, FACE = 104, 256  # values of a frame: joint angles, face codes
KEY_FRAME_EVERY = 30  # frames
_DECODER = "seqTransDecoder.stack."


@dataclass(frozen=True)
class DenoiserConfig:
    """A diffusion denoiser; the defaults are the published face model's.

    features: values of a motion frame. condition: width of an audio token. tokens: most of them in a call.
    encoder_layers: on top of the audio tokens. key_frames: most of them, 0 for a model without. output_convs: hidden
    channels of the causal convolutions after the transformer, 0 for a model without. aligned: there is one audio token
    a frame, and one key frame every so many frames, the last one just past the end; both are also added to the frames
    that they belong to, which the published models leave to attention.
    """

    features: int = FACE
    latent: int = 512
    layers: int = 8
    heads: int = 8
    hidden: int = 1024
    condition: int = 2038
    tokens: int = 1998
    encoder_layers: int = 2
    key_frames: int = 0
    output_convs: int = 0
    dropout: float = 0.1
    aligned: bool = False

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor], args: Mapping[str, Any]) -> DenoiserConfig:
        """Raises KeyError when tensors are missing, ValueError when the options describe another network."""
        latent, features = state["input_projection.weight"].shape
        config = cls(
            features=features,
            latent=latent,
            layers=_count(state, _DECODER),
            heads=int(args.get("heads", 8)),
            hidden=len(state[f"{_DECODER}0.linear1.weight"]),
            condition=state["cond_projection.weight"].shape[1],
            tokens=state["null_cond_embed"].shape[1],
            encoder_layers=_count(state, "cond_encoder."),
            key_frames=state["null_pose_embed"].shape[1] if "null_pose_embed" in state else 0,
            output_convs=len(state["post_pose_layers.0.weight"]) if "final_conv.weight" in state else 0,
        )
        check_args(args, {"layers": config.layers, "noise_schedule": "cosine"})
        _refuse(args, "not_rotary", "unconstrained")
        _check_heads(config.heads, latent)
        return config


PUBLISHED_FACE = DenoiserConfig()
PUBLISHED_POSE = DenoiserConfig(POSE, 256, 6, condition=1024, encoder_layers=0, key_frames=20, output_convs=256)


@dataclass(frozen=True)
class CodecConfig:
    """The residual vector-quantising codec of key poses; published sizes unless changed."""

    features: int = POSE
    latent: int = 64
    codes: int = 1024
    depth: int = 4

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor], args: Mapping[str, Any]) -> CodecConfig:
        """Raises KeyError when tensors are missing, ValueError when the options describe another network."""
        latent, features, _ = state["encoder.enc.0.weight"].shape
        codes = len(state["quantizer.layers.0._codebook.embed"])
        config = cls(features, latent, codes, _count(state, "quantizer.layers."))
        told = {"nb_joints": features, "output_emb_width": latent, "code_dim": codes, "depth": config.depth}
        check_args(args, told)
        return config


@dataclass(frozen=True)
class GuideConfig:
    """The autoregressive transformer over key-pose codes; published sizes unless changed.

    aligned: there is one audio token a code, which is also added to it.
    """

    codes: int = 1024
    latent: int = 64
    layers: int = 6
    heads: int = 4
    hidden: int = 1024
    condition: int = 1024
    tokens: int = 1998
    audio_layers: int = 2  # of six convolutions each, in front of the transformer
    depth: int = 4  # codes of one pose
    dropout: float = 0.1
    aligned: bool = False

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor], args: Mapping[str, Any], depth: int = 4) -> GuideConfig:
        """Raises KeyError when tensors are missing, ValueError when the options describe another network.

        The published training script never stores num_audio_layers: the convolutions are counted.
        """
        codes, latent = state["final_layer.weight"].shape
        convs = sum(name.startswith("pre_audio.") and name.endswith(".weight") for name in state)
        config = cls(
            codes=codes,
            latent=latent,
            layers=_count(state, _DECODER),
            heads=int(args.get("heads", 4)),
            hidden=len(state[f"{_DECODER}0.linear1.weight"]),
            condition=state["cond_projection.weight"].shape[1],
            tokens=state["null_cond_embed"].shape[1],
            audio_layers=(convs - 1) // 6,
            depth=depth,
        )
        check_args(args, {"layers": config.layers, "dim": latent, "num_audio_layers": config.audio_layers})
        _check_heads(config.heads, latent)
        return config


def check_args(args: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Raises ValueError for the first option that is given and differs from what the tensors say."""
    for name, value in expected.items():
        if args.get(name, value) not in (value, None):
            raise ValueError(f"its options say {name} = {args[name]!r}, its weights {value!r}")


def _refuse(args: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if args.get(name):
            raise ValueError(f"it was trained with {name}, which is another network than the published one")


def _check_heads(heads: int, width: int) -> None:
    if heads < 1 or width % heads:
        raise ValueError(f"its options say heads = {heads}, which does not divide a width of {width}")


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    """How many numbered parts there are below a prefix."""
    return len({name.removeprefix(prefix).split(".")[0] for name in state if name.startswith(prefix)})
