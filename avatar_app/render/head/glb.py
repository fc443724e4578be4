"""Motion as an animated glTF 2.0 head (.glb): the 3-D head with the 52 ARKit blendshapes under their names, which
Blender, three.js and game engines play and can re-target.

Khronos glTF 2.0 specification: right-handed, y up, the face along +z, metres, quaternions (x, y, z, w). Two joints
carry the skin: the bust stands still, the head turns and moves, and the neck lies between them.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.model import HEAD_WIDTH, Head, load_head
from avatar_app.render.head.texture import Look, clay
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.request import FPS
from avatar_app.types import Array

NODES = {"head": 0, "bust": 1, "face": 2}
TYPES = {"f4": 5126, "u1": 5121, "u2": 5123, "u4": 5125}  # component types
VERTICES, ELEMENTS = 34962, 34963  # buffer targets
STILL = 1e-6  # metres: smaller displacements are left out
GAMMA = 2.2  # between factors of colours as they are shown and as glTF multiplies them
QUALITY = 92  # of the texture's JPEG
WAYS = ("In", "Out", "Up", "Down")


@dataclass(frozen=True)
class Surface:
    """What is exported of a head. n vertices, each with one texture coordinate.

    points: (n, 3) metres. normals: (n, 3). uv: (n, 2). colours: (n, 3) linear factors. weights: (n,) share of the
    head's pose. shapes: (52, n, 3) displacements in metres. triangles: (f, 3).
    """

    points: Array
    normals: Array
    uv: Array
    colours: Array
    weights: Array
    shapes: Array
    triangles: npt.NDArray[np.uint32]


def surface(look: Look) -> Surface:
    """The head as it was before subdivision, on the subdivided surface, with its eyeballs."""
    head, none = look.head, np.zeros(len(ARKIT_NAMES), np.float32)
    count, balls = len(head.rest), 2 * len(head.ball)
    kept = np.concatenate([np.arange(count), np.arange(len(head.parts) - balls, len(head.parts))])
    whole = head.face(none)
    # A coarse corner keeps its number when the mesh is subdivided; its quads and texture coordinates are kept apart.
    quads, uv_quads = head.quads
    eyes = head.part("eye")[head.triangles].all(1)
    places = np.concatenate([_halved(quads), head.triangles[eyes] - (len(head.parts) - balls) + count])
    textured = np.concatenate([_halved(uv_quads), head.uv_triangles[eyes]])
    pairs, triangles = np.unique(np.stack([places.reshape(-1), textured.reshape(-1)], 1), axis=0, return_inverse=True)
    at = kept[pairs[:, 0]]
    return Surface(
        whole[at],
        vertex_normals(whole, head.triangles)[at],
        head.uv[pairs[:, 1]],
        (look.colours[at] ** GAMMA).astype(np.float32),
        head.head_weights[at],
        _shapes(head, kept)[:, pairs[:, 0]],
        triangles.reshape(-1, 3).astype(np.uint32),
    )


def _halved(quads: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def _shapes(head: Head, kept: npt.NDArray[np.int64]) -> Array:
    """(52, len(kept), 3) displacements; of the eyeballs the straight line to where a full turn takes them."""
    count, fine = len(head.rest), len(head.parts) - 2 * len(head.ball)
    shapes = np.zeros((len(ARKIT_NAMES), len(kept), 3), np.float32)
    shapes[:, :count] = np.stack([np.asarray(head.subdivision @ move)[:count] for move in head.blendshapes])
    none = np.zeros(len(ARKIT_NAMES), np.float32)
    rest = head.face(none)[fine:]
    for name in (f"eyeLook{way}{side}" for way in WAYS for side in ("Left", "Right")):
        turned = none.copy()
        turned[ARKIT_INDEX[name]] = 1
        shapes[ARKIT_INDEX[name], count:] = head.face(turned)[fine:] - rest
    return shapes


@dataclass
class _Binary:
    """The binary chunk while it grows, with the views and accessors that describe it."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def view(self, packed: bytes, target: int | None = None) -> int:
        """Appends bytes, padded to four; returns their view's number."""
        entry: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(packed)}
        self.views.append(entry | ({"target": target} if target else {}))
        self.data += packed + b"\0" * (-len(packed) % 4)
        return len(self.views) - 1

    def add(self, array: npt.NDArray[Any], target: int | None = None) -> int:
        """Appends an array (n,), (n, k) or (n, 16) as matrices, little-endian; returns its accessor's number."""
        code = array.dtype.str[1:] if array.dtype.str[1:] in TYPES else "f4"
        packed = np.ascontiguousarray(array, "<" + code)
        view = self.view(packed.tobytes(), target)
        return self._accessor(code, packed, {"bufferView": view})

    def add_sparse(self, array: Array) -> int:
        """Appends (n, 3) of which most rows are 0; returns its accessor's number."""
        rows = np.flatnonzero(np.abs(array).max(1) > STILL)
        whole = np.zeros_like(array)
        whole[rows] = array[rows]
        sparse = {
            "count": len(rows),
            "indices": {"bufferView": self.view(rows.astype("<u4").tobytes()), "componentType": TYPES["u4"]},
            "values": {"bufferView": self.view(np.ascontiguousarray(array[rows], "<f4").tobytes())},
        }
        return self._accessor("f4", whole, {"sparse": sparse})

    def _accessor(self, code: str, array: npt.NDArray[Any], where: dict[str, Any]) -> int:
        columns = array.reshape(len(array), -1)
        kind = {1: "SCALAR", 16: "MAT4"}.get(columns.shape[1], f"VEC{columns.shape[1]}")
        limits = {"min": columns.min(0).tolist(), "max": columns.max(0).tolist()}
        entry = {"componentType": TYPES[code], "count": len(array), "type": kind}
        self.accessors.append(where | entry | limits)
        return len(self.accessors) - 1


def save_glb(clip: MotionClip, path: str | Path, look: Look | None = None) -> None:
    """Writes the clip as an animation of a head: 52 morph targets under their ARKit names, rotation, translation.

    look: the head and its texture; None: of clay. Raises InputError when the file cannot be written.
    """
    look = clay(load_head()) if look is None else look
    shape, binary = surface(look), _Binary()
    neck = [float(value) for value in look.head.neck]
    document = {
        "asset": {"version": "2.0", "generator": "avatar_app", "extras": {"note": "AI-generated motion"}},
        "scene": 0,
        "scenes": [{"nodes": [NODES["bust"], NODES["face"]]}],
        "nodes": [
            {"name": "head", "translation": neck},
            {"name": "bust", "children": [NODES["head"]]},
            {"name": "face", "mesh": 0, "skin": 0},
        ],
        "skins": [_skin(neck, binary)],
        "meshes": [_mesh(shape, binary)],
        "materials": [_material()],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [{"name": "skin", "mimeType": "image/jpeg", "bufferView": binary.view(_jpeg(look.texture))}],
        "animations": [_animation(clip, neck, binary)],
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.data)}],
    }
    with atomic_write(path) as file:
        file.write(_container(document, bytes(binary.data)))


def _mesh(shape: Surface, binary: _Binary) -> dict[str, Any]:
    """The mesh with its morph targets, and how it hangs on the joints."""
    joints = np.zeros((len(shape.points), 4), np.uint8)
    joints[:, 1] = 1  # of the skin's list: the head first, then the bust
    weights = np.stack([shape.weights, 1 - shape.weights, 0 * shape.weights, 0 * shape.weights], 1)
    joints[weights == 0] = 0
    attributes = {
        "POSITION": binary.add(shape.points, VERTICES),
        "NORMAL": binary.add(shape.normals, VERTICES),
        "TEXCOORD_0": binary.add(shape.uv, VERTICES),
        "COLOR_0": binary.add(shape.colours, VERTICES),
        "JOINTS_0": binary.add(joints, VERTICES),
        "WEIGHTS_0": binary.add(weights.astype(np.float32), VERTICES),
    }
    triangles = binary.add(shape.triangles.reshape(-1), ELEMENTS)
    targets = [{"POSITION": binary.add_sparse(move)} for move in shape.shapes]
    primitive = {"attributes": attributes, "indices": triangles, "material": 0, "targets": targets}
    names = {"targetNames": list(ARKIT_NAMES)}
    return {"name": "face", "primitives": [primitive], "weights": [0.0] * len(ARKIT_NAMES), "extras": names}


def _material() -> dict[str, Any]:
    look = {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 0.55}
    return {"name": "skin", "doubleSided": True, "pbrMetallicRoughness": look}


def _skin(neck: list[float], binary: _Binary) -> dict[str, Any]:
    """Joints with the inverses of where they rest, column by column."""
    matrices = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    matrices[0, 3, :3] = [-value for value in neck]
    inverse = binary.add(matrices.reshape(2, 16))
    return {"joints": [NODES["head"], NODES["bust"]], "skeleton": NODES["bust"], "inverseBindMatrices": inverse}


def _jpeg(texture: npt.NDArray[np.uint8]) -> bytes:
    with io.BytesIO() as file:
        PIL.Image.fromarray(texture).save(file, "JPEG", quality=QUALITY)
        return file.getvalue()


def _animation(clip: MotionClip, neck: list[float], binary: _Binary) -> dict[str, Any]:
    """The samplers and channels of a clip at 25 frames a second."""
    times = binary.add((np.arange(len(clip)) / FPS).astype(np.float32))
    turns = Rotation.from_rotvec(clip.head_rotation.astype(np.float64)).as_quat()
    turns *= np.where(turns[:, 3:] < 0, -1.0, 1.0)  # one sign, so that players do not turn the long way round
    places = clip.head_translation * np.float32(HEAD_WIDTH) + np.array(neck, np.float32)
    head, face = NODES["head"], NODES["face"]
    tracks = [(head, "rotation", turns), (head, "translation", places), (face, "weights", clip.expression.reshape(-1))]
    return {
        "name": "take",
        "samplers": [{"input": times, "output": binary.add(values)} for _, _, values in tracks],
        "channels": [
            {"sampler": k, "target": {"node": node, "path": kind}} for k, (node, kind, _) in enumerate(tracks)
        ],
    }


def _container(document: dict[str, Any], data: bytes) -> bytes:
    """GLB: a header, a JSON chunk padded with spaces, a binary chunk padded with zeros."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
