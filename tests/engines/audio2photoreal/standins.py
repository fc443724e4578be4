"""Files in the format of the published Audio2Photoreal, tiny and untrained, and scenes to learn from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.io import wavfile
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal.audio_features import LIP_VERTICES, LipConfig, LipRegressor
from avatar_app.engines.audio2photoreal.config import (
    FACE,
    FRAME_SAMPLES,
    POSE,
    CodecConfig,
    DenoiserConfig,
    GuideConfig,
)
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.normalisation import Statistics
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.recognition import AUDIO_PREFIX, LIP_PREFIX
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec

WIDTH = 8  # channels of the audio encoders
TOKENS = 600
LIPS = LipConfig(WIDTH, 16)
FACE_SIZE = DenoiserConfig(FACE, 32, 2, 4, 32, 2 * WIDTH + 3 * LIP_VERTICES, TOKENS, encoder_layers=1)
POSE_SIZE = DenoiserConfig(POSE, 32, 2, 4, 32, 2 * WIDTH, TOKENS, encoder_layers=0, key_frames=20, output_convs=24)
GUIDE_SIZE = GuideConfig(16, 16, 2, 4, 32, 2 * WIDTH, TOKENS, audio_layers=1, depth=4)
CODEC_SIZE = CodecConfig(POSE, 8, 16, 4)
ARGS: dict[str, dict[str, Any]] = {
    "face": {"data_format": "face", "layers": 2, "heads": 4, "noise_schedule": "cosine"},
    "pose": {"data_format": "pose", "layers": 2, "heads": 4, "add_frame_cond": 1},
    "guide": {"layers": 2, "dim": 16, "heads": 4},
    "codec": {"nb_joints": POSE, "output_emb_width": 8, "code_dim": 16, "depth": 4},
}


def networks(seed: int = 0) -> dict[str, nn.Module]:
    """All of one person, by kind."""
    torch.manual_seed(seed)
    codec = TemporalVertexCodec(CODEC_SIZE)
    for buffer in codec.quantizer.buffers():
        nn.init.normal_(buffer) if buffer.ndim > 1 else nn.init.ones_(buffer)
    found = {
        "audio": VqWav2Vec(WIDTH),
        "lips": LipRegressor(LIPS),
        "face": FiLMTransformer(FACE_SIZE),
        "pose": FiLMTransformer(POSE_SIZE),
        "guide": GuideTransformer(GUIDE_SIZE),
        "codec": codec,
    }
    return {kind: model.eval() for kind, model in found.items()}


def statistics() -> dict[str, Any]:
    widths = {"pose": POSE, "code": FACE}
    values: dict[str, Any] = {f"{n}_mean": np.full(w, 0.1) for n, w in widths.items()}
    values |= {f"{n}_std": np.full(w, 0.5) for n, w in widths.items()}
    values |= {"audio_mean": np.zeros(2, np.float32), "audio_std_flat": np.full(1, 0.014, np.float32)}
    return values | {"audio_std": np.full(2, 0.014, np.float32), "pose_std_flat": np.float64(0.5)}


def statistics_of() -> Statistics:
    return Statistics.of(statistics(), "data_stats.pth")


def prefixed(prefix: str, model: nn.Module) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in model.state_dict().items()}


def save_person(
    folder: Path, person: str = "PXB184", seed: int = 0, changed: dict[str, dict[str, Any]] | None = None
) -> Path:
    """A person's folder in the published layout; `changed` are options by kind."""
    found = networks(seed)
    audio = prefixed(AUDIO_PREFIX, found["audio"]) | {f"{AUDIO_PREFIX}vector_quantizer.vars": torch.zeros(1, 2)}
    files = {
        "face": ("diffusion/c1_face/model000155000.pt", audio | prefixed(LIP_PREFIX, found["lips"])),
        "pose": ("diffusion/c1_pose/model000340000.pt", audio | prefixed("transformer.", found["guide"])),
        "guide": ("guide/c1_pose/checkpoints/iter-0100000.pt", audio),
        "codec": ("vq/c1_pose/net_iter300000.pth", {}),
    }
    for kind, (name, more) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        state = found[kind].state_dict() | more
        content: dict[str, Any] = state
        if kind == "guide":
            content = {"iteration": 100_000, "model_state_dict": state, "optimizer_state_dict": {}}
        if kind == "codec":
            content = {"net": state, "optimizer": {}, "scheduler": {}}
        torch.save(content, path)
        args = ARGS[kind] | {"data_root": f"./dataset/{person}/"} | (changed or {}).get(kind, {})
        (path.parents[1] if kind == "guide" else path.parent).joinpath("args.json").write_text(json.dumps(args))
    place = folder / "dataset" / person
    place.mkdir(parents=True)
    torch.save(statistics(), place / "data_stats.pth")
    return folder


def save_scenes(folder: Path, scenes: int = 8, frames: int = 150, seed: int = 0) -> Path:
    """A data set of smooth motion and noise in the published layout."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    torch.save(statistics(), folder / "data_stats.pth")
    for i in range(1, scenes + 1):
        time = np.arange(frames + i)[:, None] / 30
        sound = rng.normal(0, 500, (len(time) * FRAME_SAMPLES, 2)).astype(np.int16)
        wavfile.write(folder / f"scene{i:02}_audio.wav", 48_000, sound)
        for part, width in (("body_pose", POSE), ("face_expression", FACE)):
            waves = np.sin(time * rng.uniform(0.5, 3, width) + rng.uniform(0, 6, width))
            np.save(folder / f"scene{i:02}_{part}.npy", (0.1 + 0.5 * waves).astype(np.float32))
        np.save(folder / f"scene{i:02}_missing_face_frames.npy", np.array([3, 4, 5]))
    return folder
