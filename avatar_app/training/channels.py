"""Loss weights of the motion channels."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.face.arkit import CHANNEL_NAMES


def channel_weights() -> Tensor:
    """(58,) weight of each channel's error, of mean 1: lips and head count most, then lids and gaze, then brows."""
    weights = torch.ones(len(CHANNEL_NAMES))
    for i, name in enumerate(CHANNEL_NAMES):
        if name in ("jawOpen", "mouthClose") or name.startswith(("mouthPress", "mouthRoll", "head_rotation")):
            weights[i] = 3.0
        elif name.startswith(("mouthFunnel", "mouthPucker", "mouthUpperUp", "mouthLowerDown", "eyeBlink", "eyeLook")):
            weights[i] = 2.0
        elif name in ("mouthLeft", "mouthRight"):
            weights[i] = 8.0  # they move little, and a mouth that never goes aside looks drawn
        elif name.startswith(("brow", "head_translation", "mouthSmile")):
            weights[i] = 2.0
    return weights / weights.mean()
