"""When gestures happen: preparation, stroke, hold and retraction on the accents of a voice.

Phases after Kendon (1980) and Kita, van Gijn & van der Hulst (1998): a preparation of 0.4-0.8 s, now and then a hold
before the stroke, a stroke of 0.3-0.6 s, a hold after it of 0.1-0.6 s that lasts through a short pause. The apex falls
within a tenth of a second of the pitch accent, a little before it (Loehr 2004; Leonard & Cummins 2011; Pouw & Dixon
2019). Within a phrase the next gesture starts where the last one held, mostly with the same hand and shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from avatar_app.motion.curves import Curve
from avatar_app.request import FPS
from avatar_app.training.teacher.body.arm_motion import Move
from avatar_app.training.teacher.body.arm_pose import HandPose
from avatar_app.training.teacher.body.gestures import GESTURES, RESTS, Gesture
from avatar_app.training.teacher.body.kinematics import SIDES, Floats
from avatar_app.training.teacher.body.traits import Affect, BodyTraits
from avatar_app.training.teacher.curves import pauses

STRESSED = 0.6  # accent above which a vowel may be met by a stroke
PREPARATION, STROKE, HOLD = (0.4, 0.8), (0.3, 0.6), (0.1, 0.6)  # seconds
SHORTEST = 0.42  # seconds from one apex to the next, at least
PEAK = 0.72  # metres a second: the wrist's highest speed in a middling stroke
PREPARING = 0.95  # the same while it gets ready
RUN = 0.42  # share of gestures that follow the last one within a second: phrases of two, three, four
PRECISION = 0.035  # seconds, spread of apexes about where they belong
FLAT = 2.0  # seconds an accent, beyond which talk is flat and its own strongest vowels count
LONG = 1.0  # seconds of a pause in which hands go back to rest
BACK = 1.7  # seconds after a gesture from which on a hand may be at rest again
CENTRE = np.array((0.175, -0.23, 0.235))  # metres: the middle of where hands gesture (McNeill's centre)
COUNTS = ("count_1", "count_2", "count_3", "count_4", "count_5")
COMPENSATION = 0.8  # makes up for the gestures that find no accent or no time


@dataclass(frozen=True)
class Phrase:
    """One hand's part of one gesture, seconds: start of its preparation, apex of its stroke, end of its hold."""

    name: str
    side: str
    start: float
    apex: float
    end: float
    moves: tuple[Move, ...]


@dataclass
class Hands:
    """Where both hands are while a plan is made: pose, and second from which each is free."""

    pose: dict[str, HandPose]
    free: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SIDES, -9.0))


def accent_times(accent: Curve, least: float = STRESSED) -> list[float]:
    """Seconds of the middle of every stressed vowel, from (T,) accents, those of at least `least`."""
    stressed = np.concatenate([[False], accent > least, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(stressed))
    return [float(a + b) / 2 / FPS for a, b in zip(edges[::2], edges[1::2], strict=True)]


def talk_spans(talking: Curve) -> list[tuple[float, float]]:
    """(start, end) seconds of talk between the pauses."""
    ends = [0.0, *(x for pause in pauses(talking) for x in pause), len(talking) / FPS]
    return [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 0.15]


def phrase_accents(accent: Curve, start: float, end: float) -> list[float]:
    """Seconds of the accents of a stretch of talk; of one said flatly, its strongest vowels."""
    part = accent[round(start * FPS) : round(end * FPS)]
    found = accent_times(part)
    vowels = part[part != 0]
    if len(found) < (end - start) / FLAT and len(vowels):
        found = accent_times(np.where(part != 0, part, -9.0), float(np.quantile(vowels, 0.65)))
    return [round(start * FPS) / FPS + at for at in found]


class GesturePlan:
    """Makes the phrases of one talker's two hands, in order of time."""

    def __init__(self, traits: BodyTraits, rng: np.random.Generator) -> None:
        self.traits, self.rng = traits, rng
        self.hands = Hands(dict(zip(SIDES, RESTS[traits.rest], strict=True)))
        self.phrases: list[Phrase] = []
        self.last: tuple[str, tuple[str, ...], float] = ("", (), -9.0)  # gesture, sides, apex
        self.counted = 0

    def speak(self, talking: Curve, accent: Curve, affects: Floats) -> list[Phrase]:
        """Gestures of (T,) talk with accents, while feeling (T, 8), see traits.affects."""
        quiet = pauses(talking)
        for start, end in talk_spans(talking):
            here = phrase_accents(accent, start, end)
            at = start + float(self.rng.exponential(0.7)) if self.last[2] < start - 3 else self.last[2] + self._wait(1)
            while at < end:
                affect = Affect(*affects[min(int(at * FPS), len(affects) - 1)].tolist())
                apex = self._accent(here, at)
                if apex is not None and self._gesture(apex, affect, quiet):
                    at = apex
                elif apex is None:
                    break
                at = max(at, self.last[2]) + self._wait(affect.rate)
        return self.phrases

    def _wait(self, rate: float) -> float:
        """Seconds until the next apex is wanted: short within a phrase, else long; their mean keeps the rate."""
        mean = 1 / (COMPENSATION * self.traits.rate * rate)
        if self.rng.random() < RUN:
            return float(self.rng.uniform(0.5, 1.0))
        return 0.5 + float(self.rng.gamma(1.6, max(0.3, (mean - RUN * 0.75) / (1 - RUN) - 0.5) / 1.6))

    def _accent(self, stressed: list[float], wanted: float) -> float | None:
        """The accent nearest to a time, if there is one from a little before it on."""
        later = [a for a in stressed if a > max(wanted - 0.4, self.last[2] + SHORTEST)]
        return min(later, key=lambda a: abs(a - wanted), default=None)

    def _gesture(self, accent: float, affect: Affect, quiet: list[tuple[float, float]]) -> bool:
        """Adds one gesture whose apex meets the accent; False where there is no time for it."""
        close = accent - self.last[2] < 1.3
        name, sides = self._kind(close), self._sides(close)
        if GESTURES[name].both == 0:
            sides = sides[-1:]
        elif close and name == self.last[0]:
            sides = self.last[1] if self.rng.random() < 0.85 else sides
        elif self._both(GESTURES[name]):
            sides = SIDES
        apex = accent - self.traits.ahead + float(np.clip(self.rng.normal(0, PRECISION), -0.09, 0.09))
        shape = self._count(name, close)
        again = close and name == self.last[0]
        made = [p for s in sides if (p := self._phrase(name, s, apex, shape, again, affect, quiet)) is not None]
        self.phrases += made
        if made:
            self.last = (name, tuple(p.side for p in made), apex)
        return bool(made)

    def _kind(self, close: bool) -> str:
        if close and self.last[0] and self.rng.random() < GESTURES[self.last[0]].again:
            return self.last[0]
        return str(self.rng.choice(list(GESTURES), p=np.array(self.traits.repertoire) / sum(self.traits.repertoire)))

    def _sides(self, close: bool) -> tuple[str, ...]:
        """The hand of a one-handed gesture: mostly that of the phrase, else mostly the talker's."""
        if close and len(self.last[1]) == 1 and self.rng.random() < 0.8:
            return self.last[1]
        other = "L" if self.traits.hand == "R" else "R"
        return (self.traits.hand if self.rng.random() < self.traits.dominance else other,)

    def _both(self, gesture: Gesture) -> bool:
        odds = gesture.both / (1 - gesture.both + 1e-6) * self.traits.both / (1 - self.traits.both)
        return bool(self.rng.random() < odds / (1 + odds))

    def _count(self, name: str, close: bool) -> str:
        if name != "count":
            return ""
        self.counted = self.counted + 1 if close and self.last[0] == "count" else 0
        return COUNTS[min(self.counted, 4)]

    def _phrase(
        self,
        name: str,
        side: str,
        apex: float,
        shape: str,
        again: bool,
        affect: Affect,
        quiet: list[tuple[float, float]],
    ) -> Phrase | None:
        """One hand's part, as long as there is time for it."""
        rng, gesture, now = self.rng, GESTURES[name], self.hands.pose[side]
        ready, there = self._poses(gesture, now if again else None, affect)
        if shape:
            there = replace(there, shape=shape)
        apex += float(rng.normal(0.012, 0.018)) if rng.random() < 0.8 else 0.0  # two hands never move quite together
        pace = PEAK * self.traits.quickness * affect.speed * float(np.exp(rng.normal(0, 0.18)))
        stroke = float(np.clip(1.875 * distance(ready, there) / pace, *STROKE))
        rested = RESTS[self.traits.rest][SIDES.index(side)] if apex - self.hands.free[side] > BACK else now
        way = max(distance(now, ready), distance(rested, ready))
        prepare = float(np.clip(1.875 * way / (PREPARING * affect.speed), *PREPARATION))
        wait = float(rng.uniform(0.04, 0.25)) if rng.random() < 0.25 else 0.0
        room = apex - max(self.hands.free[side], 0.0 if apex > 0.5 else -1.0)
        if room < SHORTEST - 0.06:
            return None
        if prepare + wait + stroke > room:
            wait, factor = 0.0, max(room / (prepare + stroke), 0.25)
            prepare, stroke = prepare * factor, stroke * factor
        begin, length = apex - stroke - wait - prepare, float(rng.uniform(*HOLD)) * gesture.hold
        end = through_pause(apex + length, quiet)
        self.hands.pose[side], self.hands.free[side] = there, apex + 0.05
        moves = (Move(begin, prepare, ready), Move(apex - stroke, stroke, there))
        return Phrase(name, side, begin, apex, end, moves)

    def _poses(self, gesture: Gesture, held: HandPose | None, affect: Affect) -> tuple[HandPose, HandPose]:
        """Where this gesture gets ready and ends this time; a repeated one beats about where the hand is held."""
        rng, size = self.rng, self.traits.extent * affect.extent * float(np.exp(self.rng.normal(0, 0.15)))
        shift = np.array((self.traits.width + affect.width, self.traits.height + affect.height, 0.0))
        shift = shift + rng.normal(0, (0.018, 0.018, 0.012))
        first, last = np.array(gesture.prepare.place), np.array(gesture.stroke.place)
        middle = (first + last) / 2
        if held is not None:
            shift = 0.75 * (np.array(held.place) - last) + rng.normal(0, 0.012, 3)
            size *= 0.75
        wide = CENTRE + (middle - CENTRE) * (0.6 + 0.4 * size) + shift
        half = (last - first) / 2 * size
        return (
            _turned(replace(gesture.prepare, place=reachable(wide - half)), rng),
            _turned(replace(gesture.stroke, place=reachable(wide + half)), rng),
        )


def _turned(pose: HandPose, rng: np.random.Generator) -> HandPose:
    """A pose with its hand and elbow a little otherwise: no gesture is made twice alike."""
    fingers, palm = (tuple(np.array(way) + rng.normal(0, 0.09, 3)) for way in (pose.fingers, pose.palm))
    return replace(pose, fingers=fingers, palm=palm, elbow=pose.elbow + float(rng.normal(0, 4)))


def reachable(place: Sequence[float] | Floats) -> tuple[float, float, float]:
    """A place where an open hand gestures: before the trunk, not across it, not farther than an arm is long."""
    x, y, z = (float(v) for v in place)
    x, y, z = min(max(x, 0.03), 0.46), min(max(y, -0.36), 0.16), max(z, 0.175)
    way = np.array((x - 0.165, y, z))
    far = float(np.linalg.norm(way))
    if far > 0.44:
        x, y, z = (np.array((0.165, 0, 0)) + way * 0.44 / far).tolist()
    return x, y, z


def distance(one: HandPose, other: HandPose) -> float:
    """Metres between the wrists of two poses."""
    return float(np.linalg.norm(np.subtract(one.place, other.place)))


def through_pause(end: float, quiet: Sequence[tuple[float, float]]) -> float:
    """When a hold ends: one that ends in or just before a short pause lasts through it (Kita 1993)."""
    for first, last in quiet:
        if first - 0.35 < end < last and last - first < LONG:
            return last + 0.1
    return end
