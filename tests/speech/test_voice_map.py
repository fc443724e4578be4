"""Voice maps: pauses of what was put together, noise that is no voice, stresses where syllables stand out."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech import listening, phone_recogniser, transcription
from avatar_app.speech.listening import map_voice
from avatar_app.speech.prosody import STRESS_APART
from avatar_app.speech.recording import Speech, load_speech, silence
from avatar_app.speech.voice_map import VoiceMap
from avatar_app.types import Array

VOICES = Path(__file__).resolve().parents[2] / "assets" / "voices"


def speech(samples: Array) -> Speech:
    return load_speech((SAMPLE_RATE, samples.astype(np.float32)))


def noise(seconds: float, level: float) -> Array:
    return np.random.default_rng(0).normal(0, level, round(seconds * SAMPLE_RATE))


def beeps(*spans: tuple[float, float], seconds: float = 5.0) -> Array:
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    on = sum((times >= start) & (times < end) for start, end in spans)
    return 0.3 * np.sin(2 * np.pi * 440 * times) * on


def mapped(samples: Array) -> VoiceMap:
    return map_voice(speech(samples), need_words=False)


def near(found: tuple[tuple[float, float], ...], wanted: list[tuple[float, float]]) -> bool:
    return len(found) == len(wanted) and bool(np.abs(np.array(found) - np.array(wanted)).max() < 0.05)


@pytest.mark.parametrize("hiss", [0.0, 0.003, 0.03])
def test_pauses_are_between_and_around_sounds(hiss: float) -> None:
    found = mapped(beeps((1.0, 2.0), (2.5, 4.0)) + noise(5, hiss))
    assert near(found.speech, [(1.0, 2.0), (2.5, 4.0)])
    assert near(found.pauses, [(0.0, 1.0), (2.0, 2.5), (4.0, 5.0)])


def test_a_stop_is_no_pause_and_a_click_no_speech() -> None:
    found = mapped(beeps((1.0, 2.0), (2.1, 3.0), (4.0, 4.02)))
    assert near(found.speech, [(1.0, 3.0)])


def test_steady_noise_and_silence_are_one_pause() -> None:
    for nobody in (speech(noise(4, 0.1)), speech(noise(4, 1e-4)), silence(4.0)):
        found = map_voice(nobody)
        assert (found.speech, found.pauses, found.stresses, found.words) == ((), ((0.0, 4.0),), (), ())


def test_the_reader_pauses_once_with_and_without_noise() -> None:
    recording = load_speech(VOICES / "reader_woman.mp3")
    for level in (0.0, 0.01):
        found = mapped(recording.samples + noise(recording.duration, level)[: len(recording.samples)])
        inside = [pause for pause in found.pauses if pause[0] > 0 and pause[1] < recording.duration]
        assert near(tuple(inside), [(1.5, 1.78)]), "between 'books,' and 'which'"


@pytest.mark.parametrize(("name", "stressed"), [("reader_woman.mp3", (0.84, 4.84)), ("reader_man.mp3", (3.69,))])
def test_a_few_stresses_are_where_the_reader_puts_them(name: str, stressed: tuple[float, ...]) -> None:
    recording = load_speech(VOICES / name)
    found = map_voice(recording, need_words=False).stresses
    assert all(min(abs(time - wanted) for time in found) < 0.1 for wanted in stressed)
    assert 2 <= len(found) <= recording.duration
    assert all(later - sooner >= STRESS_APART - 1e-6 for sooner, later in itertools.pairwise(found))


def test_the_syllable_that_is_louder_higher_and_longer_is_stressed() -> None:
    samples = np.zeros(3 * SAMPLE_RATE)
    for index in range(8):
        strong = index == 4
        times = np.arange(round((0.24 if strong else 0.14) * SAMPLE_RATE)) / SAMPLE_RATE
        pitch = 150 if strong else 115 + index
        buzz = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 20))
        start = round((0.3 + 0.3 * index) * SAMPLE_RATE)
        samples[start : start + len(times)] += (0.2 if strong else 0.1) * buzz * np.hanning(len(times))
    (found,) = mapped(samples).stresses
    assert abs(found - 1.62) < 0.05


def test_without_words_it_is_quick() -> None:
    recording = load_speech(VOICES / "reader_man.mp3")
    map_voice(recording, need_words=False)
    began = time.process_time()
    map_voice(recording, need_words=False)
    assert time.process_time() - began < 0.15


def test_why_there_are_no_words_is_a_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = load_speech(VOICES / "reader_woman.mp3")
    assert map_voice(recording, need_words=False).why == listening.NOT_ASKED
    monkeypatch.setattr(transcription, "available", lambda: False)
    found = map_voice(recording, "  ") if phone_recogniser.available() else None
    assert found is None or (found.words is None and "requirements-words.txt" in found.why)
    monkeypatch.setattr(phone_recogniser, "available", lambda: False)
    found = map_voice(recording, "produced the block books")
    assert found.words is None and found.why == listening.NO_RECOGNISER and found.pauses
