"""What the page's events call: Generate, Stop, the readiness of Generate, and the endpoint for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from avatar_app.request import InputError
from avatar_app.ui import handlers
from avatar_app.ui.run import Form, Results, Run, Updates


def connect(form: Form, results: Results, make: handlers.Make) -> None:
    """Generate, Stop, and a Generate button that waits until the uploads are there."""
    sessions = handlers.Sessions()

    def run(http: gr.Request, *values: Any) -> Iterator[Updates]:
        session = str(http.session_hash)
        stop = sessions.begin(session)
        folder = handlers.scratch_folder()
        named = Form.named(values)
        if named["new_seed"]:
            named["seed"] = handlers.new_seed()
        try:
            yield from Run(results, handlers.to_request(named, folder), folder).updates(make, stop)
        except InputError as error:
            yield {results.status: handlers.status_bar(str(error), 1.0, "failed")}
        finally:
            sessions.end(session, stop)
            handlers.remove_scratch(folder)

    def ask_to_stop(http: gr.Request) -> Updates:
        sessions.stop(str(http.session_hash))
        return gr.update(interactive=False)

    def ready(http: gr.Request, audio: str | None, portrait: str | None, voiceless: bool) -> Any:
        busy = sessions.is_running(str(http.session_hash))
        return gr.update(interactive=bool(portrait and (audio or voiceless)) and not busy)

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    results.generate.click(
        run,
        form.components(),
        results.components(),
        concurrency_id="takes",
        concurrency_limit=1,
        show_progress="hidden",
        api_visibility="private",
    )
    # On a phone the results lie below the fold.
    scroll = "() => document.querySelector('#status').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
    results.generate.click(None, js=scroll, api_visibility="private")
    results.stop.click(ask_to_stop, None, results.stop, **quiet)
    changes = [form.audio.change, form.portrait.change, form.voiceless.change]
    gr.on(changes, ready, [form.audio, form.portrait, form.voiceless], results.generate, **quiet)
    form.audio.start_recording(lambda: gr.update(interactive=False), None, results.generate, **quiet)


def offer_endpoint(form: Form, make: handlers.Make) -> None:
    """/generate for gradio_client and MCP: the same inputs and limits, plain files and a dictionary back."""

    def generate(
        audio: str | None = None,
        portrait: str | None = None,
        instruction: str = "",
        samples: float = 3,
        seed: float = 0,
        duration: float = 6,
        motion_strength: float = 1,
        audio_scale: float | None = None,
        text_scale: float | None = None,
        steps: float | None = None,
        size: float = 512,
        face: float = 0,
        framing: str = "bust",
        head: str = "",
        background: str = "original",
        background_picture: str | None = None,
        points: str = "",
        style: str = "",
        style_clip: str | None = None,
        style_weight: float = 0.5,
        style_scale: float = 1.5,
    ) -> Iterator[tuple[list[str], dict[str, Any]]]:
        """Make several talking takes of a portrait from a voice and an instruction in free text.

        Args:
            audio: The voice, a sound file of 0.3 s to 10 min; without it the instruction is acted out silently.
            portrait: A picture with one clear face.
            instruction: How to look and what to do, e.g. "happy, nods gently, then looks left".
            samples: How many takes, 1 to 10.
            seed: Seed of the first take; the next ones count up. The same seed gives the same take.
            duration: Seconds to act for when there is no voice.
            motion_strength: Multiplies head motion, 0 to 3; 0 keeps the head still.
            audio_scale: Guidance of the voice, 0 to 5; 1 is none.
            text_scale: Guidance of the instruction, 0 to 5; 1 is none.
            steps: Denoising steps, 2 to 100; fewer are faster.
            size: Height and width of the videos, 128 to 1080 pixels; a whole picture keeps its own.
            face: Which face of the picture, from the left; 0 is the largest.
            framing: What is shown: "face", "bust", or "full" for the whole picture in its own shape and size.
            head: A 3-D head instead of the photo: "clay", "textured" with the portrait's skin, or "beside" the photo.
            background: "original", "blur", "picture", a colour like "#204060", "transparent" (WebM videos) or "prores"
                (transparent .mov videos).
            background_picture: The picture for the background "picture".
            points: Where an undetected face is, pixels, left being the subject's own:
                "eye_left x,y; eye_right x,y; mouth_left x,y; mouth_right x,y; chin x,y".
            style: A speaking style by name, e.g. "lively", "calm" or "smiling"; the instruction is acted on top.
            style_clip: Speak like this: a film of one person talking, 4 s or more, or a style or motion file (.npz).
            style_weight: With both, the named style's share, 0 to 1.
            style_scale: Guidance of the speaking style, 0 to 5; 1 is none.

        Returns:
            The files of the run (videos, side_by_side.mp4, motion, result.json), and what result.json says.
        """
        folder = handlers.scratch_folder()
        given = {name: value for name, value in locals().items() if name in Form.__dataclass_fields__}
        given["style_name"] = style
        result: dict[str, Any] = {}

        def on_event(event: Any) -> None:
            if event.stage == "done":
                result.update(event.data)

        try:
            request = handlers.to_request({**given, "voiceless": audio is None}, folder)
            made = list(make(request, on_event=on_event, should_stop=None))
            yield handlers.api_files(made, folder), result
        except InputError as error:
            raise gr.Error(str(error), duration=None, print_exception=False) from error
        finally:
            handlers.remove_scratch(folder)

    inputs = [
        form.audio, form.portrait, form.instruction, form.samples, form.seed, form.duration,
        form.motion_strength, form.audio_scale, form.text_scale, form.steps, form.size, form.face,
        gr.Textbox("bust", visible=False), gr.Textbox("", visible=False),
        gr.Textbox("original", visible=False), form.background_picture,
        gr.Textbox("", visible=False), gr.Textbox("", visible=False), gr.File(visible=False),
        gr.Number(0.5, visible=False), gr.Number(1.5, visible=False),
    ]  # fmt: skip
    trigger = gr.Button(visible=False)
    outputs = [gr.File(file_count="multiple", visible=False), gr.JSON(visible=False)]
    trigger.click(generate, inputs, outputs, api_name="generate", concurrency_id="takes", show_progress="hidden")
