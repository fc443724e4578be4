"""Taking over the user's own copies of what draws a person: found by their names, read without executing anything."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.engines.audio2photoreal.ca_body_files import (
    ASSETS,
    CONFIG,
    DECODER,
    DEFAULTS,
    JOINTS,
    asset,
    what_is_drawn,
)
from avatar_app.engines.audio2photoreal.normalisation import numpy_classes
from avatar_app.engines.audio2photoreal.paths import PEOPLE, is_name
from avatar_app.files import unfinished, write_errors_told
from avatar_app.request import InputError
from avatar_app.weights import load_torch

log = logging.getLogger(__name__)
ENDINGS = (".pt", ".pth", ".ckpt", ".yml", ".json")
_DEFAULTS = re.compile(r"render_defaults(?:_([A-Za-z0-9]+))?\.pth")
_MODELS = re.compile(r"(.+)_models")
_BESIDE = (ASSETS, DECODER)  # other projects have a config.yml, too
_OTHER = "sample_batch.pt"  # of the same release, and of no use here
_SMALL = 1 << 20  # bytes that a text may have


@dataclass(frozen=True)
class AssetFile:
    """One file of a person's decoder. name: of ca_body_files, under which it is kept. person: "" where none is told."""

    name: str
    person: str
    path: Path


def is_asset(path: Path) -> bool:
    """Whether a file is called like one of a decoder's, and is no network of ours."""
    return path.name in (ASSETS, DECODER, JOINTS, _OTHER) or _DEFAULTS.fullmatch(path.name) is not None


def find_assets(folder: Path, source: Path) -> list[AssetFile]:
    """Those in a folder, or the one that a file is. source: what the user gave, whose name may tell the person.

    Raises InputError for a file that is damaged, holds something else, or would execute something.
    """
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    found = [AssetFile(name, _person_of(path, source), path) for path in files if (name := _name_of(path))]
    for one in found:
        _check(one)
    return found


def _name_of(path: Path) -> str:
    if path.name == CONFIG:
        return CONFIG if any(path.with_name(name).is_file() for name in _BESIDE) else ""
    if _DEFAULTS.fullmatch(path.name):
        return DEFAULTS
    return path.name if path.name in (ASSETS, DECODER, JOINTS) else ""


def _person_of(path: Path, source: Path) -> str:
    """Whom the file, a folder or the source is named after; "" when that is none of PEOPLE."""
    told = _DEFAULTS.fullmatch(path.name)
    if told and told[1] and is_name(told[1]):
        return told[1]
    names = [*reversed(path.parts[:-1]), source.name.split(".")[0]]
    return next((name for name in (_MODELS.sub(r"\1", name) for name in names) if name in PEOPLE), "")


def _check(one: AssetFile) -> None:
    wrong = InputError(f"{one.path.name} is not what its name says: use the one of the authors' ca_body release.")
    if one.name in (CONFIG, JOINTS):
        if not _is_text(one):
            raise wrong
        return
    content = load_torch(one.path, numpy_classes())
    needed = {DECODER: "model", DEFAULTS: "K", ASSETS: "lbs_model_json"}[one.name]
    if not isinstance(content, dict) or needed not in content:
        raise wrong


def _is_text(one: AssetFile) -> bool:
    """Whether a config names a class, and joints.json is a table of names."""
    try:
        if one.path.stat().st_size > _SMALL:
            return False
        text = one.path.read_text(encoding="utf-8")
        if one.name == CONFIG:
            return "class_name" in text
        table: Any = json.loads(text)
    except (OSError, ValueError):
        return False
    return isinstance(table, dict) and all(isinstance(name, str) for name in table.values())


def install_assets(found: Sequence[AssetFile], people: Sequence[str]) -> list[Path]:
    """Copies what `find_assets` found into place and tells what can be drawn with it. Returns the new paths.

    people: whose networks came with it. Raises InputError, before anything is written, for files of whom nobody is
    told.
    """
    known = sorted({one.person for one in found if one.person} | set(people))
    if any(not one.person for one in found) and len(known) != 1:
        raise InputError(
            f"Whose {next(one.path.name for one in found if not one.person)} is cannot be told: put it into a folder "
            f"called like the person, such as {PEOPLE[0]}."
        )
    made = []
    for one in found:
        place = asset(one.person or known[0], one.name)
        with unfinished(place) as part, write_errors_told(place):
            shutil.copyfile(one.path, part)
        made.append(place)
    for person in sorted({one.person or known[0] for one in found}):
        log.warning("%s", what_is_drawn(person))
    return made
