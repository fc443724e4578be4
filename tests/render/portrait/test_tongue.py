"""A tongue stuck out shows below the lips, and only then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait.renderer import PortraitRenderer

STILL = np.zeros(3, np.float32)


@pytest.fixture(scope="module")
def face(portrait: Path) -> Portrait:
    return load_portrait(portrait, size=256)


def changed(face: Portrait, amount: float) -> np.ndarray:
    """(256, 256) how much each pixel changes when the tongue comes out of an open mouth."""
    renderer, values = PortraitRenderer(face), face.resting.copy()
    values[ARKIT_INDEX["jawOpen"]] = 0.3
    without = renderer.frame(values, STILL, STILL).astype(float)
    values[ARKIT_INDEX["tongueOut"]] = amount
    return np.abs(renderer.frame(values, STILL, STILL) - without).max(axis=2)


def test_tongue_covers_the_lower_lip_and_nothing_above_the_mouth(face: Portrait) -> None:
    difference = changed(face, 1.0)
    lower_lip, nose = face.landmarks[17, :2].astype(int), face.landmarks[2, :2].astype(int)
    assert difference[lower_lip[1], lower_lip[0]] > 15
    assert difference[: nose[1]].max() == 0


def test_tongue_grows_with_its_coefficient(face: Portrait) -> None:
    areas = [(changed(face, amount) > 12).sum() for amount in (0.3, 0.65, 1.0)]
    assert areas[0] < areas[1] < areas[2]


def test_a_hint_of_tongue_stays_behind_the_teeth(face: Portrait) -> None:
    # The rig itself stirs the lips a little; the tongue would cover ten times as much.
    assert (changed(face, 0.03) > 12).sum() < 0.1 * (changed(face, 1.0) > 12).sum()
