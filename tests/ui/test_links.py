"""Links to the page's settings: written, read back, refused in one sentence; and in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import gradio as gr
import pytest

from avatar_app.request import InputError
from avatar_app.ui import acting, links
from avatar_app.ui.run import Form
from tests.ui.test_engines_in_browser import asked_for, set_number
from tests.ui.test_page_in_browser import press_generate, wait_for_verdict

PLAN = '[{"start": 0.5, "end": 1.5, "what": "nod", "strength": 0.9}]'
NAMES = ["instruction", "samples", "seed", "preset", "size", "blinks", "background", "colour", "voiceless", "plan"]


@pytest.fixture(scope="module")
def form() -> Form:
    """Some of the page's fields, and the engines' options that presets set."""
    with gr.Blocks():
        fields: dict[str, Any] = {
            "instruction": gr.Textbox("", label="Instruction", max_length=500),
            "samples": gr.Slider(1, 10, 3, step=1, label="Takes"),
            "seed": gr.Number(0, label="Seed", minimum=0, maximum=2**31 - 1),
            "preset": acting.build_preset(),
            "size": gr.Slider(128, 1080, 512, label="Size"),
            "blinks": gr.Slider(0, 3, 1, label="Blinks"),
            "background": gr.Radio([("Original", "original"), ("Picture", "picture")], label="Background"),
            "colour": gr.Textbox("#dfe7ec", label="Colour"),
            "voiceless": gr.Checkbox(False, label="No voice"),
            "plan": gr.Textbox("", label="Plan"),
            **{name: gr.Slider(2, 100, value) for name, value in acting.values_of("balanced").items() if "." in name},
        }
    return Form(fields)


def test_a_link_tells_what_was_changed_and_gives_it_back(form: Form) -> None:
    usual = {name: one.value for name, one in form.inputs.items()}
    assert links.query_of(form, usual) == ""
    wish = {"instruction": "smile & nod, 50 %", "samples": 2, "blinks": 0.5, "voiceless": True, "seed": 7}
    query = links.query_of(form, {**usual, **wish, "background": "picture"})
    assert set(parse_qs(query)) == set(wish), "a picture is in no link"
    assert links.read(form, NAMES, f"?{query}&__theme=dark&unknown=1") == {**wish, "new_seed": False}


def test_a_preset_is_told_by_its_name_and_what_differs_from_it(form: Form) -> None:
    usual = {name: one.value for name, one in form.inputs.items()}
    best = {**usual, "preset": "best", **acting.values_of("best")}
    assert links.query_of(form, best) == "preset=best"
    query = links.query_of(form, {**best, "size": 640})
    assert query == "preset=best&size=640" or query == "size=640&preset=best"
    values = links.read(form, NAMES, query)
    assert (values["size"], values["instruct_avatar.steps"]) == (640, 16)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("samples=99", "Takes must be a number from 1 to 10; got '99'"),
        ("samples=nan", "Takes must be a number"),
        ("blinks=x", "Blinks must be a number from 0 to 3; got 'x'"),
        ("preset=quick", "Quality must be one of fast, balanced, best; got 'quick'"),
        ("voiceless=maybe", "No voice must be true or false"),
        ("instruction=" + "x" * 501, "Instruction may have at most 500"),
        ("colour=red", "Colour must look like #204060"),
        ("plan=[1]", "plan|step"),
        ("plan=" + quote('[{"start": 0, "end": 1, "what": "explode"}]'), "explode"),
        ("instruction=" + "x" * 20_000, "at most 16000"),
    ],
)
def test_a_link_that_no_page_could_have_written_is_refused(form: Form, query: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        links.read(form, NAMES, query)


@pytest.mark.browser
def test_a_link_fills_the_form_that_is_run_and_copied_and_a_bad_one_is_told(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, tmp_path: Path
) -> None:
    query = f"samples=2&seed=77&preset=fast&voiceless=true&duration=4&blinks=0.5&plan={quote(PLAN)}"
    page = visit(f"{stand_in_url}?instruction=happy&{query}&instruct_avatar.liveliness=1.5")
    page.wait_for_function("document.querySelector('#instruction textarea').value === 'happy'")
    page.get_by_role("button", name="Acting").click()
    set_number(page, "#option-instruct_avatar-emotion_strength", "2")
    set_number(page, "#eye-contact", "0.75")
    page.locator("#portrait input[type=file]").first.set_input_files(str(portrait))
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 2 takes"
    asked = asked_for(page, tmp_path)
    wanted = {"instruction": "happy", "samples": 2, "seed": 77, "size": 384, "duration": 4, "blinks": 0.5, "plan": PLAN}
    wanted |= {"eye_contact": 0.75, "option liveliness": 1.5, "option emotion_strength": 2, "option steps": 5}
    assert {name: asked[name] for name in wanted} == wanted
    page.evaluate("navigator.clipboard.writeText = async (link) => { window.copied = link; }")
    page.locator("#copy-link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    address, _, copied = page.evaluate("window.copied").partition("?")
    told = {name: value for name, (value,) in parse_qs(copied).items()}
    assert address == page.url.partition("?")[0] and portrait.stem not in copied
    assert told.pop("plan").startswith('[{"start": 0.5')
    assert told == {
        "instruction": "happy", "samples": "2", "seed": "77", "preset": "fast", "voiceless": "true", "duration": "4",
        "blinks": "0.5", "eye_contact": "0.75", "instruct_avatar.liveliness": "1.5",
        "instruct_avatar.emotion_strength": "2",
    }  # fmt: skip
    page.goto(f"{stand_in_url}?samples=99")
    page.get_by_text("Takes must be a number from 1 to 10; got '99'").wait_for()
    assert page.locator("#samples input[type=number]").input_value() == "3"
