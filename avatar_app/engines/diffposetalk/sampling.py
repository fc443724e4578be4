"""Sampling DiffPoseTalk: the two-condition guidance of a window, and one window after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from avatar_app.diffusion.guidance import Branch, Threshold, clamp_to_quantile, combine, plan_branches
from avatar_app.diffusion.noise import DrawNoise
from avatar_app.diffusion.samplers import Predict, ancestral, never_stop, no_step, schedule_solver, solve
from avatar_app.diffusion.windows import Window, in_turn
from avatar_app.engines.diffposetalk.config import Guidance
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.spec import Options
from avatar_app.progress import part_of
from avatar_app.request import InputError
from avatar_app.types import OnStep, ShouldStop


@dataclass(frozen=True)
class WindowInputs:
    """One window of N rows.

    audio: (N, L, D). shape: (N, 100) normalised, or None. style: (N, style), or None for the null style.
    prev_motion: (N, P, d). prev_audio: (N, P, D). indicator: (N, L) 1 on real frames, or None.
    """

    audio: Tensor
    shape: Tensor | None
    style: Tensor | None
    prev_motion: Tensor
    prev_audio: Tensor
    indicator: Tensor | None = None


@dataclass(frozen=True)
class ClipInputs:
    """A whole recording of N rows, cut into windows of L frames: W of them.

    audio: (N, W * L, D). shape, style: see WindowInputs. indicator: (N, W * L) 1 on real frames, or None.
    """

    audio: Tensor
    shape: Tensor | None
    style: Tensor | None
    indicator: Tensor | None = None


@dataclass(frozen=True)
class Steps:
    """How to get there. count: None is every noise level, one after another (ancestral); else steps of the solver.

    plain: the published computation, step by step, without anything kept between steps; a baseline.
    flexibility: 0 adds the posterior's noise, 1 adds sqrt(beta).
    """

    count: int | None = None
    plain: bool = False
    flexibility: float = 0.0


@dataclass(frozen=True)
class Scales:
    """Guidance scales of voice and style where a request names none."""

    audio: float
    style: float


def guidance_of(options: Options, scales: Scales, guided: tuple[str, ...], styled: bool) -> Guidance:
    """The guidance that a request's options ask for. guided: the conditions that the model can guide."""
    given = {"audio", "style"} if styled else {"audio"}
    return Guidance(
        options.guidance,
        tuple(name for name in ("audio", "style") if name in given and name in guided),
        scales.audio if options.audio_scale is None else options.audio_scale,
        scales.style if options.style_scale is None else options.style_scale,
        threshold=None if options.thresholding is None else Threshold(*options.thresholding),
    )


def branches_of(guidance: Guidance) -> tuple[Branch, ...]:
    """The evaluations of a guidance over voice and style; see guidance.plan_branches."""
    scales = {"audio": guidance.audio_scale, "style": guidance.style_scale}
    scales = {name: scale for name, scale in scales.items() if name in guidance.conditions}
    if guidance.as_published and guidance.mode == "independent" and len(scales) == 2:
        a, s = scales.values()
        weights = {"style": s, "audio": a * (1 - s), "": (1 - a) * (1 - s)}
        return tuple(Branch(frozenset({name} - {""}), weight) for name, weight in weights.items())
    return plan_branches(scales, guidance.mode)


def guided_prediction(model: DiffTalkingHead, window: WindowInputs, guidance: Guidance, plain: bool = False) -> Predict:
    """The network's guided answer for one window, as a function of x_t and level t, 1 to T. Branches share a batch."""
    if "style" in guidance.conditions and window.style is None:
        raise InputError("Style cannot be guided when none is given: give a style, or guide the voice only.")
    branches, rows = branches_of(guidance), len(window.audio)
    seen = [{"audio", "style"} - set(guidance.conditions) | branch.sees for branch in branches]
    person = torch.cat([_person(model, window, "style" in sees) for sees in seen])
    spread = replace(
        window,
        prev_motion=window.prev_motion.repeat(len(branches), 1, 1),
        indicator=None if window.indicator is None else window.indicator.repeat(len(branches), 1),
    )
    voiced = ["audio" in sees for sees in seen]
    answer = (_plain if plain or model.config.align_mask_width != 1 else _prepared)(model, spread, voiced, person)

    def predict(x: Tensor, t: int) -> Tensor:
        level = torch.full((len(branches) * rows,), t, device=x.device)
        out = answer(x.repeat(len(branches), 1, 1), level)
        if guidance.threshold is not None:
            out = clamp_to_quantile(out, guidance.threshold)
        answers = dict(zip(branches, out.unflatten(0, (len(branches), rows)), strict=True))
        return combine(branches, answers.__getitem__)

    return predict


def _person(model: DiffTalkingHead, window: WindowInputs, styled: bool) -> Tensor:
    style = window.style
    if model.config.d_style and (style is None or not styled):
        style = model.null_style_feat[:, 0].expand(len(window.audio), -1)
    return model.person(window.shape, style if model.config.d_style else None)


def _plain(
    model: DiffTalkingHead, window: WindowInputs, voiced: Sequence[bool], person: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Every branch's voice through the whole of cross-attention at every step."""
    nulled = model.null_audio_feat.expand_as(window.audio) if hasattr(model, "null_audio_feat") else window.audio
    audio = torch.cat([window.audio if with_audio else nulled for with_audio in voiced])
    prev_audio = window.prev_audio.repeat(len(voiced), 1, 1)

    def answer(x: Tensor, step: Tensor) -> Tensor:
        net = model.denoising_net
        out = net(x, audio, person, window.prev_motion, prev_audio, step, window.indicator)
        return out[:, model.config.n_prev_motions :]

    return answer


def _prepared(
    model: DiffTalkingHead, window: WindowInputs, voiced: Sequence[bool], person: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-attention once for the real and once for the missing voice; rows with the same voice share it."""
    voices, index = _distinct(window.audio, window.prev_audio)
    audio, prev_audio = window.audio[voices], window.prev_audio[voices]
    rows = torch.cat([index if with_audio else index + len(voices) for with_audio in voiced])
    if not all(voiced):
        audio = torch.cat([audio, model.null_audio_feat.expand_as(audio)])
        prev_audio = torch.cat([prev_audio, prev_audio])
    memory = model.denoising_net.prepare(audio, person, window.prev_motion, prev_audio, window.indicator, rows)
    return lambda x, step: model.denoising_net.predict(x, step, memory, current_only=True)


def _distinct(audio: Tensor, prev_audio: Tensor) -> tuple[Tensor, Tensor]:
    """Which rows to keep, and for every row the place of its equal among them: samples of one recording are equal."""
    same = (audio == audio[:1]).all() and (prev_audio == prev_audio[:1]).all()
    if len(audio) > 1 and not same:
        every = torch.arange(len(audio), device=audio.device)
        return every, every
    return torch.zeros(1, dtype=torch.long, device=audio.device), torch.zeros(
        len(audio), dtype=torch.long, device=audio.device
    )


def sample_window(
    model: DiffTalkingHead,
    window: WindowInputs,
    noise: Tensor,
    guidance: Guidance,
    steps: Steps,
    draw: DrawNoise,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """(N, L, d) clean motion of one window from x_T (N, L, d). Raises Stopped between steps."""
    predict = guided_prediction(model, window, guidance, steps.plain)
    schedule, of_noise = model.diffusion_sched, model.config.target == "noise"
    if steps.count is None:
        return ancestral(predict, noise, schedule, draw, of_noise, steps.flexibility, on_step, should_stop)
    solver = schedule_solver(schedule, steps.count, noise.device, of_noise)
    return solve(lambda x, timestep: predict(x, timestep + 1), noise, solver, on_step, should_stop)


def sample_clip(
    model: DiffTalkingHead,
    clip: ClipInputs,
    noise: Callable[[int], Tensor],
    guidance: Guidance,
    steps: Steps,
    draw: Callable[[int, int, Tensor], Tensor],
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """(N, W * L, d) clean motion, each window seeing the last frames of the one before.

    noise(window): x_T (N, L, d). draw(window, level, x_t): standard normal like x_t. Raises Stopped between steps.
    """
    size, previous = model.config.n_motions, model.config.n_prev_motions
    windows = [(first, first + size) for first in range(0, clip.audio.shape[1], size)]
    start_motion, start_audio = model.start(len(clip.audio))

    def one(k: int, window: Window, done: Tensor | None) -> Tensor:
        first, end = window
        inputs = WindowInputs(
            clip.audio[:, first:end],
            clip.shape,
            clip.style,
            start_motion if done is None else done[:, -previous:],
            start_audio if done is None else clip.audio[:, first - previous : first],
            None if clip.indicator is None else clip.indicator[:, first:end],
        )

        tell = part_of(on_step, k, len(windows))
        return sample_window(
            model, inputs, noise(k), guidance, steps, lambda level, x: draw(k, level, x), tell, should_stop
        )

    return in_turn(windows, one)
