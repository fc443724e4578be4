"""Motion as an animated glTF 2.0 head (.glb): a face with the 52 ARKit blendshapes that Blender, three.js and game
engines play and can re-target by name.

Khronos glTF 2.0 specification: right-handed, y up, the face along +z, metres, quaternions (x, y, z, w).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.motion.clip import ARKIT_INDEX, ARKIT_NAMES, MotionClip
from avatar_app.motion.face_rig import (
    EYE_LOWER,
    EYE_UPPER,
    INNER_LOWER,
    INNER_UPPER,
    IRIS,
    LOWER_LIP,
    UPPER_LIP,
    fit_basis,
    load_rig,
)
from avatar_app.request import FPS

Array = npt.NDArray[np.float32]
Triangles = npt.NDArray[np.uint32]

HEAD_WIDTH = 0.155  # metres, adult mean
NECK = (0.0, -0.45, -0.40)  # head widths from the nose's root: about where the head turns on the neck
BEHIND = 0.012  # head widths that eyeballs and mouth lie behind the lids' and lips' edges
IRIS_CORNERS = 16
GAZE = 0.20  # eye widths that an iris travels at eyeLook* = 1
SKIN, LIPS, WHITE, EYE_COLOUR, DARK = (
    (0.62, 0.36, 0.26),
    (0.5, 0.16, 0.14),
    (0.8, 0.8, 0.8),
    (0.05, 0.03, 0.02),
    (0.03,) * 3,
)
FLOAT, INDEX = 5126, 5125  # component types
VERTICES, ELEMENTS = 34962, 34963  # buffer targets


@dataclass(frozen=True)
class Face:
    """points: (n, 3) head widths, y up. shapes: (52, n, 3) displacements. colours: (n, 3) linear. triangles: (f, 3)."""

    points: Array
    shapes: Array
    colours: Array
    triangles: Triangles


def face() -> Face:
    """The rig's average face with lids that close, eyes that look and a mouth that is dark inside."""
    rig = load_rig()
    up = np.array([1, -1, 1], np.float32)
    points, shapes = rig.neutral * up, fit_basis(rig.neutral) * up
    colours = np.tile(np.array(SKIN, np.float32), (len(points), 1))
    colours[[row for rows in (*UPPER_LIP[1:], *LOWER_LIP[1:]) for row in rows]] = LIPS
    parts = [Face(points, shapes, colours, _front(points, rig.triangles))]
    for side in ("Left", "Right"):
        parts.append(_behind(parts[0], EYE_UPPER[side], EYE_LOWER[side], WHITE))
        parts.append(_iris(points, shapes, side))
    parts.append(_behind(parts[0], (78, *INNER_UPPER, 308), (78, *INNER_LOWER, 308), DARK))
    starts = np.cumsum([0] + [len(part.points) for part in parts[:-1]])
    return Face(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.shapes for part in parts], axis=1),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.triangles + np.uint32(k) for part, k in zip(parts, starts, strict=True)]),
    )


def _behind(skin: Face, upper: Sequence[int], lower: Sequence[int], colour: tuple[float, ...]) -> Face:
    """What shows between two lids or lips: a strip that moves with their edges, a little behind them."""
    rows = [*upper, *lower]
    points = skin.points[rows] - np.array([0, 0, BEHIND], np.float32)
    a = np.arange(len(upper) - 1)
    b = a + len(upper)
    triangles = np.concatenate([np.stack([a, b, a + 1], 1), np.stack([a + 1, b, b + 1], 1)])
    colours = np.tile(np.array(colour, np.float32), (len(rows), 1))
    return Face(points, skin.shapes[:, rows], colours, _front(points, triangles))


def _iris(points: Array, shapes: Array, side: str) -> Face:
    """A disc between the lids, with its gaze, that the lids cover: its rim goes with them when they close."""
    upper, lower, rim = EYE_UPPER[side], EYE_LOWER[side], list(IRIS[side][1:])
    width = float(np.linalg.norm(points[upper[0]] - points[upper[-1]]))
    top, bottom = points[upper[4]], points[lower[4]]
    angles = np.linspace(0, 2 * np.pi, IRIS_CORNERS, endpoint=False)
    disc = np.concatenate([np.zeros((1, 2)), np.stack([np.cos(angles), np.sin(angles)], 1)])
    placed = np.zeros((len(disc), 3), np.float32)
    placed[:, :2] = points[IRIS[side][0], :2] + disc * (0.42 * np.ptp(points[rim, 0]))
    placed[:, 1] = np.clip(placed[:, 1], bottom[1], top[1])
    placed[:, 2] = (top[2] + bottom[2]) / 2 - BEHIND / 2
    share = (placed[:, 1] - bottom[1]) / max(float(top[1] - bottom[1]), 1e-6)
    moves = np.zeros((len(shapes), len(placed), 3), np.float32)
    for name in ("eyeBlink" + side, "eyeSquint" + side, "cheekSquint" + side):
        index = ARKIT_INDEX[name]
        moves[index, :, 1] = share * shapes[index, upper[4], 1] + (1 - share) * shapes[index, lower[4], 1]
    outward = 1.0 if side == "Left" else -1.0
    for way, axis, sign in (("Out", 0, outward), ("In", 0, -outward), ("Up", 1, 0.6), ("Down", 1, -0.4)):
        moves[ARKIT_INDEX[f"eyeLook{way}{side}"], :, axis] = sign * GAZE * width
    around = np.arange(IRIS_CORNERS)
    fan = np.stack([0 * around, 1 + around, 1 + (around + 1) % IRIS_CORNERS], 1)
    colours = np.tile(np.array(EYE_COLOUR, np.float32), (len(placed), 1))
    return Face(placed, moves, colours, _front(placed, fan))


def _front(points: Array, triangles: npt.NDArray[Any]) -> Triangles:
    """The triangles, wound so that each faces the viewer."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    flipped = np.cross(b - a, c - a)[:, 2] < 0
    return np.where(flipped[:, None], triangles[:, ::-1], triangles).astype(np.uint32)


def _normals(points: Array, triangles: Triangles) -> Array:
    """(n, 3) unit normals, the mean of the faces around."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    total = np.full(points.shape, 1e-9, np.float32)
    for k in range(3):
        np.add.at(total, triangles[:, k], np.cross(b - a, c - a))
    return (total / np.linalg.norm(total, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class _Binary:
    """The binary chunk while it grows, with the views and accessors that describe it."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, Any]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, array: npt.NDArray[Any], target: int | None = None) -> int:
        """Appends an array, little-endian; returns its accessor's number."""
        whole = array.dtype.kind == "u"
        packed = np.ascontiguousarray(array, "<u4" if whole else "<f4")
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": packed.nbytes}
        self.views.append(view | ({"target": target} if target else {}))
        kind = "SCALAR" if packed.ndim == 1 else f"VEC{packed.shape[1]}"
        columns = packed.reshape(len(packed), -1)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": INDEX if whole else FLOAT,
                "count": len(packed),
                "type": kind,
                "min": columns.min(0).tolist(),
                "max": columns.max(0).tolist(),
            }
        )
        self.data += packed.tobytes()
        return len(self.accessors) - 1


def save_glb(clip: MotionClip, path: str | Path) -> None:
    """Writes the clip as an animation of a head: 52 morph targets under their ARKit names, rotation, translation."""
    shape, binary = face(), _Binary()
    triangles = binary.add(shape.triangles.reshape(-1), ELEMENTS)
    attributes = {
        "POSITION": binary.add(shape.points * np.float32(HEAD_WIDTH), VERTICES),
        "NORMAL": binary.add(_normals(shape.points, shape.triangles), VERTICES),
        "COLOR_0": binary.add(shape.colours, VERTICES),
    }
    targets = [{"POSITION": binary.add(move * np.float32(HEAD_WIDTH), VERTICES)} for move in shape.shapes]
    neck = [HEAD_WIDTH * value for value in NECK]
    document = {
        "asset": {"version": "2.0", "generator": "avatar_app", "extras": {"note": "AI-generated motion"}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"name": "head", "translation": neck, "children": [1]},
            {"name": "face", "translation": [-value for value in neck], "mesh": 0},
        ],
        "meshes": [
            {
                "name": "face",
                "primitives": [{"attributes": attributes, "indices": triangles, "material": 0, "targets": targets}],
                "weights": [0.0] * len(ARKIT_NAMES),
                "extras": {"targetNames": list(ARKIT_NAMES)},
            }
        ],
        "materials": [
            {
                "name": "face",
                "doubleSided": True,
                "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.7},
            }
        ],
        "animations": [_animation(clip, neck, binary)],
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.data)}],
    }
    Path(path).write_bytes(_container(document, bytes(binary.data)))


def _animation(clip: MotionClip, neck: list[float], binary: _Binary) -> dict[str, Any]:
    """The samplers and channels of a clip at 25 frames a second."""
    from scipy.spatial.transform import Rotation

    times = binary.add((np.arange(len(clip)) / FPS).astype(np.float32))
    turns = Rotation.from_rotvec(clip.head_rotation.astype(np.float64)).as_quat()
    turns *= np.where(turns[:, 3:] < 0, -1.0, 1.0)  # one sign, so that players do not turn the long way round
    places = clip.head_translation * HEAD_WIDTH + np.array(neck, np.float32)
    tracks = [(0, "rotation", turns), (0, "translation", places), (1, "weights", clip.expression.reshape(-1))]
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
