"""Published weights into networks, strictly: every name and shape has to fit, and nothing is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from avatar_app.request import InputError
from avatar_app.tensor_fit import check_fit

Network = TypeVar("Network", bound=nn.Module)


def below(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors whose names begin like this, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def without(state: Mapping[str, Tensor], *prefixes: str) -> dict[str, Tensor]:
    """All others."""
    return {name: value for name, value in state.items() if not name.startswith(prefixes)}


def filled(like: Callable[[Mapping[str, Tensor]], Network], state: Mapping[str, Tensor], name: str) -> Network:
    """The network that `like` makes for these tensors, with them, for evaluation.

    name: of the file, for the sentence of the InputError when a tensor is missing, unknown or of another shape.
    """
    try:
        with torch.device("meta"):
            model = like(state)
    except (KeyError, IndexError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{name} does not hold what it should ({error}): use the file that its owners publish."
        ) from error
    check_fit(model, state, f"{name} is not DAWN's", "use the file that its owners publish")
    model.load_state_dict(dict(state), assign=True)
    return model.eval().requires_grad_(False)
