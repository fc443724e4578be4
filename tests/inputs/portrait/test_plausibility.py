"""Plausibility of a mesh: high on faces, low as soon as it lies beside one, and each sign counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from avatar_app.face.landmarks import detect_faces
from avatar_app.face.presence import seen_face
from avatar_app.inputs.portrait.plausibility import Signs, plausibility, read_signs
from avatar_app.types import Array, Image
from tests.drawings import DRAWINGS

PORTRAITS = Path(__file__).parents[3] / "assets" / "portraits"
CLEAR = Signs(sureness=0.9, apart=0.04, eyes=0.5, lips=0.8, misfit=0.025, yaw=5.0)


@pytest.fixture(scope="module")
def face() -> tuple[Image, Array]:
    picture = np.asarray(PIL.Image.open(PORTRAITS / "princess.jpg").convert("RGB"))
    return picture, detect_faces(picture)[0]


def judged(picture: Image, marks: Array) -> float:
    return plausibility(read_signs(picture, marks, seen_face(picture, marks)))


def test_a_mesh_on_a_face_is_plausible_and_one_beside_it_is_not(face: tuple[Image, Array]) -> None:
    picture, marks = face
    assert judged(picture, marks) > 0.95
    aside = marks + np.array([0.3 * np.ptp(marks[:, 0]), 0, 0], np.float32)
    assert judged(picture, aside) < 0.5


@pytest.mark.parametrize("name", ["anime", "cartoon", "robot"])
def test_drawn_faces_are_plausible_where_the_mesh_lies_on_them(name: str) -> None:
    picture, _ = DRAWINGS[name]()
    assert judged(picture, detect_faces(picture)[0]) > 0.8


@pytest.mark.parametrize(
    "worse",
    [{"sureness": 0.5}, {"apart": 0.15}, {"eyes": 0.05}, {"lips": 0.1}, {"misfit": 0.07}, {"yaw": 60.0}],
    ids=lambda worse: next(iter(worse)),
)
def test_each_sign_counts(worse: dict[str, float]) -> None:
    assert plausibility(CLEAR) > 0.99
    assert plausibility(replace(CLEAR, **worse)) < plausibility(CLEAR) - 1e-3


def test_a_mesh_in_which_the_detector_sees_no_face_is_implausible(face: tuple[Image, Array]) -> None:
    picture, marks = face
    blank = np.full_like(picture, 128)
    assert judged(blank, marks) < 0.05
