"""Modules and samplers against numbers recorded from the published implementation (random weights, random inputs).

The fixtures are no part of the repository: AVATAR_GOLDEN names their folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.diffposetalk import coefficients as c
from avatar_app.engines.diffposetalk import hubert, losses
from avatar_app.engines.diffposetalk.config import Guidance, ModelConfig, Threshold
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.published import PublishedInputs, PublishedModel
from avatar_app.engines.diffposetalk.sampling import Steps, WindowInputs, sample_window
from avatar_app.engines.diffposetalk.schedule import NoiseSchedule
from avatar_app.request import InputError

GOLDEN = Path(os.environ.get("AVATAR_GOLDEN", Path(__file__).parents[4] / "shared" / "golden")) / "diffposetalk"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the recorded numbers are not here; set AVATAR_GOLDEN")
Tensors = dict[str, torch.Tensor]


def fixture(name: str) -> SimpleNamespace:
    """Its description, tensors copied to aligned memory, and the model's weights by their published names."""
    info = json.loads((GOLDEN / f"{name}.json").read_text())
    tensors = {key: value.clone() for key, value in load_file(GOLDEN / f"{name}.safetensors").items()}
    weights = {key.removeprefix("weights/"): value for key, value in tensors.items() if key.startswith("weights/")}
    return SimpleNamespace(info=info, tensors=tensors, weights=weights)


def agrees(f: SimpleNamespace, key: str, value: torch.Tensor) -> None:
    """`value` is what the fixture stores under `key`, within the fixture's own tolerance and never worse than 1e-4."""
    stored, limits = f.tensors[key], f.info["tolerance"]["per_output"][key]
    assert value.shape == stored.shape
    torch.testing.assert_close(
        value, stored, atol=limits["atol"], rtol=limits["rtol"], msg=lambda text: f"{key}: {text}"
    )


def built(f: SimpleNamespace) -> DiffTalkingHead:
    """The model of a fixture, which holds the whole front end, all but the front end, or both."""
    model = DiffTalkingHead(ModelConfig.from_args(f.info["config"]["args"], f.info["config"].get("hubert", TINY_EAR)))
    missing, unexpected = model.load_state_dict(f.weights, strict=False)
    assert not unexpected
    front_end = [name.startswith(("audio_encoder.", "audio_feature_map.")) for name in missing]
    assert all(front_end) or not any(front_end)
    return model.eval()


def statistics(f: SimpleNamespace) -> c.Statistics:
    return c.Statistics(
        **{key.removeprefix("in/stats/"): v for key, v in f.tensors.items() if key.startswith("in/stats/")}
    )


TINY_EAR = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
TINY_EAR |= {"conv_dim": [8] * 7, "num_conv_pos_embedding_groups": 4}


@pytest.mark.parametrize("key", ["cosine_500", "cosine_20", "linear_500", "quadratic_500", "sigmoid_500"])
def test_noise_levels_are_the_published_ones(key: str) -> None:
    f, (kind, steps) = fixture("schedule"), key.split("_")
    schedule = NoiseSchedule(int(steps), kind)
    for name in ("betas", "alphas", "alpha_bars", "sigmas_flex", "sigmas_inflex"):
        agrees(f, f"out/{key}/{name}", getattr(schedule, name))
    for i, name in enumerate(("c_xt", "c_x0")):
        values = torch.stack([torch.as_tensor(schedule.posterior(t)[i]) for t in range(1, int(steps) + 1)])
        agrees(f, f"out/{key}/{name}", torch.cat([f.tensors[f"out/{key}/{name}"][:1], values]))
    half = torch.stack([schedule.sigma(t, 0.5) for t in range(int(steps) + 1)])
    agrees(f, f"out/{key}/sigma_half_flex", half)


@pytest.mark.parametrize("width", [64, 512])
def test_step_table_is_the_published_one(width: int) -> None:
    from avatar_app.engines.diffposetalk.denoiser import SinusoidalTable

    f = fixture("schedule")
    agrees(f, f"out/step_table_{width}", SinusoidalTable(501, width).pe[0, [0, 1, 2, 100, 250, 499, 500]])


@pytest.mark.parametrize("name", ["denoiser_tiny_head", "denoiser_tiny_nohead", "denoiser_tiny_options"])
@torch.inference_mode()
def test_denoiser_predicts_what_the_published_one_does(name: str) -> None:
    f = fixture(name)
    net, given = built(f).denoising_net, {k.removeprefix("in/a/"): v for k, v in f.tensors.items() if "in/a/" in k}
    agrees(f, "out/a/pred", net(**given))
    if net.config.align_mask_width == 1:
        step, motion = given.pop("step"), given.pop("motion")
        window = net.prepare(**given)
        agrees(f, "out/a/pred", net.predict(motion, step, window))
        current = net.predict(motion, step, window, current_only=True)
        torch.testing.assert_close(current, f.tensors["out/a/pred"][:, net.config.n_prev_motions :], atol=1e-4, rtol=0)


@torch.inference_mode()
def test_training_forward_drops_conditions_as_published() -> None:
    f = fixture("denoiser_tiny_head")
    model, given = built(f), {k.removeprefix("in/train/"): v for k, v in f.tensors.items() if "in/train/" in k}
    noisy = model.diffusion_sched.noised(given["motion"], given["step"], given["eps"])
    audio, style = model.drop_conditions(given["audio"], given["style"], given["cfg_u"])
    prev_motion, prev_audio = model.start(len(noisy))
    person = model.person(given["shape"], style)
    out = model.denoising_net(noisy, audio, person, prev_motion, prev_audio, given["step"], given["indicator"])
    agrees(f, "out/train/pred", out)


def test_audio_edges_are_padded_as_published() -> None:
    f = fixture("hubert_pad")
    for length in f.info["pad_lengths"]:
        agrees(f, f"out/pad/{length}", hubert.pad_edges(f.tensors["in/pad/audio"][:, :length]))


@torch.inference_mode()
def test_voice_is_heard_as_published() -> None:
    f = fixture("hubert_pad")
    model = built(f)
    for case in f.info["cases"]:
        heard = model.extract_audio_feature(f.tensors[f"in/{case['name']}/audio"], case["frame_num"])
        agrees(f, f"out/{case['name']}/audio_feat", heard)


def test_coefficients_become_motion_and_back() -> None:
    f = fixture("coefs")
    stats, given = statistics(f), f.tensors
    for variant, head in (("head", True), ("nohead", False)):
        encoded = c.encode_motion(given["in/exp"], given["in/pose"], stats, head)
        agrees(f, f"out/encode_{variant}/motion", encoded)
        agrees(f, f"out/encode_raw_{variant}/motion", c.encode_motion(given["in/exp"], given["in/pose"], None, head))
        cases = {"decode": (given[f"in/motion_{variant}"], stats), "decode_raw": (given[f"in/motion_{variant}"], None)}
        for case, (motion, chosen) in (cases | {"roundtrip": (encoded, stats)}).items():
            for part, value in zip(("exp", "pose"), c.decode_motion(motion, chosen), strict=True):
                agrees(f, f"out/{case}_{variant}/{part}", value)
        shape = c.denormalise_shape(given["in/shape_norm"], stats)
        frames = f.info["frames"]
        agrees(f, f"out/decode_{variant}/shape", shape[:, None].expand(-1, frames, -1))


def window_of(f: SimpleNamespace, model: DiffTalkingHead, k: int, previous: torch.Tensor | None = None) -> WindowInputs:
    """The k-th window of a sampler fixture; `previous`: motion of the window before."""
    count, rows = model.config.n_prev_motions, len(f.tensors["in/x_T"])
    prev_motion, prev_audio = model.start(rows)
    if previous is not None:
        prev_motion, prev_audio = previous[:, -count:], f.tensors[f"in/w{k - 1}/audio"][:, -count:]
    t = f.tensors
    return WindowInputs(
        t[f"in/w{k}/audio"], t["in/shape"], t["in/style"], prev_motion, prev_audio, t[f"in/w{k}/indicator"]
    )


def stored_noise(f: SimpleNamespace, k: int, steps: int) -> Any:
    return lambda t, x: f.tensors[f"in/w{k}/z"][steps - t]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("name", ["sampler_20", "sampler_500"])
@torch.inference_mode()
def test_windows_are_sampled_as_published(name: str, plain: bool) -> None:
    f = fixture(name)
    model = built(f)
    for chain in f.info["chains"]:
        threshold = None if chain["dt"] is None else Threshold(*chain["dt"])
        guidance = Guidance(audio_scale=chain["scale"][0], style_scale=chain["scale"][1], threshold=threshold)
        previous = None
        for k in range(f.info["windows"]):
            draw = stored_noise(f, k, model.config.n_diff_steps)
            window = window_of(f, model, k, previous)
            x0 = sample_window(model, window, f.tensors["in/x_T"], guidance, Steps(plain=plain), draw)
            agrees(f, f"out/{chain['name']}/w{k}/motion", x0)
            previous = f.tensors[f"out/{chain['name']}/w{k}/motion"]


def guidance_of(call: dict[str, Any]) -> Guidance:
    """A variant's options in our words."""
    conditions = tuple(call.get("cfg_cond", ("audio", "style")))
    scale = call.get("cfg_scale", 1.15)
    scales = dict(zip(conditions, scale, strict=False)) if isinstance(scale, list) else dict.fromkeys(conditions, scale)
    threshold = Threshold(*call["dynamic_threshold"]) if "dynamic_threshold" in call else None
    mode = call.get("cfg_mode", "incremental")
    return Guidance(
        mode, conditions, scales.get("audio", 1.0), scales.get("style", 1.0), not call.get("noalias", False), threshold
    )


@torch.inference_mode()
def test_every_way_to_guide_gives_the_published_motion() -> None:
    f = fixture("sampler_20")
    for variant in f.info["variants"]:
        call, model = variant["call"], built(f)
        if "target" in call:
            model.config = replace(model.config, target=call["target"])
        window = window_of(f, model, 0)
        if call.get("style") is False:
            window = replace(window, style=None)
        steps = Steps(flexibility=call.get("flexibility", 0.0))
        x0 = sample_window(model, window, f.tensors["in/x_T"], guidance_of(call), steps, stored_noise(f, 0, 20))
        agrees(f, f"out/v_{variant['name']}/motion", x0)


def test_guiding_a_style_that_is_not_given_is_refused() -> None:
    f = fixture("sampler_20")
    model = built(f)
    window = replace(window_of(f, model, 0), style=None)
    with pytest.raises(InputError, match="none is given"):
        sample_window(model, window, f.tensors["in/x_T"], Guidance(), Steps(), stored_noise(f, 0, 20))


@torch.inference_mode()
def test_a_recording_becomes_the_published_coefficients() -> None:
    f = fixture("e2e_tiny")
    t = f.tensors
    speaker = PublishedModel(built(f), statistics(f))
    for case in f.info["cases"]:
        guidance = guidance_of({"cfg_cond": case["cfg_cond"], "cfg_scale": case["scale"]})
        if case["dt"]:
            guidance = replace(guidance, threshold=Threshold(*case["dt"]))
        style = t["in/style"] if case.get("style", True) else None
        whole = not case.get("no_context", False)
        inputs = PublishedInputs(t["in/shape"], style, guidance, Steps(), encode_whole=whole)

        def draw(window: int, step: int, x: torch.Tensor) -> torch.Tensor:
            return t["in/z"][window, 10 - step, : len(x)]

        made = speaker.sample(t["in/wave"][: case["samples"]], inputs, t["in/x_T"][: case["reps"]], draw)
        for part in ("exp", "pose", "shape"):
            agrees(f, f"out/{case['name']}/{part}", getattr(made, part))


def toy_vertices(f: SimpleNamespace) -> losses.Vertices:
    """The fixture's linear stand-in for FLAME."""
    matrix, offset, count = f.tensors["in/toy/matrix"], f.tensors["in/toy/offset"], f.info["toy_vertices"]

    def vertices(shape: torch.Tensor, exp: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        small = (torch.cat([shape, exp, pose], dim=-1) @ matrix.T + offset).unflatten(-1, (count, 3))
        return small[..., torch.arange(5023) % count, :]

    return vertices


def losses_of(f: SimpleNamespace, case: dict[str, Any]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Terms of a case, and the prediction that they depend on."""
    t, args = f.tensors, case.get("args", {})
    kind, i = ("nohead" if args.get("no_head_pose") else "head"), case["clip"]
    predicted = t[f"in/{kind}/target{i}"].clone().requires_grad_()
    if args.get("target") == "noise":
        clip = losses.Clip(predicted, t[f"in/{kind}/eps{i}"], end=t.get(f"in/{case.get('end')}"))
        return {"noise": losses.noise_loss(clip)}, predicted
    before = t[f"in/{kind}/gt0"][:, -10:] if i == 1 else None
    clip = losses.Clip(predicted, t[f"in/{kind}/gt{i}"], before, t.get(f"in/{case.get('end')}"))
    stats = statistics(f)
    shape = c.denormalise_shape(t["in/shape_norm"], stats)
    options = {"criterion": args.get("criterion", "l2"), "constrain_prev": not args.get("no_constrain_prev", False)}
    return losses.clip_losses(clip, shape, stats, toy_vertices(f), **options), predicted


def test_training_losses_and_their_gradients_are_the_published_ones() -> None:
    f = fixture("losses")
    made = {}
    for case in f.info["cases"]:
        terms, predicted = losses_of(f, case)
        made[case["name"]] = terms
        total = losses.weighted_sum(terms)
        keys = {key.split("/")[2] for key in f.tensors if key.startswith(f"out/{case['name']}/")}
        assert keys - {"total", "grad_target"} == set(terms)
        for name, value in (terms | {"total": total}).items():
            agrees(f, f"out/{case['name']}/{name}", value.detach())
        if "grad_target" in keys:
            agrees(f, f"out/{case['name']}/grad_target", torch.autograd.grad(total, predicted)[0])
    pair = losses.average_pair(*(made[name] for name in f.info["step_pair"]))
    for name, value in (pair | {"loss": losses.weighted_sum(pair)}).items():
        agrees(f, f"out/train_step/{name}", value.detach())
