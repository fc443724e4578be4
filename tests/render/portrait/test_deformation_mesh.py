"""The elastic mesh: what is drawn stays in the box that frames are painted in."""

import cv2
import numpy as np

from avatar_app.face.arkit_rig import load_rig
from avatar_app.face.landmark_indices import SKIN_LANDMARKS
from avatar_app.render.portrait.deformation_mesh import build_deformation_mesh
from avatar_app.render.portrait.pose import rotation_matrix

SIZE = 384


def test_a_close_up_that_leans_over_is_not_cut_off():
    neutral = load_rig().neutral - load_rig().neutral[:SKIN_LANDMARKS].mean(0)
    marks = (neutral * 0.5 * SIZE + [SIZE / 2, SIZE / 2, 0]).astype(np.float32)
    person = np.zeros((SIZE, SIZE), np.uint8)
    cv2.ellipse(person, (SIZE // 2, SIZE // 2), (SIZE // 4, SIZE), 0, 0, 360, (255,), -1)
    mesh = build_deformation_mesh(marks, person)
    left, top, right, bottom = mesh.box
    inside = person[tuple(np.clip(mesh.points[:, 1::-1], 0, SIZE - 1).astype(int).T)] > 0
    for degrees in (-14, 14):
        turn = rotation_matrix(np.radians([0, 0, degrees]))
        moved = mesh.move(np.zeros((478, 3), np.float32), turn, np.zeros(3, np.float32))[inside]
        x, y = np.clip(moved[:, :2], 0, SIZE - 1).T
        assert left <= x.min() and x.max() <= right and top <= y.min() and y.max() <= bottom
