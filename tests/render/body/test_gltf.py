"""GLB of bodies: a player that follows the glTF 2.0 specification puts every vertex where the renderer has it."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.motion.body_motion import body_motion
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, NAME, parent_of, relaxed
from avatar_app.render.body.figure import BodyFigure, load_body
from avatar_app.render.body.gltf import MESHES, write_body_glb
from avatar_app.render.head.model import PARTS

KINDS = {5126: "<f4", 5125: "<u4", 5123: "<u2", 5121: "u1"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@lru_cache(maxsize=1)
def figure() -> BodyFigure:
    return load_body("jonas")


def gesture(frames: int = 5) -> MotionClip:
    """Both forearms rise and turn, the trunk leans, the head turns, the face talks."""
    share = np.linspace(0, 1, frames, dtype=np.float32)
    joints = np.tile(relaxed(), (frames, 1, 1))
    for side, sign in (("L", 1), ("R", -1)):
        joints[:, JOINT_INDEX[f"upperarm01.{side}"], 0] -= 0.4 * share
        joints[:, JOINT_INDEX[f"lowerarm01.{side}"], 0] -= 1.2 * share
        joints[:, JOINT_INDEX[f"lowerarm01.{side}"], 1] += 0.6 * sign * share
        joints[:, JOINT_INDEX[f"wrist.{side}"], 1] += 0.2 * sign * share
    joints[:, JOINT_INDEX["spine03"], 0] += 0.08 * share
    values = np.zeros((frames, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = values[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.5 * share
    values[:, 53] = 0.3 * share
    root = np.outer(share, [0.05, -0.02, 0.1]).astype(np.float32)
    return MotionClip.from_values(values, Body(joints, NAME, root))


@dataclass(frozen=True)
class File:
    """A GLB as its specification has it read."""

    document: dict[str, Any]
    data: bytes

    @classmethod
    def of(cls, path: Path) -> File:
        raw = path.read_bytes()
        (size,) = struct.unpack_from("<I", raw, 12)
        assert struct.unpack_from("<4sII", raw) == (b"glTF", 2, len(raw))
        return cls(json.loads(raw[20 : 20 + size]), raw[28 + size :])

    def read(self, number: int) -> np.ndarray:
        accessor = self.document["accessors"][number]
        kind, width, count = KINDS[accessor["componentType"]], WIDTHS[accessor["type"]], accessor["count"]
        if "bufferView" in accessor:
            return self._part(accessor["bufferView"], kind, count * width).reshape(count, width)
        sparse, out = accessor["sparse"], np.zeros((count, width), kind)
        rows = self._part(sparse["indices"]["bufferView"], "<u4", sparse["count"])
        assert (np.diff(rows) > 0).all()
        out[rows] = self._part(sparse["values"]["bufferView"], kind, sparse["count"] * width).reshape(-1, width)
        return out

    def _part(self, view: int, kind: str, count: int) -> np.ndarray:
        entry = self.document["bufferViews"][view]
        assert entry["byteOffset"] % 4 == 0
        assert entry["byteLength"] == count * np.dtype(kind).itemsize
        return np.frombuffer(self.data, kind, count, entry["byteOffset"])

    def pose(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """(B, 4, 4) of all nodes against the world, and (52,) weights, at a frame of the animation."""
        nodes = [dict(node) for node in self.document["nodes"]]
        animation, weights = self.document["animations"][0], np.zeros(52)
        for channel in animation["channels"]:
            values = self.read(animation["samplers"][channel["sampler"]]["output"])
            target = channel["target"]
            if target["path"] == "weights":
                weights = values.reshape(-1, 52)[frame]
            else:
                nodes[target["node"]][target["path"]] = values[frame]
        out = np.zeros((len(nodes), 4, 4))

        def place(node: int, above: np.ndarray) -> None:
            local = np.eye(4)
            local[:3, :3] = Rotation.from_quat(nodes[node].get("rotation", [0, 0, 0, 1])).as_matrix()
            local[:3, 3] = nodes[node].get("translation", [0, 0, 0])
            out[node] = above @ local
            for child in nodes[node].get("children", []):
                place(child, out[node])

        for node in self.document["scenes"][0]["nodes"]:
            place(node, np.eye(4))
        return out, weights

    def points(self, mesh: int, frame: int) -> np.ndarray:
        """(n, 3) metres: morphed, then skinned by all its sets of four bones."""
        primitive, (placed, weights) = self.document["meshes"][mesh]["primitives"][0], self.pose(frame)
        attributes, skin = primitive["attributes"], self.document["skins"][0]
        points = self.read(attributes["POSITION"]).astype(float)
        for weight, target in zip(weights, primitive.get("targets", []), strict=False):
            if weight:
                points = points + weight * self.read(target["POSITION"])
        inverse = self.read(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = placed[skin["joints"]] @ inverse
        joints, shares = (
            np.concatenate([self.read(attributes[name]) for name in sorted(attributes) if name.startswith(kind)], 1)
            for kind in ("JOINTS_", "WEIGHTS_")
        )
        assert np.allclose(shares.sum(1), 1, atol=1e-5)
        blended = np.einsum("vk,vkij->vij", shares, matrices[joints])
        return np.einsum("vij,vj->vi", blended[:, :3, :3], points) + blended[:, :3, 3]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    path = tmp_path_factory.mktemp("glb") / "take.glb"
    write_body_glb(gesture(), figure(), path)
    return File.of(path)


def drawn(frame: int) -> np.ndarray:
    """(V, 3) what the renderer draws."""
    joints, root = body_motion(gesture())
    matrices = figure().matrices(joints[frame : frame + 1], root[frame : frame + 1])[0]
    return figure().vertices(matrices, gesture().expression[frame])


def vertices_of(mesh: int) -> np.ndarray:
    """Which of the figure's vertices a mesh has, in its order."""
    body = figure()
    kept = body.labels[body.triangles].max(1) == mesh
    if mesh:
        return np.unique(body.triangles[kept])
    return np.unique(np.stack([body.triangles[kept].ravel(), body.uv_triangles[kept].ravel()], 1), axis=0)[:, 0]


@pytest.mark.parametrize("frame", [0, 3])
@pytest.mark.parametrize("mesh", range(4))
def test_vertices_are_where_the_renderer_has_them(file: File, mesh: int, frame: int) -> None:
    vertices = vertices_of(mesh)
    away = np.linalg.norm(file.points(mesh, frame) - drawn(frame)[vertices], axis=1)
    if MESHES[mesh] == "face":  # the sockets behind the eyeballs, which nobody sees, do not go straight
        away = away[figure().head.parts[vertices] != PARTS.index("socket")]
    # Clothes are subdivided before they are moved: where five bones meet at an armpit, that is not quite the same.
    assert np.percentile(away, 99 if MESHES[mesh] == "clothes" else 100) < 1e-3
    assert away.max() < (3e-3 if MESHES[mesh] == "clothes" else 1e-3)


def test_joints_have_their_names_and_parents(file: File) -> None:
    nodes, skin = file.document["nodes"], file.document["skins"][0]
    names = [node["name"] for node in nodes]
    assert len(set(names)) == len(names)
    parents = {nodes[child]["name"]: node["name"] for node in nodes for child in node.get("children", [])}
    for name in JOINT_NAMES:
        assert parents.get(name, "") == parent_of(name)
    assert parents["lowerarm01-twist2.L"] == "lowerarm01.L"
    assert parents["shoulder01.R"] == "clavicle.R"
    assert [names[node] for node in skin["joints"]] == names[: len(skin["joints"])]
    assert [nodes[node]["name"] for node in file.document["scenes"][0]["nodes"]] == ["root", *MESHES]


def test_the_face_has_the_52_shapes_and_their_weights(file: File) -> None:
    face, clip = file.document["meshes"][0], gesture()
    assert face["extras"]["targetNames"] == list(ARKIT_NAMES)
    points = file.read(face["primitives"][0]["attributes"]["POSITION"])
    for name, target in zip(ARKIT_NAMES, face["primitives"][0]["targets"], strict=True):
        assert 0.0003 < np.linalg.norm(file.read(target["POSITION"]), axis=1).max() < 0.06, name
        assert file.document["accessors"][target["POSITION"]]["count"] == len(points)
    assert np.allclose(file.pose(3)[1], clip.expression[3])
    assert all("targets" not in mesh["primitives"][0] for mesh in file.document["meshes"][1:])


def test_the_animation_has_25_frames_a_second_and_leaves_out_what_stands_still(file: File) -> None:
    animation, nodes = file.document["animations"][0], file.document["nodes"]
    moved = {(nodes[channel["target"]["node"]]["name"], channel["target"]["path"]) for channel in animation["channels"]}
    assert {("root", "translation"), ("face", "weights"), ("lowerarm01.L", "rotation")} <= moved
    assert ("finger3-2.L", "rotation") not in moved
    for sampler in animation["samplers"]:
        assert np.allclose(file.read(sampler["input"])[:, 0], np.arange(5) / 25)
    for channel in animation["channels"]:
        if channel["target"]["path"] == "rotation":
            turns = file.read(animation["samplers"][channel["sampler"]]["output"])
            assert np.allclose(np.linalg.norm(turns, axis=1), 1, atol=1e-5)
            assert ((turns[1:] * turns[:-1]).sum(1) > 0).all()


def test_meshes_have_colours_and_materials_of_their_own(file: File) -> None:
    materials = file.document["materials"]
    assert [material["name"] for material in materials] == list(MESHES)
    assert "baseColorTexture" in materials[0]["pbrMetallicRoughness"]
    for number, mesh in enumerate(file.document["meshes"]):
        primitive = mesh["primitives"][0]
        assert primitive["material"] == number
        colours = file.read(primitive["attributes"]["COLOR_0"])
        assert colours.min() >= 0
        assert colours.max() <= 1.2
        assert np.allclose(np.linalg.norm(file.read(primitive["attributes"]["NORMAL"]), axis=1), 1, atol=1e-4)
    shirt = file.read(file.document["meshes"][2]["primitives"][0]["attributes"]["COLOR_0"])
    assert (shirt[:, 2] > 1.3 * shirt[:, 0]).mean() > 0.2  # jonas's shirt is blue


def test_ten_seconds_are_small_and_a_clip_without_a_body_stands(tmp_path: Path) -> None:
    values = 0.2 + 0.1 * np.sin(np.arange(250)[:, None] / 5 + np.arange(58))
    write_body_glb(MotionClip.from_values(values), figure(), tmp_path / "take.glb")
    assert (tmp_path / "take.glb").stat().st_size < 6e6
    moved = {
        channel["target"]["node"] for channel in File.of(tmp_path / "take.glb").document["animations"][0]["channels"]
    }
    assert JOINT_INDEX["head"] in moved
    assert JOINT_INDEX["wrist.L"] not in moved
