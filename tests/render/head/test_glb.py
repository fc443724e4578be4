"""GLB: a file that follows the glTF 2.0 specification and moves as the clip says."""

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.fit import marks_of
from avatar_app.render.head.glb import displacements, save_glb, surface
from avatar_app.render.head.model import load_head
from avatar_app.render.head.texture import clay

SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
KINDS = {5126: "<f4", 5125: "<u4", 5123: "<u2", 5121: "u1"}


def some_clip(frames=20):
    t = np.arange(frames)[:, None] / 25
    return MotionClip.from_values(0.4 * np.sin(2 * np.pi * (0.4 * t + np.arange(58) / 58)))


@pytest.fixture(scope="module")
def glb(tmp_path_factory):
    """(document, function that reads an accessor) of a written file."""
    path = tmp_path_factory.mktemp("glb") / "take.glb"
    save_glb(some_clip(), path)
    raw = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", raw)
    assert (magic, version, length) == (b"glTF", 2, len(raw)) and len(raw) % 4 == 0
    size, kind = struct.unpack_from("<I4s", raw, 12)
    assert kind == b"JSON" and size % 4 == 0
    document = json.loads(raw[20 : 20 + size])
    data_size, kind = struct.unpack_from("<I4s", raw, 20 + size)
    assert kind == b"BIN\0" and 28 + size + data_size == len(raw)
    data = raw[28 + size :]

    def part(view, kind, count):
        view = document["bufferViews"][view]
        assert view["byteOffset"] % 4 == 0 and view["byteLength"] == count * np.dtype(kind).itemsize
        return np.frombuffer(data, kind, count, view["byteOffset"])

    def read(number):
        accessor = document["accessors"][number]
        kind, width = KINDS[accessor["componentType"]], SIZES[accessor["type"]]
        if "bufferView" in accessor:
            array = part(accessor["bufferView"], kind, accessor["count"] * width).reshape(-1, width)
        else:
            array, sparse = np.zeros((accessor["count"], width), kind), accessor["sparse"]
            rows = part(sparse["indices"]["bufferView"], "<u4", sparse["count"])
            assert (np.diff(rows) > 0).all() and sparse["count"] > 0
            array[rows] = part(sparse["values"]["bufferView"], "<f4", sparse["count"] * width).reshape(-1, width)
        assert np.array_equal(array.min(0), np.array(accessor["min"], kind))
        assert np.array_equal(array.max(0), np.array(accessor["max"], kind))
        return array

    read.bytes = data
    return document, read


def test_the_mesh_has_the_52_named_shapes(glb):
    document, read = glb
    mesh = document["meshes"][0]
    primitive = mesh["primitives"][0]
    points = read(primitive["attributes"]["POSITION"])
    assert mesh["extras"]["targetNames"] == list(ARKIT_NAMES) and len(mesh["weights"]) == 52
    assert read(primitive["indices"]).max() < len(points)
    assert np.allclose(np.linalg.norm(read(primitive["attributes"]["NORMAL"]), axis=1), 1, atol=1e-5)
    for name, target in zip(ARKIT_NAMES, primitive["targets"], strict=True):
        move = read(target["POSITION"])
        assert move.shape == points.shape and np.isfinite(move).all()
        assert 0.0003 < np.linalg.norm(move, axis=1).max() < 0.06, name  # metres: each moves something, none tears


def test_the_animation_is_the_clip(glb):
    document, read = glb
    clip, animation = some_clip(), document["animations"][0]
    tracks = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        assert np.allclose(read(sampler["input"])[:, 0], np.arange(20) / 25)
        tracks[channel["target"]["path"]] = read(sampler["output"])
    assert np.array_equal(tracks["weights"].reshape(20, 52), clip.expression)
    turns = tracks["rotation"]
    angles = 2 * np.arctan2(np.linalg.norm(turns[:, :3], axis=1), turns[:, 3])
    assert np.allclose(angles, np.linalg.norm(clip.head_rotation, axis=1), atol=1e-4)
    along = np.sum(turns[:, :3] * clip.head_rotation, axis=1)
    assert (along[angles > 1e-3] > 0).all()  # the same axis, not its opposite
    rest = np.array(document["nodes"][0]["translation"])
    assert np.allclose(tracks["translation"] - rest, 0.155 * clip.head_translation, atol=1e-6)


def test_each_track_moves_the_node_that_its_name_promises(glb):
    document, _ = glb
    channels = document["animations"][0]["channels"]
    moved = {(document["nodes"][c["target"]["node"]]["name"], c["target"]["path"]) for c in channels}
    assert moved == {("head", "rotation"), ("head", "translation"), ("face", "weights")}
    reached, waiting = set(), list(document["scenes"][document["scene"]]["nodes"])
    while waiting:
        node = waiting.pop()
        reached.add(document["nodes"][node]["name"])
        waiting += document["nodes"][node].get("children", [])
    assert reached == {"head", "bust", "face"}


def test_names_of_one_side_move_that_side(glb):
    """The subject's left is +x; a jaw or mouth called left goes there whole."""
    document, read = glb
    mesh = document["meshes"][0]
    primitive = mesh["primitives"][0]
    across = read(primitive["attributes"]["POSITION"])[:, 0]
    sided = 0
    for name, target in zip(mesh["extras"]["targetNames"], primitive["targets"], strict=True):
        side = 1 if name.endswith("Left") else -1 if name.endswith("Right") else 0
        move = read(target["POSITION"])
        moved = np.linalg.norm(move, axis=1)
        if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            assert move[:, 0].sum() * side > 0.5 * moved.sum(), name
        elif side:
            assert moved[across * side > 0.002].sum() > 2 * moved[across * side < -0.002].sum(), name
        sided += abs(side)
    assert sided == 40


def test_the_skin_hangs_on_head_and_bust(glb):
    document, read = glb
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    joints, weights = read(attributes["JOINTS_0"]), read(attributes["WEIGHTS_0"])
    (skin,) = document["skins"]
    assert [document["nodes"][node]["name"] for node in skin["joints"]] == ["head", "bust"]
    assert np.allclose(weights.sum(1), 1, atol=1e-5) and joints.max() == 1
    points = read(attributes["POSITION"])
    head = (weights * (joints == 0)).sum(1)
    assert head[points[:, 1] > 0.02].min() > 0.99 and head[points[:, 1] < -0.25].max() < 0.02
    rest = read(skin["inverseBindMatrices"]).reshape(2, 4, 4)[0, 3, :3]
    assert np.allclose(rest, -np.array(document["nodes"][0]["translation"]))  # at rest nothing is moved


def test_the_texture_lies_in_the_file(glb):
    document, read = glb
    image = document["images"][0]
    view = document["bufferViews"][image["bufferView"]]
    assert image["mimeType"] == "image/jpeg" and view["byteLength"] > 10_000
    stored = Image.open(io.BytesIO(read.bytes[view["byteOffset"] :][: view["byteLength"]]))
    assert np.abs(np.asarray(stored).astype(float) - clay(load_head()).texture).mean() < 3
    uv = read(document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"])
    assert uv.min() >= 0 and uv.max() <= 1


def test_the_exported_surface_does_what_the_shapes_are_called():
    head = load_head()
    shape = surface(clay(head))
    rest = head.face(np.zeros(52, np.float32))
    marks = marks_of(head, rest)

    def at(mark):
        """The exported vertex nearest to a landmark."""
        return int(np.linalg.norm(shape.points - marks[mark], axis=1).argmin())

    for side, corner in (("Left", 291), ("Right", 61)):
        blink = shape.shapes[ARKIT_INDEX["eyeBlink" + side], :, 1]
        upper = np.linalg.norm(shape.points - marks[EYE_UPPER[side][4]], axis=1) < 0.003
        opening = marks[EYE_UPPER[side][4], 1] - marks[EYE_LOWER[side][4], 1]
        assert blink[upper].min() < -0.8 * opening
        assert shape.shapes[ARKIT_INDEX["mouthSmile" + side], at(corner), 1] > 0.002
        iris = at({"Left": 473, "Right": 468}[side])
        outward = 1 if side == "Left" else -1
        assert shape.shapes[ARKIT_INDEX["eyeLookOut" + side], iris, 0] * outward > 0.004
    assert shape.shapes[ARKIT_INDEX["jawOpen"], at(17), 1] < -0.015
    assert marks[291, 0] > 0 > marks[61, 0]  # the subject's left is +x when it faces +z
    forehead, chin, right, left = (shape.uv[at(mark)] for mark in (10, 152, 234, 454))
    assert forehead[1] < chin[1] - 0.1 and right[0] < left[0] - 0.1  # the texture's rows run down, its columns to +x
    assert shape.points[at(1), 2] > shape.points[[at(234), at(454)], 2].max()  # the nose points at the viewer


def test_colours_are_multiplied_as_players_do_it():
    """Factors of shown colours become factors of light."""
    look = clay(load_head())
    shape = surface(look)
    wanted = np.unique((look.colours**2.2).astype(np.float32))
    assert np.isin(np.unique(shape.colours), wanted).all() and np.ptp(shape.colours) > 0.1


def test_normals_point_out_of_the_triangles():
    shape = surface(clay(load_head()))
    a, b, c = (shape.points[shape.triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    smooth = shape.normals[shape.triangles].mean(1)
    assert ((flat * smooth).sum(1) > 0).mean() > 0.98
    assert shape.triangles.max() < len(shape.points) == len(shape.colours) == shape.shapes.shape[1] == len(shape.uv)


def test_trimesh_reads_it_too(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    save_glb(some_clip(), tmp_path / "take.glb")
    assert (tmp_path / "take.glb").stat().st_size < 4e6
    scene = trimesh.load(tmp_path / "take.glb")
    (mesh,) = scene.geometry.values()
    assert len(mesh.vertices) > 5000 and 0.35 < np.ptp(mesh.vertices[:, 1]) < 0.5  # metres, shoulders to crown
    assert mesh.visual.material.baseColorTexture.size == (1024, 1024)


def test_closed_lids_lie_on_the_eyeballs():
    head = load_head()
    shut = np.zeros(52, np.float32)
    shut[[ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = 1
    wanted = head.face(shut)
    got = head.face(np.zeros(52, np.float32)) + np.tensordot(shut, displacements(head), 1)
    assert np.linalg.norm(got - wanted, axis=1)[head.part("skin")].max() < 2e-4
