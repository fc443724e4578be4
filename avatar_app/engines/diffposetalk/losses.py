"""Training losses of the published recipe, each a masked mean; what is undefined on a clip is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.diffposetalk.coefficients import Statistics, decode_motion
from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION

# Weights of the published recipe; vertices are in metres.
WEIGHTS = {
    "noise": 1.0,
    "vert": 2e6,
    "vel": 1e7,
    "smooth": 1e5,
    "head_angle": 0.05,
    "head_vel": 5.0,
    "head_smooth": 0.5,
    "head_trans": 0.5,
}
BOUNDARY = 3  # frames on either side of where two clips meet
_HEAD = slice(FLAME_EXPRESSION, FLAME_EXPRESSION + 3)  # of a motion vector
Vertices = Callable[[Tensor, Tensor, Tensor], Tensor]  # shape, exp, pose (N, T, .) -> (N, T, V, 3) metres


@dataclass(frozen=True)
class Clip:
    """One clip of N examples.

    predicted: (N, P + L, d), the network's answer. target: (N, L, d) motion. before: (N, P, d) true motion before it,
    None for the first of two clips. end: (N,) valid frames, None is all.
    """

    predicted: Tensor
    target: Tensor
    before: Tensor | None = None
    end: Tensor | None = None


def masked_mean(values: Tensor, mask: Tensor | None) -> Tensor:
    """Mean of (N, T, ...) over the frames where mask (N, T) is True, all examples together."""
    return values.mean() if mask is None else values[mask].mean()


def align(clip: Clip, constrain_prev: bool = True) -> tuple[Tensor, Tensor, Tensor]:
    """Predicted and true motion of the same frames, (N, T, d), and their mask (N, T).

    The first clip has no previous frames. Of the second they count, too, unless `constrain_prev` is False.
    """
    frames = clip.target.shape[1]
    previous = clip.predicted.shape[1] - frames
    index = torch.arange(frames, device=clip.target.device)
    end = clip.end if clip.end is not None else torch.full((len(clip.target),), frames, device=clip.target.device)
    mask = index < end[:, None]
    predicted = clip.predicted[:, previous:]
    if clip.before is None:
        return predicted, clip.target, mask
    earlier = clip.predicted[:, :previous] if constrain_prev else clip.before
    seen = torch.full((len(mask), previous), constrain_prev, device=mask.device)
    return (
        torch.cat([earlier, predicted], dim=1),
        torch.cat([clip.before, clip.target], dim=1),
        torch.cat([seen, mask], dim=1),
    )


def clip_losses(
    clip: Clip,
    shape: Tensor,
    stats: Statistics,
    vertices: Vertices,
    criterion: str = "l2",
    constrain_prev: bool = True,
) -> dict[str, Tensor]:
    """The terms of WEIGHTS that are defined on a clip of FLAME motion. shape: (N, 100) as FLAME takes it."""
    compare = F.l1_loss if criterion == "l1" else F.mse_loss

    def error(a: Tensor, b: Tensor, mask: Tensor) -> Tensor:
        return masked_mean(compare(a, b, reduction="none"), mask)

    predicted, target, mask = align(clip, constrain_prev)
    terms = {"noise": error(predicted, target, mask)}
    exp, pose = decode_motion(predicted, stats)
    true_exp, true_pose = decode_motion(target, stats)
    posed = shape[:, None].expand(-1, exp.shape[1], -1)
    made, real = (vertices(posed, e, _jaw_only(p)) for e, p in ((exp, pose), (true_exp, true_pose)))
    terms["vert"] = error(made, real, mask)
    terms |= _moving(error, made, real, mask, ("vel", "smooth"))
    if predicted.shape[-1] > exp.shape[-1] + 1:
        head, true_head = predicted[..., _HEAD], target[..., _HEAD]  # z-scored, unlike the vertices
        terms["head_angle"] = error(head, true_head, mask)
        terms |= _moving(error, head, true_head, mask, ("head_vel", "head_smooth"))
        if clip.before is not None:
            terms["head_trans"] = transition(head, true_head, mask, clip.before.shape[1], error)
    return terms


def _jaw_only(pose: Tensor) -> Tensor:
    """(..., 6) with the head unturned: its rotation would drown every other movement of the vertices."""
    return torch.cat([torch.zeros_like(pose[..., :3]), pose[..., 3:]], dim=-1)


def _moving(
    error: Callable[[Tensor, Tensor, Tensor], Tensor],
    made: Tensor,
    real: Tensor,
    mask: Tensor,
    names: tuple[str, str],
) -> dict[str, Tensor]:
    """Error of the velocity, and size of the predicted acceleration, where enough frames are valid."""
    terms: dict[str, Tensor] = {}
    if mask[:, 1:].any():
        terms[names[0]] = error(made.diff(dim=1), real.diff(dim=1), mask[:, 1:])
    if mask[:, 2:].any():
        bend = made.diff(n=2, dim=1)
        terms[names[1]] = error(bend, torch.zeros_like(bend), mask[:, 2:])
    return terms


def transition(
    head: Tensor, true_head: Tensor, mask: Tensor, boundary: int, error: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Tensor:
    """How much head motion breaks where the second clip begins: velocity and acceleration before and after."""
    joined = torch.cat([true_head[:, boundary - BOUNDARY : boundary], head[:, boundary : boundary + BOUNDARY]], dim=1)
    valid = mask[:, boundary : boundary + BOUNDARY]
    velocity, bend = joined.diff(dim=1), joined.diff(n=2, dim=1)
    return error(velocity[:, 2:4], velocity[:, 1:3], valid[:, :2]) + error(bend[:, 1:], bend[:, :-1], valid)


def weighted(terms: dict[str, Tensor]) -> dict[str, Tensor]:
    """The terms of a clip, or of two clips averaged, as their sum is the loss."""
    return {name: WEIGHTS[name] * value for name, value in terms.items()}


def average_pair(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """Terms of a step over two clips: means in which an undefined term counts 0; the transition is the second's own."""
    names = [name for name in WEIGHTS if name in first or name in second]
    result = {}
    for name in names:
        parts = [terms[name] for terms in (first, second) if name in terms]
        result[name] = parts[0] if name == "head_trans" else torch.stack(parts).sum() / 2
    return result


def noise_loss(clip: Clip) -> Tensor:
    """Of a model that predicts the noise, which is `target` here; only current frames have any."""
    predicted, noise, mask = align(Clip(clip.predicted, clip.target, None, clip.end))
    return masked_mean((predicted - noise) ** 2, mask)
