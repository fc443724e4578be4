"""`avatar_app render`: motion files on portraits and on the 3-D head; mistakes are one line."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.video.writer import probe


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    values = MotionClip.still(5).values()
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.6, 5)
    save_motion(MotionClip.from_values(values), tmp_path / "m.npz")
    return tmp_path / "m.npz"


def test_clay_needs_no_portrait(motion: Path, tmp_path: Path, voice: Path) -> None:
    film = tmp_path / "clay.mp4"
    done = run("render", "--motion", motion, "--head", "clay", "--size", 128, "--audio", voice, "--output", film)
    assert done.exit_code == 0, done.stderr
    facts = probe(film)
    assert (facts["width"], facts["height"], facts["audio_codec"]) == (128, 128, "aac")
    assert facts["frames"] == 75, "the pose is held until the voice ends"
    assert facts["audio_seconds"] == pytest.approx(3.0, abs=0.05)


def test_beside_shows_portrait_and_head(motion: Path, tmp_path: Path, portrait: Path) -> None:
    film = tmp_path / "both.mp4"
    wish = ["--head", "beside", "--portrait", portrait, "--size", 128, "--output", film]
    done = run("render", "--motion", motion, *wish)
    assert done.exit_code == 0, done.stderr
    facts = probe(film)
    assert (facts["width"], facts["height"], facts["frames"]) == (256, 128, 5)


def test_an_exported_head_can_have_a_portraits_skin(motion: Path, tmp_path: Path, portrait: Path) -> None:
    done = run("export", "--motion", motion, "--portrait", portrait, "--output", tmp_path / "her.glb")
    assert done.exit_code == 0, done.stderr
    plain = run("export", "--motion", motion, "--output", tmp_path / "clay.glb")
    assert plain.exit_code == 0 and (tmp_path / "her.glb").read_bytes() != (tmp_path / "clay.glb").read_bytes()
    wrong = run("export", "--motion", motion, "--portrait", portrait, "--output", tmp_path / "her.csv")
    assert wrong.exit_code == 2 and "Only a .glb" in wrong.stderr


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--head", "marble"], "choose one of: clay, textured, beside"),
        (["--head", "textured"], "A portrait is needed"),
        ([], "A portrait is needed"),
        (["--head", "clay", "--background", "transparent"], "must end in .webm"),
    ],
)
def test_mistakes_are_one_line(motion: Path, tmp_path: Path, wish: list[str], words: str) -> None:
    done = run("render", "--motion", motion, "--output", tmp_path / "m.mp4", *wish)
    assert done.exit_code == 2 and words in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "m.mp4").exists()
