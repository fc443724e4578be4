"""Command-line options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Output = Annotated[Path | None, typer.Option(help="Folder for the results; default: a new one in outputs/.")]
Portrait = Annotated[Path | None, typer.Option(help="Picture with a face: jpg, png, webp, heic ...")]
Size = Annotated[int, typer.Option(help="Height and width of the video, pixels; a full picture keeps its own.")]
Framing = Annotated[str, typer.Option(help="What is shown: face, bust, or full for the whole picture.")]
Background = Annotated[
    str,
    typer.Option(help='original, blur, transparent (WebM), prores (transparent .mov), "#rrggbb" or a picture file.'),
]
Face = Annotated[int | None, typer.Option(help="Which face of the picture, from the left; default: the largest.")]
Points = Annotated[
    str,
    typer.Option(
        help="Where an undetected face is, in pixels; left is the subject's own: "
        '"eye_left x,y; eye_right x,y; mouth_left x,y; mouth_right x,y; chin x,y".'
    ),
]
Head = Annotated[
    str, typer.Option(help="The 3-D head instead of the photo: clay, textured, or beside (photo and head).")
]
Voice = Annotated[Path | None, typer.Option(help="Voice: wav, flac, mp3, m4a, ogg, webm ...")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
