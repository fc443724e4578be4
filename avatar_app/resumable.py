"""A download that goes on where it stopped."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from avatar_app.files import write_errors_told

CHUNK = 1 << 20  # bytes
TIMEOUT = 30  # seconds without a byte


def fetch_on(url: str, part: Path, size: int | None, on_bytes: Callable[[int, int | None], None]) -> None:
    """Appends to `part` what it still lacks of `url`; starts again when the server cannot resume.

    size: bytes of the whole, if known. on_bytes: called with the bytes so far and in all.
    Raises OSError (URLError among them) when the network fails or ends early, InputError when `part` cannot be written;
    what came stays in `part`.
    """
    have = part.stat().st_size if part.exists() else 0
    if size is not None and have == size:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # 416: the part is as long as the file, or longer; the checksum decides
            raise
        return
    with answer:
        resumed = answer.status == 206
        have = have if resumed else 0
        left = answer.headers.get("Content-Length")
        total = have + int(left) if left else size
        with write_errors_told(part):
            stream = part.open("ab" if resumed else "wb", buffering=0)
        with stream:
            while block := answer.read(CHUNK):
                with write_errors_told(part):
                    _write_all(stream, block)
                have += len(block)
                on_bytes(have, total)
    if total is not None and have < total:
        raise OSError(f"the connection ended after {have} of {total} bytes")


def _write_all(stream: FileIO, block: bytes) -> None:
    """Without a buffer a full disk is met here, and not once more when the file is closed."""
    rest = memoryview(block)
    while rest:
        rest = rest[stream.write(rest) :]
