"""FLAME's vertices from coefficients, for users who own the model (Li et al. 2017): linear blend skinning."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION, FLAME_SHAPE
from avatar_app.engines.diffposetalk.paths import FLAME, installed_file
from avatar_app.engines.diffposetalk.spec import NO_FLAME
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors

FIRST_EXPRESSION = 300  # of the 400 blend shapes
_ROOT, _NECK, _JAW = 0, 1, 2  # joints; two eyes follow


class Flame(nn.Module):
    """Shape (N, T, 100), expression (N, T, 50) and pose (N, T, 6) to vertices (N, T, V, 3) in metres."""

    v_template: Tensor
    shapedirs: Tensor
    posedirs: Tensor
    J_regressor: Tensor
    weights: Tensor
    f: Tensor

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        super().__init__()
        for name in ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f"):
            self.register_buffer(name, tensors[name])
        # The root's parent is stored as 2**32 - 1.
        self.parents = [-1, *(int(joint) for joint in tensors["kintree_table"][0, 1:])]

    @classmethod
    def load(cls, folder: Path) -> Flame:
        """From the installed flame.safetensors; InputError says who offers it."""
        path = installed_file(FLAME, folder)
        if not path.is_file():
            raise InputError(NO_FLAME)
        return cls(load_safetensors(path))

    def forward(self, shape: Tensor, exp: Tensor, pose: Tensor) -> Tensor:
        """pose: radians, global axis-angle 3 and jaw axis-angle 3. Neck and eyes rest."""
        lead = exp.shape[:-1]
        shape, exp, pose = (x.reshape(-1, x.shape[-1]) for x in (shape, exp, pose))
        directions = torch.cat(
            [
                self.shapedirs[..., :FLAME_SHAPE],
                self.shapedirs[..., FIRST_EXPRESSION : FIRST_EXPRESSION + FLAME_EXPRESSION],
            ],
            dim=-1,
        )
        resting = self.v_template + torch.einsum("vck,nk->nvc", directions, torch.cat([shape, exp], dim=-1))
        joints = torch.einsum("jv,nvc->njc", self.J_regressor, resting)
        turned = torch.zeros(len(pose), len(self.parents), 3).to(pose)
        turned[:, _ROOT], turned[:, _JAW] = pose[:, :3], pose[:, 3:]
        rotations = rotation_matrices(turned)
        bent = (rotations[:, 1:] - torch.eye(3).to(pose)).flatten(1)
        posed = resting + torch.einsum("vck,nk->nvc", self.posedirs, bent)
        return self._skinned(posed, joints, rotations).unflatten(0, lead)

    def _skinned(self, posed: Tensor, joints: Tensor, rotations: Tensor) -> Tensor:
        """Every vertex moved by the joints it hangs on. posed: (N, V, 3). joints: (N, J, 3)."""
        turns, places = [rotations[:, _ROOT]], [joints[:, _ROOT]]
        for joint, parent in enumerate(self.parents[1:], start=1):
            arm = joints[:, joint] - joints[:, parent]
            turns.append(turns[parent] @ rotations[:, joint])
            places.append(places[parent] + (turns[parent] @ arm[..., None])[..., 0])
        turn = torch.stack(turns, dim=1)
        shift = torch.stack(places, dim=1) - (turn @ joints[..., None])[..., 0]
        blended = torch.einsum("vj,njab->nvab", self.weights, turn)
        return (blended @ posed[..., None])[..., 0] + torch.einsum("vj,nja->nva", self.weights, shift)


def rotation_matrices(turned: Tensor) -> Tensor:
    """(..., 3, 3) of axis-angle (..., 3), radians."""
    x, y, z = turned.unbind(-1)
    none = torch.zeros_like(x)
    skew = torch.stack([none, -z, y, z, none, -x, -y, x, none], dim=-1).unflatten(-1, (3, 3))
    return torch.linalg.matrix_exp(skew)
