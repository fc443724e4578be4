"""Portrait animation: still where it should be, moving where it is told to, on the true path."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import eye_opening, head_pose, lip_gaps, mouth_width
from avatar_app.face.landmarks import refine
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.layers.person import split_layers
from avatar_app.render.portrait.pose import breathing, limited_turn, rotation_matrix, turn_limits
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import Stopped

STILL = np.zeros(3)


@pytest.fixture(scope="module")
def portrait():
    return load_portrait(astronaut(), size=384)


@pytest.fixture(scope="module")
def renderer(portrait):
    return PortraitRenderer(portrait)


def coefficients(**amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def seen(renderer, portrait, values, rotation=STILL):
    """Landmarks that the detector finds in a rendered frame."""
    return refine(renderer.frame(values, rotation, STILL), portrait.landmarks)


def psnr(a, b):
    return 10 * np.log10(255**2 / max(float(((a.astype(float) - b) ** 2).mean()), 1e-9))


def test_the_resting_expression_returns_the_picture(renderer, portrait):
    frame = renderer.frame(portrait.resting, STILL, STILL)
    assert frame.shape == portrait.pixels.shape and frame.dtype == np.uint8
    assert psnr(frame, portrait.pixels) > 40


def test_the_same_motion_gives_the_same_frame(portrait, renderer):
    values, turn = coefficients(jawOpen=0.4, eyeBlinkLeft=0.5), np.array([0.1, 0.2, -0.1])
    first = renderer.frame(values, turn, STILL)
    renderer.frame(coefficients(mouthSmileLeft=1), STILL, STILL)
    assert (renderer.frame(values, turn, STILL) == first).all()
    assert (PortraitRenderer(portrait).frame(values, turn, STILL) == first).all()


def test_the_lips_follow_the_jaw_and_meet_for_closures(renderer, portrait):
    gaps = []
    for amount in (0.0, 0.2, 0.4, 0.6):
        marks = seen(renderer, portrait, coefficients(jawOpen=amount))
        gaps.append(lip_gaps(marks).mean() / mouth_width(marks))
    assert gaps[0] < 0.05, "a neutral clip closes the mouth of a smiling picture"
    assert (np.diff(gaps) > 0.04).all()
    closed = seen(
        renderer, portrait, coefficients(jawOpen=0.3, mouthClose=0.3, mouthPressLeft=0.4, mouthPressRight=0.4)
    )
    assert lip_gaps(closed).mean() / mouth_width(closed) < 0.06


def test_driven_lips_never_cross(renderer):
    rng = np.random.default_rng(3)
    for _ in range(50):
        values = rng.uniform(0, 1, 52).astype(np.float32) * (rng.uniform(size=52) < 0.3)
        marks = renderer.landmarks + renderer.landmark_motion(values)
        upper, lower = marks[[13, 82, 312]], marks[[14, 87, 317]]
        assert ((lower - upper) @ renderer.down > -0.05).all()


def test_each_eye_closes_alone(renderer, portrait):
    calm = seen(renderer, portrait, coefficients())
    wink = seen(renderer, portrait, coefficients(eyeBlinkLeft=1))
    assert eye_opening(wink, "Left") < 0.6 * eye_opening(calm, "Left")
    assert eye_opening(wink, "Right") > 0.8 * eye_opening(calm, "Right")


def test_the_irises_follow_the_gaze(renderer, portrait):
    left = seen(renderer, portrait, coefficients(eyeLookOutLeft=0.8, eyeLookInRight=0.8))
    right = seen(renderer, portrait, coefficients(eyeLookInLeft=0.8, eyeLookOutRight=0.8))
    assert left[468, 0] - right[468, 0] > 3 and left[473, 0] - right[473, 0] > 3
    assert abs(left[33, 0] - right[33, 0]) < 3.5, "only the irises move"


@pytest.mark.parametrize("action", ["eyeSquint", "mouthSmile", "cheekSquint"])
def test_squints_and_smiles_lift_the_cheeks(renderer, portrait, action):
    resting = portrait.resting.copy()
    resting[[ARKIT_INDEX[action + side] for side in ("Left", "Right")]] = 0
    driven = resting.copy()
    driven[[ARKIT_INDEX[action + side] for side in ("Left", "Right")]] = 1
    lifted = (renderer.landmark_motion(resting) - renderer.landmark_motion(driven))[[205, 425]] @ renderer.down
    assert (lifted > 0.01 * renderer.mesh.face_width).all()


@pytest.mark.parametrize(("index", "sign"), [(0, 1), (1, 1), (2, 1), (0, -1), (1, -1), (2, -1)])
def test_the_head_turns_as_told(renderer, portrait, index, sign):
    angle = np.zeros(3)
    angle[index] = sign * np.radians(12)
    before = head_pose(seen(renderer, portrait, portrait.resting))
    after = head_pose(seen(renderer, portrait, portrait.resting, angle))
    assert 5 < sign * (after[index] - before[index]) < 18


def test_a_turned_head_leaves_frame_and_background_alone(renderer, portrait):
    for turn in ([0, 0.3, 0], [0.25, 0, 0], [0, 0, 0.25]):
        frame = renderer.frame(portrait.resting, np.array(turn), STILL)
        border = np.ones(frame.shape[:2], bool)
        border[1:-1, 1:-1] = False
        assert np.abs(frame[border].astype(int) - portrait.pixels[border]).max() <= 8
        far = (portrait.matte < 5) & border.cumsum(0).astype(bool)
        far[:, 60:-60] = False
        assert psnr(frame[far], portrait.pixels[far]) > 45


def test_a_head_cut_by_the_frame_slides_along_it_and_uncovers_nothing():
    portrait = load_portrait(astronaut()[50:310, 90:350], size=256)
    renderer = PortraitRenderer(portrait)
    mesh, still = renderer.mesh, np.zeros((478, 3), np.float32)
    top = (mesh.points[:, 1] < 0.5) & (mesh.head > 0.8)
    assert top.sum() >= 3
    for turn in ([0, 0, 0.15], [0, 0, -0.15], [0.2, 0, 0], [-0.2, 0, 0]):
        moved = mesh.move(still, rotation_matrix(turn), np.zeros(3, np.float32)) - mesh.points
        assert (moved[top, 1] < 0.01).all(), "nothing leaves the upper edge downward"
        if turn[2]:
            assert (np.sign(turn[2]) * moved[top, 0] < -3).all(), "leaning carries the cut edge sideways"


def test_a_collar_beside_the_chin_stays_with_the_shoulders(renderer, portrait):
    """The astronaut's neck ring reaches higher than her chin; no turn of the head may tear or bend it."""
    person = renderer.person[..., 3] > 127
    chin, side = portrait.landmarks[152, :2].astype(int), int(portrait.landmarks[:468, 0].max())
    width = round(renderer.mesh.face_width)
    ring = np.zeros(person.shape, bool)
    ring[chin[1] : chin[1] + width // 3, side : side + width // 3] = True
    ring &= person
    assert ring.sum() > 200
    for turn in ([0, 0.3, 0], [0.25, 0, 0], [0, 0, 0.3], [0, 0, -0.3]):
        frame = renderer.frame(portrait.resting, np.array(turn), STILL)
        assert psnr(frame[ring], portrait.pixels[ring]) > 23


def test_parts_that_the_matte_missed_do_not_stay_behind(portrait):
    """A bright comb in the hair, cut off by the matte, belongs to the person and not to the background."""
    edge = int(np.nonzero(portrait.matte[80] > 127)[0].max())
    pixels = portrait.pixels.copy()
    pixels[76:85, edge - 2 : edge + 10] = (250, 20, 20)
    person, background = split_layers(pixels, portrait.matte, portrait.landmarks)
    assert (person[78:83, edge : edge + 8, 3] > 200).all()
    assert np.abs(background[80, edge + 5].astype(int) - [250, 20, 20]).max() > 60


def test_coming_nearer_makes_the_face_larger(renderer, portrait):
    near = refine(renderer.frame(portrait.resting, STILL, np.array([0, 0, 0.3])), portrait.landmarks)
    right = refine(renderer.frame(portrait.resting, STILL, np.array([0.1, 0, 0])), portrait.landmarks)
    assert np.ptp(near[:, 0]) > 1.02 * np.ptp(portrait.landmarks[:, 0])
    assert right[1, 0] > portrait.landmarks[1, 0] + 5


def test_every_pixel_is_covered_whatever_the_motion(renderer):
    """A tear would show the colour of the resting picture through the face: no uncovered pixel inside the oval."""
    from avatar_app.render.raster import FAR, rasterize

    rng = np.random.default_rng(0)
    for _ in range(6):
        motion = renderer.landmark_motion(rng.uniform(0, 0.6, 52).astype(np.float32))
        turn = rotation_matrix(rng.uniform(-0.3, 0.3, 3))
        points = renderer.mesh.move(motion, turn, np.zeros(3, np.float32))
        left, top, right, bottom = renderer.mesh.box
        depth = np.full((bottom - top, right - left), FAR, np.float32)
        out = np.zeros((*depth.shape, 2), np.float32)
        rasterize(points - np.array([left, top, 0], np.float32), renderer.mesh.triangles, renderer.texture, depth, out)
        low, high = points[:468, :2].min(0).astype(int), points[:468, :2].max(0).astype(int)
        inside = depth[low[1] - top : high[1] - top, low[0] - left : high[0] - left]
        assert (inside > FAR).all()


def test_frames_of_a_clip_come_one_by_one_and_stop_when_told(renderer, portrait):
    values = np.tile(np.concatenate([portrait.resting, np.zeros(6)]), (5, 1))
    values[2, ARKIT_INDEX["jawOpen"]] = 0.6
    clip = MotionClip.from_values(values)
    frames = list(renderer.frames(clip))
    assert len(frames) == 5
    assert (frames[0] == frames[1]).all() and not (frames[2] == frames[1]).all()
    asked = iter([False, False, True])
    stream = renderer.frames(clip, should_stop=lambda: next(asked))
    next(stream), next(stream)
    with pytest.raises(Stopped):
        next(stream)


def test_a_picture_without_a_matte_still_animates(portrait):
    bare = Portrait(portrait.pixels, portrait.landmarks, portrait.resting)
    renderer = PortraitRenderer(bare)
    assert psnr(renderer.frame(bare.resting, STILL, STILL), bare.pixels) > 40
    turned = renderer.frame(bare.resting, np.array([0, 0.2, 0]), STILL)
    assert abs(head_pose(refine(turned, bare.landmarks))[1] - head_pose(bare.landmarks)[1]) > 5


def test_a_face_at_the_very_edge_of_the_frame_animates():
    portrait = load_portrait(astronaut()[:190, 150:330], size=256)
    renderer = PortraitRenderer(portrait)
    frame = renderer.frame(coefficients(jawOpen=0.8), np.array([0.2, 0.3, 0.2]), np.array([0.2, 0.1, 0.2]))
    assert frame.shape == (256, 256, 3)


def test_rotations_have_the_clip_s_signs():
    nose, eye = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])
    assert (rotation_matrix([0.2, 0, 0]) @ nose)[1] > 0.1, "+x looks down; y points down in pictures"
    assert (rotation_matrix([0, 0.2, 0]) @ nose)[0] > 0.1, "+y turns to the image's right"
    assert (rotation_matrix([0, 0, 0.2]) @ eye)[1] < -0.1, "+z leans counter-clockwise as seen"
    assert np.allclose(rotation_matrix([0, 0, 0]), np.eye(3))


def test_shoulders_breathe_and_the_head_does_not(renderer, portrait):
    still = renderer.frame(portrait.resting, STILL, STILL)
    full = renderer.frame(portrait.resting, STILL, STILL, breath=1.0)
    changed = np.abs(full.astype(int) - still).max(2) > 8
    chin = int(renderer.landmarks[152, 1])
    assert changed[chin:].mean() > 0.01
    assert not changed[:chin].any() and not changed[-1].any()


def test_only_what_lives_breathes():
    clip = MotionClip.still(200)
    assert not breathing(clip).any()
    values = clip.values().copy()
    values[:, 52] = np.linspace(0, 0.1, 200)
    breath = breathing(MotionClip.from_values(values))
    assert breath[0] == 0 and breath.max() > 0.99 and np.abs(np.diff(breath)).max() < 0.05


def test_a_turned_head_leaves_the_background_still(renderer, portrait):
    frame = renderer.frame(portrait.resting, np.radians([0, 15, 0]), STILL)
    empty = renderer.person[..., 3] == 0
    far = empty & ~(np.abs(frame.astype(int) - portrait.pixels).max(2) == 0)
    # What changed outside the person is where the turned head now is, and nothing else.
    head = renderer.landmarks[:, 0]
    columns = np.flatnonzero(far[: int(renderer.landmarks[152, 1])].any(0))
    assert columns.min() > head.min() - 90 and columns.max() < head.max() + 90


def test_a_three_quarter_face_is_not_turned_to_show_what_was_never_photographed():
    def yaw(degrees, own):
        return float(np.degrees(limited_turn(np.radians([0, degrees, 0]), turn_limits(own))[1]))

    assert yaw(14, 0) == pytest.approx(14, abs=1e-3)  # as asked
    assert 20 < yaw(25, 0) < 25
    assert yaw(20, 30) > 18.5  # farther from the camera: everything that shows was seen
    assert 30 + yaw(90, 30) < 53, "until the far eye would slip over the outline"
    assert yaw(-90, 30) == pytest.approx(-yaw(90, -30), abs=1e-3)
    assert -10 < yaw(-20, 30) < -6 and yaw(-2, 30) == pytest.approx(-2, abs=1e-3)
    back = [yaw(-d, 30) for d in range(0, 30, 2)]
    assert (np.diff(back) < 0).all()


def test_threads_may_share_a_renderer(renderer, portrait):
    from concurrent.futures import ThreadPoolExecutor

    turns = [np.radians([0, degrees, 0]) for degrees in (-12, -4, 4, 12)] * 3
    alone = [renderer.frame(portrait.resting, turn, STILL) for turn in turns[:4]]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda turn: renderer.frame(portrait.resting, turn, STILL), turns))
    assert all((frame == alone[k % 4]).all() for k, frame in enumerate(together))


def test_expressions_lift_nothing_off_the_lower_edge(renderer, portrait):
    values = coefficients(jawOpen=0.5, mouthSmileLeft=1, mouthSmileRight=1, browInnerUp=1)
    frame = renderer.frame(values, STILL, STILL)
    assert np.abs(frame[-1].astype(int) - portrait.pixels[-1]).max() <= 4


def test_eyes_that_widen_show_more_of_the_ball_and_one_line_of_lashes(renderer, portrait):
    wide = coefficients(eyeWideLeft=1.0, eyeWideRight=1.0)
    openings = [
        sum(eye_opening(seen(renderer, portrait, wide * amount), side) for side in ("Left", "Right"))
        for amount in (0.0, 0.5, 1.0)
    ]
    assert openings[0] < openings[1] < openings[2] and openings[2] > 1.03 * openings[0]
