"""The page's "Picture" part: what is shown, what stands behind it, which face moves, and faces placed by clicks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from avatar_app.inputs.portrait.clicks import SPOKEN, next_point, with_click
from avatar_app.request import InputError
from avatar_app.ui import handlers
from avatar_app.ui.run import OFF

FRAMINGS = [("Face", "face"), ("Head and shoulders", "bust"), ("Whole picture", "full")]
BACKGROUNDS = [
    ("As it is", "original"),
    ("Blurred", "blur"),
    ("Colour", "colour"),
    ("Picture", "picture"),
    ("Transparent", "transparent"),
]
HEADS = [("Photo", ""), ("3-D head", "textured"), ("Both", "beside"), ("Clay", "clay")]
Updates = tuple[Any, ...]


@dataclass(frozen=True)
class Parts:
    """The components; the first eight are fields of the form. placed_before: see ui.restoring."""

    framing: gr.Radio
    head: gr.Radio
    background: gr.Radio
    colour: gr.ColorPicker
    background_picture: gr.Image
    face: gr.Slider
    points: gr.Textbox
    placed_before: gr.Textbox
    faces: gr.Gallery
    placing: gr.Checkbox
    placed: gr.Image

    def fields(self) -> dict[str, Any]:
        """What belongs to a request, by name."""
        names = ("framing", "head", "background", "colour", "background_picture", "face", "points", "placed_before")
        return {name: getattr(self, name) for name in names}


def build() -> Parts:
    """The components, laid out, without events."""
    framing = gr.Radio(
        FRAMINGS,
        value="bust",
        label="Framing",
        info="The whole picture keeps its own shape and size.",
        elem_id="framing",
    )
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
        sources=["upload"], type="filepath", label="Background picture", height=140, buttons=[],
        elem_id="background-picture", elem_classes=[OFF],
    )  # fmt: skip
    faces = gr.Gallery(
        show_label=False, columns=4, fit_columns=False, height=130, allow_preview=False, interactive=False,
        object_fit="cover", buttons=[], elem_id="faces", elem_classes=[OFF],
    )  # fmt: skip
    face = gr.Slider(
        0, 10, 0, step=1, label="Face", elem_id="face",
        info="From the left, or click on one; 0 is the largest. The others stay still.",
    )  # fmt: skip
    placing = gr.Checkbox(
        False, label="Place the face by hand", info="For drawings: click in the portrait above.", elem_id="placing"
    )
    points = gr.Textbox("", label="Points", visible="hidden", elem_id="points")
    before = gr.Textbox("", label="Placed before", visible="hidden", elem_id="placed-before")
    placed = gr.Image(label="The face as placed", interactive=False, height=220, buttons=[], elem_id="placed",
                      elem_classes=[OFF])  # fmt: skip
    return Parts(framing, head, background, colour, wall, face, points, before, faces, placing, placed)


def connect(portrait: gr.Image, hint: gr.Markdown, parts: Parts) -> None:
    """Says beneath the portrait whether it can be animated, before anybody waits for a run, and lets clicks mend it."""
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    judged = [hint, parts.faces, parts.placing, parts.placed]

    def arrived(path: str | None, before: str) -> Updates:
        """before: the face of a run whose settings come back together with its portrait, as JSON."""
        known = json.loads(before) if before else {}
        face, points = known.get("face", 0), known.get("points", "")
        return "", points, face, *judge(path, face, points, bool(points))

    def clicked(path: str | None, face: float, points: str, placing: bool, event: gr.SelectData) -> Updates:
        if not (path and placing):
            return points, *(gr.skip() for _ in judged)
        points = with_click(points, *event.index[:2])
        return points, *judge(path, face, points, placing)

    def restart(path: str | None, face: float, placing: bool) -> Updates:
        return "", *judge(path, face, "", placing)

    def chosen(event: gr.SelectData) -> int:
        return int(event.index) + 1

    portrait.change(
        arrived,
        [portrait, parts.placed_before],
        [parts.placed_before, parts.points, parts.face, *judged],
        **quiet,
    )
    portrait.select(clicked, [portrait, parts.face, parts.points, parts.placing], [parts.points, *judged], **quiet)
    parts.placing.input(restart, [portrait, parts.face, parts.placing], [parts.points, *judged], **quiet)
    wishes = [portrait, parts.face, parts.points, parts.placing]
    parts.face.release(judge, wishes, judged, **quiet)
    parts.faces.select(chosen, None, parts.face, **quiet).then(judge, wishes, judged, **quiet)
    parts.background.change(
        lambda kind: (_shown(kind == "colour"), _shown(kind == "picture")),
        parts.background,
        [parts.colour, parts.background_picture],
        **quiet,
    )


def judge(path: str | None, face: float, points: str, placing: bool) -> Updates:
    """(words, gallery of faces, whether clicks are wanted, the face as placed) for a portrait."""
    from avatar_app.inputs.portrait.face_checks import NoFaceError
    from avatar_app.ui import faces

    nothing = gr.update(value=None, elem_classes=[OFF])
    if not path:
        return "", nothing, False, nothing
    missing = next_point(points) if placing else None
    if missing is not None:
        return _asked(missing, points), nothing, True, nothing
    try:
        words = handlers.judge_portrait(path, face, points)
    except NoFaceError as error:
        words = f"⚠ {error.seen}. {_asked(str(next_point('')), '')} Or choose another picture."
        return words, _gallery(path), True, nothing
    except InputError as error:
        return f"⚠ {handlers.plain(str(error))}", nothing, placing, nothing
    if points:
        picture = gr.update(value=faces.placed(path, points), elem_classes=[])
        return "✓ Face placed by hand; click again to begin anew.", nothing, True, picture
    return words, _gallery(path), False, nothing


def _gallery(path: str) -> Any:
    """The faces of a picture to choose from, where there are several."""
    from avatar_app.ui import faces

    crops = faces.crops(path)
    return gr.update(value=crops, elem_classes=[]) if len(crops) > 1 else gr.update(value=None, elem_classes=[OFF])


def _asked(name: str, points: str) -> str:
    done = len([part for part in points.split(";") if part.strip()])
    return f"**Click on {SPOKEN[name]}** in the portrait ({done + 1} of {len(SPOKEN)})."


def _shown(shown: bool) -> Any:
    return gr.update(elem_classes=[] if shown else [OFF])
