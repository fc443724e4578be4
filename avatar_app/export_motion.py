"""A motion file in a format that other programs read, picked by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avatar_app.files import file_exists
from avatar_app.motion.body_motion import has_body
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.bvh import save_bvh, write_bvh
from avatar_app.motion.export.csv import save_csv
from avatar_app.motion.export.live_link import save_live_link
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.request import InputError


@dataclass(frozen=True)
class Person:
    """Who a .glb shows. portrait: whose face; None: nobody's. body: of render.body.presets; None: whether there is
    one, and the default one then, depends on the motion."""

    portrait: Path | None = None
    body: str | None = None


def export_motion(
    motion: Path,
    output: Path,
    portrait: Path | None = None,
    force: bool = False,
    body: str | None = None,
    live_link: bool = False,
) -> Path:
    """Writes a motion file as .glb, .csv, .bvh or .npz, whole or not at all, and returns its path.

    Motion with a body gives a .glb and a .bvh of the whole person, other motion of a head; .csv has the head alone.
    portrait: whose shape and skin a .glb's head gets; None: clay, or the body's own. body: the preset that a .glb
    shows; None: the default one for motion with a body. live_link: a .csv as the Live Link Face app writes it.
    Raises InputError for another ending, an output that exists without `force`, files that cannot be read, a body of an
    unknown skeleton, and an output that cannot be written.
    """
    ending = output.suffix.lower()
    if ending not in WRITERS:
        raise InputError(f"The file to write must end in {', '.join(WRITERS)}; got {output.name!r}.")
    if file_exists(output) and not force:
        raise InputError(f"{output} exists: choose another name, or add --force.")
    if portrait is not None and ending != ".glb":
        raise InputError(f"Only a .glb holds a head that a portrait can be laid on; got {output.name!r}.")
    if body is not None and ending != ".glb":
        raise InputError(f"Only a .glb shows a body that can be chosen; got {output.name!r}.")
    if live_link and ending != ".csv":
        raise InputError(f"Only a .csv can have the layout of Live Link Face; got {output.name!r}.")
    if live_link:
        save_live_link(load_motion(motion), output)
        return output
    WRITERS[ending](load_motion(motion), output, Person(portrait, body))
    return output


def _save_glb(clip: MotionClip, output: Path, person: Person) -> None:
    # Heads and bodies are heavy, and the tables need none of them.
    from avatar_app.inputs.portrait.portrait import load_portrait

    portrait = None if person.portrait is None else load_portrait(person.portrait)
    if person.body is not None or has_body(clip):
        from avatar_app.render.body.figure import load_body
        from avatar_app.render.body.gltf import write_body_glb
        from avatar_app.render.body.presets import DEFAULT

        write_body_glb(clip, load_body(person.body or DEFAULT, portrait=portrait), output)
        return
    from avatar_app.render.head.glb import save_glb
    from avatar_app.render.head.model import load_head
    from avatar_app.render.head.texture import from_portrait

    save_glb(clip, output, None if portrait is None else from_portrait(load_head(), portrait))


def _save_bvh(clip: MotionClip, output: Path, _: Person) -> None:
    if clip.body is None:
        save_bvh(clip, output)
    else:
        write_bvh(clip, output)


WRITERS: dict[str, Callable[[MotionClip, Path, Person], None]] = {
    ".glb": _save_glb,
    ".csv": lambda clip, output, _: save_csv(clip, output),
    ".bvh": _save_bvh,
    ".npz": lambda clip, output, _: save_motion(clip, output),
}
