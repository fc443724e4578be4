"""Speaking styles for the page, the command line and Python: take one from a clip, mix two, keep it, list them.

from avatar_app.styles import extract, keep
keep(extract("somebody_talking.mp4"), "somebody.npz")
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from avatar_app.engines.diffposetalk.styles import (
    Style,
    load_style,
    mix,
    named_styles,
    resolve_style,
    save_style,
)
from avatar_app.request import InputError
from avatar_app.types import OnStep, ShouldStop

__all__ = ["Style", "extract", "keep", "mix", "named_styles", "open_style", "resolve_style", "wish"]


def extract(clip: str | Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> Style:
    """How somebody speaks in a motion file (.npz) or a film (at least 4 s, one face).

    Raises InputError, in one sentence, for what cannot be used; Stopped once should_stop() is true.
    """
    path = _existing(clip)
    return Style(resolve_style(path, on_step, should_stop), path.name.split(".")[0])


def open_style(style: str | Path) -> Style:
    """A named style, or one kept in a file; a clip's style is extracted. Raises InputError for anything else."""
    named = named_styles()
    if str(style) in named:
        return load_style(named[str(style)])
    return Style(resolve_style(style), Path(style).name.split(".")[0])


def keep(style: Style, path: str | Path, force: bool = False) -> Path:
    """Writes a style file (.npz) and returns its path. InputError for another ending, and for a file that exists."""
    path = Path(path)
    if path.suffix != ".npz":
        raise InputError(f"A style file's name must end in .npz; got {path.name!r}.")
    if path.exists() and not force:
        raise InputError(f"{path} exists: choose another name, or add --force.")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_style(style, path)
    return path


def wish(
    clip: str | Path | None,
    named: str | None,
    weight: float = 0.5,
    folder: Path | None = None,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
) -> Path | None:
    """What the page's style controls ask for, as a file for Request.style; None when they ask for nothing.

    clip: a film, motion file or style file, "speak like this". named: one of named_styles(). weight: with both, the
    named style's share, 0 to 1. A new file is written into `folder`, or else into a fresh temporary one. Raises
    InputError for an unknown name and for clips that cannot be used.
    """
    if named and named not in named_styles():
        raise InputError(f"There is no style {named!r}; choose one of: {', '.join(named_styles())}.")
    if clip is None:
        return named_styles()[named] if named else None
    style = extract(clip, on_step, should_stop)
    if named:
        style = mix(style, open_style(named), weight)
    return keep(style, (folder or Path(tempfile.mkdtemp(prefix="style_"))) / f"{style.name}.npz", force=True)


def _existing(clip: str | Path) -> Path:
    path = Path(clip)
    if not path.is_file():
        raise InputError(f"There is no clip {path.name!r}: give a motion file or a video.")
    return path
