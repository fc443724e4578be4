"""The motion that was recorded with a scene's voices, for the passage that a request asks for."""

from __future__ import annotations

import numpy as np

from avatar_app.engines.audio2photoreal.asked import OWN, SceneFiles
from avatar_app.engines.audio2photoreal.dataset import Scene
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.npz import load_motion
from avatar_app.request import FPS, InputError
from avatar_app.types import Array

TITLE = "ground truth"
ROUNDED = 2  # frames at 30 fps by which whole frames at 25 fps may end after a scene; its last one is held there


def recorded_clip(files: SceneFiles, start: float, frames: int) -> MotionClip:
    """So many frames at 25 fps from `start` seconds on; InputError where the scene's motion ends before."""
    clip = load_motion(files.file(OWN))
    first = round(start * FPS)
    last = first + frames
    if clip.body is None:
        raise InputError(f"The motion of {files.name} has no body: it is no scene of this engine.")
    _check(files, len(clip), last, FPS)
    joints, root = clip.body.joints[first:last], clip.body.root[first:last]
    return MotionClip.from_values(clip.values()[first:last], Body(joints, clip.body.skeleton, root))


def recorded_codes(files: SceneFiles, start: float, frames: int, fps: int) -> tuple[Array, Array]:
    """(frames, 104) pose and (frames, 256) face codes, both float32, of a scene in the published layout."""
    scene = Scene(files.folder, files.name, wrapped=False)
    first = round(start * fps)
    _check(files, scene.frames, first + frames, fps, ROUNDED)
    there = min(frames, scene.frames - first)
    part, held = scene.read(first, there), ((0, frames - there), (0, 0))
    return np.pad(part.pose.numpy(), held, mode="edge"), np.pad(part.face.numpy(), held, mode="edge")


def _check(files: SceneFiles, found: int, last: int, fps: int, more: int = 0) -> None:
    if last > found + more:
        raise InputError(
            f"The motion of {files.name} ends after {found / fps:.1f} s, before its sound does at {last / fps:.1f} s: "
            "choose an earlier passage (--audio-from, --audio-to)."
        )
