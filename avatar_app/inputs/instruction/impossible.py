"""What people ask of a portrait that no face, head or voice here can show; it is told, not passed over."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.body_words import body_words

_HANDS = "hands, arms and legs"
_OF_BODIES = "ways of walking, sitting and standing"
# What to call it, and how people ask for it.
_ASKED: tuple[tuple[str, str], ...] = (
    ("tears", r"\b(?:real |actual |single )?(?:tears?(?= (?:roll|run|stream|fall|down|welling|dripp|on (?:his|her|"
              r"the) cheek))|"
     r"teardrops?)|\b(?:a |one |single )tear\b(?! (?:up|apart|in))|\breal tears\b|\bcry(?:ing|ies)? (?:real|actual)\b"),
    ("sweat", r"\b(?:sweat(?:s|ing|y)?|perspir\w+|beads? of sweat)\b"),
    ("a change of colour",
     r"\bblush(?:es|ing)?\b|\b(?:go|goes|going|turn|turns|turning|gets?|becomes?) (?:bright |beetroot |deep )?"
     r"(?:red|pale|white|green|purple)\b(?! with (?:anger|envy))"),
    ("hair, ears and pupils", r"\b(?:hair (?:blow|wav|flip|toss|fly)\w*|(?:flip|toss|play)s? (?:with )?(?:her|his|"
                              r"the|your) hair|"
     r"wiggl\w+ (?:her|his|the|your) ears?|pupils? (?:dilat|shrink|widen)\w*)"),
    ("the two eyes in different directions",
     r"\b(?:left eye looks? (?:\w+ )?left\b.{1,40}\bright eye looks? (?:\w+ )?right|"
     r"right eye looks? (?:\w+ )?right\b.{1,40}\bleft eye looks? (?:\w+ )?left|cross(?:es|ed|ing)?[- ](?:your |her |"
     r"his |the )?eyed?s?)\b"),
    (_HANDS, r"\b(?:with|jazz|claw|clench\w+|rais\w+|lift\w+|mov\w+|wring\w*|rub\w*|fold\w*|cross\w*|uncross\w*|"
     r"tap\w*|snap\w*|drum\w*|kick\w*|stamp\w*|stomp\w*|shak(?:es?|ing)|pump\w*|throw\w*|fling\w*|spread\w*|"
     r"wav\w+|flap\w*|show\w*) "
     r"(?:(?:his|her|the|their|your|my|both|one|a|two) ){0,2}(?:\w+ )?"
     r"(?:hands?|fingers?|fists?|arms?|elbows?|legs?|feet|foot|knees?|shoulders?)\b"),
    (_OF_BODIES, r"\b(?:walk(?:s|ing|ed)?|(?:gets?|getting|got) (?:up|to (?:his|her) feet)|do(?:es|"
                 r"ing)? the (?:griddy|floss|dab|macarena|worm|"
     r"moonwalk|splits)|runs?(?= (?:away|off|in|out|to))|sits?|sitting|"
                                              r"stands? up|"
     r"standing up|jump(?:s|ing)?(?! for joy)|dances?|dancing|kneels?|lies down|cross(?:es)? (?:down|up)?stage|"
     r"leaves? the (?:room|frame)|"
     r"spins? around|backflips?|cartwheels?)\b"),
    ("other people and things", r"\b(?:drinks? (?:from|a|some|his|her|coffee|tea|water)|sips? (?:from|a|his|her)|"
                                r"smok(?:es|ing)|"
     r"puts? on (?:his|her|a|the) (?:glasses|hat|coat)|takes? off (?:his|her|a|the) (?:glasses|hat|coat)|wearing a|"
     r"holds? up a)\b"),
    ("camera, light, sound and background", r"(?-i:\b(?:SFX|VFX|LX)\s*:[^.!?\n]*)|\b(?:zoom(?:s|ing)? (?:in|out)|"
     r"camera (?:pans?|moves?|zooms?|turns?|"
                                            r"circles?)|"
     r"(?:change|blur|swap|remove) the background|background (?:turns?|becomes?|changes?)|lights? (?:dim|flicker|"
     r"go)\w*|"
     r"(?:play|add|with) (?:some )?(?:music|sound effects?|subtitles?|captions?))\b"),
)  # fmt: skip


def impossible(text: str, bodily: bool = False) -> tuple[str, ...]:
    """One sentence for each thing that is asked for and cannot be shown. What body_words.py knows is told there.

    bodily: a body is shown, so that all of it is told there.
    """
    told = []
    for name, pattern in _ASKED:
        if (bodily and name in (_HANDS, _OF_BODIES)) or (name == _HANDS and body_words(text).said):
            continue
        if match := re.search(pattern, text, re.I | re.S):
            told.append(f"Not shown: '{match.group().strip()}', as the picture cannot show {name}.")
    return tuple(told)
