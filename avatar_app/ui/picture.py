"""The page's picture parts: the portrait that answers, what is shown of it, and what stands behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from avatar_app.inputs.portrait.clicks import SPOKEN, clicked, next_point, with_click
from avatar_app.request import MAX_LABEL_CHARS, InputError
from avatar_app.ui import handlers
from avatar_app.ui.run import OFF
from avatar_app.ui.stills import picture_address
from avatar_app.ui.theme import SCRIPTS

if TYPE_CHECKING:
    from avatar_app.inputs.portrait.portrait import Portrait

FRAMINGS = [("Face", "face"), ("Head and shoulders", "bust"), ("Whole picture", "full")]
BACKGROUNDS = [
    ("As it is", "original"),
    ("Blurred", "blur"),
    ("Colour", "colour"),
    ("Picture", "picture"),
    ("Transparent", "transparent"),
]
HEADS = [("Photo", ""), ("3-D head", "textured"), ("Both", "beside"), ("Clay", "clay")]
LOOKING = "Looking at the picture…"
ASKED = (
    "portrait",
    "face",
    "points",
    "framing",
    "background",
    "colour",
    "background_picture",
)  # what a judgement needs
Updates = tuple[Any, ...]


@dataclass(frozen=True)
class Answers:
    """What a portrait answers with. marks: the drawing on the picture, as JSON; see `judge`."""

    hint: gr.Markdown
    marks: gr.HTML
    preview: gr.HTML
    placing: gr.Checkbox

    def judged(self) -> list[Any]:
        """In the order of a judgement."""
        return [self.hint, self.placing, self.marks, self.preview]


@dataclass(frozen=True)
class Parts:
    """The components of the "Picture" part, all of them fields of the form."""

    head: gr.Radio
    background: gr.Radio
    colour: gr.ColorPicker
    background_picture: gr.Image
    label: gr.Textbox
    face: gr.Slider

    def fields(self) -> dict[str, Any]:
        """What belongs to a request, by name."""
        return dict(vars(self))


def build_portrait() -> tuple[dict[str, Any], Answers]:
    """The portrait with its framing beside it, laid out, without events: the form's fields, and what answers.

    placed_before: see ui.restoring.
    """
    with gr.Row(elem_id="portrait-row"):
        portrait = gr.Image(
            sources=["upload", "webcam", "clipboard"],
            type="filepath",
            image_mode=None,  # the file as it came; rotation and transparency are read later
            label="Portrait",
            height=352,
            buttons=["fullscreen"],
            elem_id="portrait",
            scale=3,
            min_width=160,
        )
        with gr.Column(scale=2, min_width=120, elem_id="framing-part"):
            preview = gr.HTML(preview_html(""), elem_id="preview", padding=False)
            framing = gr.Radio(FRAMINGS, value="bust", label="Framing", elem_id="framing")
    drawing = (SCRIPTS / "portrait" / "portrait.js").read_text(encoding="utf-8")
    marks = gr.HTML("", html_template="<div></div>", js_on_load=drawing, elem_id="face-marks", padding=False)
    hint = gr.Markdown("", elem_classes="hint", elem_id="portrait-hint")
    placing = gr.Checkbox(
        False, label="Place the face by hand", info="For drawings: click in the portrait.", elem_id="placing"
    )
    points = gr.Textbox("", label="Points", visible="hidden", elem_id="points")
    before = gr.Textbox("", label="Placed before", visible="hidden", elem_id="placed-before")
    fields = {"portrait": portrait, "framing": framing, "points": points, "placed_before": before}
    return fields, Answers(hint, marks, preview, placing)


def build(label: str = "") -> Parts:
    """The components, laid out, without events. label: that the host draws on all videos."""
    head = gr.Radio(
        HEADS,
        value="",
        label="Drawn as",
        info="A 3-D head takes longer to draw; the zip then has it for Blender (.glb), too.",
        elem_id="head",
    )
    background = gr.Radio(
        BACKGROUNDS,
        value="original",
        label="Background",
        info="Transparent takes are WebM videos.",
        elem_id="background",
    )
    colour = gr.ColorPicker("#dfe7ec", label="Background colour", elem_id="colour", elem_classes=[OFF])
    wall = gr.Image(
        sources=["upload"], type="filepath", image_mode=None, label="Background picture", height=140, buttons=[],
        elem_id="background-picture", elem_classes=[OFF],
    )  # fmt: skip
    written = gr.Textbox(
        label, label="Label", info="Text in the lower left corner of every frame.", placeholder="AI-generated",
        max_lines=1, max_length=MAX_LABEL_CHARS, interactive=not label, elem_id="label",
    )  # fmt: skip
    face = gr.Slider(
        0, 10, 0, step=1, label="Face", elem_id="face",
        info="From the left, or click on one in the portrait; 0 is the largest. The others stay still.",
    )  # fmt: skip
    return Parts(head, background, colour, wall, written, face)


def connect(form: Mapping[str, Any], answers: Answers, prepare: Callable[[Portrait], None] | None = None) -> None:
    """Says at once whether a portrait can be animated, draws on it what was found, and lets clicks mend it.

    prepare: gets portraits that can be animated, as a run with these settings would read them.
    """
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    asked, judged = [form[name] for name in ASKED], answers.judged()

    def arrived(before: str, *values: Any) -> Updates:
        """before: the face of a run whose settings come back together with its portrait, as JSON."""
        known = json.loads(before) if before else {}
        given = {**named(values), "face": known.get("face", 0), "points": known.get("points", "")}
        return "", given["points"], given["face"], *judge(given, bool(given["points"]), prepare)

    def touched(event: gr.EventData, placing: bool, *values: Any) -> Updates:
        """A click on a face, a click while the face is placed, or a mark that was moved."""
        given = touch(named(values), event._data)
        return given["points"], given["face"], *judge(given, placing, prepare)

    def restart(placing: bool, *values: Any) -> Updates:
        return "", *judge({**named(values), "points": ""}, placing)

    def again(placing: bool, *values: Any) -> Updates:
        return judge(named(values), placing, prepare)

    # Before the server has answered: what was said of a picture that is gone is not to stand beneath the next one.
    form["portrait"].change(
        None, form["portrait"], [answers.hint, answers.marks, answers.preview],
        js=f"(picture) => [picture ? {json.dumps(LOOKING)} : '', '', {json.dumps(preview_html(''))}]", **quiet,
    )  # fmt: skip
    form["portrait"].change(
        arrived,
        [form["placed_before"], *asked],
        [form["placed_before"], form["points"], form["face"], *judged],
        **quiet,
    )
    answers.marks.click(touched, [answers.placing, *asked], [form["points"], form["face"], *judged], **quiet)
    answers.placing.input(restart, [answers.placing, *asked], [form["points"], *judged], **quiet)
    form["face"].release(again, [answers.placing, *asked], judged, **quiet)
    looks = [form[name].change for name in ("framing", "background", "colour", "background_picture")]
    gr.on(looks, again, [answers.placing, *asked], judged, trigger_mode="always_last", **quiet)
    form["background"].change(
        lambda kind: (_shown(kind == "colour"), _shown(kind == "picture")),
        form["background"],
        [form["colour"], form["background_picture"]],
        **quiet,
    )


def named(values: Any) -> dict[str, Any]:
    """Values of ASKED by their names."""
    return dict(zip(ASKED, values, strict=True))


def touch(values: dict[str, Any], told: Any) -> dict[str, Any]:
    """The values after what the page's script tells: {"face": number}, {"at": [x, y]} or {"points": all of them}."""
    if not isinstance(told, Mapping) or not values["portrait"]:
        return values
    if isinstance(told.get("face"), int):
        return {**values, "face": told["face"]}
    if isinstance(told.get("points"), str):
        return {**values, "points": told["points"]}
    place = told.get("at")
    if isinstance(place, list) and len(place) == 2 and all(isinstance(one, int | float) for one in place):
        return {**values, "points": with_click(values["points"], *place)}
    return values


def judge(values: Mapping[str, Any], placing: bool, prepare: Callable[[Portrait], None] | None = None) -> Updates:
    """(words, whether clicks are wanted, JSON of what is drawn on the picture, HTML of the preview) for a portrait."""
    from avatar_app.inputs.portrait.face_checks import NoFaceError
    from avatar_app.ui import faces

    path, points = values["portrait"], values["points"]
    if not path:
        return "", False, "", preview_html("")
    missing = next_point(points) if placing else None
    if missing is not None:
        return _asked(missing, points), True, _drawn(points, True), preview_html("")
    try:
        portrait, still = faces.framed(path, values)
        found = faces.place(path, points) if points else faces.find(path)
    except NoFaceError as error:
        words = f"⚠ {error.seen}. {_asked(str(next_point('')), '')} Or choose another picture."
        return words, True, _drawn("", True), preview_html("")
    except InputError as error:
        return f"⚠ {handlers.plain(str(error))}", placing, _drawn(points, placing), preview_html("")
    if (
        prepare is not None and (values.get("background") or "original") == "original"
    ):  # others want their person told apart first
        prepare(portrait)
    shown = preview_html(picture_address(still))
    drawing = faces.drawing(found, int(values["face"] or 0) or None)
    if points:
        words = "✓ Face placed by hand: drag a mark to mend it, or click again to begin anew."
        return words, True, _drawn(points, True, drawing), shown
    words = " ".join(["✓ Face found.", *map(handlers.plain, portrait.notes)])
    return words, False, _drawn("", False, drawing), shown


def preview_html(address: str) -> str:
    """How a video would begin; an empty place of the same size before there is something to see."""
    if not address:
        return '<div class="preview"><span>Preview</span></div>'
    return f'<div class="preview"><img src="{address}" alt="Preview: the portrait as it will be framed"></div>'


def _drawn(points: str, placing: bool, drawing: Mapping[str, Any] | None = None) -> str:
    """JSON for the page's script. marks: (name of the point, words for it, x, y); drawing: see faces.drawing."""
    marks = [[name, SPOKEN.get(name, name), x, y] for name, x, y in clicked(points)]
    return json.dumps({"placing": placing, "marks": marks, **(drawing or {})})


def _asked(name: str, points: str) -> str:
    done = len([part for part in points.split(";") if part.strip()])
    return f"**Click on {SPOKEN[name]}** in the portrait ({done + 1} of {len(SPOKEN)})."


def _shown(shown: bool) -> Any:
    return gr.update(elem_classes=[] if shown else [OFF])
