"""Where and how precisely torch computes: one choice for the whole app."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import torch


def pick_device(wanted: str | None = None) -> torch.device:
    """`wanted`, else $AVATAR_DEVICE, else CUDA, else Apple's MPS, else the CPU."""
    name = wanted or os.environ.get("AVATAR_DEVICE")
    if name:
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


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
