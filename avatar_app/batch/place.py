"""Where a batch's results go: a folder, or any place that fsspec has a name for (s3://, gs://, memory://)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import fsspec
from fsspec.core import split_protocol

from avatar_app.files import atomic_write, check_writable, scratch_folder, write_errors_told
from avatar_app.request import InputError

DONE = "row.json"  # the mark
BETWEEN = 30.0  # seconds between two copies of a table that grows


@dataclass(frozen=True)
class Place:
    """What rows share. folder: where their paths begin. output: where their folders lie; text is a URL."""

    folder: Path
    output: Path | str

    def check(self) -> None:
        """Makes the output; InputError where nothing can be written."""
        if isinstance(self.output, Path):
            return check_writable(self.output)
        with self._errors_told():
            files, root = self._files()
            files.makedirs(root, exist_ok=True)
            files.pipe_file(f"{root}/.written", b"")
            files.rm_file(f"{root}/.written")

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""
        try:
            if isinstance(self.output, Path):
                return (self.output / name).read_bytes()
            files, root = self._files()
            return bytes(files.cat_file(f"{root}/{name}"))
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """A file that is there whole or not at all. InputError where it cannot be written."""
        if isinstance(self.output, Path):
            with atomic_write(self.output / name) as file:
                file.write(content)
            return
        with self._errors_told():
            files, root = self._files()
            files.pipe_file(f"{root}/{name}", content)

    def remove(self, name: str) -> None:
        """A file or folder, where there is one."""
        if isinstance(self.output, Path):
            path = self.output / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            return
        with suppress(OSError):
            files, root = self._files()
            files.rm(f"{root}/{name}", recursive=True)

    @contextmanager
    def folder_of(self, key: str) -> Iterator[Path]:
        """Where a row's files are to be written; after the block they are at their place."""
        if isinstance(self.output, Path):
            yield self.output / key
            return
        with scratch_folder() as scratch:
            yield scratch / key
            with self._errors_told():
                files, root = self._files()
                for path in sorted((scratch / key).iterdir()):
                    files.put_file(str(path), f"{root}/{key}/{path.name}")

    @contextmanager
    def table(self, name: str) -> Iterator[Any]:
        """A text file whose lines are there as soon as they are written, or, elsewhere, within BETWEEN and at the end:
        a batch may be broken off."""
        if isinstance(self.output, Path):
            with write_errors_told(self.output), _lines(self.output / name) as file:
                yield file
            return
        with scratch_folder() as scratch, _lines(scratch / name) as file:
            try:
                yield _Copied(file, scratch / name, self)
            finally:
                self.write(name, (scratch / name).read_bytes())

    def _files(self) -> tuple[Any, str]:
        files, root = fsspec.url_to_fs(self.output)
        return files, root.rstrip("/")

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # of whatever library the place needs
            words = f"{type(error).__name__}: {error}".rstrip(".")[:200]
            raise InputError(f"Cannot write to {self.output!r} ({words}): check its name and your rights.") from error


class _Copied:
    """A file that is copied to its place now and then."""

    def __init__(self, file: TextIO, path: Path, place: Place) -> None:
        self._file, self._path, self._place, self._last = file, path, place, time.monotonic()

    def write(self, text: str) -> int:
        """As a file has it."""
        written = self._file.write(text)
        if time.monotonic() - self._last > BETWEEN:
            self._last = time.monotonic()
            with suppress(InputError):  # the next copy, or the last one, tells
                self._place.write(self._path.name, self._path.read_bytes())
        return written


def output_of(given: str) -> Path | str:
    """A folder, or a URL of a place that fsspec can reach. InputError for one that it cannot."""
    protocol, path = split_protocol(given)
    if protocol in (None, "file", "local"):
        return Path(path).resolve()
    try:
        fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        words = str(error).rstrip(".")
        raise InputError(f"Nothing here writes to {protocol}:// ({words}): install that, or name a folder.") from error
    return given.rstrip("/")


def is_of_one_process(output: Path | str) -> bool:
    """Whether what one process writes there no other one sees."""
    return isinstance(output, str) and split_protocol(output)[0] == "memory"


def _lines(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="", buffering=1)
