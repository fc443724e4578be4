"""Pictures of the body: the same motion gives the same frames, and other devices the same picture."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from avatar_app.inputs.portrait.background import Background
from avatar_app.motion.body_motion import body_motion
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, NAME, relaxed
from avatar_app.render.body.drawing import draw, scene_of
from avatar_app.render.body.figure import BodyFigure, load_body, pose
from avatar_app.render.body.renderer import BodyRenderer
from avatar_app.sample import EngineSample


@lru_cache(maxsize=1)
def figure() -> BodyFigure:
    return load_body("kei")


def waving(frames: int) -> MotionClip:
    joints = np.tile(relaxed(), (frames, 1, 1))
    joints[:, JOINT_INDEX["lowerarm01.R"], 0] -= np.linspace(0, 1.5, frames, dtype=np.float32)
    values = np.zeros((frames, 58), np.float32)
    values[:, 53] = np.linspace(0, 0.3, frames)
    return MotionClip.from_values(values, Body(joints, NAME, np.zeros((frames, 3), np.float32)))


def test_frames_repeat_bit_for_bit_and_on_threads_too() -> None:
    clip = waving(3)
    one = list(BodyRenderer(figure(), "half", (160, 200)).clip_frames(clip))
    again = list(BodyRenderer(figure(), "half", (160, 200), threads=2).clip_frames(clip))
    assert len(one) == 3
    assert one[0].shape == (200, 160, 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert np.abs(one[0].astype(int) - one[2]).max() > 60  # the arm moved


def test_the_renderer_draws_samples(tmp_path: Path) -> None:
    renderer = BodyRenderer(figure(), "full", (120, 160), Background("clear"))
    sample = EngineSample(index=1, seed=1, motion=waving(1))
    frame = next(renderer.frames(sample, lambda: False))
    assert frame.shape == (160, 120, 4)
    assert frame[0, 0, 3] == 0
    assert frame[..., 3].max() == 255
    assert np.count_nonzero((frame[..., 3] > 0) & (frame[..., 3] < 255)) > 0  # soft edges
    assert renderer.attachments(sample, tmp_path) == []


def test_the_torch_back_end_draws_the_same_picture() -> None:
    renderer, points = BodyRenderer(figure(), "half", (128, 128)), pose(figure(), relaxed()[None])[0]
    scene, _ = scene_of(figure(), points, figure().colours, renderer.framing.camera, (128, 128))
    ours = draw(scene)
    from avatar_app.render.mesh import torch_backend

    other = torch_backend.draw(scene)
    assert np.abs(ours.astype(int) - other).mean() < 0.5
    assert np.mean(np.abs(ours.astype(int) - other).max(2) > 8) < 0.005


def test_a_clip_without_a_body_stands_relaxed_and_turns_its_head() -> None:
    values = np.zeros((2, 58), np.float32)
    values[1, 53] = 0.4
    joints, root = body_motion(MotionClip.from_values(values))
    assert np.allclose(joints[0], relaxed(), atol=1e-6)
    neck = [JOINT_INDEX[name] for name in ("neck01", "neck02", "neck03", "head")]
    assert np.isclose(joints[1, neck, 1].sum(), 0.4, atol=0.02)
    assert not root.any()


def test_skin_shows_only_on_face_and_hands() -> None:
    """Below the collar of the full-length picture, pixels with the colour of skin lie only where hands are."""
    body = load_body("jonas")
    renderer = BodyRenderer(body, "full", (256, 512), Background("clear"))
    clip = MotionClip.still(1)
    frame = next(renderer.clip_frames(clip)).astype(int)
    points = pose(body, relaxed()[None])[0]
    placed = renderer.framing.camera.project(points, (512, 256))
    hands = placed[body.labels == 1]
    red, green, blue, alpha = np.moveaxis(frame, -1, 0)
    skin = (alpha > 250) & (red > 150) & (red > green + 22) & (green > blue + 8)
    rows, columns = np.nonzero(skin)
    collar = placed[body.labels == 2][:, 1].min()
    below = rows > collar + 14
    assert below.any()  # hands are seen
    boxes = [hands[hands[:, 0] < 128], hands[hands[:, 0] >= 128]]
    inside = np.zeros(below.sum(), bool)
    for box in boxes:
        (left, top), (right, bottom) = box[:, :2].min(0) - 2, box[:, :2].max(0) + 2
        x, y = columns[below], rows[below]
        inside |= (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    assert inside.all()
