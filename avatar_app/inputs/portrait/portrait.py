"""Portrait loading: a picture to a square with face landmarks and the expression it rests in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from avatar_app.face.arkit_rig import head_pose
from avatar_app.face.expression_fit import fit_expression
from avatar_app.face.landmarks import refine
from avatar_app.face.upright import UprightFaces, find_upright, turn_landmarks
from avatar_app.inputs.portrait.face_checks import check_drawn, check_seen, check_size, check_turn, no_face
from avatar_app.inputs.portrait.framing import Layout, lay_out
from avatar_app.inputs.portrait.manual_points import fit_points, parse_points
from avatar_app.inputs.portrait.picture import MIN_SIDE, open_picture
from avatar_app.inputs.portrait.scene_matte import figure_matte, scene_matte
from avatar_app.request import InputError, Picture
from avatar_app.types import Array, Image

HEADS = 2.7  # side of the crop in face heights, where the picture is larger than that
HAIR, NECK = 0.5, 0.2  # face heights above and below the face that the crop should still hold; the neck first


TURNED = {1: "by 90 degrees to the left", 2: "upside down", 3: "by 90 degrees to the right"}


@dataclass(frozen=True)
class Scene:
    """canvas: (H, W, 3) uint8 RGB, all that may be shown. matte: (H, W) uint8, people. layout: what lies where."""

    canvas: Image
    matte: Image
    layout: Layout


@dataclass(frozen=True)
class Portrait:
    """A square picture that can be animated.

    pixels: (size, size, 3) uint8 RGB. landmarks: (478, 3) float32 pixels, x right, y down, z toward the viewer.
    resting: (52,) float32 in [0, 1], ARKit coefficients of the expression that the picture already shows.
    notes: sentences for a person. matte: (size, size) uint8, how much of each pixel is person; None: not known.
    scene: what the square is a part of; None: it is all there is.
    """

    pixels: Image
    landmarks: Array
    resting: Array
    notes: tuple[str, ...] = ()
    matte: Image | None = None
    scene: Scene | None = None

    def digest(self) -> str:
        """What tells it from other portraits: its square, face and matte, not what is around them."""
        whole = hashlib.sha256()
        for part in (self.pixels, self.landmarks, self.resting, self.matte):
            whole.update(b"" if part is None else f"{part.shape}".encode() + part.tobytes())
        return whole.hexdigest()

    def whole(self) -> tuple[Image, Array]:
        """All that may be shown, and the landmarks in its pixels."""
        if self.scene is None:
            return self.pixels, self.landmarks
        layout = self.scene.layout
        corner, half = np.array([*layout.square[:2], 0], np.float32), np.array([0.5, 0.5, 0], np.float32)
        marks = (self.landmarks + half) / layout.factor - half + corner
        return self.scene.canvas, marks.astype(np.float32)


def load_portrait(
    picture: Picture,
    face: int | None = None,
    size: int = 512,
    detector: str = "auto",
    framing: str | None = None,
    points: str = "",
    seen: UprightFaces | None = None,
) -> Portrait:
    """Reads a picture, cuts out a square to animate and measures a face in it.

    face: counted from the left; None is the largest. size, framing: see Request; without a framing the square around
    head and shoulders has `size` pixels and there is no scene. detector: see detect_faces. points: see parse_points;
    they take the detector's place. seen: what find_upright found in the picture, where somebody has looked before.
    Raises InputError, in one sentence, for what is no picture, has no such face, or shows it too small or turned away.
    """
    notes: list[str] = []
    if points.strip():
        pixels, faces = _placed(picture, points)
    else:
        pixels, faces = _choose(seen or find_upright(open_picture(picture).pixels, detector), face, notes)
    marks = faces[0]
    check_turn(marks)
    if not points.strip():
        notes += check_seen(pixels, marks)
    check_size(marks)  # last: a mesh of a few pixels mostly lies on no face
    square = _framing(pixels.shape[:2], marks)
    if framing is None:
        layout = Layout((*square[:2], square[2], square[2]), (size, size), (0, 0, size), (0, 0, size, size))
    else:
        layout = lay_out(pixels.shape, marks, square, framing, size)
    canvas, cut = layout.cut(pixels)
    marks = layout.place(marks)
    resting = np.zeros(52, np.float32)  # of a face placed by hand: nothing is known but where it is
    if not points.strip():
        marks = refine(cut, marks)
        resting = fit_expression(marks)
    if framing != "full" and size > 2 * square[2]:
        notes.append(f"The picture is small ({square[2]} pixels across the crop): the video will look soft.")
    matte = figure_matte(cut, marks)
    scene = None
    if framing is not None:
        scene = Scene(canvas, scene_matte(canvas, matte, layout, [layout.on_canvas(marks) for marks in faces]), layout)
    return Portrait(cut, marks, resting, tuple(notes), matte, scene)


def _placed(picture: Picture, points: str) -> tuple[Image, list[Array]]:
    """The picture, upright, and the (478, 3) landmarks of the face that was placed in it by hand."""
    read = open_picture(picture)
    marks = fit_points(parse_points(points), read.pixels, read.scale)
    check_drawn(read.pixels, marks)
    turns = round(-head_pose(marks)[2] / 90) % 4
    return np.ascontiguousarray(np.rot90(read.pixels, turns)), [turn_landmarks(marks, read.pixels.shape, turns)]


def _choose(upright: UprightFaces, face: int | None, notes: list[str]) -> tuple[Image, list[Array]]:
    """The picture, upright, and (478, 3) landmarks of every face, the one asked for first.

    What there is to tell goes into `notes`.
    """
    faces = upright.faces
    if not faces:
        raise no_face()
    if upright.turns:
        notes.append(f"The face did not stand upright: the picture was turned {TURNED[upright.turns]}.")
    if face is not None and face > len(faces):
        have = "one face was" if len(faces) == 1 else f"{len(faces)} faces were"
        raise InputError(f"Face {face} was asked for, but only {have} found; choose a number up to {len(faces)}.")
    from_left = from_left_to_right(faces)
    number = face or 1 + next(i for i, marks in enumerate(from_left) if marks is faces[0])
    if len(faces) > 1:
        why = "" if face else ", the largest,"
        notes.append(f"{len(faces)} faces were found; number {number} from the left{why} is animated.")
    return upright.pixels, [from_left[number - 1], *from_left[: number - 1], *from_left[number:]]


def from_left_to_right(faces: list[Array]) -> list[Array]:
    """The faces in the order in which they are numbered."""
    return sorted(faces, key=lambda marks: float(marks[:, 0].mean()))


def _framing(shape: tuple[int, ...], marks: Array) -> tuple[int, int, int]:
    """(left, top, side) of a square inside the picture: its own framing where the face is large enough in it."""
    height, width = shape[:2]
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    centre = (low + high) / 2
    face = float((high - low).max())
    side = round(min(width, height, max(face * HEADS, MIN_SIDE)))
    if min(width, height) < 1.3 * side:  # near the picture's own framing: keep it
        side = min(width, height)
    left = int(np.clip(round(centre[0] - side / 2), 0, width - side))
    hair = low[1] - HAIR * (high[1] - low[1])
    neck = high[1] + NECK * (high[1] - low[1]) - side
    top = int(np.clip(round(max(min(centre[1] - 0.46 * side, hair), neck)), 0, height - side))
    return left, top, side
