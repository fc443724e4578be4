"""One list of names for all engines' options: alike ones share a name, others keep apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from avatar_app.engines import surface
from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import option
from avatar_app.engines.registry import find_spec
from avatar_app.engines.surface import options_of, surface_options


@dataclass(frozen=True)
class First:
    steps: int | None = option(None, "Steps.", kind="int", low=2, high=100)
    size: float = option(1.0, "How large.", kind="float", low=0, high=2)


@dataclass(frozen=True)
class Second:
    steps: int | None = option(None, "Steps, too.", kind="int", low=2, high=100)
    mode: bool = option(False, "Mode.", kind="bool")


@dataclass(frozen=True)
class Third:
    mode: str = option("a", "Another mode.", kind="choice", choices=("a", "b"))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, EngineSpec]:
    kinds = {"one": First, "two": Second, "three": Third}
    made = {name: replace(find_spec(None), name=name, options=options) for name, options in kinds.items()}
    monkeypatch.setattr(surface, "specs", lambda: made)
    return made


def test_names_are_shared_kept_apart_and_reserved(known: dict[str, EngineSpec]) -> None:
    listed = {one.name: list(one.owners) for one in surface_options({"size"})}
    assert listed == {"steps": ["one", "two"], "one_size": ["one"], "mode": ["two"], "three_mode": ["three"]}


def test_values_reach_the_engine_under_its_own_names(known: dict[str, EngineSpec]) -> None:
    listed = surface_options({"size"})
    given = {"steps": 4, "one_size": 0.5, "mode": None, "three_mode": None}
    assert options_of(known["one"], given, listed) == {"steps": 4, "size": 0.5}
    # What belongs to another engine is not swallowed: read_options refuses it.
    assert options_of(known["three"], {"steps": 4, "three_mode": "b"}, listed) == {"steps": 4, "mode": "b"}


def test_help_says_whose_an_option_is(known: dict[str, EngineSpec]) -> None:
    helps = {one.name: one.help for one in surface_options(set())}
    assert helps["steps"] == "Steps. (Of one and two.)" and helps["mode"] == "Mode. (Of two.)"
