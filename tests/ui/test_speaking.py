"""The page's speaking style: names, clips and mixes become requests; what a clip lacks is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_styles import named_speakers

from avatar_app.engines.diffposetalk.styles import Style, load_style, save_style
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.request import InputError, Request
from avatar_app.speech.phones import Phone
from avatar_app.styles import named_styles, open_style
from avatar_app.training.corpus.speech_corpus import Session
from avatar_app.training.synthetic_speakers import perform
from avatar_app.training.teacher.coarticulation import lip_tracks
from avatar_app.ui import handlers, speaking
from avatar_app.ui.forms import style_of
from tests.ui.test_handlers import FORM


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Motion of the talker behind "astonished"."""
    names = ["PBM", "A", "TDNL", "I", "SZ", "E", "W_U", "O"]
    phones = tuple(Phone(0.1 * i, 0.1 * i + 0.1, names[i % 8]) for i in range(60))
    tracks = lip_tracks(phones, np.sin(np.arange(96_000)).astype(np.float32), 150)
    session = Session(np.zeros((1, 600, 64), np.float16), tracks, np.zeros(300, np.uint8))
    values = perform(session, named_speakers()["astonished"], 0, 150, np.random.default_rng(0))
    path = tmp_path_factory.mktemp("clip") / "clip.npz"
    save_motion(MotionClip.from_values(values), path)
    return path


def request(folder: Path, **more: Any) -> Request:
    return handlers.to_request({**FORM, **more}, folder / "takes")


def test_without_a_style_the_words_lead(tmp_path: Path) -> None:
    plain = request(tmp_path, style_name="", style_clip=None, style_weight=0.5, style_scale=2.0)
    assert (plain.engine, plain.style, plain.style_scale) == (Request.engine, None, None)


def test_a_named_style_chooses_the_engine_that_follows_styles(tmp_path: Path) -> None:
    styled = request(tmp_path, style_name="calm", style_scale=2.0)
    assert styled.engine == "diffposetalk" and styled.style == named_styles()["calm"] and styled.style_scale == 2.0


def test_a_clip_is_read_compared_and_mixed(clip: Path, tmp_path: Path) -> None:
    words, update = speaking.read_clip(str(clip))
    assert "nearest to astonished and" in words and update["visible"] is True
    mixed = request(tmp_path, style_clip=update["value"], style_name="calm", style_weight=0.75)
    assert isinstance(mixed.style, Path) and mixed.style.parent == tmp_path
    vector = load_style(mixed.style).vector
    parts = [load_style(Path(update["value"])).vector, open_style("calm").vector]
    assert vector @ parts[1] / np.linalg.norm(parts[1]) > vector @ parts[0] / np.linalg.norm(parts[0])


def test_what_is_wrong_with_a_clip_is_said_beneath_it(tmp_path: Path) -> None:
    assert speaking.read_clip(None)[0] == ""
    (tmp_path / "text.mp4").write_text("no film")
    words, update = speaking.read_clip(str(tmp_path / "text.mp4"))
    assert words.startswith("⚠") and "not a video" in words and update["value"] is None


def test_names_that_are_no_styles_are_refused_even_when_they_are_files(tmp_path: Path) -> None:
    save_style(Style(np.ones(128, np.float32), "mine"), tmp_path / "mine.npz")
    with pytest.raises(InputError, match="choose one of"):
        style_of({"style_name": str(tmp_path / "mine.npz")}, tmp_path)
