"""Manual landmarks given one after another, by clicks in the picture."""

from __future__ import annotations

import re

# In the order in which they are asked for. A face that looks at us has its right eye on the left of the picture.
SPOKEN = {
    "eye_right": "the eye on the left",
    "eye_left": "the eye on the right",
    "mouth_right": "the left end of the mouth",
    "mouth_left": "the right end of the mouth",
    "chin": "the tip of the chin",
}


def clicked(points: str) -> list[tuple[str, float, float]]:
    """(name, x, y) of the points so far, in pixels, in their order; what is no point is left out."""
    found = re.findall(r"(\w+)\s*[:=\s]\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)", points)
    return [(name, float(x), float(y)) for name, x, y in found]


def next_point(points: str) -> str | None:
    """The name of the point that is still missing; None when all are there."""
    count = len([part for part in points.split(";") if part.strip()])
    names = list(SPOKEN)
    return names[count] if count < len(names) else None


def with_click(points: str, x: float, y: float) -> str:
    """The points and the next one, at pixel (x, y); a click after the last one begins anew."""
    name = next_point(points)
    if name is None:
        return with_click("", x, y)
    return "; ".join([*filter(None, [points]), f"{name} {x:.0f},{y:.0f}"])
