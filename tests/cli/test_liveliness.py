"""`avatar_app evaluate liveliness`: films read by the real tracker, and takes of them by the real engine.

The films are drawn here, of motions that are known: they prove what the tracker reads, nothing about people.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from avatar_app import ffmpeg
from avatar_app.cli import liveliness as command
from avatar_app.cli.app import app
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.film_liveliness import film_curves, film_liveliness, freed, held, rigid_points
from avatar_app.motion.liveliness import Liveliness, low_pass, pauses
from avatar_app.motion.liveliness_curves import Curves, curves_of_motion
from avatar_app.motion.liveliness_table import WORDS
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import FPS, InputError
from avatar_app.speech.recording import load_speech

pytestmark = pytest.mark.usefixtures("heard_once")
SIZE = 256


def known_motion() -> np.ndarray:
    """Three seconds: the head turns and leans, the jaw opens four times, the eyes blink once."""
    t = np.arange(3 * FPS) / FPS
    values = np.zeros((len(t), len(CHANNEL_NAMES)), np.float32)
    blink = np.exp(-0.5 * ((t - 1.4) / 0.06) ** 2)
    for name, curve in {
        "jawOpen": 0.2 * (1 - np.cos(2 * np.pi * 4 / 3 * t)),
        "eyeBlinkLeft": blink,
        "eyeBlinkRight": blink,
        "head_rotation_y": np.deg2rad(6) * np.sin(2 * np.pi * 0.6 * t),
        "head_rotation_z": np.deg2rad(4) * np.sin(2 * np.pi * 0.9 * t),
    }.items():
        values[:, CHANNEL_NAMES.index(name)] = curve
    return values


@pytest.fixture(scope="module")
def film(portrait: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "somebody.mp4"
    clip = MotionClip.from_values(known_motion())
    frames = PortraitRenderer(load_portrait(portrait, size=SIZE)).frames(clip)
    write_video(frames, (SIZE, SIZE), path, load_speech(voice), frames_total=len(clip), metadata={"title": "test"})
    return path


@pytest.fixture(scope="module")
def curves(film: Path) -> Curves:
    return film_curves(film)


@pytest.mark.parametrize(("axis", "low", "high"), [(1, 0.5, 1.2), (2, 0.8, 1.2)])
def test_turns_of_the_head_are_read_off_a_film_with_their_size(
    curves: Curves, axis: int, low: float, high: float
) -> None:
    true, read = np.rad2deg(known_motion()[:, 52 + axis]), low_pass(curves.angles[:, axis])
    assert np.corrcoef(true, read)[0, 1] > 0.95
    assert low < np.polyfit(true, read, 1)[0] < high


def test_lips_and_lids_are_read_off_a_film(curves: Curves) -> None:
    true = curves_of_motion(known_motion())
    assert np.corrcoef(true.gap, curves.gap)[0, 1] > 0.9
    assert np.corrcoef(true.lids, curves.lids)[0, 1] > 0.9
    figures = film_liveliness(curves)
    assert figures.blinks == pytest.approx(20)  # one in three seconds
    assert figures.gaze_shifts == figures.nods == figures.raises == 0
    assert figures.pitch < 1.0
    assert figures.brow < 0.01


def test_pauses_are_heard_in_the_film(curves: Curves) -> None:
    assert curves.talking is not None
    found = pauses(curves.talking)
    assert any(abs(start - 1.3 * FPS) < 5 and abs(end - 1.8 * FPS) < 8 for start, end in found)


def test_the_command_measures_a_film_and_takes_of_it(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SIZE", 192)
    done = CliRunner().invoke(app, ["evaluate", "liveliness", str(film.parent), "--seeds", "1"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert (figures["films"], figures["takes"], figures["left_out"]) == (1, 1, {})
    assert set(figures["measures"]) == set(WORDS)
    assert set(figures["closeness"]) == set(command.HEADLINES)
    assert figures["measures"]["blinks"]["real"]["p50"] == pytest.approx(20)
    assert "head speed" in done.stderr


def test_what_cannot_be_measured_is_told_in_one_sentence(film: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There are no films in"):
        command.evaluate(tmp_path / "nowhere")
    with pytest.raises(InputError, match="There are no films in"):
        command.evaluate(tmp_path)
    mute = tmp_path / "mute.mp4"
    subprocess.run(ffmpeg.command("-i", str(film), "-an", "-c", "copy", str(mute)), check=True)
    with pytest.raises(InputError, match=r"No film in .* can be used: 'mute\.mp4' .*sound"):
        command.evaluate(tmp_path)
    mute.unlink()
    grey = ["-f", "lavfi", "-i", "color=gray:s=320x320:d=2:r=25", "-f", "lavfi", "-i", "sine=d=2", "-shortest"]
    subprocess.run(ffmpeg.command(*grey, str(tmp_path / "grey.mp4")), check=True)
    with pytest.raises(InputError, match=r"No film in .* can be used: No face"):
        command.evaluate(tmp_path)
    for more in ([], [str(film.parent), "--weights", str(tmp_path)]):
        refused = CliRunner().invoke(app, ["evaluate", "liveliness", *more])
        assert isinstance(refused.exception, InputError) or refused.exit_code == 2


def test_a_film_that_cannot_be_used_is_named_beside_those_that_can(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(film, tmp_path / "good.mp4")
    (tmp_path / "bad.mp4").write_text("no film")
    still = command.film_liveliness(curves_of_motion(known_motion()))
    talker = command.Talker(still, (still, still))
    real = command._talker
    monkeypatch.setattr(command, "_talker", lambda path, *rest: talker if path.stem == "good" else real(path, *rest))
    figures = command.evaluate(tmp_path)
    assert list(figures["left_out"]) == ["bad.mp4"]
    assert figures["takes"] == 2
    assert all(row["closeness"] in (1, None) for row in figures["measures"].values())
    assert figures["ratio"]["head"] == 1


def test_closeness_is_that_of_the_medians() -> None:
    def talker(real: float, ours: float) -> command.Talker:
        still = film_liveliness(curves_of_motion(known_motion()))
        figures = {name: 1.0 for name in Liveliness.__dataclass_fields__}
        film, take = (type(still)(**figures | {"head": head}) for head in (real, ours))
        return command.Talker(film, (take,))

    figures = command.report([talker(2, 1), talker(4, 3), talker(8, 30)])
    assert figures["closeness"]["head"] == pytest.approx(0.75)
    assert figures["ratio"]["head"] == pytest.approx(0.75)
    assert figures["closeness"]["head translation"] == 1


def test_what_a_cause_explains_is_taken_out_and_the_rest_stays() -> None:
    rng = np.random.default_rng(0)
    cause, own = rng.standard_normal((2, 400))
    left = freed(3 + own + 5 * cause, cause[:, None])
    assert np.corrcoef(left, cause)[0, 1] == pytest.approx(0, abs=1e-6)
    assert left.mean() == pytest.approx(3, abs=0.5)
    assert np.corrcoef(left, own)[0, 1] > 0.95


def test_gaze_is_bridged_while_the_lids_are_down() -> None:
    curve = np.arange(10.0)[:, None].repeat(2, axis=1)
    jumped = curve.copy()
    jumped[4:6] = 99
    known = np.ones(10, bool)
    known[4:6] = False
    assert np.allclose(held(jumped, known), curve)
    assert held(jumped, ~np.ones(10, bool)) is jumped


def test_many_points_hold_the_head() -> None:
    assert len(rigid_points()) > 100
    assert not set(rigid_points()) & {61, 291, 13, 14, 105, 334, 159, 386, 152}  # lips, brows, lids, chin
