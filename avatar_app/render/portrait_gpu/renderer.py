"""Portrait animation on any torch device, a batch at a time: no pixel leaves it before the frames are done.

Everything that is found out about a picture comes from PortraitRenderer, which stays the reference: the frames are
the same to the eye, not to the bit.
"""

from __future__ import annotations

import threading
from math import ceil

import numpy as np
import torch
from torch import Tensor

from avatar_app.render.layers.glasses import Glasses
from avatar_app.render.portrait.lids import LOWERED
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait.tongue import MIN_AMOUNT
from avatar_app.render.portrait_gpu.deformation_mesh import SIDES, Motion, read_motion, upload_deformation_mesh
from avatar_app.render.portrait_gpu.eyes import DeviceEye, draw_eyes, draw_lids, upload_eye
from avatar_app.render.portrait_gpu.mouth import draw_mouths, draw_tongues, upload_mouth
from avatar_app.render.portrait_gpu.patch import anchor, place_patch
from avatar_app.render.portrait_gpu.raster import Still, axes, compose, fetch, fetch_person, rasterize, shade_wrinkles
from avatar_app.types import Array, Image

OUTSIDE = -9.0  # a coordinate from which nothing of a layer is fetched


class DevicePortrait:
    """Draws batches of frames of one PortraitRenderer. Several threads may share it; they wait for one another."""

    def __init__(self, portrait: PortraitRenderer, device: torch.device | str) -> None:
        self.portrait, self.device = portrait, torch.device(device)
        # The device does one thing at a time anyway; its memory would have to hold all of them.
        self.lock = threading.Lock()
        size, marks, mesh = len(portrait.pixels), portrait.landmarks, portrait.mesh
        self.mesh = upload_deformation_mesh(mesh, self.device)
        self.pixels = self._planes(portrait.pixels)
        self.fine = self._planes(portrait.fine)
        self.behind = Still(self._planes(portrait.still), self._planes(portrait.background))
        self.corner = torch.tensor([*portrait.box[:2], 0.0], device=self.device)
        self.wrinkle_maps = torch.as_tensor(portrait.wrinkles.maps, device=self.device)
        self.eyes: list[DeviceEye] = [
            upload_eye(eye, marks, mesh.rings[eye.side], size, self.device) for eye in portrait.eyes
        ]
        self.mouth = upload_mouth(portrait.mouth, mesh.rings["mouth"], size, self.device)
        self.teeth = anchor(portrait.teeth_points(), self.device)
        self.glasses = None if portrait.glasses is None else DeviceGlasses(portrait.glasses, size, self.device)

    def _planes(self, pixels: Image) -> Tensor:
        """(C, H, W) float32 on the device of (H, W, C) uint8."""
        return torch.as_tensor(np.ascontiguousarray(pixels.transpose(2, 0, 1)), device=self.device).float()

    @torch.no_grad()
    def frames(self, expression: Array, head_rotation: Array, head_translation: Array, breath: Array) -> Image:
        """(B, H, W, 3) uint8 RGB; see PortraitRenderer.frame.

        expression: (B, 52) ARKit coefficients, head_rotation: (B, 3) radians, head_translation: (B, 3) head widths,
        breath: (B,) 0 to 1. A frame depends neither on B nor on the others.
        """
        asked = read_motion(self.portrait, expression, head_rotation, head_translation, breath)
        with self.lock:
            motion = Motion(*(array.to(self.device) for array in asked))
            points = self.mesh.move(motion)
            out = self._paint(points, motion)
            self._draw_openings(out, points, asked, motion)
            if self.glasses is not None:
                rim = self.glasses.points
                self.glasses.draw(out, self.mesh.pose(rim, rim[:, 2], motion))
            return np.asarray(out.permute(0, 2, 3, 1).to(torch.uint8).contiguous().cpu().numpy())

    def _paint(self, points: Tensor, motion: Motion) -> Tensor:
        """The meshes over the background, (B, 3, H, W) float32 whole numbers."""
        left, top, right, bottom = self.portrait.box
        size = bottom - top, right - left
        source, covered = rasterize(points - self.corner, self.mesh.triangles, self.mesh.texture, size)
        source = torch.where(covered[..., None], source, torch.stack(axes(size, self.device, (left, top)), 2))
        person = fetch_person(self.fine, source)
        shade = torch.tensordot(motion.wrinkles, self.wrinkle_maps, 1)
        person = shade_wrinkles(person, source, covered, shade, self.portrait.wrinkles.box[:2])
        out = self.pixels.expand(len(points), -1, -1, -1).clone()
        out[..., top:bottom, left:right] = compose(person, self.behind, source, covered, (left, top))
        return out

    def _draw_openings(self, out: Tensor, points: Tensor, asked: Motion, motion: Motion) -> None:
        """Lids, eyes, mouth and tongue, in place. asked: the motion on the CPU, which knows what need not be drawn."""
        for eye, source in zip(self.eyes, self.portrait.eyes, strict=True):
            number = SIDES.index(source.side)
            head = eye.corners.place(self.mesh.pose(eye.corners.points, eye.corners.points[:, 2], motion))
            if float(asked.lowered[:, number].max()) > LOWERED[0]:
                draw_lids(out, eye, points, motion.lowered[:, number])
            draw_eyes(out, eye, points, head, motion.look[:, number])
        rest = self.teeth.points
        skull = self.teeth.place(self.mesh.pose(rest, rest[:, 2], motion))
        jaw = self.teeth.place(self.mesh.pose(rest + motion.drop[:, None], rest[:, 2], motion))
        draw_mouths(out, self.mouth, points, skull, jaw, motion.lift, motion.rounded)
        if float(asked.tongue.max()) >= MIN_AMOUNT:
            draw_tongues(out, self.mouth, points, motion.tongue)


class DeviceGlasses:
    """Glasses on a device; see render/layers/glasses.py."""

    def __init__(self, glasses: Glasses, size: int, device: torch.device) -> None:
        """size: of the square picture, pixels."""
        self.layer = torch.as_tensor(np.ascontiguousarray(glasses.layer.transpose(2, 0, 1)), device=device)
        self.points = torch.as_tensor(glasses.points, device=device)
        self.texture = torch.as_tensor(glasses.texture, device=device)
        self.triangles = torch.as_tensor(glasses.triangles.astype(np.int64), device=device)
        rows, columns = glasses.layer.shape[:2]
        # Near the camera, and tilted by up to 30 degrees.
        self.patch = min(size, ceil(1.3 * (rows + columns / 2))), min(size, ceil(1.3 * (columns + rows / 2)))

    def draw(self, frames: Tensor, points: Tensor) -> None:
        """Draws them where their mesh stands, points (B, V, 3), over frames (B, 3, H, W), in place."""
        size = frames.shape[3]
        low = points[..., :2].amin(1).floor().long().clamp(0, size - 1)
        high = (points[..., :2].amax(1).ceil().long() + 1).clamp(1, size)
        patch = place_patch(low, high, self.patch, size)
        flat = points[..., :2] - patch.corner[:, None]
        source, covered = rasterize(torch.cat([flat, points[..., 2:]], 2), self.triangles, self.texture, self.patch)
        layer = fetch(self.layer, torch.where(covered[..., None], source, OUTSIDE), "bicubic")
        patch.paste(frames, patch.cut(frames) * (1 - layer[:, 3:].clamp(0, 1)) + layer[:, :3])
