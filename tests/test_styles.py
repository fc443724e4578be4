"""Speaking styles from the command line and in Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from make_styles import named_speakers
from typer.testing import CliRunner, Result

from avatar_app import ffmpeg
from avatar_app.cli.app import app
from avatar_app.engines.diffposetalk.styles import load_style
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.styles import extract, keep, named_styles, open_style, wish
from avatar_app.training.corpus.sessions import labelled
from avatar_app.training.synthetic_speakers import perform


def performance(name: str, frames: int = 120) -> MotionClip:
    """The named style's speaker over ba, bi, sa, so."""
    names = ["PBM", "A", "PBM", "I", "SZ", "A", "SZ", "O"]
    phones = tuple(Phone(0.1 * i, 0.1 * i + 0.1, names[i % 8]) for i in range(60))
    sound = np.sin(np.arange(96_000)).astype(np.float32)
    session = labelled(np.zeros((1, 600, 64), np.float16), phones, sound, 150)
    return MotionClip.from_values(perform(session, named_speakers()[name], 5, frames, np.random.default_rng(0)))


@pytest.fixture(scope="module")
def motion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("motion") / "somebody.motion.npz"
    save_motion(performance("smiling"), path)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["style", *arguments])


def test_a_style_is_extracted_kept_and_mixed_from_the_command_line(motion: Path, tmp_path: Path) -> None:
    mine, mixed = tmp_path / "mine.npz", tmp_path / "mixed.npz"
    done = run("extract", str(motion), "-o", str(mine))
    assert (done.exit_code, done.stdout.strip()) == (0, str(mine)), done.stderr
    assert np.allclose(load_style(mine).vector, extract(motion).vector, atol=1e-5)
    assert load_style(mine).name == "somebody"
    assert run("mix", str(mine), "calm", "-o", str(mixed), "--weight", "0.25").exit_code == 0
    assert load_style(mixed).name == "mine + calm"
    again = run("mix", str(mine), "calm", "-o", str(mixed))
    assert again.exit_code == 2 and "--force" in again.stderr and again.stderr.count("\n") == 1
    assert run("list").stdout.split() == list(named_styles())


def test_a_film_gives_nearly_the_style_of_the_motion_it_shows(portrait: Path, tmp_path: Path) -> None:
    clip = performance("smiling")
    renderer = PortraitRenderer(load_portrait(portrait, size=320))
    film = tmp_path / "film.mp4"
    write_video(renderer.frames(clip), (320, 320), film, None, frames_total=len(clip), metadata={"title": "test"})
    seen, own = extract(film).vector, extract(_saved(clip, tmp_path)).vector
    other = extract(_saved(performance("serious"), tmp_path)).vector
    assert seen @ own > seen @ other


def test_the_film_of_a_still_photo_has_no_style(portrait: Path, tmp_path: Path) -> None:
    film = tmp_path / "photo.mp4"
    picture = ["-loop", "1", "-framerate", "10", "-i", str(portrait), "-t", "5", "-vf", "scale=320:320"]
    subprocess.run(ffmpeg.command(*picture, "-pix_fmt", "yuv420p", str(film)), check=True)
    done = run("extract", str(film), "-o", str(tmp_path / "x.npz"))
    assert done.exit_code == 2 and "Nobody talks in 'photo.mp4'" in done.stderr
    assert not (tmp_path / "x.npz").exists()


def _saved(clip: MotionClip, folder: Path) -> Path:
    save_motion(clip, folder / "clip.npz")
    return folder / "clip.npz"


def test_what_the_page_asks_for_becomes_a_name_or_one_file(motion: Path, tmp_path: Path) -> None:
    assert wish(None, None, 0.5, tmp_path) is None and wish(None, "", 0.5, tmp_path) is None
    assert wish(None, "calm", 0.5, tmp_path) == "calm" and not list(tmp_path.iterdir())
    alone, mixed = (tmp_path / name for name in ("alone", "mixed"))
    alone = wish(motion, None, 0.5, alone)
    mixed = {share: wish(motion, "calm", share, mixed / str(share)) for share in (0.2, 0.8)}
    assert alone == tmp_path / "alone" / "somebody.npz" and mixed[0.2].name == "somebody + calm.npz"
    assert np.array_equal(load_style(alone).vector, extract(motion).vector)
    near = [open_style("calm").vector @ load_style(mixed[share]).vector for share in (0.2, 0.8)]
    assert near[0] < near[1]
    with pytest.raises(InputError, match=r"no style 'nobody'; choose one of: .*calm"):
        wish(motion, "nobody", 0.5, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_clip_that_is_read_again_replaces_its_style(motion: Path, tmp_path: Path) -> None:
    first = wish(motion, None, 0.5, tmp_path)
    assert wish(motion, None, 0.5, tmp_path) == first and list(tmp_path.iterdir()) == [first]


def test_bad_wishes_are_told_in_a_sentence(motion: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no clip"):
        extract(tmp_path / "none.mp4")
    with pytest.raises(InputError, match=r"end in \.npz"):
        keep(open_style("calm"), tmp_path / "calm.txt")
    with pytest.raises(InputError, match="no style"):
        open_style("nobody")
    short = _saved(MotionClip.still(30), tmp_path)
    with pytest.raises(InputError, match="at least 4 s"):
        extract(short)
    told = run("extract", str(tmp_path / "none.mp4"), "-o", str(tmp_path / "x.npz"))
    assert told.exit_code == 2 and told.stderr.startswith("avatar_app: There is no clip")
