"""Wrinkles: where they come, when they come, and on whom not."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait.wrinkles import build_wrinkles


@pytest.fixture(scope="module")
def renderer():
    return PortraitRenderer(load_portrait(astronaut(), size=384))


def change(**amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        for side in ("Left", "Right") if name.endswith("_") else ("",):
            values[ARKIT_INDEX[name.rstrip("_") + side]] = amount
    return values


def centre(renderer, shade):
    """Mean position, in the picture, of what got darker."""
    dark = np.maximum(-shade, 0)
    y, x = np.mgrid[: shade.shape[0], : shade.shape[1]]
    left, top = renderer.wrinkles.box[:2]
    return (dark * x).sum() / dark.sum() + left, (dark * y).sum() / dark.sum() + top


def test_a_face_at_rest_has_no_folds(renderer):
    assert renderer.wrinkles.shade(np.zeros(52, np.float32)) is None
    assert renderer.wrinkles.shade(change(jawOpen=1.0, eyeBlink_=1.0)) is None


def test_raised_brows_fold_the_forehead_and_a_smile_folds_beside_the_nose(renderer):
    marks = renderer.landmarks
    _, y = centre(renderer, renderer.wrinkles.shade(change(browInnerUp=1.0, browOuterUp_=1.0)))
    assert marks[10, 1] < y < marks[105, 1]
    x, y = centre(renderer, renderer.wrinkles.shade(change(mouthSmileLeft=1.0)))
    assert x > marks[1, 0] and marks[159, 1] < y < marks[17, 1]


def test_folds_deepen_with_the_action(renderer):
    depths = [-renderer.wrinkles.shade(change(browDown_=a)).min() for a in (0.25, 0.5, 1.0)]
    assert depths[0] < depths[1] < depths[2] < 0.4


def test_folds_show_in_the_frame(renderer):
    rest = np.zeros(3)
    raised = change(browInnerUp=1.0, browOuterUp_=1.0)
    wrinkled = renderer.frame(raised, rest, rest)
    shade, own = renderer.wrinkles.shade(raised), renderer.wrinkles
    renderer.wrinkles = build_wrinkles(renderer.landmarks, np.zeros_like(renderer.person))
    smooth = renderer.frame(raised, rest, rest)
    renderer.wrinkles = own
    assert shade.min() < -0.05
    assert (wrinkled.astype(int) - smooth).min() < -5


def test_flat_drawings_stay_flat(renderer):
    flat = np.full_like(renderer.person, 255)
    assert np.abs(build_wrinkles(renderer.landmarks, flat).maps).max() == 0
