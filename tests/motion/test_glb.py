"""GLB: a file that follows the glTF 2.0 specification and moves as the clip says."""

import json
import struct

import numpy as np
import pytest

from avatar_app.motion.clip import ARKIT_INDEX, ARKIT_NAMES, MotionClip
from avatar_app.motion.glb import face, save_glb

SIZES = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


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

    def read(number):
        accessor = document["accessors"][number]
        view = document["bufferViews"][accessor["bufferView"]]
        kind = {5126: "<f4", 5125: "<u4"}[accessor["componentType"]]
        width = SIZES[accessor["type"]]
        array = np.frombuffer(data, kind, accessor["count"] * width, view["byteOffset"]).reshape(-1, width)
        assert view["byteOffset"] % 4 == 0 and view["byteLength"] == array.nbytes
        assert np.array_equal(array.min(0), np.array(accessor["min"], kind))
        assert np.array_equal(array.max(0), np.array(accessor["max"], kind))
        return array

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


def opening(shape, name, weight, top, bottom):
    points = shape.points + weight * shape.shapes[ARKIT_INDEX[name]]
    return points[top, 1] - points[bottom, 1]


def test_the_face_does_what_the_shapes_are_called():
    shape = face()
    for side, top, bottom in (("Left", 386, 374), ("Right", 159, 145)):
        rest = opening(shape, "eyeBlink" + side, 0, top, bottom)
        assert rest > 0.02 and opening(shape, "eyeBlink" + side, 1, top, bottom) < 0.1 * rest
        assert opening(shape, "eyeWide" + side, 1, top, bottom) > 1.1 * rest
    assert opening(shape, "jawOpen", 1, 13, 14) > opening(shape, "jawOpen", 0, 13, 14) + 0.1
    for side, corner in (("Left", 291), ("Right", 61)):
        assert shape.shapes[ARKIT_INDEX["mouthSmile" + side], corner, 1] > 0.01
    assert shape.points[291, 0] > 0 > shape.points[61, 0]  # the subject's left is +x when it faces +z
    assert shape.points[1, 2] > shape.points[[234, 454], 2].max()  # the nose points at the viewer


def test_every_triangle_faces_the_viewer():
    shape = face()
    a, b, c = (shape.points[shape.triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] >= 0).all()
    assert shape.triangles.max() < len(shape.points) == len(shape.colours) == shape.shapes.shape[1]


def test_trimesh_reads_it_too(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    save_glb(some_clip(), tmp_path / "take.glb")
    scene = trimesh.load(tmp_path / "take.glb")
    (mesh,) = scene.geometry.values()
    assert len(mesh.vertices) >= 478 and 0.14 < np.ptp(mesh.vertices[:, 0]) < 0.18  # metres
