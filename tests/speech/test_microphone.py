"""Recording, with a stand-in for PortAudio: lengths, levels, stopping, and what can be missing."""

from __future__ import annotations

import sys
import types
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.request import InputError
from avatar_app.speech import microphone as recorder


class PortAudioError(Exception):
    pass


class InputStream:
    """Delivers a 440 Hz tone, block by block."""

    def __init__(self, samplerate: int, channels: int, dtype: str, device: str | None, latency: str) -> None:
        if device == "nowhere":
            raise PortAudioError("Invalid device")
        assert (channels, dtype) == (1, "int16")
        self.rate, self.at = samplerate, 0

    def __enter__(self) -> InputStream:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, count: int) -> tuple[np.ndarray[Any, np.dtype[np.int16]], bool]:
        time = (self.at + np.arange(count)) / self.rate
        self.at += count
        return (np.sin(2 * np.pi * 440 * time) * 16384).astype(np.int16)[:, None], False


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("sounddevice")
    devices = [{"name": "Built-in", "max_input_channels": 2}, {"name": "Speaker", "max_input_channels": 0}]
    module.__dict__.update(
        InputStream=InputStream, PortAudioError=PortAudioError, query_devices=lambda: devices, __file__="stand-in"
    )
    monkeypatch.setitem(sys.modules, "sounddevice", module)


def read(path: Path) -> tuple[int, np.ndarray[Any, np.dtype[np.int16]]]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_recording_has_its_length_and_its_sound(microphone: None, tmp_path: Path) -> None:
    levels: list[float] = []
    got = recorder.record(tmp_path / "sub" / "v.wav", 1.23, on_level=lambda done, peak: levels.append(peak))
    rate, samples = read(tmp_path / "sub" / "v.wav")
    assert got == pytest.approx(1.23) and len(samples) == round(1.23 * rate)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples) == pytest.approx(440, abs=2)
    assert levels and max(levels) == pytest.approx(0.5, abs=0.01)


def test_stopping_keeps_what_was_said(microphone: None, tmp_path: Path) -> None:
    calls = iter([False] * 5 + [True] * 100)
    got = recorder.record(tmp_path / "v.wav", 60, should_stop=lambda: next(calls))
    assert got == pytest.approx(0.5) and len(read(tmp_path / "v.wav")[1]) == 8000


def test_too_little_is_refused_and_nothing_written(microphone: None, tmp_path: Path) -> None:
    calls = iter([False, True])
    with pytest.raises(InputError, match=r"Only 0\.10 s were recorded"):
        recorder.record(tmp_path / "v.wav", 60, should_stop=lambda: next(calls))
    assert not (tmp_path / "v.wav").exists()


@pytest.mark.parametrize("name", ["file/v.wav", "folder.wav", "x" * 300])
def test_an_output_that_cannot_be_written_is_told_before_anything_is_said(
    microphone: None, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(InputError, match="Cannot write"):
        recorder.record(tmp_path / name, 1, on_level=lambda *_: pytest.fail("it was recorded"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.wav"]


def test_an_earlier_recording_stays_until_the_new_one_is_whole(microphone: None, tmp_path: Path) -> None:
    recorder.record(tmp_path / "v.wav", 1)
    before = (tmp_path / "v.wav").read_bytes()
    with pytest.raises(InputError, match="Only"):
        recorder.record(tmp_path / "v.wav", 60, should_stop=lambda: True)
    assert (tmp_path / "v.wav").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_only_inputs_are_microphones(microphone: None) -> None:
    assert recorder.microphones() == ["Built-in"]


def test_unknown_microphone_is_told(microphone: None, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Invalid device"):
        recorder.record(tmp_path / "v.wav", 1, device="nowhere")


def test_missing_portaudio_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(InputError, match="PortAudio"):
        recorder.record(tmp_path / "v.wav", 1)
