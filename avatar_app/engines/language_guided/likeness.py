"""A portrait in the small generator: its codes, and the generator turned a little toward it.

Codes alone keep of a stranger what the generator has seen in its few hundred people. So its weights are tuned for the
portrait, near its codes (pivotal tuning, Roich et al. 2022); how codes move a face stays as it was learned.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided.embedded import Networks
from avatar_app.engines.language_guided.face_training import face_weight
from avatar_app.engines.language_guided.generator import Generator
from avatar_app.request import Stopped
from avatar_app.types import Image, OnStep, ShouldStop

REMEMBERED = 8  # portraits
CODES_RATE, WEIGHTS_RATE = 0.02, 0.01
CODES_SHARE = 0.3  # of the steps, in which codes are searched before weights are tuned
LEVELS = 3


@dataclass(frozen=True)
class Likeness:
    """codes: (1, L, style). distance: mean absolute difference from the portrait, in colours from 0 to 1, before and
    after tuning."""

    generator: Generator
    codes: Tensor
    before: float
    after: float


@dataclass(frozen=True)
class Likenesses:
    """Remembers those that were made."""

    known: OrderedDict[str, Likeness] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def of(self, networks: Networks, face: Image, steps: int, on_step: OnStep, should_stop: ShouldStop) -> Likeness:
        """Of an aligned face (R, R, 3) uint8. Raises Stopped once should_stop() is true."""
        name = f"{steps} {hashlib.sha256(face.tobytes()).hexdigest()}"
        with self.lock:
            found = self.known.get(name)
        if found is None:
            found = tune(networks, face, steps, on_step, should_stop)
        with self.lock:
            self.known[name] = found
            self.known.move_to_end(name)
            while len(self.known) > REMEMBERED:
                self.known.popitem(last=False)
        on_step(1.0)
        return found


def tune(networks: Networks, face: Image, steps: int, on_step: OnStep, should_stop: ShouldStop) -> Likeness:
    """The likeness of an aligned face (R, R, 3) uint8; `steps` of search and tuning together."""
    device = next(networks.generator.parameters()).device
    target = torch.tensor(face, device=device).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        codes = networks.encoder(target)
        before = _distance(networks.generator(codes), target)
    generator = copy.deepcopy(networks.generator)
    first = round(CODES_SHARE * steps)
    with torch.enable_grad():
        codes = codes.clone().requires_grad_()
        _descend([codes], CODES_RATE, first, generator, codes, target, lambda k: on_step(k / steps), should_stop)
        codes = codes.detach()
        weights = [p for name, p in generator.named_parameters() if not name.startswith("style.")]
        for one in weights:
            one.requires_grad_()
        _descend(
            weights, WEIGHTS_RATE, steps - first, generator, codes, target, lambda k: on_step((first + k) / steps),
            should_stop,
        )  # fmt: skip
    generator.requires_grad_(False)
    with torch.no_grad():
        return Likeness(generator, codes, before, _distance(generator(codes), target))


def _descend(learned: Sequence[Tensor], rate: float, steps: int, generator: Generator, codes: Tensor, target: Tensor,
             on_step: OnStep, should_stop: ShouldStop) -> None:  # fmt: skip
    search = torch.optim.Adam(learned, lr=rate, betas=(0.9, 0.99))
    weight = face_weight(target.shape[-1]).to(target.device)
    for step in range(steps):
        if should_stop():
            raise Stopped
        search.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
        search.zero_grad()
        unlike(generator(codes), target, weight).backward()
        search.step()
        on_step(step + 1)


def unlike(drawn: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """() how unlike pictures (B, 3, R, R) are, at several sizes, and their edges. weight: (1, 1, R, R)."""
    total = drawn.new_zeros(())
    for level in range(LEVELS):
        off = (drawn - target) * weight
        total = total + off.abs().mean()
        if level == 0:
            total = total + off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()
        drawn, target, weight = (F.avg_pool2d(one, 2) for one in (drawn, target, weight))
    return total


def _distance(drawn: Tensor, target: Tensor) -> float:
    return float((drawn.clamp(-1, 1) - target).abs().mean() / 2)
