"""Every channel of the motion reaches its own part of the 3-D head, and every wish its frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import eye_opening
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, IRIS
from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.fit import fit_head, marks_of
from avatar_app.render.head.model import Head, load_head
from avatar_app.render.head.renderer import HeadRenderer, blurred
from avatar_app.render.mesh.lighting import gradient
from avatar_app.types import Array

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
OTHER = {"Left": "Right", "Right": "Left"}
STILL = np.zeros(3, np.float32)
REST = np.zeros(52, np.float32)


def coefficients(**amounts: float) -> Array:
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return load_portrait(PORTRAITS / "astronaut.jpg", size=256)


@pytest.fixture(scope="module", params=["average", "fitted"])
def head(request: pytest.FixtureRequest, portrait: Portrait) -> Head:
    return load_head() if request.param == "average" else fit_head(load_head(), portrait).head


@pytest.fixture(scope="module")
def clay() -> HeadRenderer:
    return HeadRenderer.of_clay(128)


@pytest.fixture(scope="module")
def photo(portrait: Portrait) -> HeadRenderer:
    return HeadRenderer.of_portrait(portrait, 96)


@pytest.fixture(scope="module")
def glasses() -> HeadRenderer:
    return HeadRenderer.of_portrait(load_portrait(PORTRAITS / "woman_with_glasses.jpg", size=256), 128)


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_one_eye_closes_and_the_other_stays_open(head: Head, side: str) -> None:
    open_, shut = (marks_of(head, head.face(values)) for values in (REST, coefficients(**{"eyeBlink" + side: 1.0})))
    assert eye_opening(shut, side) < 0.5 * eye_opening(open_, side)
    lids = [*EYE_UPPER[OTHER[side]][1:-1], *EYE_LOWER[OTHER[side]][1:-1]]
    assert np.abs(shut[lids] - open_[lids]).max() < 1e-4  # metres


def test_a_blink_goes_as_far_as_its_own_eye_is_open(portrait: Portrait) -> None:
    """A picture with one eye half shut: that eye's blink is the shorter one."""
    marks = portrait.landmarks.copy()
    upper, lower = list(EYE_UPPER["Left"][1:-1]), list(EYE_LOWER["Left"][1:-1])
    marks[upper] += 0.5 * (marks[lower] - marks[upper])
    head = fit_head(load_head(), replace(portrait, landmarks=marks)).head
    left, right = (np.abs(head.blendshapes[ARKIT_INDEX["eyeBlink" + side]]).max() for side in ("Left", "Right"))
    assert left < 0.8 * right


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("way", ["In", "Out", "Up", "Down"])
def test_one_eye_looks_and_the_other_does_not(head: Head, side: str, way: str) -> None:
    before, after = (marks_of(head, head.face(v)) for v in (REST, coefficients(**{f"eyeLook{way}{side}": 1.0})))
    moved = np.linalg.norm(after - before, axis=1)
    assert moved[IRIS[side][0]] > 0.003 and moved[IRIS[OTHER[side]][0]] == 0


BOTH_SIDES = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # these move all of the mouth to one side
SIDED = [name for name in ARKIT_NAMES if name.endswith(("Left", "Right")) and name not in BOTH_SIDES]


@pytest.mark.parametrize("name", [name for name in SIDED if not name.startswith("eyeLook")])
def test_actions_of_one_side_move_that_side(name: str) -> None:
    head = load_head()
    power = (head.blendshapes[ARKIT_INDEX[name]] ** 2).sum(1)
    sides = {"Left": power[head.rest[:, 0] > 0.002].sum(), "Right": power[head.rest[:, 0] < -0.002].sum()}
    side = "Left" if name.endswith("Left") else "Right"
    assert sides[side] > 4 * sides[OTHER[side]]


def changed_columns(renderer: HeadRenderer, values: Array) -> Array:
    """(size,) how much each column of the frame differs from that of the head at rest."""
    still, frame = (renderer.frame(v, STILL, STILL).astype(int) for v in (REST, values))
    return np.asarray(np.abs(frame - still).max(2).sum(0), np.float32)


@pytest.mark.parametrize("name", ["eyeBlink", "eyeLookOut", "browOuterUp", "mouthSmile"])
def test_what_one_side_does_shows_on_its_side_of_the_frame(clay: HeadRenderer, name: str) -> None:
    middle = clay.size // 2
    left, right = (changed_columns(clay, coefficients(**{name + side: 1.0})) for side in ("Left", "Right"))
    assert left[middle:].sum() > 3 * left[:middle].sum(), "the subject's left is on the image's right"
    assert right[:middle].sum() > 3 * right[middle:].sum()


def test_frames_of_a_clip_have_its_expression_pose_and_place(clay: HeadRenderer) -> None:
    values = np.zeros((3, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = (0, 0.3, 0.6)
    values[:, 52:55] = np.outer((0, 1, 2), (0.05, 0.1, -0.07))
    values[:, 55:58] = np.outer((0, 1, 2), (0.05, -0.02, 0.05))
    clip = MotionClip.from_values(values)
    last = list(clay.frames(clip))[-1]
    asked: list[Array] = [clip.expression[-1], clip.head_rotation[-1], clip.head_translation[-1]]
    assert (last == clay.frame(*asked)).all()
    for k in range(3):
        without = [*asked[:k], np.zeros_like(asked[k]), *asked[k + 1 :]]
        assert (clay.frame(*without) != last).any(), k


def test_glasses_go_with_the_head(glasses: HeadRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    from avatar_app.render.head import renderer as module

    assert glasses.look.glasses is not None
    seen: list[Array] = []
    monkeypatch.setattr(module, "draw_glasses", lambda frame, worn, points: seen.append(points))
    glasses.frame(REST, STILL, STILL)
    glasses.frame(REST, np.array([0, 0.3, 0], np.float32), STILL)
    glasses.frame(REST, STILL, np.array([0.2, 0, 0], np.float32))
    still, turned, aside = (points[:, 0].mean() for points in seen)
    assert turned - still > 3 and aside - still > 3  # pixels
    assert np.abs(seen[0].mean(0)[:2] - 64).max() < 30, "they are before the face"


def test_a_portraits_head_stands_before_its_own_background_out_of_focus(
    portrait: Portrait, photo: HeadRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_app.render.head import renderer as module

    corner = np.s_[2:12, 2:12]
    frame = photo.frame(REST, STILL, STILL)
    assert np.abs(frame[corner].astype(int) - blurred(portrait, 96)[corner]).max() <= 1
    assert np.abs(frame[corner].astype(int) - gradient(96)[corner]).max() > 10
    monkeypatch.setattr(module, "from_portrait", lambda head, portrait: photo.look)  # takes seconds to make
    green = Background("picture", np.array([[[0, 200, 0]]], np.uint8))
    assert (HeadRenderer.of_portrait(portrait, 96, green).frame(REST, STILL, STILL)[corner] == (0, 200, 0)).all()


def test_a_photo_keeps_its_light_and_clay_is_lit_by_the_lamp(photo: HeadRenderer, clay: HeadRenderer) -> None:
    assert np.mean(photo.light.lamp) < 0.6 * np.mean(clay.light.lamp)
    assert np.mean(photo.light.sky) > 1.5 * np.mean(clay.light.sky)


def test_it_is_dark_in_a_mouth_that_hardly_opens(clay: HeadRenderer) -> None:
    shut, wide = (clay.mesh(coefficients(jawOpen=amount), STILL, STILL) for amount in (0.0, 1.0))
    teeth, skin = (np.flatnonzero(clay.look.head.part(name)) for name in ("teeth", "skin"))
    assert shut.colours[teeth].mean() < 0.8 * wide.colours[teeth].mean()
    assert (shut.colours[skin] == wide.colours[skin]).all()
