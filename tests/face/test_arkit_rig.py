"""The face rig: actions move what they name, fit any face, and can be read back."""

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import align, eye_opening, fit_basis, head_pose, lip_gaps, load_rig, mouth_width
from avatar_app.face.expression_fit import fit_expression
from avatar_app.face.landmark_indices import (
    CHIN_BONE,
    EYE_LOWER,
    EYE_UPPER,
    INNER_LOWER,
    INNER_UPPER,
    LANDMARKS,
    MOUTH_CORNERS,
    NOSE_BRIDGE,
)
from avatar_app.render.portrait.pose import rotation_matrix

BROWS = [70, 63, 105, 66, 107, 300, 293, 334, 296, 336]


@pytest.fixture(scope="module")
def face():
    """The rig's own neutral face, 200 pixels wide."""
    return (load_rig().neutral * 200 + np.array([256, 220, 0])).astype(np.float32)


@pytest.fixture(scope="module")
def basis(face):
    return fit_basis(face)


def moved(face, basis, **amounts):
    out = face.copy()
    for name, amount in amounts.items():
        out += amount * basis[ARKIT_INDEX[name]]
    return out


def test_the_rig_covers_every_action_and_landmark():
    rig = load_rig()
    assert rig.actions.shape == (len(ARKIT_NAMES), LANDMARKS, 3) and rig.neutral.shape == (LANDMARKS, 3)
    assert np.isfinite(rig.actions).all() and rig.triangles.max() == 467


def test_left_and_right_are_mirror_images(face, basis):
    flip = np.array([-1, 1, 1])
    left, right = basis[ARKIT_INDEX["mouthSmileLeft"]], basis[ARKIT_INDEX["mouthSmileRight"]]
    assert left[291] == pytest.approx(right[61] * flip, abs=0.05)
    assert np.linalg.norm(left[291]) > 10 * np.linalg.norm(left[61]), "a left smile leaves the right corner alone"
    assert face[291, 0] > face[61, 0], "the subject's left is on the image's right"


def test_jaw_opens_the_lips_and_mouth_close_shuts_them_again(face, basis):
    closed = lip_gaps(face).mean()
    opened = lip_gaps(moved(face, basis, jawOpen=0.5))
    assert (opened - closed).mean() > 0.15 * mouth_width(face)
    shut = lip_gaps(moved(face, basis, jawOpen=0.5, mouthClose=0.5))
    assert np.abs(shut - lip_gaps(face)).max() < 0.03 * mouth_width(face)


def test_a_smile_lifts_and_a_frown_drops_the_corners(face, basis):
    assert moved(face, basis, mouthSmileLeft=1)[291, 1] < face[291, 1] - 5
    assert moved(face, basis, mouthFrownLeft=1)[291, 1] > face[291, 1] + 3
    narrow = mouth_width(moved(face, basis, mouthPucker=1))
    assert narrow < 0.85 * mouth_width(face)


def test_a_blink_closes_one_eye_and_leaves_the_brows(face, basis):
    winking = moved(face, basis, eyeBlinkLeft=1)
    assert eye_opening(winking, "Left") < 0.05 * eye_opening(face, "Left")
    assert eye_opening(winking, "Right") == pytest.approx(eye_opening(face, "Right"))
    assert np.allclose(winking[BROWS], face[BROWS])


def test_raised_brows_are_carried_whole_and_leave_the_lids(face, basis):
    raised = moved(face, basis, browInnerUp=1, browOuterUpLeft=1, browOuterUpRight=1)
    lids = [i for rows in (EYE_UPPER, EYE_LOWER) for row in rows.values() for i in row]
    assert (raised[BROWS, 1] < face[BROWS, 1] - 2).all()
    assert np.allclose(raised[lids], face[lids])
    thickness = np.linalg.norm(face[105] - face[52]), np.linalg.norm(raised[105] - raised[52])
    assert thickness[1] == pytest.approx(thickness[0], rel=0.02)


def test_half_closed_eyes_still_close_completely(face):
    resting = np.zeros(52, np.float32)
    resting[ARKIT_INDEX["eyeBlinkLeft"]] = 0.5
    drooping = fit_basis(face, resting)
    assert eye_opening(face + 0.5 * drooping[ARKIT_INDEX["eyeBlinkLeft"]], "Left") < 0.05 * eye_opening(face, "Left")


def test_actions_turn_with_the_head_and_grow_with_it(face, basis):
    turn = rotation_matrix([0, 0.5, 0.3])
    turned = (face - face.mean(0)) @ turn.T * 1.7 + face.mean(0)
    assert np.abs(fit_basis(turned.astype(np.float32)) - basis @ turn.T * 1.7).max() < 0.05 * np.abs(basis).max()


@pytest.mark.parametrize(("axis", "index"), [("x", 0), ("y", 1), ("z", 2)])
def test_head_pose_is_read_in_degrees_with_the_clip_s_signs(face, axis, index):
    angle = np.zeros(3)
    angle[index] = np.radians(12)
    before, after = head_pose(face), head_pose(face @ rotation_matrix(angle).T)
    assert after[index] - before[index] == pytest.approx(12, abs=0.5)


def test_expressions_are_read_back_from_landmarks(face, basis):
    wanted = {"jawOpen": 0.5, "mouthSmileLeft": 0.7, "browInnerUp": 0.6, "eyeBlinkRight": 0.8}
    pixels = np.random.default_rng(0).normal(0, 0.3, face.shape).astype(np.float32)
    turn = rotation_matrix([0.1, -0.2, 0.1])
    found = fit_expression((moved(face, basis, **wanted) + pixels) @ turn.T, face)
    for name, amount in wanted.items():
        assert found[ARKIT_INDEX[name]] == pytest.approx(amount, abs=0.15), name
    others = [i for name, i in ARKIT_INDEX.items() if name not in wanted]
    assert np.mean(found[others]) < 0.05


def test_a_gaze_is_read_back_from_the_irises(face):
    looking = face.copy()
    for centre in (468, 473):
        looking[centre : centre + 5, 0] += 5
    found = fit_expression(looking, face)
    assert found[ARKIT_INDEX["eyeLookOutLeft"]] > 0.3 and found[ARKIT_INDEX["eyeLookInRight"]] > 0.3
    assert found[ARKIT_INDEX["eyeLookInLeft"]] == 0


def test_without_a_neutral_face_only_what_shows_is_fitted(face, basis):
    assert fit_expression(face).max() < 0.15
    smiling = moved(face, basis, mouthSmileLeft=0.8, mouthSmileRight=0.8)
    open_mouth = moved(face, basis, jawOpen=0.5)
    assert fit_expression(smiling)[ARKIT_INDEX["mouthSmileLeft"]] > 0.2
    assert 0.25 < fit_expression(open_mouth)[ARKIT_INDEX["jawOpen"]] < 0.75
    assert fit_expression(moved(face, basis, eyeBlinkLeft=0.9))[ARKIT_INDEX["eyeBlinkLeft"]] > 0.5


@pytest.mark.parametrize("name", [n for n in ARKIT_NAMES if n.endswith(("Left", "Right")) and "Look" not in n])
def test_actions_of_one_side_move_that_side(face, basis, name):
    step = basis[ARKIT_INDEX[name]]
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):  # all of the mouth to one side
        assert np.sign(step[CHIN_BONE[0], 0] + step[MOUTH_CORNERS[0], 0]) == (1 if name.endswith("Left") else -1)
        return
    beside = face[:, 0] - face[NOSE_BRIDGE, 0]
    left, right = ((step[side] ** 2).sum() for side in (beside > 4, beside < -4))
    assert (left > 4 * right) if name.endswith("Left") else (right > 4 * left)


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("action", ["eyeBlink", "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown", "cheekSquint"])
def test_lids_of_one_eye_move_and_those_of_the_other_stay(basis, action, side):
    step = basis[ARKIT_INDEX[action + side]]
    own, other = ([*EYE_UPPER[s][1:-1], *EYE_LOWER[s][1:-1]] for s in (side, {"Left": "Right", "Right": "Left"}[side]))
    assert np.abs(step[own]).max() > 1 and not step[other].any()  # pixels


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_what_one_side_shows_at_rest_is_fitted_on_that_side(face, basis, side):
    other = {"Left": "Right", "Right": "Left"}[side]
    smile = fit_expression(moved(face, basis, **{"mouthSmile" + side: 0.9}))
    assert smile[ARKIT_INDEX["mouthSmile" + side]] > smile[ARKIT_INDEX["mouthSmile" + other]] + 0.1
    wink = fit_expression(moved(face, basis, **{"eyeBlink" + side: 0.9}))
    assert wink[ARKIT_INDEX["eyeBlink" + side]] > 0.5 and wink[ARKIT_INDEX["eyeBlink" + other]] == 0


def test_a_similarity_is_recovered():
    points = np.random.default_rng(1).normal(size=(20, 3))
    turn = rotation_matrix([0.3, -0.8, 0.2])
    scale, rotation, shift = align(points, 2.5 * points @ turn.T + [1, 2, 3])
    assert scale == pytest.approx(2.5) and np.allclose(rotation, turn, atol=1e-5)
    assert shift == pytest.approx([1, 2, 3], abs=1e-4)


def test_lip_rows_are_partners(face):
    assert (face[list(INNER_LOWER), 1] >= face[list(INNER_UPPER), 1] - 0.5).all()
    assert np.abs(face[list(INNER_LOWER), 0] - face[list(INNER_UPPER), 0]).max() < 3
