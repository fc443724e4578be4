"""Options of an engine: what a surface gives becomes the engine's dataclass, or a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.engines.options import list_options, option, read_options
from avatar_app.request import InputError


@dataclass(frozen=True)
class Options:
    steps: int | None = option(None, "Steps.", kind="int", low=2, high=100, suggested=8)
    scale: float = option(1.0, "Scale.", kind="float", low=0, high=5)
    loud: bool = option(True, "Loud.", kind="bool")
    mode: str = option("plain", "Mode.", kind="choice", choices=("plain", "fancy"))
    limits: tuple[float, ...] | None = option(None, "Limits.", kind="numbers")
    shape: Path | None = option(None, "Shape.", kind="file", only="published")


def read(given: Any, weights: str = "published") -> Options:
    result: Options = read_options("The engine", Options, given, weights)
    return result


def test_what_is_absent_or_none_is_the_default() -> None:
    assert read({}) == Options() == read({"steps": None, "scale": None, "loud": None})


def test_values_come_in_the_forms_that_surfaces_give(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"x")
    given = {
        "steps": 12.0,
        "scale": 2,
        "loud": False,
        "mode": "fancy",
        "limits": "0.9, 1,4",
        "shape": tmp_path / "a.npy",
    }
    assert read(given) == Options(12, 2.0, False, "fancy", (0.9, 1.0, 4.0), tmp_path / "a.npy")
    assert isinstance(read(given).steps, int) and read({"limits": 0.5}).limits == (0.5,)
    assert read({"limits": "", "shape": ""}) == Options()
    assert read({"limits": np.array([0.5, 1.0])}).limits == (0.5, 1.0)


def test_an_instance_is_checked_like_a_mapping() -> None:
    assert read(Options(steps=4)) == Options(steps=4)
    with pytest.raises(InputError, match="steps must be from 2 to 100"):
        read(Options(steps=1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stepps": 3}, "has no option 'stepps'; it has: steps, scale, loud, mode, limits, shape"),
        ({"steps": 1}, "steps must be from 2 to 100; got 1"),
        ({"steps": 2.5}, "whole number"),
        ({"steps": "many"}, "must be a number"),
        ({"scale": float("nan")}, "scale must be from 0 to 5"),
        ({"loud": 1}, "true or false"),
        ({"mode": "odd"}, "plain or fancy; got 'odd'"),
        ({"limits": "one"}, "numbers with commas"),
        ({"limits": ""}, ""),
        ({"shape": "nowhere.npy"}, "none called 'nowhere.npy'"),
        (["steps"], "must be a mapping"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(given: Any, words: str) -> None:
    if not words:
        read(given)
        return
    with pytest.raises(InputError, match=words) as caught:
        read(given)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_an_option_of_other_weights_is_refused_and_its_default_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"x")
    with pytest.raises(InputError, match="for its published weights"):
        read({"shape": tmp_path / "a.npy"}, "embedded")
    assert read({"shape": None}, "embedded") == Options()


def test_fields_tell_a_surface_everything_it_shows() -> None:
    steps, *_, shape = list_options(Options)
    assert (steps.name, steps.label, steps.low, steps.high, steps.suggested) == ("steps", "Steps", 2, 100, 8)
    assert shape.only == "published" and shape.kind == "file"
    with pytest.raises(ValueError, match="kind"):
        option(1, "x", kind="colour")
