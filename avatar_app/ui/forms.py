"""What a form says, as a Request: the page's form and the fields of the endpoint alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatar_app.engines import registry
from avatar_app.engines.base import INPUTS, EngineSpec
from avatar_app.request import BACKGROUNDS, InputError, Request
from avatar_app.styles import wish
from avatar_app.types import ShouldStop
from avatar_app.ui import consent
from avatar_app.ui.option_controls import given_options

Values = Mapping[str, Any]


def to_request(values: Values, output: Path, should_stop: ShouldStop | None = None) -> Request:
    """The form as a Request that was checked against its engine; InputError says what is wrong with it.

    A style that has to be made first is written beside `output`. Raises Stopped once should_stop() is true meanwhile.
    """
    spec, _ = chosen(values)
    if consent.is_missing(values):
        raise InputError(f'Generate needs {consent.NEEDED}: tick "{consent.QUESTION}".')
    audio = None if values.get("voiceless") else values.get("audio") or None
    silent = values.get("voiceless") or (audio is None and "audio" not in spec.reads)
    if audio is None and not silent:
        raise InputError('A voice is needed: record or upload one, or tick "No voice".')
    duration = values.get("duration")
    request = Request(
        audio=audio,
        partner=values.get("partner") or None,
        portrait=values.get("portrait") or None,
        instruction=values.get("instruction") or "",
        plan=((values.get("plan") or "").strip() or None) if values.get("act_plan", True) else None,
        transcript=(values.get("transcript") or "").strip() or None,
        samples=_whole(values["samples"]),
        seed=_whole(values["seed"]),
        keep_seed=_seed_or_none(values.get("keep_seed")),
        engine=values.get("engine") or None,
        weights=values.get("weights") or None,
        options=values.get("options") or {},
        duration=float(duration) if silent and duration else None,
        motion_strength=values["motion_strength"],
        blinks=values.get("blinks", 1.0),
        eye_contact=values.get("eye_contact", 0.0),
        style=style_of(values, output.parent, should_stop),
        face=_whole(values["face"]) or None,
        size=_whole(values["size"]),
        framing=values.get("framing") or "bust",
        head=values.get("head") or "",
        background=background_of(values),
        points=values.get("points") or "",
        label=(values.get("label") or "").strip(),
        side_by_side=values.get("side_by_side", True),
        output=output,
    )
    registry.resolve(request)
    return request


def chosen(values: Values) -> tuple[EngineSpec, str]:
    """The engine that a form comes to, and its kind of weights: the first where the form names none that it has."""
    style = values.get("style_clip") or values.get("style_name") or None
    partner = values.get("partner") or None
    spec = registry.choose(Request(engine=values.get("engine") or None, style=style, partner=partner))
    weights = values.get("weights")
    return spec, weights if weights in spec.weights else spec.weights[0]


def with_choices(values: Values) -> dict[str, Any]:
    """The page's form with the weights and options of the chosen engine, and without what is hidden for it.

    The page shows takes side by side as they are, and makes one video of them when somebody asks for it.
    """
    spec, weights = chosen(values)
    partner = values.get("partner") if "partner" in spec.reads else None
    own = {"weights": weights, "options": given_options(spec, weights, values), "partner": partner}
    return {**values, **own, "side_by_side": False}


def still_needed(values: Values) -> list[str]:
    """Words for the inputs without which Generate has no use; empty when it is ready."""
    spec, weights = chosen(values)
    voiceless = bool(values.get("voiceless"))
    needed = set(spec.needs)
    if "audio" in spec.reads and not voiceless:
        needed.add("audio")
    if not spec.brings_renderer(weights) and values.get("head") != "clay":
        needed.add("portrait")
    given = {
        "audio": values.get("audio") and not voiceless,
        "partner": values.get("partner"),
        "portrait": values.get("portrait"),
        "text": (values.get("instruction") or "").strip(),
        "style": values.get("style_clip") or values.get("style_name"),
    }
    words = [registry.WORDS[name] for name in INPUTS if name in needed and not given[name]]
    return [*words, consent.NEEDED] if consent.is_missing(values) else words


def background_of(values: Values) -> str | Path:
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


def style_of(values: Values, folder: Path, should_stop: ShouldStop | None = None) -> str | Path | None:
    """Request.style for the style that the form asks for; None when it asks for none.

    A clip's style, or a mix, is written into `folder`. No text becomes a path: only names of styles and uploaded files
    do.
    """
    clip, name = values.get("style_clip") or None, values.get("style_name") or None
    return wish(clip, name, float(values.get("style_weight", 0.5)), folder, should_stop=should_stop)


def as_hex(colour: str) -> str:
    """A colour like #204060 from that or of "rgba(12, 34, 56, 1)", which colour pickers give."""
    numbers = [part for part in colour.removeprefix("rgba").removeprefix("rgb").strip("() ").split(",") if part.strip()]
    if len(numbers) < 3:
        return colour or "#"
    try:
        return "#" + "".join(f"{min(255, max(0, round(float(number)))):02x}" for number in numbers[:3])
    except ValueError:
        return colour


def _whole(value: Any) -> Any:
    """Sliders give 3.0 for 3; anything that is not whole is left for Request.check to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _seed_or_none(value: Any) -> Any:
    """A seed as a number, or as the text that the page's hidden field holds; None for an empty one."""
    if isinstance(value, str):
        return int(value) if value.strip().isdecimal() else None
    return _whole(value)
