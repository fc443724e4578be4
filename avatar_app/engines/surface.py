"""The options of all engines as one list of names, for surfaces on which they stand together: flags and API fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import Option, list_options
from avatar_app.engines.registry import specs


@dataclass(frozen=True)
class SurfaceOption:
    """One name on a surface. owners: the engines that have it, with their own option."""

    name: str
    owners: Mapping[str, Option]

    @property
    def option(self) -> Option:
        """What it looks like: the first owner's."""
        return next(iter(self.owners.values()))

    @property
    def help(self) -> str:
        """One sentence, and whose option it is where not everybody has it."""
        told = self.option.help
        if len(self.owners) == len(specs()):
            return told
        return f"{told} (Of {' and '.join(self.owners)}.)"


def surface_options(reserved: Collection[str]) -> list[SurfaceOption]:
    """Options of all engines, those of one name and kind together.

    A name that the surface needs for itself (reserved), or that another engine uses for another kind, gets its engine's
    name in front.
    """
    named: dict[str, dict[str, Option]] = {}
    for engine, spec in specs().items():
        for option in list_options(spec.options):
            name = option.name
            taken = named.get(name)
            if name in reserved or (taken and not _alike(option, next(iter(taken.values())))):
                name = f"{engine}_{name}"
            named.setdefault(name, {})[engine] = option
    return [SurfaceOption(name, owners) for name, owners in named.items()]


def options_of(spec: EngineSpec, given: Mapping[str, Any], listed: list[SurfaceOption]) -> dict[str, Any]:
    """What a surface was given, by the engine's own names; None is not given.

    A name that is another engine's stays as it is, for read_options to refuse with a sentence.
    """
    options = {}
    for one in listed:
        value = given.get(one.name)
        if value is not None:
            owner = one.owners.get(spec.name)
            options[one.name if owner is None else owner.name] = value
    return options


def _alike(a: Option, b: Option) -> bool:
    return (a.kind, a.choices, a.low, a.high) == (b.kind, b.choices, b.low, b.high)
