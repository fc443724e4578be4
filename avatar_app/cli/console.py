"""What the command line needs around the work: progress, a clean Ctrl-C, safe streams and quiet native libraries."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from avatar_app.sample import Event

BAR = 24  # characters
LINE_EVERY = 0.1  # of the whole request


def set_up_logging(verbose: bool) -> None:
    """Our own warnings and errors only; everything with `verbose`. Streams are made safe first."""
    make_streams_safe()
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(name)s: %(message)s")
    logging.getLogger("avatar_app").setLevel(logging.INFO if verbose else logging.WARNING)
    if not verbose:
        warnings.simplefilter("ignore")
        for library in ("TRANSFORMERS", "DIFFUSERS"):  # both bring handlers of their own
            os.environ.setdefault(f"{library}_VERBOSITY", "error")


class StopSwitch:
    """Turns the first Ctrl-C (or SIGTERM) into a flag that the work polls; the second ends the program."""

    def __init__(self) -> None:
        self._pressed = False

    def __call__(self) -> bool:
        return self._pressed

    @contextmanager
    def listening(self) -> Iterator[StopSwitch]:
        """Handles both signals inside the block, and gives them back to whoever had them after it."""
        before = {number: signal.signal(number, self._press) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            raise KeyboardInterrupt
        self._pressed = True
        with suppress(RuntimeError):  # the signal came while this stream was being written to
            sys.stderr.write("\nStopping; finished samples are kept (press again to end at once).\n")


class Progress:
    """Shows Events: one line that redraws itself on a terminal, a line per stage and per tenth elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraw = stream.isatty()
        self._last = ""
        self._told = (-1.0, "")  # fraction and stage of the last line on a stream that cannot be redrawn

    def __call__(self, event: Event) -> None:
        if self._redraw:
            done = round(BAR * event.fraction)
            line = f"[{'#' * done}{'.' * (BAR - done)}] {event.fraction:4.0%} {event.message}"
            self._stream.write(f"\r\033[K{line}")
        elif event.stage != "inputs" and (event.fraction >= self._told[0] + LINE_EVERY or event.stage != self._told[1]):
            # Nothing is said about inputs: one that is refused must leave one line only.
            self._stream.write(f"{event.fraction:4.0%}  {event.message}\n")
            self._told = (event.fraction, event.stage)
        self._last = event.message
        self._stream.flush()

    def close(self) -> None:
        """Leaves the redrawn line and starts a new one."""
        if self._redraw and self._last:
            self._stream.write("\r\033[K")
            self._stream.flush()


@contextmanager
def native_noise_hidden(enabled: bool = True) -> Iterator[None]:
    """Keeps what C++ libraries write to file descriptor 2 behind Python's back off the terminal.

    All that Python writes goes on to the real one, from any thread: sys.stderr, logging, warnings, tracebacks.
    Nothing is done when sys.stderr was replaced (tests).
    """
    if enabled:
        sys.stderr = _safe(sys.stderr)
    if not enabled or not _is_safe(sys.stderr):
        yield
        return
    real, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(real, 2)
        os.close(real)
        os.close(nowhere)


def make_streams_safe() -> None:
    """Lets nothing that is printed end the program: no letter that the terminal lacks, no reader that went away.

    Python's streams also get descriptors of their own, for good, because libraries keep the sys.stderr they find: then
    descriptor 2 can be taken from C++ libraries alone. Streams of tests are left as they are.
    """
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)


def _safe(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed by whoever started the program
        return Path(os.devnull).open("w", encoding="utf-8")
    if stream.__class__ is not TextIOWrapper or _is_safe(stream) or os.name != "posix":
        return stream
    with suppress(OSError):
        stream.flush()
    try:
        raw = _Descriptor(os.dup(stream.fileno()), "w")
    except OSError:  # a buffer in memory
        return stream
    return TextIOWrapper(BufferedWriter(raw), stream.encoding, "backslashreplace", line_buffering=True)


def _is_safe(stream: TextIO) -> bool:
    return isinstance(getattr(getattr(stream, "buffer", None), "raw", None), _Descriptor)


class _Descriptor(FileIO):
    """A file descriptor to which writing never fails."""

    def write(self, data: Any) -> int:
        """Gives up what cannot be written: its reader has gone, or its disk is full."""
        try:
            return super().write(data)
        except OSError:
            return len(memoryview(data).cast("B"))


def to_json(data: Any) -> str:
    """JSON for stdout: every letter as it is where stdout can hold it, else escaped as JSON escapes."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding)
    except (UnicodeEncodeError, TypeError):  # TypeError: a stream without encoding
        return json.dumps(data, indent=2)
    return text
