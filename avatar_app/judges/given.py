"""The judging networks that a user has fetched, known by the names of their tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from avatar_app.devices import pick_device
from avatar_app.judges.i3d import I3d
from avatar_app.judges.inception import Inception
from avatar_app.judges.syncnet import SyncNet
from avatar_app.request import InputError
from avatar_app.weights import load_torch

ENDINGS = (".pt", ".pth", ".model", ".bin")
UNUSED = ("fc.weight", "fc.bias")  # of Inception: what FID does not look at


@dataclass(frozen=True)
class Judges:
    """Those that were found, in evaluation mode."""

    inception: Inception | None = None
    i3d: I3d | None = None
    syncnet: SyncNet | None = None


KINDS: dict[str, tuple[str, Callable[[], nn.Module]]] = {  # by a tensor that only this network has
    "inception": ("Mixed_7c.branch_pool.conv.weight", Inception),
    "i3d": ("Mixed_5c.b3b.conv3d.weight", I3d),
    "syncnet": ("netfclip.3.weight", SyncNet),
}


def load_judges(folder: Path) -> Judges:
    """What is in a folder; files of other things are left alone.

    Raises InputError where there is none, for a file that would run code, and for one with other tensors.
    """
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.suffix in ENDINGS:
            state = load_torch(path)
            kind = kind_of(state)
            if kind is not None and kind not in found:
                found[kind] = _loaded(KINDS[kind][1](), state, path.name)
    if not found:
        raise InputError(
            f"No network to judge films by is in {folder}: put the Inception of FID, the I3D of FVD or SyncNet there "
            "(docs/dawn.md says which files)."
        )
    return Judges(**found)


def kind_of(state: Any) -> str | None:
    """The name of its field in Judges."""
    if not isinstance(state, dict):
        return None
    return next((kind for kind, (known, _) in KINDS.items() if known in state), None)


def _loaded(network: nn.Module, state: dict[str, Tensor], name: str) -> nn.Module:
    """With the file's weights; counts of batches may be missing, and what is never used may be there."""
    given = {key: value for key, value in state.items() if key not in UNUSED}
    wanted = network.state_dict()
    odd = [key for key in wanted if key not in given and not key.endswith("num_batches_tracked")]
    odd += [key for key, value in given.items() if key not in wanted or wanted[key].shape != value.shape]
    if odd:
        raise InputError(f"{name} is not the network it looks like ({odd[0]} does not fit): fetch it again.")
    network.load_state_dict(given, strict=False)
    return network.eval().to(pick_device())
