"""What draws samples: the house's portrait and 3-D head (views.py), or a renderer that an engine brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from avatar_app.sample import EngineSample
from avatar_app.types import Image, ShouldStop


class Renderer(Protocol):
    """Draws any sample of one request; holds nothing of a sample, so that several threads may use it at once."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames, pixels."""
        ...

    @property
    def ending(self) -> str:
        """Of the videos' names: .mp4, .webm or .mov."""
        ...

    @property
    def workers(self) -> int:
        """How many samples may be drawn at the same time; a device that draws one after another says 1."""
        ...

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """The frames at 25 fps, each made when it is asked for. Raises Stopped once should_stop() is true."""
        ...

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """Writes what belongs to the drawn sample beside its video, such as a GLB; the files' paths."""
        ...
