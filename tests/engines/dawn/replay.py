"""The inputs of a fixture through this project's modules: every function yields (name of an output, its value)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from avatar_app.engines.dawn import hearing, pbnet, sampling
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.clip_layers import PartSizes
from avatar_app.engines.dawn.conditioning import condition
from avatar_app.engines.dawn.denoiser import UNUSED, FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder, face_mask
from avatar_app.engines.dawn.flow import BackgroundPredictor, FlowPredictor, RegionPredictor, Regions
from avatar_app.engines.dawn.loading import below, filled, without
from avatar_app.engines.dawn.renderer import FrameRenderer, flow_of, to_pixels
from avatar_app.engines.dawn.time_attention import RelativeBias, buckets_of
from tests.fixtures import Recorded, load

Outputs = Iterator[tuple[str, Tensor]]
SYSTEM = "dawn"
LONG = 50  # frames; above, the window of attention shows
FLOW = "pixelwise_flow_predictor."


def fixture(name: str) -> Recorded:
    """As float32 where it is stored as float16, and its tolerances where tests.fixtures looks for them."""
    f = load(SYSTEM, name)
    tensors = {key: value.float() if value.dtype == torch.float16 else value for key, value in f.tensors.items()}
    limits: dict[str, dict[str, float]] = {}
    for case in f.info["cases"]:
        for output in case["outputs"].values():
            limit = limits.setdefault(output["tensor"], {"atol": output["tolerance_max_abs"], "rtol": 0.0})
            limit["atol"] = min(limit["atol"], output["tolerance_max_abs"])
    return replace(f, info=f.info | {"tolerance": {"per_output": limits}}, tensors=tensors)


def renderer_of(f: Recorded) -> FrameRenderer:
    return filled(FrameRenderer.like, without(below(f.weights, "generator."), FLOW), f.name)


def frames(f: Recorded) -> Outputs:
    renderer = renderer_of(f)
    portrait = renderer.encode(f.tensors["in/decode/source"])
    yield "out/decode/fea", portrait.coarsest
    drawn, bent = renderer.decode(portrait, f.tensors["in/decode/grid"], f.tensors["in/decode/occ"])
    yield "out/decode/prediction", drawn
    yield "out/decode/deformed", bent
    # One grey level off is a rounding of the float before.
    stored = f.tensors["out/decode/frame_rgb_uint8"]
    off = (to_pixels(drawn).int() - stored.int()).abs()
    yield "out/decode/frame_rgb_uint8", torch.where(off <= 1, stored, to_pixels(drawn))


def flow_networks(f: Recorded) -> tuple[RegionPredictor, BackgroundPredictor, FlowPredictor]:
    regions = filled(RegionPredictor.like, below(f.weights, "region_predictor."), f.name)
    background = filled(BackgroundPredictor.like, below(f.weights, "bg_predictor."), f.name)
    return regions, background, filled(FlowPredictor.like, below(f.weights, f"generator.{FLOW}"), f.name)


def flow(f: Recorded) -> Outputs:
    find, background_of, predict = flow_networks(f)
    source, driving = f.tensors["in/full/source"], f.tensors["in/full/driving"]
    found = {"src": find(source), "drv": find(driving)}
    for name, regions in found.items():
        assert regions.heat is not None
        yield f"out/full/{name}_shift", regions.shift
        yield f"out/full/{name}_covar", regions.covariance
        yield f"out/full/{name}_affine", like_signs(regions.affine, f.tensors[f"out/full/{name}_affine"])
        yield f"out/full/{name}_heatmap", regions.heat
    background = background_of(source, driving)
    yield "out/full/bg_params", background
    yield "out/full/src_small", predict.down(source)
    # Another library may choose other signs of the axes, which moves the flow: with the stored ones, and from them.
    turned = {name: like_signs(found[name].affine, f.tensors[f"out/full/{name}_affine"]) for name in found}
    same = {name: replace(found[name], affine=turned[name]) for name in found}
    parts = "shift", "covar", "affine"
    stored = {name: Regions(*(f.tensors[f"out/full/{name}_{part}"] for part in parts)) for name in found}
    for regions_of in (same, stored):
        grid, occlusion = predict(source, regions_of["src"], regions_of["drv"], background)
        yield "out/full/optical_flow", grid
        yield "out/full/occlusion_map", occlusion
    renderer = renderer_of(f)
    portrait = renderer.encode(source)
    drawn, bent = renderer.decode(portrait, grid, occlusion)
    yield "out/full/bottle_neck_feat", portrait.coarsest
    yield "out/full/prediction", drawn
    yield "out/full/deformed", bent


def like_signs(affine: Tensor, stored: Tensor) -> Tensor:
    """Columns turned to the stored ones' direction."""
    return affine * (affine * stored).sum(dim=-2, keepdim=True).sign()


def noise_in_clips(f: Recorded) -> Outputs:
    """Short clips through the network that learns and, in small parts, as it is run; the long one as it is run."""
    model = filled(FlowDenoiser.like, without(f.weights, *UNUSED), f.name)
    run, run_in_parts = ClipDenoiser(model), ClipDenoiser(model, PartSizes(values=2**14, tokens=60))
    for case in f.info["cases"]:
        if "eps" not in case["outputs"]:
            continue
        x, cond, step = (f.tensors[case["inputs"][name]] for name in ("x", "cond", "t"))
        portrait, mask = (f.tensors[f"in/{name}"].expand(len(x), -1, -1, -1) for name in ("fea", "mask"))
        key, told = case["outputs"]["eps"]["tensor"], model.tell(portrait, mask, cond)
        if x.shape[2] > LONG:
            yield key, run(x[0], int(step), told)[None]
            continue
        eps = model(x, step, told)
        if case["cond_scale"] != 1:
            nothing = model(x, step, model.tell(portrait, mask, torch.zeros_like(cond)))
            eps = nothing + case["cond_scale"] * (eps - nothing)
        elif len(x) == 1:
            yield key, run_in_parts(x[0], int(step), told)[None]
        yield key, eps
    yield "out/rel_bucket", buckets_of(torch.arange(-120, 121), f.info["config"]["rel_pos_buckets"], 32)
    yield "out/rel_bias", seen_by(model.time_rel_pos_bias, f.tensors["out/rel_bias"])


def seen_by(bias: RelativeBias, stored: Tensor, queries: tuple[int, ...] = (0, 50, 99), window: int = 40) -> Tensor:
    """What is added to the logits of some query frames, -1e8 and less where they see nothing."""
    rows = torch.full_like(stored, -1e8)
    for block in bias.blocks(stored.shape[-1], window, size=32):
        for i, query in enumerate(queries):
            if block.queries.start <= query < block.queries.stop:
                rows[:, i, block.keys] = block.bias[:, query - block.queries.start]
    return torch.where((rows <= -1e7) & (stored <= -1e7), stored, rows)


def schedule(f: Recorded) -> Outputs:
    for name, table in sampling.noise_tables().items():
        yield f"out/buffers/{name}", table


def stub(f: Recorded, fea: Tensor, mask: Tensor, cond: Tensor, scale: float) -> Callable[[Tensor, int], Tensor]:
    """The fixtures' stand-in for the denoiser, with guidance."""
    constant = torch.einsum("bkhw,k->bhw", torch.cat([fea, mask], dim=1), f.tensors["in/stub_v"])
    told = torch.einsum("bfk,k->bf", cond, f.tensors["in/stub_w"])[:, None, :, None, None]

    def predict(x: Tensor, step: int) -> Tensor:
        plain = 0.3 * x + 0.1 * math.cos(step / 1000) + constant[:, None, None]
        return plain + scale * told

    return predict


def stored_noise(f: Recorded) -> Callable[[int, Tensor], Tensor]:
    draws = iter(f.tensors["in/noise"])
    return lambda step, x: next(draws)


def clips(f: Recorded) -> Outputs:
    parts = [f.tensors[f"in/{name}"] for name in ("fea", "mask", "cond")]
    for case in f.info["cases"]:
        seen: list[Tensor] = []
        levels: list[Tensor] = []
        inner = stub(f, *parts, case["cond_scale"])
        steps: list[int] = []

        def predict(
            x: Tensor,
            step: int,
            inner: Callable[[Tensor, int], Tensor] = inner,
            kept: tuple[list[Tensor], list[Tensor], list[int]] = (seen, levels, steps),
        ) -> Tensor:
            noise = inner(x, step)
            kept[0].append(x)
            kept[1].append(sampling.level_of(sampling.clean(x, noise, step)))
            kept[2].append(step)
            return noise

        out = sampling.denoise(predict, f.tensors["in/x0"], stored_noise(f), case["steps"], case["eta"])
        assert steps == case["t_list"]
        for name, value in (("x", out), ("trace_x", torch.stack(seen)), ("trace_quantile", torch.cat(levels))):
            if name in case["outputs"]:
                yield case["outputs"][name]["tensor"], value


def motion(f: Recorded) -> Outputs:
    distance = f.info["config"]["max_distance"]
    state = below(f.weights, pbnet.PREFIX)
    for case in f.info["cases"]:
        if "output" not in case["outputs"]:
            continue
        window = pbnet.WINDOWS[case["archiname"]]

        def like(state: dict[str, Tensor], window: int = window) -> pbnet.MotionDecoder:
            return pbnet.MotionDecoder.like(state, distance, window)

        first, audio, z = (f.tensors[case["inputs"][name]] for name in ("init_norm", "audio", "z"))
        change = filled(like, state, f.name)(first, audio, z.transpose(0, 1))
        yield case["outputs"]["output"]["tensor"], change
        key = case["outputs"]["absolute"]["tensor"]
        if f.info["config"]["kind"] == "blink":
            yield key, change + f.tensors["in/init_raw"]
            continue
        # Poses reach thousands, where float32 ends: compared in the network's units, and put back as they are stored.
        pose, stored = pbnet.pose_from_network(change + first), f.tensors[key]
        off = (pbnet.pose_to_network(pose) - pbnet.pose_to_network(stored)).abs()
        assert torch.allclose(pbnet.pose_to_network(f.tensors["in/init_raw"]), first, atol=1e-6)
        yield key, torch.where(off <= 1e-4, stored, pose)
    reach = len(f.tensors["out/rel_bucket"]) // 2
    yield "out/rel_bucket", buckets_of(torch.arange(-reach, reach + 1), f.info["config"]["num_buckets"], distance)


def resampled(f: Recorded) -> Outputs:
    for i, case in enumerate(f.info["cases"]):
        assert hearing.frames_of(case["samples"]) == case["frames"]
        yield f"out/{i}/feat25", hearing.at_frames(f.tensors[f"in/{i}/feat50"], case["frames"])


def last_sample_heard(samples: int) -> tuple[int, float]:
    """Rows of a recording, and the first sample that its last row hears."""
    parts = []
    for start, end in hearing.pieces(samples):
        rows = torch.arange(hearing.rows_of(end - start), dtype=torch.float64)
        parts.append((start + hearing.STRIDE * rows)[:, None])
    joined = hearing.join(parts, samples)
    return len(joined), float(joined[-1])


def face_places(f: Recorded) -> Outputs:
    encoder = filled(FaceEncoder.like, f.weights, f.name)
    for case in f.info["cases"]:
        box = f.tensors[case["inputs"]["bbox"]]
        for ending, swapped in (("", True), ("_fixed", False)):
            if f"mask{ending}" in case["outputs"]:
                mask = face_mask(box, case["size"], swapped)
                yield case["outputs"][f"mask{ending}"]["tensor"], mask.to(torch.uint8)
                yield case["outputs"][f"enc{ending}"]["tensor"], encoder(mask)


def whole(f: Recorded) -> Outputs:
    given = f.under("in/")
    cond = condition(given["audio"], given["pose"], given["eye"], given["init_pose"], given["init_eye"])
    yield "out/cond", cond
    renderer = renderer_of(fixture("lfg_tiny"))
    portrait = renderer.encode(given["img"])
    yield "out/fea", portrait.coarsest
    encoder = filled(FaceEncoder.like, fixture("face_loc").weights, f.name)
    mask = encoder(face_mask(given["bbox"], f.info["config"]["resolution"], swapped=True))
    yield "out/mask_fea", mask
    predict = stub(f, portrait.coarsest, mask, cond, 1.0)
    config = f.info["config"]
    latent = sampling.denoise(predict, given["x0"], stored_noise(f), config["steps"], config["eta"])
    grid, occlusion = flow_of(latent[0])
    yield "out/grid", grid.permute(3, 0, 1, 2)[None]
    yield "out/occ", occlusion.transpose(0, 1)[None]
    drawn, bent = renderer.decode(portrait, grid, occlusion)
    yield "out/warped", bent.transpose(0, 1)[None]
    yield "out/frames", torch.cat(list(renderer.draw(portrait, latent[0], at_once=2))).transpose(0, 1)[None]
    yield "out/frames", drawn.transpose(0, 1)[None]
