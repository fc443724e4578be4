"""Recordings of synthesizers for networks that learn from an engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from avatar_app.training.corpus import talks
from avatar_app.training.corpus.voices import missing_synthesizers


def test_talks_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file({"0001": np.full(3, 3, np.int16), "0000": np.full(2, -32767, np.int16)}, tmp_path / "talks.safetensors")
    monkeypatch.setattr(talks, "require_synthesizers", lambda: pytest.fail("made again"))
    first, second = talks.read_talks(tmp_path / "talks.safetensors", 9, 0)
    assert np.array_equal(first, [-1, -1]) and len(second) == 3


def test_quiet_recordings_are_as_loud_as_others() -> None:
    wave = np.concatenate([np.zeros(1000), 0.001 * np.sin(np.arange(4000))]).astype(np.float32)
    loud = talks.levelled(wave)
    assert np.sqrt(np.mean(loud[1000:] ** 2)) == pytest.approx(0.1, rel=0.05) and not loud[:1000].any()
    assert not talks.levelled(np.zeros(100, np.float32)).any()


@pytest.mark.skipif(bool(missing_synthesizers()), reason="synthesizers are not installed")
def test_synthesizers_say_what_is_asked_for(tmp_path: Path) -> None:
    made = talks.read_talks(tmp_path / "new" / "talks.safetensors", 2, 3)
    again = talks.read_talks(tmp_path / "new" / "talks.safetensors", 2, 4)
    for one, other in zip(made, again, strict=True):
        assert len(one) > 5 * 16_000 and np.abs(one).max() > 0.1
        assert np.array_equal(one, other)
