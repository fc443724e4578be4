"""What lies beyond the face is as deep as a head's: ears go behind the face that turns away, and nothing tears."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit_rig import load_rig
from avatar_app.face.landmark_indices import OVAL, SKIN_LANDMARKS
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.portrait import head_depth
from avatar_app.render.portrait.deformation_mesh import build_deformation_mesh
from avatar_app.render.portrait.head_depth import POOR, fit_proxy, outer_depth
from avatar_app.render.portrait.pose import rotation_matrix

SIZE, WIDTH = 384, 140.0  # pixels: of a picture and of the face in it
EAR = 0.10  # face widths beside the oval


def face(yaw=0.0, roll=0.0, size=SIZE):
    """Landmarks of the average face, turned by degrees, in the middle of a picture."""
    turn = rotation_matrix(np.radians([0.0, yaw, roll]))
    marks = (load_rig().neutral - load_rig().neutral[:SKIN_LANDMARKS].mean(0)) @ turn.T
    return (marks * WIDTH + [size / 2, size / 2, 0]).astype(np.float32)


def around(marks, beside):
    """(36, 2) points `beside` face widths outside the oval, and the oval (36, 3)."""
    oval = marks[list(OVAL)]
    out = oval[:, :2] - oval[:, :2].mean(0)
    return oval[:, :2] + beside * WIDTH * out / np.linalg.norm(out, axis=1, keepdims=True), oval


def depths(marks, points, oval, head=1.0):
    return outer_depth(points.astype(np.float32), oval, marks, np.full(len(points), head, np.float32), SIZE)


def without_fit(monkeypatch):
    monkeypatch.setattr(head_depth, "POOR", 0.0)


@pytest.mark.parametrize("yaw,roll", [(0, 0), (0, 25), (20, 0), (-38, 10)])
def test_depth_goes_on_from_the_oval_and_recedes_to_a_limit(yaw, roll):
    marks = face(yaw, roll)
    at_oval, oval = around(marks, 0.0)
    assert np.abs(depths(marks, at_oval, oval) - oval[:, 2]).max() < 0.04 * WIDTH
    last = depths(marks, at_oval, oval)
    for beside in np.arange(0.02, 0.6, 0.02):
        now = depths(marks, around(marks, beside)[0], oval)
        assert np.abs(now - last).max() < 0.08 * WIDTH  # per 0.02 face widths: no cliff that a turn would tear
        last = now
    assert np.isfinite(last).all() and last.min() > oval[:, 2].min() - WIDTH / 2 and last.max() < oval[:, 2].max()


def test_ears_lie_behind_the_face_and_shoulders_stay_as_they_are(monkeypatch):
    marks = face()
    points, oval = around(marks, 0.25)
    fitted, apart = depths(marks, points, oval), depths(marks, points, oval, head=0.0)
    without_fit(monkeypatch)
    plain = depths(marks, points, oval)
    assert (apart == plain).all() and (fitted <= plain).all()
    assert (plain - fitted)[np.isin(OVAL, (234, 454))].min() > 0.08 * WIDTH


def test_an_ear_goes_behind_a_face_that_turns_away_and_shows_when_it_turns_back(monkeypatch):
    rows = list(OVAL)

    def reach(mesh, degrees):
        """Pixels by which the ear on the image's left lies outside the oval after a turn."""
        marks, still = mesh.points, np.zeros((478, 3), np.float32)
        ear = np.linalg.norm(marks[:, :2] - (marks[234, :2] - [EAR * WIDTH, 0]), axis=1).argmin()
        moved = mesh.move(still, rotation_matrix(np.radians([0, degrees, 0])), np.zeros(3, np.float32))
        return moved[rows, 0].min() - moved[ear, 0]

    person = np.full((SIZE, SIZE), 255, np.uint8)
    fitted = build_deformation_mesh(face(), person)
    without_fit(monkeypatch)
    plain = build_deformation_mesh(face(), person)
    assert (fitted.points[:, :2] == plain.points[:, :2]).all()
    assert reach(fitted, 0) == reach(plain, 0) > 0
    assert reach(fitted, -24) < 0.6 * reach(plain, -24)
    assert reach(fitted, 24) > reach(plain, 24)


def test_a_drawing_that_the_head_does_not_fit_keeps_the_even_depth(monkeypatch):
    marks = face()
    brow = marks[:, 1] < marks[168, 1]
    marks[brow, 0] = SIZE / 2 + 1.9 * (marks[brow, 0] - SIZE / 2)  # a balloon of a forehead
    assert fit_proxy(face())[1] < POOR / 2 and fit_proxy(marks)[1] > POOR
    points, oval = around(marks, 0.2)
    kept = depths(marks, points, oval)
    without_fit(monkeypatch)
    assert (kept == depths(marks, points, oval)).all()


def test_the_fit_follows_a_real_picture_wherever_the_face_is_in_it():
    portrait = load_portrait(astronaut(), size=256)
    head, error = fit_proxy(portrait.landmarks)
    assert error < POOR
    width = np.linalg.norm(portrait.landmarks[454] - portrait.landmarks[234])
    shift = np.array([40, -30, 5], np.float32)
    moved, again = fit_proxy(2 * portrait.landmarks + shift)
    assert again == pytest.approx(error, abs=1e-4)
    assert np.abs(moved - (2 * head + shift)).max() < 0.01 * width
