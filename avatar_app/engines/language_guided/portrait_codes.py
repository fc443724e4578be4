"""The codes of portraits: encoded where an e4e of the generator is installed, else searched once and remembered."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided.inversion import CodeSearch
from avatar_app.engines.language_guided.networks import Frozen
from avatar_app.request import Stopped
from avatar_app.types import OnStep, ShouldStop

ENCODED_SIDE = 256  # pixels that e4e sees
REMEMBERED = 16  # portraits
SLOW = 5.0  # seconds of a search that are worth a word


@dataclass(frozen=True)
class Key:
    """What codes depend on. face: the aligned square's bytes. steps: of the search."""

    generator: str
    face: bytes = field(repr=False)
    steps: int

    @property
    def name(self) -> str:
        """A short name of it."""
        return f"{self.generator} {self.steps} {hashlib.sha256(self.face).hexdigest()}"

    def pixels(self, device: torch.device) -> Tensor:
        """(1, 3, size, size) in [-1, 1]."""
        flat = torch.from_numpy(np.frombuffer(self.face, np.uint8).copy())
        side = round((len(flat) / 3) ** 0.5)
        return flat.view(1, side, side, 3).permute(0, 3, 1, 2).to(device).float() / 127.5 - 1


@dataclass(frozen=True)
class PortraitCodes:
    """Remembers what was found: the same portrait says another sentence without another search."""

    known: OrderedDict[str, Tensor] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def notes(self, networks: Frozen, key: Key) -> tuple[str, ...]:
        """How long `of` will take, measured on one step."""
        if networks.encoder is not None or key.name in self.known:
            return ()
        seconds = key.steps * _search(networks, key).seconds_a_step()
        if seconds < SLOW:
            return ()
        return (
            f"No e4e encoder of this generator is installed, so the portrait's codes are searched: about {seconds:.0f} "
            f"seconds for {key.steps} steps; fewer steps are faster and less like the portrait.",
        )

    def forget(self) -> None:
        """Lets go of all of them."""
        with self.lock:
            self.known.clear()

    def of(self, networks: Frozen, key: Key, on_step: OnStep, should_stop: ShouldStop) -> Tensor:
        """(1, L, style) of the portrait. on_step: fraction done. Raises Stopped once should_stop() is true."""
        with self.lock:
            if (found := self.known.get(key.name)) is not None:
                self.known.move_to_end(key.name)
                on_step(1.0)
                return found
        if should_stop():
            raise Stopped
        if networks.encoder is None:
            codes = _search(networks, key).run(key.steps, on_step, should_stop)
        else:
            codes = _encoded(networks, key)
        with self.lock:
            self.known[key.name] = codes
            while len(self.known) > REMEMBERED:
                self.known.popitem(last=False)
        on_step(1.0)
        return codes


def _search(networks: Frozen, key: Key) -> CodeSearch:
    return CodeSearch(networks.generator, networks.mean, networks.spread, key.pixels(networks.mean.device))


@torch.no_grad()
def _encoded(networks: Frozen, key: Key) -> Tensor:
    assert networks.encoder is not None and networks.encoder_mean is not None
    seen = F.interpolate(key.pixels(networks.mean.device), (ENCODED_SIDE, ENCODED_SIDE), mode="area")
    codes: Tensor = networks.encoder(seen) + networks.encoder_mean
    return codes
