"""A reel to share: chosen takes one after another or together, with a title card and what is said, in one shape."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from avatar_app import credentials, ffmpeg
from avatar_app.files import TEMPORARY, scratch_folder, unfinished, write_errors_told
from avatar_app.render.video.containers import NAMED, container_for
from avatar_app.render.video.grid import COLUMNS, CRF, decoder, encode
from avatar_app.render.video.writer import ENCODE, probe
from avatar_app.request import FPS, MAX_SAMPLES, InputError

log = logging.getLogger(__name__)

SHAPES = {"16x9": (1280, 720), "1x1": (720, 720), "9x16": (720, 1280)}  # width and height, pixels
TITLE_SECONDS = 1.6
GROUND, INK, SHADE = (15, 23, 42), (241, 245, 249), (15, 23, 42, 190)
MARGIN = 0.05  # of the shorter side
RATE = 48_000  # Hz of the sound


@dataclass(frozen=True)
class Reel:
    """title: words of the card before the takes; "" for no card. caption: words beneath them; "" for none.

    together: all takes at once, with the sound of the first, rather than one after another.
    """

    shape: str = "9x16"
    together: bool = False
    title: str = ""
    caption: str = ""


def write_reel(videos: Sequence[Path], reel: Reel, path: Path) -> None:
    """Writes an H.264/AAC MP4 with the metadata of the first take; `path` appears only when complete.

    Raises InputError for a shape that is not there, for no takes or too many, and where nothing can be written.
    """
    if reel.shape not in SHAPES:
        raise InputError(f"There is no shape {reel.shape!r}; choose one of: {', '.join(SHAPES)}.")
    if not 1 <= len(videos) <= MAX_SAMPLES:
        raise InputError(f"A reel takes 1 to {MAX_SAMPLES} takes; got {len(videos)}.")
    size, facts = SHAPES[reel.shape], [probe(video) for video in videos]
    with unfinished(path) as part, scratch_folder() as scratch:
        title, words = scratch / "title.png", scratch / "words.png"
        with write_errors_told(title, TEMPORARY):
            _card(reel.title, size).save(title)
            _words(reel.caption, size).save(words)
        encode(_command(videos, facts, reel, (title, words), part), path, lambda: False)
        credentials.sign(part, path.suffix)
    log.info("wrote %s: %d takes, %s", path.name, len(videos), reel.shape)


def _command(
    videos: Sequence[Path], facts: Sequence[Mapping[str, Any]], reel: Reel, pictures: tuple[Path, Path], part: Path
) -> list[str]:
    """ffmpeg's command line. pictures: the title card, and the words over every take."""
    inputs = [word for video in videos for word in (*decoder(video), *ffmpeg.source(video))]
    for picture in pictures:
        inputs += ["-f", "png_pipe", "-i", ffmpeg.url(picture)]
    # Also where nobody speaks: players and networks want sound.
    inputs += ["-f", "lavfi", "-i", f"anullsrc=r={RATE}:cl=mono"]
    return ffmpeg.command(
        *[*inputs, "-filter_complex", _graph(facts, reel), "-map", "[picture]", "-map", "[sound]"],
        *["-map_metadata", "0", *ENCODE, "-crf", str(CRF), "-r", str(FPS), *container_for(".mp4").sound],
        *["-f", "mp4", ffmpeg.url(part)],
    )


def _graph(facts: Sequence[Mapping[str, Any]], reel: Reel) -> str:
    """The filter graph: scenes of one take each, or one of all, after the title card."""
    count, size = len(facts), SHAPES[reel.shape]
    title, words, silence = count, count + 1, count + 2
    lasts = [fact["video_seconds"] for fact in facts]
    scenes = [list(range(count))] if reel.together else [[k] for k in range(count)]
    cards = [TITLE_SECONDS] if reel.title else []
    seconds = cards + [min(lasts[k] for k in scene) for scene in scenes]
    still = f"loop=-1:1,setpts=N/{FPS}/TB,fps={FPS}"
    silent = [k for k, scene in enumerate(scenes) if facts[scene[0]]["audio_codec"] is None]
    needed = len(cards) + len(silent)
    quiet = [f"[{silence}:a]asplit={needed}" + "".join(f"[q{k}]" for k in range(needed))] if needed else []
    lines, parts, used = quiet, [], 0
    lines.append(
        f"[{words}:v]{still},format=yuva420p,split={len(scenes)}" + "".join(f"[w{k}]" for k in range(len(scenes)))
    )
    if cards:
        lines += [f"[{title}:v]{still},trim=duration={TITLE_SECONDS},format=yuv420p,setsar=1[vt]"]
        lines += [f"[q0]atrim=duration={TITLE_SECONDS}[at]"]
        parts, used = ["[vt][at]"], 1
    for k, scene in enumerate(scenes):
        length = seconds[len(cards) + k]
        lines += _placed(scene, facts, size, k)
        lines += [f"[g{k}][w{k}]overlay=shortest=1,trim=duration={length:.3f},format=yuv420p,setsar=1[v{k}]"]
        heard = f"[{scene[0]}:a]"
        if k in silent:
            heard, used = f"[q{used}]", used + 1
        lines += [f"{heard}aresample={RATE},aformat=channel_layouts=mono,apad,atrim=duration={length:.3f}[a{k}]"]
        parts += [f"[v{k}][a{k}]"]
    return ";".join([*lines, f"{''.join(parts)}concat=n={len(parts)}:v=1:a=1[p][sound]", f"[p]{NAMED}[picture]"])


def _placed(scene: Sequence[int], facts: Sequence[Mapping[str, Any]], size: tuple[int, int], number: int) -> list[str]:
    """Filters from the takes of a scene to one picture of `size`, as large as they fit: [g0] for scene 0."""
    places = cells(len(scene), size)
    ground = "0x" + "".join(f"{part:02x}" for part in GROUND)
    lines = []
    for k, (_, _, width, height) in zip(scene, places, strict=True):
        fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        lines += [
            f"[{k}:v:0]fps={FPS},{fit},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:{ground},setsar=1,format=yuv420p[c{k}]"
        ]
    if len(scene) == 1:
        lines[-1] = lines[-1].replace(f"[c{scene[0]}]", f"[g{number}]")
        return lines
    corners = "|".join(f"{left}_{top}" for left, top, _, _ in places)
    stack = "".join(f"[c{k}]" for k in scene) + f"xstack=inputs={len(scene)}:layout={corners}:fill={ground}"
    return [*lines, f"{stack},pad={size[0]}:{size[1]}:0:0:{ground}[g{number}]"]


def cells(count: int, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """(left, top, width, height) of each take in a picture of `size`, even pixels: as square as their number allows."""
    width, height = size
    columns = 1 if count == 1 else COLUMNS[count]
    rows = -(-count // columns)
    if (width < height) != (columns < rows):
        columns, rows = rows, columns
    across, down = width // columns // 2 * 2, height // rows // 2 * 2
    return [(k % columns * across, k // columns * down, across, down) for k in range(count)]


def _card(title: str, size: tuple[int, int]) -> Image.Image:
    """The title in the middle."""
    card = Image.new("RGB", size, GROUND)
    _write(ImageDraw.Draw(card), title, size, 0.085, "middle")
    return card


def _words(caption: str, size: tuple[int, int]) -> Image.Image:
    """The caption at the bottom, before a shade on which it can be read; the rest is clear."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    _write(ImageDraw.Draw(picture), caption, size, 0.045, "bottom")
    return picture


def _write(draw: ImageDraw.ImageDraw, text: str, size: tuple[int, int], share: float, where: str) -> None:
    """Text in lines that fit. share: height of a line, of the shorter side."""
    width, height = size
    margin, font = MARGIN * min(size), ImageFont.load_default(size=share * min(size))
    lines = _lines(draw, text, font, width - 4 * margin)
    step = 1.35 * share * min(size)
    tall = step * len(lines)
    top = (height - tall) / 2 if where == "middle" else height - margin - tall
    if where == "bottom" and text:
        shade = (margin, top - margin / 2, width - margin, height - margin / 2)
        draw.rounded_rectangle(shade, margin / 2, fill=SHADE)
    for k, line in enumerate(lines):
        draw.text((width / 2, top + step * (k + 0.5)), line, fill=INK, font=font, anchor="mm")


def _lines(draw: ImageDraw.ImageDraw, text: str, font: Any, width: float) -> list[str]:
    """Words in lines of at most `width` pixels, four at most."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines if len(lines) <= 4 else [*lines[:3], lines[3] + " …"]
