"""Where closed lips part."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_app.face.landmark_indices import LOWER_LIP, UPPER_LIP
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.portrait.lip_seam import snap_to_seam

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"


@pytest.mark.parametrize("name", ["bearded_man", "woman_with_glasses"])
def test_lips_part_on_their_dark_line_from_corner_to_corner(name: str) -> None:
    portrait = load_portrait(PORTRAITS / f"{name}.jpg")
    seam = snap_to_seam(portrait.pixels, portrait.landmarks)
    grey = cv2.cvtColor(portrait.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    top, bottom = (portrait.landmarks[list(rows[1]), :2] for rows in (UPPER_LIP, LOWER_LIP))
    found = seam[list(UPPER_LIP[3]), :2]
    np.testing.assert_array_equal(found, seam[list(LOWER_LIP[3]), :2])
    lines = (top[:, None] + (bottom - top)[:, None] * np.linspace(0, 1, 33)[None, :, None]).astype(np.float32)
    shade = cv2.remap(grey, lines[..., 0], lines[..., 1], cv2.INTER_LINEAR)
    there = cv2.remap(grey, found[:, None, 0], found[:, None, 1], cv2.INTER_LINEAR)[:, 0]
    height = (there - shade.min(1)) / np.maximum(shade.max(1) - shade.min(1), 1)
    assert height[1:-1].max() < 0.45, "nowhere on the bright lower lip"


def test_a_drawn_line_is_found_where_the_detector_is_beside_it() -> None:
    portrait = load_portrait(PORTRAITS / "woman_with_glasses.jpg")
    marks = portrait.landmarks.copy()
    rows = [np.array(rows[k]) for rows in (UPPER_LIP, LOWER_LIP) for k in range(4)]
    upper, lower = marks[rows[1]], marks[rows[5]]
    line = upper + 0.35 * (lower - upper)
    pixels = np.full_like(portrait.pixels, 180)
    cv2.polylines(pixels, [np.round(line[:, :2]).astype(np.int32)], False, (20, 20, 20), 2)
    found = snap_to_seam(pixels, marks)[rows[3], :2]
    height = np.linalg.norm(lower - upper, axis=1)
    assert (np.linalg.norm(found - line[:, :2], axis=1) < 0.2 * height + 1).all()
