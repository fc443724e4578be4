"""Presets of quality: how large videos are, and what engines set their own options to (see engines.options.Option)."""

from __future__ import annotations

from typing import Any

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import list_options
from avatar_app.request import InputError

SIZES = {"fast": 384, "balanced": 512, "best": 768}  # pixels across, by preset
USUAL = "balanced"


def size_of(preset: str) -> int:
    """Pixels across. Raises InputError for a preset that is none."""
    if preset not in SIZES:
        raise InputError(f"There is no preset {preset!r}; choose one of: {', '.join(SIZES)}.")
    return SIZES[preset]


def options_of(spec: EngineSpec, weights: str, preset: str) -> dict[str, Any]:
    """The engine's options that a preset sets with these weights; those that it leaves alone are absent."""
    size_of(preset)
    found = {one.name: getattr(one, preset, None) for one in list_options(spec.options) if one.only in ("", weights)}
    return {name: value for name, value in found.items() if value is not None}


def named(spec: EngineSpec, weights: str, size: int, options: dict[str, Any]) -> str | None:
    """The preset that these settings are; None where they are somebody's own."""
    usual = vars(spec.options())
    for preset in SIZES:
        wanted = {**{name: usual[name] for name in _set_by_any(spec)}, **options_of(spec, weights, preset)}
        if size == SIZES[preset] and all(options.get(name, usual[name]) == value for name, value in wanted.items()):
            return preset
    return None


def _set_by_any(spec: EngineSpec) -> list[str]:
    return [one.name for one in list_options(spec.options) if (one.fast, one.best) != (None, None)]
