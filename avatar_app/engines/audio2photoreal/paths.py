"""Where the files of audio2photoreal lie, whose they are and who offers them; imports nothing heavy."""

from __future__ import annotations

import re
from pathlib import Path

from avatar_app.files import file_exists, folder_exists
from avatar_app.weights import checkpoints_folder

NAME = "audio2photoreal"
FACE, POSE, GUIDE, CODEC = "face", "pose", "guide", "codec"
AUDIO, LIPS, STATISTICS = "audio", "lips", "data_stats"
KINDS = (FACE, POSE, GUIDE, CODEC, AUDIO, LIPS, STATISTICS)
PEOPLE = ("PXB184", "RLW104", "TXB805", "GQS883")  # recorded by the authors
LICENCE = "CC BY-NC 4.0, not for commercial use"
_WHERE = "github.com/facebookresearch/audio2photoreal"
_TAR = f"in the {{person}}_models.tar that the README of {_WHERE} names"
OFFERED = {
    FACE: f"the face model (diffusion/c1_face/model*.pt and args.json, {_TAR})",
    POSE: f"the body model (diffusion/c1_pose/model*.pt and args.json, {_TAR})",
    GUIDE: f"the guide (guide/c1_pose/args.json and checkpoints/iter-*.pt, {_TAR})",
    CODEC: f"the pose codec (vq/c1_pose/net_iter*.pth and args.json, {_TAR})",
    STATISTICS: f"data_stats.pth (dataset/{{person}} of {_WHERE})",
}
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def shipped_folder() -> Path:
    """The embedded model."""
    return checkpoints_folder() / NAME


def installed_folder(person: str = "") -> Path:
    """The published files that a user installed, of one person or, without a name, of all."""
    folder = checkpoints_folder() / "downloads" / f"{NAME}_published"
    return folder / person if person else folder


def installed_file(person: str, kind: str) -> Path:
    """One installed file; kind: of KINDS."""
    return installed_folder(person) / f"{kind}.safetensors"


def installed_people() -> tuple[str, ...]:
    """Whose files are installed, complete or not."""
    folder = installed_folder()
    if not folder_exists(folder):
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and is_name(path.name)))


def is_name(person: str) -> bool:
    """Whether a folder may be called like this person."""
    return _SAFE_NAME.fullmatch(person) is not None


def what_is_missing(person: str) -> str:
    """ "" when everything of a person is installed, else a sentence on what is not and who offers it."""
    if not is_name(person):
        return f"There is no person called {person!r}; the authors recorded {', '.join(PEOPLE)}."
    # Who hears comes with the networks that hear.
    missing = [kind for kind in KINDS if not file_exists(installed_file(person, kind))]
    lacking = [OFFERED[kind].format(person=person) for kind in missing if kind in OFFERED]
    if missing and not lacking:
        lacking = [OFFERED[FACE].format(person=person)]
    if not lacking:
        return ""
    return (
        f"Of Audio2Photoreal's {person} these are not installed ({LICENCE}): {'; '.join(lacking)}: fetch them, "
        f"then run `avatar_app download {NAME} --from FOLDER_OR_TAR`."
    )
