"""Portrait clips drawn on a GPU for as long as that works; the CPU renderer draws what is left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from avatar_app.motion.clip import MotionClip
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait_gpu.renderer import DevicePortrait
from avatar_app.request import Stopped
from avatar_app.types import ShouldStop

log = logging.getLogger(__name__)

BATCH = 32  # frames of 512 x 512 drawn together: some 1.5 GB; of larger ones as many as take as much


class DeviceClipRenderer:
    """Draws clips of one portrait on a device, `batch` frames together. Several threads may share it."""

    def __init__(self, portrait: PortraitRenderer, device: torch.device, batch: int | None = None) -> None:
        fitting = round(BATCH * min(1.0, 512 / len(portrait.pixels)) ** 2)
        self.batch, self.lock = batch or max(1, fitting), threading.Lock()
        self.drawer: DevicePortrait | None = None
        self.failed = False
        try:
            self.drawer = DevicePortrait(portrait, device)
        except RuntimeError as error:
            self._give_up(error)

    def frames(
        self, clip: MotionClip, breath: npt.NDArray[np.float32], should_stop: ShouldStop | None = None
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """The first frames of a clip, (H, W, 3) uint8 each: all of them, or those before the device failed.

        breath: (T,) 0 to 1. Raises Stopped once should_stop() is true.
        """
        for start in range(0, len(clip), self.batch):
            drawer = self.drawer
            if drawer is None:
                return
            if should_stop is not None and should_stop():
                raise Stopped
            # Always as many, the last one repeated: products of other sizes may be rounded otherwise.
            chosen = np.minimum(np.arange(start, start + self.batch), len(clip) - 1)
            try:
                drawn = drawer.frames(
                    clip.expression[chosen], clip.head_rotation[chosen], clip.head_translation[chosen], breath[chosen]
                )
            except RuntimeError as error:
                self._give_up(error)
                return
            for number, frame in enumerate(drawn[: len(clip) - start]):
                if number and should_stop is not None and should_stop():
                    raise Stopped
                yield frame

    def _give_up(self, error: RuntimeError) -> None:
        with self.lock:
            known, self.failed, self.drawer = self.failed, True, None
        if not known:
            log.warning("The GPU could not draw the portrait; the CPU goes on: %s", error)
