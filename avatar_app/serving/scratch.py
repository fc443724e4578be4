"""One folder for everything that passes through the page: uploads, results on their way, Gradio's cache.

It is gone when the server ends, however it ends; what a crash leaves is swept at the next start.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from avatar_app.files import fresh_folder

PREFIX = "avatar_page_"
OWNER = "owner.pid"
MOMENT = 60  # seconds
MOST = 10 * 2**30  # bytes of uploads and results that Gradio keeps for a day
IN_USE = 900  # seconds since it came for which a file is not taken away, whatever there is
log = logging.getLogger(__name__)


@contextlib.contextmanager
def page_folder() -> Iterator[Path]:
    """A fresh folder that Gradio, imported after this, and temporary files of runs are put in; gone after the block."""
    sweep()
    folder = fresh_folder(PREFIX)
    (folder / OWNER).write_text(str(os.getpid()))
    before, os.environ["GRADIO_TEMP_DIR"] = os.environ.get("GRADIO_TEMP_DIR"), str(folder / "gradio")
    usual, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = usual
        os.environ.pop("GRADIO_TEMP_DIR")
        if before is not None:
            os.environ["GRADIO_TEMP_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[Path]:
    """Removes folders of servers that are no more; returns them."""
    gone = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if folder.is_dir() and not folder.is_symlink() and not _owned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            log.info("%s, left by a server that is no more, was removed", folder)
            gone.append(folder)
    return gone


def bound(cache: Path, most: int = MOST) -> int:
    """Removes the oldest files of Gradio's cache, each in a folder of its own, where all are more than `most` bytes.

    Returns how many folders went; their session is told that a file is gone, and uploads it again.
    """
    found = []
    for folder in cache.iterdir() if cache.is_dir() else ():
        with contextlib.suppress(OSError):  # it goes just now
            files = [path.stat() for path in folder.iterdir()] if folder.is_dir() else []
            if files:
                found.append((max(one.st_mtime for one in files), sum(one.st_size for one in files), folder))
    total, gone = sum(size for _, size, _ in found), 0
    for changed, size, folder in sorted(found):
        if total <= most or time.time() - changed < IN_USE:
            break
        shutil.rmtree(folder, ignore_errors=True)
        total, gone = total - size, gone + 1
    if gone:
        log.info("%d files of the cache made room", gone)
    return gone


def _owned(folder: Path) -> bool:
    """Whether the process that made it lives; one that was made a moment ago may not say yet whose it is."""
    try:
        return bool(psutil.pid_exists(int((folder / OWNER).read_text())))
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime < MOMENT
    except (OSError, ValueError):
        return True
