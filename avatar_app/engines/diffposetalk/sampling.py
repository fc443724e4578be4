"""From noise to motion: guidance over two conditions, ancestral sampling and a fast solver, window after window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler
from torch import Tensor

from avatar_app.engines.diffposetalk.config import Guidance, Threshold
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.request import InputError, Stopped
from avatar_app.types import ShouldStop

Predict = Callable[[Tensor, int], Tensor]  # x_t (N, L, d), step t -> guided prediction (N, L, d)
DrawNoise = Callable[[int, Tensor], Tensor]  # step t, x_t -> standard normal of the same shape


@dataclass(frozen=True)
class Branch:
    """One evaluation of the network: which conditions it sees, and its weight in the guided prediction."""

    audio: bool
    style: bool
    weight: float


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
class Steps:
    """How to get there. count: None is every noise level, one after another (ancestral); else steps of the solver.

    plain: the published computation, step by step, without anything kept between steps; a baseline.
    flexibility: 0 adds the posterior's noise, 1 adds sqrt(beta).
    """

    count: int | None = None
    plain: bool = False
    flexibility: float = 0.0


def plan_branches(guidance: Guidance) -> tuple[Branch, ...]:
    """The evaluations of a guidance and their weights, which sum to 1; those of weight 0 are left out.

    Incremental: x0 = none + s_a (voice - none) + s_s (both - voice). Independent: none + sum of s_i (i - none).
    """
    audio, style = "audio" in guidance.conditions, "style" in guidance.conditions
    a, s = guidance.audio_scale, guidance.style_scale
    if audio and style and guidance.mode == "incremental":
        parts = [Branch(False, False, 1 - a), Branch(True, False, a - s), Branch(True, True, s)]
    elif audio and style and guidance.mode == "independent":
        none, voice = (1 - a - s, a) if not guidance.as_published else ((1 - a) * (1 - s), a * (1 - s))
        parts = [Branch(False, False, none), Branch(True, False, voice), Branch(False, True, s)]
    elif guidance.mode not in ("incremental", "independent"):
        raise InputError(f"The guidance must be incremental or independent; got {guidance.mode!r}.")
    elif audio:
        parts = [Branch(False, True, 1 - a), Branch(True, True, a)]
    elif style:
        parts = [Branch(True, False, 1 - s), Branch(True, True, s)]
    else:
        parts = [Branch(True, True, 1.0)]
    return tuple(branch for branch in parts if abs(branch.weight) > 1e-6)


def clamp_to_quantile(x: Tensor, threshold: Threshold) -> Tensor:
    """(N, L, d), each row clamped to +-s: the quantile of its absolute values, within the threshold's limits."""
    level = torch.quantile(x.abs().flatten(1), threshold.ratio, dim=1).clamp(threshold.least, threshold.most)
    limit = level[:, None, None]
    return torch.minimum(torch.maximum(x, -limit), limit)


def guided_prediction(model: DiffTalkingHead, window: WindowInputs, guidance: Guidance, plain: bool = False) -> Predict:
    """The network's guided answer for one window, as a function of x_t and t. All branches go through it at once."""
    if "style" in guidance.conditions and window.style is None:
        raise InputError("Style cannot be guided when none is given: give a style, or guide the voice only.")
    branches, rows = plan_branches(guidance), len(window.audio)
    person = torch.cat([_person(model, window, branch) for branch in branches])
    spread = replace(
        window,
        prev_motion=window.prev_motion.repeat(len(branches), 1, 1),
        indicator=None if window.indicator is None else window.indicator.repeat(len(branches), 1),
    )
    answer = (_plain if plain or model.config.align_mask_width != 1 else _prepared)(model, spread, branches, person)

    def predict(x: Tensor, t: int) -> Tensor:
        step = torch.full((len(branches) * rows,), t, device=x.device)
        out = answer(x.repeat(len(branches), 1, 1), step)
        if guidance.threshold is not None:
            out = clamp_to_quantile(out, guidance.threshold)
        weights = out.new_tensor([branch.weight for branch in branches])
        return torch.einsum("k,knld->nld", weights, out.unflatten(0, (len(branches), rows)))

    return predict


def _person(model: DiffTalkingHead, window: WindowInputs, branch: Branch) -> Tensor:
    style = window.style
    if model.config.d_style and (style is None or not branch.style):
        style = model.null_style_feat[:, 0].expand(len(window.audio), -1)
    return model.person(window.shape, style if model.config.d_style else None)


def _plain(
    model: DiffTalkingHead, window: WindowInputs, branches: Sequence[Branch], person: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Every branch's voice through the whole of cross-attention at every step."""
    nulled = model.null_audio_feat.expand_as(window.audio) if hasattr(model, "null_audio_feat") else window.audio
    audio = torch.cat([window.audio if branch.audio else nulled for branch in branches])
    prev_audio = window.prev_audio.repeat(len(branches), 1, 1)

    def answer(x: Tensor, step: Tensor) -> Tensor:
        net = model.denoising_net
        out = net(x, audio, person, window.prev_motion, prev_audio, step, window.indicator)
        return out[:, model.config.n_prev_motions :]

    return answer


def _prepared(
    model: DiffTalkingHead, window: WindowInputs, branches: Sequence[Branch], person: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-attention once for the real and once for the missing voice; rows that hear the same share it."""
    voices, index = _distinct(window.audio, window.prev_audio)
    audio, prev_audio = window.audio[voices], window.prev_audio[voices]
    rows = torch.cat([index if branch.audio else index + len(voices) for branch in branches])
    if not all(branch.audio for branch in branches):
        audio = torch.cat([audio, model.null_audio_feat.expand_as(audio)])
        prev_audio = torch.cat([prev_audio, prev_audio])
    memory = model.denoising_net.prepare(audio, person, window.prev_motion, prev_audio, window.indicator, rows)
    return lambda x, step: model.denoising_net.predict(x, step, memory, current_only=True)


def _distinct(audio: Tensor, prev_audio: Tensor) -> tuple[Tensor, Tensor]:
    """Which rows to keep, and for every row the place of its equal among them: takes of one recording are equal."""
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
    on_step: Callable[[float], None] = lambda done: None,
    should_stop: ShouldStop = lambda: False,
) -> Tensor:
    """(N, L, d) clean motion of one window from x_T (N, L, d). Raises Stopped between steps."""
    predict = guided_prediction(model, window, guidance, steps.plain)

    def watched(x: Tensor, t: int) -> Tensor:
        if should_stop():
            raise Stopped
        return predict(x, t)

    if steps.count is None:
        return ancestral(model, watched, noise, draw, steps.flexibility, on_step)
    return solve(model, watched, noise, steps.count, on_step)


def ancestral(
    model: DiffTalkingHead,
    predict: Predict,
    x: Tensor,
    draw: DrawNoise,
    flexibility: float = 0.0,
    on_step: Callable[[float], None] = lambda done: None,
) -> Tensor:
    """x0 by one step per noise level (Ho et al. 2020, algorithm 2); the last step adds no noise."""
    schedule = model.diffusion_sched
    for t in range(schedule.steps, 0, -1):
        out = predict(x, t)
        if model.config.target == "noise":
            alpha, bar = schedule.alphas[t], schedule.alpha_bars[t]
            x_next = (x - (1 - alpha) / (1 - bar).sqrt() * out) / alpha.sqrt()
        else:
            of_x, of_x0 = schedule.posterior(t)
            x_next = of_x * x + of_x0 * out
        x = x_next + schedule.sigma(t, flexibility) * draw(t, x) if t > 1 else x_next
        on_step(1 - (t - 1) / schedule.steps)
    return x


def spread_steps(alpha_bars: Tensor, count: int) -> list[int]:
    """`count` falling timesteps (step - 1): the noisiest, then even in log signal-to-noise ratio.

    Above 94 % of the levels all is noise, and half of evenly spread steps would be spent there.
    """
    ratio = (alpha_bars / (1 - alpha_bars)).log()[1:].cpu().numpy()
    top = round(0.94 * len(ratio)) - 1
    wanted = np.linspace(ratio[top], ratio[0], count - 1) if count > 1 else []
    steps = [len(ratio) - 1, *(int(np.abs(ratio - value).argmin()) for value in wanted)]
    return list(dict.fromkeys(steps))


def solve(model: DiffTalkingHead, predict: Predict, x: Tensor, count: int, on_step: Callable[[float], None]) -> Tensor:
    """x0 by `count` steps of DPM-Solver++ 2M (Lu et al. 2022) on the model's own noise levels; draws no noise."""
    solver = DPMSolverMultistepScheduler(
        trained_betas=model.diffusion_sched.betas[1:].cpu().numpy(),
        num_train_timesteps=model.diffusion_sched.steps,
        prediction_type="sample" if model.config.target == "sample" else "epsilon",
        final_sigmas_type="zero",
    )
    solver.set_timesteps(timesteps=spread_steps(model.diffusion_sched.alpha_bars, count), device=x.device)
    for i, timestep in enumerate(solver.timesteps):
        x = solver.step(predict(x, int(timestep) + 1), timestep, x).prev_sample
        on_step((i + 1) / len(solver.timesteps))
    return x
