"""A closed loop: motion that is known is drawn on a portrait, filmed, and read back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from avatar_app import ffmpeg
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_tracking import track_video
from avatar_app.motion.landmark_motion import bounded_fit
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import FPS, InputError, Stopped

# Every movement has a second of its own: which channels, how far.
DRIVEN: dict[str, tuple[tuple[str, ...], float]] = {
    "jaw": (("jawOpen",), 0.6),
    "smile": (("mouthSmileLeft", "mouthSmileRight"), 0.9),
    "blink": (("eyeBlinkLeft", "eyeBlinkRight"), 1.0),
    "brows up": (("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), 1.0),
    "brows down": (("browDownLeft", "browDownRight"), 1.0),
    "pitch": (("head_rotation_x",), 0.2),
    "yaw": (("head_rotation_y",), 0.25),
    "roll": (("head_rotation_z",), 0.2),
}


def known_motion() -> MotionClip:
    """Each of DRIVEN for 0.8 s in turn, with 0.2 s of rest between."""
    values = np.zeros((len(DRIVEN) * FPS, 58), np.float32)
    bump = np.zeros(FPS, np.float32)
    bump[2:22] = np.sin(np.linspace(0, np.pi, 20))
    names = [*ARKIT_INDEX, "head_rotation_x", "head_rotation_y", "head_rotation_z"]
    for k, (channels, most) in enumerate(DRIVEN.values()):
        for name in channels:
            values[k * FPS : (k + 1) * FPS, names.index(name)] = most * bump
    return MotionClip.from_values(values)


def film(clip: MotionClip, portrait: Path, path: Path, filters: str = "") -> Path:
    renderer = PortraitRenderer(load_portrait(portrait, size=400))
    write_video(renderer.frames(clip), (400, 400), path, None, frames_total=len(clip), metadata={"title": "test"})
    if filters:
        changed = path.with_name("changed.mp4")
        subprocess.run(ffmpeg.command("-i", str(path), "-vf", filters, str(changed)), check=True)
        return changed
    return path


@pytest.fixture(scope="module")
def tracked(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> MotionClip:
    folder = tmp_path_factory.mktemp("film")
    return track_video(film(known_motion(), portrait, folder / "film.mp4"))


@pytest.mark.parametrize("movement", DRIVEN)
def test_what_was_driven_is_read_back(tracked: MotionClip, movement: str) -> None:
    truth = known_motion()
    assert len(tracked) == len(truth)
    least = 0.7 if movement == "brows down" else 0.85  # the landmark detector sees lowered brows least
    for name in DRIVEN[movement][0]:
        assert np.corrcoef(truth.channel(name), tracked.channel(name))[0, 1] > least, name


@pytest.fixture(scope="module")
def two_movements(portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[MotionClip, Path]:
    """Two seconds, and their film."""
    movements = list(DRIVEN)
    seconds = [known_motion().values()[k * FPS : (k + 1) * FPS] for k in map(movements.index, ("jaw", "yaw"))]
    clip = MotionClip.from_values(np.concatenate(seconds))
    return clip, film(clip, portrait, tmp_path_factory.mktemp("two") / "film.mp4")


SHAPES = {
    "another rate, and wide": "fps=30,pad=800:400:50:0",
    "on its side": "transpose=1",
    "squeezed to half its width": "scale=200:400,setsar=2",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_film_of_another_rate_shape_and_way_up_gives_the_same_motion(
    two_movements: tuple[MotionClip, Path], shape: str, tmp_path: Path
) -> None:
    clip, path = two_movements
    changed = tmp_path / "changed.mp4"
    subprocess.run(ffmpeg.command("-i", str(path), "-vf", SHAPES[shape], str(changed)), check=True)
    got = track_video(changed)
    assert abs(len(got) - len(clip)) <= 1
    frames = min(len(got), len(clip))
    for name in ("jawOpen", "head_rotation_y"):
        mine, theirs = clip.channel(name)[:frames], got.channel(name)[:frames]
        assert np.corrcoef(mine, theirs)[0, 1] > 0.85, name
        assert np.ptp(theirs) == pytest.approx(np.ptp(mine), rel=0.45), name


def test_films_that_cannot_be_tracked_are_told(portrait: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no video 'none\.mp4'"):
        track_video(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(InputError, match="not a video"):
        track_video(tmp_path / "text.mp4")
    short = film(MotionClip.still(10), portrait, tmp_path / "short.mp4")
    with pytest.raises(InputError, match=r"lasts 0\.4 s"):
        track_video(short)
    grey = tmp_path / "grey.mp4"
    subprocess.run(ffmpeg.command("-f", "lavfi", "-i", "color=gray:s=320x320:d=2:r=25", str(grey)), check=True)
    with pytest.raises(InputError, match="No face"):
        track_video(grey)


def test_two_talkers_are_told(portrait: Path, tmp_path: Path) -> None:
    two = film(
        MotionClip.still(30), portrait, tmp_path / "one.mp4", "split[a][b];[a]pad=800:400[c];[c][b]overlay=400:0"
    )
    with pytest.raises(InputError, match="several faces"):
        track_video(two)


def test_tracking_stops_when_asked_and_tells_how_far_it_is(portrait: Path, tmp_path: Path) -> None:
    path = film(MotionClip.still(40), portrait, tmp_path / "still.mp4")
    steps: list[float] = []
    with pytest.raises(Stopped):
        track_video(path, steps.append, lambda: len(steps) >= 5)
    assert len(steps) == 5 and 0 < steps[0] < steps[-1] < 1


def test_the_bounded_fit_is_least_squares_within_its_bounds() -> None:
    rng = np.random.default_rng(0)
    design = rng.standard_normal((3, 40))
    truth = np.array([[0.4, -0.7, 0.2], [2.0, 0.1, 0.9]])
    goal = truth @ design @ design.T
    found = bounded_fit(design @ design.T, goal, np.array([0.0, -1.0, 0.0]))
    assert np.allclose(found[0], truth[0], atol=1e-4)
    assert found[1, 0] == 1.0  # its bound
    rest = np.linalg.lstsq(design[1:].T, (truth[1] @ design) - design[0], rcond=None)[0]
    assert np.allclose(found[1, 1:], np.clip(rest, [-1, 0], [0, 1]), atol=1e-3)
