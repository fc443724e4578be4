"""The ffmpeg program: a wrong path is told in a sentence that names the cure, and files keep their names."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

from avatar_app import ffmpeg
from avatar_app.request import InputError
from avatar_app.speech.recording import load_speech

VOICES = Path(__file__).parents[1] / "assets" / "voices"


@pytest.mark.parametrize("kind", ["missing", "a folder", "not executable", "not a program", "another program"])
def test_a_variable_that_names_no_ffmpeg_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "ffmpeg"
    if kind == "a folder":
        path.mkdir()
    elif kind != "missing":
        path.write_text("#!/bin/sh\necho no\n" if kind == "another program" else "no program")
        path.chmod(0o644 if kind == "not executable" else 0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))
    with pytest.raises(InputError) as error:
        load_speech(VOICES / "reader_woman.mp3")
    words = str(error.value)
    assert words.startswith(f"IMAGEIO_FFMPEG_EXE names '{path}'") and words.endswith("or unset it.")
    assert "\n" not in words


def test_the_variable_is_believed_once_it_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    bundled = ffmpeg.binary()
    link = tmp_path / "ffmpeg"
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(link))
    with pytest.raises(InputError):
        ffmpeg.binary()
    link.symlink_to(bundled)
    assert ffmpeg.binary() == str(link)


def test_an_installation_without_the_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_found() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    monkeypatch.setattr(ffmpeg.imageio_ffmpeg, "get_ffmpeg_exe", none_found)
    with pytest.raises(InputError, match="pip install --force-reinstall imageio-ffmpeg"):
        ffmpeg.binary()
    monkeypatch.setattr(ffmpeg.imageio_ffmpeg, "get_ffmpeg_exe", lambda: sys.executable)
    with pytest.raises(InputError, match="it is not ffmpeg"):
        ffmpeg.binary()


@pytest.mark.parametrize("name", ["10:30 take.wav", "-x.wav", "http:x", "concat:a|b", "%03d.wav"])
def test_relative_names_become_plain_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert ffmpeg.url(name) == f"file:{tmp_path}/{name}"
    assert ffmpeg.source(Path(name))[-2:] == ["-i", f"file:{tmp_path}/{name}"]
    assert ffmpeg.source(Path(name))[:2] == ["-protocol_whitelist", "file,pipe"]  # no file may send us to the network


def test_what_a_file_says_of_its_streams_and_length() -> None:
    (stream,), _ = ffmpeg.streams(VOICES / "reader_woman.mp3")
    assert (stream.kind, stream.codec, stream.channels) == ("audio", "mp3", 1)
    length = ffmpeg.seconds(VOICES / "reader_woman.mp3")
    assert length == pytest.approx(load_speech(VOICES / "reader_woman.mp3").duration, abs=0.1)
    assert ffmpeg.seconds(Path(__file__)) is None


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="only Linux tells and changes how much a pipe holds")
def test_the_pipe_to_an_encoder_holds_a_whole_frame() -> None:
    with ffmpeg.Run(ffmpeg.command("-f", "null", "-i", "pipe:0", "-f", "null", "-"), fed=True) as run:
        assert fcntl.fcntl(run.stdin.fileno(), fcntl.F_GETPIPE_SZ) >= 512 * 512 * 3
