"""What can be wrong with a file of arrays that somebody gives us."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

# Raised by numpy and zipfile for torn, packed otherwise, mislabelled or pickled content.
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, KeyError, NotImplementedError)


def unpacked_bytes(path: Path) -> int:
    """What an npz file needs in memory, by its own account. Raises one of DAMAGE."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())
