"""Every channel of the motion reaches its own part of a frame, and only that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.portrait.pose import breathing, limited_turn
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.types import Array, Image

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
STILL = np.zeros(3, np.float32)
OTHER = {"Left": "Right", "Right": "Left"}


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return load_portrait(astronaut(), size=256)


@pytest.fixture(scope="module")
def renderer(portrait: Portrait) -> PortraitRenderer:
    return PortraitRenderer(portrait)


def changed(portrait: Portrait, **amounts: float) -> Array:
    """The resting coefficients with some of them at other values."""
    values = portrait.resting.copy()
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def around(renderer: PortraitRenderer, ring: str) -> tuple[slice, slice]:
    """Rows and columns of the part of a frame that holds an eye with its lids, or the mouth."""
    points = renderer.mesh.points[renderer.mesh.rings[ring], :2]
    reach = (0.1, 0.3) * np.ptp(points[:, 0]).repeat(2)
    low, high = (points.min(0) - reach).astype(int), (points.max(0) + reach).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def difference(a: Image, b: Image, part: tuple[slice, slice]) -> int:
    return int(np.abs(a[part].astype(int) - b[part]).max())


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("action", ["eyeBlink", "eyeSquint", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut"])
def test_one_eye_moves_and_the_other_stays_to_the_pixel(
    renderer: PortraitRenderer, portrait: Portrait, side: str, action: str
) -> None:
    still = renderer.frame(portrait.resting, STILL, STILL)
    frame = renderer.frame(changed(portrait, **{action + side: 0.9}), STILL, STILL)
    assert difference(frame, still, around(renderer, side)) > 20
    assert difference(frame, still, around(renderer, OTHER[side])) == 0


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_the_skin_of_a_lid_is_smoothed_on_the_eye_that_closes(
    renderer: PortraitRenderer, portrait: Portrait, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_app.render.portrait import renderer as module

    values = changed(portrait, **{"eyeBlink" + side: 1.0})
    smooth = renderer.frame(values, STILL, STILL)
    monkeypatch.setattr(module, "draw_lid", lambda *arguments: None)
    streaked = renderer.frame(values, STILL, STILL)
    assert difference(smooth, streaked, around(renderer, side)) > 5


@pytest.mark.parametrize("name", ["eyeLookOutLeft", "eyeLookUpRight", "eyeBlinkLeft", "jawOpen", "tongueOut"])
def test_whatever_a_picture_rests_in_is_drawn_as_the_picture(
    renderer: PortraitRenderer, portrait: Portrait, name: str
) -> None:
    """Coefficients are absolute: only what they add to the resting ones may show."""
    resting = changed(portrait, **{name: 0.6})
    frame = PortraitRenderer(replace(portrait, resting=resting)).frame(resting, STILL, STILL)
    assert (frame == renderer.frame(portrait.resting, STILL, STILL)).all()


def test_rounded_lips_hide_the_teeth_behind_them(
    renderer: PortraitRenderer, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_app.render.portrait import renderer as module

    told: list[float] = []
    monkeypatch.setattr(module, "draw_mouth", lambda *arguments: told.append(arguments[-1]))
    renderer.frame(changed(portrait, jawOpen=0.3), STILL, STILL)
    renderer.frame(changed(portrait, jawOpen=0.3, mouthFunnel=1.0, mouthPucker=0.2), STILL, STILL)
    assert told[0] == 0 and told[1] > 0.7


def test_what_lies_on_the_jaw_goes_down_with_it(portrait: Portrait) -> None:
    """Instead of teeth and tongue a sprite whose upper half is red and whose lower half is green."""
    closed = replace(portrait, resting=np.zeros(52, np.float32))
    renderer = PortraitRenderer(closed)
    lower = np.zeros_like(renderer.mouth.lower)
    lower[: len(lower) // 2], lower[len(lower) // 2 :] = (255, 0, 0, 1), (0, 255, 0, 1)
    upper = np.zeros_like(renderer.mouth.upper)
    renderer.mouth = replace(renderer.mouth, upper=upper, lower=lower, own=None, inner=None)

    def highest_green(jaw: float) -> int:
        frame = renderer.frame(changed(closed, jawOpen=jaw), STILL, STILL).astype(int)
        return int(np.argwhere(frame[..., 1] - frame[..., 0] > 60)[:, 0].min(initial=len(frame)))

    assert highest_green(1.0) - highest_green(0.5) > 3


def test_a_turn_back_to_the_front_is_limited_by_how_the_picture_is_turned(portrait: Portrait) -> None:
    renderer = PortraitRenderer(portrait)
    turn = np.radians([0, -20, 0])
    wanted = limited_turn(turn, (9.0, 27.0))
    assert abs(wanted[1]) < 0.5 * abs(turn[1])
    expected = renderer.frame(portrait.resting, wanted, STILL)
    renderer.turns = np.array([9.0, 27.0], np.float32)
    assert (renderer.frame(portrait.resting, turn, STILL) == expected).all()


def test_glasses_go_with_the_head() -> None:
    worn = load_portrait(PORTRAITS / "woman_with_glasses.jpg", size=256)
    renderer = PortraitRenderer(worn)
    assert renderer.glasses is not None
    turned = [(np.radians([0, 12, 0]), STILL), (STILL, np.array([0.08, 0, 0]))]
    still = rims(renderer, renderer.frame(worn.resting, STILL, STILL), STILL, STILL)
    for turn, step in turned:
        assert rims(renderer, renderer.frame(worn.resting, turn, step), turn, step) - still > 3, (turn, step)


def rims(renderer: PortraitRenderer, frame: Image, turn: Array, step: Array) -> float:
    """Mean column of what glasses change in a frame, whose renderer draws them last."""
    glasses, renderer.glasses = renderer.glasses, None
    bare = renderer.frame(renderer.resting, turn, step)
    renderer.glasses = glasses
    return float(np.argwhere(np.abs(frame.astype(int) - bare).max(2) > 40)[:, 1].mean())


def everything_moves(frames: int) -> MotionClip:
    values = np.zeros((frames, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.5, frames)
    values[:, 52:55] = np.linspace(0, 0.2, frames)[:, None] * (0.5, 1, -0.7)
    values[:, 55:58] = np.linspace(0, 0.1, frames)[:, None] * (1, -0.5, 1)
    return MotionClip.from_values(values)


def test_frames_of_a_clip_have_its_expression_pose_place_and_breath(renderer: PortraitRenderer) -> None:
    clip = everything_moves(14)
    breath = breathing(clip)
    assert breath[-1] > 0.2
    last = list(renderer.frames(clip))[-1]
    asked = clip.expression[-1], clip.head_rotation[-1], clip.head_translation[-1]
    assert (last == renderer.frame(*asked, breath=float(breath[-1]))).all()
    for part, without in enumerate((clip.expression[0], STILL, STILL)):
        changed = [*asked]
        changed[part] = without
        assert (renderer.frame(*changed, breath=float(breath[-1])) != last).any()
    assert (renderer.frame(*asked) != last).any()
