"""What a form says about background and speaking style, as a request takes it."""

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


def style_of(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fields of a Request for the style that the form asks for; none when it asks for none.

    A clip's style, or a mix, is written into `folder`. No text becomes a path: only names of styles and uploaded files
    do.
    """
    from avatar_app.styles import wish

    clip, name = values.get("style_clip") or None, values.get("style_name") or None
    if clip is None and name is None:
        return {}
    style = wish(clip, name, float(values.get("style_weight", 0.5)), folder)
    return {"style": style, "style_scale": values.get("style_scale"), "engine": "diffposetalk"}


def as_hex(colour: str) -> str:
    """A colour like #204060 from that or of "rgba(12, 34, 56, 1)", which colour pickers give."""
    numbers = [part for part in colour.removeprefix("rgba").removeprefix("rgb").strip("() ").split(",") if part.strip()]
    if len(numbers) < 3:
        return colour or "#"
    try:
        return "#" + "".join(f"{min(255, max(0, round(float(number)))):02x}" for number in numbers[:3])
    except ValueError:
        return colour
