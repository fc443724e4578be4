"""What an opening mouth shows: upper teeth fixed to the skull, lower teeth and tongue with the jaw, the dark behind.

Painted once per portrait in its own light and size, then laid under the lips in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.motion.face_rig import INNER_LOWER, INNER_UPPER, lip_gaps, mouth_width
from avatar_app.render.layers import fill_holes

Array = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

# Adult crowns as seen from the front, in mouth widths (a mouth is about 50 mm wide): central incisor outward.
UPPER_TEETH = (0.165, 0.130, 0.135, 0.105, 0.085, 0.060)
LOWER_TEETH = (0.105, 0.112, 0.120, 0.105, 0.090, 0.070)
UPPER_LENGTH = (0.205, 0.185, 0.205, 0.170, 0.150, 0.130)
LOWER_LENGTH = (0.170, 0.170, 0.185, 0.160, 0.140, 0.120)
UPPER_EDGE = 0.055  # mouth widths that the upper incisors reach below the closed lips' line
LOWER_EDGE = 0.012  # below that line, where the lower incisors end when the jaw is shut
CANVAS = 3.0  # sprite pixels per picture pixel while painting
OPEN = 0.035  # mouth widths between the lips from which on a portrait's mouth counts as open


@dataclass(frozen=True)
class Mouth:
    """Sprites in picture coordinates of the resting face, cut to `box` (left, top, right, bottom).

    upper, lower: (h, w, 4) float32 premultiplied, 0 to 255 and alpha 0 to 1. cavity: (3,) colour of the dark.
    own: what the picture's own open mouth shows, (h, w, 4) each: the part fixed to the skull, the part that goes with
        the jaw. rim: (h, w), 1 except along the lips' edge, which only belongs there at rest. None: lips closed.
    gap: pixels between the lips at rest. ring: (n, 2) outline of their opening at rest.
    """

    box: tuple[int, int, int, int]
    upper: Array
    lower: Array
    own: tuple[Array, Array] | None
    rim: Array | None
    cavity: Array
    width: float
    gap: float
    ring: Array


def build_mouth(pixels: Image, landmarks: Array, ring: Array) -> Mouth:
    """Paints the mouth of a portrait; `ring` (n, 2) is the outline of its lips' opening at rest."""
    width = mouth_width(landmarks)
    corners = landmarks[[61, 291], :2]
    reach = 1.3 * width
    centre = corners.mean(0)
    size = pixels.shape[0]
    low = np.clip(np.floor(centre - reach), 0, size - 1).astype(int)
    high = np.clip(np.ceil(centre + reach), 1, size).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    light = _light(pixels, landmarks)
    gap = float(lip_gaps(landmarks)[2:7].mean())
    own = rim = None
    if gap > OPEN * width:
        own, rim = _own_mouth(pixels, landmarks, ring, box)
        light = _own_light(own, light)
    to_local = _local_frame(landmarks, width)
    # The lower teeth stand just behind the lower lip, wherever that is in the picture.
    to_lower = to_local.copy()
    to_lower[:, 2] = landmarks[INNER_LOWER[4], :2]
    upper = _place(_teeth(UPPER_TEETH, UPPER_LENGTH, width, light, upper=True), to_local, width, box)
    lower = _place(_lower_jaw(width, light), to_lower, width, box)
    cavity = np.array([52, 20, 18], np.float32) * light / 190
    colour = _colourfulness(pixels, landmarks)
    for layer in (upper, lower, cavity[None]):
        grey = layer[..., :3].mean(-1, keepdims=True)
        layer[..., :3] = grey + colour * (layer[..., :3] - grey)
    return Mouth(box, upper, lower, own, rim, cavity, width, gap, ring)


def _light(pixels: Image, landmarks: Array) -> Array:
    """(3,) how white things look in this picture: a bright shade of the skin with most of its colour taken out."""
    import cv2

    hull: Any = cv2.convexHull(landmarks[:468, :2].astype(np.float32)).astype(np.int32)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull, (1,))
    skin = pixels[mask > 0].astype(np.float32)
    bright = np.percentile(skin.mean(1), 85)
    tint = skin.mean(0) / max(float(skin.mean()), 1.0)
    # Dark skin does not mean dim light: never assume less than a dim room.
    level = 105 + 0.48 * float(bright)
    return (level * (0.88 + 0.12 * tint)).astype(np.float32)


def _colourfulness(pixels: Image, landmarks: Array) -> float:
    """0 in a black-and-white picture, 1 where skin has the colour of skin."""
    low, high = landmarks[:468, :2].min(0).clip(0).astype(int), landmarks[:468, :2].max(0).astype(int)
    face = pixels[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    return float(np.clip(np.ptp(face, axis=2).mean() / max(float(face.mean()), 1.0) / 0.25, 0, 1))


def _own_light(own: tuple[Array, Array], light: Array) -> Array:
    """(3,) the whiteness of the teeth that the picture shows; `light` where it shows none."""
    colours = own[0][own[0][..., 3] > 0.99][:, :3]
    if len(colours) < 20:
        return light
    bright = colours[colours.mean(1) >= np.percentile(colours.mean(1), 75)].mean(0)
    white = bright.min() > 0.6 * bright.max() and bright.mean() > 0.5 * light.mean()
    return np.clip(bright / 0.9, 0, 255).astype(np.float32) if white else light


def _local_frame(landmarks: Array, width: float) -> Array:
    """(2, 3) affine: mouth coordinates (mouth widths; x right, y down, origin mid-line of the lips) to the picture."""
    across = (landmarks[291, :2] - landmarks[61, :2]) / width
    down = landmarks[152] - landmarks[10]
    down = down[:2] / max(float(np.linalg.norm(down)), 1e-6)
    lips = landmarks[[INNER_UPPER[4], INNER_LOWER[4]], :2]
    gap = float(lip_gaps(landmarks)[4])
    # An open mouth opens downward: the skull's reference is near its upper lip.
    origin = lips[0] + down * min(0.2 * max(gap, 0), 0.02 * width)
    return np.column_stack([across * width, down * width, origin]).astype(np.float32)


SPAN = (-0.75, -0.45, 1.5, 1.5)  # left, top, width, height of the painting in mouth widths


def _grid(width: float) -> tuple[Array, Array]:
    """x and y of every sprite pixel in mouth widths."""
    across = max(16, round(SPAN[2] * width * CANVAS))
    down = max(16, round(SPAN[3] * width * CANVAS))
    x = SPAN[0] + (np.arange(across, dtype=np.float32) + 0.5) / across * SPAN[2]
    y = SPAN[1] + (np.arange(down, dtype=np.float32) + 0.5) / down * SPAN[3]
    return np.meshgrid(x, y)  # type: ignore[return-value]


def _soft(x: Array, width: float) -> Array:
    """A step at 0, one picture pixel wide; x in mouth widths."""
    return np.clip(x * width * 0.8 + 0.5, 0, 1)


def _teeth(crowns: tuple[float, ...], lengths: tuple[float, ...], width: float, light: Array, upper: bool) -> Array:
    """(h, w, 4) premultiplied: one row of teeth with its gum, darker toward the corners of the mouth."""
    x, y = _grid(width)
    sign = 1.0 if upper else -1.0
    edge = UPPER_EDGE if upper else LOWER_EDGE
    colour = np.zeros((*x.shape, 3), np.float32)
    alpha = np.zeros_like(x)
    start = 0.0
    for crown, length in zip(crowns, lengths, strict=True):
        centre = start + crown / 2
        inside = np.abs(np.abs(x) - centre) / (crown / 2)  # 1 at the sides of this tooth
        # The arch curves away: teeth farther out end higher (upper) or lower (lower).
        tip = edge - sign * 0.10 * centre**2 - sign * 0.016 * inside**4
        root = tip - sign * length
        body = _soft(sign * (tip - y), width) * _soft(sign * (y - root) + 0.02 * (1 - inside**2), width)
        mine = (inside <= 1.0).astype(np.float32) * body
        round_off = 1 - 0.16 * np.clip(inside, 0, 1) ** 6
        lengthwise = 0.90 + 0.10 * np.clip(sign * (y - root) / length, 0, 1)
        tone = np.array([0.93, 0.885, 0.80], np.float32) * light
        colour += (mine * round_off * lengthwise)[..., None] * tone
        alpha += mine
        start += crown
    gum = np.array([0.62, 0.33, 0.31], np.float32) * light
    behind = _soft(sign * (edge - sign * 0.14 - y), width) * _soft(0.60 - np.abs(x), width) * (1 - np.clip(alpha, 0, 1))
    colour += behind[..., None] * gum
    alpha = np.clip(alpha, 0, 1) + behind
    shade = np.clip(1.03 - 1.9 * np.abs(x) ** 2.2, 0.18, 1.0)
    return np.dstack([colour * shade[..., None], alpha]).astype(np.float32)


def _lower_jaw(width: float, light: Array) -> Array:
    """(h, w, 4) premultiplied: the tongue behind, the lower teeth in front."""
    x, y = _grid(width)
    top = LOWER_EDGE - 0.15 + 1.0 * x**2
    tongue = _soft(y - top, width / 3) * _soft(0.40 - np.abs(x), width / 4)
    tone = np.array([0.66, 0.34, 0.33], np.float32) * light
    relief = np.clip(0.52 + 1.8 * (y - top), 0.5, 0.9) * (1 - 0.14 * np.exp(-((x / 0.03) ** 2)))
    colour = (tongue * relief)[..., None] * tone
    teeth = _teeth(LOWER_TEETH, LOWER_LENGTH, width, light * 0.78, upper=False)
    over = 1 - teeth[..., 3:]
    return np.concatenate([teeth[..., :3] + colour * over, teeth[..., 3:] + tongue[..., None] * over], 2)


def _place(sprite: Array, to_picture: Array, width: float, box: tuple[int, int, int, int]) -> Array:
    """The painting, drawn at the picture's scale into `box`."""
    import cv2

    height, across = sprite.shape[:2]
    scale = np.array([[SPAN[2] / across, 0, SPAN[0]], [0, SPAN[3] / height, SPAN[1]], [0, 0, 1]], np.float32)
    matrix = to_picture @ scale
    matrix[:, 2] -= np.array(box[:2], np.float32)
    blurred = cv2.GaussianBlur(sprite, (0, 0), CANVAS * 0.45)
    return np.asarray(cv2.warpAffine(blurred, matrix, (box[2] - box[0], box[3] - box[1])), np.float32)


def _own_mouth(
    pixels: Image, landmarks: Array, ring: Array, box: tuple[int, int, int, int]
) -> tuple[tuple[Array, Array], Array]:
    """The picture inside its own open lips, (h, w, 4) premultiplied for skull and jaw, and the rim (h, w).

    In a smile the teeth that show are the upper ones; in a mouth that is wide open the lower half goes with the jaw.
    """
    import cv2

    left, top, right, bottom = box
    shape = (bottom - top, right - left)
    width = mouth_width(landmarks)
    outline = polygon_mask(ring - np.array([left, top], np.float32), shape)
    mask = np.asarray(cv2.dilate((outline > 0).astype(np.uint8), np.ones((3, 3), np.uint8)), np.float32)
    inner = np.asarray(cv2.erode(outline, np.ones((5, 5), np.uint8)), np.float32)
    source = pixels[top:bottom, left:right].astype(np.float32)
    # A rising lip uncovers more of the teeth: continue them upward.
    inside = np.where(mask[..., None] > 0, source, fill_holes(source, (inner > 0.5).astype(np.float32)))
    rise = np.ones((max(2, round(0.12 * width)), 1), np.uint8)
    above = np.asarray(cv2.dilate(inner, rise, anchor=(0, 0)), np.float32)
    mask, inner = np.maximum(mask, above), np.maximum(inner, above)
    upper, lower = landmarks[list(INNER_UPPER), :2], landmarks[list(INNER_LOWER), :2]
    down = (landmarks[152] - landmarks[10])[:2]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    wide = float(np.clip((lip_gaps(landmarks)[2:7].mean() / width - 0.25) / 0.08, 0, 1))
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    middle = (upper + lower)[4] / 2
    below = (x - middle[0]) * down[0] + (y - middle[1]) * down[1]
    jaw = wide * np.clip(below / 2 + 0.5, 0, 1)
    layers = [np.dstack([inside * m[..., None], m]).astype(np.float32) for m in (mask * (1 - jaw), mask * jaw)]
    return (layers[0], layers[1]), inner


def polygon_mask(ring: Array, shape: tuple[int, int]) -> Array:
    """(h, w) float32 in [0, 1]: how much of each pixel lies inside a closed ring (n, 2)."""
    import cv2

    mask = np.zeros((shape[0] * 2, shape[1] * 2), np.uint8)
    points: Any = [np.round((ring * 2 + 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.fillPoly(mask, points, (255,), cv2.LINE_AA, 4)
    small = cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def draw_mouth(frame: Image, mouth: Mouth, ring: Array, skull: Array, jaw: Array, gap: float) -> None:
    """Draws the inside of the mouth into `frame`, within the lips' opening `ring` (n, 2); changes it in place.

    skull, jaw: (2, 3) affine from the resting picture to the frame. gap: pixels between the lips.
    """
    import cv2

    size = frame.shape[0]
    low = np.clip(np.floor(ring.min(0)) - 3, 0, size - 1).astype(int)
    high = np.clip(np.ceil(ring.max(0)) + 4, 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    if min(shape) < 3:
        return
    mask = polygon_mask(ring - low, shape)
    fade = float(np.clip((gap / mouth.width - 0.005) / 0.03, 0, 1))
    corner = np.array(mouth.box[:2], np.float32)

    def laid(sprite: Array, affine: Array) -> Array:
        matrix = affine.copy()
        matrix[:, 2] += affine[:, :2] @ corner - low
        return np.asarray(cv2.warpAffine(sprite, matrix, shape[::-1]), np.float32)

    inside = np.broadcast_to(mouth.cavity, (*shape, 3))
    upper, lower = laid(mouth.upper, skull), laid(mouth.lower, jaw)
    inside = inside * (1 - lower[..., 3:]) + lower[..., :3]
    inside = inside * (1 - upper[..., 3:]) + upper[..., :3]
    inside = inside * _shade(mask, mouth.width)[..., None]
    if mouth.own is not None and mouth.rim is not None:
        # The edge of the lips was photographed with the mouth; it fades from the layer as they leave their place.
        home = mouth.ring @ skull[:, :2].T + skull[:, 2]
        left = 1 - float(np.clip(np.linalg.norm(ring - home, axis=1).mean() / (0.04 * mouth.width), 0, 1))
        keep = (left + (1 - left) * mouth.rim)[..., None]
        own = laid(mouth.own[0] * keep, skull) + laid(mouth.own[1] * keep, jaw)
        # Where the halves overlap their sum is more than whole.
        own /= np.maximum(own[..., 3:], 1.0)
        inside = inside * (1 - own[..., 3:]) + own[..., :3]
    amount = (mask * fade)[..., None]
    part = frame[low[1] : high[1], low[0] : high[0]]
    wider = gap if mouth.own is None else gap - mouth.gap
    lips = part * (1 - 0.35 * float(np.clip(wider / (0.12 * mouth.width), 0, 1)) * fade * _rim(mask))[..., None]
    if mouth.own is not None:
        _close_line(lips, ring - low, float(np.clip(1 - 1.5 * gap / mouth.gap, 0, 1)))
    part[:] = np.round(lips * (1 - amount) + inside * amount).astype(np.uint8)


def _close_line(lips: Array, ring: Array, strength: float) -> None:
    """Darkens the line along which lips meet that are apart in the picture, where no such line was photographed."""
    import cv2

    if strength <= 0:
        return
    half = len(ring) // 2
    line = (ring[: half + 1] + np.concatenate([ring[:1], ring[: half - 1 : -1]])) / 2
    mask = np.zeros(lips.shape[:2], np.uint8)
    points: Any = [np.round(line[2:-2] * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.polylines(mask, points, False, (255,), 1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.7)
    lips *= 1 - 0.42 * strength * np.clip(soft * 1.4, 0, 1)[..., None]


def _rim(mask: Array) -> Array:
    """(h, w) 1 at the very edge of the opening, where lips turn inward out of the light."""
    import cv2

    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0) * 1.6, np.float32).clip(0, 1)


def _shade(mask: Array, width: float) -> Array:
    """(h, w) light inside the mouth: the lips, most of all the upper one, throw their shadow on what is behind."""
    import cv2

    sigma = max(0.045 * width, 0.8)
    drop = np.array([[1, 0, 0], [0, 1, 0.05 * width]], np.float32)
    lit = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), sigma), drop, mask.shape[::-1])
    return np.asarray(0.30 + 0.70 * np.clip(lit * 1.15 - 0.15, 0, 1), np.float32)
