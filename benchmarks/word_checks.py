"""Whether a check of benchmarks/instructions/*.csv holds of motion: a small grammar, and curves that say what shows.

A line's checks are split by ";" (all of them) and "|" (one is enough):
NAME+ shows, NAME- does not, NAME+[a,b] between two seconds, A<B begins before, NAME#n so many times, NAME~low|mid|high
that strong, NAME+@CUE where the voice does something, TOLD the user was told of something. Names are those of
face/facs.py and "neutral".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from avatar_app.engines.instruct_avatar.evaluate_words import target_of
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.facs import ACTIONS, EMOTIONS, arkit_from_aus
from avatar_app.request import FPS
from avatar_app.types import Array

SHOWN, HIDDEN = 0.25, 0.32  # of an action's full size: from here it shows; up to here it does not
LIKE = 0.6  # cosine from which a change of the face looks like a feeling
Span = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """Takes of one instruction: motion (K, T, 58) with it and, of the same seeds, without it.

    told: whether the user was told of something. cues: name of a cue to the seconds in which it is to be seen.
    usual(name): (K, T, 58) takes in which that alone is asked for, unstated how much.
    """

    acted: Array
    plain: Array
    told: bool
    cues: Callable[[str], list[Span]]
    usual: Callable[[str], Array]


def holds(checks: str, seen: Seen) -> list[str]:
    """The parts that do not hold."""
    return [part for part in checks.split(";") if part and not any(_one(c.strip(), seen) for c in _alternatives(part))]


def _alternatives(part: str) -> list[str]:
    """ "smile~low|mid" means "smile~low|smile~mid"."""
    result: list[str] = []
    for item in part.split("|"):
        result.append(f"{result[-1].split('~')[0]}~{item}" if item in ("low", "mid", "high") else item)
    return result


def _one(check: str, seen: Seen) -> bool:
    if check == "TOLD":
        return seen.told
    if found := re.fullmatch(r"(\w+)<(\w+)", check):
        first, second = (_onset(name, seen) for name in found.groups())
        return first is not None and second is not None and first < second
    if found := re.fullmatch(r"(\w+)#(\d+)(?:/?\[([\d.]+),([\d.]+)\])?", check):
        span = (float(found[3]), float(found[4])) if found[3] else None
        return _most(_count(found[1], k, seen, span) == int(found[2]) for k in range(len(seen.acted)))
    if found := re.fullmatch(r"(\w+)~(low|mid|high)", check):
        return _strength(found[1], seen, found[2])
    if found := re.fullmatch(r"(\w+)\+@(.+)", check):
        return _at_cues(found[1], seen, seen.cues(found[2]), found[2])
    found = re.fullmatch(r"(\w+)([+-])(?:\[([\d.]+),([\d.]+)\])?", check)
    if not found:
        raise ValueError(f"cannot read the check {check!r}")
    span = (float(found[3]), float(found[4])) if found[3] else None
    if found[2] == "+":
        return _most(_shows(found[1], k, seen, span) for k in range(len(seen.acted)))
    return _most(not _appears(found[1], k, seen, span) for k in range(len(seen.acted)))


def _most(answers: object) -> bool:
    values = [bool(v) for v in answers]  # type: ignore[attr-defined]
    return sum(values) * 3 >= 2 * len(values)


def _goal(name: str) -> Array | None:
    if name in EMOTIONS:
        feeling, goal = EMOTIONS[name], np.zeros(58, np.float32)
        goal[:52] = arkit_from_aus(feeling)
        goal[52:55] = np.deg2rad((-feeling.get("up", 0), feeling.get("turn", 0), -feeling.get("tilt", 0)))
        return goal
    target = target_of(name)
    return None if target is None else target[0]


def amount(name: str, values: Array) -> Array:
    """(T,) how far motion (T, 58), or a change of it, shows something; 1 at full size."""
    left, right = (values[:, CHANNEL_NAMES.index(f"eyeBlink{side}")] for side in ("Left", "Right"))
    if name in ("wink_left", "wink_right"):
        return (left - right) * (1 if name == "wink_left" else -1)
    if name in ("blink", "close_eyes"):
        lids = np.minimum(left, right)
        return lids if name == "blink" else minimum_filter1d(lids, 9)  # blinks are shorter
    if name == "roll_eyes":
        return values[:, CHANNEL_NAMES.index("eyeLookUpLeft")]
    if name == "nod":
        return np.abs(_swing(np.rad2deg(values[:, 52]))) / 5
    if name == "shake_head":
        return np.abs(_swing(np.rad2deg(values[:, 53]))) / 7
    if name in _MANNERS and _MANNERS[name][0] == "jaw":
        jaw = _smooth(values[:, CHANNEL_NAMES.index("jawOpen")], 25)
        return np.asarray(5 * jaw * (-1 if name in ("mumble", "whisper") else 1))
    goal = _goal(name)
    if goal is None:
        raise ValueError(f"nobody can see {name!r}")
    weight = np.ones(58, np.float32)
    weight[52:55], weight[55:] = 3.0, 5.0
    return np.asarray((values * weight) @ (goal * weight) / ((goal * weight) @ (goal * weight)))


def _swing(angle: Array) -> Array:
    return angle - uniform_filter1d(angle, 21, mode="nearest")


def _smooth(curve: Array, frames: int = 9) -> Array:
    return np.asarray(uniform_filter1d(curve, frames, mode="nearest"))


def _inside(curve: Array, span: Span | None) -> Array:
    return curve if span is None else curve[round(span[0] * FPS) : max(round(span[1] * FPS), 1)]


# Talking does these by itself: what must not show is more of them.
_SPEAKING = ("open_mouth", "part_lips", "round_lips", "pucker_lips", "press_lips", "lower_lower_lip", "raise_upper_lip")
_MANNERS = {  # channel group, and the share of its plain spread at which a manner shows
    "mumble": ("jaw", lambda r: r < 0.85),
    "whisper": ("jaw", lambda r: r < 0.95),
    "articulate": ("jaw", lambda r: r > 1.12),
    "shout": ("jaw", lambda r: r > 1.15),
    "stay_still": ("head", lambda r: r < 0.45),
    "move_more": ("head", lambda r: r > 1.3),
}


def _ratio(group: str, k: int, seen: Seen, span: Span | None) -> float:
    def spread(values: Array) -> float:
        part = _inside(values, span)
        if group == "jaw":
            return float(part[:, CHANNEL_NAMES.index("jawOpen")].std())
        return float(np.sqrt((part[:, 52:55].std(axis=0) ** 2).sum()))

    return spread(seen.acted[k]) / (spread(seen.plain[k]) + 1e-6)


def _shows(name: str, k: int, seen: Seen, span: Span | None) -> bool:
    if name == "neutral":
        return all(not _appears(emotion, k, seen, span) for emotion in EMOTIONS if emotion != "calm")
    if name in _MANNERS:
        group, rule = _MANNERS[name]
        return bool(rule(_ratio(group, k, seen, span)))
    change = seen.acted[k] - seen.plain[k]
    if name in ACTIONS and ACTIONS[name].kind == "repeated" and name not in ("yawn", "sigh", "laugh"):
        values = seen.acted[k] if name in ("blink",) else change
        return float(_inside(_smooth(amount(name, values), 3), span).max()) > (0.5 if name != "roll_eyes" else 0.2)
    return float(_inside(_smooth(amount(name, change), 11), span).max()) > SHOWN


def _appears(name: str, k: int, seen: Seen, span: Span | None) -> bool:
    """Whether something that must not be there is there: in itself; within a span, more than without words, too."""
    if name == "neutral":
        return _shows(name, k, seen, span)
    if name in _MANNERS:
        return _shows(name, k, seen, span)
    bound = {"blink": 0.5, "nod": 0.6, "shake_head": 0.6, "wink_left": 0.5, "wink_right": 0.5}.get(name, HIDDEN)
    # What comes out as less is no expression: lids and brows count only upward.
    whole = float(_inside(_smooth(amount(name, seen.acted[k]), 3 if bound >= 0.5 else 9), span).max()) > bound
    if span is None and name not in EMOTIONS and name not in ("nod", "shake_head", *_SPEAKING):
        return whole
    change = seen.acted[k] - seen.plain[k]
    more = _inside(_smooth(amount(name, change), 9), span)
    if name not in EMOTIONS:
        return whole and float(more.max()) > SHOWN
    # Feelings share muscles: one shows where the face as a whole looks like it.
    at = int(more.argmax()) + (0 if span is None else round(span[0] * FPS))
    face, goal = change[max(0, at - 6) : at + 7, :52].mean(axis=0), arkit_from_aus(EMOTIONS[name])
    like = float(face @ goal / (np.linalg.norm(face) * np.linalg.norm(goal) + 1e-6))
    return whole and float(more.max()) > SHOWN and like > LIKE


def _onset(name: str, seen: Seen) -> float | None:
    """Seconds at which something begins, in the mean take; None where it never shows."""
    curves = [_smooth(amount(name, seen.acted[k] - seen.plain[k]), 9) for k in range(len(seen.acted))]
    curve = np.mean(curves, axis=0)
    level = 0.35 if name in ("nod", "shake_head") else 0.2
    if curve.max() < level:
        return None
    return float(np.flatnonzero(curve > 0.5 * curve.max())[0] / FPS)


def _count(name: str, k: int, seen: Seen, span: Span | None) -> int:
    # A head that is held still is itself what is seen: the change is then what it no longer does.
    still = name in ("nod", "shake_head") and _speed(seen.acted[k]) < 0.4 * _speed(seen.plain[k])
    change = seen.acted[k] if still else seen.acted[k] - seen.plain[k]
    if name == "nod":
        curve, height = np.rad2deg(change[:, 52]), 3.0
    elif name == "shake_head":
        curve, height = np.rad2deg(change[:, 53]), 4.0
    elif name == "blink":
        curve, height = amount("blink", seen.acted[k]), 0.5
    else:
        curve, height = _smooth(amount(name, change), 3), 0.25
    _, found = find_peaks(np.concatenate([[0], _inside(_smooth(curve, 3), span), [0]]), prominence=height)
    sizes = found["prominences"]  # what is far smaller than the largest is no gesture of its own, but a sway
    return int((sizes >= 0.4 * sizes.max(initial=0.0)).sum())


def _speed(values: Array) -> float:
    """How fast a head usually turns."""
    return float(np.median(np.abs(np.diff(values[:, 52:55], axis=0))))


def _strength(name: str, seen: Seen, level: str) -> bool:
    def size(values: Array) -> float:
        curve = _smooth(amount(name, np.mean(values - seen.plain, axis=0)), 9)
        return float(np.percentile(curve, 90))

    share = size(seen.acted) / max(size(seen.usual(name)), 1e-3)
    return {"low": 0.12 <= share <= 0.75, "mid": 0.65 <= share <= 1.2, "high": share >= 1.12}[level]


def _at_cues(name: str, seen: Seen, spans: list[Span], cue: str) -> bool:
    """Shown at every cue, and clearly less elsewhere, but for what begins with the voice and may stay."""
    if not spans:  # there is no such place: the user is to be told
        return seen.told
    curve = np.mean([_smooth(amount(name, a - p), 5) for a, p in zip(seen.acted, seen.plain, strict=True)], axis=0)
    near = np.zeros(len(curve), bool)
    for start, end in spans:
        near[max(0, round((start - 0.6) * FPS)) : round((end + 1.0) * FPS)] = True
    if cue == "stress":  # nobody's list of stresses is complete
        rises = find_peaks(curve, prominence=0.12)[0]
        return len(rises) >= 2 and float((curve > 0.5 * curve.max()).mean()) < 0.7
    shown = [float(curve[max(0, round((s - 0.3) * FPS)) : round((e + 0.7) * FPS) + 1].max()) for s, e in spans]
    elsewhere = float(curve[~near].mean()) if (~near).any() and cue != "speech_start" else 0.0
    return min(shown) > 0.2 and elsewhere < 0.5 * min(shown)
