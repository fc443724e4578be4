"""Reels: shapes, takes one after another or together, a title, words, sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.render.video.reel import SHAPES, TITLE_SECONDS, Reel, cells, write_reel
from avatar_app.render.video.writer import probe, write_video
from avatar_app.request import InputError
from avatar_app.speech.recording import load_speech


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two takes of .8 s, the first of which is heard."""
    folder, rate = tmp_path_factory.mktemp("takes"), 16_000
    sound = load_speech((rate, (0.1 * np.sin(np.arange(0.8 * rate) / 9)).astype(np.float32)))
    for index, speech in ((1, sound), (2, None)):
        frames = (np.full((64, 64, 3), 60 * index + k, np.uint8) for k in range(20))
        write_video(frames, (64, 64), folder / f"{index}.mp4", speech, frames_total=20, metadata={"title": "a title"})
    return [folder / "1.mp4", folder / "2.mp4"]


@pytest.mark.parametrize(
    ("reel", "seconds"),
    [(Reel("9x16", title="Hello", caption="some words"), TITLE_SECONDS + 1.6), (Reel("1x1", together=True), 0.8)],
)
def test_a_reel_has_its_shape_its_length_sound_and_the_metadata(
    takes: list[Path], tmp_path: Path, reel: Reel, seconds: float
) -> None:
    write_reel(takes, reel, tmp_path / "reel.mp4")
    facts = probe(tmp_path / "reel.mp4")
    assert (facts["width"], facts["height"]) == SHAPES[reel.shape]
    assert facts["codec"] == "h264" and facts["audio_codec"] == "aac" and facts["faststart"]
    assert facts["video_seconds"] == pytest.approx(seconds, abs=0.1)
    assert facts["audio_seconds"] == pytest.approx(seconds, abs=0.1)
    assert facts["metadata"]["title"] == "a title"


@pytest.mark.parametrize("size", SHAPES.values())
@pytest.mark.parametrize("count", range(1, 11))
def test_takes_lie_beside_each_other_inside_the_picture(count: int, size: tuple[int, int]) -> None:
    placed = cells(count, size)
    assert len(set(placed)) == count
    assert all(left + width <= size[0] and top + height <= size[1] for left, top, width, height in placed)


def test_what_cannot_be_a_reel_is_refused(takes: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shape"):
        write_reel(takes, Reel("2x1"), tmp_path / "reel.mp4")
    with pytest.raises(InputError, match="1 to 10 takes"):
        write_reel([], Reel(), tmp_path / "reel.mp4")
    assert not list(tmp_path.iterdir())
