"""The page's speaking style: names, clips and mixes become requests; what a clip lacks is said."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from make_styles import named_speakers

from avatar_app.engines import registry
from avatar_app.engines.diffposetalk.styles import Style, load_style, save_style
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError, Request, Stopped
from avatar_app.speech.phones import Phone
from avatar_app.styles import open_style
from avatar_app.training.corpus.sessions import labelled
from avatar_app.training.synthetic_speakers import perform
from avatar_app.ui import speaking
from avatar_app.ui.forms import style_of, to_request, with_choices
from tests.ui.fakes import FORM


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Motion of the talker behind "astonished"."""
    names = ["PBM", "A", "TDNL", "I", "SZ", "E", "W_U", "O"]
    phones = tuple(Phone(0.1 * i, 0.1 * i + 0.1, names[i % 8]) for i in range(60))
    sound = np.sin(np.arange(96_000)).astype(np.float32)
    session = labelled(np.zeros((1, 600, 64), np.float16), phones, sound, 150)
    values = perform(session, named_speakers()["astonished"], 0, 150, np.random.default_rng(0))
    path = tmp_path_factory.mktemp("clip") / "clip.npz"
    save_motion(MotionClip.from_values(values), path)
    return path


def request(folder: Path, **more: Any) -> Request:
    return to_request(with_choices({**FORM, **more}), folder / "takes")


def read_and_keep(clip: Path, folder: Path) -> tuple[str, Path]:
    """(words, the style file as gradio copies it while the handler waits)."""
    reading = speaking.read_clip(str(clip))
    words, update = next(reading)
    assert update["visible"] is True
    copy = folder / Path(update["value"]).name
    shutil.copy(update["value"], copy)
    assert next(reading, None) is None and not Path(update["value"]).parent.exists()
    return words, copy


def test_without_a_style_the_words_lead(tmp_path: Path) -> None:
    plain = request(tmp_path, style_name="", style_clip=None, style_weight=0.5)
    assert plain.style is None and registry.resolve(plain).spec == registry.find_spec(None)


def test_a_named_style_chooses_the_engine_that_follows_styles(tmp_path: Path) -> None:
    styled = request(tmp_path, style_name="calm")
    assert styled.style == "calm" and "style" in registry.resolve(styled).spec.reads


def test_a_clip_is_read_compared_and_mixed(clip: Path, tmp_path: Path) -> None:
    words, kept = read_and_keep(clip, tmp_path)
    assert "nearest to astonished and" in words
    mixed = request(tmp_path, style_clip=str(kept), style_name="calm", style_weight=0.75)
    assert isinstance(mixed.style, Path) and mixed.style.parent == tmp_path
    vector = load_style(mixed.style).vector
    parts = [load_style(kept).vector, open_style("calm").vector]
    assert vector @ parts[1] / np.linalg.norm(parts[1]) > vector @ parts[0] / np.linalg.norm(parts[0])


def test_the_mix_s_weight_is_the_form_s(clip: Path, tmp_path: Path) -> None:
    _, kept = read_and_keep(clip, tmp_path)
    for weight, end in ((0.0, load_style(kept)), (1.0, open_style("calm"))):
        mixed = request(tmp_path, style_clip=str(kept), style_name="calm", style_weight=weight)
        np.testing.assert_allclose(load_style(Path(str(mixed.style))).vector, end.vector, atol=1e-5)


def test_reading_clips_leaves_no_files(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "text.mp4").write_text("no film")
    for path in (clip, tmp_path / "text.mp4"):
        for _ in speaking.read_clip(str(path)):
            pass
    abandoned = speaking.read_clip(str(clip))
    next(abandoned)
    abandoned.close()  # the page was closed
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]


def test_reading_a_film_for_its_style_can_be_stopped(portrait: Path, tmp_path: Path) -> None:
    frame = np.asarray(PIL.Image.open(portrait).convert("RGB").resize((128, 128)))
    write_video(iter([frame] * 125), (128, 128), tmp_path / "film.mp4", None, frames_total=125, metadata={})
    form = {**FORM, "style_clip": str(tmp_path / "film.mp4")}
    with pytest.raises(Stopped):
        to_request(form, tmp_path / "takes", lambda: True)


def test_what_is_wrong_with_a_clip_is_said_beneath_it(tmp_path: Path) -> None:
    assert next(speaking.read_clip(None))[0] == ""
    (tmp_path / "text.mp4").write_text("no film")
    words, update = next(speaking.read_clip(str(tmp_path / "text.mp4")))
    assert words.startswith("⚠") and "not a video" in words and update["value"] is None


def test_names_that_are_no_styles_are_refused_even_when_they_are_files(tmp_path: Path) -> None:
    save_style(Style(np.ones(128, np.float32), "mine"), tmp_path / "mine.npz")
    with pytest.raises(InputError, match="choose one of"):
        style_of({"style_name": str(tmp_path / "mine.npz")}, tmp_path)
