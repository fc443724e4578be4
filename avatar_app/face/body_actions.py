"""What a body can be told to do, by name, and what it cannot: the body's counterpart of facs.ACTIONS.

Names of the body live apart from the face's: `lean_forward` and `lean_back` are in both, and mean both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BodyWish:
    """One thing a body can be told to do. words: how it is said back to the user. kind: "held" through its time,
    "repeated", or a "manner" of moving at all."""

    words: str
    kind: str = "held"


BODY_WISHES: dict[str, BodyWish] = {
    "wave": BodyWish("wave", "repeated"),
    "shrug": BodyWish("shrug", "repeated"),
    "arms_crossed": BodyWish("cross the arms"),
    "point_at_viewer": BodyWish("point at the viewer"),
    "point_at_self": BodyWish("point at oneself"),
    "hand_on_heart": BodyWish("a hand on the heart"),
    "thumbs_up": BodyWish("thumbs up"),
    "palms_up": BodyWish("open palms"),
    "open_arms": BodyWish("open the arms"),
    "clap": BodyWish("clap", "repeated"),
    "count_on_fingers": BodyWish("count on the fingers", "repeated"),
    "hands_clasped": BodyWish("clasp the hands"),
    "hands_on_hips": BodyWish("hands on the hips"),
    "hand_at_chin": BodyWish("a hand at the chin"),
    "lean_forward": BodyWish("lean forward"),
    "lean_back": BodyWish("lean back"),
    "lean_left": BodyWish("lean to the left"),
    "lean_right": BodyWish("lean to the right"),
    "bow": BodyWish("bow", "repeated"),
    "hands_still": BodyWish("keep the hands still", "manner"),
    "gesture_more": BodyWish("gesture more", "manner"),
}
BODY_NAMES: tuple[str, ...] = tuple(BODY_WISHES)
# What somebody may ask for and a body with planted feet cannot do: how it is said back.
UNABLE: dict[str, str] = {
    "step_closer": "step closer",
    "walk": "walk",
    "turn_around": "turn around",
    "sit_down": "sit down",
    "jump": "jump",
    "kneel": "kneel",
    "dance": "dance",
}
