"""Face tracking in a video of one person, to a MotionClip, with the landmark detector that reads portraits."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from avatar_app import ffmpeg
from avatar_app.face.landmarks import detect_faces, face_landmarks
from avatar_app.face.upright import find_upright
from avatar_app.files import file_exists
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.landmark_motion import motion_of
from avatar_app.request import FPS, InputError, Stopped
from avatar_app.types import Array, Image, OnStep, ShouldStop

LONGEST = 120.0  # seconds that are looked at
SHORTEST = 1.0
RATES = (10.0, 30.0)  # frames per second that are looked at
SQUARE, FACE, CROP = 1280, 720, 256  # pixels a side: of the whole picture, of what the face stays in, of the face
CLOSE = 1.5  # face sizes of the crop around a face
LOOKS = 6  # pictures in which faces are looked for
AROUND = 0.45  # face sizes that the crop reaches beyond where the face was seen
SECOND = 0.5  # of the largest face's size that makes another face a second talker
LOST = 0.3  # of the frames that may show no face
# Pixels made square first: old camcorders and phone apps store films squeezed.
_FIT = (
    rf"scale=iw*clip(sar\,0.25\,4):ih,setsar=1,scale={SQUARE}:{SQUARE}:force_original_aspect_ratio=decrease,"
    f"pad={SQUARE}:{SQUARE}:-1:-1"
)
_TURN = {0: "", 1: "transpose=2,", 2: "hflip,vflip,", 3: "transpose=1,"}  # quarter turns, counter-clockwise


def track_video(path: str | Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> MotionClip:
    """What the one face in a video does, at 25 fps; the first two minutes of it. Errors: see film_landmarks."""
    return motion_of(*film_landmarks(Path(path), on_step, should_stop))


def film_landmarks(
    path: Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None
) -> tuple[Array, float]:
    """(T, 478, 3) landmarks in pixels of the one face in a video, as the detector sees them, and their rate in Hz.

    Raises InputError, in one sentence, for what is no video, is shorter than a second, shows no face, loses it for long
    or shows several; Stopped once should_stop() is true.
    """
    rate, seconds = _probe(path)
    marks: list[Array | None] = []
    for found in track_landmarks(_frames(path, _face_filters(path, rate, seconds), FACE)):
        if should_stop is not None and should_stop():
            raise Stopped
        marks.append(found)
        if on_step is not None:
            on_step(min(1.0, len(marks) / rate / seconds))
    return fill_gaps(marks, path.name), rate


def film_faces(path: Path, rate: float) -> tuple[Iterator[Image], Array]:
    """Pictures (FACE, FACE, 3) uint8 RGB, so many a second, of a square in which a film's one face stays, and its
    (T, 478, 3) landmarks in them. Errors: see film_landmarks."""
    _, seconds = _probe(path)
    filters = _face_filters(path, rate, seconds)
    marks = fill_gaps(list(track_landmarks(_frames(path, filters, FACE))), path.name)
    return _frames(path, filters, FACE), marks


def _face_filters(path: Path, rate: float, seconds: float) -> str:
    """What makes pictures of a square in which the one face stays of a film."""
    turn, box = _find_face(path, seconds)
    return f"fps={rate:g},{turn}{_FIT},crop={box},scale={FACE}:{FACE}"


def _probe(path: Path) -> tuple[float, float]:
    """Frames per second to read, and seconds there are to read, of a video; InputError for anything else."""
    if not file_exists(path):
        raise InputError(f"There is no video {path.name!r}: please check its name and place.")
    found, reason = ffmpeg.streams(path)
    video = next((stream for stream in found if stream.kind == "video"), None)
    if video is None:
        raise InputError(f"{path.name!r} is not a video that can be read ({reason}): give an MP4, MOV or WebM file.")
    rate = float(np.clip(video.rate or FPS, *RATES))
    # Counted, because files say less or more than they hold; 16 pixels a side cost next to nothing.
    frames = sum(1 for _ in _frames(path, f"fps={FPS},scale=16:16", 16))
    if frames < SHORTEST * FPS:
        raise InputError(f"{path.name!r} lasts {frames / FPS:.1f} s: at least {SHORTEST:g} s of video are needed.")
    return rate, frames / FPS


def _frames(path: Path, filters: str, side: int) -> Iterator[Image]:
    """(side, side, 3) uint8 RGB, one after another as ffmpeg decodes them, upright."""
    size = side * side * 3
    arguments = ["-t", f"{LONGEST:g}", "-map", "0:v:0", "-vf", filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    with tempfile.TemporaryFile() as words:
        command = ffmpeg.command(*ffmpeg.source(path), *arguments)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words)
        assert process.stdout is not None
        try:
            while len(raw := process.stdout.read(size)) == size:
                yield np.frombuffer(raw, np.uint8).reshape(side, side, 3)
        finally:
            process.kill()
            process.stdout.close()
            process.wait()


def stills(path: Path, count: int, seconds: float) -> list[Image]:
    """About so many pictures (SQUARE, SQUARE, 3) uint8 RGB, evenly spread over a film of so many seconds."""
    return [frame.copy() for frame in _frames(path, f"fps={count / seconds:.6f},{_FIT}", SQUARE)]


def _find_face(path: Path, seconds: float) -> tuple[str, str]:
    """Filters that turn the film upright, and "w:h:x:y" of the square in which its one face stays.

    InputError for no face and for several.
    """
    frames = stills(path, LOOKS, seconds)
    found = [find_upright(frame) for frame in frames]
    turns = Counter(look.turns for look in found if look.faces).most_common(1)
    most = turns[0][0] if turns else 0
    looks = [
        look.faces if look.turns == most else detect_faces(np.ascontiguousarray(np.rot90(frame, most)))
        for look, frame in zip(found, frames, strict=True)
    ]
    seen = [faces for faces in looks if faces]
    if len(seen) < len(looks) / 2 or not seen:
        raise InputError(f"No face was found in most of {path.name!r}: choose a video of one person facing the camera.")
    company = [faces for faces in seen if len(faces) > 1 and _size(faces[1]) > SECOND * _size(faces[0])]
    if len(company) > len(seen) / 3:
        raise InputError(f"{path.name!r} shows several faces: cut it so that only the person who talks is seen.")
    largest = [faces[0][:, :2] for faces in seen]
    reach = AROUND * max(_size(face) for face in largest)
    low = np.min([face.min(0) for face in largest], axis=0) - reach
    high = np.max([face.max(0) for face in largest], axis=0) + reach
    side = min(SQUARE, int((high - low).max()) // 2 * 2)
    x, y = np.clip(((low + high - side) / 2).astype(int), 0, SQUARE - side)
    return _TURN[most], f"{side}:{side}:{x}:{y}"


def _size(marks: Array) -> float:
    return float(np.ptp(marks[:, :2], axis=0).max())


def track_landmarks(frames: Iterator[Image]) -> Iterator[Array | None]:
    """(478, 3) landmarks of the face in each frame, found again when it was lost; None where there is none.

    Each picture is looked at afresh in a close crop around where the face was: what follows a face through time sees
    less of its brows.
    """
    last: Array | None = None
    for frame in frames:
        last = _landmarks(frame, last) if last is not None else None
        if last is None:
            last = _landmarks(frame, None)
        yield last


def _landmarks(frame: Image, around: Array | None) -> Array | None:
    """The face in a square crop around landmarks, or in the whole frame; None where the network finds none."""
    side = frame.shape[0]
    centre, reach = np.full(2, side / 2), float(side)
    if around is not None:
        centre, reach = (around[:, :2].min(0) + around[:, :2].max(0)) / 2, CLOSE * _size(around)
    scale = CROP / reach
    shift = CROP / 2 - scale * centre
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    crop = cv2.warpAffine(frame, matrix, (CROP, CROP), flags=cv2.INTER_AREA, borderValue=(128, 128, 128))
    found = face_landmarks(np.asarray(crop, np.uint8))
    if not found:
        return None
    marks = found[0].astype(np.float64) * CROP
    marks[:, :2] -= shift
    return (marks / scale).astype(np.float32)


def fill_gaps(marks: list[Array | None], name: str) -> Array:
    """(T, 478, 3) with short losses bridged; InputError when the face is lost for long."""
    known = [i for i, found in enumerate(marks) if found is not None]
    if len(known) < (1 - LOST) * len(marks) or not known:
        raise InputError(f"The face in {name!r} is lost too often: choose a video in which it stays in view.")
    seen = np.stack([found for found in marks if found is not None])
    after = np.clip(np.searchsorted(known, np.arange(len(marks))), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    gap = np.maximum(np.array(known)[after] - np.array(known)[before], 1)
    share = np.clip((np.arange(len(marks)) - np.array(known)[before]) / gap, 0, 1)[:, None, None]
    return (seen[before] * (1 - share) + seen[after] * share).astype(np.float32)
