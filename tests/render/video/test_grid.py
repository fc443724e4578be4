"""Grid: several takes in one file, each in its place with its label."""

from pathlib import Path

import numpy as np
import pytest

from avatar_app.render.video.grid import plan, side_by_side
from avatar_app.render.video.writer import probe, provenance, snapshot, write_video
from avatar_app.request import InputError, Stopped
from avatar_app.speech.recording import load_speech

VOICE = Path(__file__).parents[3] / "assets" / "voices" / "reader_woman.mp3"
COLOURS = [(220, 40, 40), (40, 180, 60), (50, 70, 210), (210, 190, 40), (160, 60, 190)]


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Five takes of 20 frames, each of one colour, with sound."""
    folder, speech = tmp_path_factory.mktemp("takes"), load_speech(VOICE)
    paths = []
    for k, colour in enumerate(COLOURS):
        frame = np.full((128, 160, 3), colour, np.uint8)
        paths.append(folder / f"{k}.mp4")
        write_video(iter([frame] * 20), (160, 128), paths[-1], speech, frames_total=20, metadata=provenance(k, "hi"))
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
