"""Whether the tensors of a file are those of a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from torch import Tensor, nn

from avatar_app.request import InputError


def check_fit(
    model: nn.Module, state: Mapping[str, Tensor], complaint: str, advice: str, rebuilt: Collection[str] = ()
) -> None:
    """InputError, "complaint: KEY should be (2, 3), it is absent: advice.", where a tensor is missing, unknown or of
    another shape. rebuilt: names that are not compared, as the network makes them itself.
    """
    expected, given = (
        {key: tuple(value.shape) for key, value in tensors.items() if key not in rebuilt}
        for tensors in (model.state_dict(), state)
    )
    for key in sorted(expected.keys() | given.keys()):
        if expected.get(key) != given.get(key):
            wanted, found = (shapes.get(key, "absent") for shapes in (expected, given))
            raise InputError(f"{complaint}: {key} should be {wanted}, it is {found}: {advice}.")
