"""face-alignment's detector: used when its weights are there, named when they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.face import landmarks
from avatar_app.face import s3fd_boxes as face_boxes
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.request import InputError, Request


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch hub."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


def test_without_weights_nothing_is_found_and_nothing_fails(hub: Path) -> None:
    assert face_boxes.s3fd_boxes(np.zeros((64, 64, 3), np.uint8)) == []


def test_asking_for_it_by_name_names_the_download(hub: Path, portrait: Path) -> None:
    with pytest.raises(InputError, match="download face_alignment"):
        load_portrait(portrait, detector="face_alignment")


def test_weights_that_are_there_are_loaded_and_run(hub: Path) -> None:
    from face_alignment.detection.sfd.net_s3fd import s3fd

    hub.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save(s3fd().state_dict(), hub / "s3fd-619a316812.pth")  # random: only the mechanism can be shown here
    boxes = face_boxes.s3fd_boxes(np.full((96, 96, 3), 120, np.uint8))
    assert all(len(box) == 3 for box in boxes)


def test_its_boxes_lead_to_the_face(portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_portrait(portrait).landmarks
    monkeypatch.setattr(landmarks, "s3fd_boxes", lambda pixels, required=False: [(225.0, 115.0, 220.0)])
    found = load_portrait(portrait, detector="face_alignment").landmarks
    assert np.abs(found[:, :2] - expected[:, :2]).mean() < 6


def test_it_is_tried_when_the_bundled_detectors_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(landmarks, "s3fd_boxes", lambda pixels, required=False: asked.append(pixels.shape) or [])
    assert landmarks.detect_faces(np.full((200, 200, 3), 90, np.uint8)) == []
    assert landmarks.detect_faces(np.full((200, 200, 3), 90, np.uint8), "mediapipe") == []
    assert len(asked) == 1


def test_unknown_detectors_are_refused() -> None:
    with pytest.raises(InputError, match="mediapipe"):
        Request(audio="a.wav", portrait="p.png", detector="haar").check()
