"""The inputs of a fixture through this project's modules: every function yields (name of an output, its value)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from torch import Tensor, nn

from avatar_app.engines.language_guided import losses, recurrent
from avatar_app.engines.language_guided.generator import truncate
from avatar_app.engines.language_guided.layers import EqualLinear, ModulatedConv, StyledConv, ToRgb
from avatar_app.engines.language_guided.loading import generator_from, motion_model_from
from avatar_app.engines.language_guided.motion_model import Mapper, MotionConfig
from avatar_app.engines.language_guided.resampling import blur, downsample, leaky, pixel_norm, resample, upsample
from tests.fixtures import Recorded, golden

Outputs = Iterator[tuple[str, Tensor]]
SYSTEM = "language_guided"


def called(beginning: str) -> pytest.MarkDecorator:
    """Runs a test on every fixture whose name begins so: descriptions of this system tell no kind."""
    names = [path.stem for path in sorted((golden() / SYSTEM).glob(f"{beginning}*.json"))]
    return pytest.mark.parametrize("name", names or [beginning])


def with_weights(model: nn.Module, weights: dict[str, Tensor]) -> nn.Module:
    model.load_state_dict(weights)
    return model.eval()


def linear_layers(f: Recorded) -> Outputs:
    for case, told in f.info["config"]["equal_linear"].items():
        layer = EqualLinear(told["in"], told["out"], told["lr_mul"], told["activation"] is not None)
        with_weights(layer, f.under(f"weights/equal_linear/{case}/"))
        yield f"out/equal_linear/{case}", layer(f.tensors[f"in/equal_linear/{case}/x"])


def modulated_convolutions(f: Recorded) -> Outputs:
    for case, told in f.info["config"]["modconv"].items():
        direction = next((name for name in ("up", "down") if told.get(name)), None)
        style = f.info["config"]["style_dim"]
        layer = ModulatedConv(told["in"], told["out"], told["k"], style, told["demodulate"], direction)
        with_weights(layer, f.under(f"weights/modconv/{case}/"))
        given = f.under(f"in/modconv/{case}/")
        yield f"out/modconv/{case}", layer(given["x"], given["style"])


def resampling(f: Recorded) -> Outputs:
    for case, told in f.info["config"]["upfirdn2d"].items():
        given = f.under(f"in/upfirdn2d/{case}/")
        out = resample(given["x"], given["kernel"], told["up"], told["down"], tuple(told["pad"]))
        yield f"out/upfirdn2d/{case}", out
    yield "out/upsample", upsample(f.tensors["in/upsample/x"])
    yield "out/downsample", downsample(f.tensors["in/downsample/x"])
    yield "out/blur", blur(f.tensors["in/blur/x"], pad=1, gain=4)


def activations(f: Recorded) -> Outputs:
    yield "out/pixelnorm", pixel_norm(f.tensors["in/pixelnorm/x"])
    for case in ("d2", "d3", "d4", "args"):
        given = f.under(f"in/fused_leaky_relu/{case}/")
        more = f.info["config"]["fused_leaky_relu"][case].get("args", ())
        yield f"out/fused_leaky_relu/{case}", leaky(given["x"], given["bias"], *more)


def styled_layers(f: Recorded) -> Outputs:
    told, style = f.info["config"]["styled_conv"], f.info["config"]["style_dim"]
    for case, direction in (("plain", None), ("up", "up")):
        layer = StyledConv(told["in"], told["out"], style, direction)
        with_weights(layer, f.under(f"weights/styled_conv/{case}/"))
        yield f"out/styled_conv/{case}", layer(**f.under(f"in/styled_conv/{case}/"))
    to_rgb, given = ToRgb(told["in"], style), f.under("in/to_rgb/")
    with_weights(to_rgb, f.under("weights/to_rgb/"))
    yield "out/to_rgb/no_skip", to_rgb(given["x"], given["style"])
    yield "out/to_rgb/skip", to_rgb(given["x"], given["style"], given["skip"])


def generator(f: Recorded) -> Outputs:
    model, tensors, config = generator_from(f.weights, f.name), f.tensors, f.info["config"]
    centre, kept = tensors["in/latent_avg"], f.info.get("truncation", config.get("truncation"))
    first = f.info.get("inject_index", config.get("inject_index"))
    given = [tensors[f"in/noise/{index}"] for index in range(model.config.latents - 1)]
    w, other, codes = model.map(tensors["in/z"]), model.map(tensors["in/z2"]), tensors["in/wplus"]
    yield "out/w", w
    yield "out/mean_latent", model.map(tensors["in/mean_z"]).mean(dim=0, keepdim=True)
    yield "out/image_wplus", model(codes)
    yield "out/image_wplus_given_noise", model(codes, given)
    yield "out/image_z", model(model.spread(w))
    yield "out/image_z_trunc", model(model.spread(truncate(w, centre, kept)))
    yield "out/image_wplus_trunc", model(truncate(codes, centre, kept))
    yield "out/image_mix", model(model.spread(w, other, first))


def previews(f: Recorded) -> Outputs:
    """Pictures of synthesis that stops early: what the published one adds its finer layers to."""
    model = generator_from(f.weights, f.name)
    for block in range(len(model.config.channels) - 1):
        yield f"mid/to_rgbs.{block}", model(f.tensors["in/wplus"], size=8 << block)


def motion_codes(f: Recorded) -> Outputs:
    config, hidden = f.info["config"], recurrent.HIDDEN_SPREAD * f.tensors["in/h0_unit"]
    model = recurrent.LatentRecurrent(config["z_dim"], config["h_dim"])
    with_weights(model, f.weights)
    for frames in f.info["frames"]:
        yield f"out/T{frames}/train", model(f.tensors["in/z0"], recurrent.step_sizes(frames), hidden)
        for decay in f.info["modes"]:
            steps = recurrent.step_sizes(frames, decay)
            yield f"out/rate/T{frames}/{decay}", steps
            yield f"out/T{frames}/{decay}", model(f.tensors["in/z0"], steps, hidden)


def mappers(f: Recorded) -> Outputs:
    told = f.info["config"]
    latents = 2 * (told["resolution"].bit_length() - 2)
    config = MotionConfig(latents, told["embed_dim"], 8, told["hidden"], told["style_dim"])
    for name, given, out in (("v_mapper", "vis", "vis_wp"), ("t_mapper", "txt", "txt_dwp")):
        mapper = Mapper(config)
        with_weights(mapper, f.under(f"weights/{name}."))
        yield f"out/{out}", mapper(f.tensors[f"in/{given}"])


def motion(f: Recorded) -> Outputs:
    given = f.under("in/")
    generator = generator_from(f.under("weights/generator."), f.name)
    model = motion_model_from(f.under("weights/model."), f.name, generator.config.style)
    hidden = recurrent.HIDDEN_SPREAD * given["h0_unit"]
    for frames in f.info["frames_list"]:
        steps = recurrent.step_sizes(frames, "linear")
        for mode in ("image", "text_only"):
            image = given["img_embed"] if mode == "image" else None
            offsets = model.offsets(given["txt_embed"], image, steps, hidden)
            yield f"out/T{frames}/{mode}/dw", offsets
            base = generator.spread(generator.map(given["z"]))
            if image is not None:
                base = model.image_offset(image)
                yield f"out/T{frames}/image/ws", base
                base = base + given["w_e4e"]
            for frame in (0, 1, frames - 1):
                yield f"out/T{frames}/{mode}/frame{frame}", generator(base + offsets[:, frame])


def training_losses(f: Recorded) -> Outputs:
    for case, told in f.info["config"]["cases"].items():
        given = f.under(f"in/{case}/")
        offsets = given["dw"].requires_grad_()
        target = given["w_e4e"] if told["mode"] == "image" else given["img_ws"]
        base = given["img_ws"] + target if told["mode"] == "image" else target
        found = losses.motion_losses(offsets, base, target)
        found.total.backward()
        yield f"out/{case}/second_difference", found.smoothness
        yield f"out/{case}/first_vs_last", found.ends
        yield f"out/{case}/first_difference_logged", found.steps
        yield f"out/{case}/latent_per_frame", found.latent
        yield f"out/{case}/total", found.total
        yield f"out/{case}/grad_total_dw", offsets.grad


def text_losses(f: Recorded) -> Outputs:
    for case, told in f.info["config"]["nce"].items():
        pictures, texts = f.tensors[f"in/{case}/image"].requires_grad_(), f.tensors[f"in/{case}/text"]
        contrasted = told["contrastive"] and told["list"]
        loss = (losses.contrastive_loss if contrasted else losses.similarity_loss)(pictures, texts)
        loss.backward()
        yield f"out/{case}/loss", loss
        yield f"out/{case}/grad_image", pictures.grad
