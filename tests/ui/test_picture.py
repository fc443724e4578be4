"""The page's picture part without a browser: backgrounds, faces to choose from, and clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from skimage.data import chelsea

from avatar_app.inputs.portrait.clicks import next_point, with_click
from avatar_app.inputs.portrait.manual_points import ANCHORS, parse_points
from avatar_app.request import InputError
from avatar_app.ui import faces, picture
from avatar_app.ui.forms import as_hex, background_of, to_request
from tests.drawings import ghost
from tests.ui.fakes import FORM


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawing") / "ghost.png"
    PIL.Image.fromarray(ghost()[0]).save(path)
    return path


@pytest.fixture(scope="module")
def pair(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two heads, the smaller one on the left."""
    photo = PIL.Image.open(portrait)
    both = PIL.Image.new("RGB", (812, 512), (128, 128, 128))
    both.paste(photo.resize((300, 300)), (0, 0))
    both.paste(photo, (300, 0))
    path = tmp_path_factory.mktemp("pair") / "pair.png"
    both.save(path)
    return path


def form(**more: Any) -> Any:
    return to_request({**FORM, **more}, Path("out"))


def test_the_form_s_picture_reaches_the_request() -> None:
    request = form(framing="full", background="blur", face=2.0, points=ghost()[1])
    assert (request.framing, request.background, request.face) == ("full", "blur", 2)
    assert request.points == ghost()[1]
    assert form(face=0.0).face is None, "0 is the largest"
    with pytest.raises(InputError, match="framing"):
        form(framing="knees")


def test_backgrounds_of_the_form() -> None:
    assert background_of({}) == "original"
    assert background_of({"background": "colour", "colour": "rgba(32.4, 64, 96, 1)"}) == "#204060"
    assert background_of({"background": "picture", "background_picture": "/x/wall.png"}) == Path("/x/wall.png")
    assert background_of({"background": "#a0b0c0"}) == "#a0b0c0"
    with pytest.raises(InputError, match="picture is needed"):
        background_of({"background": "picture"})


@pytest.mark.parametrize("kind", ["/etc/hostname", "assets/portraits/astronaut.jpg", "meadow"])
def test_no_text_makes_the_server_read_one_of_its_own_files(kind: str) -> None:
    with pytest.raises(InputError, match="no background"):
        form(background=kind)


@pytest.mark.parametrize("colour", ["#204060", "rgb(32, 64, 96)", "rgba(32, 64, 96, 0.5)"])
def test_colour_pickers_are_understood(colour: str) -> None:
    assert as_hex(colour) == "#204060"


def test_clicks_become_points_one_after_another() -> None:
    points = ""
    for k in range(5):
        points = with_click(points, 10 * k + 0.4, 7)
    assert next_point(points) is None
    assert set(parse_points(points).places) == set(ANCHORS) - {"nose"}
    assert parse_points(points).places["chin"] == (40, 7)
    assert with_click(points, 1, 2) == "eye_right 1,2", "a sixth click begins anew"


def test_a_picture_without_a_face_asks_for_clicks_until_the_face_is_placed(drawing: Path) -> None:
    words, _, placing, _ = picture.judge(str(drawing), 0, "", False)
    assert "No face was found" in words and "Click on the eye on the left" in words and placing
    words, *_ = picture.judge(str(drawing), 0, "eye_right 230,250", True)
    assert "Click on the eye on the right" in words and "2 of 5" in words
    words, _, placing, placed = picture.judge(str(drawing), 0, ghost()[1], True)
    assert words.startswith("✓ Face placed") and placing
    outline = np.abs(placed["value"].astype(int) - ghost()[0]).max(2) > 60
    assert outline.sum() > 500 and outline[200:300, 190:270].any()


def test_an_animal_asks_for_clicks(tmp_path: Path) -> None:
    PIL.Image.fromarray(chelsea()).save(tmp_path / "cat.png")
    words, _, placing, _ = picture.judge(str(tmp_path / "cat.png"), 0, "", False)
    assert "hardly looks like a person's face" in words and "Click on the eye on the left" in words and placing


def test_clicks_that_cannot_be_a_face_are_told(drawing: Path) -> None:
    words, *_ = picture.judge(str(drawing), 0, ghost()[1].replace("320,500", "320,100"), True)
    assert words.startswith("⚠") and "chin below the mouth" in words


def test_several_faces_are_offered_from_left_to_right(pair: Path, portrait: Path) -> None:
    words, gallery, placing, _ = picture.judge(str(pair), 0, "", False)
    assert "2 faces were found; number 2 from the left" in words and not placing
    crops = gallery["value"]
    assert len(crops) == 2 and all(crop.shape == (160, 160, 3) for crop in crops)
    assert np.abs(crops[0].astype(int) - crops[1]).mean() < 25, "the same face, cut out twice"
    assert "number 1 from the left is animated" in picture.judge(str(pair), 1, "", False)[0]
    assert picture.judge(str(portrait), 0, "", False)[1]["value"] is None, "one face needs no choice"
    assert len(faces.crops(str(portrait))) == 1


def test_a_portrait_is_judged_as_soon_as_it_is_there(portrait: Path) -> None:
    assert picture.judge(str(portrait), 1.0, "", False)[0].startswith("✓ Face found")
    assert "only one face" in picture.judge(str(portrait), 4.0, "", False)[0]
    assert picture.judge(None, 0, "", False)[0] == ""
