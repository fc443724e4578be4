"""What an instruction asks of arms, hands and trunk, by its words: their vocabulary is small and said plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from avatar_app.inputs.instruction.intensity import strength_of

_USUAL = 0.65
_OWN = r"(?:your|his|her|their|my|the|both|one)"
_HANDS = r"(?:hands?|arms?|palms?)"
_WORDS: tuple[tuple[str, str], ...] = (
    ("wave", r"\bwav(?:e|es|ing)\b(?! (?:of|away))"),
    ("shrug", r"\bshrug(?:s|ging|ged)?\b"),
    ("arms_crossed", rf"\b(?:cross|fold)(?:es|s|ing|ed)? {_OWN} arms\b|\barms (?:are )?(?:crossed|folded)\b|"
                     rf"\bcrossed arms\b"),
    ("point_at_viewer",
     r"\bpoint(?:s|ing)? (?:(?:a |his |her |your |the )?finger )?(?:at|to|towards?) (?:the )?"
     r"(?:camera|viewer|audience|lens|"
     r"screen|us|you|me)\b"),
    ("point_at_self",
     r"\bpoint(?:s|ing)? (?:a finger )?(?:at|to|towards?) (?:him|her|my|your|one)sel(?:f|ves)\b|"
     r"\bpoint(?:s|ing)? to (?:his|her|"
     r"your|my) chest\b"),
    ("hand_on_heart", rf"\b{_HANDS} (?:on|over|to|upon) (?:{_OWN} )?(?:heart|chest)\b"),
    ("thumbs_up", r"\bthumbs?[- ]ups?\b|\bthumb up\b"),
    ("palms_up", rf"\b(?:open|upturned|raised) palms?\b|\bpalms (?:up|open|out)\b|\b(?:turns?|"
                 rf"shows?) (?:{_OWN} )?palms\b"),
    ("open_arms", rf"\b(?:open|spread|throw)s?(?:ing)? (?:{_OWN} )?arms\b(?: wide| open)?|\barms (?:wide )?(?:open|"
                  rf"spread|wide)\b|"
     r"\bwith open arms\b"),
    ("clap", r"\b(?:clap(?:s|ping|ped)?|applau(?:d|ds|ding|se))\b"),
    ("count_on_fingers", rf"\bcount(?:s|ing)? (?:on|with) (?:{_OWN} )?fingers\b"),
    ("hands_clasped", rf"\b(?:clasp|fold)(?:s|ing|ed)? (?:{_OWN} )?hands\b|\bhands (?:clasped|folded|together)\b"),
    ("hands_on_hips", rf"\b(?:hands?|arms?|fists?) (?:on|at|to) (?:{_OWN} )?hips?\b|\bakimbo\b"),
    ("hand_at_chin", rf"\b(?:hand|fingers?|fist) (?:at|on|to|under) (?:{_OWN} )?chin\b|\b(?:strok|rub|scratch|"
                     rf"touch)(?:es|s|ing)? {_OWN} chin\b"),
    ("lean_left", r"\blean(?:s|ing)? (?:over )?(?:to )?(?:the |his |her |your |its )?left\b"),
    ("lean_right", r"\blean(?:s|ing)? (?:over )?(?:to )?(?:the |his |her |your |its )?right\b"),
    ("bow", r"\b(?:tak(?:e|es|ing) a bow|bows?(?! (?:tie|and arrow|his head|her head|your head|the head))|bowing)\b"),
    ("hands_still", rf"\b(?:keep|keeps|keeping|hold|holds|leave) (?:{_OWN} )?{_HANDS} (?:completely |very |"
                    rf"perfectly )?(?:still|down|quiet|at rest)\b|"
     rf"\b(?:still|quiet|motionless|calm) {_HANDS}\b|\b(?:no|without(?: any)?) (?:hand )?(?:gestures?|gesturing|"
     rf"gesticulat\w+|hand movements?)\b|"
     rf"\b(?:do ?n['’]t|do not|never|stop) (?:gestur\w+|gesticulat\w+|mov\w+ {_OWN} {_HANDS})\b"),
    ("gesture_more", r"\b(?:gestur|gesticulat)(?:e|es|ing)\b|\btalk(?:s|ing)? with (?:his|her|your|the|"
                     r"their) hands\b|\b(?:big|lively|wild|many|lots of|more) "
     r"(?:hand )?gestures?\b|\bmove (?:your|his|her) hands\b"),
)  # fmt: skip
_UNABLE: tuple[tuple[str, str], ...] = (
    ("walk", r"\b(?:walk|stroll|pace|march|cross)(?:s|es|ing)? (?:off|away|over|in|out|around|up and down|downstage|"
             r"upstage|towards?|to)\b|\bwalks?\b"),
    ("turn around", r"\bturns? (?:all the way )?a?round\b(?! (?:and|to) (?:look|face))|\bspins? around\b"),
    ("sit down", r"\bsits?(?: down)?\b|\bsitting\b"),
    ("jump", r"\bjump(?:s|ing)?\b(?! for joy)"),
    ("kneel", r"\bkneel(?:s|ing)?\b"),
    ("dance", r"\bdanc(?:e|es|ing)\b"),
    ("step closer", r"\bsteps? (?:closer|forwards?|back(?:wards?)?|aside)\b"),
)  # fmt: skip
_NOT = re.compile(r"(?:\b(?:no|not|never|without|don['’]?t|do not|doesn['’]?t|stop|avoid)\b(?: \w+){0,2} ?)$", re.I)


@dataclass(frozen=True)
class BodyWords:
    """wanted: {name of face/body_actions.py: strength, -1 where it must not happen}. said: the words of each."""

    wanted: dict[str, float]
    said: dict[str, str]


def body_words(text: str) -> BodyWords:
    """What a clause asks of a body."""
    wanted, said = {}, {}
    for name, pattern in _patterns():
        match = pattern.search(text)
        if match is None or (name == "gesture_more" and "hands_still" in wanted):
            continue
        forbidden = name != "hands_still" and _NOT.search(text[: match.start()])
        wanted[name] = -1.0 if forbidden else strength_of(text.replace(match.group(), " ")) or _USUAL
        said[name] = match.group().strip()
    return BodyWords(wanted, said)


def unable(text: str) -> tuple[str, ...]:
    """Sentences on what a body with planted feet is asked for and cannot do."""
    found = [(words, re.search(pattern, text, re.I)) for words, pattern in _UNABLE]
    return tuple(
        f"Not done: '{match.group().strip()}', as a body here cannot {words}." for words, match in found if match
    )


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    order = sorted(_WORDS, key=lambda item: item[0] != "hands_still")
    return tuple((name, re.compile(pattern, re.I)) for name, pattern in order)
