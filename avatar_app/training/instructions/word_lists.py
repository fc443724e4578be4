"""Reader of the word lists in data/*.txt; the first lines of each file tell what it holds."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from avatar_app.request import InputError

DATA = Path(__file__).parent / "data"
Lists = dict[str, dict[str, list[str]]]  # label -> name of a list -> its items, all in the order of the file


@dataclass(frozen=True)
class WholeRequest:
    """Ways to say one request, and what it asks for: "label" wanted, "-label" avoided, "label:1" with a strength."""

    ways: tuple[str, ...]
    labels: tuple[str, ...]


def read_lists(name: str) -> Lists:
    """The lists of data/NAME. Raises InputError that names a line which cannot be read or is there twice."""
    result: Lists = {}
    label, items = "", None
    for number, line in _lines(name):
        if heading := re.fullmatch(r"\[(.+)\]", line):
            label, items = heading[1], None
            _refuse_twice(label, result, name, number)
            result[label] = {}
        elif (heading := re.fullmatch(r"(\w+):", line)) and label:
            _refuse_twice(heading[1], result[label], name, number)
            items = result[label][heading[1]] = []
        elif line.startswith(" ") and items is not None:
            items += _items(line, name, number)
        else:
            expected = "a [label], a list's name with a colon, or its indented items"
            raise InputError(f"{name}, line {number}: expected {expected}; got {line.strip()!r}.")
    return result


def read_requests(name: str) -> list[WholeRequest]:
    """The requests of data/NAME, one a line; Raises InputError that names a line which cannot be read."""
    result = []
    for number, line in _lines(name):
        ways, equals, labels = line.rpartition(" = ")
        if not equals or not labels.split():
            raise InputError(f'{name}, line {number}: expected ways to say it, " = " and labels; got {line!r}.')
        result.append(WholeRequest(tuple(_items(ways, name, number)), tuple(labels.split())))
    return result


def _lines(name: str) -> list[tuple[int, str]]:
    """Numbered lines that are not empty and no comment."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(i, line.rstrip()) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def _items(line: str, name: str, number: int) -> list[str]:
    items = [item.strip() for item in line.split("|")]
    if not all(items):
        raise InputError(f'{name}, line {number}: there is an empty item: remove a "|".')
    return items


def _refuse_twice(key: str, known: Container[str], name: str, number: int) -> None:
    if key in known:
        raise InputError(f"{name}, line {number}: {key} is there twice: make one of the two.")
