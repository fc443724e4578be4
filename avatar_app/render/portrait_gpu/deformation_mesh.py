"""Deformation mesh on any torch device, for a batch of frames; render/portrait/ says how."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.render.portrait.deformation_mesh import CAMERA, DeformationMesh
from avatar_app.render.portrait.eyes import gaze
from avatar_app.render.portrait.lips import roundness
from avatar_app.render.portrait.pose import limited_turn, rotation_matrix
from avatar_app.render.portrait.renderer import JAW, PortraitRenderer
from avatar_app.render.portrait.tongue import tongue_lift
from avatar_app.render.portrait_gpu.patch import matvec
from avatar_app.types import Array

SIDES = ("Left", "Right")


class Motion(NamedTuple):
    """What a batch of B frames asks for; float32, pixels of the picture where not said otherwise.

    landmarks: (B, 478, 3) from rest. rotation: (B, 3, 3). translation: (B, 3). breath: (B,) 0 to 1.
    wrinkles: (B, K) 0 to 1, of each map. lowered: (B, 2) how far the lids have come down, 0 to 1, and look: (B, 2, 2)
    gaze right and up, left eye first. drop: (B, 3) of the jaw. lift, rounded, tongue: (B,) 0 to 1.
    """

    landmarks: Tensor
    rotation: Tensor
    translation: Tensor
    breath: Tensor
    wrinkles: Tensor
    lowered: Tensor
    look: Tensor
    drop: Tensor
    lift: Tensor
    rounded: Tensor
    tongue: Tensor


def read_motion(
    portrait: PortraitRenderer, expression: Array, head_rotation: Array, head_translation: Array, breath: Array
) -> Motion:
    """On the CPU, where so little arithmetic is done sooner than sent anywhere; see PortraitRenderer.frame.

    expression: (B, 52). head_rotation, head_translation: (B, 3). breath: (B,).
    """
    values, rest = np.asarray(expression, np.float32), portrait.resting
    scale = portrait.mesh.face_width * np.array([1, -1, 1], np.float32)
    turns = [rotation_matrix(limited_turn(turn, portrait.turns)) for turn in head_rotation]
    depth = np.clip(np.maximum(values - rest, 0) @ portrait.wrinkles.weights.T, 0, 1)
    blinks = [ARKIT_INDEX["eyeBlink" + side] for side in SIDES]
    look = [[np.subtract(gaze(row, side), portrait.rest_gaze[side]) for side in SIDES] for row in values]
    tongue = ARKIT_INDEX["tongueOut"]
    found = Motion(
        *(
            torch.as_tensor(np.asarray(array, np.float32))
            for array in (
                np.stack([portrait.landmark_motion(row) for row in values]),
                np.stack(turns),
                np.asarray(head_translation, np.float32) * scale,
                breath,
                np.where(depth >= 0.02, depth, 0),
                (values - rest)[:, blinks] / np.maximum(1 - rest[blinks], 0.2),
                look,
                (values - rest)[:, [ARKIT_INDEX[name] for name in JAW]] @ portrait.jaw_basis,
                [tongue_lift(row, rest) for row in values],
                [max(roundness(row) - portrait.rest_round, 0.0) for row in values],
                values[:, tongue] - rest[tongue],
            )
        )
    )
    return found


class DeviceDeformationMesh(NamedTuple):
    """A DeformationMesh on a device; follow is dense, (V, 478). texture: (V, 2), the vertices in the picture."""

    points: Tensor
    triangles: Tensor
    texture: Tensor
    follow: Tensor
    head: Tensor
    free: Tensor
    breath: Tensor
    pivot: Tensor
    centre: Tensor
    distance: float

    def move(self, motion: Motion) -> Tensor:
        """(B, V, 3) vertices in the frames."""
        moved = self.points + self.follow @ motion.landmarks + motion.breath[:, None, None] * self.breath
        placed = self.pose(moved, self.points[:, 2], motion, self.head[:, None])
        step = placed[..., :2] - moved[..., :2]
        free = torch.where(step > 0, self.free[:, 0::2], self.free[:, 1::2])
        return torch.cat([moved[..., :2] + step * free, placed[..., 2:]], 2)

    def pose(self, moved: Tensor, rest_depth: Tensor, motion: Motion, head: Tensor | float = 1.0) -> Tensor:
        """Turns points (B or 1, n, 3) with the heads, as far as `head` (n, 1) says, in perspective."""
        offset = motion.translation[:, None] + self.pivot
        turned = matvec(motion.rotation[:, None], moved - self.pivot) + offset
        placed = moved + head * (turned - moved)
        nearer = (self.distance - rest_depth) / (self.distance - placed[..., 2])
        flat = self.centre + (placed[..., :2] - self.centre) * nearer[..., None]
        return torch.cat([flat, placed[..., 2:]], 2)


def upload_deformation_mesh(mesh: DeformationMesh, device: torch.device) -> DeviceDeformationMesh:
    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values, np.float32), device=device)

    return DeviceDeformationMesh(
        points=tensor(mesh.points),
        triangles=torch.as_tensor(mesh.triangles.astype(np.int64), device=device),
        texture=tensor(mesh.points[:, :2]),
        follow=tensor(mesh.follow.toarray()),
        head=tensor(mesh.head),
        free=tensor(mesh.free),
        breath=tensor(mesh.breath),
        pivot=tensor(mesh.pivot),
        centre=tensor(mesh.centre),
        distance=CAMERA * mesh.face_width,
    )
