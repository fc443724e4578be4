"""The teacher, a rule-based animator: lip tracks, behaviour, emotions and instructed actions as 58 channels at 25 fps.

Emotion and instruction never break a lip closure, and most mouth actions shrink while speaking (critical articulators
are preserved, JASA 137:1411); the upper face acts at full strength throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, EMOTIONS, arkit_from_aus
from avatar_app.motion.gestures import BEAT
from avatar_app.motion.postprocess import enforce_lip_closure, suppress_actions
from avatar_app.request import FPS
from avatar_app.training.teacher import behaviour as b
from avatar_app.training.teacher.coarticulation import LipTracks, lips_to_arkit
from avatar_app.types import Array

STEADY_GAZE = 0.75  # share of a head turn that the eyes undo

_ATTITUDES = np.array([(-e.get("up", 0), e.get("turn", 0), -e.get("tilt", 0)) for e in EMOTIONS.values()], np.float32)
_ENERGY = np.array([e["energy"] for e in EMOTIONS.values()], np.float32)
_EMOTION_SHAPES = np.stack([arkit_from_aus(e) for e in EMOTIONS.values()])
_ACTION_SHAPES = {name: arkit_from_aus(action.aus) for name, action in ACTIONS.items()}


def _columns(*names: str) -> list[int]:
    return [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(names)]


_MOUTH = _columns("mouth", "jaw", "tongue", "cheekPuff")
_SMILES = _columns("mouthSmile", "mouthDimple", "mouthFrown")
_PERSISTENT = _columns("brow", "cheekSquint", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple", "nose")
_LOOK = [ARKIT_INDEX[f"eyeLook{d}{s}"] for d in ("Down", "In", "Out", "Up") for s in ("Left", "Right")]


@dataclass(frozen=True)
class Cue:
    """One instructed action. start, end: seconds from the clip's first frame. strength: -1 (avoid) to 1."""

    action: int
    strength: float
    start: float
    end: float


@dataclass(frozen=True)
class Scene:
    """What one clip is to show.

    tracks: T frames. talking: (T,) in [0, 1]. emotion: (T, 28) strengths. resting: (52,) the portrait's own expression.
    """

    tracks: LipTracks
    talking: Array
    emotion: Array
    cues: tuple[Cue, ...]
    resting: Array


@dataclass
class _Channels:
    """The arrays that actions write on. angles: (T, 3) degrees. eyes: (T, 2) degrees. lids: (T, 2) left, right."""

    face: Array
    angles: Array
    translation: Array
    eyes: Array
    lids: Array


def act(scene: Scene, rng: np.random.Generator, speaker: b.SpeakerParams | None = None) -> Array:
    """(T, 58) float32 in CHANNEL_NAMES order: one performance of the scene; another `rng` gives another one.

    speaker: None draws ordinary parameters.
    """
    frames, speaker = len(scene.tracks), speaker or b.draw_speaker_params(rng)
    emotion = gaussian_filter1d(scene.emotion, 0.16 * FPS, axis=0, mode="nearest")
    emotion *= 1 + 0.08 * b.drift(frames, 0.8, rng)[:, None].astype(np.float32)
    avoided = {ACTION_NAMES[c.action]: _envelope(c, frames, rng) for c in scene.cues if c.strength < 0}
    wanted = [(ACTION_NAMES[c.action], c) for c in scene.cues if c.strength > 0]
    energy, amplitude = _liveliness(emotion, wanted, frames, rng)
    face = lips_to_arkit(scene.tracks, amplitude * np.float32(speaker.effort))
    channels = _behave(face, scene, speaker, energy[:, None], avoided, wanted, rng)
    _rest(face, scene, emotion)
    # Feelings show early: a "medium" one must be seen by whoever watches, and grows little from there.
    shown = np.maximum(emotion, 0) ** 0.65
    _add(face, _one_sided(shown @ _EMOTION_SHAPES * speaker.expressiveness, speaker.asymmetry), scene)
    channels.angles += shown @ _ATTITUDES
    for name, cue in wanted:
        _perform(name, cue, scene, channels, rng)
    look(face, channels.eyes)
    blinks = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
    face[:, blinks] = np.maximum(face[:, blinks], channels.lids)
    suppress_actions(face, channels.angles, avoided)
    enforce_lip_closure(face, scene.tracks.closure)
    translation = channels.translation + _sway(channels.angles, frames, rng)
    return np.concatenate([np.clip(face, 0, 1), np.deg2rad(channels.angles), translation], axis=1).astype(np.float32)


def _behave(
    face: Array,
    scene: Scene,
    speaker: b.SpeakerParams,
    energy: Array,
    avoided: dict[str, Array],
    wanted: list[tuple[str, Cue]],
    rng: np.random.Generator,
) -> _Channels:
    """What moves unasked: head, gaze, lids and, in place, the brows of `face`; less where it is to be avoided."""
    frames, accent = len(face), scene.tracks.accent
    angles = b.head(frames, scene.talking, accent, speaker, rng) * energy
    angles *= (1 - 0.88 * _still(avoided, wanted, frames, rng))[:, None]
    eyes = b.gaze(frames, scene.talking, speaker, rng)
    for name in ("look_left", "look_right", "look_up", "look_down", "roll_eyes"):
        if name in avoided:
            eyes *= (1 - avoided[name])[:, None]
    eyes -= STEADY_GAZE * angles[:, :2]  # vestibulo-ocular reflex: small head movements keep the eyes on the camera
    lids = b.blinks(frames, speaker.blinks * _blink_factor(scene.emotion), scene.talking, rng)
    for name in ("blink", "close_eyes"):
        if name in avoided:
            lids *= 1 - avoided[name]
    brows = b.brow_flashes(frames, accent, speaker, rng)
    face[:, ARKIT_INDEX["browInnerUp"]] += 0.8 * brows
    for side in ("Left", "Right"):
        face[:, ARKIT_INDEX[f"browOuterUp{side}"]] += brows * rng.uniform(0.6, 1.0)
    return _Channels(face, angles, np.zeros((frames, 3), np.float32), eyes, np.repeat(lids[:, None], 2, axis=1))


def _one_sided(shape: Array, asymmetry: float) -> Array:
    """(T, 52) with the left side up to 15 % stronger (asymmetry 1) or weaker (-1) than the right, as faces are."""
    sides = np.ones(shape.shape[1], np.float32)
    for i, name in enumerate(ARKIT_NAMES):
        sides[i] += 0.075 * asymmetry * (name.endswith("Left") - name.endswith("Right"))
    return (shape * sides).astype(np.float32)


def _envelope(cue: Cue, frames: int, rng: np.random.Generator) -> Array:
    """(T,) 0 to 1: eases in within 0.3-0.5 s of the start and out around the end."""
    t = (np.arange(frames) + 0.5) / FPS
    rise, fall = rng.uniform(0.3, 0.5), rng.uniform(0.35, 0.55)
    return (b.smoothstep((t - cue.start) / rise) * (1 - b.smoothstep((t - cue.end + fall / 2) / fall))).astype(
        np.float32
    )


def _liveliness(
    emotion: Array, wanted: list[tuple[str, Cue]], frames: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """(T,) factors on head movement and on articulation."""
    total = np.clip(emotion.sum(axis=1), 0, 1)
    arousal = 1 + (emotion @ (_ENERGY - 1)) * np.minimum(1, total / (emotion.sum(axis=1) + 1e-6))
    energy, amplitude = arousal.copy(), 1 + 0.5 * (arousal - 1)
    factors = {"mumble": (0.8, 0.5), "articulate": (1.1, 1.35), "whisper": (0.75, 0.8), "shout": (1.35, 1.45)}
    factors |= {"move_more": (2.0, 1.05)}
    for name, cue in wanted:
        if name in factors:
            shape = _envelope(cue, frames, rng) * cue.strength
            energy *= 1 + (factors[name][0] - 1) * shape
            amplitude *= 1 + (factors[name][1] - 1) * shape
    return np.clip(energy, 0.3, 3), np.clip(amplitude, 0.35, 1.7).astype(np.float32)


def _still(avoided: dict[str, Array], wanted: list[tuple[str, Cue]], frames: int, rng: np.random.Generator) -> Array:
    """(T,) 0 to 1, how much natural head movement is held back."""
    held = np.zeros(frames, np.float32)
    for name, shape in avoided.items():
        if name in ("move_more", "nod", "shake_head") or name.startswith(("turn_", "tilt_", "head_")):
            held = np.maximum(held, shape * (1.0 if name == "move_more" else 0.6))
    for name, cue in wanted:
        if name == "stay_still":
            held = np.maximum(held, _envelope(cue, frames, rng) * min(1.0, 0.5 + cue.strength))
    return held


def _blink_factor(emotion: Array) -> float:
    names = dict(zip(EMOTION_NAMES, emotion.mean(axis=0), strict=True))
    return float(1 + 0.6 * names["nervous"] + 0.3 * names["tired"] - 0.4 * names["surprised"] - 0.4 * names["awed"])


def _rest(face: Array, scene: Scene, emotion: Array) -> None:
    """The portrait's own expression stays, except where an emotion takes its place."""
    fade = 1 - 0.85 * np.clip(emotion.sum(axis=1), 0, 1)
    face[:, _PERSISTENT] += scene.resting[_PERSISTENT] * fade[:, None]


def _add(face: Array, shape: Array, scene: Scene) -> None:
    """Adds (T, 52) on top: the mouth gives way to speech, corners less than the rest."""
    scaled = shape.copy()
    scaled[:, _MOUTH] *= (1 - 0.6 * scene.talking)[:, None]
    scaled[:, _SMILES] = shape[:, _SMILES] * (1 - 0.15 * scene.talking)[:, None]
    face += scaled


def _perform(name: str, cue: Cue, scene: Scene, channels: _Channels, rng: np.random.Generator) -> None:
    """Writes one wanted action into the channels."""
    frames, action = len(channels.face), ACTIONS[name]
    if action.kind == "repeated":
        _gesture(name, cue, scene, channels, rng)
        return
    if action.kind == "manner":
        if name == "shout":
            angry = _EMOTION_SHAPES[EMOTION_NAMES.index("angry")]
            _add(channels.face, np.outer(_envelope(cue, frames, rng) * cue.strength, angry * 0.35), scene)
        return
    shape = _envelope(cue, frames, rng) * np.float32(cue.strength * rng.uniform(0.92, 1.08))
    coefficients = _ACTION_SHAPES[name].copy()
    coefficients[_LOOK] = 0
    _add(channels.face, np.outer(shape, coefficients).astype(np.float32), scene)
    channels.angles += np.outer(shape, action.rotation).astype(np.float32)
    channels.translation += np.outer(shape, action.translation).astype(np.float32)
    look = {"look_left": (0, 22), "look_right": (0, -22), "look_up": (-16, 0), "look_down": (18, 0)}.get(name)
    if look:
        channels.eyes *= 1 - np.clip(shape * 1.4, 0, 1)[:, None]
    # Eyes go where they are told; with a turning head they lead it a little.
    target = look or (0.25 * action.rotation[0], 0.25 * action.rotation[1])
    channels.eyes += np.outer(shape, target).astype(np.float32)


def _gesture(name: str, cue: Cue, scene: Scene, channels: _Channels, rng: np.random.Generator) -> None:
    """One nod, shake, blink, wink, eye roll or laugh, which fills the cue's time."""
    play = {"nod": _nod, "shake_head": _shake, "blink": _blink, "roll_eyes": _roll_eyes, "laugh": _laugh}.get(
        name, _wink
    )
    t = (np.arange(len(channels.face)) + 0.5) / FPS - cue.start
    play(
        name, t.astype(np.float32), cue.end - cue.start, cue.strength * float(rng.uniform(0.95, 1.05)), scene, channels
    )


# Each gesture: t (T,) seconds since it began, its length in seconds, size about 0.3-1.
def _beats(t: Array, length: float) -> tuple[Array, Array]:
    """(T,) weight that fades from beat to beat and is 0 outside, and (T,) phase, whole beats in the length."""
    beats = max(1, round(length / BEAT))
    edges = b.smoothstep(t / 0.12) * b.smoothstep((length - t) / 0.12)
    progress = np.clip(t, 0, length) / length * beats
    return np.exp(-0.2 * progress) * edges, 2 * np.pi * progress


def _nod(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    weight, phase = _beats(t, length)
    channels.angles[:, 0] += weight * 0.5 * (1 - np.cos(phase)) * size * 14


def _shake(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    weight, phase = _beats(t, length)
    channels.angles[:, 1] += weight * np.sin(phase) * size * 14


def _blink(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    shut = b.smoothstep(t / 0.1) * (1 - b.smoothstep((t - 0.12) / (length - 0.12)))
    np.maximum(channels.lids, shut[:, None].astype(np.float32), out=channels.lids)


def _wink(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    side = 0 if name.endswith("left") else 1
    shut = (b.smoothstep(t / 0.12) * (1 - b.smoothstep((t - length + 0.2) / 0.2))).astype(np.float32)
    channels.lids[:, side] = np.maximum(channels.lids[:, side], shut * min(1.0, 0.6 + 0.5 * size))
    channels.lids[:, 1 - side] *= 1 - shut  # the other eye stays open, or it would be a blink
    for shape, amount in (("cheekSquint", 0.6), ("mouthSmile", 0.3), ("browDown", 0.25)):
        channels.face[:, ARKIT_INDEX[shape + ("Left", "Right")[side]]] += shut * amount * size


def _roll_eyes(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    phase = np.pi * np.clip(t / length, 0, 1)
    channels.eyes += (
        np.stack([-np.sin(phase) * 20, -np.cos(phase) * 16 * np.sin(phase)], axis=1).astype(np.float32) * size
    )


def _laugh(name: str, t: Array, length: float, size: float, scene: Scene, channels: _Channels) -> None:
    body = b.smoothstep(t / 0.25) * (1 - b.smoothstep((t - length + 0.4) / 0.4)) * size
    bounce = 0.5 * (1 - np.cos(2 * _beats(t, length)[1]))  # two bounces a beat
    _add(channels.face, np.outer(body, _ACTION_SHAPES["laugh"]).astype(np.float32), scene)
    channels.face[:, ARKIT_INDEX["jawOpen"]] += 0.14 * body * bounce * (1 - 0.6 * scene.talking)
    channels.angles[:, 0] += body * (-6 + 2.5 * bounce)


def look(face: Array, eyes: Array) -> None:
    """Writes (T, 2) eye angles in degrees, + down and + to the subject's left, as the eight look coefficients.

    Lids follow the eyes downward through eyeLookDown.
    """
    down, left = eyes[:, 0] / b.EYE_DEGREES, eyes[:, 1] / b.EYE_DEGREES
    for side, outward in (("Left", left), ("Right", -left)):
        face[:, ARKIT_INDEX[f"eyeLookDown{side}"]] = np.maximum(down, 0)
        face[:, ARKIT_INDEX[f"eyeLookUp{side}"]] = np.maximum(-down, 0)
        face[:, ARKIT_INDEX[f"eyeLookOut{side}"]] = np.maximum(outward, 0)
        face[:, ARKIT_INDEX[f"eyeLookIn{side}"]] = np.maximum(-outward, 0)


def _sway(angles: Array, frames: int, rng: np.random.Generator) -> Array:
    """(T, 3) head widths: the head's centre follows its rotation, and breathes."""
    breath = 0.004 * np.sin(2 * np.pi * (np.arange(frames) / FPS * rng.uniform(0.2, 0.32) + rng.random()))
    side = 0.0016 * angles[:, 1] - 0.002 * angles[:, 2] + 0.008 * b.drift(frames, 0.9, rng)
    near = 0.01 * b.drift(frames, 1.2, rng)
    return np.stack([side, breath - 0.0012 * angles[:, 0], near], axis=1).astype(np.float32)
