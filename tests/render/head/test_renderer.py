"""The 3-D head: its parts do what the actions are called, it takes a portrait's shape and skin, and it makes films."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import eye_opening, head_pose, lip_gaps, mouth_width
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER
from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.fit import fit_head, marks_of
from avatar_app.render.head.model import HEAD_WIDTH, PARTS, load_head
from avatar_app.render.head.renderer import CAMERA, HeadRenderer
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.request import Stopped

STILL = np.zeros(3, np.float32)


def coefficients(**amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        for whole in (name, name + "Left", name + "Right"):
            if whole in ARKIT_INDEX:
                values[ARKIT_INDEX[whole]] = amount
    return values


@pytest.fixture(scope="module")
def head():
    return load_head()


@pytest.fixture(scope="module")
def portrait():
    return load_portrait(astronaut(), size=256)


@pytest.fixture(scope="module")
def clay():
    return HeadRenderer.of_clay(160)


@pytest.fixture(scope="module")
def textured(portrait):
    return HeadRenderer.of_portrait(portrait, 256)


def part(head, points, name):
    return points[head.part(name)]


def test_the_asset_is_a_whole_bust_of_a_person(head):
    points = head.face(coefficients())
    assert set(PARTS) == {name for name in PARTS if head.part(name).any()}
    assert 0.13 < np.ptp(marks_of(head, points)[[234, 454], 0]) < 0.18  # metres across the face
    assert np.abs(marks_of(head, points)[[468, 473], 1]).max() < 0.01  # the eyes are at the origin's height
    assert head.uv.min() >= 0 and head.uv.max() <= 1
    assert head.head_weights[head.part("teeth")].min() == 1 and head.head_weights.min() == 0
    outward = (vertex_normals(points, head.triangles) * (points - [0, 0, -0.03]))[head.part("eye")]
    assert (outward.sum(1) > 0).mean() > 0.5


def test_every_action_moves_something_and_nothing_tears(head):
    for name in ARKIT_NAMES:
        moved = np.linalg.norm(head.face(coefficients(**{name: 1.0})) - head.face(coefficients()), axis=1)
        assert 0.0005 < moved.max() < 0.06, name


def test_lips_meet_at_rest_and_the_jaw_opens_them(head):
    def gap(**amounts):
        marks = marks_of(head, head.face(coefficients(**amounts)))
        return float(marks[13, 1] - marks[14, 1])

    assert gap() < 0.003 and gap(jawOpen=0.5) > 0.010 and gap(jawOpen=1) > 0.022
    assert gap(jawOpen=0.5, mouthClose=0.5) < 0.004


def test_lower_teeth_and_tongue_go_with_the_jaw_and_upper_teeth_stay(head):
    still, moved = head.face(coefficients()), head.face(coefficients(jawOpen=1))
    teeth = head.part("teeth")
    fall = (still - moved)[teeth, 1]
    lower = fall > 0.002
    assert 0.4 < lower.mean() < 0.6 and np.abs(fall[~lower]).max() < 0.0005
    assert fall[lower].min() > 0.004 and still[teeth, 1][lower].mean() < still[teeth, 1][~lower].mean() - 0.005
    assert (still - moved)[head.part("tongue"), 1].max() > 0.01
    out = head.face(coefficients(jawOpen=0.5, tongueOut=1)) - head.face(coefficients(jawOpen=0.5))
    assert out[head.part("tongue"), 2].max() > 0.01


def test_lids_close_and_never_sink_into_the_eyes(head):
    for amount in (0.0, 0.25, 0.5, 0.75, 1.0):
        points = head.face(coefficients(eyeBlink=amount))
        for side, centre, radius in zip(("Left", "Right"), head.eye_centres, head.eye_radii, strict=True):
            lids = marks_of(head, points)[[*EYE_UPPER[side][2:-2], *EYE_LOWER[side][2:-2]]]
            assert (np.linalg.norm(lids - centre, axis=1) > radius).all()
    for amount, low, high in ((0.5, 0.3, 0.7), (1.0, -0.25, 0.1)):
        marks, rest = (marks_of(head, head.face(coefficients(eyeBlink=share))) for share in (amount, 0.0))
        for side in ("Left", "Right"):
            upper, lower = EYE_UPPER[side][4], EYE_LOWER[side][4]
            assert low < (marks[upper, 1] - marks[lower, 1]) / (rest[upper, 1] - rest[lower, 1]) < high


def test_eyes_turn_in_their_sockets(head):
    def iris(side, **amounts):
        return marks_of(head, head.face(coefficients(**amounts)))[{"Left": 473, "Right": 468}[side]]

    for side, outward in (("Left", 1), ("Right", -1)):
        rest = iris(side)
        assert (iris(side, **{f"eyeLookOut{side}": 1}) - rest)[0] * outward > 0.005
        assert (iris(side, **{f"eyeLookIn{side}": 1}) - rest)[0] * outward < -0.005
        assert (iris(side, **{f"eyeLookUp{side}": 1}) - rest)[1] > 0.004
        assert (iris(side, **{f"eyeLookDown{side}": 1}) - rest)[1] < -0.004


def test_the_head_turns_on_the_neck_and_the_shoulders_stay(head):
    still = head.pose(coefficients())
    for turn, axis, sign in (((0, 0.4, 0), 0, 1), ((0.3, 0, 0), 1, -1)):
        moved = head.pose(coefficients(), turn) - still
        nose = np.argmax(still[:, 2])
        assert moved[nose, axis] * sign > 0.02
        assert np.abs(moved[still[:, 1] < -0.25]).max() < 0.003
    shifted = head.pose(coefficients(), STILL, (1, 0, 0)) - still
    assert shifted[head.part("teeth")] == pytest.approx(np.tile([HEAD_WIDTH, 0, 0], (head.part("teeth").sum(), 1)))


def test_a_fitted_head_lies_on_the_portraits_landmarks(head, portrait):
    placed = fit_head(head, portrait)
    marks = marks_of(placed.head, placed.points)
    away = np.linalg.norm((marks - portrait.landmarks)[:468, :2], axis=1)
    width = np.ptp(portrait.landmarks[:468, 0])
    assert np.median(away) < 0.012 * width and np.percentile(away, 95) < 0.04 * width
    back = placed.to_head(placed.points)
    assert np.allclose(back, placed.head.face(portrait.resting.astype(np.float32)), atol=1e-5)


def test_a_fitted_head_looks_like_the_portrait(textured, portrait):
    """The face is found where it should be, and its skin has the portrait's colour."""
    from avatar_app.face.landmarks import detect_faces

    frame = textured.frame(portrait.resting, STILL, STILL)
    (marks,) = detect_faces(frame)[:1]
    pitch, yaw, roll = head_pose(marks)
    assert abs(yaw) < 8 and abs(roll) < 5 and abs(pitch) < 15
    for cheek in (50, 280):
        there, here = (
            np.median(
                pixels[int(m[cheek, 1]) - 3 : int(m[cheek, 1]) + 4, int(m[cheek, 0]) - 3 : int(m[cheek, 0]) + 4], (0, 1)
            )
            for pixels, m in ((portrait.pixels, portrait.landmarks), (frame, marks))
        )
        assert np.abs(there - here).max() < 40


def test_a_detector_sees_what_the_head_was_told_to_do(textured):
    from avatar_app.face.landmarks import detect_faces

    def seen(values, turn=STILL):
        return detect_faces(textured.frame(values, turn, STILL))[0]

    turns = np.linspace(-0.4, 0.4, 5)
    found = [head_pose(seen(coefficients(), (0, turn, 0)))[1] for turn in turns]
    assert np.corrcoef(turns, found)[0, 1] > 0.98 and found[-1] - found[0] > 25  # degrees
    nods = [head_pose(seen(coefficients(), (turn, 0, 0)))[0] for turn in (-0.2, 0, 0.2)]
    assert nods[0] < nods[1] < nods[2]
    opened = [lip_gaps(seen(coefficients(jawOpen=amount)))[4] for amount in (0, 0.25, 0.5, 0.75, 1)]
    assert np.corrcoef(opened, np.arange(5))[0, 1] > 0.95
    lids = [eye_opening(seen(coefficients(eyeBlink=amount)), "Left") for amount in (0, 0.5, 1)]
    assert lids[0] > lids[1] > lids[2]
    assert mouth_width(seen(coefficients(mouthSmile=1))) > 1.1 * mouth_width(seen(coefficients(mouthPucker=1)))


def test_the_texture_has_no_holes(textured):
    frame = textured.frame(coefficients(), (0, 0.5, 0), STILL)
    texture = textured.look.texture
    assert texture.shape == (1024, 1024, 3) and texture.dtype == np.uint8
    skin = textured.look.head.part("skin")[textured.look.head.triangles].all(1)
    at = np.clip((textured.look.head.uv[textured.look.head.uv_triangles[skin]].mean(1) * 1024).astype(int), 0, 1023)
    assert (texture[at[:, 1], at[:, 0]].max(1) > 2).mean() > 0.98  # black where nothing was laid
    assert frame.std() > 20


def test_mouth_eyes_and_yaw_show_in_the_picture(clay):
    neutral = clay.frame(coefficients(), STILL, STILL).astype(int)
    size = clay.size

    def changed(values, turn=STILL):
        return np.abs(clay.frame(values, turn, STILL).astype(int) - neutral).max(-1) > 12

    jaw, blink = changed(coefficients(jawOpen=0.7)), changed(coefficients(eyeBlink=1))
    rows = np.arange(size)
    eyes = (CAMERA.position[1] + (size / 2 - rows) / size * CAMERA.height) > -0.02
    assert jaw[~eyes].sum() > 150 and jaw[eyes].sum() < 20
    assert blink[eyes].sum() > 30 and blink[~eyes].sum() < 20
    assert changed(coefficients(), (0, 0.5, 0)).sum() > 1000


def test_the_same_pose_gives_the_same_frame_and_films_their_frames_in_order(clay):
    clip = MotionClip.still(5)
    values = clip.values()
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.8, 5)
    clip = MotionClip.from_values(values)
    frames = list(clay.frames(clip))
    assert len(frames) == 5 and frames[0].shape == (160, 160, 3) and frames[0].dtype == np.uint8
    for k, frame in enumerate(frames):
        assert (frame == clay.frame(clip.expression[k], STILL, STILL)).all()
    with pytest.raises(Stopped):
        list(clay.frames(clip, lambda: True))


def test_backgrounds_are_as_wished():
    clear = HeadRenderer.of_clay(96, Background("clear"))
    frame = clear.frame(coefficients(), STILL, STILL)
    assert frame.shape == (96, 96, 4) and frame[2, 2, 3] == 0 and frame[48, 48, 3] == 255
    red = np.array([[[255, 0, 0]]], np.uint8)
    solid = HeadRenderer.of_clay(96, Background("picture", red)).frame(coefficients(), STILL, STILL)
    assert (solid[2, 2] == (255, 0, 0)).all() and (solid[48, 48] != (255, 0, 0)).any()
