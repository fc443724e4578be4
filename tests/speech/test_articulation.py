"""Articulation of a recording: what is made of the speech encoder's answers, with an encoder that answers as told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from avatar_app.speech import articulation
from avatar_app.speech.articulation import RECOGNISED, TRACTS, VISEME_WEIGHTS, encode_articulation
from avatar_app.speech.encoder import ACCENT, ARTICULATION, CLOSURE, SHAPES, TALKING, TRACKS
from avatar_app.speech.features import lifter, log_mel, speech_features
from avatar_app.speech.lip_targets import CHANNELS, TARGETS
from avatar_app.speech.phone_recogniser import Heard
from avatar_app.speech.phones import VISEMES

FRAMES = 20
SOUND = np.random.default_rng(0).normal(0, 0.1, FRAMES * 640).astype(np.float32)


class ToldEncoder(nn.Module):
    """Answers with (3, T, 26) or (T, 26) that it was told, and keeps the features that it was given."""

    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.answer, self.features = answer, torch.zeros(0)
        self.asked = 0

    def articulation(self, features: Tensor) -> Tensor:
        self.features = torch.cat([self.features, features]) if self.asked else features
        answer = self.answer if self.answer.ndim == 2 else self.answer[self.asked : self.asked + len(features)]
        self.asked += len(features)
        return answer.expand(len(features), -1, -1).clone()


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
    """What the phone recogniser says: nothing, unless a test sets "heard"."""
    says: dict[str, Any] = {"heard": None}
    monkeypatch.setattr(articulation, "recognise", lambda samples, frames: says["heard"])
    return says


def heard(viseme: str = "SIL", release: int | None = None) -> Heard:
    """One viseme all the time, and lips that open in one frame."""
    shares, lips = np.zeros((FRAMES, len(VISEMES)), np.float32), np.zeros(2 * FRAMES, np.float32)
    shares[:, VISEMES.index(viseme)] = 1
    if release is not None:
        lips[2 * release] = 1
    return Heard(shares, lips)


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
    recognised["heard"] = heard("PBM")
    answer = told("A")
    answer[10:, TALKING] = 0  # music, noise
    shares = encoded(answer)[:, TRACKS:]
    lips, open_vowel = shares[:, VISEMES.index("PBM")], shares[:, VISEMES.index("A")]
    assert torch.allclose(lips[:10], torch.full((10,), RECOGNISED)) and torch.allclose(
        lips + open_vowel, torch.ones(20)
    )
    assert lips[10:].max() == 0


def test_what_the_recogniser_did_not_hear_leaves_the_visemes_alone(recognised: dict[str, Any]) -> None:
    recognised["heard"] = Heard(np.zeros((FRAMES, len(VISEMES)), np.float32), np.zeros(2 * FRAMES, np.float32))
    assert torch.allclose(encoded(told("A"))[:, TRACKS + VISEMES.index("A")], torch.ones(FRAMES))


def test_the_recogniser_closes_lips_while_somebody_talks(recognised: dict[str, Any]) -> None:
    recognised["heard"] = heard(release=10)
    assert encoded(told())[9, CLOSURE] == pytest.approx(1.0)
    assert encoded(told(talking=0.0))[:, CLOSURE].max() == 0  # music


def test_half_a_closure_that_the_recogniser_does_not_hear_is_not_completed(recognised: dict[str, Any]) -> None:
    recognised["heard"] = heard()
    answer = told()
    answer[9, CLOSURE] = 0.4
    assert encoded(answer)[:, CLOSURE].max() < 0.2


def test_closures_from_the_given_level_on_are_completed() -> None:
    answer = told()
    answer[8:11, CLOSURE] = torch.tensor([0.1, 0.3, 0.1])
    assert encoded(answer)[9, CLOSURE] == pytest.approx(1.0)
    assert encoded(answer, least_closure=0.4)[9, CLOSURE] == pytest.approx(0.3)


def test_shapes_are_drawn_to_those_of_the_visemes_by_the_weight_of_each_channel() -> None:
    answer, weights = told("A"), torch.tensor(VISEME_WEIGHTS)
    answer[:, :SHAPES] = 0.9
    shapes = encoded(answer)[:, :SHAPES]
    expected = torch.tensor(TARGETS["A"][:SHAPES]) * weights + 0.9 * (1 - weights)
    assert torch.allclose(shapes, expected.expand(FRAMES, -1), atol=1e-6)


def test_shapes_that_tremble_from_frame_to_frame_are_smoothed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articulation, "VISEME_WEIGHTS", (0.4,) * SHAPES)
    answer = told()
    answer[::2, CHANNELS.index("mouthPucker")] = 0.8
    pucker = encoded(answer)[2:-2, CHANNELS.index("mouthPucker")]
    assert pucker.mean() > 0.2 and pucker.max() - pucker.min() < 1e-6
