"""Head and blinks of one take: drawn by PBNet, changed by whoever acts an instruction, and told to the denoiser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from avatar_app.engines.dawn.pbnet import MotionDecoder, draw_latent, pose_from_network, pose_to_network
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.types import Array, OnStep

BLINKS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
WIDE = [ARKIT_INDEX["eyeWideLeft"], ARKIT_INDEX["eyeWideRight"]]


@dataclass(frozen=True)
class Drive:
    """pose: (F, 6) and eyes: (F, 2) in raw units. seed: of the take. tell: takes the share of it that is denoised."""

    pose: Array
    eyes: Array
    seed: int
    tell: OnStep


@torch.inference_mode()
def draw_drive(
    pose_net: MotionDecoder,
    blink_net: MotionDecoder,
    audio: Tensor,
    first: tuple[Array, Array],
    seed: int,
    variety: float,
) -> tuple[Array, Array]:
    """(F, 6) pose and (F, 2) eye openings for audio (F, C); first: the portrait's. variety: of the latents, 1 is as
    published."""  # fmt: skip
    generator = torch.Generator("cpu").manual_seed(seed)
    made = []
    starts = pose_to_network(torch.from_numpy(first[0])), torch.from_numpy(first[1])
    for net, start in zip((pose_net, blink_net), starts, strict=True):
        latent = variety * draw_latent(net.config, 1, len(audio), generator)
        given = start.to(audio.device)[None, None], audio[None], latent.to(audio.device)
        made.append(net(*given)[0].cpu() + start)
    return pose_from_network(made[0]).numpy(), made[1].numpy()


def motion_of(drive: Drive, first: tuple[Array, Array]) -> MotionClip:
    """What a take does, as far as that is head and lids; first: pose (6,) and eyes (2,) of the portrait."""
    clip = MotionClip.still(len(drive.pose))
    clip.head_rotation[:] = turned(drive.pose[:, :3] - first[0][:3])
    change = drive.eyes / np.maximum(first[1], 1e-3) - 1
    clip.expression[:, BLINKS], clip.expression[:, WIDE] = np.clip(-change, 0, 1), np.clip(change, 0, 1)
    return clip


def told(drive: Drive, motion: MotionClip, first: tuple[Array, Array]) -> tuple[Array, Array]:
    """(F, 6) pose and (F, 2) eyes of a take whose motion was changed since motion_of."""
    own, pose = motion_of(drive, first), drive.pose.copy()
    pose[:, :3] += angles_of(motion.head_rotation) - angles_of(own.head_rotation)
    change = motion.expression - own.expression
    wider = change[:, WIDE] - change[:, BLINKS]
    return pose, np.maximum(drive.eyes + wider * first[1], np.minimum(drive.eyes, 0)).astype(np.float32)


def turned(angles: Array) -> Array:
    """(F, 3) axis-angle in MotionClip's frame of 3DDFA's yaw, which goes the other way, pitch and roll in degrees."""
    order = np.stack([angles[:, 1], -angles[:, 0], angles[:, 2]], axis=1)
    return np.asarray(Rotation.from_euler("xyz", order, degrees=True).as_rotvec(), np.float32)


def angles_of(rotation: Array) -> Array:
    """The way back."""
    pitch, yaw, roll = Rotation.from_rotvec(rotation).as_euler("xyz", degrees=True).T
    return np.stack([-yaw, pitch, roll], axis=1).astype(np.float32)
