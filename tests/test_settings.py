"""What a take was asked for, told by its name and by its file, and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.engines import registry
from avatar_app.render.video.writer import provenance, write_video
from avatar_app.request import InputError, Request
from avatar_app.settings import read_settings, settings_of, telling_name

WISH: dict[str, Any] = {
    "portrait": "/home/somebody/private/face.png",
    "instruction": 'happy; "nods" = yes\nthen looks left',
    "transcript": "yes, I said",
    "plan": [{"start": 0, "end": 1, "what": "nod"}],
    "samples": 4,
    "seed": 9,
    "duration": 2.0,
    "motion_strength": 0.5,
    "size": 256,
    "framing": "face",
    "background": "#204060",
    "face": 2,
    "options": {"text_scale": 1.5},
}


def told(**more: Any) -> dict[str, Any]:
    return settings_of(registry.resolve(Request(**{**WISH, **more})))


def video(path: Path, comment: dict[str, str]) -> Path:
    channels = 3 if path.suffix == ".mp4" else 4
    frames = iter([np.zeros((64, 64, channels), np.uint8)] * 3)
    write_video(frames, (64, 64), path, None, frames_total=3, metadata=comment)
    return path


def test_settings_are_json_and_tell_no_file_and_no_place() -> None:
    settings = told(audio="/home/somebody/voice.wav", duration=None)
    text = json.dumps(settings)
    assert "somebody" not in text and "voice" not in text and "face.png" not in text
    assert settings["seed"] == 9 and settings["options"]["text_scale"] == 1.5 and settings["plan"][0]["what"] == "nod"


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov", ".json"])
def test_a_video_and_a_result_give_back_what_was_asked_for(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"take{ending}"
    if ending == ".json":
        path.write_text(json.dumps({"request": told(), "samples": []}))
    else:
        video(path, provenance(11, told()))
    assert read_settings(path) == json.loads(json.dumps(told()))


def test_a_style_and_a_background_are_told_by_name_only(tmp_path: Path) -> None:
    assert told(background=tmp_path / "wall.png")["background"] == "original"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": 99}, "samples must be from 1 to 10"),
        ({"engine": "nobody"}, "no engine called 'nobody'"),
        ({"options": {"loudness": 2}}, "no option 'loudness'"),
        ({"plan": [{"start": 0, "end": 1, "what": "explode"}]}, "explode"),
        ({"instruction": 7}, "damaged"),
        ({"options": "x"}, "cannot be used|damaged"),
        ({"style": "/etc/passwd"}, "no style"),
        ({"background": "/etc/passwd"}, "background"),
    ],
)
def test_settings_that_nobody_could_have_asked_for_are_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    (tmp_path / "result.json").write_text(json.dumps({"request": {**told(), **change}}))
    with pytest.raises(InputError, match=words):
        read_settings(tmp_path / "result.json")


def test_other_files_hold_no_settings(tmp_path: Path) -> None:
    plain = video(tmp_path / "other.mp4", {"comment": "a holiday"})
    for name, content in {"a.json": b"[1]", "b.json": b"{", "c.mp4": b"no video", "d.json": b'{"request": 3}'}.items():
        (tmp_path / name).write_bytes(content)
    for path in (plain, *(tmp_path / name for name in ("a.json", "b.json", "c.mp4", "d.json"))):
        with pytest.raises(InputError, match="holds no settings"):
            read_settings(path)
    with pytest.raises(InputError, match="There is no file"):
        read_settings(tmp_path / "absent.mp4")


@pytest.mark.parametrize(
    ("portrait", "plan", "name"),
    [
        ("astronaut.jpg", ["happy", "nod", "happy"], "astronaut_happy-nod_take1_seed42"),
        ("my face (1)/portrait_2.png", ["look_left"], "portrait-2_look-left_take1_seed42"),
        ("", [], "avatar_take1_seed42"),
        ("x" * 90 + ".png", [], "x" * 32 + "_take1_seed42"),
        ("../..", [], "avatar_take1_seed42"),
    ],
)
def test_names_tell_portrait_words_take_and_seed(portrait: str, plan: list[str], name: str) -> None:
    steps = [{"what": what, "strength": 0.65} for what in plan] + [{"what": "blink", "strength": -1}]
    assert telling_name(portrait, steps, 1, 42) == name
    assert telling_name(portrait, steps, 1, None) == name.removesuffix("_seed42")
