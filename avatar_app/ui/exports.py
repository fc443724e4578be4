"""Files that are made of kept takes on demand: motion for other programs, videos with alpha, and of several takes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar_app.engines import registry
from avatar_app.files import file_exists
from avatar_app.output import SIDE_BY_SIDE
from avatar_app.request import InputError
from avatar_app.ui.store import INPUTS, Kept, Take

EXPORTS = "exports"  # folder of a run


@dataclass(frozen=True)
class Format:
    """One entry of the export menu. drawn: it needs a portrait that can be drawn again. unmarked: there is no place in
    it for a mark, so that its name says what it is."""

    words: str
    ending: str
    drawn: bool = False
    live_link: bool = False
    unmarked: bool = False


FORMATS: Mapping[str, Format] = {
    "webm": Format("Transparent video (WebM)", ".webm", drawn=True),
    "prores": Format("Transparent video (ProRes 4444)", ".mov", drawn=True),
    "arkit": Format("ARKit table (CSV)", ".csv"),
    "livelink": Format("Live Link Face (CSV)", ".csv", live_link=True, unmarked=True),
    "glb": Format("3-D head or body (GLB)", ".glb"),
    "bvh": Format("Skeleton (BVH)", ".bvh", unmarked=True),
}


def offered(kept: Kept, take: Take) -> dict[str, Format]:
    """What can be made of a take."""
    if not take.motion:
        return {}
    return {name: kind for name, kind in FORMATS.items() if not kind.drawn or _can_be_drawn(kept)}


def export(kept: Kept, take: Take, name: str) -> Path:
    """Makes one file, or finds the one that was made before. InputError where it cannot be made."""
    kind = offered(kept, take).get(name)
    if kind is None:
        raise InputError("This take cannot be saved like that.")
    path = kept.folder / EXPORTS / f"{take.index}_{name}{kind.ending}"
    if not file_exists(path):
        (_draw if kind.drawn else _write)(kept, take, kind, path)
    return path


REELS = {"9x16": "Upright (9:16)", "1x1": "Square (1:1)", "16x9": "Wide (16:9)"}
CAPTIONS = {"instruction": "The instruction", "transcript": "What is said", "": "None"}
TITLE_LONGEST = 80  # characters


def make_reel(kept: Kept, wish: Mapping[str, str]) -> Path:
    """A reel of a run's takes, or the one that was made before. InputError where it cannot be made.

    wish: shape of REELS, together ("1": all takes at once), caption of CAPTIONS, title, takes ("1,3"; without: all).
    """
    from avatar_app.render.video.reel import Reel, write_reel

    chosen = {int(number) for number in wish.get("takes", "").split(",") if number.isdecimal()}
    takes = [take for take in kept.takes if take.video and (not chosen or take.index in chosen)]
    caption = wish.get("caption", "instruction")
    words = kept.record.settings.get(caption) if caption in CAPTIONS else ""
    title = " ".join(wish.get("title", "").split())[:TITLE_LONGEST]
    reel = Reel(wish.get("shape", "9x16"), wish.get("together") == "1", title, str(words or ""))
    name = hashlib.sha256(repr((reel, [take.index for take in takes])).encode()).hexdigest()[:16]
    path = kept.folder / EXPORTS / f"reel_{name}.mp4"
    if not file_exists(path):
        write_reel([kept.file(take.video) for take in takes], reel, path)
    return path


def can_be_joined(kept: Kept) -> bool:
    """Whether there are takes to be shown side by side in one video."""
    return sum(bool(take.video) for take in kept.takes) > 1


def is_to_be_joined(kept: Kept) -> bool:
    """Whether that video is not there yet, or takes came since it was made, as their run went on."""
    if not can_be_joined(kept):
        return False
    path = kept.file(SIDE_BY_SIDE)
    newest = max(kept.file(take.video).stat().st_mtime for take in kept.takes if take.video)
    return not file_exists(path) or path.stat().st_mtime < newest


def together(kept: Kept) -> Path:
    """One video of all takes of a run, or the one that was made before. InputError where it cannot be made."""
    from avatar_app.render.video.grid import side_by_side

    path = kept.file(SIDE_BY_SIDE)
    if is_to_be_joined(kept):  # unless somebody else was first
        takes = [take for take in kept.takes if take.video]
        side_by_side([kept.file(take.video) for take in takes], [f"{take.index} · {take.told}" for take in takes], path)
    return path


def _write(kept: Kept, take: Take, kind: Format, path: Path) -> None:
    from avatar_app.export_motion import export_motion  # heavy, and the page is there before it is

    portrait = _input(kept, "portrait") if kind.ending == ".glb" else None
    export_motion(kept.file(take.motion), path, portrait, live_link=kind.live_link)


def _draw(kept: Kept, take: Take, kind: Format, path: Path) -> None:
    from avatar_app.render_motion import RenderRequest, render_motion

    settings = kept.record.settings
    wish = RenderRequest(
        motion=kept.file(take.motion),
        portrait=_input(kept, "portrait"),
        audio=_input(kept, "audio"),
        head="textured" if settings["head"] == "textured" else "",  # of two side by side, the photo
        size=settings["size"],
        face=settings["face"],
        framing=settings["framing"],
        background="transparent" if kind.ending == ".webm" else "prores",
        points=settings["points"],
        label=settings.get("label", ""),  # absent from runs of older versions
    )
    render_motion(wish, path)


def _can_be_drawn(kept: Kept) -> bool:
    """Whether the house's renderer made the pictures, and has what it needs."""
    settings = kept.record.settings
    if _input(kept, "portrait") is None or settings.get("head") == "clay":
        return False
    try:
        return not registry.find_spec(settings["engine"]).brings_renderer(settings["weights"])
    except (InputError, KeyError):
        return False


def _input(kept: Kept, name: str) -> Path | None:
    file = kept.record.inputs.get(name)
    return None if file is None else kept.folder / INPUTS / file
