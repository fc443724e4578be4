"""Twenty actions driven from 0 to 1 on a portrait and read back from the rendered frames by the landmark detector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import align, eye_opening, head_pose, lip_gaps
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, IRIS, RIGID_LANDMARKS
from avatar_app.face.landmarks import refine
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.types import Array

STEPS = 9  # of each driven motion
REPEATS = 2  # the detector's own noise is averaged over renders half a step apart

MOUTH = (61, 291, 0, 17, 13, 14, 78, 308, 40, 270, 91, 321)
CHIN = (152, 148, 377, 199)
BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)
EYES = (33, 133, 159, 145, 263, 362, 386, 374)
NOSE = (1, 4, 5, 195, 197, 98, 327)


def coefficients(recipe: dict[str, float], start: Array) -> tuple[Array, Array]:
    """(52,) coefficients and (3,) radians of a recipe: coefficient names ("*": both sides) or degrees "x", "y", "z"."""
    values = start.copy()
    for name, amount in recipe.items():
        for side in ("Left", "Right") if "*" in name else ("",):
            index = ARKIT_INDEX.get(name.replace("*", side))
            if index is not None:
                values[index] = amount
    return values, np.radians([recipe.get(axis, 0.0) for axis in "xyz"]).astype(np.float32)


def _frontal(marks: Array, rest: Array) -> Array:
    """Landmarks with the head's pose of `rest`, in its face widths."""
    rigid = list(RIGID_LANDMARKS)
    scale, rotation, shift = align(marks[rigid], rest[rigid])
    return (scale * marks @ rotation.T + shift) / float(np.linalg.norm(rest[454] - rest[234]))


def _corner_lift(p: Array) -> float:
    return float(p[[0, 17], 1].mean() - p[[61, 291], 1].mean())


def _width(p: Array) -> float:
    return float(np.linalg.norm(p[61, :2] - p[291, :2]))


def _brow_height(p: Array) -> float:
    return float(p[[33, 133, 263, 362], 1].mean() - p[list(BROWS), 1].mean())


def _inner_brow(p: Array) -> float:
    return float(p[[133, 362], 1].mean() - p[[107, 336, 66, 296], 1].mean())


def _iris(axis: int) -> Callable[[Array], float]:
    def measure(p: Array) -> float:
        return float(np.mean([p[IRIS[s][0], axis] - p[[EYE_UPPER[s][0], EYE_UPPER[s][-1]], axis].mean() for s in IRIS]))

    return measure


def _lids(p: Array) -> float:
    return float(
        np.mean([np.linalg.norm(p[list(EYE_UPPER[s])[3:6]] - p[list(EYE_LOWER[s])[3:6]], axis=1).mean() for s in IRIS])
    )


@dataclass(frozen=True)
class Action:
    """recipe: what is driven at 1. measure: of landmarks brought to the resting head pose, in face widths; growing.

    still: landmarks that the action has no business moving.
    """

    recipe: dict[str, float]
    measure: Callable[[Array], float]
    still: tuple[int, ...]


UPPER_FACE, LOWER_FACE = (*BROWS, *EYES), (*MOUTH, *CHIN)
ACTIONS: dict[str, Action] = {
    "jawOpen": Action({"jawOpen": 0.8}, lambda p: float(lip_gaps(p).mean()), UPPER_FACE),
    "mouthClose (of an open jaw)": Action(
        {"jawOpen": 0.5, "mouthClose": 0.5}, lambda p: float(p[152, 1]) - lip_gaps(p).mean(), UPPER_FACE
    ),
    "smile": Action({"mouthSmile*": 1.0}, _corner_lift, BROWS),
    "smile, left only": Action({"mouthSmileLeft": 1.0}, lambda p: float(p[61, 1] - p[291, 1]), BROWS),
    "frown": Action({"mouthFrown*": 1.0}, lambda p: -_corner_lift(p), UPPER_FACE),
    "pucker": Action({"mouthPucker": 1.0}, lambda p: -_width(p), UPPER_FACE),
    "funnel": Action({"mouthFunnel": 0.8, "jawOpen": 0.1}, lambda p: float(lip_gaps(p).mean()) - _width(p), UPPER_FACE),
    "stretch": Action({"mouthStretch*": 1.0}, _width, UPPER_FACE),
    "upper lip up": Action({"mouthUpperUp*": 1.0}, lambda p: -float(p[[0, 37, 267], 1].mean()), BROWS),
    "lower lip down": Action({"mouthLowerDown*": 1.0}, lambda p: float(p[[17, 84, 314], 1].mean()), UPPER_FACE),
    "jaw left": Action({"jawLeft": 1.0}, lambda p: float(p[[17, 199, 152], 0].mean()), UPPER_FACE),
    "blink": Action({"eyeBlink*": 1.0}, lambda p: -_lids(p), LOWER_FACE),
    "wink, right": Action(
        {"eyeBlinkRight": 1.0}, lambda p: eye_opening(p, "Left") - eye_opening(p, "Right"), LOWER_FACE
    ),
    "eyes wide": Action({"eyeWide*": 1.0}, _lids, LOWER_FACE),
    "squint": Action({"eyeSquint*": 1.0}, lambda p: -_lids(p), LOWER_FACE),
    "brows up": Action({"browInnerUp": 1.0, "browOuterUp*": 1.0}, _brow_height, LOWER_FACE),
    "brows down": Action({"browDown*": 1.0}, lambda p: -_inner_brow(p), LOWER_FACE),
    "gaze left": Action({"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8}, _iris(0), LOWER_FACE),
    "yaw": Action({"y": 25}, lambda p: 0.0, ()),
    "pitch": Action({"x": 15}, lambda p: 0.0, ()),
    "roll": Action({"z": 15}, lambda p: 0.0, ()),
}
POSES = ("pitch", "yaw", "roll")


def closed_loop(portrait: Portrait, renderer: PortraitRenderer) -> dict[str, dict[str, float]]:
    """Per action: correlation `r` of driven and seen, and `spill`, mean motion of unrelated regions in face widths."""
    still = np.zeros(3, np.float32)
    start = np.zeros(52, np.float32)
    calm = refine(renderer.frame(start, still, still), portrait.landmarks)
    found: dict[str, dict[str, float]] = {}
    for name, action in ACTIONS.items():
        driven, seen, last = np.linspace(0, 1, STEPS * REPEATS), [], calm
        for amount in driven:
            goal, rotation = coefficients(action.recipe, start)
            frame = renderer.frame(goal * np.float32(amount), rotation * np.float32(amount), still)
            last = refine(frame, portrait.landmarks)
            seen.append(head_pose(last)[POSES.index(name)] if name in POSES else action.measure(_frontal(last, calm)))
        r = float(np.corrcoef(driven, seen)[0, 1]) if np.std(seen) > 1e-6 else 0.0
        found[name] = {"r": round(r, 3)}
        if action.still:
            rows = list(action.still)
            moved = np.linalg.norm((_frontal(last, calm) - _frontal(calm, calm))[rows, :2], axis=1)
            found[name]["spill"] = round(float(moved.mean()), 4)
    return found
