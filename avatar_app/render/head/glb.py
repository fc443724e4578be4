"""Motion as an animated glTF 2.0 head (.glb): the 3-D head with the 52 ARKit blendshapes under their names, which
Blender, three.js and game engines play and can re-target.

Two joints carry the skin: the bust stands still, the head turns and moves, and the neck lies between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.render import gltf
from avatar_app.render.head.hair import Hair
from avatar_app.render.head.model import HEAD_WIDTH, Head, load_head
from avatar_app.render.head.texture import Look, clay
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.types import Array

NODES = {"head": 0, "bust": 1, "face": 2, "hair": 3}
ROUGHNESS = 0.55


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
    pairs, triangles = gltf.seams(places, textured)
    at = kept[pairs[:, 0]]
    return Surface(
        whole[at],
        vertex_normals(whole, head.triangles)[at],
        head.uv[pairs[:, 1]],
        gltf.light_factors(look.colours[at]),
        head.head_weights[at],
        displacements(head)[:, at],
        triangles,
    )


def _halved(quads: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def displacements(head: Head) -> Array:
    """(52, V, 3) metres that each ARKit coefficient moves a head's vertices by at full strength.

    Closed lids lie on the eyeballs then. On the way lids and eyeballs go straight where the head's own turn.
    """
    rest = head.face(np.zeros(len(ARKIT_NAMES), np.float32))
    return np.stack([head.face(alone) - rest for alone in np.eye(len(ARKIT_NAMES), dtype=np.float32)])


def save_glb(clip: MotionClip, path: str | Path, look: Look | None = None) -> None:
    """Writes the clip as an animation of a head: 52 morph targets under their ARKit names, rotation, translation.

    look: the head and its texture; None: of clay. Raises InputError when the file cannot be written.
    """
    look = clay(load_head()) if look is None else look
    binary = gltf.Binary()
    neck = [float(value) for value in look.head.neck]
    nodes: list[dict[str, Any]] = [
        {"name": "head", "translation": neck},
        {"name": "bust", "children": [NODES["head"]]},
        {"name": "face", "mesh": 0, "skin": 0},
    ]
    meshes, materials = [_mesh(surface(look), binary)], [gltf.material("skin", ROUGHNESS, 0)]
    textures = {"skin": look.texture}
    if look.hair is not None:
        nodes.append({"name": "hair", "mesh": 1, "skin": 0})
        meshes.append(_hair_mesh(look.hair, binary))
        materials.append(gltf.material("hair", ROUGHNESS, 1))
        textures["hair"] = look.hair.texture
    content = {
        "nodes": nodes,
        "skins": [_skin(neck, binary)],
        "meshes": meshes,
        "materials": materials,
        "animations": [gltf.animation(len(clip), _tracks(clip, look.head.neck), binary)],
        **gltf.pictures(textures, binary),
    }
    gltf.write_glb(path, content, [NODES["bust"], *range(NODES["face"], len(nodes))], binary)


def _hung(share: Array) -> dict[str, npt.NDArray[Any]]:
    """Attributes of vertices that follow the head by a share (n,) and the bust by the rest."""
    joints = np.zeros((len(share), 4), np.uint8)
    joints[:, 1] = 1  # of the skin's list: the head first, then the bust
    weights = np.stack([share, 1 - share, 0 * share, 0 * share], 1).astype(np.float32)
    joints[weights == 0] = 0
    return {"JOINTS_0": joints, "WEIGHTS_0": weights}


def _hair_mesh(hair: Hair, binary: gltf.Binary) -> dict[str, Any]:
    """The shell of hair, which no coefficient moves."""
    attributes = {
        "POSITION": hair.points,
        "NORMAL": vertex_normals(hair.points, hair.triangles),
        "TEXCOORD_0": hair.uv,
        "COLOR_0": gltf.light_factors(hair.colours),
        **_hung(hair.weights),
    }
    return gltf.mesh("hair", 1, attributes, hair.triangles, binary)


def _mesh(shape: Surface, binary: gltf.Binary) -> dict[str, Any]:
    """The mesh with its morph targets, and how it hangs on the joints."""
    attributes = {
        "POSITION": shape.points,
        "NORMAL": shape.normals,
        "TEXCOORD_0": shape.uv,
        "COLOR_0": shape.colours,
        **_hung(shape.weights),
    }
    return gltf.mesh("face", 0, attributes, shape.triangles, binary, shape.shapes)


def _skin(neck: list[float], binary: gltf.Binary) -> dict[str, Any]:
    """Joints with the inverses of where they rest, column by column."""
    matrices = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    matrices[0, 3, :3] = [-value for value in neck]
    inverse = binary.add(matrices.reshape(2, 16))
    return {"joints": [NODES["head"], NODES["bust"]], "skeleton": NODES["bust"], "inverseBindMatrices": inverse}


def _tracks(clip: MotionClip, neck: Array) -> list[gltf.Track]:
    turns = gltf.quaternions(Rotation.from_rotvec(clip.head_rotation.astype(np.float64)))
    places = clip.head_translation * np.float32(HEAD_WIDTH) + np.asarray(neck, np.float32)
    head, face = NODES["head"], NODES["face"]
    return [(head, "rotation", turns), (head, "translation", places), (face, "weights", clip.expression.reshape(-1))]
