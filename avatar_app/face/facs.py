"""Action Units (FACS) of the emotions and actions a person can ask for, as ARKit-52 coefficients and head pose.

Action Units and their combinations follow the Facial Action Coding System (Ekman, Friesen & Hager 2002), EMFACS, and
Du, Tao & Martinez (PNAS 2014); they are prototypes for acting, not detectors of feeling (Barrett et al. 2019).
Left and right are always the subject's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.types import Array

# Action Unit -> ARKit coefficients at full strength. "*" stands for both Left and Right.
AU_TO_ARKIT: dict[str, dict[str, float]] = {
    "1": {"browInnerUp": 1.0},
    "2": {"browOuterUp*": 1.0},
    "2L": {"browOuterUpLeft": 1.0},
    "2R": {"browOuterUpRight": 1.0},
    "4": {"browDown*": 1.0},
    "5": {"eyeWide*": 1.0},
    "6": {"cheekSquint*": 1.0, "eyeSquint*": 0.3},
    "7": {"eyeSquint*": 0.9},
    "9": {"noseSneer*": 0.9},
    "10": {"mouthUpperUp*": 0.8, "noseSneer*": 0.2},
    "12": {"mouthSmile*": 1.0},
    "12L": {"mouthSmileLeft": 1.0},
    "12R": {"mouthSmileRight": 1.0},
    "14": {"mouthDimple*": 1.0},
    "14L": {"mouthDimpleLeft": 1.0},
    "14R": {"mouthDimpleRight": 1.0},
    "15": {"mouthFrown*": 1.0},
    "16": {"mouthLowerDown*": 1.0},
    "17": {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.3},
    "18": {"mouthPucker": 1.0},
    "19": {"tongueOut": 1.0, "jawOpen": 0.3},
    "20": {"mouthStretch*": 1.0},
    "22": {"mouthFunnel": 1.0},
    "23": {"mouthPress*": 0.6, "mouthRollLower": 0.2, "mouthRollUpper": 0.2},
    "24": {"mouthPress*": 1.0},
    "25": {"mouthLowerDown*": 0.25, "mouthUpperUp*": 0.15, "jawOpen": 0.05},
    "26": {"jawOpen": 0.5},
    "28": {"mouthRollLower": 1.0, "mouthRollUpper": 0.5},
    "29": {"jawForward": 1.0},
    "30L": {"jawLeft": 1.0},
    "30R": {"jawRight": 1.0},
    "34": {"cheekPuff": 1.0, "mouthPress*": 0.3},
    "43": {"eyeBlink*": 1.0},
    "61": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "62": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
    "63": {"eyeLookUp*": 1.0},
    "64": {"eyeLookDown*": 1.0},
}

# Emotion -> Action Units at full strength, "up"/"tilt"/"turn" = a head attitude in degrees, and `energy`, which
# multiplies head and jaw movement (arousal; Busso 2007, Lee & Narayanan 2012).
EMOTIONS: dict[str, dict[str, float]] = {
    "happy": {"12": 0.85, "6": 0.75, "25": 0.3, "energy": 1.15},
    "sad": {"1": 0.85, "4": 0.45, "15": 0.8, "17": 0.4, "64": 0.25, "up": -5, "energy": 0.75},
    "angry": {"4": 1.0, "7": 0.7, "5": 0.2, "23": 0.5, "9": 0.25, "up": -3, "energy": 1.25},
    "surprised": {"1": 0.9, "2": 0.9, "5": 0.75, "25": 0.4, "26": 0.35, "up": 3, "energy": 1.1},
    "fearful": {"1": 0.9, "2": 0.45, "4": 0.5, "5": 0.7, "20": 0.6, "25": 0.3, "up": 2, "energy": 1.0},
    "disgusted": {"9": 1.0, "10": 0.7, "15": 0.4, "17": 0.4, "4": 0.3, "7": 0.3, "energy": 0.9},
    "contemptuous": {"14R": 0.8, "12R": 0.4, "7": 0.2, "up": 4, "energy": 0.85},
    "excited": {"1": 0.5, "2": 0.6, "5": 0.5, "12": 0.9, "6": 0.5, "25": 0.4, "energy": 1.4},
    "amused": {"6": 0.8, "7": 0.3, "12": 0.8, "25": 0.4, "up": 4, "energy": 1.1},
    "proud": {"12": 0.45, "7": 0.35, "24": 0.2, "up": 8, "energy": 0.9},
    "confident": {"12": 0.3, "7": 0.25, "up": 4, "energy": 1.1},
    "loving": {"6": 0.6, "12": 0.55, "1": 0.35, "tilt": 5, "energy": 0.85},
    "relieved": {"12": 0.45, "43": 0.3, "1": 0.3, "25": 0.3, "up": 3, "energy": 0.8},
    "calm": {"43": 0.12, "12": 0.12, "energy": 0.6},
    "curious": {"1": 0.55, "2": 0.65, "12": 0.15, "5": 0.25, "tilt": 6, "energy": 1.0},
    "confused": {"4": 0.7, "7": 0.45, "2R": 0.4, "17": 0.3, "tilt": 7, "energy": 0.9},
    "suspicious": {"4": 0.6, "7": 0.8, "2L": 0.5, "turn": 6, "energy": 0.8},
    "nervous": {"1": 0.7, "4": 0.25, "5": 0.35, "20": 0.4, "24": 0.2, "energy": 1.0},
    "shy": {"12": 0.35, "64": 0.45, "24": 0.25, "up": -7, "tilt": 4, "energy": 0.7},
    "embarrassed": {"12": 0.4, "24": 0.5, "64": 0.5, "1": 0.3, "up": -8, "turn": -6, "energy": 0.75},
    "disappointed": {"4": 0.35, "15": 0.65, "43": 0.2, "17": 0.4, "up": -6, "energy": 0.7},
    "annoyed": {"4": 0.65, "7": 0.5, "23": 0.4, "14": 0.3, "energy": 1.0},
    "bored": {"43": 0.42, "15": 0.3, "14": 0.15, "tilt": -6, "energy": 0.5},
    "tired": {"43": 0.5, "1": 0.25, "15": 0.2, "up": -6, "energy": 0.5},
    "sarcastic": {"12L": 0.5, "14L": 0.6, "2L": 0.6, "7": 0.25, "tilt": 4, "energy": 1.0},
    "sympathetic": {"1": 0.75, "17": 0.25, "24": 0.2, "12": 0.15, "tilt": 5, "energy": 0.8},
    "awed": {"1": 0.7, "2": 0.7, "5": 0.65, "25": 0.5, "26": 0.3, "up": 5, "energy": 0.6},
    "mischievous": {"12R": 0.7, "12L": 0.35, "2R": 0.5, "7": 0.4, "6": 0.3, "up": -3, "energy": 1.1},
}
EMOTION_NAMES: tuple[str, ...] = tuple(EMOTIONS)


@dataclass(frozen=True)
class Action:
    """One thing a face or head can be told to do.

    words: how it is said back to the user.
    aus: Action Units at full strength.
    rotation: degrees about x (+ down), y (+ subject's left), z (+ subject's right ear to shoulder), at full strength.
    translation: head widths (z toward the camera).
    kind: "held" through its time, "repeated" gestures, or "manner" of speaking and moving.
    """

    words: str
    aus: dict[str, float] = field(default_factory=dict)
    rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    kind: str = "held"


ACTIONS: dict[str, Action] = {
    "smile": Action("smile", {"12": 0.9, "6": 0.5, "25": 0.15}),
    "mouth_frown": Action("mouth corners down", {"15": 1.0, "17": 0.3}),
    "open_mouth": Action("open the mouth", {"26": 1.2, "25": 0.6}),
    "part_lips": Action("part the lips", {"25": 1.0}),
    "press_lips": Action("press the lips together", {"24": 1.0}),
    "pucker_lips": Action("pucker the lips", {"18": 1.0}),
    "stretch_lips": Action("stretch the lips", {"20": 1.0, "25": 0.3}),
    "round_lips": Action("round the lips to an O", {"22": 0.9, "26": 0.4}),
    "raise_upper_lip": Action("raise the upper lip", {"10": 1.0}),
    "lower_lower_lip": Action("lower the lower lip", {"16": 1.0}),
    "bite_lip": Action("bite or suck in the lip", {"28": 1.0}),
    "raise_chin": Action("push the chin up", {"17": 1.0}),
    "dimple": Action("tighten the mouth corners", {"14": 1.0}),
    "smirk_left": Action("smirk on the left", {"12L": 0.7, "14L": 0.4}),
    "smirk_right": Action("smirk on the right", {"12R": 0.7, "14R": 0.4}),
    "puff_cheeks": Action("puff the cheeks", {"34": 1.0}),
    "tongue_out": Action("stick the tongue out", {"19": 1.0}),
    "jaw_left": Action("move the jaw left", {"30L": 1.0}),
    "jaw_right": Action("move the jaw right", {"30R": 1.0}),
    "jaw_forward": Action("push the jaw forward", {"29": 1.0}),
    "raise_brows": Action("raise the eyebrows", {"1": 0.9, "2": 1.0}),
    "raise_inner_brows": Action("raise the inner eyebrows", {"1": 1.0}),
    "raise_left_brow": Action("raise the left eyebrow", {"2L": 1.0, "1": 0.2}),
    "raise_right_brow": Action("raise the right eyebrow", {"2R": 1.0, "1": 0.2}),
    "lower_brows": Action("lower the eyebrows", {"4": 1.0}),
    "widen_eyes": Action("widen the eyes", {"5": 1.0}),
    "squint": Action("squint", {"7": 1.0, "6": 0.2}),
    "raise_cheeks": Action("raise the cheeks", {"6": 1.0}),
    "wrinkle_nose": Action("wrinkle the nose", {"9": 1.0}),
    "close_eyes": Action("close the eyes", {"43": 1.0}),
    "blink": Action("blink", {"43": 1.0}, kind="repeated"),
    "wink_left": Action("wink with the left eye", kind="repeated"),
    "wink_right": Action("wink with the right eye", kind="repeated"),
    "roll_eyes": Action("roll the eyes", kind="repeated"),
    "look_left": Action("look left with the eyes", {"61": 0.8}),
    "look_right": Action("look right with the eyes", {"62": 0.8}),
    "look_up": Action("look up with the eyes", {"63": 0.8}),
    "look_down": Action("look down with the eyes", {"64": 0.8}),
    "turn_left": Action("turn the head left", rotation=(0, 28, 0)),
    "turn_right": Action("turn the head right", rotation=(0, -28, 0)),
    "head_up": Action("lift the head", rotation=(-16, 0, 0)),
    "head_down": Action("lower the head", rotation=(17, 0, 0)),
    "tilt_left": Action("tilt the head left", rotation=(0, 0, -15)),
    "tilt_right": Action("tilt the head right", rotation=(0, 0, 15)),
    "nod": Action("nod", rotation=(10, 0, 0), kind="repeated"),
    "shake_head": Action("shake the head", rotation=(0, 13, 0), kind="repeated"),
    "lean_forward": Action("lean forward", rotation=(4, 0, 0), translation=(0, -0.03, 0.25)),
    "lean_back": Action("lean back", rotation=(-4, 0, 0), translation=(0, 0.02, -0.22)),
    "laugh": Action("laugh", {"12": 1.0, "6": 0.9, "25": 0.6, "26": 0.4}, kind="repeated"),
    "mumble": Action("mumble", kind="manner"),
    "articulate": Action("articulate clearly", kind="manner"),
    "whisper": Action("whisper", kind="manner"),
    "shout": Action("shout", kind="manner"),
    "move_more": Action("move the head more", kind="manner"),
    "stay_still": Action("keep the head still", kind="manner"),
    # Shown by rules on top of the denoised motion (motion/body_sounds.py); the denoiser does not know them.
    "yawn": Action("yawn", {"26": 1.6, "25": 0.5, "43": 0.7, "4": 0.3}, kind="repeated"),
    "sigh": Action("sigh", {"25": 0.6, "1": 0.3, "43": 0.35}, rotation=(6, 0, 0), kind="repeated"),
    "chew": Action("chew", {"26": 0.35, "24": 0.5}, kind="manner"),
    "sing": Action("sing", {"26": 0.4, "1": 0.4}, kind="manner"),
}
ACTION_NAMES: tuple[str, ...] = tuple(ACTIONS)
LEARNED_ACTIONS = ACTION_NAMES[: ACTION_NAMES.index("yawn")]  # those that the denoiser is told


def arkit_from_aus(aus: dict[str, float]) -> Array:
    """(52,) float32 in [0, 1]: coefficients of Action Units with weights; the larger wins where two meet."""
    values = np.zeros(len(ARKIT_INDEX), np.float32)
    for au, weight in aus.items():
        for name, amount in AU_TO_ARKIT.get(au, {}).items():
            for side in ("Left", "Right") if "*" in name else ("",):
                index = ARKIT_INDEX[name.replace("*", side)]
                values[index] = max(values[index], weight * amount)
    return np.clip(values, 0.0, 1.0)
