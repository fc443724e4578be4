"""The mark of every file that is made: that it is AI-generated, of which kind, and by what.

A sentence for people; for programs the IPTC's term for media of which a model made a part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from avatar_app import __version__
from avatar_app.files import atomic_write

SIGNATURE = "AI-generated talking portrait made with avatar_app"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
BESIDE = ".provenance.json"  # ends the name of a mark's own file, beside a file whose format has no place for one


def mark() -> dict[str, Any]:
    """What GLB, JSON and files beside others say."""
    return {
        "ai_generated": True,
        "made": SIGNATURE,
        "digital_source_type": SOURCE_TYPE,
        "software": f"avatar_app {__version__}",
    }


def mark_text() -> str:
    """The same as one line of JSON: a tag of videos, an array of npz files."""
    return json.dumps(mark())


def write_beside(path: Path) -> None:
    """Marks a BVH or a table of Live Link Face, whose readers take no other lines and columns than they know."""
    with atomic_write(path.with_name(path.name + BESIDE)) as file:
        file.write((json.dumps(mark(), indent=2) + "\n").encode())
