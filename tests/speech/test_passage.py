"""Passages of recordings and videos: the right seconds, and a sentence when there are none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from avatar_app import ffmpeg
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError, Request
from avatar_app.speech import decoding
from avatar_app.speech.recording import load_speech

RATE = 16_000


@pytest.fixture
def rising(tmp_path: Path) -> Path:
    """4 s: one second each of 200, 400, 800 and 1600 Hz."""
    time = np.arange(RATE) / RATE
    sound = np.concatenate([0.3 * np.sin(2 * np.pi * f * time) for f in (200, 400, 800, 1600)])
    wavfile.write(tmp_path / "rising.wav", RATE, (sound * 32767).astype(np.int16))
    return tmp_path / "rising.wav"


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


def test_a_passage_holds_the_seconds_asked_for(rising: Path) -> None:
    speech = load_speech(rising, 2.0, 3.0)
    assert speech.duration == pytest.approx(1.0, abs=0.01)
    assert pitch(speech.samples) == pytest.approx(800, abs=5)


def test_an_end_after_the_recording_is_its_end(rising: Path) -> None:
    assert load_speech(rising, 3.0, 99.0).duration == pytest.approx(1.0, abs=0.05)


def test_a_video_gives_a_passage_of_its_soundtrack(rising: Path, tmp_path: Path) -> None:
    frames = (np.zeros((64, 64, 3), np.uint8) for _ in range(100))
    write_video(frames, (64, 64), tmp_path / "v.mp4", load_speech(rising), frames_total=100, metadata={})
    assert pitch(load_speech(tmp_path / "v.mp4", 1.0, 2.0).samples) == pytest.approx(400, abs=5)


@pytest.mark.parametrize("name", ["10:30 take.wav", "-x.wav", "out:12/a.wav", "%03d.wav", "fünf 🙂.wav"])
def test_odd_names_are_just_names(rising: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    rising.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert pitch(load_speech(name, 1.0, 2.0).samples) == pytest.approx(400, abs=5)


def test_a_browser_recording_that_does_not_say_its_length_is_cut_too(rising: Path, tmp_path: Path) -> None:
    line = ffmpeg.command(*ffmpeg.source(rising), "-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1")
    (tmp_path / "live.webm").write_bytes(subprocess.run(line, capture_output=True, check=True).stdout)
    assert ffmpeg.seconds(tmp_path / "live.webm") is None
    assert pitch(load_speech(tmp_path / "live.webm", 2.0, 3.0).samples) == pytest.approx(800, abs=5)
    with pytest.raises(InputError, match=r"lasts 4\.0 s"):
        load_speech(tmp_path / "live.webm", 7.0)


def test_stereo_stays_stereo_and_each_side_where_it_was(tmp_path: Path) -> None:
    time = np.arange(2 * RATE) / RATE
    sides = np.stack([0.3 * np.sin(2 * np.pi * f * time) for f in (300, 900)], axis=1)
    wavfile.write(tmp_path / "two.wav", RATE, (sides * 32767).astype(np.int16))
    speech = load_speech(tmp_path / "two.wav", 0.5, 1.5)
    assert speech.original.shape[1] == 2 and speech.original_rate == RATE
    for side, wanted in zip(speech.original.T, (300, 900), strict=True):
        assert np.abs(np.fft.rfft(side)).argmax() / speech.duration == pytest.approx(wanted, abs=3)
    assert np.abs(speech.original).max() == pytest.approx(0.3, abs=0.02)


def test_no_more_is_decoded_than_may_be_used(rising: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_SECONDS", 1.0)
    decoded = decoding.decode(rising, 1.0)
    assert len(decoded.samples) / decoded.rate == pytest.approx(
        2.0, abs=0.01
    )  # one more second: too long is told, not cut


def test_a_film_longer_than_its_sound_gets_no_silence_appended(rising: Path, tmp_path: Path) -> None:
    film = tmp_path / "long.mp4"
    picture = ["-f", "lavfi", "-i", "color=red:size=64x64:rate=5:duration=9", "-i", str(rising)]
    subprocess.run(ffmpeg.command(*picture, "-map", "0:v", "-map", "1:a", str(film)), check=True)
    assert load_speech(film, 2.0, 8.0).duration == pytest.approx(2.0, abs=0.1)
    with pytest.raises(InputError, match=r"starts at 6 s, but the sound of 'long\.mp4' lasts 4\.[01] s"):
        load_speech(film, 6.0, 8.0)


def test_a_passage_in_which_nobody_speaks_is_told(tmp_path: Path) -> None:
    sound = np.zeros(4 * RATE)
    sound[:RATE] = 0.3 * np.sin(np.arange(RATE))
    wavfile.write(tmp_path / "pause.wav", RATE, sound.astype(np.float32))
    speech = load_speech(tmp_path / "pause.wav", 2.0, 3.0)
    assert speech.silent and any("Nobody speaks in this passage" in note for note in speech.notes)


def test_what_has_no_sound_is_told(tmp_path: Path) -> None:
    frames = (np.zeros((64, 64, 3), np.uint8) for _ in range(50))
    write_video(frames, (64, 64), tmp_path / "mute.mp4", None, frames_total=50, metadata={})
    for path, words in ((tmp_path / "mute.mp4", "without sound"), (tmp_path / ("x" * 300), "There is no sound file")):
        with pytest.raises(InputError, match=words):
            load_speech(path, 0.5, 1.5)


def test_arrays_are_cut_alike(rising: Path) -> None:
    rate, sound = wavfile.read(rising)
    assert pitch(load_speech((rate, sound), 3.0, 4.0).samples) == pytest.approx(1600, abs=5)
    middle = load_speech((rate, sound), 1.0, 2.0)
    assert middle.duration == 1.0 and pitch(middle.samples) == pytest.approx(400, abs=5)


def test_a_start_after_the_end_of_the_recording_is_told(rising: Path) -> None:
    with pytest.raises(InputError, match=r"lasts 4\.0 s"):
        load_speech(rising, 7.0)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(InputError, match="end of the passage"):
        Request(audio="a.wav", portrait="p.png", audio_from=3, audio_to=2).check()
