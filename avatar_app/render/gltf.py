"""What animated glTF 2.0 files (.glb) of heads and bodies are made of.

Khronos glTF 2.0 specification: right-handed, y up, a person faces +z, metres, quaternions (x, y, z, w), colours as
factors of light.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.files import atomic_write
from avatar_app.provenance import SIGNATURE, mark
from avatar_app.request import FPS
from avatar_app.types import Array, Image, Ints

TYPES = {"f4": 5126, "u1": 5121, "u2": 5123, "u4": 5125}  # component types
VERTICES, ELEMENTS = 34962, 34963  # buffer targets
STILL = 1e-6  # metres: smaller displacements are left out
GAMMA = 2.2  # between factors of colours as they are shown and as glTF multiplies them
QUALITY = 92  # of the texture's JPEG

Track = tuple[int, str, npt.NDArray[Any]]  # node, "rotation", "translation" or "weights", and a row for each frame


@dataclass
class Binary:
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
        rows = rows if len(rows) else np.zeros(1, np.int64)  # the format wants one at least
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


def write_glb(path: str | Path, content: dict[str, Any], roots: list[int], binary: Binary) -> None:
    """Writes nodes, meshes, skins, materials and animations, whole or not at all.

    content: the top of the document without what is the same in all of ours. roots: the nodes that the scene begins
    with. Raises InputError when the file cannot be written.
    """
    told = mark()
    document = {
        "asset": {"version": "2.0", "generator": told["software"], "copyright": SIGNATURE, "extras": told},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        **content,
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.data)}],
    }
    with atomic_write(path) as file:
        file.write(_container(document, bytes(binary.data)))


def _container(document: dict[str, Any], data: bytes) -> bytes:
    """GLB: a header, a JSON chunk padded with spaces, a binary chunk padded with zeros."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def mesh(
    name: str,
    material: int,
    attributes: dict[str, npt.NDArray[Any]],
    triangles: npt.NDArray[np.integer[Any]],
    binary: Binary,
    shapes: Array | None = None,
) -> dict[str, Any]:
    """A mesh of one material. attributes: (n, k) by their glTF names. triangles: (f, 3). shapes: (52, n, 3) metres
    that the ARKit coefficients move each vertex by."""
    short = np.uint16 if len(attributes["POSITION"]) < 65535 else np.uint32
    primitive: dict[str, Any] = {
        "attributes": {kind: binary.add(values, VERTICES) for kind, values in attributes.items()},
        "indices": binary.add(triangles.reshape(-1).astype(short), ELEMENTS),
        "material": material,
    }
    if shapes is None:
        return {"name": name, "primitives": [primitive]}
    primitive["targets"] = [{"POSITION": binary.add_sparse(move)} for move in shapes]
    names = {"targetNames": list(ARKIT_NAMES)}
    return {"name": name, "primitives": [primitive], "weights": [0.0] * len(ARKIT_NAMES), "extras": names}


def material(name: str, roughness: float, texture: int | None = None) -> dict[str, Any]:
    """A surface that does not mirror, seen from both sides. texture: its number; None: colours of vertices alone."""
    look: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": roughness}
    if texture is not None:
        look["baseColorTexture"] = {"index": texture}
    return {"name": name, "doubleSided": True, "pbrMetallicRoughness": look}


def pictures(textures: dict[str, Image], binary: Binary) -> dict[str, Any]:
    """The document's textures, numbered in their order, of (height, width, 3) uint8 by name."""
    views = []
    for texture in textures.values():
        with io.BytesIO() as file:
            PIL.Image.fromarray(texture).save(file, "JPEG", quality=QUALITY)
            views.append(binary.view(file.getvalue()))
    return {
        "textures": [{"source": k, "sampler": 0} for k in range(len(views))],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [
            {"name": name, "mimeType": "image/jpeg", "bufferView": view}
            for name, view in zip(textures, views, strict=True)
        ],
    }


def seams(places: Ints, textured: Ints) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """(n, 2) pairs of a vertex and its texture coordinate, and triangles (f, 3) of these pairs.

    places, textured: (f, 3) vertices and texture coordinates of each corner: a glTF vertex has only one of the latter.
    """
    pairs, triangles = np.unique(np.stack([places.reshape(-1), textured.reshape(-1)], 1), axis=0, return_inverse=True)
    return pairs.astype(np.int64), triangles.reshape(-1, 3).astype(np.uint32)


def light_factors(colours: Array) -> Array:
    """Factors of colours as shown, as factors of light."""
    return (colours**GAMMA).astype(np.float32)


def quaternions(turns: Rotation) -> Array:
    """(T, 4) float32 of T rotations, of a sign that does not change: players go the short way round."""
    turned = turns.as_quat()
    turned *= np.where(turned[:, 3:] < 0, -1.0, 1.0)
    back = (turned[1:] * turned[:-1]).sum(1) < 0
    turned[1:] *= np.where(np.cumsum(back) % 2, -1.0, 1.0)[:, None]
    return np.asarray(turned, np.float32)


def animation(frames: int, tracks: Sequence[Track], binary: Binary) -> dict[str, Any]:
    """The samplers and channels of a take at 25 frames a second."""
    times = binary.add((np.arange(frames) / FPS).astype(np.float32))
    return {
        "name": "take",
        "samplers": [{"input": times, "output": binary.add(values)} for _, _, values in tracks],
        "channels": [
            {"sampler": k, "target": {"node": node, "path": kind}} for k, (node, kind, _) in enumerate(tracks)
        ],
    }
