"""Closures labelled by hand: what is read, and what counts as true and false."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avatar_app.engines.instruct_avatar import evaluate_closures
from avatar_app.engines.instruct_avatar.evaluate_closures import (
    closures_on,
    explained_frames,
    false_closures,
    read_closures,
)
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.alignment import Recording

LABELS = Path(__file__).resolve().parents[2] / "data" / "closure_labels.csv"
# n, an open vowel, f, a vowel and a pause
PHONES = (Phone(0, 0.4, "TDNL"), Phone(0.4, 1, "A"), Phone(1, 1.2, "FV"), Phone(1.2, 1.8, "A"), Phone(1.8, 2, "SIL"))


def shut_in(*frames: int) -> np.ndarray:
    shut = np.zeros(50, bool)
    shut[list(frames)] = True
    return shut


def test_closures_are_read_by_file(tmp_path: Path) -> None:
    (tmp_path / "closures.csv").write_text("file,phone,start,end\na.wav,p,0.1,0.2\nb.wav,m,1,1.1\na.wav,b,0.5,0.55\n")
    assert read_closures(tmp_path) == {
        "a.wav": [Phone(0.1, 0.2, "PBM"), Phone(0.5, 0.55, "PBM")],
        "b.wav": [Phone(1.0, 1.1, "PBM")],
    }


def test_a_folder_without_labels_has_no_closures(tmp_path: Path) -> None:
    assert read_closures(tmp_path) == {}


@pytest.mark.parametrize(
    "text", ["file,phone,start,end\na.wav,p,soon,0.2\n", "name,start\na.wav,0.1\n", "file,start,end\na,1\n"]
)
def test_a_table_that_cannot_be_read_is_said_to_be_so_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "closures.csv").write_text(text)
    with pytest.raises(InputError, match=r"Line 2 of closures.csv cannot be read: .*seconds\.$"):
        read_closures(tmp_path)


def test_the_projects_own_labels_are_short_and_in_order() -> None:
    rows = [line.split(",") for line in LABELS.read_text().splitlines()[1:]]
    assert len(rows) > 90 and {row[1] for row in rows} <= {"p", "b", "m", "mp", "mb"}
    assert all(0 <= float(start) < float(end) < float(start) + 0.2 for _, _, start, end in rows)


def test_only_shut_lips_in_talk_far_from_any_reason_are_false() -> None:
    explained, talk = explained_frames([Phone(0.6, 0.7, "PBM")], PHONES, 50)
    assert false_closures(shut_in(16, 27, 47), explained, talk) == 0  # the closure, f, the pause
    assert false_closures(shut_in(5, 6, 38), explained, talk) == 2  # n, a vowel
    assert false_closures(shut_in(11, 12, 13), explained, talk) == 0  # runs into the closure


def test_recall_false_closures_and_shares_are_of_labelled_recordings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.zeros((50, 58), np.float32)
    values[:, CHANNEL_NAMES.index("jawOpen")] = 0.4
    values[[2, 3, 16], CHANNEL_NAMES.index("jawOpen")] = 0
    monkeypatch.setattr(evaluate_closures, "motion_samples", lambda *given: [MotionClip.from_values(values.copy())])
    speech: Any = SimpleNamespace(frames=50)
    recordings = [Recording(name, speech, PHONES) for name in ("a.wav", "b.wav")]
    figures = closures_on(None, recordings, {"a.wav": [Phone(0.6, 0.7, "PBM"), Phone(1.4, 1.5, "PBM")]})  # type: ignore[arg-type]
    assert figures["closures"] == 2 and figures["closure_recall"] == 0.5
    assert figures["false_closures_per_second"] == pytest.approx(1 / 1.8, abs=0.02)
    assert figures["frames_shut_at"]["n"] == pytest.approx(0.2) and np.isnan(figures["frames_shut_at"]["k"])
