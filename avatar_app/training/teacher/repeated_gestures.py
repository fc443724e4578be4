"""Gestures that come again: nod, head shake, blink, wink, eye roll and laugh."""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.curves import smoothstep
from avatar_app.motion.gestures import BEAT
from avatar_app.request import FPS
from avatar_app.training.teacher.scene import ACTION_SHAPES, Channels, Cue, Scene, add_expression
from avatar_app.types import Array


def perform_gesture(name: str, cue: Cue, scene: Scene, channels: Channels, rng: np.random.Generator) -> None:
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
    edges = smoothstep(t / 0.12) * smoothstep((length - t) / 0.12)
    progress = np.clip(t, 0, length) / length * beats
    return np.exp(-0.2 * progress) * edges, 2 * np.pi * progress


def _nod(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    weight, phase = _beats(t, length)
    channels.angles[:, 0] += weight * 0.5 * (1 - np.cos(phase)) * size * 14


def _shake(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    weight, phase = _beats(t, length)
    channels.angles[:, 1] += weight * np.sin(phase) * size * 14


def _blink(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    shut = smoothstep(t / 0.1) * (1 - smoothstep((t - 0.12) / (length - 0.12)))
    np.maximum(channels.lids, shut[:, None].astype(np.float32), out=channels.lids)


def _wink(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    side = 0 if name.endswith("left") else 1
    shut = (smoothstep(t / 0.12) * (1 - smoothstep((t - length + 0.2) / 0.2))).astype(np.float32)
    channels.lids[:, side] = np.maximum(channels.lids[:, side], shut * min(1.0, 0.6 + 0.5 * size))
    channels.lids[:, 1 - side] *= 1 - shut  # the other eye stays open, or it would be a blink
    for shape, amount in (("cheekSquint", 0.6), ("mouthSmile", 0.3), ("browDown", 0.25)):
        channels.face[:, ARKIT_INDEX[shape + ("Left", "Right")[side]]] += shut * amount * size


def _roll_eyes(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    phase = np.pi * np.clip(t / length, 0, 1)
    channels.eyes += (
        np.stack([-np.sin(phase) * 20, -np.cos(phase) * 16 * np.sin(phase)], axis=1).astype(np.float32) * size
    )


def _laugh(name: str, t: Array, length: float, size: float, scene: Scene, channels: Channels) -> None:
    body = smoothstep(t / 0.25) * (1 - smoothstep((t - length + 0.4) / 0.4)) * size
    bounce = 0.5 * (1 - np.cos(2 * _beats(t, length)[1]))  # two bounces a beat
    add_expression(channels.face, np.outer(body, ACTION_SHAPES["laugh"]).astype(np.float32), scene)
    channels.face[:, ARKIT_INDEX["jawOpen"]] += 0.14 * body * bounce * (1 - 0.6 * scene.talking)
    channels.angles[:, 0] += body * (-6 + 2.5 * bounce)
