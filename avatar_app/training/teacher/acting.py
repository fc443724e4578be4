"""The teacher, a rule-based animator: lip tracks, behaviour, emotions and instructed actions as 58 channels at 25 fps.

Emotion and instruction never break a lip closure, and most mouth actions shrink while speaking (critical articulators
are preserved, JASA 137:1411); the upper face acts at full strength throughout.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES, EMOTIONS, arkit_from_aus
from avatar_app.motion.curves import ebb, seconds, smoothstep
from avatar_app.motion.gaze import STEADY_GAZE, look, wander
from avatar_app.motion.postprocess import enforce_lip_closure, suppress_actions
from avatar_app.motion.talker import Talker, draw_talker
from avatar_app.request import FPS
from avatar_app.training.teacher import eyes as eye
from avatar_app.training.teacher import head_motion, idle_face
from avatar_app.training.teacher.coarticulation import lips_to_arkit
from avatar_app.training.teacher.repeated_gestures import perform_gesture
from avatar_app.training.teacher.scene import ACTION_SHAPES, Channels, Cue, Scene, add_expression, columns
from avatar_app.types import Array

_ATTITUDES = np.array([(-e.get("up", 0), e.get("turn", 0), -e.get("tilt", 0)) for e in EMOTIONS.values()], np.float32)
_ENERGY = np.array([e["energy"] for e in EMOTIONS.values()], np.float32)
_EMOTION_SHAPES = np.stack([arkit_from_aus(e) for e in EMOTIONS.values()])
_PERSISTENT = columns("brow", "cheekSquint", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple", "nose")
_LOOK = [ARKIT_INDEX[f"eyeLook{d}{s}"] for d in ("Down", "In", "Out", "Up") for s in ("Left", "Right")]


def act(scene: Scene, rng: np.random.Generator, talker: Talker | None = None) -> Array:
    """(T, 58) float32 in CHANNEL_NAMES order: one performance of the scene; another `rng` gives another one.

    talker: None draws one from how people differ.
    """
    frames, talker = len(scene.tracks), talker or draw_talker(rng)
    emotion = gaussian_filter1d(scene.emotion, 0.16 * FPS, axis=0, mode="nearest")
    avoided = {ACTION_NAMES[c.action]: _envelope(c, frames, rng) for c in scene.cues if c.strength < 0}
    wanted = [(ACTION_NAMES[c.action], c) for c in scene.cues if c.strength > 0]
    energy, amplitude = _arousal(emotion, wanted, frames, rng)
    face = lips_to_arkit(scene.tracks, amplitude * np.float32(talker.mouth), talker.rounding)
    channels = _behave(face, scene, talker, energy[:, None], avoided, wanted, rng)
    _rest(face, scene, emotion)
    _feel(channels, scene, emotion, talker, rng)
    idle_face.unlike_sides(face, talker, rng)
    for name, cue in wanted:
        _perform(name, cue, scene, channels, rng)
    look(face, channels.eyes)
    blinks = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
    face[:, blinks] = np.maximum(face[:, blinks], channels.lids)
    suppress_actions(face, channels.angles, avoided)
    enforce_lip_closure(face, scene.tracks.closure)
    translation = channels.translation + _follow(channels.angles, frames, rng)
    return np.concatenate([np.clip(face, 0, 1), np.deg2rad(channels.angles), translation], axis=1).astype(np.float32)


def _behave(
    face: Array,
    scene: Scene,
    talker: Talker,
    energy: Array,
    avoided: dict[str, Array],
    wanted: list[tuple[str, Cue]],
    rng: np.random.Generator,
) -> Channels:
    """What moves unasked: head, gaze, lids and, in place, brows, smile and resting lips of `face`; less where it is
    to be avoided."""
    frames, accent, talking = len(face), scene.tracks.accent, scene.talking
    angles, place = head_motion.head(frames, talking, accent, talker, rng)
    held = (1 - 0.9 * _still(avoided, wanted, frames, rng))[:, None]
    angles, place = angles * energy * held, place * energy * held
    eyes, shifts = wander(frames, talker.gaze, rng)
    for name in ("look_left", "look_right", "look_up", "look_down", "roll_eyes"):
        if name in avoided:
            eyes *= (1 - avoided[name])[:, None]
    eyes -= STEADY_GAZE * angles[:, :2]  # vestibulo-ocular reflex: small head movements keep the eyes on the camera
    lids = eye.blinks(frames, talker.blinks * _blink_factor(scene.emotion), talking, shifts, rng)
    for name in ("blink", "close_eyes"):
        if name in avoided:
            lids *= 1 - avoided[name]
    raised, lowered = idle_face.brows(frames, talking, accent, talker, rng)
    idle_face.add_brows(face, raised, lowered, talker, rng)
    _open_eyes(face, lids, eye.lid_opening(frames, eyes, raised, rng))
    idle_face.part_lips(face, talking, talker, rng)
    idle_face.widen(face, rng)
    smile = idle_face.smiles(frames, talker, rng) * (1 - 0.8 * np.clip(scene.emotion.sum(axis=1), 0, 1))
    for side in ("Left", "Right"):
        face[:, ARKIT_INDEX[f"mouthSmile{side}"]] += smile
        face[:, ARKIT_INDEX[f"cheekSquint{side}"]] += 0.35 * smile
    return Channels(face, angles, place, eyes, np.repeat(lids[:, None], 2, axis=1))


def _open_eyes(face: Array, lids: Array, hang: Array) -> None:
    """Writes how far lids hang into eyeBlink, where it adds to blinks, and, below 0, into eyeWide."""
    lids[:] = np.clip(lids + np.maximum(hang, 0) * (1 - lids), 0, 1)
    for side in ("Left", "Right"):
        face[:, ARKIT_INDEX[f"eyeWide{side}"]] += np.maximum(-hang, 0)


def _feel(channels: Channels, scene: Scene, emotion: Array, talker: Talker, rng: np.random.Generator) -> None:
    """Adds the feelings: they rise, ebb and return, the mouth's part a little apart from the brows'."""
    frames, total = len(emotion), emotion.sum(axis=1)
    starts = [float(i) / FPS for i in np.flatnonzero((total[1:] > 0.1) & (total[:-1] <= 0.1))]
    starts = ([0.0] if total[0] > 0.1 else []) + starts
    whole, apart = ebb(frames, starts, rng), ebb(frames, starts, rng)
    shown = np.maximum(emotion, 0) ** 0.95 * 1.2
    shape = shown @ _EMOTION_SHAPES * talker.expressiveness * (0.65 * whole + 0.35 * apart)[:, None]
    mouth = columns("mouth", "jaw", "cheek")
    shape[:, mouth] *= (whole / (0.65 * whole + 0.35 * apart))[:, None]
    # No feeling holds a muscle at its limit.
    shape = shape / (1 + shape**4) ** 0.25
    add_expression(channels.face, _one_sided(shape, 0.5 * talker.asymmetry), scene)
    channels.angles += shown @ _ATTITUDES * whole[:, None]


def _one_sided(shape: Array, asymmetry: float) -> Array:
    """(T, 52) with the left side up to 15 % stronger (asymmetry 1) or weaker (-1) than the right, as faces are."""
    sides = np.ones(shape.shape[1], np.float32)
    for i, name in enumerate(ARKIT_NAMES):
        sides[i] += 0.075 * asymmetry * (name.endswith("Left") - name.endswith("Right"))
    return (shape * sides).astype(np.float32)


def _envelope(cue: Cue, frames: int, rng: np.random.Generator) -> Array:
    """(T,) 0 to 1: eases in within 0.3-0.5 s of the start and out around the end."""
    t = seconds(frames)
    rise, fall = rng.uniform(0.3, 0.5), rng.uniform(0.35, 0.55)
    return (smoothstep((t - cue.start) / rise) * (1 - smoothstep((t - cue.end + fall / 2) / fall))).astype(np.float32)


def _arousal(
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
        elif name in ("nod", "shake_head") or any(ACTIONS[name].rotation):
            # Somebody who turns or nods on purpose does little else with the head: it must be seen for what it is.
            held = np.maximum(held, 0.45 * _envelope(cue, frames, rng))
    return held


def _blink_factor(emotion: Array) -> float:
    names = dict(zip(EMOTION_NAMES, emotion.mean(axis=0), strict=True))
    return float(1 + 0.6 * names["nervous"] + 0.3 * names["tired"] - 0.4 * names["surprised"] - 0.4 * names["awed"])


def _rest(face: Array, scene: Scene, emotion: Array) -> None:
    """The portrait's own expression stays, except where an emotion takes its place."""
    fade = 1 - 0.85 * np.clip(emotion.sum(axis=1), 0, 1)
    face[:, _PERSISTENT] += scene.resting[_PERSISTENT] * fade[:, None]


def _perform(name: str, cue: Cue, scene: Scene, channels: Channels, rng: np.random.Generator) -> None:
    """Writes one wanted action into the channels."""
    frames, action = len(channels.face), ACTIONS[name]
    if action.kind == "repeated":
        perform_gesture(name, cue, scene, channels, rng)
        return
    if action.kind == "manner":
        if name == "shout":
            angry = _EMOTION_SHAPES[EMOTION_NAMES.index("angry")]
            add_expression(channels.face, np.outer(_envelope(cue, frames, rng) * cue.strength, angry * 0.35), scene)
        return
    shape = _envelope(cue, frames, rng) * np.float32(cue.strength * rng.uniform(0.92, 1.08))
    coefficients = ACTION_SHAPES[name].copy()
    coefficients[_LOOK] = 0
    add_expression(channels.face, np.outer(shape, coefficients).astype(np.float32), scene)
    channels.angles += np.outer(shape, action.rotation).astype(np.float32)
    channels.translation += np.outer(shape, action.translation).astype(np.float32)
    look = {"look_left": (0, 22), "look_right": (0, -22), "look_up": (-16, 0), "look_down": (18, 0)}.get(name)
    if look:
        channels.eyes *= 1 - np.clip(shape * 1.4, 0, 1)[:, None]
    # Eyes go where they are told; with a turning head they lead it a little.
    target = look or (0.25 * action.rotation[0], 0.25 * action.rotation[1])
    channels.eyes += np.outer(shape, target).astype(np.float32)


def _follow(angles: Array, frames: int, rng: np.random.Generator) -> Array:
    """(T, 3) head widths: the head's centre follows its rotation on the neck, and breath."""
    side = 0.0016 * angles[:, 1] - 0.002 * angles[:, 2]
    up = head_motion.breath(frames, rng) - 0.0012 * angles[:, 0]
    return np.stack([side, up, np.zeros(frames)], axis=1).astype(np.float32)
