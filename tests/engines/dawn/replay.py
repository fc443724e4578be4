"""The inputs of a fixture through this project's modules: every function yields (name of an output, its value)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from avatar_app.engines.dawn.denoiser import UNUSED, FlowDenoiser
from avatar_app.engines.dawn.flow import BackgroundPredictor, FlowPredictor, RegionPredictor, Regions
from avatar_app.engines.dawn.loading import below, filled, without
from avatar_app.engines.dawn.renderer import FrameRenderer, to_pixels
from avatar_app.engines.dawn.time_attention import RelativeBias, buckets_of
from tests.fixtures import Recorded, load

Outputs = Iterator[tuple[str, Tensor]]
SYSTEM = "dawn"
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
    model = filled(FlowDenoiser.like, without(f.weights, *UNUSED), f.name)
    for case in f.info["cases"]:
        if "eps" not in case["outputs"]:
            continue
        x, cond, step = (f.tensors[case["inputs"][name]] for name in ("x", "cond", "t"))
        portrait, mask = (f.tensors[f"in/{name}"].expand(len(x), -1, -1, -1) for name in ("fea", "mask"))
        eps = model(x, step, model.tell(portrait, mask, cond))
        if case["cond_scale"] != 1:
            nothing = model(x, step, model.tell(portrait, mask, torch.zeros_like(cond)))
            eps = nothing + case["cond_scale"] * (eps - nothing)
        yield case["outputs"]["eps"]["tensor"], eps
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
