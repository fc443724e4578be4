"""Background options: the picture's own, a blur, a colour, another picture, or transparency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar_app.files import file_exists
from avatar_app.inputs.portrait.picture import read_picture
from avatar_app.request import BACKGROUNDS, InputError, Picture, check_background
from avatar_app.types import Image

ENDINGS = {"transparent": ".webm", "prores": ".mov"}


@dataclass(frozen=True)
class Background:
    """kind: "original", "blur", "picture" or "clear". picture: (H, W, 3) uint8 RGB of kind "picture", any size.

    ending: of the videos' names: ".mp4", or one of a format that can hold transparency.
    """

    kind: str = "original"
    picture: Image | None = None
    ending: str = ".mp4"


def video_ending(background: Picture) -> str:
    """The ending of videos with this background, without reading anything."""
    return ENDINGS.get(background, ".mp4") if isinstance(background, str) else ".mp4"


def read_background(background: Picture) -> Background:
    """A Background from one of request.BACKGROUNDS, "#rrggbb", a picture file or an array; InputError otherwise."""
    check_background(background)
    if not isinstance(background, str):
        return Background("picture", read_picture(background))
    if background in ("original", "blur"):
        return Background(background)
    if background in ENDINGS:
        return Background("clear", None, ENDINGS[background])
    if background.startswith("#"):
        return Background("picture", np.array([[list(bytes.fromhex(background[1:]))]], np.uint8))
    if not file_exists(Path(background)):
        raise InputError(
            f"The background must be {', '.join(BACKGROUNDS)}, a colour such as #204060, or a picture file; "
            f"got {background!r}."
        )
    return Background("picture", read_picture(background))
