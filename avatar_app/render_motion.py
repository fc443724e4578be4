"""Any motion file on any portrait: the renderer without a motion model."""

from __future__ import annotations

from pathlib import Path

from avatar_app.request import InputError, Picture, Request, Stopped
from avatar_app.types import ShouldStop


def redraw(
    motion: Path,
    portrait: Path,
    output: Path,
    audio: Path | None = None,
    *,
    size: int = 512,
    face: int | None = None,
    framing: str = "bust",
    background: Picture = "original",
    points: str = "",
    force: bool = False,
    should_stop: ShouldStop | None = None,
) -> bool:
    """Writes a video of `portrait` moving as in `motion`, with `audio` as its sound; False if stopped.

    size, face, framing, background, points: see Request. The output's name ends in .mp4; with a transparent background
    in .webm or .mov. Raises InputError for unusable files, and for an existing output without
    `force`; nothing is written then.
    """
    from avatar_app.inputs.portrait.background import video_ending
    from avatar_app.inputs.portrait.portrait import load_portrait
    from avatar_app.motion.export.npz import load_motion
    from avatar_app.render.layers.backdrop import replace_background
    from avatar_app.render.video.writer import SIGNATURE, write_video
    from avatar_app.render.views import open_view
    from avatar_app.speech.recording import load_speech

    wish = Request(
        portrait=portrait, size=size, face=face, framing=framing, background=background, points=points, duration=1.0
    )
    wish.check()
    if output.suffix.lower() == ".mov" and background == "transparent":
        background = "prores"
    ending = video_ending(background)
    if output.suffix.lower() != ending:
        raise InputError(f"The video's name must end in {ending}; got {output.name!r}.")
    if output.exists() and not force:
        raise InputError(f"{output} exists: choose another name, or add --force.")
    clip = load_motion(motion)
    speech = load_speech(audio) if audio is not None else None
    view = open_view(
        *replace_background(load_portrait(portrait, face, size, "auto", framing, points), background), "", size
    )
    try:
        write_video(
            view.frames(clip, should_stop or (lambda: False)),
            view.size,
            output,
            speech,
            frames_total=len(clip),
            metadata={
                "title": "AI-generated talking portrait",
                "comment": f"{SIGNATURE}; motion {motion.name}",
            },
            should_stop=should_stop,
        )
    except Stopped:
        return False
    return True
