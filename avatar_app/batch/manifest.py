"""Rows of a manifest (CSV or JSON lines) as requests, each with a key that its inputs and options decide."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from avatar_app.files import file_exists
from avatar_app.request import InputError, Request
from avatar_app.weights import sha256_of

FILES = ("audio", "partner", "portrait")
PERHAPS_FILES = ("style", "background")  # or names, films and colours
NOT_ASKED = ("output", "force", "options", "names")
CAPTIONS = ("chapter", "title")  # what a gallery says of a row; no part of a request
COLUMNS = tuple(one.name for one in fields(Request) if one.name not in NOT_ASKED)
KNOWN = {*COLUMNS, *CAPTIONS, "options"}
WHOLE = ("samples", "seed", "size", "face")
NUMBERS = ("duration", "audio_from", "audio_to", "motion_strength", "blinks", "eye_contact")
OPTION = "option."  # how columns of an engine's options begin
YES, NO = ("1", "true", "yes"), ("", "0", "false", "no")
KEY = 16  # hexadecimal digits


@dataclass(frozen=True)
class Row:
    """number: from 1, as a reader counts. given: its columns as they were read. problem: why it cannot be a request."""

    number: int
    given: dict[str, Any]
    problem: str = ""


def read_rows(manifest: Path) -> Iterator[Row]:
    """One after another, however many there are. Paths in them begin at the manifest's folder.

    CSV: a line of names, then a line each; JSON lines: an object a line. Columns are named like fields of Request;
    options of an engine "option.NAME", or an object in "options". Raises InputError for a file that is neither; what is
    wrong with one row is the row's `problem`.
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            if manifest.suffix.lower() == ".csv":
                yield from _csv_rows(file)
            elif manifest.suffix.lower() in (".jsonl", ".ndjson"):
                yield from _json_rows(file)
            else:
                raise InputError(f"A manifest is a .csv or .jsonl file; got {manifest.name!r}.")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The manifest {str(manifest)!r} cannot be read ({type(error).__name__}).") from error


def _csv_rows(file: Any) -> Iterator[Row]:
    reader = csv.DictReader(file)
    names = [name or "" for name in reader.fieldnames or []]
    unknown = [name for name in names if name not in KNOWN and not name.startswith(OPTION)]
    if not names or unknown:
        what = f"{unknown[0]!r} is no column" if unknown else "it is empty"
        raise InputError(f"The manifest cannot be used ({what}): name columns {', '.join(COLUMNS)} or {OPTION}NAME.")
    for number, given in enumerate(reader, 1):
        extra = given.pop(None, None)  # type: ignore[call-overload]
        kept = {name: value for name, value in given.items() if value not in (None, "")}
        yield Row(number, kept, "There are more values than columns." if extra else "")


def _json_rows(file: io.TextIOBase) -> Iterator[Row]:
    number = 0
    for line in file:
        if not line.strip():
            continue
        number += 1
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            yield Row(number, {}, "This line is no JSON object.")
            continue
        unknown = [name for name in given if name not in KNOWN and not name.startswith(OPTION)]
        kept = {name: value for name, value in given.items() if value is not None}
        yield Row(number, kept, f"{unknown[0]!r} is no column." if unknown else "")


def request_of(row: Row, folder: Path) -> Request:
    """What a row asks for; InputError says what is wrong with it. folder: where its paths begin."""
    if row.problem:
        raise InputError(row.problem)
    options = _object(row.given.get("options", {}))
    values: dict[str, Any] = {}
    for name, value in row.given.items():
        if name.startswith(OPTION):
            options[name.removeprefix(OPTION)] = _literal(value)
        elif name in FILES or (name in PERHAPS_FILES and file_exists(folder / str(value))):
            values[name] = folder / str(value)
        elif name not in ("options", *CAPTIONS):
            values[name] = _typed(name, value)
    request = replace(Request(**values), options=options)
    request.check()
    for name in FILES:
        if (path := getattr(request, name)) is not None and not file_exists(path):
            raise InputError(f"There is no file {row.given[name]!r}: paths begin at the manifest's folder.")
    return request


def _typed(name: str, value: Any) -> Any:
    """A cell as its field wants it."""
    if name == "motion_only":
        word = str(value).strip().lower()
        if word not in (*YES, *NO):
            raise InputError(f"motion_only must be yes or no; got {value!r}.")
        return word in YES
    if not isinstance(value, str) or name not in (*WHOLE, *NUMBERS):
        return value
    try:
        return int(value) if name in WHOLE else float(value)
    except ValueError:
        raise InputError(f"The {name} must be a {'whole ' * (name in WHOLE)}number; got {value!r}.") from None


def _object(value: Any) -> dict[str, Any]:
    found = _literal(value)
    if not isinstance(found, dict):
        raise InputError(f"The options must be a JSON object; got {value!r}.")
    return dict(found)


def _literal(value: Any) -> Any:
    """Text of a cell as JSON where it is such, else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def key_of(request: Request) -> str:
    """Of what decides a result: contents of its files, and all other wishes. Places and names of files do not."""
    told: dict[str, Any] = {name: getattr(request, name) for name in (*COLUMNS, "options")}
    for name in (*FILES, *PERHAPS_FILES):
        if isinstance(told[name], Path):
            told[name] = _hash(told[name])
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:KEY]


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"{path.name!r} cannot be read ({type(error).__name__}).") from error
