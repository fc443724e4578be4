"""What a take was asked for, without files and places: told by result.json, by the video itself and by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.engines import registry
from avatar_app.engines.options import list_options
from avatar_app.engines.registry import Plan
from avatar_app.files import file_exists
from avatar_app.inputs.instruction.plan import plan_as_json, read_plan
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.render.video.containers import CONTAINERS
from avatar_app.render.video.writer import read_tags
from avatar_app.request import BACKGROUNDS, InputError, Request
from avatar_app.styles import named_styles

SETTINGS = (
    "instruction", "transcript", "samples", "seed", "keep_seed", "duration", "audio_from", "audio_to",
    "motion_strength", "blinks", "eye_contact", "size", "framing", "head", "label", "face", "points", "detector",
)  # fields of a Request that are told as they are  # fmt: skip
TOLD_WISHES, LONGEST_PART = 3, 32  # of a take's name
MORE = ("engine", "weights", "options", "style", "background", "plan")  # that are told otherwise
MAX_BYTES = 4 * 2**20  # of a result.json that is read


def settings_of(plan: Plan) -> dict[str, Any]:
    """Everything of a request that is neither a file nor a place: with the same files, enough to ask for the same.

    What result.json, the videos' metadata and kept runs tell. A style or background that is a file is left out; of an
    option that is one its name is told, for whoever reads it.
    """
    request = plan.request
    told: dict[str, Any] = {name: getattr(request, name) for name in SETTINGS}
    told |= {"engine": plan.spec.name, "weights": plan.weights}
    options = vars(plan.options).items()
    told["options"] = {name: value.name if isinstance(value, Path) else value for name, value in options}
    told["style"] = str(request.style) if str(request.style) in named_styles() else None
    word = isinstance(request.background, str) and (request.background in BACKGROUNDS or request.background[:1] == "#")
    told["background"] = request.background if word else "original"
    told["plan"] = None if request.plan is None else plan_as_json(read_plan(request.plan))
    return told


def telling_name(portrait: str, plan: Sequence[Mapping[str, Any]], index: int, seed: int | None) -> str:
    """What a take is called once it leaves its folder, without an ending: astronaut_happy-nod_take1_seed42.

    portrait: name of its file, "" for none. plan: what happens when, as result.json has it.
    """
    wishes = [str(step["what"]) for step in plan if step.get("strength", 1) > 0]
    words = "-".join(list(dict.fromkeys(wishes))[:TOLD_WISHES])
    parts = [_slug(Path(portrait).stem) or "avatar", _slug(words), f"take{index}"]
    parts += [f"seed{seed}"] if seed is not None else []
    return "_".join(part for part in parts if part)


@dataclass(frozen=True)
class Names:
    """What the files of a run are called. portrait, plan: see telling_name; descriptive: whether they tell them."""

    descriptive: bool
    portrait: str
    plan: Sequence[Mapping[str, Any]]

    def of_sample(self, name: str, index: int, seed: int | None) -> str:
        """For a file that is plainly called `name`, such as sample_1.motion.npz."""
        if not self.descriptive:
            return name
        return telling_name(self.portrait, self.plan, index, seed) + name[name.index(".") :]

    def of_all(self, name: str) -> str:
        """For a file that all samples share, such as side_by_side.mp4."""
        if not self.descriptive:
            return name
        stem = telling_name(self.portrait, self.plan, 0, None).removesuffix("_take0")
        return f"{stem}_{name.replace('_', '-')}"


def names_of(request: Request, timeline: Timeline) -> Names:
    """As the request wants them."""
    portrait = Path(request.portrait).name if isinstance(request.portrait, str | Path) else ""
    return Names(request.names == "descriptive", portrait, timeline.told()["plan"])


def _slug(text: str) -> str:
    """Letters, digits and hyphens: what every system takes in a file's name."""
    return re.sub(r"[\W_]+", "-", text).strip("-")[:LONGEST_PART].rstrip("-")


def read_settings(path: Path) -> dict[str, Any]:
    """The settings that a video of this app, or a result.json, holds; checked, as settings_of gives them.

    Raises InputError for a file that holds none, and for settings that this app could not have written.
    """
    told = _told_by(path)
    given = told.get("request")
    if not isinstance(given, dict):
        raise InputError(f"{path.name!r} holds no settings: give a video that this app made, or a result.json.")
    known = {name: given[name] for name in (*SETTINGS, *MORE) if name in given}
    known = {**{name: getattr(Request(), name) for name in (*SETTINGS, *MORE)}, **known}
    try:
        _check(known)
    except InputError as error:
        raise InputError(f"The settings in {path.name!r} cannot be used: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"The settings in {path.name!r} are damaged: give another video.") from error
    return known


def _told_by(path: Path) -> dict[str, Any]:
    """What a file says about how it was made; empty where it says nothing."""
    if not file_exists(path):
        raise InputError(f"There is no file {path.name!r}: please check its name and place.")
    text = ""
    if path.suffix.lower() in CONTAINERS:
        try:
            text = read_tags(path).get("comment", "")
        except RuntimeError:
            text = ""
    elif path.stat().st_size <= MAX_BYTES:
        text = path.read_bytes().decode(errors="replace")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = {}
    return told if isinstance(told, dict) else {}


def _check(settings: dict[str, Any]) -> None:
    """InputError, TypeError, ValueError or AttributeError for what no request can have."""
    spec = registry.find_spec(settings["engine"])
    files = [option.name for option in list_options(spec.options) if option.kind in ("file", "path")]
    settings["options"] = {name: value for name, value in settings["options"].items() if name not in files}
    if settings["weights"] is not None and settings["weights"] not in spec.weights:
        raise InputError(f"{spec.title} has no {settings['weights']} weights.")
    options = settings["options"]
    registry.read_options(spec.title, spec.options, options, settings["weights"] or spec.weights[0])
    if settings["style"] is not None and settings["style"] not in named_styles():
        raise InputError(f"There is no style {settings['style']!r}.")
    if settings["plan"] is not None:
        read_plan(settings["plan"])
    background = settings["background"]
    if background not in BACKGROUNDS and not str(background).startswith("#"):
        raise InputError(f"There is no background {background!r}.")
    texts = ("instruction", "framing", "head", "label", "points", "detector", "background")
    if not all(isinstance(settings[name], str) for name in texts):
        raise TypeError("words are expected")
    Request(**{**settings, "duration": settings["duration"] or 1.0, "options": {}}).check()
