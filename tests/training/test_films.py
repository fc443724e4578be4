"""A folder of films becomes training data: tracked, with its sound, by person; what cannot be used is left out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from avatar_app import ffmpeg
from avatar_app.engines.diffposetalk.style_training import StyleTrainingConfig, film_batches
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError
from avatar_app.speech.recording import load_speech
from avatar_app.training.films import named_films, prepare
from avatar_app.training.motion_lmdb import PER_FRAME, MotionLmdb, MotionLmdbWriter, Recording

pytest.importorskip("lmdb", reason="the extra lmdb is not installed")


@pytest.fixture(scope="module")
def films(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann twice, in a folder of hers; a grey film; a text that calls itself a film."""
    folder = tmp_path_factory.mktemp("films")
    voice = folder / "voice.wav"
    subprocess.run(ffmpeg.command("-f", "lavfi", "-i", "sine=200:d=6", str(voice)), check=True)
    values = np.zeros((105, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = 0.4 * (np.sin(np.arange(105) / 4) > 0)
    clip = MotionClip.from_values(values)
    (folder / "Ann").mkdir()
    frames = PortraitRenderer(load_portrait(portrait, size=256)).frames(clip)
    film = folder / "Ann" / "first.mp4"
    write_video(frames, (256, 256), film, load_speech(voice), frames_total=105, metadata={"title": "test"})
    shutil.copy(film, folder / "Ann" / "second.mp4")
    grey = ["-f", "lavfi", "-i", "color=gray:s=128x128:d=5:r=25", "-i", str(voice), "-shortest"]
    subprocess.run(ffmpeg.command(*grey, str(folder / "grey one.mp4")), check=True)
    (folder / "text.mov").write_text("no film")
    return folder


def test_films_are_named_by_person(films: Path) -> None:
    assert [clip for clip, _ in named_films(films)] == ["Ann/000", "Ann/001", "grey_one/000", "text/000"]


def test_usable_films_are_kept_and_a_stopped_run_goes_on(films: Path, tmp_path: Path) -> None:
    (films / "Ann" / "second.mp4").rename(films / "later.mp4.off")
    said: dict[str, str] = {}
    assert prepare(films, tmp_path, on_film=said.__setitem__) == ["Ann/000"]
    assert said["first.mp4"] == "105 frames"
    assert "No face" in said["grey one.mp4"] and said["text.mov"].startswith("left out")
    (films / "later.mp4.off").rename(films / "Ann" / "second.mp4")
    assert prepare(films, tmp_path, on_film=said.__setitem__) == ["Ann/000", "Ann/001"]
    assert said["first.mp4"] == "was there"
    with MotionLmdb(tmp_path) as data:
        found = data.read("Ann/000")
        jaw = MotionClip.from_values(found.coef["motion"]).channel("jawOpen")
        assert np.corrcoef(jaw, np.sin(np.arange(105) / 4) > 0)[0, 1] > 0.8
        assert len(found.audio) == 105 * PER_FRAME and np.abs(found.audio).max() > 0.05
        assert data.clips("train") == ["Ann/000", "Ann/001"]


def test_nothing_usable_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no films"):
        prepare(tmp_path, tmp_path / "out")
    (tmp_path / "a.mp4").write_text("no film")
    with pytest.raises(InputError, match="could be used"):
        prepare(tmp_path, tmp_path / "out")


def test_styles_are_learned_from_people_filmed(tmp_path: Path) -> None:
    with MotionLmdbWriter(tmp_path) as writer:
        for person in range(4):
            values = np.full((220, 58), float(person), np.float32)
            values[:110] += 0.1
            writer.add(Recording(f"p{person}/000", np.zeros(220 * PER_FRAME, np.float32), {"motion": values}))
        writer.write_lists({"train": [f"p{person}/000" for person in range(4)]})
    batch = next(film_batches(tmp_path, StyleTrainingConfig(speakers=3), 0))
    assert batch["first"].shape == batch["second"].shape == (3, 100, 58)
    who = batch["second"].mean(dim=(1, 2)).round()
    assert len(set(who.tolist())) == 3
    assert (batch["first"].mean(dim=(1, 2)) - batch["second"].mean(dim=(1, 2))).min() > 0.05
    with pytest.raises(InputError, match="at least two"):
        (tmp_path / "train.txt").write_text("p0/000\n")
        next(film_batches(tmp_path, StyleTrainingConfig(), 0))
