"""Frames into a video that every browser plays: H.264 and AAC in an MP4 whose index comes first.

Transparent ones become VP9 in WebM, or ProRes 4444 for film editing; see containers.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import re
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from avatar_app import credentials, ffmpeg
from avatar_app.files import TEMPORARY, file_exists, scratch_folder, unfinished, write_errors_told
from avatar_app.provenance import SIGNATURE, mark_text
from avatar_app.render.video.containers import ACCURATE, COLOUR, QUICK, Container, container_for
from avatar_app.request import FPS, InputError, Stopped
from avatar_app.speech.recording import Speech
from avatar_app.types import ShouldStop

if TYPE_CHECKING:
    from avatar_app.render.video.planes import Planes

Frame = npt.NDArray[np.uint8]
log = logging.getLogger(__name__)

CRF = 18  # x264 constant quality, visually lossless for faces; higher is smaller and worse
AUDIO_RATE = 48_000  # Hz
FINISH_SECONDS = 300  # patience with the encoder after the last frame
# What MP4 can hold.
TAGS = ("title", "artist", "comment", "description", "synopsis", "copyright", "date", "genre")

THREADS = ["-threads", "2"]  # more only wait for the renderer; a fixed number gives the same file on every machine
ENCODE = ["-c:v", "libx264", *QUICK, "-profile:v", "high", *COLOUR, "-movflags", "+faststart"]


def provenance(seed: int, settings: Mapping[str, Any]) -> dict[str, str]:
    """Container metadata that says how a video was made: the comment is JSON, as in result.json."""
    told = {"made": SIGNATURE, "seed": seed, "request": dict(settings)}
    return {"title": "AI-generated talking portrait", "comment": json.dumps(told, ensure_ascii=False)}


def write_video(
    frames: Iterator[Frame],
    size: tuple[int, int],
    path: str | Path,
    speech: Speech | None,
    *,
    frames_total: int,
    metadata: Mapping[str, str],
    crf: int = CRF,
    should_stop: ShouldStop | None = None,
) -> None:
    """Encodes `frames_total` frames at 25 fps, with `speech.original` as soundtrack, as they are drawn.

    frames: (height, width, 3) uint8 RGB each, or (height, width, 4) with straight alpha for a path that ends in .webm
    or .mov. size: (width, height) in pixels; odd ones grow by a pixel, because yuv420p cannot hold them.
    speech: cut or padded to the video's length; None for no sound.
    metadata: of the container, besides the mark that every video gets as its description (see provenance); names that
    MP4 does not know are joined to the comment.
    Memory does not grow with length. `path` appears only when complete: nothing is left behind otherwise.
    Raises Stopped when `should_stop()` is true between frames, ValueError for frames of another shape or
    number, InputError when `path` or temporary files cannot be written, or `path` not signed, RuntimeError with the
    encoder's words when it fails otherwise.
    """
    path, (width, height) = Path(path), size
    kind = container_for(path.suffix)
    even = (width + width % 2, height + height % 2)
    stop = should_stop or (lambda: False)
    with unfinished(path) as part, scratch_folder() as scratch:
        sound = _sound_arguments(speech, frames_total, scratch)
        with ffmpeg.Run([*_encoder(kind, even, sound, crf, metadata), ffmpeg.url(part)], fed=True) as encoder:
            with contextlib.suppress(BrokenPipeError):  # the encoder has ended, and says why
                shape = (height, width, kind.channels)
                _feed(frames, shape, frames_total, encoder.stdin, _planes(kind, even), stop)
                encoder.stdin.close()
            encoder.process.wait(FINISH_SECONDS)
            encoder.check(path)
        credentials.sign(part, path.suffix)
    log.info("wrote %s: %d frames of %dx%d", path.name, frames_total, *even)


def _planes(kind: Container, size: tuple[int, int]) -> Planes | None:
    """What makes planes of frames (width, height), where the container is to get these."""
    from avatar_app.render.video.planes import Planes  # OpenCV, which who only asks about a video does not need

    return Planes(size[1], size[0]) if kind.planar else None


def _encoder(
    kind: Container, size: tuple[int, int], sound: list[str], crf: int, metadata: Mapping[str, str]
) -> list[str]:
    """ffmpeg's arguments up to the output's name."""
    raw = ["-f", "rawvideo", "-pix_fmt", kind.raw, "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(FPS)]
    arguments = ["-nostats", *raw, "-i", "pipe:0", *sound, "-map", "0:v"]
    if sound:
        arguments += ["-map", "1:a", *kind.sound, "-ar", str(AUDIO_RATE)]
    line = ffmpeg.command(*arguments, *kind.encoder(crf), *THREADS, *_tags(metadata), "-f", kind.muxer)
    return [word for word in line if word != "-nostdin"]  # here the frames come through stdin


def _tags(metadata: Mapping[str, str]) -> list[str]:
    """-metadata arguments; names that MP4 does not know go into the comment."""
    kept = {name: value for name, value in metadata.items() if name in TAGS} | {"description": mark_text()}
    rest = [f"{name}: {value}" for name, value in metadata.items() if name not in TAGS]
    if rest:
        kept["comment"] = "; ".join([kept["comment"], *rest] if "comment" in kept else rest)
    return [word for name, value in kept.items() for word in ("-metadata", _argument(f"{name}={value}"))]


def _argument(text: str) -> str:
    """Any text as an argument that reaches ffmpeg in UTF-8, whatever encoding this system gives to arguments."""
    return os.fsdecode(text.replace("\0", " ").encode("utf-8", "replace"))


def _feed(
    frames: Iterator[Frame],
    shape: tuple[int, int, int],
    total: int,
    pipe: IO[bytes],
    planes: Planes | None,
    should_stop: ShouldStop,
) -> None:
    """Writes exactly `total` frames of `shape` to the encoder, as planes where it wants these."""
    grow = ((0, shape[0] % 2), (0, shape[1] % 2), (0, 0))
    count = 0
    for frame in frames:
        if should_stop():
            raise Stopped
        if frame.shape != shape or frame.dtype != np.uint8:
            raise ValueError(f"frame {count} must be {shape} uint8; got {frame.shape} {frame.dtype}")
        count += 1
        if count > total:
            raise ValueError(f"more frames than the {total} announced")
        even = np.pad(frame, grow, mode="edge") if grow != ((0, 0), (0, 0), (0, 0)) else frame
        pipe.write((np.ascontiguousarray(even) if planes is None else planes.of(even)).data)
    if should_stop():
        raise Stopped
    if count != total:
        raise ValueError(f"{total} frames were announced; {count} came")


def _sound_arguments(speech: Speech | None, frames_total: int, folder: Path) -> list[str]:
    """Input arguments for a raw file in `folder` with the soundtrack, as long as the video to the sample."""
    if speech is None:
        return []
    wanted = round(frames_total / FPS * speech.original_rate)
    sound = speech.original[:wanted]
    padding = [(0, wanted - len(sound))] + [(0, 0)] * (sound.ndim - 1)
    pcm = (np.pad(sound, padding).clip(-1.0, 1.0) * np.float32(32767)).astype("<i2")
    raw = folder / "sound.raw"
    with write_errors_told(raw, TEMPORARY):
        raw.write_bytes(pcm.tobytes())
    channels = str(1 if sound.ndim == 1 else sound.shape[1])
    return ["-f", "s16le", "-ar", str(speech.original_rate), "-ac", channels, "-i", ffmpeg.url(raw)]


def probe(path: str | Path) -> dict[str, Any]:
    """What a video holds, read without decoding it.

    codec, profile, pixel_format, width, height, fps, frames, video_seconds; audio_codec, audio_rate,
    audio_seconds (None, 0, 0.0 without sound); faststart: index before data; metadata: title, comment, ...
    Raises InputError for anything that is not a video.
    """
    path = Path(path)
    if not file_exists(path):
        raise InputError(f"There is no video {path.name!r}: please check its name and place.")
    found, reason = ffmpeg.streams(path)
    video = next((stream for stream in found if stream.kind == "video"), None)
    audio = next((stream for stream in found if stream.kind == "audio"), None)
    if video is None:
        raise InputError(f"{path.name!r} is not a video that can be read ({reason}): please give an mp4 file.")
    frames, seconds = _packets(path, "v")
    return {
        "codec": video.codec,
        "profile": video.profile,
        "pixel_format": video.pixel_format,
        "width": video.width,
        "height": video.height,
        "fps": video.rate,
        "frames": frames,
        "video_seconds": seconds,
        "audio_codec": audio.codec if audio else None,
        "audio_rate": int(audio.rate) if audio else 0,
        "audio_seconds": _packets(path, "a")[1] if audio else 0.0,
        "faststart": _index_first(path),
        "metadata": read_tags(path),
    }


def _packets(path: Path, kind: str) -> tuple[int, float]:
    """(packets, seconds shown) of the first stream of a kind; what lies before time 0 is not shown."""
    run = _run(*ffmpeg.source(path), "-map", f"0:{kind}:0", "-c", "copy", "-f", "framecrc", "pipe:1")
    text = run.decode()
    base = re.search(r"#tb 0: (\d+)/(\d+)", text)
    rows = [line.split(",") for line in text.splitlines() if line and line[0].isdigit()]
    if not base or not rows:
        return 0, 0.0
    tick = int(base.group(1)) / int(base.group(2))
    start = max(0, min(int(row[2]) for row in rows))
    end = max(int(row[2]) + int(row[3]) for row in rows)
    return len(rows), (end - start) * tick


def read_tags(path: Path) -> dict[str, str]:
    """The metadata of a video, by the names in TAGS. Raises RuntimeError for what is no video."""
    text = _run(*ffmpeg.source(path), "-f", "ffmetadata", "pipe:1").decode("utf-8", "replace")
    pairs = re.findall(r"^(\w+)=((?:\\.|[^\\\n])*)", text, re.MULTILINE | re.DOTALL)
    named = ((name.lower(), value) for name, value in pairs)  # WebM shouts
    return {name: re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) for name, value in named if name in TAGS}


def _index_first(path: Path) -> bool:
    """Whether the `moov` box comes before `mdat`, so that a browser can start before the end has arrived."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name in (b"moov", b"mdat"):
                return bool(name == b"moov")
            if length == 1:
                length = struct.unpack(">Q", file.read(8))[0] - 8
            if length < 8:
                return False
            file.seek(length - 8, os.SEEK_CUR)
    return False


def snapshot(path: str | Path, seconds: float) -> Frame:
    """(height, width, 3) uint8 RGB: the picture shown at a time. InputError outside the video."""
    path, facts = Path(path), probe(path)
    if not 0 <= seconds < facts["video_seconds"]:
        raise InputError(f"The time must be from 0 to {facts['video_seconds']:.2f} s; got {seconds:g}.")
    moment = math.floor(seconds * facts["fps"] + 1e-6) / facts["fps"]  # a seek stops at the next frame, not the shown
    picture = ["-frames:v", "1", "-vf", f"scale=flags={ACCURATE}", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    raw = _run("-ss", f"{max(moment - 1e-3, 0):.4f}", *ffmpeg.source(path), "-map", "0:v:0", *picture)
    return np.frombuffer(raw, np.uint8).reshape(facts["height"], facts["width"], 3)


def _run(*arguments: str) -> bytes:
    """Output of an ffmpeg command; RuntimeError with its words when it fails."""
    run = subprocess.run(ffmpeg.command(*arguments), capture_output=True, timeout=FINISH_SECONDS)
    if run.returncode:
        raise RuntimeError(f"ffmpeg failed: {ffmpeg.last_line(run.stderr)}")
    return run.stdout
