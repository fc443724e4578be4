"""Where and how precisely torch computes: one choice for the whole app."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import torch

from avatar_app.request import InputError

WISH = "AVATAR_DEVICE"  # environment variable


def pick_device(wanted: str | None = None) -> torch.device:
    """`wanted`, else $AVATAR_DEVICE, else CUDA, else Apple's MPS, else the CPU.

    Raises InputError for a wish that this machine cannot meet; it says what there is.
    """
    name = wanted or os.environ.get(WISH)
    if name:
        return _as_wished(name, "" if wanted else f"{WISH} asks for it; ")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def devices_here() -> list[str]:
    """Names of the devices that torch can compute on here: cpu, cuda, cuda:0, …, mps."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    names = ["cpu", *(["cuda"] if cards else []), *(f"cuda:{card}" for card in range(cards))]
    return [*names, "mps"] if torch.backends.mps.is_available() else names


def _as_wished(name: str, asker: str) -> torch.device:
    wish, here = name.strip().lower(), devices_here()
    if wish in here:
        return torch.device(wish)
    no_cuda = wish.startswith("cuda") and torch.version.cuda is None and torch.version.hip is None
    why = f" (torch {torch.__version__} is built without CUDA)" if no_cuda else ""
    cure = f"set {WISH} to one of them, or unset it" if asker else "choose one of them"
    raise InputError(f"There is no device {name!r} here{why}: {asker}this machine has {', '.join(here)}: {cure}.")


@lru_cache(maxsize=1)
def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 natively; emulation is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def autocast_dtype(device: torch.device) -> torch.dtype | None:
    """bfloat16 where the device multiplies it natively, else None (stay in float32)."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else None
    if device.type == "cpu" and cpu_has_bf16():
        return torch.bfloat16
    return None
