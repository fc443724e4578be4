"""Pairs to learn frames from: a portrait's square, the same one moved, and the exact flow between them.

The published LFG has to discover flow in films. The portrait renderer knows where every pixel it draws comes from, so
here flow is given, and so is what the portrait cannot show: the inside of the mouth, lids, what a head uncovers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from avatar_app.engines.dawn.blocks import warp
from avatar_app.inputs.portrait.framing import resample
from avatar_app.render.portrait.pose import limited_turn, rotation_matrix
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Image

LATENT = 4  # pixels along a cell of the latent grid
UNLIKE = 0.09  # difference of colour (0 to 1) at which two thirds of a pixel are painted anew
PERSON = 128  # matte from which on a pixel is the person's


@dataclass(frozen=True)
class Square:
    """A square of the renderer's picture, pixels, and the side at which it is learned."""

    left: int
    top: int
    side: int
    resolution: int

    def cut(self, picture: Image) -> Image:
        """(R, R, 3) uint8 of (H, W, 3)."""
        part = picture[self.top : self.top + self.side, self.left : self.left + self.side]
        return resample(part, (self.resolution, self.resolution))

    def place(self, flow: Array) -> Array:
        """(side, side, 2) places in the square, -1 and 1 at its edges, of places (H, W, 2) in the picture's pixels."""
        part = flow[self.top : self.top + self.side, self.left : self.left + self.side]
        corner = np.array([self.left, self.top], np.float32)
        return np.asarray((2 * (part - corner) + 1) / self.side - 1, np.float32)


@dataclass(frozen=True)
class FlowPair:
    """target: (R, R, 3) uint8. grid: (R / 4, R / 4, 2) float32, where each cell of the target lies in the source, x
    first, as blocks.warp reads it: -1 and 1 at the square's edges. occlusion: (R / 4, R / 4) float32, 1 where the bent
    source is right, 0 where it does not show what is there."""

    target: Image
    grid: Array
    occlusion: Array


def flow_pair(renderer: PortraitRenderer, source: Image, square: Square, motion: Array) -> FlowPair:
    """What a motion (58,), channels as of a MotionClip, makes of the source (R, R, 3), a square of the portrait."""
    expression, rotation, translation = motion[:52], motion[52:55], motion[55:58]
    alpha = np.empty(renderer.pixels.shape[:2], np.uint8)
    frame = renderer.frame(expression, rotation, translation, alpha)
    flow = backward_flow(renderer, expression, rotation, translation)
    person = alpha >= PERSON
    flow[~person] = renderer.identity[~person]
    uncovered = ~person & (renderer.person[..., 3] >= PERSON)
    target, cells = square.cut(frame), square.resolution // LATENT
    grid = cv2.resize(square.place(flow), (cells, cells), interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = 1 - square.cut(np.repeat(uncovered[..., None] * np.uint8(255), 3, axis=2))[..., 0].astype(np.float32) / 255
    kept = seen * likeness(bend(source, grid), target)
    occlusion = cv2.resize(kept, (cells, cells), interpolation=cv2.INTER_AREA)
    return FlowPair(target, grid, np.asarray(occlusion, np.float32))


def backward_flow(renderer: PortraitRenderer, expression: Array, rotation: Array, translation: Array) -> Array:
    """(H, W, 2) pixel of the portrait that each pixel of a frame shows, as PortraitRenderer.frame draws it."""
    mesh, (left, top, right, bottom) = renderer.mesh, renderer.box
    moved = renderer.landmark_motion(np.asarray(expression, np.float32))
    turn = rotation_matrix(limited_turn(rotation, renderer.turns))
    shift = np.asarray(translation, np.float32) * mesh.face_width * np.array([1, -1, 1], np.float32)
    points = mesh.move(moved, turn, shift) - np.array([left, top, 0], np.float32)
    flow = renderer.identity.copy()
    part = np.ascontiguousarray(flow[top:bottom, left:right])
    depth = np.full(part.shape[:2], FAR, np.float32)
    rasterize(points, mesh.triangles, renderer.texture, depth, part)
    flow[top:bottom, left:right] = part
    return flow


def bend(source: Image, grid: Array) -> Image:
    """(R, R, 3) uint8: the source bent by a grid (r, r, 2), as the networks bend it."""
    picture = torch.tensor(source).permute(2, 0, 1)[None].float()
    bent = warp(picture, torch.from_numpy(grid)[None])[0].permute(1, 2, 0)
    return bent.round().to(torch.uint8).numpy()


def likeness(bent: Image, target: Image) -> Array:
    """(R, R) float32, 1 where the pictures agree, falling with the difference of colour."""
    off = np.abs(bent.astype(np.float32) - target).mean(2) / 255
    soft = np.asarray(cv2.GaussianBlur(off, (0, 0), 0.7))
    return np.exp(-((soft / UNLIKE) ** 2)).astype(np.float32)
