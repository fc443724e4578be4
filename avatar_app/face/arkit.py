"""Names and order of the motion channels: Apple's 52 ARKit blendshapes, then head pose."""

from __future__ import annotations

# Apple's ARKit face blendshapes, in the order of anny's facial actions. Left and right are the subject's own.
_ARKIT = """browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
    cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
    eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft
    eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft
    mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight
    mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft
    mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft
    noseSneerRight tongueOut"""
ARKIT_NAMES: tuple[str, ...] = tuple(_ARKIT.split())
ARKIT_INDEX: dict[str, int] = {name: i for i, name in enumerate(ARKIT_NAMES)}
POSE_NAMES: tuple[str, ...] = tuple(f"head_{kind}_{axis}" for kind in ("rotation", "translation") for axis in "xyz")
CHANNEL_NAMES: tuple[str, ...] = ARKIT_NAMES + POSE_NAMES
