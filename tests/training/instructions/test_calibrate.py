"""Temperature and threshold of the text model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from avatar_app.training.instructions import calibrate as module
from avatar_app.training.instructions.calibrate import Sentence, calibrate, calibration_error, read_sentences


def test_only_the_half_to_develop_with_is_read(tmp_path: Path) -> None:
    phrases, other = tmp_path / "a.csv", tmp_path / "b.txt"
    phrases.write_text("text,expected,allowed,half\nnod,nod|-blink,smile,develop\nwink,wink_left,,end\n")
    other.write_text("one\ntwo\n\nthree\n")
    found = read_sentences([phrases], [other])
    assert [s.text for s in found] == ["nod", "one", "three"]
    assert found[0].fine == {"nod", "-blink", "smile"} and found[1].elsewhere


def test_the_calibration_error_is_the_distance_from_being_right() -> None:
    chances = torch.tensor([[0.95, 0.95], [0.95, 0.95]])
    assert calibration_error(chances, torch.ones(2, 2)) == pytest.approx(0.05)
    assert calibration_error(chances, torch.tensor([[1.0, 0.0], [1.0, 0.0]])) == pytest.approx(0.45)
    assert calibration_error(torch.zeros(1, 2), torch.ones(1, 2)) == 0


class _Model:
    class config:  # noqa: N801 - stands for UnderstandingModel.config
        labels = ("happy", "nod", "nothing")


def test_too_bold_a_model_is_made_modest(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    sentences = [Sentence("x", frozenset({"happy"} if i % 4 else {"nod"})) for i in range(100)]
    sentences += [Sentence("y", frozenset(), elsewhere=True)] * 100
    logits = torch.tensor([[12.0, 0, 0, 0, 0, 0]] * 3).repeat(200, 1, 1)
    logits[:100, 0, 1] = 18.0  # says "happy" with .998, is right in three of four
    monkeypatch.setattr(module, "logits_of", lambda model, sentences, words: logits)
    temperature, threshold = calibrate(_Model(), sentences, {})  # type: ignore[arg-type]
    assert temperature > 2
    assert threshold <= 0.9
