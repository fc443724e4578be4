"""Numbers recorded from published implementations: finding them, and comparing with them.

They are no part of the repository. AVATAR_GOLDEN names their folder; without it, it is ../shared/golden beside the
checkout. A test without its numbers is skipped, but fails where CI is set and has the folder: parity is proven there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

MOST = 1e-4  # largest absolute difference to what was recorded
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "golden"


@dataclass(frozen=True)
class Recorded:
    """One fixture. info: its description. tensors: by the names in the file, on aligned memory."""

    name: str
    info: dict[str, Any]
    tensors: dict[str, Tensor]

    @cached_property
    def weights(self) -> dict[str, Tensor]:
        """By their published names."""
        return self.under("weights/")

    def under(self, prefix: str) -> dict[str, Tensor]:
        """Tensors whose names begin like this, by the rest of their names."""
        return {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}


def golden() -> Path:
    """The folder with one folder of fixtures for every published system."""
    return Path(os.environ.get("AVATAR_GOLDEN") or BESIDE)


def absent(what: Path) -> NoReturn:
    """Skips the test that needs `what`, or fails it where it has to run."""
    message = f"{what} is not here; AVATAR_GOLDEN names the folder of recorded numbers"
    if _in_ci() and (golden().is_dir() or os.environ.get("AVATAR_GOLDEN")):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def every(system: str, kind: str) -> list[str]:
    """Names of the fixtures of a kind; one that is absent when there are none, so that a test says so when it runs."""
    files = sorted((golden() / system).glob("*.json"))
    described = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    return [name for name, info in described.items() if info.get("kind") == kind] or [f"any_{kind}"]


def load(system: str, name: str) -> Recorded:
    """A fixture by its name; see `absent` for when it is not there."""
    path = golden() / system / f"{name}.safetensors"
    description = path.with_suffix(".json")
    for needed in (path, description):
        if not needed.is_file():
            absent(needed)
    tensors = {key: value.clone() for key, value in load_file(path).items()}
    return Recorded(name, json.loads(description.read_text(encoding="utf-8")), tensors)


def published_names(table: str) -> dict[str, str]:
    """Names of a published checkpoint's tensors and their shapes as text, from the tables beside the fixtures."""
    path = golden().parent / "keys" / f"{table}.txt"
    if not path.is_file():
        absent(path)
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {parts[0]: parts[1] for parts in lines if len(parts) == 3}


def agrees(recorded: Recorded, key: str, value: Tensor) -> None:
    """`value` is what is stored under `key`: within the fixture's own tolerance, and nowhere further off than 1e-4.

    Further off is only what the reference's own float32 is from its float64, where the fixture says that this is more.
    """
    assert key in recorded.tensors, f"{key} is not stored"
    stored = recorded.tensors[key]
    limits = recorded.info["tolerance"]["per_output"].get(key, {"atol": 0.0, "rtol": 0.0})
    own = (recorded.info.get("float32_minus_float64_max_abs") or {}).get(key, 0.0)
    assert value.shape == stored.shape, f"{key}: {tuple(value.shape)} instead of {tuple(stored.shape)}"
    off = (value.double() - stored.double()).abs()
    allowed = limits["atol"] + limits["rtol"] * stored.double().abs()
    assert (off <= allowed.clamp(max=max(MOST, own))).all(), f"{key}: off by up to {float(off.max()):.3g}"


def of_kind(system: str, kind: str) -> pytest.MarkDecorator:
    """Runs a test on every fixture of a kind; the test takes its `name`."""
    return pytest.mark.parametrize("name", every(system, kind))


def compare(f: Recorded, *outputs: Iterable[tuple[str, Tensor]], only: str | tuple[str, ...] = "out/") -> None:
    """Every output with its stored value; what is stored under `only` are all of them, and no others are made up."""
    compared = set()
    for key, value in (pair for group in outputs for pair in group):
        agrees(f, key, value)
        compared.add(key)
    assert compared >= {key for key in f.tensors if key.startswith(only)}


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch, as when the numbers were recorded: networks this small only wait for a second one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
