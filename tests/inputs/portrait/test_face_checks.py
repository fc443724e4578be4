"""Faces that are cut off, covered or hardly lit: refused where they cannot be animated, told otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from skimage.data import chelsea

from avatar_app.face.landmark_indices import BROW_ANCHORS, LOWER_LIP_INSIDE, MOUTH_CORNERS, NOSE_TIP
from avatar_app.face.landmarks import detect_faces
from avatar_app.inputs.portrait import face_checks
from avatar_app.inputs.portrait.face_checks import NoFaceError, check_seen
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.request import InputError
from avatar_app.types import Array, Image

PORTRAITS = Path(__file__).parents[3] / "assets" / "portraits"
Spoil = Callable[[Image, Array], Image]


def opened(name: str) -> Image:
    image = PIL.Image.open(PORTRAITS / f"{name}.jpg").convert("RGB")
    image.thumbnail((600, 600))
    return np.asarray(image)


@pytest.fixture(scope="module")
def face() -> tuple[Image, Array]:
    picture = opened("bearded_man")
    return picture, detect_faces(picture)[0][:, :2]


def covered(colour: tuple[int, int, int]) -> Spoil:
    """An oval over mouth and nose tip."""

    def cover(picture: Image, marks: Array) -> Image:
        (x, y), (width, height) = marks[list(MOUTH_CORNERS)].mean(0), np.ptp(marks, axis=0)
        place = (round(float(x)), round(float(y + 0.03 * height)))
        return cv2.ellipse(picture.copy(), place, (int(0.4 * width), int(0.21 * height)), 0, 0, 360, colour, -1)

    return cover


NOTES: dict[str, tuple[Spoil, str]] = {
    "cut above the brows": (lambda p, m: p[int(m[list(BROW_ANCHORS), 1].min()) - 5 :], "The top edge"),
    "cut through a cheek": (lambda p, m: p[:, int(m[:, 0].min() + 0.12 * np.ptp(m[:, 0])) :], "The left edge"),
    "cut through the chin": (lambda p, m: p[: int(m[:, 1].max() - 0.14 * np.ptp(m[:, 1]))], "The bottom edge"),
    "at 8 % brightness": (lambda p, m: (p * 0.08).astype(np.uint8), "very dark"),
    "blown out": (lambda p, m: np.clip(p * 5.0 + 60, 0, 255).astype(np.uint8), "plain white"),
    "a blue mask": (covered((130, 170, 205)), "The mouth is hardly seen"),
    "a hand": (covered((120, 92, 78)), "The mouth is hardly seen"),
}


@pytest.mark.parametrize("kind", NOTES)
def test_what_is_not_seen_well_is_told(kind: str, face: tuple[Image, Array]) -> None:
    spoil, words = NOTES[kind]
    notes = load_portrait(np.ascontiguousarray(spoil(*face)), size=128).notes
    assert any(words in note for note in notes), notes


CUT: dict[str, tuple[Spoil, str]] = {
    "half a face": (lambda p, m: p[:, int(m[NOSE_TIP, 0]) :], "an eye lies outside|No face was found"),
    "cut through the lips": (lambda p, m: p[: int(m[LOWER_LIP_INSIDE, 1]) + 4], "the mouth lies outside"),
}


@pytest.mark.parametrize("kind", CUT)
def test_faces_without_an_eye_or_a_mouth_are_refused(kind: str, face: tuple[Image, Array]) -> None:
    spoil, words = CUT[kind]
    with pytest.raises(InputError, match=words) as error:
        load_portrait(np.ascontiguousarray(spoil(*face)))
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


@pytest.mark.parametrize("name", ["astronaut", "bearded_man", "princess", "woman_with_glasses", "youngster"])
def test_whole_faces_get_no_note(name: str) -> None:
    assert load_portrait(opened(name), size=128).notes == ()


@pytest.mark.parametrize("kind", ["a cat", "a cat, mirrored", "a squeezed face"])
def test_a_mesh_that_lies_on_no_face_is_refused_and_points_asked_for(kind: str) -> None:
    picture = opened("princess") if "face" in kind else chelsea()
    if "squeezed" in kind:  # a mesh of 28 pixels lies somewhere on it
        picture = cv2.resize(picture, (picture.shape[1] // 3, picture.shape[0]), interpolation=cv2.INTER_AREA)
    if "mirrored" in kind:
        picture = np.ascontiguousarray(picture[:, ::-1])
    with pytest.raises(NoFaceError, match=r"hardly looks like a person's face|No face was found") as error:
        load_portrait(picture)
    assert re.fullmatch(r"[^\n]+\.", str(error.value)) and "--points" in str(error.value)


def test_what_is_placed_by_hand_needs_no_plausible_mesh() -> None:
    points = "eye_right 205,95; eye_left 275,110; mouth_right 195,180; mouth_left 235,190; chin 210,215"
    assert load_portrait(chelsea(), points=points, size=128).notes == ()


def test_a_face_between_plausible_and_not_is_told(face: tuple[Image, Array], monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_seen(face[0], detect_faces(face[0])[0]) == []
    monkeypatch.setattr(face_checks, "plausibility", lambda signs: 0.8)
    (note,) = check_seen(face[0], detect_faces(face[0])[0])
    assert "not plainly a person's" in note and "--points" in note and "clicks on the page" in note
