"""Articulation of a recording: what is made of the speech encoder's answers, with an encoder that answers as told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from avatar_app.speech import articulation
from avatar_app.speech.articulation import RECOGNISED, TRACTS, VISEME_WEIGHTS, complete_closures, encode_articulation
from avatar_app.speech.encoder import ACCENT, ARTICULATION, CLOSURE, SHAPES, TALKING, TRACKS
from avatar_app.speech.features import lifter, log_mel, speech_features
from avatar_app.speech.lip_targets import CHANNELS, TARGETS
from avatar_app.speech.phones import VISEMES

FRAMES = 20
SOUND = np.random.default_rng(0).normal(0, 0.1, FRAMES * 640).astype(np.float32)


class ToldEncoder(nn.Module):
    """Answers with (3, T, 26) or (T, 26) that it was told, and keeps the features that it was given."""

    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.answer, self.features = answer, torch.zeros(0)

    def articulation(self, features: Tensor) -> Tensor:
        self.features = features
        return self.answer.expand(len(features), -1, -1).clone()


def told(viseme: str = "SIL", talking: float = 1.0) -> Tensor:
    """(T, 26): one viseme all the time."""
    answer = torch.zeros(FRAMES, ARTICULATION)
    answer[:, TALKING] = talking
    answer[:, TRACKS + VISEMES.index(viseme)] = 1
    return answer


def encoded(answer: Tensor, **options: Any) -> Tensor:
    return encode_articulation(ToldEncoder(answer), SOUND, FRAMES, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def recognised(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the phone recogniser says: nothing, unless a test sets "shares"."""
    says: dict[str, Any] = {"shares": None}
    monkeypatch.setattr(articulation, "recognised_shares", lambda samples, frames: says["shares"])
    return says


def test_answers_for_three_vocal_tracts_are_averaged() -> None:
    answer = told().repeat(3, 1, 1)
    answer[:, :, ACCENT] = torch.tensor([[1.0], [2.0], [6.0]])
    encoder = ToldEncoder(answer)
    accent = encode_articulation(encoder, SOUND, FRAMES)[:, ACCENT]  # type: ignore[arg-type]
    assert torch.allclose(accent, torch.full((FRAMES,), 3.0))
    assert encoder.features.shape == (len(TRACTS), 4 * FRAMES, 65)
    short, usual, long = encoder.features.numpy()
    np.testing.assert_allclose(usual, speech_features(lifter(log_mel(SOUND, FRAMES), 32)), atol=1e-5)
    assert np.abs(short - usual).max() > 0.05 and np.abs(long - usual).max() > 0.05


def test_the_recogniser_has_its_share_in_the_visemes_while_somebody_talks(recognised: dict[str, Any]) -> None:
    said = np.zeros((FRAMES, len(VISEMES)), np.float32)
    said[:, VISEMES.index("PBM")] = 1
    recognised["shares"] = said
    answer = told("A")
    answer[10:, TALKING] = 0  # music, noise
    shares = encoded(answer)[:, TRACKS:]
    lips, open_vowel = shares[:, VISEMES.index("PBM")], shares[:, VISEMES.index("A")]
    assert torch.allclose(lips[:10], torch.full((10,), RECOGNISED)) and torch.allclose(
        lips + open_vowel, torch.ones(20)
    )
    assert lips[10:].max() == 0


def test_closures_from_the_given_level_on_are_completed() -> None:
    answer = told()
    answer[8:11, CLOSURE] = torch.tensor([0.1, 0.3, 0.1])
    assert encoded(answer)[9, CLOSURE] == pytest.approx(1.0)
    assert encoded(answer, least_closure=0.4)[9, CLOSURE] == pytest.approx(0.3)


def test_shapes_are_drawn_to_those_of_the_visemes_by_the_weight_of_each_channel() -> None:
    answer, weights = told("A"), torch.tensor(VISEME_WEIGHTS)
    answer[:, :SHAPES] = 0.9
    shapes = encoded(answer)[:, :SHAPES]
    expected = torch.tensor(TARGETS["A"]) * weights + 0.9 * (1 - weights)
    assert torch.allclose(shapes, expected.expand(FRAMES, -1), atol=1e-6)


def test_shapes_that_tremble_from_frame_to_frame_are_smoothed() -> None:
    answer = told()
    answer[::2, CHANNELS.index("mouthPucker")] = 0.8
    pucker = encoded(answer)[2:-2, CHANNELS.index("mouthPucker")]
    assert pucker.mean() > 0.2 and pucker.max() - pucker.min() < 1e-6


def test_a_half_closure_is_completed_and_its_neighbours_are_not() -> None:
    closure = np.zeros(30, np.float32)
    closure[8:11] = (0.2, 0.4, 0.15)
    closure[20:23] = (0.05, 0.1, 0.05)
    whole = complete_closures(closure, 0.25)
    assert whole[9] == pytest.approx(1.0)
    assert whole[8] < 0.5 and whole[10] < 0.5
    assert np.array_equal(whole[12:], closure[12:])


@pytest.mark.parametrize("at", [0, 29])
def test_a_closure_at_the_edge_of_a_recording_is_completed(at: int) -> None:
    closure = np.zeros(30, np.float32)
    closure[at] = 0.5
    assert complete_closures(closure, 0.25)[at] == pytest.approx(1.0)


def test_whole_closures_stay_as_they_are() -> None:
    closure = np.clip(np.sin(np.arange(60) / 5), 0, 1).astype(np.float32)
    assert np.allclose(complete_closures(closure, 0.2), closure, atol=0.02)
