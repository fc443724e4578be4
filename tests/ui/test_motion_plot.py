"""Motion as plots and as a table."""

from __future__ import annotations

import re

import numpy as np

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.main_curves import main_curves
from avatar_app.ui.motion_plot import HEIGHT, POINTS, WIDTH, plot_html


def clip(frames: int) -> MotionClip:
    """A blink of one frame, half a smile, and a head that turns by 20 degrees."""
    values = MotionClip.still(frames).values()
    values[frames // 3, [CHANNEL_NAMES.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]] = 1
    values[:, CHANNEL_NAMES.index("mouthSmileLeft")] = 0.5
    values[:, CHANNEL_NAMES.index("head_rotation_y")] = np.deg2rad(np.linspace(0, 20, frames))
    return MotionClip.from_values(values)


def test_curves_are_in_per_cent_and_degrees() -> None:
    told = {one.name: (one.unit, round(float(one.values.max()))) for one in main_curves(clip(75))}
    face = {"Jaw": ("%", 0), "Smile": ("%", 25), "Blink": ("%", 100)}
    assert told == {**face, "Pitch": ("°", 0), "Yaw": ("°", 20), "Roll": ("°", 0)}


def test_a_long_clip_loses_no_blink() -> None:
    blink = main_curves(clip(15_000))[2].thinned(POINTS)
    assert len(blink) == POINTS and blink.max() == 100


def test_plots_and_table_say_the_same() -> None:
    html = plot_html(clip(10_000))
    assert 'aria-label="Face over 400.0 seconds: jaw 0 to 0 %, smile 25 to 25 %, blink 0 to 100 %"' in html
    assert '<th scope="row">Yaw, °</th><td>0.0</td><td>10.0</td><td>20.0</td>' in html
    yaw = re.findall(r'class="curve-yaw" points="([^"]*)"', html)[0].split()
    places = np.array([point.split(",") for point in yaw], float)
    assert places[0].tolist() == [0, HEIGHT / 2] and places[-1].tolist() == [WIDTH, 0]
    assert len(html) < 100_000
