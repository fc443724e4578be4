"""A take's motion as HTML: two plots over time, and a table that says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from avatar_app.motion.clip import MotionClip
from avatar_app.motion.main_curves import MainCurve, main_curves

POINTS = 600  # of a curve, at most
WIDTH, HEIGHT = 600, 100  # of a plot, in its own units; it is stretched over its place
LEAST_DEGREES = 10.0  # a head that hardly moves is not to look as if it did
TITLES = {"%": "Face", "°": "Head"}
WHAT_IS_MEANT = "Pitch: + down. Yaw: + to their left. Roll: + counter-clockwise as seen."


def plot_html(clip: MotionClip) -> str:
    """Both plots and the table."""
    curves = main_curves(clip)
    plots = "".join(_plot(unit, tuple(some), clip.duration) for unit, some in groupby(curves, lambda one: one.unit))
    return f"{plots}{_table(curves)}"


def _plot(unit: str, curves: Sequence[MainCurve], seconds: float) -> str:
    low, high = _limits(unit, curves)
    names = ", ".join(f"{one.name.lower()} {one.values.min():.0f} to {one.values.max():.0f} {unit}" for one in curves)
    lines = "".join(
        f'<polyline class="curve-{one.name.lower()}" points="{_points(one, low, high)}"/>' for one in curves
    )
    legend = "".join(f'<span class="curve-{one.name.lower()}">{one.name}</span>' for one in curves)
    zero = f'<line class="zero" x1="0" x2="{WIDTH}" y1="{_y(0, low, high)}" y2="{_y(0, low, high)}"/>'
    told = f'{TITLES[unit]}, {unit}<span class="legend">{legend}</span>'
    return (
        f'<figure class="motion-plot"><figcaption>{told}</figcaption>'
        f'<div class="field"><span class="most">{high:.0f}</span><span class="least">{low:.0f}</span>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{TITLES[unit]} over {seconds:.1f} seconds: {names}">{zero}{lines}</svg>'
        f'<span class="now" aria-hidden="true"></span></div>'
        f'<div class="ruler" aria-hidden="true"><span>0 s</span><span>{seconds:.1f} s</span></div></figure>'
    )


def _limits(unit: str, curves: Sequence[MainCurve]) -> tuple[float, float]:
    if unit == "%":
        return 0.0, 100.0
    most = max(LEAST_DEGREES, *(abs(one.values).max() for one in curves))
    return -most, most


def _points(curve: MainCurve, low: float, high: float) -> str:
    values = curve.thinned(POINTS)
    step = WIDTH / max(1, len(values) - 1)
    return " ".join(f"{k * step:.1f},{_y(value, low, high)}" for k, value in enumerate(values))


def _y(value: float, low: float, high: float) -> str:
    return f"{HEIGHT * (high - value) / (high - low):.1f}"


def _table(curves: Sequence[MainCurve]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{one.name}, {one.unit}</th><td>{one.values.min():.1f}</td>'
        f"<td>{one.values.mean():.1f}</td><td>{one.values.max():.1f}</td></tr>"
        for one in curves
    )
    head = "".join(f'<th scope="col">{words}</th>' for words in ("Curve", "Least", "Mean", "Most"))
    return f"<table><caption>{WHAT_IS_MEANT}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
