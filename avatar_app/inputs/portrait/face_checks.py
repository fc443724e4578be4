"""Checks of a face that is to be animated: too small, turned away, cut off, covered, or hardly to be seen."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.face.arkit_rig import head_pose
from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    FRONT_CHEEKS,
    IRIS,
    LOWER_LIP,
    MOUTH_CORNERS,
    NOSE_TIP,
    SKIN_LANDMARKS,
    UPPER_LIP,
)
from avatar_app.face.presence import seen_face
from avatar_app.face.upright import LEANING
from avatar_app.inputs.portrait.face_contrast import grey_levels, line_contrast
from avatar_app.inputs.portrait.manual_points import EXAMPLE
from avatar_app.inputs.portrait.plausibility import plausibility, read_signs
from avatar_app.request import InputError
from avatar_app.types import Array, Image

MIN_FACE = 40  # pixels between the sides of the face
MAX_YAW, MAX_PITCH = 55.0, 50.0  # degrees the head may be turned away
MAX_ROLL = LEANING + 15  # degrees it may lean
CUT = 0.02  # face sizes that may lie beyond an edge untold: a mesh ends at the hairline, faces are round
DARK = 45.0  # grey level of the brightest twentieth of a face below which it is told; dark skin had 106
WHITE, BLOWN = 250.0, 0.35  # grey level, and the share of a face that may reach it
WHOLE = 0.915  # presence of faces of which all is seen; with something over the mouth, at most 0.91
LIP_LINE = 0.8  # contrast of lips over that of eyes: 0.6 at most where skin covers a mouth, mostly above 0.8 elsewhere
HARDLY = 0.3  # presence below which a mesh lies on no face: half faces and patterns had 0, drawings 0.7 and more
IMPLAUSIBLE, DOUBTFUL = 0.5, 0.9  # plausibility of a mesh below which it is refused, and told
FAINT = 10.0  # grey levels: even noise of a plain picture has less, eyes or mouths of drawings had 77 and more
LIKE_CHEEKS = 16.0  # Lab chroma by which the skin around a mouth may differ from cheeks; masks differ more

# What cannot be animated while a part of it is missing.
NEEDED = {
    "an eye": (*EYE_CORNERS["Right"], *EYE_CORNERS["Left"], IRIS["Right"][0], IRIS["Left"][0]),
    "the nose": (NOSE_TIP,),
    "the mouth": (*MOUTH_CORNERS, *UPPER_LIP[0], *LOWER_LIP[0]),
}
AROUND_MOUTH = (164, 18, 57, 287, 43, 273, 106, 335)  # skin beside the lips
EDGES = ("left", "top", "right", "bottom")
DOUBT = (
    "The face is not plainly a person's: where its eyes or mouth move in the wrong place, say where they are, "
    f'--points "{EXAMPLE}", or clicks on the page.'
)


class NoFaceError(InputError):
    """A picture in which no face is found, or hardly one; points can help. seen: that, in a few words."""

    def __init__(self, message: str, seen: str) -> None:
        super().__init__(message)
        self.seen = seen


def no_face() -> NoFaceError:
    """What is said of such a picture."""
    return NoFaceError(
        "No face was found in the picture; choose one that shows a face clearly, from the front, or say where it "
        f'is: --points "{EXAMPLE}", or clicks on the page.',
        "No face was found",
    )


def unlikely_face() -> NoFaceError:
    """What is said where a mesh was laid, but hardly on a person's eyes, nose and mouth."""
    what = "What was found hardly looks like a person's face from the front (is it an animal, a drawing, turned away?)"
    return NoFaceError(
        f'{what}; say where eyes, mouth and chin are: --points "{EXAMPLE}", or clicks on the page, or choose another '
        "picture.",
        what,
    )


def check_size(marks: Array) -> None:
    """Raises InputError for a face (478, 3) too small."""
    width = float(np.ptp(marks[:, :2], axis=0).max())
    if width < MIN_FACE:
        raise InputError(
            f"The face is too small: {width:.0f} pixels, at least {MIN_FACE} are needed; choose a closer picture."
        )


def check_drawn(pixels: Image, marks: Array) -> None:
    """Raises InputError for a face (478, 3) placed by hand where neither eyes nor a mouth stand out of the picture."""
    corners = [EYE_CORNERS["Right"], EYE_CORNERS["Left"], MOUTH_CORNERS]
    if max(line_contrast(pixels, *(marks[row, :2] for row in ends)) for ends in corners) < FAINT:
        raise InputError(
            "There is no face where the points lie: the picture is all one there; click on the eyes, the mouth and the "
            "chin of a face that can be seen."
        )


def check_turn(marks: Array) -> None:
    """Raises InputError for a face (478, 3) turned away too far."""
    pitch, yaw, roll = head_pose(marks)
    if abs(roll) > MAX_ROLL:
        raise InputError(
            f"The face does not stand upright (it leans {abs(roll):.0f} degrees to the side); turn the picture upright."
        )
    if abs(yaw) > MAX_YAW:
        raise InputError(
            f"The face is turned {abs(yaw):.0f} degrees to the side, at most {MAX_YAW:.0f} can be animated; "
            "choose a picture from nearer the front."
        )
    if abs(pitch) > MAX_PITCH:
        way = "down" if pitch > 0 else "up"
        raise InputError(
            f"The face looks {abs(pitch):.0f} degrees {way}, at most {MAX_PITCH:.0f} can be animated; "
            "choose a picture from nearer the front."
        )


def check_seen(pixels: Image, marks: Array) -> list[str]:
    """Notes on what of a detected face (478, 3) is not seen well in (H, W, 3) uint8 RGB.

    Raises InputError where what is animated, an eye, the nose or the mouth, lies outside the picture, and NoFaceError
    where there hardly is a face, or the mesh hardly lies on it.
    """
    beyond = _beyond(pixels.shape, marks)
    size = float(np.ptp(marks[:SKIN_LANDMARKS, :2], axis=0).max())
    for name, rows in NEEDED.items():
        if (beyond[list(rows)] > 0).any():
            raise InputError(f"The picture's edge cuts the face: {name} lies outside; choose one that shows all of it.")
    seen = seen_face(pixels, marks)
    sure = seen.score
    if sure < HARDLY:
        raise no_face()
    likely = plausibility(read_signs(pixels, marks, seen))
    light = _light_note(pixels, marks)
    if likely < IMPLAUSIBLE and "white" not in light:  # nothing stands out in a face blown out
        raise unlikely_face()
    low, high = marks[:SKIN_LANDMARKS, :2].min(0), marks[:SKIN_LANDMARKS, :2].max(0)
    height, width = pixels.shape[:2]
    over = np.array([-low[0], -low[1], high[0] - width + 1, high[1] - height + 1]) / size
    notes = [
        f"The {edge} edge of the picture cuts the face: it stays cut off there when the head moves."
        for edge, far in zip(EDGES, over, strict=True)
        if far > CUT
    ]
    if light:
        return [*notes, light]
    # The detector is less sure of such a face than of any that is seen whole.
    if not notes and sure < WHOLE and _mouth_hidden(pixels, marks):
        notes.append("The mouth is hardly seen (is it covered, or blurred?): choose a picture that shows it.")
    return notes or ([DOUBT] if likely < DOUBTFUL else [])


def _beyond(shape: tuple[int, ...], marks: Array) -> Array:
    """(n,) pixels by which landmarks lie outside a picture; negative inside."""
    x, y = marks[:, 0], marks[:, 1]
    return np.max([-x, -y, x - shape[1] + 1, y - shape[0] + 1], axis=0).astype(np.float32)


def _light_note(pixels: Image, marks: Array) -> str:
    """What there is to say of a face hardly lit, or lit so much that nothing is left of its skin."""
    grey = grey_levels(pixels, marks)
    if len(grey) == 0:
        return ""
    bright = float(np.percentile(grey, 95))
    if bright < DARK:
        return f"The face is very dark ({100 * bright / 255:.0f} % of full brightness): choose a brighter picture."
    white = float((grey >= WHITE).mean())
    if white > BLOWN:
        return f"Much of the face is plain white ({100 * white:.0f} %, overexposed?): choose a picture that shows skin."
    return ""


def _mouth_hidden(pixels: Image, marks: Array) -> bool:
    """Whether there are no lips where they should be, or something else than skin around them."""
    eyes = [line_contrast(pixels, *(marks[row, :2] for row in EYE_CORNERS[side])) for side in ("Right", "Left")]
    lips = line_contrast(pixels, *(marks[row, :2] for row in MOUTH_CORNERS))
    unlike = float(np.linalg.norm(_chroma(pixels, marks, AROUND_MOUTH) - _chroma(pixels, marks, FRONT_CHEEKS)))
    return lips < LIP_LINE * float(np.mean(eyes)) or unlike > LIKE_CHEEKS


def _chroma(pixels: Image, marks: Array, rows: tuple[int, ...]) -> Array:
    """(2,) median Lab chroma around landmarks."""
    last = np.array([pixels.shape[1] - 1, pixels.shape[0] - 1])
    x, y = np.clip(np.round(marks[list(rows), :2]), 0, last).astype(int).T
    reach = max(1, round(0.01 * float(np.ptp(marks[:, 0]))))
    patches = [
        pixels[max(b - reach, 0) : b + reach + 1, max(a - reach, 0) : a + reach + 1] for a, b in zip(x, y, strict=True)
    ]
    colours = np.concatenate([patch.reshape(-1, 3) for patch in patches]).astype(np.float32) / 255
    lab = cv2.cvtColor(colours[None], cv2.COLOR_RGB2LAB)[0]
    return np.median(lab[:, 1:], axis=0).astype(np.float32)
