"""Any motion file on any portrait: the renderer without a motion model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from avatar_app.request import SIZES, InputError, Stopped


def redraw(
    motion: Path,
    portrait: Path,
    output: Path,
    audio: Path | None = None,
    *,
    size: int = 512,
    face: int = 1,
    force: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> bool:
    """Writes an MP4 of `portrait` moving as in `motion`, with `audio` as its sound; False if stopped.

    size: height and width, pixels. Raises InputError for unusable files, and for an existing output without
    `force`; nothing is written then.
    """
    from avatar_app.inputs.portrait import load_portrait
    from avatar_app.inputs.speech import load_speech
    from avatar_app.motion.export import load_motion
    from avatar_app.render.portrait import PortraitRenderer
    from avatar_app.render.video import SIGNATURE, write_video

    if output.suffix.lower() != ".mp4":
        raise InputError(f"The video's name must end in .mp4; got {output.name!r}.")
    if output.exists() and not force:
        raise InputError(f"{output} exists: choose another name, or add --force.")
    if not SIZES[0] <= size <= SIZES[1]:
        raise InputError(f"The size must be from {SIZES[0]} to {SIZES[1]}; got {size}.")
    clip = load_motion(motion)
    speech = load_speech(audio) if audio is not None else None
    renderer = PortraitRenderer(load_portrait(portrait, face=face, size=size))
    frames = (
        renderer.frame(*values)
        for values in zip(clip.expression, clip.head_rotation, clip.head_translation, strict=True)
    )
    try:
        write_video(
            frames,
            (size, size),
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
