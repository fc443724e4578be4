"""Synthetic speakers: random parameters of how somebody moves lips, face and head, whatever is said.

A style encoder can only tell apart what differs in its training, so these speakers are drawn from a far wider range
than the parameters of ordinary examples (motion.talker): from mumblers to shouters, from stone faces to
clowns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.motion.curves import drift
from avatar_app.motion.gaze import STEADY_GAZE, eye_angles, look
from avatar_app.motion.postprocess import enforce_lip_closure
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.speech.lip_targets import CHANNELS
from avatar_app.training.corpus.sessions import Session, speaking
from avatar_app.training.scenes import MARGIN
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.coarticulation import LipTracks
from avatar_app.training.teacher.scene import Scene
from avatar_app.types import Array

SWAY_SECONDS = 0.35  # slower than this is posture and drift, faster are nods and jerks
_SIDED = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "browOuterUp")
_RESTING_LIMITS = {"brow": 0.35, "eyeSquint": 0.4, "eyeWide": 0.35, "cheekSquint": 0.35, "mouthDimple": 0.3}


@dataclass(frozen=True)
class SyntheticSpeaker:
    """How one speaker differs from the others.

    talker: head, brows, smile, blinks, gaze, mouth, expressiveness, asymmetry.
    mouth: (8,) factors on the lip tracks (lip_targets.CHANNELS): jaw, rounding, spreading, upper lip, lower lip.
    resting: (52,) coefficients held all the time: a smile or a frown, raised or lowered brows, wide or narrow eyes.
    mood: (28,) strengths of emotions (facs.EMOTION_NAMES) that colour everything said.
    axes: (3,) factors on head movement about x, y, z. quickness: factor on what is fast in it.
    posture: (3,) degrees, how the head is usually held.
    """

    talker: Talker
    mouth: Array
    resting: Array
    mood: Array
    axes: Array
    quickness: float
    posture: Array


def average_speaker() -> SyntheticSpeaker:
    """The middle of all speakers: what named styles start from."""
    return SyntheticSpeaker(
        talker=Talker(blinks=20.0),
        mouth=np.ones(len(CHANNELS), np.float32),
        resting=np.zeros(len(ARKIT_NAMES), np.float32),
        mood=np.zeros(len(EMOTION_NAMES), np.float32),
        axes=np.ones(3, np.float32),
        quickness=1.0,
        posture=np.zeros(3, np.float32),
    )


def draw_speaker(rng: np.random.Generator) -> SyntheticSpeaker:
    """A random speaker; one in eight is nearly average."""
    if rng.random() < 0.125:
        return replace(average_speaker(), talker=_draw_talker(rng), posture=_draw_posture(rng))
    return SyntheticSpeaker(
        talker=_draw_talker(rng),
        mouth=_draw_mouth(rng),
        resting=_draw_resting(rng),
        mood=_draw_mood(rng),
        axes=np.exp(rng.normal(0, 0.45, 3)).astype(np.float32),
        quickness=float(np.exp(rng.normal(0, 0.5))),
        posture=_draw_posture(rng),
    )


def perform(session: Session, speaker: SyntheticSpeaker, start: int, frames: int, rng: np.random.Generator) -> Array:
    """(frames, 58) float32, MotionClip.values of the speaker over frames `start` to `start + frames` of the session.

    Another `rng` gives another performance of the same speaker. Raises ValueError beyond the session's end.
    """
    total = len(session.tracks)
    if start < 0 or start + frames > total:
        raise ValueError(f"frames {start} to {start + frames} were asked of a session of {total}")
    # Acted with a margin: nods and blinks may be under way when the stretch begins.
    low, high = max(0, start - MARGIN), min(total, start + frames + MARGIN)
    tracks = _articulate(session.tracks[low:high], speaker.mouth)
    mood = np.repeat(speaker.mood[None], high - low, axis=0)
    scene = Scene(tracks, speaking(tracks).astype(np.float32), mood, (), np.zeros_like(speaker.resting))
    values = act(scene, rng, speaker.talker)
    values[:, :52] += speaker.resting * _fluctuation(high - low, rng)
    pose = _own_pose(values[:, 52:], speaker)
    _compensate_gaze(values, np.rad2deg(pose[:, :2] - values[:, 52:54]))
    values[:, 52:] = pose
    _weigh_sides(values, 0.4 * speaker.talker.asymmetry)
    enforce_lip_closure(values, tracks.closure)
    values[:, :52] = np.clip(values[:, :52], 0, 1)
    return values[start - low : start - low + frames]


def _draw_talker(rng: np.random.Generator) -> Talker:
    energy = float(np.clip(np.exp(rng.normal(-0.1, 0.65)), 0.15, 3.0))
    return Talker(
        head=energy,
        translation=energy,
        quickness=float(np.exp(rng.normal(0, 0.25))),
        brows=float(np.clip(np.exp(rng.normal(-0.1, 0.8)), 0.05, 2.5)),
        smile=float(np.clip(np.exp(rng.normal(-0.2, 0.7)), 0.05, 2.5)),
        blinks=float(np.clip(np.exp(rng.normal(np.log(20), 0.6)), 4, 60)),
        gaze=float(np.clip(np.exp(rng.normal(np.log(16), 0.8)), 1, 60)),
        mouth=float(np.clip(np.exp(rng.normal(0, 0.22)), 0.55, 1.6)),
        asymmetry=float(np.clip(rng.normal(0.0, 1.2), -2.5, 2.5)),
        parted=float(rng.uniform(0, 1)),
        expressiveness=float(rng.uniform(0.5, 1.4)),
    )


def _draw_mouth(rng: np.random.Generator) -> Array:
    """One size for all, then jaw, rounding, spreading and the lips each for itself."""
    jaw, rounding, spread, upper, lower, shrug = np.exp(rng.normal(0, (0.22, 0.3, 0.35, 0.4, 0.35, 0.3)))
    factors = np.array([jaw, rounding, rounding, spread, upper, lower, shrug]) * np.exp(rng.normal(0, 0.15))
    return np.append(np.clip(factors, 0.3, 2.2), 1.0).astype(np.float32)  # lips meet as the phone asks, whoever speaks


def _draw_resting(rng: np.random.Generator) -> Array:
    """A lasting expression: half of all smile or frown, the rest of the face joins in as it likes."""
    resting = np.zeros(len(ARKIT_NAMES), np.float32)
    shapes = [(name, limit) for name, limit in _RESTING_LIMITS.items() if rng.random() < 0.35]
    if rng.random() < 0.55:
        shapes.append(("mouthSmile", 0.7) if rng.random() < 0.65 else ("mouthFrown", 0.6))
    for prefix, limit in shapes:
        names = [name for name in ARKIT_NAMES if name.startswith(prefix)]
        if prefix == "brow":
            chosen = "browDown" if rng.random() < 0.5 else ("browInner", "browOuter")
            names = [name for name in names if name.startswith(chosen)]
        amount = limit * rng.beta(1.2, 1.2)
        for name in names:
            resting[ARKIT_INDEX[name]] = amount * rng.uniform(0.8, 1.0)
    return resting


def _draw_mood(rng: np.random.Generator) -> Array:
    mood = np.zeros(len(EMOTION_NAMES), np.float32)
    if rng.random() < 0.3:
        mood[int(rng.integers(len(mood)))] = rng.uniform(0.1, 0.6)
    return mood


def _draw_posture(rng: np.random.Generator) -> Array:
    return rng.normal(0, (2.5, 3.0, 2.0)).astype(np.float32)


def _fluctuation(frames: int, rng: np.random.Generator) -> Array:
    """(T, 1) factor about 1 on a lasting expression: never twice the same, and it comes and goes a little."""
    return (rng.uniform(0.8, 1.15) * (1 + 0.12 * drift(frames, 0.9, rng)))[:, None].astype(np.float32)


def _articulate(tracks: LipTracks, mouth: Array) -> LipTracks:
    """The lip tracks as this mouth makes them; closures stay, so that words stay readable."""
    return replace(tracks, shape=np.clip(tracks.shape * mouth, 0, 1))


def _own_pose(pose: Array, speaker: SyntheticSpeaker) -> Array:
    """(T, 6) head pose with the speaker's own axes, quickness and posture."""
    slow = gaussian_filter1d(pose, SWAY_SECONDS * FPS, axis=0, mode="nearest")
    moved = slow + (pose - slow) * np.float32(speaker.quickness)
    moved[:, :3] = moved[:, :3] * speaker.axes + np.deg2rad(speaker.posture)
    return moved.astype(np.float32)


def _compensate_gaze(values: Array, turned: Array) -> None:
    """Turns the eyes back, in place, by most of what the head turned further: (T, 2) degrees about x and y."""
    look(values, eye_angles(values) - STEADY_GAZE * turned)


def _weigh_sides(values: Array, asymmetry: float) -> None:
    """One side of mouth and brows up to 30 % stronger than the other, in place."""
    for name in _SIDED:
        values[:, ARKIT_INDEX[name + "Left"]] *= 1 + 0.15 * asymmetry
        values[:, ARKIT_INDEX[name + "Right"]] *= 1 - 0.15 * asymmetry
