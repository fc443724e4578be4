"""Any motion file on the 3-D head, in clay or with a portrait's skin, alone or beside the portrait itself."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from avatar_app.request import InputError, Picture, Request, Stopped
from avatar_app.types import ShouldStop


@dataclass(frozen=True)
class Wish:
    """What a video of the head is made of; size, face, background and points as in Request.

    head: one of request.HEADS; "textured" and "beside" need a portrait. audio: becomes the sound.
    """

    motion: Path
    head: str
    portrait: Path | None = None
    audio: Path | None = None
    size: int = 512
    face: int | None = None
    background: Picture = "original"
    points: str = ""

    def check(self, output: Path, force: bool) -> None:
        """Raises InputError for anything that cannot be met; reads no file."""
        from avatar_app.inputs.portrait.background import video_ending

        Request(
            head=self.head,
            size=self.size,
            face=self.face,
            background=self.background,
            points=self.points,
            duration=1.0,
            motion_only=True,
        ).check()
        if self.head != "clay" and self.portrait is None:
            raise InputError(f"The head {self.head!r} needs a portrait: choose a picture with one clear face.")
        ending = video_ending(self.background)
        if output.suffix.lower() not in {ending, ".mov" if ending == ".webm" else ending}:
            raise InputError(f"The video's name must end in {ending}; got {output.name!r}.")
        if output.exists() and not force:
            raise InputError(f"{output} exists: choose another name, or add --force.")


def redraw_head(wish: Wish, output: Path, force: bool = False, should_stop: ShouldStop | None = None) -> bool:
    """Writes the video; False if stopped.

    The output's name ends in .mp4, with a transparent background in .webm or .mov. Raises InputError for what cannot
    be used, and for an existing output without `force`; nothing is written then.
    """
    wish.check(output, force)
    try:
        if wish.head == "beside":
            return _beside(wish, output, should_stop)
        _film(wish, output, should_stop)
    except Stopped:
        return False
    return True


def _film(wish: Wish, output: Path, should_stop: ShouldStop | None) -> None:
    """The head alone."""
    from avatar_app.inputs.portrait.background import read_background
    from avatar_app.inputs.portrait.portrait import load_portrait
    from avatar_app.motion.export.npz import load_motion
    from avatar_app.render.video.writer import SIGNATURE, write_video
    from avatar_app.render.views import open_view
    from avatar_app.speech.recording import load_speech

    clip, behind = load_motion(wish.motion), read_background(wish.background)
    speech = load_speech(wish.audio) if wish.audio is not None else None
    portrait = None
    if wish.head != "clay" and wish.portrait is not None:
        portrait = load_portrait(wish.portrait, wish.face, wish.size, "auto", "bust", wish.points)
    view = open_view(portrait, behind, "clay" if portrait is None else "textured", wish.size)
    write_video(
        view.frames(clip, should_stop or (lambda: False)),
        view.size,
        output,
        speech,
        frames_total=len(clip),
        metadata={"title": "AI-generated talking head", "comment": f"{SIGNATURE}; motion {wish.motion.name}"},
        should_stop=should_stop,
    )


def _beside(wish: Wish, output: Path, should_stop: ShouldStop | None) -> bool:
    """The portrait and the head that has its skin, side by side."""
    from avatar_app.render.video.grid import side_by_side
    from avatar_app.render_motion import redraw

    assert wish.portrait is not None  # checked
    with tempfile.TemporaryDirectory() as folder:
        photo, head = Path(folder) / "photo.mp4", Path(folder) / "head.mp4"
        if not redraw(
            wish.motion,
            wish.portrait,
            photo,
            wish.audio,
            size=wish.size,
            face=wish.face,
            background=wish.background,
            points=wish.points,
            should_stop=should_stop,
        ):
            return False
        _film(wish, head, should_stop)
        side_by_side([photo, head], ["Portrait", "3-D head"], output, should_stop=should_stop)
    return True
