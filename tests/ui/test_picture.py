"""The page's picture part without a browser: backgrounds, faces to choose from, and clicks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from skimage.data import chelsea

from avatar_app.inputs.portrait.clicks import next_point, with_click
from avatar_app.inputs.portrait.manual_points import ANCHORS, parse_points
from avatar_app.request import InputError
from avatar_app.ui import picture
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


def judge(path: Path, points: str = "", placing: bool = False, **more: Any) -> tuple[str, bool, dict[str, Any], str]:
    """(words, placing, what is drawn, HTML of the preview)"""
    asked = {**dict.fromkeys(picture.ASKED), "portrait": str(path), "points": points, **more}
    words, placing, drawn, shown = picture.judge(asked, placing)
    return words, placing, json.loads(drawn or "{}"), shown


def test_a_picture_without_a_face_asks_for_clicks_until_the_face_is_placed(drawing: Path) -> None:
    words, placing, drawn, shown = judge(drawing)
    assert "No face was found" in words and "Click on the eye on the left" in words and placing
    assert drawn == {"placing": True, "marks": []} and "<img" not in shown
    words, _, drawn, _ = judge(drawing, "eye_right 230,250", True)
    assert "Click on the eye on the right" in words and "2 of 5" in words
    assert drawn["marks"] == [["eye_right", "the eye on the left", 230, 250]]
    words, placing, drawn, shown = judge(drawing, ghost()[1], True)
    assert words.startswith("✓ Face placed") and placing and len(drawn["marks"]) == 5 and "<img" in shown
    left, top, right, bottom = drawn["boxes"][0]
    assert left < 230 < right and top < 250 < bottom and len(drawn["rings"]) == 4


def test_an_animal_asks_for_clicks(tmp_path: Path) -> None:
    PIL.Image.fromarray(chelsea()).save(tmp_path / "cat.png")
    words, placing, *_ = judge(tmp_path / "cat.png")
    assert "hardly looks like a person's face" in words and "Click on the eye on the left" in words and placing


def test_clicks_that_cannot_be_a_face_are_told_and_the_marks_stay(drawing: Path) -> None:
    words, _, drawn, _ = judge(drawing, ghost()[1].replace("320,500", "320,100"), True)
    assert words.startswith("⚠") and "chin below the mouth" in words and len(drawn["marks"]) == 5


FIVE = "eye_right 200,200; eye_left 300,200; mouth_right 210,300; mouth_left 290,300; chin 250,360"


def test_five_clicks_on_a_blank_square_are_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(128, 8, (512, 512, 3)).clip(0, 255).astype(np.uint8)
    PIL.Image.fromarray(noise).save(tmp_path / "blank.png")
    words, _, drawn, shown = judge(tmp_path / "blank.png", FIVE, True)
    assert "There is no face where the points lie" in words and len(drawn["marks"]) == 5 and "<img" not in shown


def test_several_faces_are_drawn_from_left_to_right(pair: Path, portrait: Path) -> None:
    words, placing, drawn, small = judge(pair)
    assert "2 faces were found; number 2 from the left" in words and not placing
    assert drawn["size"] == [812, 512] and drawn["chosen"] == 2
    first, second = drawn["boxes"]
    assert first[2] < 300 < second[0]
    words, _, drawn, other = judge(pair, face=1)
    assert "number 1 from the left is animated" in words and drawn["chosen"] == 1 and other != small
    assert len(judge(portrait)[2]["boxes"]) == 1


def test_boxes_lie_on_the_picture_as_browsers_show_it(portrait: Path, tmp_path: Path) -> None:
    photo = PIL.Image.open(portrait)
    (box,) = judge(portrait)[2]["boxes"]
    photo.rotate(90, expand=True).save(tmp_path / "lying.png")
    lying = judge(tmp_path / "lying.png")[2]
    assert lying["size"] == [photo.height, photo.width]
    wanted = [box[1], photo.width - box[2], box[3], photo.width - box[0]]
    assert np.allclose(lying["boxes"][0], wanted, atol=12)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turned clockwise when it is shown
    photo.rotate(90, expand=True).convert("RGB").save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert np.allclose(judge(tmp_path / "turned.jpg")[2]["boxes"][0], box, atol=12)


def test_the_preview_follows_framing_and_background(portrait: Path) -> None:
    kinds = [{}, {"framing": "full"}, {"background": "colour", "colour": "#204060"}, {"background": "transparent"}]
    assert len({judge(portrait, **more)[3] for more in kinds}) == 4
    assert judge(portrait, background="picture")[3] == judge(portrait)[3], "one that is still to come"


def test_a_portrait_is_judged_as_soon_as_it_is_there(portrait: Path, tmp_path: Path) -> None:
    assert judge(portrait, face=1)[0].startswith("✓ Face found")
    assert "only one face" in judge(portrait, face=4)[0]
    (tmp_path / "x.png").write_bytes(b"no picture")
    assert judge(tmp_path / "x.png")[0].startswith("⚠ The file 'x.png' is not a picture")
    assert picture.judge({**dict.fromkeys(picture.ASKED), "points": ""}, False)[0] == ""


@pytest.mark.parametrize(
    ("told", "points"),
    [
        ({"at": [7, 8]}, "eye_right 7,8"),
        ({"points": FIVE}, FIVE),
        ({"at": ["x", 1]}, ""),
        (None, ""),
        ({"points": 3}, ""),
    ],
)
def test_what_the_script_tells_is_taken_for_what_it_may_be(told: Any, points: str) -> None:
    assert picture.touch({"portrait": "p.png", "points": "", "face": 0}, told)["points"] == points
