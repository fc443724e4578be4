"""Where the files of diffposetalk lie: what ships, and what a user installed."""

from __future__ import annotations

from pathlib import Path

from avatar_app.files import file_exists
from avatar_app.weights import checkpoints_folder

NAME = "diffposetalk"
DENOISER, STYLE, STATISTICS, FLAME = "denoiser", "style_encoder", "stats_train", "flame"


def shipped_folder() -> Path:
    """The embedded model, its style encoder and the named styles."""
    return checkpoints_folder() / NAME


def installed_folder() -> Path:
    """The published files that a user installed."""
    return checkpoints_folder() / "downloads" / f"{NAME}_published"


def installed_file(kind: str, folder: Path | None = None) -> Path:
    """One installed file; kind: DENOISER, STYLE, STATISTICS, FLAME or a name."""
    return (folder or installed_folder()) / (f"{kind}.npz" if kind == STATISTICS else f"{kind}.safetensors")


def has_flame() -> bool:
    """Whether FLAME is installed."""
    return installed_file(FLAME).is_file()


def named_styles() -> dict[str, Path]:
    """Name and file of every style that ships, in alphabetical order."""
    return {path.stem: path for path in sorted((shipped_folder() / "styles").glob("*.npz"))}


def find_style(style: str | Path) -> Path | None:
    """The file of a named style, else a file or film of that name; None where there is neither.

    Names come first: a folder or file that happens to be called "calm" hides no style; "./calm" is that file.
    """
    named = named_styles()
    if str(style) in named:
        return named[str(style)]
    path = Path(style)
    return path if file_exists(path) else None
