"""Several takes in one video, side by side, each with its label below it."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from avatar_app import credentials, ffmpeg
from avatar_app.files import TEMPORARY, scratch_folder, unfinished, write_errors_told
from avatar_app.render.video.containers import NAMED, container_for
from avatar_app.render.video.writer import ENCODE, probe
from avatar_app.request import FPS, MAX_SAMPLES, InputError, Stopped
from avatar_app.types import ShouldStop

log = logging.getLogger(__name__)

MAX_WIDTH = 1920  # pixels
CRF = 20  # the takes' own files are there for the best quality
COLUMNS = {2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3, 10: 5}  # takes -> columns, nearest to a screen's shape
GAP = 8  # pixels between takes
BACKGROUND, INK = "0x16181d", (235, 237, 240)
PATIENCE = 900  # seconds


@dataclass(frozen=True)
class Layout:
    """Where the takes of a grid lie: cell and caption sizes, canvas, and each take's corner; even pixels."""

    width: int
    height: int
    caption: int
    canvas: tuple[int, int]
    corners: tuple[tuple[int, int], ...]


def plan(count: int, width: int, height: int) -> Layout:
    """Layout of `count` takes of width x height pixels: shrunk to fit MAX_WIDTH, a short last row centred."""
    columns = COLUMNS[count]
    rows = -(-count // columns)
    scale = min(1.0, (MAX_WIDTH - GAP * (columns + 1)) / (columns * width))
    w, h = _even(width * scale), _even(height * scale)
    caption = _even(max(24, 0.085 * h))
    canvas = (columns * w + (columns + 1) * GAP, rows * (h + caption) + (rows + 1) * GAP)
    corners = []
    for k in range(count):
        row, column = divmod(k, columns)
        missing = columns - min(columns, count - row * columns)
        x = GAP + column * (w + GAP) + _even(missing * (w + GAP) / 2)
        corners.append((x, GAP + row * (h + caption + GAP)))
    return Layout(w, h, caption, canvas, tuple(corners))


def _even(pixels: float) -> int:
    return int(pixels) // 2 * 2


def side_by_side(
    videos: Sequence[Path],
    labels: Sequence[str],
    path: str | Path,
    *,
    should_stop: ShouldStop | None = None,
) -> None:
    """2 to 10 videos as one H.264/AAC MP4, at most 1920 pixels wide, with the first one's sound and metadata.

    A video of another size or length is fitted into its cell; the last picture stays while longer ones run.
    `path` appears only when complete. Raises InputError for a wrong number, Stopped, RuntimeError.
    """
    path, videos = Path(path), [Path(video) for video in videos]
    if not 2 <= len(videos) <= MAX_SAMPLES:
        raise InputError(f"Side by side takes 2 to {MAX_SAMPLES} videos; got {len(videos)}.")
    if len(labels) != len(videos):
        raise ValueError(f"{len(videos)} videos need as many labels; got {len(labels)}")
    facts = [probe(video) for video in videos]
    layout = plan(len(videos), facts[0]["width"], facts[0]["height"])
    with unfinished(path) as part, scratch_folder() as scratch:
        picture = scratch / "labels.png"
        with write_errors_told(picture, TEMPORARY):
            _draw_labels(layout, labels).save(picture)
        line = _command(videos, facts, layout, picture, part)
        encode(line, path, should_stop or (lambda: False))
        credentials.sign(part, path.suffix)
    log.info("wrote %s: %d takes, %dx%d", path.name, len(videos), *layout.canvas)


def _command(
    videos: Sequence[Path], facts: Sequence[dict[str, Any]], layout: Layout, picture: Path, part: Path
) -> list[str]:
    """ffmpeg's command line from the takes and the picture of their labels to `part`."""
    inputs = [word for video in videos for word in (*decoder(video), *ffmpeg.source(video))]
    longest = max(fact["video_seconds"] for fact in facts)
    sound = ["-map", "0:a", *(["-c:a", "copy"] if facts[0]["audio_codec"] == "aac" else container_for(".mp4").sound)]
    if facts[0]["audio_codec"] is None:
        sound = []
    return ffmpeg.command(
        *[*inputs, "-f", "png_pipe", "-i", ffmpeg.url(picture), "-filter_complex", _graph(layout, facts)],
        *["-map", "[out]", *sound, "-map_metadata", "0", *ENCODE, "-crf", str(CRF), "-r", str(FPS)],
        *["-t", f"{longest:.3f}", "-f", "mp4", ffmpeg.url(part)],
    )


def encode(line: list[str], path: Path, should_stop: ShouldStop) -> None:
    """One ffmpeg run that becomes `path`."""
    with ffmpeg.Run(line) as encoder:
        deadline = time.monotonic() + PATIENCE
        while encoder.process.poll() is None:
            if should_stop():
                raise Stopped
            if time.monotonic() > deadline:
                raise RuntimeError(f"ffmpeg took longer than {PATIENCE} s for {path.name}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                encoder.process.wait(0.1)
        encoder.check(path)


def decoder(video: Path) -> list[str]:
    """ffmpeg's own decoder of VP9 knows nothing of transparency; the library's does."""
    return ["-c:v", "libvpx-vp9"] if video.suffix.lower() == ".webm" else []


def _cell(k: int, layout: Layout, fact: dict[str, Any]) -> str:
    """Filters from input k to its cell; transparent takes get the grid's background."""
    if "yuva" not in fact["pixel_format"] and fact["codec"] not in ("vp9", "prores"):
        return f"[{k}:v:0]{_fit(layout, fact)}[c{k}]"
    ground = f"format=yuva444p,split[a{k}][b{k}];[b{k}]drawbox=c={BACKGROUND}:t=fill:replace=1,format=yuv444p[g{k}]"
    return f"[{k}:v:0]{ground};[g{k}][a{k}]overlay=format=auto,{_fit(layout, fact)}[c{k}]"


def _graph(layout: Layout, facts: Sequence[dict[str, Any]]) -> str:
    """The filter graph: fit every take into its cell, stack the cells, lay the labels over."""
    count, (canvas_w, canvas_h) = len(layout.corners), layout.canvas
    cells = [_cell(k, layout, fact) for k, fact in enumerate(facts)]
    # xstack puts its first cell at 0,0 wherever it is told to: stack without the margin, then pad it on.
    places = "|".join(f"{x - GAP}_{y - GAP}" for x, y in layout.corners)
    stack = "".join(f"[c{k}]" for k in range(count)) + f"xstack=inputs={count}:layout={places}:fill={BACKGROUND}"
    margin = f"pad={canvas_w}:{canvas_h}:{GAP}:{GAP}:{BACKGROUND}"
    labelled = f"[grid][{count}:v]overlay=format=yuv420,format=yuv420p,{NAMED}[out]"
    return ";".join([*cells, f"{stack},{margin}[grid]", labelled])


def _fit(layout: Layout, fact: dict[str, Any]) -> str:
    """Filters that bring a take to its cell's size; almost none for one that has it."""
    w, h = layout.width, layout.height
    if (fact["width"], fact["height"], fact["fps"]) == (w, h, FPS):
        return "format=yuv420p,setsar=1"
    return (
        f"fps={FPS},scale={w}:{h}:force_original_aspect_ratio=decrease:flags=area+accurate_rnd,"
        f"pad={w}:{h}:(ow-iw)/2:(oh-ih)/2:{BACKGROUND},setsar=1,format=yuv420p"
    )


def _draw_labels(layout: Layout, labels: Sequence[str]) -> Image.Image:
    """A transparent picture of the canvas with one line of text below every take, cut to fit."""
    picture = Image.new("RGBA", layout.canvas, (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=0.58 * layout.caption)  # Pillow's own: no font is installed on bare machines
    for (x, y), label in zip(layout.corners, labels, strict=True):
        text = " ".join(label.split())
        while draw.textlength(text, font) > layout.width and len(text) > 1:
            text = text[:-2].rstrip() + "…"
        middle = (x + layout.width / 2, y + layout.height + layout.caption / 2)
        draw.text(middle, text, fill=INK, font=font, anchor="mm")
    return picture
