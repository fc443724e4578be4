"""The lamp in the eyes of the 3-D head."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.render.head.catch_light import glints
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.types import Array, Image

SIZE, STILL = 512, np.zeros(3)


@pytest.fixture(scope="module")
def clay() -> HeadRenderer:
    return HeadRenderer.of_clay(SIZE)


def places(renderer: HeadRenderer, expression: Array, rotation: Array) -> Array:
    """(2, 2) pixels of the middles of both glints."""
    mesh = renderer.mesh(expression, rotation, STILL)
    middles = mesh.vertices[[-22, -11]]
    return np.round(renderer.camera.project(middles, (SIZE, SIZE))[:, :2]).astype(int)


def shine(frame: Image, at: Array) -> list[int]:
    """The brightest of 3 x 3 pixels about each place, its darkest channel."""
    return [int(frame[y - 1 : y + 2, x - 1 : x + 2].min(axis=2).max()) for x, y in at]


def test_open_eyes_show_the_lamp_and_closed_lids_hide_it(clay: HeadRenderer) -> None:
    awake, asleep = np.zeros(52, np.float32), np.zeros(52, np.float32)
    asleep[[ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = 1
    at = places(clay, awake, STILL)
    assert min(shine(clay.frame(awake, STILL, STILL), at)) > 200
    assert max(shine(clay.frame(asleep, STILL, STILL), at)) < 190


def test_the_lamp_stays_where_it_is_while_eyes_and_head_turn(clay: HeadRenderer) -> None:
    straight, aside = np.zeros(52, np.float32), np.zeros(52, np.float32)
    aside[[ARKIT_INDEX["eyeLookOutLeft"], ARKIT_INDEX["eyeLookInRight"]]] = 1
    head = clay.look.head
    viewer = np.array(clay.camera.position, np.float32)
    apexes = len(head.parts) - 2 * len(head.ball) + np.array([0, len(head.ball)])
    for expression, rotation in ((aside, STILL), (straight, np.array([0, 0.4, 0]))):
        moved = []
        for one, turn in ((straight, STILL), (expression, rotation)):
            posed = head.pose(one, turn, STILL)
            centres = head.turn(head.eye_centres, turn, STILL)
            middles = glints(head, posed, turn, STILL, viewer, clay.light)[[0, 11]]
            moved.append((posed[apexes] - centres, middles - centres))
        (gaze, glint), (gaze_after, glint_after) = moved
        assert np.abs(gaze_after - gaze)[:, 0].min() > 2 * np.abs(glint_after - glint)[:, 0].max()
