"""What phones and people send, through `generate`: every kind reaches the engine mended, or is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from skimage.data import chelsea

from avatar_app import ffmpeg
from avatar_app.engines.base import Conditions
from avatar_app.request import InputError
from tests.inputs.portrait.profiles import SWAPPED, matrix_profile
from tests.test_generate_wiring import PlainEngine, engine, made

__all__ = ["engine"]


@pytest.fixture
def photo(portrait: Path) -> PIL.Image.Image:
    return PIL.Image.open(portrait).convert("RGB")


def seen(engine: PlainEngine) -> Conditions:
    return engine.seen[-1]


def test_colours_of_a_portrait_are_those_that_its_profile_means(
    engine: PlainEngine, tmp_path: Path, photo: PIL.Image.Image
) -> None:
    red, green, blue = photo.split()
    PIL.Image.merge("RGB", (green, red, blue)).save(tmp_path / "p.png", icc_profile=matrix_profile(SWAPPED))
    means = []
    for name, picture in (("plain", photo), ("profile", tmp_path / "p.png")):
        made(tmp_path, name, samples=1, portrait=np.asarray(picture) if name == "plain" else picture)
        portrait = seen(engine).portrait
        assert portrait is not None
        means.append(portrait.pixels.mean((0, 1)))
    assert np.abs(means[0] - means[1]).max() < 3


def test_a_picture_without_a_note_of_its_way_up_is_turned_and_told(
    engine: PlainEngine, tmp_path: Path, photo: PIL.Image.Image
) -> None:
    faces = []
    for name, picture in (("upright", photo), ("lying", photo.rotate(90, expand=True))):
        _, result, _ = made(tmp_path, name, samples=1, portrait=np.asarray(picture))
        portrait = seen(engine).portrait
        assert portrait is not None
        faces.append(portrait)
    assert np.abs(faces[0].landmarks - faces[1].landmarks)[:, :2].mean() < 2
    assert any("turned by 90 degrees to the right" in note for note in result["notes"])


def test_a_voice_in_the_second_track_or_in_sides_that_cancel_is_heard(
    engine: PlainEngine, tmp_path: Path, voice: Path
) -> None:
    silent = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono:d=3"]
    subprocess.run(
        ffmpeg.command(*silent, "-i", str(voice), "-map", "0:a", "-map", "1:a", str(tmp_path / "tracks.mkv")),
        check=True,
    )
    inverted = ["-af", "pan=stereo|c0=c0|c1=-1*c0"]
    subprocess.run(ffmpeg.command("-i", str(voice), *inverted, str(tmp_path / "sides.wav")), check=True)
    for name, words in (("tracks.mkv", "number 2 is used"), ("sides.wav", "cancel each other out")):
        _, result, _ = made(tmp_path, name.split(".")[0], samples=1, audio=tmp_path / name, duration=None)
        assert not seen(engine).speech.silent and any(words in note for note in result["notes"])


def test_a_passage_of_a_browser_recording_is_cut_where_it_was_asked_for(
    engine: PlainEngine, tmp_path: Path, voice: Path
) -> None:
    live = ffmpeg.command("-i", str(voice), "-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1")
    (tmp_path / "live.webm").write_bytes(subprocess.run(live, capture_output=True, check=True).stdout)
    made(tmp_path, samples=1, audio=tmp_path / "live.webm", audio_from=1.0, audio_to=2.0, duration=None)
    assert seen(engine).speech.duration == pytest.approx(1.0, abs=0.01)


def test_a_face_that_the_picture_cuts_is_told_and_half_a_face_refused(
    engine: PlainEngine, tmp_path: Path, photo: PIL.Image.Image
) -> None:
    _, result, _ = made(tmp_path, samples=1, portrait=np.asarray(photo)[:, 188:])
    assert any("left edge of the picture cuts the face" in note for note in result["notes"])
    with pytest.raises(InputError, match="an eye lies outside"):
        made(tmp_path, "half", samples=1, portrait=np.asarray(photo)[:, 218:])
    assert not (tmp_path / "half").exists()


def test_an_animal_is_refused_until_its_face_is_placed_by_hand(engine: PlainEngine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hardly looks like a person's face"):
        made(tmp_path, "cat", samples=1, portrait=chelsea())
    assert not (tmp_path / "cat").exists()
    points = "eye_right 205,95; eye_left 275,110; mouth_right 195,180; mouth_left 235,190; chin 210,215"
    made(tmp_path, samples=1, portrait=chelsea(), points=points)
    assert seen(engine).portrait is not None
