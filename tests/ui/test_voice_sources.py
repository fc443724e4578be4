"""Voices from texts and films, and what is said of a voice as soon as it is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from avatar_app import ffmpeg
from avatar_app.request import InputError
from avatar_app.speech import spoken_aloud
from avatar_app.speech.recording import load_speech
from avatar_app.ui import voice_sources


@pytest.fixture(scope="module")
def film(voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "me.mov"
    picture = ["-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=1"]
    with ffmpeg.Run(ffmpeg.command(*picture, "-i", str(voice), "-shortest", str(path))) as run:
        run.process.wait()
        run.check(path)
    return path


def test_a_text_is_read_aloud_with_pauses_and_at_the_speed_that_was_asked_for() -> None:
    pytest.importorskip("hibari")
    rate, usual = spoken_aloud.read_aloud("Good morning.")
    _, paused = spoken_aloud.read_aloud("Good morning. ... Good morning.")
    _, slow = spoken_aloud.read_aloud("Good morning.", 0.7)
    assert len(paused) == pytest.approx(2 * len(usual) + 0.6 * rate, rel=0.15)
    assert len(slow) > 1.15 * len(usual) and np.abs(usual).max() > 0.05
    for sound, said, _ in voice_sources.from_text("Good ... morning.", 1.0):
        assert load_speech(sound).duration > 0.5 and said == "Good morning."


@pytest.mark.parametrize(
    ("text", "speed", "words"), [(" ... ", 1.0, "nothing to read"), ("Hello", 9.0, "reading speed")]
)
def test_what_cannot_be_read_is_refused(text: str, speed: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        spoken_aloud.read_aloud(text, speed)


def test_without_the_voice_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken_aloud, "available", lambda: False)
    (answer,) = voice_sources.from_text("Hello", 1.0)
    assert "requirements-voices.txt" in answer[2]


def test_a_film_s_sound_becomes_the_voice(film: Path, voice: Path) -> None:
    for sound, _, _ in voice_sources.from_film(str(film)):
        assert Path(sound).name == "me.wav"
        assert load_speech(sound).duration == pytest.approx(min(1.0, load_speech(voice).duration), abs=0.1)


def test_a_voice_that_is_silent_or_broken_is_told_at_once(voice: Path, tmp_path: Path) -> None:
    assert voice_sources.judge(None) == ""
    assert voice_sources.judge(str(voice)).startswith(("✓", "⚠"))
    wavfile.write(tmp_path / "still.wav", 16_000, np.zeros(16_000, np.float32))
    assert "Nobody speaks" in voice_sources.judge(str(tmp_path / "still.wav"))
    (tmp_path / "x.wav").write_bytes(b"no sound")
    assert voice_sources.judge(str(tmp_path / "x.wav")).startswith("⚠")
