"""What draws takes: the generator's pictures of some frames at once, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.language_guided.acting import Acts, Take
from avatar_app.engines.language_guided.generator import Generator
from avatar_app.engines.language_guided.motion_model import MotionModel
from avatar_app.engines.language_guided.synthesis import StripSynthesis
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import Image, ShouldStop

PIXELS_AT_ONCE = 1 << 18  # of all frames that are drawn together: more are no faster and take more memory
MOST_AT_ONCE = 16
Synthesis = Callable[[Tensor, Sequence[Tensor]], Tensor]


@dataclass(frozen=True)
class FacePainter:
    """A render.base.Renderer of takes whose `native` is a Take or Acts, which bring their own generator of this size.

    wanted: pixels on a side, if the generator has them.
    """

    generator: Generator
    motion: MotionModel
    wanted: int
    ending: str = ".mp4"
    workers: int = 1  # every core works on one take

    @property
    def size(self) -> tuple[int, int]:
        """See Renderer.size: as wanted, but nothing is enlarged."""
        return (min(self.wanted, self.generator.config.size),) * 2

    @property
    def at_once(self) -> int:
        """How many frames are drawn together."""
        return max(1, min(MOST_AT_ONCE, PIXELS_AT_ONCE // self.generator.config.size**2))

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames."""
        take: Take | Acts = sample.native
        generator = take.generator if isinstance(take, Acts) else self.generator
        # Prepared anew for every take: it is quickly done, and takes may be drawn side by side.
        synthesis = StripSynthesis(generator) if take.rest.device.type == "cpu" else generator
        for first in range(0, len(take), self.at_once):
            if should_stop():
                raise Stopped
            yield from self._drawn(synthesis, take, slice(first, first + self.at_once))

    @torch.inference_mode()
    def _drawn(self, synthesis: Synthesis, take: Take | Acts, frames: slice) -> list[Image]:
        """Some frames, (side, side, 3) each."""
        pictures = synthesis(take.at(self.motion, frames), take.noise)
        side = self.size[0]
        return [
            picture
            if len(picture) == side
            else np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
            for picture in to_pixels(pictures)
        ]

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Renderer.attachments: there are none."""
        return []


def to_pixels(pictures: Tensor) -> Image:
    """(N, 3, H, W), shown from -1 to 1, as uint8 (N, H, W, 3)."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
