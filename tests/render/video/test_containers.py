"""Transparent videos: alpha and colours survive, and takes on alpha are laid side by side on the grid's ground."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from avatar_app import ffmpeg
from avatar_app.render.video.grid import plan, side_by_side
from avatar_app.render.video.writer import probe, snapshot, write_video
from avatar_app.speech.recording import load_speech

VOICE = Path(__file__).parents[3] / "assets" / "voices" / "reader_woman.mp3"
FRAMES = 12
RED = [210, 60, 40]


def disc(shift=0, side=96):
    """A red disc with a soft edge on nothing, (side, side, 4); the colours beyond its edge are its own."""
    y, x = np.mgrid[:side, :side]
    alpha = np.clip((26 - np.hypot(x - 40 - shift, y - 48)) * 60 + 128, 0, 255)
    return np.dstack([np.full((side, side, 3), RED), alpha]).astype(np.uint8)


def assert_bt709(path):
    """Matrix, primaries and transfer are all named: players guess those that are not."""
    run = subprocess.run([ffmpeg.binary(), "-hide_banner", *ffmpeg.source(path)], capture_output=True)
    assert re.search(r"yuva?4\d\dp\w*\(tv, bt709[,)]", run.stderr.decode()), run.stderr


def film(path, speech=None):
    write_video((disc(k) for k in range(FRAMES)), (96, 96), path, speech, frames_total=FRAMES, metadata={"title": "t"})
    return path


def decoded(path):
    """Every frame of a video, (FRAMES, 96, 96, 4)."""
    how = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    line = ffmpeg.command(*how, *ffmpeg.source(path), "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1")
    return np.frombuffer(subprocess.run(line, capture_output=True, check=True).stdout, np.uint8).reshape(-1, 96, 96, 4)


@pytest.mark.parametrize(("ending", "codec", "sound"), [(".webm", "vp9", "opus"), (".mov", "prores", "pcm_s16le")])
def test_alpha_and_colours_survive_with_the_sound(ending, codec, sound, tmp_path):
    path = film(tmp_path / f"a{ending}", load_speech(VOICE))
    facts = probe(path)
    assert (facts["codec"], facts["audio_codec"], facts["frames"]) == (codec, sound, FRAMES)
    assert abs(facts["audio_seconds"] - facts["video_seconds"]) <= 0.041
    assert_bt709(path)
    frames = decoded(path)
    assert len(frames) == FRAMES
    for k in (0, 5, 11):
        wanted = disc(k)
        assert np.abs(frames[k, ..., 3].astype(int) - wanted[..., 3]).mean() < 2.5
        assert np.abs(frames[k, 44:52, 36 + k : 44 + k, :3].astype(int) - RED).max() <= 8


def test_players_are_told_the_colours_of_an_mp4(tmp_path):
    frame = np.full((96, 96, 3), RED, np.uint8)
    for name in ("1.mp4", "2.mp4"):
        write_video(iter([frame] * 3), (96, 96), tmp_path / name, None, frames_total=3, metadata={})
    side_by_side([tmp_path / "1.mp4", tmp_path / "2.mp4"], ["1", "2"], tmp_path / "both.mp4")
    assert_bt709(tmp_path / "1.mp4")
    assert_bt709(tmp_path / "both.mp4")


def test_an_mp4_takes_no_alpha(tmp_path):
    with pytest.raises(ValueError, match=r"must be \(96, 96, 3\)"):
        film(tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".webm", ".mov"])
def test_transparent_takes_stand_on_the_grid_s_ground(ending, tmp_path):
    takes = [film(tmp_path / f"{k}{ending}", load_speech(VOICE)) for k in (1, 2)]
    side_by_side(takes, ["1", "2"], tmp_path / "both.mp4")
    facts = probe(tmp_path / "both.mp4")
    layout = plan(2, 96, 96)
    assert (facts["codec"], facts["audio_codec"], facts["width"]) == ("h264", "aac", layout.canvas[0])
    shown = snapshot(tmp_path / "both.mp4", 0.0).astype(int)
    for x, y in layout.corners:
        assert np.abs(shown[y + 4 : y + 12, x + 4 : x + 12] - [0x16, 0x18, 0x1D]).max() <= 6
        assert np.abs(shown[y + 44 : y + 52, x + 36 : x + 44] - RED).max() <= 12
