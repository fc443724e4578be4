"""Whose files lie in Gradio's cache: who deletes theirs leaves no copy there until the next sweep."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gradio.processing_utils import hash_file
from gradio.utils import get_upload_folder
from gradio_client.utils import is_file_obj_with_meta

MOST = 2000  # sessions that are remembered; the sweep takes the files of those before them
log = logging.getLogger(__name__)


class Uploads:
    """Folders of the cache, one a file, by the sessions that sent the file or were sent it."""

    def __init__(self) -> None:
        self._lock, self._held = threading.Lock(), OrderedDict[str, set[Path]]()
        self.cache = Path(get_upload_folder()).resolve()

    def note(self, session: str, data: Any) -> None:
        """Remembers the files in an event's values, whichever way they go."""
        folders = {folder for path in _files_in(data) if (folder := self._folder_of(path))}
        if not session or not folders:
            return
        with self._lock:
            self._held.setdefault(session, set()).update(folders)
            self._held.move_to_end(session)
            while len(self._held) > MOST:
                self._held.popitem(last=False)

    def leave(self, session: str) -> None:
        """Whoever leaves holds nothing any more; the files wait for the sweep, or for `delete` in a later session."""
        with self._lock:
            self._held.pop(session, None)

    def delete(self, session: str, kept: Iterable[Path] = ()) -> None:
        """Removes what the session sent and was sent, and copies of kept files, unless another session holds them."""
        copies = {self.cache / hash_file(path) for path in kept if path.is_file()}  # so Gradio names their folders
        with self._lock:
            mine = self._held.pop(session, set()) | copies
            gone = mine.difference(*self._held.values())
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        log.info("%d copies were removed from the cache", len(gone))

    def _folder_of(self, path: str) -> Path | None:
        """The file's own folder in the cache; None for what lies elsewhere."""
        folder = Path(path).resolve().parent
        return folder if folder.parent == self.cache else None


def _files_in(data: Any) -> Iterator[str]:
    if is_file_obj_with_meta(data):
        yield str(data["path"])
    elif isinstance(data, dict):
        for value in data.values():
            yield from _files_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _files_in(value)
