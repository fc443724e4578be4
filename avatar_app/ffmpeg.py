"""The ffmpeg program that imageio-ffmpeg brings: where it is, how it is run, what it says about a file."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Demuxers a user's file may choose. No playlists (hls, concat, ...): they can make ffmpeg open other files.
FORMATS = "wav,w64,rf64,flac,mp3,mov,mp4,m4a,3gp,ogg,matroska,webm,aac,aiff,caf,au,amr,avi,asf,flv,mpeg,mpegts,opus"
PROBE_SECONDS = 60


@dataclass(frozen=True)
class Stream:
    """One stream of a file, as ffmpeg names it.

    kind: "audio" or "video" (cover pictures are left out). rate: Hz of audio, frames per second of video.
    channels: of audio. width, height: pixels of video.
    """

    kind: str
    codec: str
    profile: str = ""
    pixel_format: str = ""
    rate: float = 0.0
    channels: int = 0
    width: int = 0
    height: int = 0


def binary() -> str:
    """Path of the ffmpeg program; $IMAGEIO_FFMPEG_EXE overrides the bundled one."""
    import imageio_ffmpeg

    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path


def command(*arguments: str) -> list[str]:
    """A quiet ffmpeg command line that never reads the terminal."""
    return [binary(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments]


def source(path: Path) -> list[str]:
    """`-i` arguments for a file of unknown origin: local files only, no playlists, no option injection."""
    return ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i", f"file:{path.absolute()}"]


def last_line(stderr: bytes) -> str:
    """ffmpeg's last words, without the address of the part that spoke them."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return re.sub(r"^\[[^\]]*\]\s*", "", lines[-1]) if lines else "no message"


def streams(path: Path) -> tuple[list[Stream], str]:
    """The audio and video streams of a file, and ffmpeg's last words (the reason, where there are none)."""
    run = subprocess.run(
        [binary(), "-hide_banner", "-nostdin", *source(path)], capture_output=True, timeout=PROBE_SECONDS
    )
    text = run.stderr.decode("utf-8", "replace")
    found = [_parse(line) for line in text.splitlines() if re.match(r"\s*Stream #0", line)]
    return [stream for stream in found if stream], last_line(run.stderr)


def _parse(line: str) -> Stream | None:
    """Reads one `Stream #0:1: Audio: aac (LC) ..., 48000 Hz, stereo, ...` line."""
    head = re.search(r": (Audio|Video): (\w+)(?: \(([^)]+)\))?", line)
    if not head or "attached pic" in line:
        return None
    codec, profile = head.group(2), head.group(3) or ""
    if head.group(1) == "Audio":
        audio = re.search(r"(\d+) Hz, ([^,]+)", line)
        return Stream("audio", codec, profile, "", float(audio.group(1)), _channels(audio.group(2))) if audio else None
    size, fps = re.search(r", (\d+)x(\d+)", line), re.search(r"([\d.]+) fps", line)
    pixels = re.search(r", (yuv\w+|rgb\w+|gray\w*|nv12|gbr\w+|pal8)", line)
    if not size:
        return None
    return Stream(
        "video",
        codec,
        profile,
        pixels.group(1) if pixels else "",
        float(fps.group(1)) if fps else 0.0,
        width=int(size.group(1)),
        height=int(size.group(2)),
    )


def _channels(layout: str) -> int:
    if layout == "mono":
        return 1
    number = re.match(r"(\d+) channels", layout)
    return int(number.group(1)) if number else 2
