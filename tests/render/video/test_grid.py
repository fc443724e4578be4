"""Grid: several takes in one file, each in its place with its label."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest

from avatar_app.render.video.grid import plan, side_by_side
from avatar_app.render.video.writer import probe, provenance, snapshot, write_video
from avatar_app.request import InputError, Stopped
from avatar_app.speech.recording import load_speech

ROOT = Path(__file__).parents[3]
VOICE = ROOT / "assets" / "voices" / "reader_woman.mp3"
COLOURS = [(220, 40, 40), (40, 180, 60), (50, 70, 210), (210, 190, 40), (160, 60, 190)]


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Five takes of 20 frames, each of one colour, with sound."""
    folder, speech = tmp_path_factory.mktemp("takes"), load_speech(VOICE)
    paths = []
    for k, colour in enumerate(COLOURS):
        frame = np.full((128, 160, 3), colour, np.uint8)
        paths.append(folder / f"{k}.mp4")
        write_video(
            iter([frame] * 20),
            (160, 128),
            paths[-1],
            speech,
            frames_total=20,
            metadata=provenance(k, {"instruction": "hi"}),
        )
    return paths


@pytest.mark.parametrize("count", [2, 3, 4, 5, 10])
def test_every_take_is_in_its_place_with_its_own_picture(takes, tmp_path, count):
    videos = [takes[k % 5] for k in range(count)]
    side_by_side(videos, [f"take {k + 1}" for k in range(count)], tmp_path / "grid.mp4")
    layout = plan(count, 160, 128)
    shown = snapshot(tmp_path / "grid.mp4", 0.5).astype(int)
    assert shown.shape[:2] == layout.canvas[::-1]
    for k, (x, y) in enumerate(layout.corners):
        cell = shown[y + 4 : y + layout.height - 4, x + 4 : x + layout.width - 4]
        assert np.abs(cell.mean((0, 1)) - COLOURS[k % 5]).max() < 6
        caption = shown[y + layout.height + 2 : y + layout.height + layout.caption, x : x + layout.width]
        assert caption.max() > 180 and np.median(caption) < 60  # light text on a dark ground


def test_the_grid_plays_in_browsers_with_one_sound(takes, tmp_path):
    side_by_side(takes[:3], ["a", "b", "c"], tmp_path / "grid.mp4")
    facts = probe(tmp_path / "grid.mp4")
    assert facts["codec"] == "h264" and facts["profile"] == "High" and facts["pixel_format"] == "yuv420p"
    assert facts["faststart"] and facts["audio_codec"] == "aac" and facts["frames"] == 20
    assert abs(facts["audio_seconds"] - facts["video_seconds"]) <= 1 / 25
    assert "AI-generated" in facts["metadata"]["comment"]


@pytest.mark.parametrize("count", range(2, 11))
@pytest.mark.parametrize("size", [(128, 128), (512, 512), (1080, 1080), (512, 910), (1080, 608), (302, 400)])
def test_layouts_fit_the_screen_without_overlap(count, size):
    layout = plan(count, *size)
    assert layout.canvas[0] <= 1920 and layout.canvas[0] % 2 == 0 and layout.canvas[1] % 2 == 0
    assert layout.width / layout.height == pytest.approx(size[0] / size[1], rel=0.03)
    covered = np.zeros(layout.canvas[::-1], int)
    for x, y in layout.corners:
        assert x % 2 == 0 and y % 2 == 0 and x >= 0 and y >= 0
        assert y + layout.height + layout.caption <= layout.canvas[1] and x + layout.width <= layout.canvas[0]
        covered[y : y + layout.height + layout.caption, x : x + layout.width] += 1
    assert covered.max() == 1 and len(layout.corners) == count


def test_labels_of_any_length_and_script_stay_in_their_cell(takes, tmp_path):
    labels = ["x" * 500, "Größe · naïve '%{n}': [a];b,c\\"]
    side_by_side(takes[:2], labels, tmp_path / "grid.mp4")
    layout, shown = plan(2, 160, 128), snapshot(tmp_path / "grid.mp4", 0.2)
    (first, y), (second, _) = layout.corners
    between = shown[y + layout.height : y + layout.height + layout.caption, first + layout.width : second]
    assert between.max() < 90


def test_takes_of_other_sizes_and_lengths_are_fitted(takes, tmp_path):
    frame = np.full((200, 100, 3), 200, np.uint8)
    write_video(iter([frame] * 35), (100, 200), tmp_path / "tall.mp4", None, frames_total=35, metadata={})
    side_by_side([takes[0], tmp_path / "tall.mp4"], ["a", "b"], tmp_path / "grid.mp4")
    facts, layout = probe(tmp_path / "grid.mp4"), plan(2, 160, 128)
    assert facts["frames"] == 35 and facts["width"] == layout.canvas[0]
    x, y = layout.corners[0]
    late = snapshot(tmp_path / "grid.mp4", 1.3)[y + 20 : y + 100, x + 20 : x + 100].mean((0, 1))
    assert np.abs(late - COLOURS[0]).max() < 6  # the shorter one's last picture stays
    x, y = layout.corners[1]
    cell = snapshot(tmp_path / "grid.mp4", 0.2)[y : y + layout.height, x : x + layout.width]
    inner = np.flatnonzero((cell.mean(2) > 120).all(0))  # 100 x 200 in 160 x 128: as tall as the cell, half as wide
    assert abs(np.ptp(inner) + 1 - layout.height / 2) <= 4 and abs(inner.mean() - layout.width / 2) <= 3


@pytest.mark.parametrize("folder", ["out:12", "-x", "%03d [a];b,c"])
def test_odd_names_are_just_names(takes, tmp_path, folder, monkeypatch):
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / folder))
    copies = [Path(shutil.copy(take, f"{folder}/{k}:0.mp4")) for k, take in enumerate(takes[:2])]
    side_by_side(copies, ["a", "b"], f"{folder}/grid.mp4")
    assert probe(f"{folder}/grid.mp4")["frames"] == 20
    assert sorted(path.name for path in Path(folder).iterdir()) == ["0:0.mp4", "1:0.mp4", "grid.mp4"]


def test_each_label_stands_below_its_take(takes, tmp_path):
    """A long label is lit further from the middle of its cell than a short one."""
    side_by_side(takes[:3], ["i", "iiiiiiiiii", "i" * 20], tmp_path / "grid.mp4")
    layout, shown = plan(3, 160, 128), snapshot(tmp_path / "grid.mp4", 0.5).max(2)
    widths = []
    for x, y in layout.corners:
        caption = shown[y + layout.height : y + layout.height + layout.caption, x : x + layout.width]
        lit = np.flatnonzero((caption > 120).any(0))
        assert abs((lit[0] + lit[-1]) / 2 - layout.width / 2) < 4
        widths.append(np.ptp(lit))
    assert widths[0] < 10 < widths[1] < widths[2] - 15


def test_the_sound_and_the_tags_are_the_first_take_s(takes, tmp_path):
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    frame = np.full((128, 160, 3), 90, np.uint8)
    for name, speech in (("tone.mp4", load_speech((16_000, tone))), ("mute.mp4", None)):
        write_video(iter([frame] * 20), (160, 128), tmp_path / name, speech, frames_total=20, metadata={"title": name})
    side_by_side([tmp_path / "tone.mp4", takes[0]], ["a", "b"], tmp_path / "grid.mp4")
    heard = load_speech(tmp_path / "grid.mp4")
    assert np.abs(np.fft.rfft(heard.samples)).argmax() / heard.duration == pytest.approx(440, abs=5)
    assert probe(tmp_path / "grid.mp4")["metadata"]["title"] == "tone.mp4"
    side_by_side([tmp_path / "mute.mp4", takes[0]], ["a", "b"], tmp_path / "mute_grid.mp4")
    assert probe(tmp_path / "mute_grid.mp4")["audio_codec"] is None


def test_fine_detail_survives(tmp_path):
    rng = np.random.default_rng(0)
    fine = np.repeat(np.repeat(rng.integers(60, 190, (64, 80, 1)), 2, 0), 2, 1).repeat(3, 2).astype(np.uint8)
    for name in ("1.mp4", "2.mp4"):
        write_video(iter([fine] * 5), (160, 128), tmp_path / name, None, frames_total=5, metadata={})
    side_by_side([tmp_path / "1.mp4", tmp_path / "2.mp4"], ["1", "2"], tmp_path / "grid.mp4")
    x, y = plan(2, 160, 128).corners[0]
    shown = snapshot(tmp_path / "grid.mp4", 0.1)[y : y + 128, x : x + 160]
    assert np.abs(shown.astype(int) - fine).mean() < 6


def test_what_cannot_be_written_is_told(takes, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="Cannot write"):
        side_by_side(takes[:2], ["a", "b"], tmp_path / "file" / "grid.mp4")
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(InputError, match="TMPDIR"):
        side_by_side(takes[:2], ["a", "b"], tmp_path / "grid.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes and groups of processes are POSIX")
def test_a_limit_on_the_size_of_files_is_told_and_ctrl_c_is_ours(takes, tmp_path):
    code = textwrap.dedent(
        """
        import os, resource, signal, sys
        from pathlib import Path
        from avatar_app.render.video.grid import InputError, side_by_side
        takes, folder, asked = [Path(name) for name in sys.argv[2:]], Path(sys.argv[1]), []
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, lambda *_: None)
        def press():
            if not asked:
                asked.append(1)
                os.killpg(0, signal.SIGINT)
            return False
        side_by_side(takes, ["x"] * len(takes), folder / "whole.mp4", should_stop=press)
        half = (folder / "whole.mp4").stat().st_size // 2
        resource.setrlimit(resource.RLIMIT_FSIZE, (half, half))
        try:
            side_by_side(takes, ["x"] * len(takes), folder / "grid.mp4")
        except InputError as error:
            print(error)
        """
    )
    line = [sys.executable, "-c", code, str(tmp_path), *map(str, takes[:2])]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "grid.mp4' (file too large): raise the limit" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["whole.mp4"] and probe(tmp_path / "whole.mp4")["frames"] == 20


def test_stopping_and_failing_leave_nothing_behind(takes, tmp_path):
    with pytest.raises(Stopped):
        side_by_side(takes * 2, ["x"] * 10, tmp_path / "grid.mp4", should_stop=lambda: True)
    with pytest.raises(InputError, match="2 to 10"):
        side_by_side(takes[:1], ["x"], tmp_path / "grid.mp4")
    with pytest.raises(ValueError, match="labels"):
        side_by_side(takes[:2], ["x"], tmp_path / "grid.mp4")
    with pytest.raises(InputError, match="no video"):
        side_by_side([takes[0], tmp_path / "gone.mp4"], ["x", "y"], tmp_path / "grid.mp4")
    assert list(tmp_path.iterdir()) == []
