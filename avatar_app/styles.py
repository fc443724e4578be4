"""Speaking styles for the page, the command line and Python: take one from a clip, mix two, keep it, list them.

from avatar_app.styles import extract, keep
keep(extract("somebody_talking.mp4"), "somebody.npz")
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from avatar_app.engines import registry
from avatar_app.files import file_exists
from avatar_app.request import InputError
from avatar_app.types import OnStep, ShouldStop

Style = Any  # what the engine's styles.Style is: vector, name and version


def _styles() -> ModuleType:
    """The styles of the engine that has some."""
    for _, module in registry.with_part("styles"):
        return module
    raise InputError("No engine here knows speaking styles: leave the style out.")


def named_styles() -> dict[str, Path]:
    """Name and file of every style that ships, in alphabetical order; empty where no engine knows styles."""
    return {name: path for spec in registry.specs().values() for name, path in spec.named_styles().items()}


def extract(clip: str | Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> Style:
    """How somebody speaks in a motion file (.npz) or a film (at least 4 s, one face).

    Raises InputError, in one sentence, for what cannot be used; Stopped once should_stop() is true.
    """
    path = Path(clip)
    if not file_exists(path):
        raise InputError(f"There is no clip {path.name!r}: give a motion file or a video.")
    styles = _styles()
    return styles.Style(styles.read_file(path, on_step, should_stop), path.name.split(".")[0])


def open_style(style: str | Path) -> Style:
    """A named style, or one kept in a file; a clip's style is extracted. Raises InputError for anything else."""
    return _styles().open_style(style)


def mix(first: Style, second: Style, weight: float) -> Style:
    """From `first` (weight 0) to `second` (weight 1). Raises InputError for other weights."""
    return _styles().mix(first, second, weight)


def keep(style: Style, path: str | Path, force: bool = False) -> Path:
    """Writes a style file (.npz) and returns its path. InputError for another ending, and for a file that exists."""
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise InputError(f"A style file's name must end in .npz; got {path.name!r}.")
    if file_exists(path) and not force:
        raise InputError(f"{path} exists: choose another name, or add --force.")
    _styles().save_style(style, path)
    return path


def wish(
    clip: str | Path | None,
    named: str | None,
    weight: float,
    folder: Path,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
) -> str | Path | None:
    """What the page's style controls ask for, for Request.style; None when they ask for nothing.

    clip: a film, motion file or style file, "speak like this". named: one of named_styles(). weight: with both, the
    named style's share, 0 to 1. A new file is written into `folder`, which the caller removes. Raises InputError for
    an unknown name and for clips that cannot be used.
    """
    if named and named not in named_styles():
        raise InputError(f"There is no style {named!r}; choose one of: {', '.join(named_styles())}.")
    if clip is None:
        return named or None
    style = extract(clip, on_step, should_stop)
    if named:
        style = mix(style, open_style(named), weight)
    return keep(style, folder / f"{style.name}.npz", force=True)
