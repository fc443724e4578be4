"""Fixtures of the recorded form but of other sizes, made with this project's own modules.

They prove no parity, since the modules would only be compared with themselves: they show that the tests take every
size from the fixture.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from avatar_app.diffusion.schedules import NoiseSchedule
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder
from tests.engines.diffposetalk import replay
from tests.fixtures import Recorded

ARGS: dict[str, Any] = {"feature_dim": 36, "n_heads": 3, "n_layers": 2, "mlp_ratio": 3, "n_motions": 14, "fps": 25}
ARGS |= {"n_prev_motions": 3, "n_diff_steps": 7, "d_style": 20, "use_indicator": True, "no_head_pose": False}
ARGS |= {"align_mask_width": 1, "no_use_learnable_pe": False, "target": "sample", "guiding_conditions": "audio,style"}
ARGS |= {"cfg_mode": "incremental", "diff_schedule": "cosine", "style": True}
HUBERT = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 3, "intermediate_size": 20}
HUBERT |= {"conv_dim": [12] * 7, "num_conv_pos_embedding_groups": 4}
WIDTHS = {"shape": 100, "exp": 50, "pose": 6}


def make(folder: Path) -> None:
    """Writes one fixture of every kind, or more."""
    torch.manual_seed(11)
    _schedule(folder)
    _denoiser(folder, "denoiser_a", ARGS, train=True)
    options = {"use_indicator": False, "no_head_pose": True, "align_mask_width": 3, "style": False}
    _denoiser(folder, "denoiser_b", ARGS | options | {"guiding_conditions": "audio", "n_heads": 4})
    _hubert(folder)
    _style_encoder(folder, "style_a", {"feature_dim": 24, "n_heads": 6, "n_layers": 3, "mlp_ratio": 2})
    _style_encoder(folder, "style_b", {"feature_dim": 30, "n_heads": 5, "no_head_pose": True, "n_motions": 31})
    _coefficients(folder)
    _sampler(folder)
    _recordings(folder)
    _losses(folder)


def _write(
    folder: Path, name: str, info: dict[str, Any], tensors: dict[str, Tensor], *runs: Callable[..., Any]
) -> None:
    """Adds the outputs of `runs` to the tensors."""
    with torch.inference_mode(info["kind"] != "losses"):
        outputs = dict(pair for run in runs for pair in run(Recorded(name, info, tensors)))
    tensors = {key: value.detach().clone().contiguous() for key, value in (tensors | outputs).items()}
    limits = {key: {"atol": 1e-5, "rtol": 1e-5} for key in outputs}
    save_file(tensors, folder / f"{name}.safetensors")
    info = info | {"fixture": name, "tolerance": {"per_output": limits}}
    (folder / f"{name}.json").write_text(json.dumps(info), encoding="utf-8")


def _weights(args: dict[str, Any], front_end: bool) -> dict[str, Tensor]:
    state = DiffTalkingHead(ModelConfig.from_args(args, HUBERT)).state_dict()
    left_out = () if front_end else ("audio_encoder.", "audio_feature_map.")
    return {f"weights/{key}": value for key, value in state.items() if not key.startswith(left_out or ("-",))}


def _stats(names: tuple[str, ...] = tuple(WIDTHS)) -> dict[str, Tensor]:
    means = {f"in/stats/{name}_mean": 0.1 * torch.randn(WIDTHS[name]) for name in names}
    return means | {f"in/stats/{name}_std": 0.2 + 0.2 * torch.rand(WIDTHS[name]) for name in names}


def _schedule(folder: Path) -> None:
    names = ("cosine_30", "cosine_9", "linear_30", "quadratic_30", "sigmoid_30")
    levels = {name: NoiseSchedule(int(name.split("_")[1]), name.split("_")[0]) for name in names}
    about = {f"out/step_table_{width}": {"meaning": "rows 0,3,17,29 for that width"} for width in (6, 40)}
    tensors = {f"out/{name}/betas": schedule.betas for name, schedule in levels.items()}
    _write(folder, "levels", {"kind": "schedule", "tensors": about}, tensors, replay.schedule, replay.step_tables)


def _denoiser(folder: Path, name: str, args: dict[str, Any], train: bool = False) -> None:
    frames, before, width, d = args["n_motions"], args["n_prev_motions"], args["feature_dim"], 54
    d = 51 if args["no_head_pose"] else d
    style = args["d_style"] if args["style"] else 0
    t = _weights(args, front_end=False)
    t |= {"in/a/motion": torch.randn(2, frames, d), "in/a/audio": torch.randn(2, frames, width)}
    t |= {"in/a/person": torch.randn(2, 1, 100 + style), "in/a/prev_motion": torch.randn(2, before, d)}
    t |= {"in/a/prev_audio": torch.randn(2, before, width), "in/a/step": torch.tensor([1, args["n_diff_steps"]])}
    if args["use_indicator"]:
        t["in/a/indicator"] = (torch.arange(frames) < frames - 4).float().expand(2, -1)
    if train:
        t |= {f"in/train/{key}": torch.randn(3, frames, d) for key in ("motion", "eps")}
        t |= {"in/train/audio": torch.randn(3, frames, width), "in/train/shape": torch.randn(3, 100)}
        t |= {"in/train/style": torch.randn(3, style), "in/train/cfg_u": torch.tensor([0.1, 0.7, 0.95])}
        t |= {"in/train/step": torch.tensor([2, 5, 7]), "in/train/indicator": torch.ones(3, frames)}
    runs = (replay.denoiser, replay.training_forward) if train else (replay.denoiser,)
    _write(folder, name, {"kind": "denoiser", "train": train, "config": {"args": args}}, t, *runs)


def _hubert(folder: Path) -> None:
    cases = [("one", 8960, None), ("cut", 9600, 6), ("longer", 17930, 28)]
    t = _weights(ARGS, front_end=True) | {"in/pad/audio": torch.randn(2, 1700)}
    t |= {f"in/{name}/audio": torch.randn(1, samples) for name, samples, _ in cases}
    info = {"kind": "hubert", "pad_lengths": [1600, 1601, 1690], "config": {"args": ARGS, "hubert": HUBERT}}
    info["cases"] = [{"name": name, "samples": samples, "frame_num": frames} for name, samples, frames in cases]
    _write(folder, "front_end", info, t, replay.audio_front_end)


def _style_encoder(folder: Path, name: str, changed: dict[str, Any]) -> None:
    args = {"n_layers": 2, "mlp_ratio": 3, "n_motions": 40, "fps": 25, "no_head_pose": False} | changed
    config = StyleConfig.from_args(args)
    t = {f"weights/{key}": value for key, value in StyleEncoder(config).state_dict().items()}
    t |= {"in/motion": torch.randn(3, config.window, config.channels), "in/perm": torch.randperm(config.window)}
    t |= {"in/coef/exp": torch.randn(config.window + 9, 50), "in/coef/pose": torch.randn(config.window + 9, 6)}
    info = {"kind": "style", "start_frame": 5, "lengths": [12, 1], "config": {"args": args}}
    _write(folder, name, info, t | _stats(("exp", "pose")), replay.style_encoder)


def _coefficients(folder: Path) -> None:
    t = _stats() | {"in/exp": torch.randn(3, 11, 50), "in/pose": torch.randn(3, 11, 6)}
    t |= {f"in/motion_{name}": torch.randn(3, 11, d) for name, d in (("head", 54), ("nohead", 51))}
    t["in/shape_norm"] = torch.randn(3, 100)
    _write(folder, "coefficients", {"kind": "coefs"}, t, replay.coefficients)


def _sampler(folder: Path) -> None:
    frames, steps, windows = ARGS["n_motions"], ARGS["n_diff_steps"], 3
    t = _weights(ARGS, front_end=False)
    t |= {"in/shape": torch.randn(1, 100), "in/style": torch.randn(1, ARGS["d_style"])}
    t["in/x_T"] = torch.randn(1, frames, 54)
    for k in range(windows):
        t |= {
            f"in/w{k}/audio": torch.randn(1, frames, ARGS["feature_dim"]),
            f"in/w{k}/indicator": torch.ones(1, frames),
        }
        t[f"in/w{k}/z"] = torch.randn(steps - 1, 1, frames, 54)
    chains = [
        {"name": "first", "scale": [1.4, 2.0], "dt": None},
        {"name": "low", "scale": [1.1, 2.5], "dt": [0.9, 1, 3]},
    ]
    calls = {"none": {"cfg_cond": []}, "voice": {"cfg_cond": ["audio"], "cfg_scale": [1.3], "style": False}}
    calls |= {"noise": {"target": "noise", "cfg_scale": [1.1, 2.0]}, "apart": {"cfg_mode": "independent"}}
    variants = [{"name": name, "call": call} for name, call in calls.items()]
    info = {"kind": "sampler", "windows": windows, "chains": chains, "variants": variants, "config": {"args": ARGS}}
    _write(folder, "sampler", info, t, replay.chains, replay.variants)


def _recordings(folder: Path) -> None:
    args = ARGS | {"n_diff_steps": 4, "n_motions": 20, "d_style": 9}
    cases = [("long", 31_000, 2, ["audio", "style"], [1.2, 2.0]), ("short", 5_000, 1, ["audio"], [1.3])]
    t = _weights(args, front_end=True) | _stats() | {"in/wave": 0.1 * torch.randn(31_000)}
    t |= {"in/shape": torch.randn(100), "in/style": torch.randn(9), "in/x_T": torch.randn(2, 20, 54)}
    t["in/z"] = torch.randn(3, 3, 2, 20, 54)
    info: dict[str, Any] = {"kind": "e2e", "config": {"args": args, "hubert": HUBERT}}
    info["cases"] = [
        {"name": name, "samples": samples, "reps": reps, "cfg_cond": guided, "scale": scale, "dt": None}
        | ({} if "style" in guided else {"style": False, "no_context": True})
        for name, samples, reps, guided, scale in cases
    ]
    _write(folder, "recordings", info, t, replay.recordings)


def _losses(folder: Path) -> None:
    frames, before, toy = ARGS["n_motions"], ARGS["n_prev_motions"], 5
    t = _stats() | {"in/shape_norm": torch.randn(2, 100), "in/end_some": torch.tensor([frames, 6])}
    for kind, d in (("head", 54), ("nohead", 51)):
        for i in (0, 1):
            t |= {f"in/{kind}/{name}{i}": torch.randn(2, frames, d) for name in ("gt", "eps")}
            t[f"in/{kind}/target{i}"] = torch.randn(2, before + frames, d)
    t |= {"in/toy/matrix": 1e-3 * torch.randn(3 * toy, 156), "in/toy/offset": torch.randn(3 * toy)}
    t |= {f"in/ntxent/{name}": torch.randn(4, 10) for name in "ab"}
    cases: list[dict[str, Any]] = [
        {"name": "clip0", "clip": 0, "end": "end_some", "grad": True},
        {"name": "clip1", "clip": 1},
    ]
    cases += [{"name": "plain", "clip": 1, "args": {"no_head_pose": True, "no_constrain_prev": True}}]
    cases += [{"name": "noise", "clip": 0, "args": {"target": "noise"}}]
    info = {
        "kind": "losses",
        "temperature": 0.2,
        "cases": cases,
        "step_pair": ["clip0", "clip1"],
        "config": {"args": ARGS},
    }
    _write(folder, "losses", info, t, replay.training_losses, replay.style_loss)
