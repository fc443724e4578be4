"""A motion file in a format that other programs read, picked by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from avatar_app.files import file_exists
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.bvh import save_bvh
from avatar_app.motion.export.csv import save_csv
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.request import InputError


def export_motion(motion: Path, output: Path, portrait: Path | None = None, force: bool = False) -> Path:
    """Writes a motion file as .glb, .csv, .bvh or .npz, whole or not at all, and returns its path.

    portrait: whose shape and skin a .glb's head gets; None: clay. Raises InputError for another ending, an output that
    exists without `force`, files that cannot be read, and an output that cannot be written.
    """
    ending = output.suffix.lower()
    if ending not in WRITERS:
        raise InputError(f"The file to write must end in {', '.join(WRITERS)}; got {output.name!r}.")
    if file_exists(output) and not force:
        raise InputError(f"{output} exists: choose another name, or add --force.")
    if portrait is not None and ending != ".glb":
        raise InputError(f"Only a .glb holds a head that a portrait can be laid on; got {output.name!r}.")
    WRITERS[ending](load_motion(motion), output, portrait)
    return output


def _save_head(clip: MotionClip, output: Path, portrait: Path | None) -> None:
    # The 3-D head is heavy, and the tables need none of it.
    from avatar_app.inputs.portrait.portrait import load_portrait
    from avatar_app.render.head.glb import save_glb
    from avatar_app.render.head.model import load_head
    from avatar_app.render.head.texture import from_portrait

    save_glb(clip, output, None if portrait is None else from_portrait(load_head(), load_portrait(portrait)))


WRITERS: dict[str, Callable[[MotionClip, Path, Path | None], None]] = {
    ".glb": _save_head,
    ".csv": lambda clip, output, _: save_csv(clip, output),
    ".bvh": lambda clip, output, _: save_bvh(clip, output),
    ".npz": lambda clip, output, _: save_motion(clip, output),
}
