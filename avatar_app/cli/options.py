"""Command-line options that several commands share."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from avatar_app.files import file_exists
from avatar_app.request import InputError

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
Label = Annotated[str, typer.Option(help='Text drawn into a corner of the video, such as "AI-generated".')]
Voice = Annotated[Path | None, typer.Option(help="Voice: wav, flac, mp3, m4a, ogg, webm ...")]
Transcript = Annotated[
    str | None,
    typer.Option(metavar="TEXT|FILE", help="What is said in the voice, or a .txt file of it: words can be cues then."),
]
Plan = Annotated[
    Path | None,
    typer.Option(help="What happens when, in place of the instruction: a result.json, or the plan of one, edited."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]


def read_transcript(given: str | None) -> str | None:
    """The text itself, or that of the .txt file that it names. Raises InputError for one that cannot be read."""
    if given is None or not given.lower().endswith(".txt"):
        return given
    if not file_exists(Path(given)):
        raise InputError(f"There is no transcript {given!r}: please check its name and place.")
    try:
        return Path(given).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The transcript {given!r} cannot be read: please save it as plain text (UTF-8).") from error


def read_plan_file(given: Path | None) -> Any:
    """The plan in a JSON file, or in the result.json of a run. Raises InputError for one that cannot be read."""
    if given is None:
        return None
    if not file_exists(given):
        raise InputError(f"There is no plan {str(given)!r}: please check its name and place.")
    try:
        found = json.loads(given.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"The plan {str(given)!r} cannot be read: it must be JSON, as in result.json.") from error
    return found.get("plan", found) if isinstance(found, dict) else found
