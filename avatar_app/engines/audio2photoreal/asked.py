"""What some options make of a request: more takes, and the voices of a recorded scene. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_app.engines.audio2photoreal.paths import what_is_missing
from avatar_app.engines.base import PUBLISHED
from avatar_app.files import file_exists
from avatar_app.request import MAX_SAMPLES, InputError, Request, check_number

if TYPE_CHECKING:
    from avatar_app.engines.audio2photoreal.spec import Options

SOUND = "audio.wav"
OWN = "motion.npz"  # a motion file of this project, with a body
PUBLISHED_PARTS = ("body_pose.npy", "face_expression.npy", "missing_face_frames.npy")


@dataclass(frozen=True)
class SceneFiles:
    """Files of a recorded conversation: DATASET/sceneNN_audio.wav, two channels, and the motion beside it."""

    folder: Path
    name: str
    own: bool

    @property
    def sound(self) -> Path:
        """Our person in the first channel, the partner in the second."""
        return self.file(SOUND)

    def file(self, part: str) -> Path:
        """One of its files."""
        return self.folder / f"{self.name}_{part}"


def find_scene(place: Path) -> SceneFiles:
    """The scene DATASET/sceneNN; InputError when its files are not there.

    Beside the sound lie either sceneNN_motion.npz, as this project writes motion, or the published arrays.
    """
    name = place.name.removesuffix(f"_{SOUND}")
    for own, parts in ((True, (OWN,)), (False, PUBLISHED_PARTS)):
        files = SceneFiles(place.parent, name, own)
        if all(file_exists(files.file(part)) for part in (SOUND, *parts)):
            return files
    raise InputError(
        f"There is no scene {str(place)!r}: give DATASET/sceneNN, beside whose sceneNN_{SOUND} lie sceneNN_{OWN}, or "
        f"{', '.join(f'sceneNN_{part}' for part in PUBLISHED_PARTS)}."
    )


def completed(request: Request, options: Options) -> Request:
    """The request with every repetition counted as a take, and with the sound of a scene and its recorded motion.

    Raises InputError for more takes than a run makes, for voices beside those of a scene, and for a recorded person
    whose networks are not installed.
    """
    if request.weights == PUBLISHED and (gap := what_is_missing(options.person)):
        raise InputError(gap)  # before `missing`, which knows no more than that nobody's are
    check_number("samples", request.samples, 1, MAX_SAMPLES, whole=True)
    takes = request.samples * options.repetitions
    if options.scene is not None:
        if request.audio is not None or request.partner is not None:
            raise InputError("A scene brings its own voices: leave out the recordings, or the scene.")
        request, takes = replace(request, audio=find_scene(options.scene).sound), takes + 1
    if takes > MAX_SAMPLES:
        also = " and the recorded motion" if options.scene is not None else ""
        raise InputError(
            f"{request.samples} takes, repeated {options.repetitions} times,{also} are {takes} in all: "
            f"at most {MAX_SAMPLES} are made at once."
        )
    return replace(request, samples=takes)


def seeds_to_make(request: Request, options: Options) -> tuple[int, ...]:
    """Seeds of the takes of a completed request, without the recorded motion, which comes last."""
    return request.seeds[:-1] if options.scene is not None else request.seeds


def title_of(place: int, request: Request, options: Options) -> str:
    """What the take at a place (from 0) of a completed request is called; "" for its seed alone."""
    seeds = seeds_to_make(request, options)
    if options.repetitions == 1:
        return ""
    repetition, take = divmod(place, len(seeds) // options.repetitions)
    return f"repetition {repetition + 1}, take {take + 1}, seed {seeds[place]}"
