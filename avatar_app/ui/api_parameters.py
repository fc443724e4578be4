"""The inputs of /generate: those that are always there, and one for every option of the engines."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components.api_component import Api

from avatar_app import presets
from avatar_app.engines import registry
from avatar_app.engines.options import Option
from avatar_app.engines.surface import SurfaceOption
from avatar_app.request import InputError

TYPES = {"int": "number", "float": "number", "bool": "boolean", "choice": "string", "numbers": "string"}
PYTHON: dict[str, Any] = {"number": (int, float), "boolean": bool, "string": str}
RESERVED = (
    "http",
    "progress",
    "api_name",
    "fn_index",
    "result_callbacks",
)  # names that gradio's clients need for themselves
INTRODUCTION = "Make several talking takes of a portrait from a voice and an instruction in free text."
RETURNS = (
    "The files of the run (videos, side_by_side.mp4, motion, what belongs to them, result.json), and what result.json "
    "says. Until then the files of the takes that are finished, and how far it is."
)
RESULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "complete": {"type": "boolean", "description": "Whether every take that was asked for is there."},
        "progress": {"type": "number", "minimum": 0, "maximum": 1, "description": "While it runs: how far it is."},
        "message": {"type": "string", "description": "While it runs: what it does."},
        "engine": {"type": "object", "description": "What made the motion."},
        "understood": {"type": "array", "items": {"type": "string"}, "description": "What the instruction means."},
        "plan": {"type": "array", "items": {"type": "object"}, "description": "What happens when."},
        "samples": {"type": "array", "items": {"type": "object"}, "description": "Each take's seed and files."},
        "request": {"type": "object", "description": "Everything that was asked for."},
        "seconds": {"type": "object", "description": "What each stage took."},
    },
}


@dataclass(frozen=True)
class Parameter:
    """One input: its name, the component that reads it, and what it means. Left out, it is what the component holds.

    kind: of JSON, where it is no file.
    """

    name: str
    component: Any
    help: str
    kind: str = ""


def result_value() -> Api:
    """A component for what result.json says."""
    return Api(None, RESULT_SCHEMA, label="result")


def plain_value(name: str, kind: str, default: Any = None) -> Api:
    """A component for a value that is no file. kind: of JSON."""
    return Api(default, {"type": kind}, label=name)


def common_parameters() -> list[Parameter]:
    """Those that do not depend on the engines; other programs rely on their names and on the first five places."""
    engines = ", ".join(f'"{name}"' for name in registry.specs())
    return [
        _sound(
            "audio", "The voice, a sound file of 0.3 s to 10 min; without it the instruction is acted out silently."
        ),
        _picture("portrait", "A picture with one clear face; engines that draw something else need none."),
        _text("instruction", 'How to look and what to do, e.g. "happy, nods gently, then looks left".'),
        _number("samples", 3, "How many takes, 1 to 10."),
        _number("seed", 0, "Seed of the first take; the next ones count up. The same seed gives the same take."),
        _number("keep_seed", None, "Seed of a take to make again, as the first one."),
        _number("duration", 6, "Seconds to act for when there is no voice."),
        _number("motion_strength", 1, "Multiplies head motion, 0 to 3; 0 keeps the head still."),
        _number("blinks", 1, "Multiplies how often eyes blink, 0 to 3; what the instruction says stays."),
        _number("eye_contact", 0, "How far eyes keep to the camera, 0 as people look about, to 1."),
        _text(
            "preset", f"Quality, {', '.join(presets.SIZES)}: sets size and steps where none are given.", presets.USUAL
        ),
        _number(
            "size",
            None,
            "Height and width of the videos, 128 to 1080 pixels; left out, as the preset has it (512). A whole picture "
            "keeps its own.",
        ),
        _number("face", 0, "Which face of the picture, from the left; 0 is the largest."),
        _text("framing", 'What is shown: "face", "bust", or "full" for the whole picture in its own shape.', "bust"),
        _text(
            "head",
            'A 3-D head instead of the photo: "clay", "textured" with the portrait\'s skin, or "beside" the photo.',
        ),
        _text(
            "background",
            '"original", "blur", "picture", a colour like "#204060", "transparent" (WebM videos) or "prores" '
            "(transparent .mov videos).",
            "original",
        ),
        # A component called "label" would be one of Gradio's own words to translate.
        Parameter(
            "label",
            plain_value("text of the label", "string", ""),
            'Text drawn into a corner of every frame, such as "AI-generated".',
            "string",
        ),
        _picture("background_picture", 'The picture for the background "picture".'),
        _text(
            "points",
            "Where an undetected face is, pixels, left being the subject's own: "
            '"eye_left x,y; eye_right x,y; mouth_left x,y; mouth_right x,y; chin x,y".',
        ),
        _text("style", "A speaking style by name; the instruction is acted on top."),
        _file("style_clip", "Speak like this: a film of one person talking, 4 s or more, or a style or motion file."),
        _number("style_weight", 0.5, "With both, the named style's share, 0 to 1."),
        _text("transcript", "What is said in the voice, in English: words of it can be cues then."),
        _text("plan", "What happens when, as JSON, in place of the instruction: the plan of a result.json, edited."),
        _sound("partner", "The voice of somebody who is spoken with, for engines that listen to one."),
        _text("engine", f"What makes the motion: {engines}; left out, what fits."),
        _text("weights", "Kind of weights, as the engine has them; left out, its first."),
        Parameter(
            "consent",
            plain_value("consent", "boolean", False),
            "Your word that you may animate the portrait: it shows you, somebody who agreed to it, or nobody real. "
            "The portraits that ship need none.",
            "boolean",
        ),
        _text("run", "A name of your own for this run, by which /stop ends it."),
    ]


def engine_parameter(one: SurfaceOption) -> Parameter:
    """An engine's option, None unless it is given. No text becomes a path: files are uploaded."""
    if one.option.kind == "file":
        return _file(one.name, one.help)
    kind = TYPES[one.option.kind]
    return Parameter(one.name, plain_value(one.name, kind), f"{one.help}{_limits(one.option)}", kind)


def check_kinds(given: Mapping[str, Any], parameters: Sequence[Parameter]) -> None:
    """Raises InputError for the first value that is not of its parameter's kind; None and "" are none."""
    for one in parameters:
        value = given[one.name]
        if not one.kind or value is None or value == "":
            continue
        fits = isinstance(value, PYTHON[one.kind]) and (one.kind == "boolean") == isinstance(value, bool)
        if not fits:
            raise InputError(f"{one.name} must be a {one.kind}, got {reprlib.repr(value)}: {one.help}")


def describe(function: Callable[..., Any], parameters: Sequence[Parameter]) -> None:
    """Gives a function(http, *values, progress) the signature and the docstring by which clients know what to send."""
    both = inspect.Parameter.POSITIONAL_OR_KEYWORD
    told = [inspect.Parameter(one.name, both, default=one.component.value, annotation=Any) for one in parameters]
    progress = inspect.Parameter("progress", both, default=gr.Progress())
    signature = inspect.Signature([inspect.Parameter("http", both, annotation=gr.Request), *told, progress])
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    lines = [f"    {one.name}: {one.help}" for one in parameters]
    function.__doc__ = "\n".join([INTRODUCTION, "", "Args:", *lines, "", "Returns:", f"    {RETURNS}"])


def _text(name: str, help: str, default: str = "") -> Parameter:
    return Parameter(name, plain_value(name, "string", default), help, "string")


def _number(name: str, default: float | None, help: str) -> Parameter:
    return Parameter(name, plain_value(name, "number", default), help, "number")


def _sound(name: str, help: str) -> Parameter:
    return Parameter(name, gr.Audio(type="filepath", label=name, visible=False), help)


def _picture(name: str, help: str) -> Parameter:
    return Parameter(name, gr.Image(type="filepath", image_mode=None, label=name, visible=False), help)


def _file(name: str, help: str) -> Parameter:
    return Parameter(name, gr.File(label=name, visible=False), help)


def _limits(option: Option) -> str:
    if option.kind == "choice":
        return f" One of: {', '.join(option.choices)}."
    return f" From {option.low:g} to {option.high:g}." if option.kind in ("int", "float") else ""
