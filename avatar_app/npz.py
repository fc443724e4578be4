"""Files of arrays: those we make are marked, and what can be wrong with one that somebody gives us."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from avatar_app.provenance import mark_text

# Raised by numpy and zipfile for torn, packed otherwise, mislabelled or pickled content; the second line by headers of
# arrays, which numpy reads as Python, and by what they claim.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, KeyError, NotImplementedError),
    *(MemoryError, OverflowError, TypeError, SyntaxError, RecursionError, tokenize.TokenError),
)


def unpacked_bytes(path: Path) -> int:
    """What an npz file needs in memory, by its own account. Raises one of DAMAGE."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def save_marked(file: BinaryIO, **arrays: Any) -> None:
    """Writes arrays packed, beside one, "provenance", that says that they are AI-generated."""
    np.savez_compressed(file, **arrays, provenance=np.array(mark_text()))
