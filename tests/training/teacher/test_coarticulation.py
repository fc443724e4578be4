"""The teacher's lips: closures complete and in time, jaws open with vowels, silence shut."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.speech.phones import VISEMES, Phone, phones_from_ipa
from avatar_app.training.teacher.coarticulation import LipTracks, lip_tracks, lips_to_arkit, stress_of

JAW, CLOSE, FUNNEL = (ARKIT_INDEX[n] for n in ("jawOpen", "mouthClose", "mouthFunnel"))


def say(*visemes: str, each: float = 0.12) -> LipTracks:
    """Tracks of silence, the visemes, silence."""
    phones, at = [Phone(0.0, 0.4, "SIL")], 0.4
    for viseme in visemes:
        phones.append(Phone(at, at + each, viseme))
        at += each
    phones.append(Phone(at, at + 0.4, "SIL"))
    frames = int((at + 0.4) * 25)
    sound = np.full(int((at + 0.4) * 16000), 0.1, np.float32)
    return lip_tracks(tuple(phones), stress_of(tuple(phones), sound), frames)


def gap(values: np.ndarray) -> np.ndarray:
    return 0.82 * (values[:, JAW] - values[:, CLOSE]) + 0.32 * values[:, FUNNEL]


def test_lips_meet_in_bilabials_between_open_vowels() -> None:
    tracks = say("A", "PBM", "A")
    values = lips_to_arkit(tracks, np.ones(len(tracks), np.float32))
    inside = tracks.viseme == VISEMES.index("PBM")
    assert gap(values)[inside].min() <= 0
    assert gap(values).max() > 0.2


@pytest.mark.parametrize("amplitude", [0.5, 1.0, 1.6])
def test_closure_is_complete_at_any_articulation_strength(amplitude: float) -> None:
    tracks = say("E", "PBM", "O")
    values = lips_to_arkit(tracks, np.full(len(tracks), amplitude, np.float32))
    assert gap(values)[tracks.closure > 0.97].max() <= 0


def test_lips_are_half_open_55_ms_after_release() -> None:
    tracks = say("PBM", "A", each=0.2)
    release = 0.4 + 0.2
    times = (np.arange(len(tracks)) + 0.5) / 25
    assert np.interp(release + 0.055, times, tracks.closure) == pytest.approx(0.5, abs=0.2)
    assert np.interp(release - 0.01, times, tracks.closure) > 0.9


def test_jaw_opens_more_for_low_vowels() -> None:
    height = {v: lips_to_arkit(t := say(v, each=0.25), np.ones(len(t), np.float32))[:, JAW].max() for v in ("A", "I")}
    assert height["A"] > 1.5 * height["I"]


def test_rounding_starts_before_its_vowel() -> None:
    tracks = say("TDNL", "W_U")
    before = tracks.viseme == VISEMES.index("TDNL")
    assert tracks.shape[before, 2].max() > 0.4 * tracks.shape[:, 2].max() > 0.05
    assert tracks.shape[before, 2].argmax() > 0  # nearer to its vowel


def test_silence_keeps_lips_closed() -> None:
    tracks = lip_tracks((Phone(0, 2, "SIL"),), [0.0], 50)
    assert lips_to_arkit(tracks, np.ones(50, np.float32)).max() == 0


@pytest.mark.parametrize(
    ("label", "visemes"),
    [("aɪ", ("A", "I")), ("dʒ", ("SHCH",)), ("əl", ("AH", "TDNL")), ("uː", ("W_U",)), ("(en)", ("E", "TDNL"))],
)
def test_ipa_labels_become_visemes(label: str, visemes: tuple[str, ...]) -> None:
    assert phones_from_ipa(label) == visemes
