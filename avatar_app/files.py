"""Files that are written whole or not at all, and the sentence for a person when one cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from avatar_app.request import InputError

FULL = "free some space there, or choose another place"
CLOSED = "choose a folder that can be written to"
NAME = "choose another name"
LIMIT = "raise the limit on the size of files (ulimit -f), or write something shorter"
ELSEWHERE = "choose another place"
TEMPORARY = "free some space, or let TMPDIR name another folder"
CURES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: LIMIT,
    errno.EROFS: CLOSED,
    errno.EACCES: CLOSED,
    errno.EPERM: CLOSED,
    errno.ENOTDIR: NAME,
    errno.EISDIR: NAME,
    errno.EEXIST: NAME,
    errno.ENAMETOOLONG: "choose a shorter name",
}
REASONS = {os.strerror(code): code for code in (*CURES, errno.EIO)}  # as other programs word them, too


def write_failure(path: str | Path, error: OSError, cure: str = "") -> InputError:
    """The sentence for a file or folder that cannot be written. cure: advice for when another place is what helps."""
    advice = LIMIT if error.errno == errno.EFBIG else cure or CURES.get(error.errno or 0, ELSEWHERE)
    return InputError(f"Cannot write {str(path)!r} ({_reason(error)}): {advice}.")


def _reason(error: OSError) -> str:
    words = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    return words[:1].lower() + words[1:]


@contextlib.contextmanager
def write_errors_told(path: str | Path, cure: str = "") -> Iterator[None]:
    """Turns an OSError of the block, which does nothing but write `path`, into its InputError."""
    try:
        yield
    except OSError as error:
        raise write_failure(path, error, cure) from error


@contextlib.contextmanager
def unfinished(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path`, which takes its place when the block ends well and is removed when it does not.

    Makes the folder. Raises InputError, at the start where that can be known, when `path` cannot be written.
    """
    path = Path(path)
    part = path.with_name(f".{uuid.uuid4().hex[:12]}.part")  # short: the name itself may be as long as names can be
    with write_errors_told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_impossible(path)
        part.touch()
    try:
        yield part
        with write_errors_told(path):
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):  # it must not hide why the block failed
            part.unlink(missing_ok=True)


def _refuse_impossible(path: Path) -> None:
    """Raises the OSError that the final rename would meet: for a folder, and for a name that no file can have."""
    with contextlib.suppress(FileNotFoundError):
        path.lstat()
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


@contextlib.contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file to write, which appears as `path` when the block ends well; nothing is left behind otherwise.

    Raises InputError when it cannot be written; errors of the block that are not the system's pass as they are.
    """
    with unfinished(path) as part, write_errors_told(path), part.open("wb") as file:
        yield file


def check_writable(folder: str | Path) -> None:
    """Raises InputError unless a file can be made in `folder`, which is made first: asked before long work."""
    folder = Path(folder)
    with write_errors_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder that is gone after the block. Raises InputError when there is no place for one."""
    folder = fresh_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_folder(prefix: str = "avatar_app_") -> Path:
    """A new temporary folder that stays. Raises InputError when there is no place for one."""
    try:
        return Path(tempfile.mkdtemp(prefix=prefix))
    except OSError as error:
        raise InputError(f"Temporary files cannot be written ({_reason(error)}): {TEMPORARY}.") from error


def file_exists(path: Path) -> bool:
    """Whether there is a file; False, too, for names that no file can have and places that may not be looked into."""
    return _holds(path.is_file)


def folder_exists(path: Path) -> bool:
    """Whether there is a folder; False where file_exists would be."""
    return _holds(path.is_dir)


def _holds(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, ValueError):
        return False
