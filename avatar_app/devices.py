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

    Raises InputError for a wish that this machine cannot meet.
    """
    if wanted:
        return _named(wanted, "There is no device {name} here: {have}: choose one of them.")
    if name := os.environ.get(WISH):
        return _named(name, WISH + " asks for {name}, but {have}: set it to one of them, or unset it.")
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


def _named(name: str, sentence: str) -> torch.device:
    """The device called `name`; `sentence`, as InputError, when it is not here."""
    wish, here = name.strip().lower(), devices_here()
    if wish in here or (wish in ("cpu:0", "mps:0") and wish[:3] in here):
        return torch.device(wish)
    have = f"this machine has {', '.join(here)}"
    if wish.startswith("cuda") and torch.version.cuda is None and torch.version.hip is None:
        have = f"torch {torch.__version__} is built without CUDA, and {have}"
    raise InputError(sentence.format(name=repr(name), have=have))


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
