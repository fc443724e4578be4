"""The inputs of a fixture through this project's modules: every function yields (name of an output, its value)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from avatar_app.diffusion.guidance import Threshold
from avatar_app.diffusion.schedules import NoiseSchedule
from avatar_app.engines.diffposetalk import coefficients as c
from avatar_app.engines.diffposetalk import hubert, losses
from avatar_app.engines.diffposetalk.config import Guidance, ModelConfig
from avatar_app.engines.diffposetalk.denoiser import SinusoidalTable
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.published import PublishedInputs, PublishedModel
from avatar_app.engines.diffposetalk.sampling import Steps, WindowInputs, sample_window
from avatar_app.engines.diffposetalk.style_encoder import build_style_encoder
from avatar_app.engines.diffposetalk.style_training import contrast
from tests.fixtures import Recorded

Outputs = Iterator[tuple[str, Tensor]]
FLAME_VERTICES = 5023
NO_FRONT_END = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
NO_FRONT_END |= {"conv_dim": [8] * 7, "num_conv_pos_embedding_groups": 4}  # of fixtures that give audio features


def args_of(f: Recorded) -> dict[str, Any]:
    args: dict[str, Any] = f.info["config"]["args"]
    return args


def model_of(f: Recorded) -> DiffTalkingHead:
    """The model of a fixture, which holds the whole front end, all but the front end, or both."""
    model = DiffTalkingHead(ModelConfig.from_args(args_of(f), f.info["config"].get("hubert", NO_FRONT_END)))
    missing, unexpected = model.load_state_dict(f.weights, strict=False)
    assert not unexpected
    front_end = [name.startswith(("audio_encoder.", "audio_feature_map.")) for name in missing]
    assert all(front_end) or not any(front_end)
    return model.eval()


def statistics(f: Recorded) -> c.Statistics:
    known = {"shape_mean": torch.zeros(100), "shape_std": torch.ones(100)}
    return c.Statistics(**(known | f.under("in/stats/")))


def raw_shape(f: Recorded) -> Tensor:
    """A fixture's face as FLAME takes it, which keeps it normalised."""
    stats = statistics(f)
    return f.tensors["in/shape_norm"] * stats.shape_std + stats.shape_mean


# ---- noise levels


def schedule(f: Recorded) -> Outputs:
    """Levels and factors of every schedule; factors from the stored levels, as published checkpoints keep them."""
    for name in {key.split("/")[1] for key in f.tensors if key.endswith("/betas")}:
        kind, steps = name.split("_")
        levels = NoiseSchedule(int(steps), kind)
        for part, value in levels.named_buffers():
            yield f"out/{name}/{part}", value
        # One bit of alpha_bars moves the factors of the first levels by 2e-4, so they are compared on the same levels.
        levels.load_state_dict({part: f.tensors.get(f"out/{name}/{part}", v) for part, v in levels.named_buffers()})
        factors = [levels.posterior(t) for t in range(1, levels.steps + 1)]
        for i, part in enumerate(("c_xt", "c_x0")):
            values = torch.stack([pair[i] for pair in factors])
            unused = f.tensors.get(f"out/{name}/{part}", torch.zeros(1))[:1]
            yield f"out/{name}/{part}", torch.cat([unused, values])
        half = [levels.sigma(t, 0.5) for t in range(levels.steps + 1)]
        yield f"out/{name}/sigma_half_flex", torch.stack(half)


def step_tables(f: Recorded) -> Outputs:
    for key, about in f.info["tensors"].items():
        if key.startswith("out/step_table_"):
            rows = re.search(r"rows ([\d,]+)", about["meaning"])
            assert rows is not None
            wanted = [int(row) for row in rows[1].split(",")]
            yield key, SinusoidalTable(max(wanted) + 1, int(key.rsplit("_", 1)[1])).pe[0, wanted]


# ---- networks


def denoiser(f: Recorded) -> Outputs:
    """One call, as published and with what can be prepared once for a window."""
    net, given = model_of(f).denoising_net, f.under("in/a/")
    yield "out/a/pred", net(**given)
    if net.config.align_mask_width == 1:
        step, motion = given.pop("step"), given.pop("motion")
        window = net.prepare(**given)
        whole = net.predict(motion, step, window)
        yield "out/a/pred", whole
        current = net.predict(motion, step, window, current_only=True)
        yield "out/a/pred", torch.cat([whole[:, : net.config.n_prev_motions], current], dim=1)


def training_forward(f: Recorded) -> Outputs:
    model, given = model_of(f), f.under("in/train/")
    noisy = model.diffusion_sched.noised(given["motion"], given["step"], given["eps"])
    audio, style = model.drop_conditions(given["audio"], given["style"], given["cfg_u"])
    prev_motion, prev_audio = model.start(len(noisy))
    person = model.person(given["shape"], style)
    net = model.denoising_net
    yield "out/train/pred", net(noisy, audio, person, prev_motion, prev_audio, given["step"], given.get("indicator"))


def audio_front_end(f: Recorded) -> Outputs:
    for length in f.info["pad_lengths"]:
        yield f"out/pad/{length}", hubert.pad_edges(f.tensors["in/pad/audio"][:, :length])
    model = model_of(f)
    for case in f.info["cases"]:
        samples = f.tensors[f"in/{case['name']}/audio"]
        yield f"out/{case['name']}/padded_len", torch.tensor(hubert.pad_edges(samples).shape[-1])
        yield f"out/{case['name']}/audio_feat", model.extract_audio_feature(samples, case["frame_num"])


def style_encoder(f: Recorded) -> Outputs:
    encoder, motion, start = build_style_encoder(f.weights, args_of(f)), f.tensors["in/motion"], f.info["start_frame"]
    yield "out/style", encoder(motion)
    for length in f.info["lengths"]:
        yield f"out/style_len{length}", encoder(motion[:, :length])
    yield "out/style_permuted", encoder(motion[:, f.tensors["in/perm"]])
    part = slice(start, start + encoder.config.window)
    exp, pose = (f.tensors[f"in/coef/{name}"][part] for name in ("exp", "pose"))
    coded = c.encode_motion(exp, pose, statistics(f), head=not args_of(f)["no_head_pose"])
    yield "out/extract/style", encoder(coded[None])[0]


# ---- coefficients


def coefficients(f: Recorded) -> Outputs:
    stats, given = statistics(f), f.tensors
    for variant, head in (("head", True), ("nohead", False)):
        encoded = c.encode_motion(given["in/exp"], given["in/pose"], stats, head)
        yield f"out/encode_{variant}/motion", encoded
        yield f"out/encode_raw_{variant}/motion", c.encode_motion(given["in/exp"], given["in/pose"], None, head)
        cases = {"decode": (given[f"in/motion_{variant}"], stats), "decode_raw": (given[f"in/motion_{variant}"], None)}
        for case, (motion, chosen) in (cases | {"roundtrip": (encoded, stats)}).items():
            for part, value in zip(("exp", "pose"), c.decode_motion(motion, chosen), strict=True):
                yield f"out/{case}_{variant}/{part}", value
        shape = raw_shape(f)
        torch.testing.assert_close(c.normalise_shape(shape, stats), given["in/shape_norm"])
        yield f"out/decode_{variant}/shape", shape[:, None].expand(-1, given["in/exp"].shape[1], -1)


# ---- sampling


def window_of(f: Recorded, model: DiffTalkingHead, k: int, previous: Tensor | None = None) -> WindowInputs:
    """The k-th window of a sampler fixture; `previous`: motion of the window before."""
    count, t = model.config.n_prev_motions, f.tensors
    prev_motion, prev_audio = model.start(len(t["in/x_T"]))
    if previous is not None:
        prev_motion, prev_audio = previous[:, -count:], t[f"in/w{k - 1}/audio"][:, -count:]
    indicator = t.get(f"in/w{k}/indicator")
    return WindowInputs(t[f"in/w{k}/audio"], t["in/shape"], t.get("in/style"), prev_motion, prev_audio, indicator)


def guidance_of(call: dict[str, Any], config: ModelConfig) -> Guidance:
    """Options of a call in our words; what it leaves out is the model's own."""
    conditions = tuple(call.get("cfg_cond", config.guiding_conditions))
    scale = call.get("cfg_scale", 1.15)
    scales = dict(zip(conditions, scale, strict=False)) if isinstance(scale, list) else dict.fromkeys(conditions, scale)
    return Guidance(
        call.get("cfg_mode", config.cfg_mode),
        conditions,
        scales.get("audio", 1.0),
        scales.get("style", 1.0),
        as_published=not call.get("noalias", False),
        threshold=Threshold(*call["dynamic_threshold"]) if call.get("dynamic_threshold") else None,
    )


def stored_noise(f: Recorded, k: int, steps: int) -> Callable[[int, Tensor], Tensor]:
    return lambda t, x: f.tensors[f"in/w{k}/z"][steps - t]


def chains(f: Recorded, plain: bool = False) -> Outputs:
    """Window after window, each going on from what is stored of the one before."""
    model = model_of(f)
    for chain in f.info["chains"]:
        guidance = guidance_of({"cfg_scale": chain["scale"], "dynamic_threshold": chain["dt"]}, model.config)
        previous = None
        for k in range(f.info["windows"]):
            window, key = window_of(f, model, k, previous), f"out/{chain['name']}/w{k}/motion"
            draw = stored_noise(f, k, model.config.n_diff_steps)
            x0 = sample_window(model, window, f.tensors["in/x_T"], guidance, Steps(plain=plain), draw)
            yield key, x0
            previous = f.tensors.get(key, x0)


def variants(f: Recorded) -> Outputs:
    """The first window with other options."""
    for variant in f.info["variants"]:
        call, model = variant["call"], model_of(f)
        model.config = replace(model.config, target=call.get("target", model.config.target))
        window = window_of(f, model, 0)
        if call.get("style") is False:
            window = replace(window, style=None)
        steps, draw = Steps(flexibility=call.get("flexibility", 0.0)), stored_noise(f, 0, model.config.n_diff_steps)
        x0 = sample_window(model, window, f.tensors["in/x_T"], guidance_of(call, model.config), steps, draw)
        yield f"out/v_{variant['name']}/motion", x0


def recordings(f: Recorded) -> Outputs:
    """From a waveform to coefficients."""
    t, speaker = f.tensors, PublishedModel(model_of(f), statistics(f))
    config = speaker.model.config

    def draw(window: int, step: int, x: Tensor) -> Tensor:
        return t["in/z"][window, config.n_diff_steps - step, : len(x)]

    for case in f.info["cases"]:
        call = {"cfg_cond": case["cfg_cond"], "cfg_scale": case["scale"], "dynamic_threshold": case["dt"]}
        style = t["in/style"] if case.get("style", True) else None
        whole = not case.get("no_context", False)
        inputs = PublishedInputs(t["in/shape"], style, guidance_of(call, config), Steps(), encode_whole=whole)
        made = speaker.sample(t["in/wave"][: case["samples"]], inputs, t["in/x_T"][: case["reps"]], draw)
        for part in ("exp", "pose", "shape"):
            yield f"out/{case['name']}/{part}", getattr(made, part)


# ---- training


def toy_vertices(f: Recorded) -> losses.Vertices:
    """The fixture's linear stand-in for FLAME."""
    matrix, offset = f.tensors["in/toy/matrix"], f.tensors["in/toy/offset"]
    count = len(offset) // 3

    def vertices(shape: Tensor, exp: Tensor, pose: Tensor) -> Tensor:
        small = (torch.cat([shape, exp, pose], dim=-1) @ matrix.T + offset).unflatten(-1, (count, 3))
        return small[..., torch.arange(FLAME_VERTICES) % count, :]

    return vertices


def case_losses(f: Recorded, case: dict[str, Any]) -> tuple[dict[str, Tensor], Tensor]:
    """Terms of a case, and the prediction that they depend on."""
    t, args = f.tensors, args_of(f) | case.get("args", {})
    kind, i = ("nohead" if args["no_head_pose"] else "head"), case["clip"]
    predicted = t[f"in/{kind}/target{i}"].clone().requires_grad_()
    end = t[f"in/{case['end']}"] if "end" in case else None
    if args["target"] == "noise":
        return {"noise": losses.noise_loss(losses.Clip(predicted, t[f"in/{kind}/eps{i}"], end=end))}, predicted
    before = t[f"in/{kind}/gt0"][:, -args["n_prev_motions"] :] if i == 1 else None
    clip, stats = losses.Clip(predicted, t[f"in/{kind}/gt{i}"], before, end), statistics(f)
    shape = raw_shape(f)
    options = {"criterion": args.get("criterion", "l2"), "constrain_prev": not args.get("no_constrain_prev", False)}
    return losses.clip_losses(clip, shape, stats, toy_vertices(f), **options), predicted


def training_losses(f: Recorded) -> Outputs:
    made = {}
    for case in f.info["cases"]:
        terms, predicted = case_losses(f, case)
        made[case["name"]] = terms
        total = sum(losses.weighted(terms).values())
        for name, value in (terms | {"total": total}).items():
            yield f"out/{case['name']}/{name}", value.detach()
        if case.get("grad"):
            yield f"out/{case['name']}/grad_target", torch.autograd.grad(total, predicted)[0]
    pair = losses.average_pair(*(made[name] for name in f.info["step_pair"]))
    for name, value in (pair | {"loss": sum(losses.weighted(pair).values())}).items():
        yield f"out/train_step/{name}", value.detach()


def style_loss(f: Recorded) -> Outputs:
    first, second = (f.tensors[f"in/ntxent/{name}"].clone().requires_grad_() for name in "ab")
    loss = contrast(first, second, f.info["temperature"])
    yield "out/ntxent/loss", loss.detach()
    for name, value in zip("ab", torch.autograd.grad(loss, (first, second)), strict=True):
        yield f"out/ntxent/grad_{name}", value
