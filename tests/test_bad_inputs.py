"""Bad input of every kind: exit code 2, one sentence on stderr, and nothing left in the output folder."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from avatar_app import ffmpeg
from avatar_app.cli.app import app

Spoil = Callable[[Path], list[str]]  # makes the bad file in a folder; returns the options that use it


def write_wav(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def audio(name: str, content: bytes | None) -> Spoil:
    def spoil(folder: Path) -> list[str]:
        path = folder / name
        if content is not None:
            path.write_bytes(content)
        return ["--audio", str(path)]

    return spoil


def picture(name: str, content: bytes | None) -> Spoil:
    def spoil(folder: Path) -> list[str]:
        path = folder / name
        if content is not None:
            path.write_bytes(content)
        return ["--portrait", str(path)]

    return spoil


def drawn(width: int, height: int) -> Spoil:
    def spoil(folder: Path) -> list[str]:
        rng = np.random.default_rng(0)
        noise = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "noise.png")
        return ["--portrait", str(folder / "noise.png")]

    return spoil


def short_audio(folder: Path) -> list[str]:
    return ["--audio", str(write_wav(folder / "short.wav", np.full(1600, 500)))]


def long_audio(folder: Path) -> list[str]:
    return ["--audio", str(write_wav(folder / "long.wav", np.zeros(8000 * 601), rate=8000))]


def video_without_sound(folder: Path) -> list[str]:
    path = folder / "mute.mp4"
    source = ["-f", "lavfi", "-i", "color=red:size=64x64:duration=1:rate=5"]
    subprocess.run([*ffmpeg.command(*source), str(path)], check=True)
    return ["--audio", str(path)]


def tiny_face(folder: Path) -> list[str]:
    from skimage import data

    small = Image.fromarray(data.astronaut()).resize((150, 150))
    canvas = Image.new("RGB", (512, 512), (120, 120, 120))
    canvas.paste(small, (150, 150))
    canvas.save(folder / "far.png")
    return ["--portrait", str(folder / "far.png")]


def folder_as(option: str) -> Spoil:
    return lambda folder: [option, str(folder)]


def options(*words: str) -> Spoil:
    return lambda folder: list(words)


def existing_output(folder: Path) -> list[str]:
    out = folder / "full"
    out.mkdir()
    (out / "sample_1.mp4").write_bytes(b"an earlier result")
    return ["--output", str(out)]


def output_is_a_file(folder: Path) -> list[str]:
    (folder / "file").write_bytes(b"x")
    return ["--output", str(folder / "file")]


def output_below_a_file(folder: Path) -> list[str]:
    (folder / "file").write_bytes(b"x")
    return ["--output", str(folder / "file" / "out")]


PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512"/>'

KINDS: dict[str, tuple[Spoil, str]] = {  # what is spoilt, and words of the sentence
    "audio that is not there": (audio("missing.wav", None), "There is no sound file"),
    "audio with a name no file can have": (audio("x" * 300 + ".wav", None), "There is no sound file"),
    "picture with a name no file can have": (picture("x" * 300 + ".png", None), "There is no picture"),
    "background with a name no file can have": (options("--background", "x" * 300), "or a picture file"),
    "style with a name no file can have": (options("--style", "x" * 300), "style"),
    "output with a name no folder can have": (options("--output", "x" * 300), "choose a shorter name"),
    "output below a file": (output_below_a_file, "choose another name"),
    "empty audio": (audio("empty.wav", b""), "is empty"),
    "text called wav": (audio("notes.wav", b"these are only words"), "not a sound file"),
    "wav header without sound": (audio("header.wav", b"RIFF\x24\x00\x00\x00WAVEfmt "), "not a sound file"),
    "playlist as audio": (audio("list.m3u8", PLAYLIST), "not a sound file"),
    "playlist called mp3": (audio("list.mp3", PLAYLIST), "not a sound file"),
    "folder as audio": (folder_as("--audio"), "is a folder"),
    "audio of a tenth of a second": (short_audio, "at least 0.3 s"),
    "audio of over ten minutes": (long_audio, "at most 10 minutes"),
    "video without sound as audio": (video_without_sound, "video without sound"),
    "picture that is not there": (picture("missing.png", None), "There is no picture"),
    "empty picture": (picture("empty.png", b""), "is empty"),
    "text called jpg": (picture("notes.jpg", b"these are only words"), "not a picture"),
    "cut-off png": (picture("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00"), "picture"),
    "svg as picture": (picture("drawing.svg", SVG), "not a picture"),
    "folder as picture": (folder_as("--portrait"), "is a folder"),
    "noise without a face": (drawn(512, 512), "No face was found"),
    "picture of a few pixels": (drawn(16, 16), "at least 64 pixels"),
    "picture as thin as a thread": (drawn(2000, 8), "at least 64 pixels"),
    "face too far away": (tiny_face, "too small"),
    "a face number nobody has": (options("--face", "5"), "only one face"),
    "face zero": (options("--face", "0"), "from 1 to 100"),
    "no samples": (options("--samples", "0"), "from 1 to 10"),
    "eleven samples": (options("--samples", "11"), "from 1 to 10"),
    "half a sample": (options("--samples", "1.5"), "--samples"),
    "negative seed": (options("--seed", "-1"), "seed"),
    "seed too large": (options("--seed", str(2**31)), "seed"),
    "unknown engine": (options("--engine", "telepathy"), "choose one of"),
    "one step": (options("--steps", "1"), "from 2 to 100"),
    "thousand steps": (options("--steps", "1000"), "from 2 to 100"),
    "negative guidance": (options("--audio-scale", "-1"), "audio scale"),
    "endless guidance": (options("--text-scale", "inf"), "text scale"),
    "guidance that is no number": (options("--text-scale", "nan"), "text scale"),
    "negative strength": (options("--motion-strength", "-0.1"), "motion strength"),
    "strength that is no number": (options("--motion-strength", "much"), "--motion-strength"),
    "video of ten pixels": (options("--size", "10"), "size"),
    "video of five thousand pixels": (options("--size", "5000"), "size"),
    "instruction of 501 characters": (options("--instruction", "x" * 501), "at most 500"),
    "duration of no length": (options("--duration", "0"), "from 0.3 to 600"),
    "output that holds results": (existing_output, "already holds results"),
    "output that is a file": (output_is_a_file, "must be a folder"),
    "unknown option": (options("--loudness", "11"), "No such option"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_is_one_sentence_and_leaves_nothing(kind: str, tmp_path: Path, voice: Path, portrait: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    given = {"--audio": str(voice), "--portrait": str(portrait), "--output": str(tmp_path / "out"), "--samples": "1"}
    spoil, words = KINDS[kind]
    spoilt = spoil(files)
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    given.update(zip(spoilt[::2], spoilt[1::2], strict=True))
    done = CliRunner().invoke(app, ["generate", *[word for pair in given.items() for word in pair]])
    assert done.exit_code == 2, (done.exit_code, done.stderr, done.exception)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("avatar_app: ") and len(lines[0]) < 600, lines
    assert words in lines[0]
    assert done.stdout == ""
    out = tmp_path / "out"
    assert not out.exists() or not any(out.iterdir())
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "missing", [["--instruction", "smile"], ["--portrait", "PORTRAIT"]], ids=["no portrait", "nothing to do"]
)
def test_something_must_be_given(missing: list[str], portrait: Path, tmp_path: Path) -> None:
    words = [str(portrait) if word == "PORTRAIT" else word for word in missing]
    done = CliRunner().invoke(app, ["generate", *words, "--output", str(tmp_path / "out")])
    assert done.exit_code == 2 and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
