"""What a form says about the background, as a request takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from avatar_app.request import BACKGROUNDS, InputError


def background_of(values: dict[str, Any]) -> str | Path:
    """Request.background from the form. No text becomes a path: only an uploaded file does."""
    kind = values.get("background") or "original"
    if kind == "colour":
        return as_hex(str(values.get("colour") or ""))
    if kind == "picture":
        if not values.get("background_picture"):
            raise InputError("A background picture is needed: upload one, or choose another background.")
        return Path(str(values["background_picture"]))
    if kind not in BACKGROUNDS and not str(kind).startswith("#"):
        known = ", ".join([*BACKGROUNDS, "picture"])
        raise InputError(f"There is no background {kind!r}; choose one of: {known}, or a colour like #204060.")
    return str(kind)


def as_hex(colour: str) -> str:
    """A colour like #204060 from that or of "rgba(12, 34, 56, 1)", which colour pickers give."""
    numbers = [part for part in colour.removeprefix("rgba").removeprefix("rgb").strip("() ").split(",") if part.strip()]
    if len(numbers) < 3:
        return colour or "#"
    try:
        return "#" + "".join(f"{min(255, max(0, round(float(number)))):02x}" for number in numbers[:3])
    except ValueError:
        return colour
