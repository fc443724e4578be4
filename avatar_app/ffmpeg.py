"""The ffmpeg program that imageio-ffmpeg brings: where it is, how it is run, what it says about a file."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from avatar_app.files import REASONS, write_failure
from avatar_app.request import InputError

VARIABLE = "IMAGEIO_FFMPEG_EXE"  # names another program than the bundled one
# Demuxers a user's file may choose. No playlists (hls, concat, ...): they can make ffmpeg open other files.
FORMATS = "wav,w64,rf64,flac,mp3,mov,mp4,m4a,3gp,ogg,matroska,webm,aac,aiff,caf,au,amr,avi,asf,flv,mpeg,mpegts,opus"
PROBE_SECONDS = 60
PIPE = 1 << 20  # bytes, as many as Linux grants to everybody
KEPT_WORDS = 1 << 16  # bytes of what ffmpeg said last


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
    """Path of the ffmpeg program; $IMAGEIO_FFMPEG_EXE overrides the bundled one. Raises InputError without one."""
    try:
        return _tried(imageio_ffmpeg.get_ffmpeg_exe())
    except (OSError, ValueError, RuntimeError, subprocess.TimeoutExpired) as error:
        why, named = getattr(error, "strerror", None) or str(error), os.environ.get(VARIABLE)
        if named:
            raise InputError(
                f"{VARIABLE} names {named!r}, which cannot be used ({why}): let it name an ffmpeg program, or unset it."
            ) from error
        raise InputError(
            f"The program ffmpeg cannot be used ({why}): run 'pip install --force-reinstall imageio-ffmpeg', "
            f"or let {VARIABLE} name one."
        ) from error


@lru_cache(maxsize=4)
def _tried(path: str) -> str:
    """The path of a program that says it is ffmpeg; raises what starting it raises, ValueError for another program."""
    run = subprocess.run([path, "-version"], capture_output=True, stdin=subprocess.DEVNULL, timeout=PROBE_SECONDS)
    if not run.stdout.startswith(b"ffmpeg version"):
        raise ValueError("it is not ffmpeg")
    return path


def command(*arguments: str) -> list[str]:
    """A quiet ffmpeg command line that never reads the terminal."""
    return [binary(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments]


def url(path: str | Path) -> str:
    """A file as ffmpeg must be told of it: the bare name "10:30 take.wav" would be a protocol, "-x.wav" an option."""
    return f"file:{Path(path).absolute()}"


def source(path: Path) -> list[str]:
    """`-i` arguments for a file of unknown origin: local files only, no playlists, no option injection."""
    return ["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i", url(path)]


class Run:
    """An ffmpeg process that writes a file, and what it says. As a context manager it leaves no process behind."""

    def __init__(self, line: list[str], fed: bool = False) -> None:
        """line: from command(). fed: whether the caller writes to `stdin`."""
        # The signals that Python ignores stay ignored: a file above the limit of sizes is then an error with words.
        self.process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            restore_signals=False,
            start_new_session=True,  # Ctrl-C is for us alone, who end it in order
        )
        if fed:
            _widen(self.stdin)
        self._words = bytearray()
        assert self.process.stderr is not None
        self._listener = threading.Thread(target=self._listen, args=(self.process.stderr,), daemon=True)
        self._listener.start()

    @property
    def stdin(self) -> IO[bytes]:
        """Where a fed process reads."""
        assert self.process.stdin is not None
        return self.process.stdin

    def _listen(self, stderr: IO[bytes]) -> None:
        """Reads as it comes, because a pipe nobody reads fills up and blocks; no file is used, disks may be full."""
        with stderr:
            while words := os.read(stderr.fileno(), KEPT_WORDS):
                self._words += words
                del self._words[:-KEPT_WORDS]

    def check(self, path: Path) -> None:
        """Of a process that has ended: raises InputError when `path` could not be written, RuntimeError otherwise."""
        self._listener.join()
        if self.process.returncode == 0:
            return
        said = self._words.decode("utf-8", "replace")
        for reason, code in REASONS.items():
            if reason in said:
                raise write_failure(path, OSError(code, reason))
        raise RuntimeError(f"ffmpeg could not write {path.name}: {last_line(said)}")

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        self.process.wait()


def _widen(pipe: IO[bytes]) -> None:
    """Lets a pipe hold a whole frame, where the system can: who draws need not wait until the encoder has read it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl  # not on Windows

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE)


def last_line(stderr: bytes | str) -> str:
    """ffmpeg's last words, without the address of the part that spoke them."""
    said = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return re.sub(r"^\[[^\]]*\]\s*", "", lines[-1]) if lines else "no message"


def streams(path: Path) -> tuple[list[Stream], str]:
    """The audio and video streams of a file, and ffmpeg's last words (the reason, where there are none)."""
    said = _look_at(path)
    found = [_parse(line) for line in said.splitlines() if re.match(r"\s*Stream #0", line)]
    return [stream for stream in found if stream], last_line(said)


def seconds(path: Path) -> float | None:
    """How long a file says it lasts; None where its header does not say."""
    length = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", _look_at(path))
    return 3600 * int(length[1]) + 60 * int(length[2]) + float(length[3]) if length else None


def _look_at(path: Path) -> str:
    """What ffmpeg says of a file."""
    line = [binary(), "-hide_banner", "-nostdin", *source(path)]
    try:
        run = subprocess.run(line, capture_output=True, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"looking at it took longer than {PROBE_SECONDS} s"
    return run.stderr.decode("utf-8", "replace")


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
