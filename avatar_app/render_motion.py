"""Any motion file on any portrait or on the 3-D head: the house's renderer without an engine."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from avatar_app import credentials
from avatar_app.files import file_exists
from avatar_app.inputs.portrait.background import Background, read_background, video_ending
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.motion.export.npz import load_motion
from avatar_app.motion.holding import hold
from avatar_app.provenance import SIGNATURE
from avatar_app.render.label import labelled
from avatar_app.render.layers.backdrop import replace_background
from avatar_app.render.video.writer import write_video
from avatar_app.render.views import open_view
from avatar_app.request import InputError, Picture, Request, Stopped
from avatar_app.sample import EngineSample
from avatar_app.speech.recording import load_speech
from avatar_app.types import ShouldStop

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RenderRequest:
    """What a video of a motion file is made of; size, face, framing, background, head, points and
    label as in Request.

    portrait: not needed for a head of clay. audio: becomes the sound; where it is longer than the motion, the last pose
    is held, breathing.
    """

    motion: Path
    portrait: Path | None = None
    audio: Path | None = None
    head: str = ""
    size: int = 512
    face: int | None = None
    framing: str = "bust"
    background: Picture = "original"
    points: str = ""
    label: str = ""

    @property
    def shown_on(self) -> str:
        """What is drawn, for the video's title."""
        return "talking head" if self.head else "talking portrait"

    def check(self, output: Path, force: bool) -> None:
        """Raises InputError for anything that cannot be met; reads no file."""
        Request(
            duration=1.0,
            motion_only=True,
            head=self.head,
            size=self.size,
            face=self.face,
            framing=self.framing,
            background=self.background,
            points=self.points,
            label=self.label,
        ).check()
        credentials.check()
        if self.portrait is None and self.head != "clay":
            raise InputError("A portrait is needed: add --portrait PICTURE, or --head clay.")
        ending = video_ending(self.background)
        if output.suffix.lower() not in {ending, ".mov" if ending == ".webm" else ending}:
            raise InputError(f"The video's name must end in {ending}; got {output.name!r}.")
        if file_exists(output) and not force:
            raise InputError(f"{output} exists: choose another name, or add --force.")


def render_motion(
    wish: RenderRequest, output: Path, force: bool = False, should_stop: ShouldStop | None = None
) -> bool:
    """Writes the video; False if stopped.

    The output's name ends in .mp4, with a transparent background in .webm or .mov. Raises InputError for what cannot
    be used or written, and for an existing output without `force`; nothing is written then.
    """
    wish.check(output, force)
    stop = should_stop or (lambda: False)
    clip = load_motion(wish.motion)
    speech = load_speech(wish.audio) if wish.audio is not None else None
    if speech is not None and speech.frames > len(clip):
        log.warning("The sound lasts %.1f s, the motion %.1f s: the last pose is held.", speech.duration, clip.duration)
        clip = hold(clip, speech.frames)
    portrait, background = _before_background(wish, output)
    for note in (*(speech.notes if speech else ()), *(portrait.notes if portrait else ())):
        log.warning("%s", note)
    view = open_view(portrait, background, wish.head, wish.size)
    try:
        write_video(
            labelled(view.frames(EngineSample(1, 0, clip), stop), wish.label, view.size),
            view.size,
            output,
            speech,
            frames_total=len(clip),
            metadata={"title": f"AI-generated {wish.shown_on}", "comment": f"{SIGNATURE}; motion {wish.motion.name}"},
            should_stop=stop,
        )
    except Stopped:
        return False
    return True


def _before_background(wish: RenderRequest, output: Path) -> tuple[Portrait | None, Background]:
    """The portrait, told apart from its background where that is replaced, and what is put there."""
    wanted = wish.background
    if output.suffix.lower() == ".mov" and isinstance(wanted, str) and wanted == "transparent":
        wanted = "prores"
    if wish.portrait is None or wish.head == "clay":
        return None, read_background(wanted)
    framing = "bust" if wish.head else wish.framing
    portrait = load_portrait(wish.portrait, wish.face, wish.size, "auto", framing, wish.points)
    return replace_background(portrait, wanted)
