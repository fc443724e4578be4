"""Options of an engine: fields of a frozen dataclass that become command-line flags, page controls and API fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.files import file_exists
from avatar_app.request import InputError, check_number

KINDS = ("int", "float", "bool", "choice", "file", "path", "numbers")


@dataclass(frozen=True)
class Option:
    """One option, as the surfaces show it.

    kind: one of KINDS; "numbers" are some numbers with commas between them, a "path" is a place on this machine, which
    the command line and Python alone can name. default: None leaves it to the weights.
    low, high: limits of numbers. suggested: where a slider begins while the default is None. only: the weights that
    have this option; "" is all of them. fast, best: its value with these presets; None leaves it where it begins.
    everyday: it stands with the page's first sliders, under a plain name.
    """

    name: str
    kind: str
    default: Any
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    suggested: float | None = None
    choices: tuple[str, ...] = ()
    only: str = ""
    fast: Any = None
    best: Any = None
    everyday: bool = False

    def read(self, value: Any) -> Any:
        """The value as the engine gets it. Raises InputError for one of another kind or outside the limits."""
        if value is None or value is self.default:
            return self.default
        readers = {
            "int": self._number,
            "float": self._number,
            "bool": self._bool,
            "choice": self._choice,
            "file": self._file,
            "path": self._path,
            "numbers": self._numbers,
        }
        return readers[self.kind](value)

    def _number(self, value: Any) -> float:
        assert self.low is not None and self.high is not None
        check_number(self._words, value, self.low, self.high, whole=self.kind == "int")
        return int(value) if self.kind == "int" else float(value)

    def _bool(self, value: Any) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise InputError(f"The {self._words} must be true or false; got {value!r}.")
        return bool(value)

    def _choice(self, value: Any) -> str:
        if value not in self.choices:
            raise InputError(f"The {self._words} must be {' or '.join(self.choices)}; got {value!r}.")
        return str(value)

    def _file(self, value: Any) -> Path | None:
        if isinstance(value, str) and not value:
            return None
        if not isinstance(value, str | Path) or not file_exists(Path(value)):
            raise InputError(f"The {self._words} must be a file; there is none called {str(value)!r}.")
        return Path(value)

    def _path(self, value: Any) -> Path | None:
        if not isinstance(value, str | Path):
            raise InputError(f"The {self._words} must be a place on this machine; got {value!r}.")
        return Path(value) if str(value) else None

    def _numbers(self, value: Any) -> tuple[float, ...] | None:
        if isinstance(value, str) and not value.strip():
            return None
        parts = value.split(",") if isinstance(value, str) else np.atleast_1d(value).tolist()
        try:
            numbers = tuple(float(part) for part in parts)
        except (TypeError, ValueError):
            numbers = ()
        if not numbers or not np.isfinite(numbers).all():
            raise InputError(f"The {self._words} must be numbers with commas between them; got {value!r}.")
        return numbers

    @property
    def local(self) -> bool:
        """Whether it names a place on this machine, so that neither the page nor the endpoint offers it."""
        return self.kind == "path"

    @property
    def _words(self) -> str:
        return self.name.replace("_", " ")


def option(
    default: Any,
    help: str,
    *,
    kind: str,
    label: str = "",
    low: float | None = None,
    high: float | None = None,
    suggested: float | None = None,
    choices: tuple[str, ...] = (),
    only: str = "",
    fast: Any = None,
    best: Any = None,
    everyday: bool = False,
) -> Any:
    """A field of an engine's options; see Option."""
    if kind not in KINDS:
        raise ValueError(f"the kind of an option must be one of {', '.join(KINDS)}; got {kind!r}")
    told: dict[str, Any] = {"kind": kind, "label": label, "help": help, "low": low, "high": high}
    told |= {"suggested": suggested, "choices": choices, "only": only}
    return dataclasses.field(default=default, metadata=told | {"fast": fast, "best": best, "everyday": everyday})


def list_options(options: type) -> tuple[Option, ...]:
    """The options of an engine's dataclass, in the order of its fields."""
    listed = []
    for field in dataclasses.fields(options):
        told = dict(field.metadata)
        label = told.pop("label") or field.name.replace("_", " ").capitalize()
        listed.append(Option(field.name, default=field.default, label=label, **told))
    return tuple(listed)


def read_options(title: str, options: type, given: Any, weights: str) -> Any:
    """The engine's dataclass from a mapping or an instance of it; absent and None values are the defaults.

    title: of the engine, for messages. Raises InputError for an unknown name, for one that these weights do not have,
    and for values that cannot be.
    """
    values = vars(given) if isinstance(given, options) else given
    if not isinstance(values, Mapping):
        raise InputError(f"The options of {title} must be a mapping of names to values; got {type(values).__name__}.")
    known = {option.name: option for option in list_options(options)}
    read = {}
    for name, value in values.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InputError(f"{title} has no option {str(name)!r}; it has: {listed}.")
        one = known[name]
        read[name] = one.read(value)
        if one.only and one.only != weights and read[name] != one.default:
            raise InputError(f"The option {name!r} of {title} is for its {one.only} weights: add --weights {one.only}.")
    return options(**read)
