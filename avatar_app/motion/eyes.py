"""What a request wants of the eyes of any engine's motion: more or fewer blinks, and a gaze that keeps to the camera.

Where the instruction says what the eyes are to do, or not to do, it is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks, peak_widths

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES
from avatar_app.inputs.instruction.timeline import Asked
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.curves import within
from avatar_app.motion.gaze import eye_angles, look
from avatar_app.request import FPS
from avatar_app.types import Array

LIDS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
SHUT, LONGEST = 0.4, 12  # how deep a blink is at least, and how many frames long at half depth: what lasts is no blink
USUAL = 4.0  # seconds between blinks where a clip has none to go by
BLINK = np.array((0.35, 0.95, 1.0, 0.75, 0.4, 0.15, 0.05), np.float32)  # a quarter of a second, quick to close
FIXATING = 0.8  # degrees by which eyes wander that look at one place
REACH = 28.0  # degrees that eyes turn in the head
EDGE = 0.3  # seconds
GAZE = ("look_", "roll_eyes", "close_eyes")  # actions, by how they begin, that say where to look
LID = ("blink", "wink", "close_eyes")


def with_wishes(clip: MotionClip, blinks: float, contact: float, asked: Iterable[Asked], seed: int) -> MotionClip:
    """The clip with `blinks` times as many blinks, and with eyes that keep to the camera as far as `contact`, 0 to 1.

    asked: of Timeline.tokens. The same clip where neither changes anything.
    """
    if blinks == 1 and contact == 0:
        return clip
    values, asked = clip.values(), list(asked)
    if contact > 0:
        keep_to_camera(values, contact * (1 - _told(asked, GAZE, len(clip))))
    if blinks != 1:
        blink_as_often(values, blinks, _told(asked, LID, len(clip)) > 0, np.random.default_rng([seed, 0xB11C]))
    return clip.with_values(values)


def keep_to_camera(values: Array, share: Array) -> None:
    """Turns the eyes of (T, 58) motion toward the camera, in place, whatever the head does. share: (T,) 0 to 1."""
    head = np.rad2deg(values[:, 52:54])
    away = eye_angles(values) + head
    far = np.linalg.norm(away, axis=1, keepdims=True)
    near = away * np.minimum(1, FIXATING / np.maximum(far, 1e-6))
    eyes = away + share[:, None] * (near - away) - head
    look(values, np.where(share[:, None] > 0, np.clip(eyes, -REACH, REACH), eyes))


def blink_as_often(values: Array, times: float, told: npt.NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Takes blinks of (T, 58) motion away, or adds some like them in the longest gaps, in place.

    told: (T,) where blinks stay as they are.
    """
    lids = values[:, LIDS].mean(axis=1)
    frames, _ = find_peaks(lids, height=SHUT, prominence=SHUT, width=(0, LONGEST))
    _, _, first, last = peak_widths(lids, frames, rel_height=0.95)
    spans = [(int(a), int(np.ceil(b))) for a, b in zip(first, last, strict=True)]
    free = [k for k, frame in enumerate(frames) if not told[frame]]
    if times < 1:
        for k in rng.permutation(free)[: round((1 - times) * len(free))]:
            _open(values, *spans[k])
        return
    more = round((times - 1) * (len(free) or len(lids) / FPS / USUAL))
    shapes = [values[a : b + 1, LIDS] for a, b in (spans[k] for k in free)] or [np.stack([BLINK, BLINK], axis=1)]
    taken = sorted([-1, *frames.tolist(), len(lids)])
    for _ in range(more):
        gap = max(range(len(taken) - 1), key=lambda k: taken[k + 1] - taken[k])
        before, after = taken[gap], taken[gap + 1]
        frame = round(before + (after - before) * rng.uniform(0.4, 0.6))
        taken.insert(gap + 1, frame)
        if 0 <= frame < len(lids) and not told[frame]:
            _close(values, frame, shapes[int(rng.integers(len(shapes)))])


def _open(values: Array, first: int, last: int) -> None:
    """Lids between two frames go from the one to the other."""
    share = np.linspace(0, 1, last - first + 1)[:, None]
    values[first : last + 1, LIDS] = (1 - share) * values[first, LIDS] + share * values[last, LIDS]


def _close(values: Array, frame: int, shape: Array) -> None:
    """A blink in place, begun at a frame; it ends with the clip."""
    part = values[frame : frame + len(shape), LIDS]
    values[frame : frame + len(shape), LIDS] = np.maximum(part, shape[: len(part)])


def _told(asked: Iterable[Asked], names: tuple[str, ...], frames: int) -> Array:
    """(T,) 0 to 1 with soft edges: where the instruction says something about the actions that begin so."""
    told = np.zeros(frames, np.float32)
    for wish in asked:
        if ACTION_NAMES[wish.action].startswith(names):
            told = np.maximum(told, within(frames, wish.start, wish.end, EDGE))
    return told.astype(np.float32)
