"""Texture coordinates of a mesh, from a Wavefront .obj or an .npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar_app.npz import DAMAGE
from avatar_app.request import InputError
from avatar_app.types import Array, Ints

MAX_BYTES = 64 << 20
HELP = "give the template .obj that comes with the mesh, with vt lines and triangles as v/vt"


@dataclass(frozen=True)
class TextureLayout:
    """triangles: (F, 3) int32 vertices. uv: (U, 2) float32, 0 to 1 from left and top. uv_triangles: (F, 3) into it."""

    triangles: Ints
    uv: Array
    uv_triangles: Ints

    def check(self, vertices: int, name: str) -> None:
        """Raises InputError when it belongs to a mesh of another number of vertices, or points nowhere."""
        used = int(self.triangles.max()) + 1
        if used != vertices:
            raise InputError(f"{name} belongs to another mesh: it uses {used} vertices, this one has {vertices}.")
        if int(self.uv_triangles.max()) >= len(self.uv) or min(self.triangles.min(), self.uv_triangles.min()) < 0:
            raise InputError(f"{name} names texture points that it does not hold: {HELP}.")


def read_layout(path: Path, triangles: Ints) -> TextureLayout:
    """From an .obj (v/vt faces), or an .npz with `vt` (U, 2) and `ft` (F, 3) for the mesh's own `triangles`.

    Both count v from the bottom, as is usual in these formats. Raises InputError for anything else.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path.name!r}: {HELP}.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path.name} is larger than {MAX_BYTES >> 20} MB: {HELP}.")
    if path.suffix.lower() == ".npz":
        return _of_arrays(path, triangles)
    return read_obj(path)


def _of_arrays(path: Path, triangles: Ints) -> TextureLayout:
    try:
        with np.load(path, allow_pickle=False) as file:
            uv, corners = np.asarray(file["vt"], np.float32), np.asarray(file["ft"]).astype(np.int32)
    except DAMAGE as error:
        raise InputError(f"{path.name} holds no texture coordinates ({error}): {HELP}.") from error
    if uv.ndim != 2 or corners.shape != triangles.shape:
        raise InputError(f"{path.name} has {corners.shape} texture triangles; the mesh has {triangles.shape}: {HELP}.")
    return TextureLayout(triangles, _from_top(uv), corners)


def read_obj(path: Path) -> TextureLayout:
    """Of a Wavefront file. Faces of more than three corners are cut into fans. Raises InputError."""
    uv: list[tuple[float, float]] = []
    faces: list[tuple[int, int]] = []  # corner after corner
    try:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if words[:1] == ["vt"]:
                uv.append((float(words[1]), float(words[2])))
            elif words[:1] == ["f"]:
                corners = [tuple(int(number) - 1 for number in word.split("/")[:2]) for word in words[1:]]
                for k in range(1, len(corners) - 1):
                    for v, t in (corners[0], corners[k], corners[k + 1]):
                        faces.append((v, t))
    except (ValueError, IndexError) as error:
        raise InputError(f"{path.name} has no texture coordinates on its triangles: {HELP}.") from error
    if not uv or not faces:
        raise InputError(f"{path.name} holds no texture coordinates: {HELP}.")
    table = np.array(faces, np.int32).reshape(-1, 3, 2)
    return TextureLayout(table[..., 0].copy(), _from_top(np.array(uv, np.float32)), table[..., 1].copy())


def _from_top(uv: Array) -> Array:
    return np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1).astype(np.float32)
