"""FLAME's skinning, on a head of made-up numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from scipy.spatial.transform import Rotation

from avatar_app.engines.diffposetalk.flame.model import Flame, rotation_matrices
from avatar_app.request import InputError

VERTICES = 12


@pytest.fixture
def head() -> Flame:
    g = torch.Generator().manual_seed(0)
    weights = torch.zeros(VERTICES, 5)
    weights[:6, 0], weights[6:, 2] = 1, 1  # the upper half hangs on the root, the lower on the jaw
    tensors = {
        "v_template": torch.randn(VERTICES, 3, generator=g),
        "shapedirs": 0.1 * torch.randn(VERTICES, 3, 400, generator=g),
        "posedirs": torch.zeros(VERTICES, 3, 36),
        "J_regressor": torch.softmax(torch.randn(5, VERTICES, generator=g), dim=1),
        "weights": weights,
        "f": torch.zeros(1, 3, dtype=torch.long),
        "kintree_table": torch.tensor([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]),
    }
    return Flame(tensors)


def vertices(head: Flame, exp: float = 0.0, pose: tuple[float, ...] = (0,) * 6) -> torch.Tensor:
    made = head(torch.zeros(1, 1, 100), torch.full((1, 1, 50), exp), torch.tensor(pose).view(1, 1, 6).float())
    assert made.shape == (1, 1, VERTICES, 3)
    return made[0, 0]


def test_rest_is_the_template_and_expressions_add_up(head: Flame) -> None:
    torch.testing.assert_close(vertices(head), head.v_template, atol=1e-6, rtol=0)
    moved = head.shapedirs[..., 300:350].sum(dim=-1)
    torch.testing.assert_close(vertices(head, exp=0.5) - vertices(head), 0.5 * moved, atol=1e-5, rtol=0)


def test_the_jaw_turns_its_own_vertices_about_its_joint(head: Flame) -> None:
    opened = vertices(head, pose=(0, 0, 0, 0.4, 0, 0))
    torch.testing.assert_close(opened[:6], head.v_template[:6], atol=1e-6, rtol=0)
    joint = (head.J_regressor @ head.v_template)[2]
    turn = torch.from_numpy(Rotation.from_rotvec([0.4, 0, 0]).as_matrix()).float()
    torch.testing.assert_close(opened[6:], (head.v_template[6:] - joint) @ turn.T + joint, atol=1e-5, rtol=0)


def test_the_head_turns_as_one(head: Flame) -> None:
    turned = vertices(head, pose=(0.1, 0.5, -0.2, 0, 0, 0))
    torch.testing.assert_close(torch.pdist(turned), torch.pdist(head.v_template), atol=1e-5, rtol=0)
    assert (turned - head.v_template).abs().max() > 0.1


def test_rotations_are_those_of_scipy() -> None:
    turned = torch.tensor([[0.0, 0.0, 0.0], [1.0, -2.0, 0.5]])
    expected = torch.from_numpy(Rotation.from_rotvec(turned.numpy()).as_matrix()).float()
    torch.testing.assert_close(rotation_matrices(turned), expected, atol=1e-5, rtol=0)


def test_without_flame_its_owners_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"flame\.is\.tue\.mpg\.de"):
        Flame.load(tmp_path)
