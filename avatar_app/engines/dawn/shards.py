"""Files of training examples of DAWN, one for each portrait, so that making them can be interrupted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.request import InputError

ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
log = logging.getLogger(__name__)


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in a folder; InputError when there are none."""
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in ENDINGS)
    if not found:
        raise InputError(f"There are no pictures (png, jpg, webp) in {folder}: give a folder with portraits.")
    return found


def shards_of_portraits(
    folder: Path, kind: str, pictures: Iterable[Path], seed: int, make: Callable[[Portrait, np.random.Generator], Any]
) -> list[Path]:
    """KIND_NAME.safetensors for each picture, of what `make` returns; those that exist are kept.

    Pictures without a usable face are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in pictures:
        shard = folder / f"{kind}_{path.stem}.safetensors"
        if not shard.exists():
            try:
                portrait = load_portrait(path)
            except InputError as error:
                log.warning("%s is left out: %s", path.name, error)
                continue
            write_shard(shard, make(portrait, np.random.default_rng([seed, *path.stem.encode()])))
            log.info("%s made", shard.name)
        made.append(shard)
    return made


def write_shard(path: Path, examples: Any) -> None:
    """The arrays of a dataclass under their names; the file is there whole or not at all."""
    partial = path.with_suffix(".partial")
    save_file({name: np.ascontiguousarray(array) for name, array in vars(examples).items()}, partial)
    partial.replace(path)
