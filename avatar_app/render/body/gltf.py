"""A dressed person's motion as an animated glTF 2.0 file (.glb), which Blender, three.js and game engines play.

Nodes are the joints of motion.skeleton under their names, and below them the bones that twist and the shoulders' caps
(rig.py). Four meshes hang on them: the face with the 52 ARKit blendshapes, other skin, clothes and hair.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.body_motion import body_motion
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, relaxed, skeleton
from avatar_app.render import gltf
from avatar_app.render.body.figure import BodyFigure
from avatar_app.render.body.rig import SEGMENTS, skin_bones
from avatar_app.render.head.glb import displacements
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.types import Array, Ints

MESHES = ("face", "skin", "clothes", "hair")  # by the figure's labels
ROUGHNESS = {"face": 0.55, "skin": 0.6, "clothes": 0.95, "hair": 0.6}
INFLUENCES = 8  # bones of a vertex; players that know only four take the strongest
STEADY = 1e-6  # a track of quaternions that varies by less is left out


@dataclass(frozen=True)
class Skinned:
    """A figure as glTF moves it: V vertices by linear blending alone.

    points: (V, 3) metres where the skin is modelled. bones: (V, 8) of skin_bones(), the strongest first. weights:
    (V, 8) float32, rows sum to 1.
    """

    points: Array
    bones: Ints
    weights: Array


def skinned(figure: BodyFigure) -> Skinned:
    """The figure with its clothes and hair subdivided before they are moved, not after, as the renderer does it.

    Each of their fine vertices hangs on the bones of the coarse ones around it, and its place is such that it is the
    renderer's when the person stands relaxed. When they move it is mostly within a millimetre, where few bones meet.
    """
    own = len(figure.bones) - figure.finer.shape[1]  # head and skin, which are not subdivided
    dense = np.zeros((len(figure.bones), len(skin_bones())), np.float32)
    np.put_along_axis(dense, figure.bones.astype(np.int64), figure.weights, 1)
    dense = np.concatenate([dense[:own], figure.finer @ dense[own:]])
    bones = np.argsort(-dense, axis=1, kind="stable")[:, :INFLUENCES]
    weights = np.take_along_axis(dense, bones, 1)
    weights /= weights.sum(1, keepdims=True)

    still = np.zeros(len(ARKIT_NAMES), np.float32)
    matrices = figure.matrices(relaxed()[None], np.zeros((1, 3), np.float32))[0]
    standing = figure.vertices(matrices, still)[own:]
    blended = np.einsum("vk,vkij->vij", weights[own:], matrices[bones[own:]])
    worn = np.linalg.solve(blended[..., :3], (standing - blended[..., 3])[..., None])[..., 0]
    modelled = len(figure.head.parts)
    points = np.concatenate([figure.head.face(still), figure.fixed[: own - modelled], worn])
    return Skinned(points.astype(np.float32), bones.astype(np.int32), weights.astype(np.float32))


def write_body_glb(clip: MotionClip, figure: BodyFigure, path: str | Path) -> None:
    """Writes the clip as an animation of a figure: skin, skeleton, and 52 morph targets under their ARKit names.

    A clip without a body stands relaxed and moves its head and face. Rest is the clip's first frame. Raises
    InputError when the file cannot be written.
    """
    binary, rig = gltf.Binary(), _bones(figure)
    shape = skinned(figure)
    meshes = _meshes(figure, shape, rig, binary)
    joints, root = body_motion(clip)
    turns = _turns(figure, joints, rig)
    places = figure.rig.offsets[0] + root + np.array([0, figure.lift, 0], np.float32)
    rests = np.stack([turn[0] for turn in turns])
    first = len(rig.names)  # the meshes' nodes follow the bones'
    tracks = [(k, "rotation", turn) for k, turn in enumerate(turns) if np.ptp(turn, axis=0).max() > STEADY]
    tracks += [(0, "translation", places), (first, "weights", clip.expression.reshape(-1))]
    content = {
        "nodes": [
            *_nodes(rig, rests, places[0]),
            *({"name": mesh["name"], "mesh": k, "skin": 0} for k, mesh in enumerate(meshes)),
        ],
        "skins": [{"joints": list(range(first)), "skeleton": 0, "inverseBindMatrices": _inverse(figure, rig, binary)}],
        "meshes": meshes,
        "materials": [_material(mesh["name"]) for mesh in meshes],
        "animations": [gltf.animation(len(clip), tracks, binary)],
        **gltf.pictures({"skin": figure.texture}, binary),
    }
    gltf.write_glb(path, content, [0, *range(first, first + len(meshes))], binary)


def _material(name: str) -> dict[str, Any]:
    return gltf.material(name, ROUGHNESS[name], 0 if name == "face" else None)


@dataclass(frozen=True)
class _Bones:
    """The tree of B nodes: first the joints, then further bones of the skin.

    names: (B,). parents: (B,), -1 of the root. places: (B, 3) metres from the parent. at: (D,) node of each of
    skin_bones(). skin: (B,) which of skin_bones() a node's bind matrix is that of.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    places: Array
    at: npt.NDArray[np.int64]
    skin: npt.NDArray[np.int64]


def _bones(figure: BodyFigure) -> _Bones:
    names, parents = list(JOINT_NAMES), list(skeleton().parents)
    places, of_skin = list(figure.rig.offsets), skin_bones()
    at = []
    for bone in of_skin:
        if bone in JOINT_INDEX:
            at.append(JOINT_INDEX[bone])
            continue
        joint, _, part = bone.partition("/")
        stem, _, side = joint.partition(".")
        at.append(len(names))
        names.append(f"{stem}-twist{part}.{side}" if part else bone)
        parents.append(JOINT_INDEX[joint if part else f"clavicle.{side}"])
        places.append(np.zeros(3, np.float32) if part else figure.rig.caps["LR".index(side)])
    # Joints whose skin hangs on twisting bones carry none themselves; they rest where the first of these does.
    own = [of_skin.index(name if name.partition(".")[0] not in SEGMENTS else f"{name}/0") for name in JOINT_NAMES]
    more = [number for number, bone in enumerate(of_skin) if bone not in JOINT_INDEX]
    return _Bones(tuple(names), tuple(parents), np.stack(places), np.array(at), np.array([*own, *more]))


def _turns(figure: BodyFigure, joints: Array, rig: _Bones) -> list[Array]:
    """(T, 4) quaternions of every node against its parent. joints: (T, J, 3) axis-angle."""
    own = [gltf.quaternions(Rotation.from_rotvec(row)) for row in joints.transpose(1, 0, 2).astype(np.float64)]
    still = np.zeros((len(joints), 3))
    turned, bones = figure.rig.joints(joints, still)[0], figure.rig.bones(joints, still)
    for node in range(len(own), len(rig.names)):
        against = turned[:, rig.parents[node]].transpose(0, 2, 1) @ bones[:, rig.skin[node], :, :3]
        own.append(gltf.quaternions(Rotation.from_matrix(against)))
    return own


def _nodes(rig: _Bones, rests: Array, root: Array) -> list[dict[str, Any]]:
    """rests: (B, 4) quaternions. root: (3,) metres."""
    nodes: list[dict[str, Any]] = []
    for node, name in enumerate(rig.names):
        children = [child for child, parent in enumerate(rig.parents) if parent == node]
        place = root if node == 0 else rig.places[node]
        entry = {"name": name, "translation": place.tolist(), "rotation": rests[node].tolist()}
        nodes.append(entry | ({"children": children} if children else {}))
    return nodes


def _inverse(figure: BodyFigure, rig: _Bones, binary: gltf.Binary) -> int:
    """Accessor of (B, 4, 4) inverse bind matrices, column by column."""
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(rig.names), 1, 1))
    matrices[:, :3] = figure.rig.inverse[rig.skin]
    return binary.add(matrices.transpose(0, 2, 1).reshape(-1, 16))


def _meshes(figure: BodyFigure, shape: Skinned, rig: _Bones, binary: gltf.Binary) -> list[dict[str, Any]]:
    """One for each of MESHES that the figure has: a bald portrait's has no hair."""
    normals = vertex_normals(shape.points, figure.triangles)
    kind = figure.labels[figure.triangles].max(1)
    meshes: list[dict[str, Any]] = []
    for label, name in enumerate(MESHES):
        corners = figure.triangles[kind == label]
        if not len(corners):
            continue
        if name == "face":
            pairs, triangles = gltf.seams(corners, figure.uv_triangles[kind == label])
            at, shapes = pairs[:, 0], displacements(figure.head)[:, pairs[:, 0]]
            more = {"TEXCOORD_0": figure.uv[pairs[:, 1]]}
        else:
            at, found = np.unique(corners, return_inverse=True)
            triangles, shapes, more = found.reshape(-1, 3), None, {}
        attributes = {
            "POSITION": shape.points[at],
            "NORMAL": normals[at],
            "COLOR_0": gltf.light_factors(figure.colours[at]),
            **more,
            **_influences(rig.at[shape.bones[at]], shape.weights[at]),
        }
        meshes.append(gltf.mesh(name, len(meshes), attributes, triangles, binary, shapes))
    return meshes


def _influences(nodes: npt.NDArray[np.int64], weights: Array) -> dict[str, npt.NDArray[Any]]:
    """Attributes of (n, 8) nodes and weights; the second four only where a vertex has so many."""
    nodes = np.where(weights > 0, nodes, 0)
    sets = range(2 if weights[:, 4:].any() else 1)
    joints = {f"JOINTS_{k}": nodes[:, 4 * k : 4 * k + 4].astype(np.uint8) for k in sets}
    return joints | {f"WEIGHTS_{k}": np.ascontiguousarray(weights[:, 4 * k : 4 * k + 4]) for k in sets}
