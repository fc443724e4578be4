"""What draws takes: flow is denoised for all frames, then frames are decoded and laid into the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from avatar_app.diffusion.noise import step_generators, step_noise
from avatar_app.engines.dawn import sampling
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser, as_type
from avatar_app.engines.dawn.conditioning import condition
from avatar_app.engines.dawn.denoiser import Told
from avatar_app.engines.dawn.drive import Drive, told
from avatar_app.engines.dawn.initial_state import InitialState
from avatar_app.engines.dawn.latents import both_ways, to_flow
from avatar_app.engines.dawn.long_clips import LongDenoiser
from avatar_app.engines.dawn.renderer import FrameRenderer, Portrait, to_pixels
from avatar_app.engines.dawn.spec import EFFORTS, LESS, Options
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample
from avatar_app.types import Array, Image, ShouldStop

# Of the square's side, from its edges: what is left to the picture, as published warps take black from outside, and
# where the square has taken over.
EDGE, FEATHER = 0.03, 0.13
# Denoising steps with each of EFFORTS, of the published solver, the fast one, and that of a network that predicts flow.
STEPS_OF = {
    "published": (10, sampling.STEPS, 50),
    "fast": (sampling.FAST_STEPS, sampling.FAST_STEPS, 12),
    "flow": (2, sampling.FEWEST_STEPS, 6),
}
GUIDANCE = 2.0  # by the voice, of a network that predicts flow
MOST_MOVED = 24.0  # grey levels by which the square's colours may be moved to the picture's


@dataclass(frozen=True)
class Encoded:
    """What all takes of a request share. audio: (F, C). portrait: encoded. seen: (1, C, r, r) what the denoiser sees of
    it. mask: (1, 16, r, r). state: at rest."""

    audio: Tensor
    portrait: Portrait
    seen: Tensor
    mask: Tensor
    state: InitialState


def solver_of(options: Options, of_flow: bool) -> tuple[bool, int]:
    """(whether the solver is the fast one, its steps), as the options have it. of_flow: what the network predicts."""
    hurried = of_flow or options.effort == LESS
    fast = options.solver == "fast" or (options.solver == "auto" and hurried)
    usual = STEPS_OF["flow" if of_flow else "fast"] if fast else STEPS_OF["published"]
    return fast, options.steps or usual[EFFORTS.index(options.effort)]


@dataclass(frozen=True)
class Painter:
    """A render.base.Renderer of takes whose `native` is a Drive. picture: None shows the square alone."""

    denoiser: ClipDenoiser
    renderer: FrameRenderer
    encoded: Encoded
    options: Options
    picture: Picture | None
    ending: str = ".mp4"
    workers: int = 1  # every core works on one take

    @property
    def size(self) -> tuple[int, int]:
        """See Renderer.size."""
        return (len(self.encoded.state.crop),) * 2 if self.picture is None else self.picture.size

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames."""
        assert sample.motion is not None
        first = self.encoded.state.pose, self.encoded.state.eyes
        latent = self.flow(sample.native, *told(sample.native, sample.motion, first), should_stop)
        with torch.inference_mode():
            for drawn in self.renderer.draw(self.encoded.portrait, latent):
                for frame in to_pixels(drawn).cpu().numpy():
                    if should_stop():
                        raise Stopped
                    yield frame if self.picture is None else self.picture.with_square(frame)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See Renderer.attachments: there are none."""
        return []

    @torch.inference_mode()
    def flow(self, drive: Drive, pose: Array, eyes: Array, should_stop: ShouldStop) -> Tensor:
        """(3, F, r, r) of a take: grid and occlusion."""
        encoded, options = self.encoded, self.options
        device, side = encoded.audio.device, encoded.mask.shape[-1]
        generators, frames, of_flow = (
            step_generators((drive.seed,)),
            len(encoded.audio),
            self.denoiser.teller.config.of_flow,
        )
        # Frames that begin with noise of their own tremble: a network that knows it begins all of them with the same.
        noise = torch.randn(1, 3, 1 if of_flow else frames, side, side, generator=generators[0])
        noise = noise.expand(-1, -1, frames, -1, -1).to(device)
        ways = self.predictions(pose, eyes, should_stop)
        fast, steps = solver_of(options, of_flow)
        if fast:
            done = sampling.denoise_fast(ways, noise, steps, on_step=drive.tell, should_stop=should_stop)
        else:
            draw = step_noise(generators)
            done = sampling.denoise(ways, noise, draw, steps, on_step=drive.tell, should_stop=should_stop)
        return to_flow(done[0]) if of_flow else done[0]

    def predictions(self, pose: Array, eyes: Array, should_stop: ShouldStop) -> Callable[[Tensor, int], Tensor]:
        """(1, 3, F, r, r) and a step to the noise, guided where that is asked for.

        A network that predicts flow is guided by the voice alone, and always: without that its lips open half as far.
        """
        encoded, shape = self.encoded, self.denoiser.teller.config
        scale = self.options.guidance
        if scale is None:
            scale = GUIDANCE if shape.of_flow else 1.0
        first = (torch.from_numpy(part)[None] for part in (encoded.state.pose, encoded.state.eyes))
        given = [torch.from_numpy(part)[None] for part in (pose, eyes)]
        device = encoded.audio.device
        known = condition(encoded.audio[None], *(part.to(device) for part in (*given, *first)))
        predict, less = LongDenoiser(self.denoiser, should_stop), torch.zeros_like(known)
        if shape.of_flow:
            known = both_ways(known, shape.audio)
            less = known.clone()
            less[..., : shape.audio] = 0

        def tell(what: Tensor) -> Told:
            told = self.denoiser.teller.tell(encoded.seen, encoded.mask, what)
            return as_type(told, self.denoiser.dtype)  # once, not at every step

        full, nothing = tell(known), None if scale == 1 else tell(less)

        def noise(x: Tensor, step: int) -> Tensor:
            found = predict(x[0], step, full)[None]
            if nothing is not None:
                free = predict(x[0], step, nothing)[None]
                found = free + scale * (found - free)
            return sampling.noise_of(x, found, step) if shape.of_flow else found

        return noise


class Picture:
    """The canvas around the square. window: (left, top, right, bottom) of the canvas that is shown."""

    def __init__(self, canvas: Image, square: tuple[int, int, int], window: tuple[int, int, int, int]) -> None:
        self.canvas, self.window = canvas, window
        self.left, self.top, self.side = square
        self.weight = _feathered(self.side)[..., None]
        self.own = self._place(canvas).astype(np.float32)
        self.ring = (self.weight[..., 0] > 0) & (self.weight[..., 0] < 1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what is shown."""
        left, top, right, bottom = self.window
        return right - left, bottom - top

    def _place(self, canvas: Image) -> Image:
        return canvas[self.top : self.top + self.side, self.left : self.left + self.side]

    def with_square(self, frame: Image) -> Image:
        """What is shown with a frame (R, R, 3) in the square, its colours moved to the picture's where both meet."""
        shrinks = self.side < len(frame)
        way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        drawn: Array = np.asarray(cv2.resize(frame.astype(np.float32), (self.side, self.side), interpolation=way))
        if self.ring.any():
            off = np.median((self.own - drawn)[self.ring], axis=0)
            drawn = drawn + np.clip(off, -MOST_MOVED, MOST_MOVED)
        out = self.canvas.copy()
        mixed = self.own + (drawn - self.own) * self.weight
        self._place(out)[:] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
        left, top, right, bottom = self.window
        return np.ascontiguousarray(out[top:bottom, left:right])


def _feathered(side: int) -> Array:
    """(side, side) 1 inside and 0 at the edges, smooth between."""
    at = (np.arange(side, dtype=np.float32) + 0.5) / side
    line = np.clip((np.minimum(at, 1 - at) - EDGE) / (FEATHER - EDGE), 0, 1)
    line = line * line * (3 - 2 * line)
    return np.asarray(line[:, None] * line, np.float32)
