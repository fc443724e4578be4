"""Every channel of the motion reaches its own part of a frame on a torch device, as it does on the CPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.portrait.pose import breathing, limited_turn
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait_gpu.clip import DeviceClipRenderer
from avatar_app.render.portrait_gpu.renderer import DevicePortrait
from avatar_app.types import Array, Image

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
CPU = torch.device("cpu")
ACTIONS = ("eyeBlink", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut")
CASES = [(action, side) for action in ACTIONS for side in ("Left", "Right")]
OTHER = {"Left": "Right", "Right": "Left"}


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return load_portrait(PORTRAITS / "astronaut.jpg", size=192)


@pytest.fixture(scope="module")
def renderer(portrait: Portrait) -> PortraitRenderer:
    return PortraitRenderer(portrait)


def drawn(renderer: PortraitRenderer, rows: list[Array], turn: Array | None = None) -> Image:
    """(B, H, W, 3) of coefficients (52,) each, without breath; turn: (3,) radians of all heads."""
    still = np.zeros((len(rows), 3), np.float32)
    turns = still if turn is None else np.tile(np.asarray(turn, np.float32), (len(rows), 1))
    return DevicePortrait(renderer, CPU).frames(np.stack(rows), turns, still, still[:, 0])


def changed(portrait: Portrait, **amounts: float) -> Array:
    values = portrait.resting.copy()
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def difference(a: Image, b: Image, renderer: PortraitRenderer, ring: str) -> int:
    """The largest difference in the part of two frames that holds an eye with its lids, or the mouth."""
    points = renderer.mesh.points[renderer.mesh.rings[ring], :2]
    reach = (0.1, 0.3) * np.ptp(points[:, 0]).repeat(2)
    low, high = (points.min(0) - reach).astype(int), (points.max(0) + reach).astype(int)
    part = slice(low[1], high[1]), slice(low[0], high[0])
    return int(np.abs(a[part].astype(int) - b[part]).max())


def test_one_eye_moves_and_the_other_stays(renderer: PortraitRenderer, portrait: Portrait) -> None:
    asked = [changed(portrait, **{action + side: 0.9}) for action, side in CASES]
    still, *frames = drawn(renderer, [portrait.resting, *asked])
    for (action, side), frame in zip(CASES, frames, strict=True):
        assert difference(frame, still, renderer, side) > 20, (action, side)
        assert difference(frame, still, renderer, OTHER[side]) <= 1, (action, side)


@pytest.mark.parametrize("name", ["eyeLookOutLeft", "eyeLookUpRight", "eyeBlinkLeft", "tongueOut"])
def test_whatever_a_picture_rests_in_is_drawn_as_the_picture(
    renderer: PortraitRenderer, portrait: Portrait, name: str
) -> None:
    resting = changed(portrait, **{name: 0.6})
    own = PortraitRenderer(replace(portrait, resting=resting))
    assert np.abs(drawn(own, [resting])[0].astype(int) - drawn(renderer, [portrait.resting])[0]).max() <= 1


def test_wrinkles_are_those_of_the_cpu(renderer: PortraitRenderer, portrait: Portrait) -> None:
    asked = changed(portrait, browInnerUp=1.0, browOuterUpLeft=1.0, mouthSmileLeft=1.0, cheekSquintRight=1.0)
    left, top, right, bottom = renderer.wrinkles.box
    still = np.zeros(3, np.float32)
    expected = renderer.frame(asked, still, still)[top:bottom, left:right].astype(int)
    found = drawn(renderer, [asked])[0][top:bottom, left:right]
    assert np.abs(found - expected).mean() < 0.2, "a fold is 10 grey levels deep"


@pytest.mark.parametrize(
    "amounts", [{"jawOpen": 0.9}, {"jawOpen": 0.4, "mouthFunnel": 1.0}], ids=["jaw", "rounded lips"]
)
def test_the_inside_of_the_mouth_is_that_of_the_cpu(
    renderer: PortraitRenderer, portrait: Portrait, amounts: dict[str, float]
) -> None:
    """Lower teeth that stay, or teeth that rounded lips do not hide, differ by 5 to 12 grey levels on average."""
    ring = renderer.mesh.points[renderer.mesh.rings["mouth"], :2]
    (left, top), (right, bottom) = (ring.min(0) - 6).astype(int), (ring.max(0) + np.array([6, 26])).astype(int)
    asked, still = changed(portrait, **amounts), np.zeros(3, np.float32)
    expected = renderer.frame(asked, still, still)[top:bottom, left:right].astype(int)
    assert np.abs(drawn(renderer, [asked])[0][top:bottom, left:right] - expected).mean() < 1


def test_a_turn_back_to_the_front_is_limited_by_how_the_picture_is_turned(portrait: Portrait) -> None:
    renderer = PortraitRenderer(portrait)
    turn = np.radians([0, -20, 0])
    expected = drawn(renderer, [portrait.resting], limited_turn(turn, (9.0, 27.0)))
    renderer.turns = np.array([9.0, 27.0], np.float32)
    assert (drawn(renderer, [portrait.resting], turn) == expected).all()


def test_frames_of_a_clip_have_its_expression_pose_place_and_breath(renderer: PortraitRenderer) -> None:
    values = np.zeros((14, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.5, 14)
    values[:, 52:55] = np.linspace(0, 0.2, 14)[:, None] * (0.5, 1, -0.7)
    values[:, 55:58] = np.linspace(0, 0.1, 14)[:, None] * (1, -0.5, 1)
    clip = MotionClip.from_values(values)
    breath = breathing(clip)
    clips = DeviceClipRenderer(renderer, CPU, batch=7)
    frames = np.stack(list(clips.frames(clip, breath)))
    asked = [clip.expression[7:], clip.head_rotation[7:], clip.head_translation[7:], breath[7:]]
    device = DevicePortrait(renderer, CPU)
    assert (frames[7:] == device.frames(*asked)).all()
    for k in range(4):
        without = [*asked[:k], np.zeros_like(asked[k]), *asked[k + 1 :]]
        assert (frames[-1] != device.frames(*without)[-1]).any(), k


def test_the_tongue_is_as_high_and_the_lower_teeth_as_bent_as_on_the_cpu(portrait: Portrait) -> None:
    """Marked green and blue, in a mouth without upper teeth and of no depth."""
    closed = replace(portrait, resting=np.zeros(52, np.float32))
    renderer = PortraitRenderer(closed)
    mouth = renderer.mouth
    tongue, lower = np.zeros_like(mouth.tongue), np.zeros_like(mouth.lower)
    tongue[mouth.tongue[..., 3] > 0.5] = (0, 255, 0, 1)
    lower[mouth.lower[..., 3] > 0.5] = (0, 0, 255, 1)
    upper = np.zeros_like(mouth.upper)
    renderer.mouth = replace(mouth, tongue=tongue, lower=lower, upper=upper, own=None, inner=None, depth=0.0)
    asked = [changed(closed, jawOpen=jaw) for jaw in (0.15, 0.28, 0.9)]
    still, compared = np.zeros(3, np.float32), []
    for values, frame in zip(asked, drawn(renderer, asked), strict=True):
        expected = renderer.frame(values, still, still)
        for mark in (1, 2):
            marked = [np.argwhere(f[..., mark].astype(int) - f[..., 0] > 60) for f in (frame, expected)]
            if len(marked[1]) > 20:  # of lower teeth that hardly show, a pixel more would be much
                assert np.abs(marked[0].mean(0) - marked[1].mean(0)).max() < 0.3
                assert abs(len(marked[0]) - len(marked[1])) < 0.1 * len(marked[1])
                compared.append(mark)
    assert compared == [1, 1, 1, 2]
