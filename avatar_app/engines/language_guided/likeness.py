"""A portrait in the small generator: its codes, and the generator turned a little toward it.

Codes alone keep of a stranger what the generator has seen in its few hundred people. So its weights are tuned for the
portrait, near its codes (pivotal tuning, Roich et al. 2022). Tuned on the still picture alone, it forgets how faces
move; so the portrait renderer draws what the portrait looks like when it smiles, winks or turns, and the generator
learns to answer the codes that the mover gives for it.
"""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from avatar_app.devices import autocast_dtype
from avatar_app.engines.language_guided.embedded import Networks
from avatar_app.engines.language_guided.face_shards import Faces, acting_faces
from avatar_app.engines.language_guided.face_training import CHANGE, COLOUR, EDGES, face_weight, moved_weight, unlike
from avatar_app.engines.language_guided.generator import Generator
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.request import Stopped
from avatar_app.types import OnStep, ShouldStop

REMEMBERED = 8  # portraits
RATE, WARM_UP = 0.01, 20  # of learning, and steps in which it rises
AT_ONCE = 4  # pictures of a step; the first shows the portrait at rest
SEED, LONGEST = 16, 0.95  # LONGEST: share of changes that are no longer than what takes may do


@dataclass(frozen=True)
class Likeness:
    """codes: (1, L, style). distance: mean absolute difference from the portrait, in colours from 0 to 1, before and
    after tuning. reach: length of all but the longest changes in W+ that it was tuned for."""

    generator: Generator
    codes: Tensor
    before: float
    after: float
    reach: float


@dataclass(frozen=True)
class Likenesses:
    """Remembers those that were made."""

    known: OrderedDict[str, Likeness] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def forget(self) -> None:
        """Lets go of all of them."""
        with self.lock:
            self.known.clear()

    def knows(self, portrait: Portrait, steps: int) -> bool:
        """Whether that one was made before."""
        with self.lock:
            return _name(portrait, steps) in self.known

    def of(
        self, networks: Networks, portrait: Portrait, steps: int, on_step: OnStep, should_stop: ShouldStop
    ) -> Likeness:
        """Of a portrait. Raises Stopped once should_stop() is true."""
        name = _name(portrait, steps)
        with self.lock:
            found = self.known.get(name)
        if found is None:
            pictures = acting_faces(portrait, networks.generator.config.size, np.random.default_rng(SEED))
            found = tune(networks, pictures, steps, on_step, should_stop)
        with self.lock:
            self.known[name] = found
            self.known.move_to_end(name)
            while len(self.known) > REMEMBERED:
                self.known.popitem(last=False)
        on_step(1.0)
        return found


def _name(portrait: Portrait, steps: int) -> str:
    return f"{steps} {portrait.digest()}"


def tune(networks: Networks, faces: Faces, steps: int, on_step: OnStep, should_stop: ShouldStop) -> Likeness:
    """The likeness of the face that pictures show, the first at rest; in `steps` of tuning."""
    device = next(networks.generator.parameters()).device
    targets = torch.tensor(faces.pictures).permute(0, 3, 1, 2).to(device).float() / 127.5 - 1
    motions = torch.from_numpy(faces.motions).to(device)
    with torch.no_grad():
        codes = networks.encoder(targets[:1])
        before = _distance(networks.generator(codes), targets[:1])
        moves = networks.mover(motions[:1], motions)
    weights = moved_weight(face_weight(targets.shape[-1]).to(device), targets[:1], targets)
    generator, codes = copy.deepcopy(networks.generator), codes.clone().requires_grad_()
    learned = [p for name, p in generator.named_parameters() if not name.startswith("style.")]
    # A run that will draw limits products to one thread; nothing is drawn yet, and these are large.
    with torch.enable_grad(), threadpool_limits(torch.get_num_threads(), user_api="blas"):
        for one in learned:
            one.requires_grad_()
        search = torch.optim.Adam([*learned, codes], lr=RATE, betas=(0.9, 0.99))
        rng = np.random.default_rng(SEED)
        for step in range(steps):
            if should_stop():
                raise Stopped
            search.param_groups[0]["lr"] = (
                RATE * min(1, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2
            )
            search.zero_grad()
            rows = torch.from_numpy(np.concatenate([[0], rng.integers(len(targets), size=AT_ONCE - 1)])).to(device)
            _off(generator, codes + moves[rows], targets[rows], weights[rows]).backward()
            search.step()
            on_step((step + 1) / steps)
    generator.requires_grad_(False)
    with torch.no_grad():
        after = _distance(generator(codes), targets[:1])
        reach = float(moves.flatten(1).norm(dim=1).quantile(LONGEST))
        return Likeness(generator, codes.detach(), before, after, reach)


def _off(generator: Generator, codes: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """() how far off (B, L, S) are drawn from targets (B, 3, R, R), the first of which is at rest.

    weight: (B, 1, R, R), see moved_weight.
    """
    half = autocast_dtype(codes.device)
    with torch.autocast(codes.device.type, half or torch.bfloat16, enabled=half is not None):
        drawn = generator(codes).float()
    colour, edges = unlike(drawn, targets, weight)
    change = torch.stack(unlike(drawn[1:] - drawn[:1], targets[1:] - targets[:1], weight[1:])).sum()
    return COLOUR * colour + EDGES * edges + CHANGE * change


def _distance(drawn: Tensor, target: Tensor) -> float:
    return float((drawn.clamp(-1, 1) - target).abs().mean() / 2)
