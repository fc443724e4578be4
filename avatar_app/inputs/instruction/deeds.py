"""Deeds of a story and what a face shows of them: asleep, waking, a phone that rings, noticing, breaking down.

The trained reader knows what is asked of a face; a story tells what happens. So the commonest happenings stand here.
"""

from __future__ import annotations

import re
from functools import lru_cache

_S = r"(?:s|es|ing)?"
_SELF = r"(?:him|her|them|my|your|our|one)sel(?:f|ves)"
# Who or what is noticed says more than that it is: left to the reader.
_TELLING = (
    r"(?!.*\b(?:ghost|monster|spider|mistake|wrong|love|loved|dead|dies|died|horrible|terrible|awful|lovely|"
    r"beautiful|funny|joke|"
    r"disgusting|gross|danger|trick|lie|lies|lied|lost|won|wins)\b)"
)
_DEEDS: tuple[tuple[str, str], ...] = (
    (r"(?<!falls )(?<!fall )(?<!falling )(?<!half )\b(?:fast |sound |still )?(?:asleep|sleeping)\b", "with closed "
     "eyes"),
    (r"\b(?:falls?|falling|drops?) asleep\b|\b(?:doz(?:es?|ing)|nod(?:s|ding)) off\b", "closes the eyes, tired"),
    (rf"\b(?:wak(?:es?|ing)|awak(?:es?|ens?))(?: up)?,? (?:with a (?:start|jolt|jerk|jump)|suddenly|startled)\b|"
     rf"\b(?:jerk|jolt|snap|start){_S} awake\b", "opens the eyes wide, surprised"),
    (r"\b(?:wak(?:es?|ing)|awak(?:es?|ens?))(?: up)?\b|\bcomes to$", "opens the eyes wide"),
    (r"\bwith a start\b", "surprised"),
    (r"\bperk(?:s|ing)? up\b", "becomes happy and excited"),
    (r"\b(?:(?:his|her|the) (?:whole )?(?:face|eyes) )?(?<!traffic )(?:lights? up|lighting up)\b", "smiles happily"),
    (r"\b(?:beams?(?! of)|beaming)\b", "smiles broadly"),
    (r"\b(?:(?:his|her|the) (?:whole )?)?face (?:slowly )?(?:crumpl|crumbl|collaps|cav)\w*(?: in)?\b", "looks very "
     "sad"),
    (rf"\b(?:break{_S} down|fall{_S} (?:apart|to pieces)|go(?:es|ing)? to pieces)\b", "looks very sad"),
    (rf"\bwell{_S} up\b", "tears up"),
    (rf"\b(?:pull{_S} {_SELF} together|(?:compos|gather|collect|recover)(?:e?s|ing)? {_SELF}|regains? (?:his|her|"
     rf"their) composure)\b",
     "becomes calm"),
    (r"\bwinc(?:es?|ing)\b", "squints and stretches the lips in pain"),
    (r"\bsnorts?\b(?! with)", "scoffs"),
    (r"\bgroan(?:s|ing)?\b", "sighs, annoyed"),
    (r"\b(?:shudder|shiver|trembl)(?:e?s|ing)?\b", "looks fearful"),
    (r"\bstiffens?\b", "holds still"),
    (r"^(?:and |then |oh,? |an? )*(?:aha|eureka|light ?bulb(?: moment)?|bingo)\b!*.*$|\b(?:has|gets) an idea\b",
     "is happily surprised"),
    (r"^(?:and |then |but |oh!? |ah!? )*(?:(?:now )?i (?:get it|got it|see it|see)(?: now)?|"
     r"of course|that['’]s it)!+$",
     "is happily surprised"),
    (r"\btastes? (?:so |very |really |rather |quite )?(?:good|delicious|great|nice|lovely|wonderful)\b", "is happy"),
    (r"\b(?:makes? up (?:his|her|their) mind|finds? (?:his|her|their) (?:footing|feet|confidence|"
     r"stride))\b", "becomes confident"),
    (r"\b(?:gets?|is|are|being) (?:caught|found out|busted|rumbled)\b.*$", "is embarrassed"),
    (r"\b(?:acts?|acting|plays?) (?:tough|hard|cool)\b", "looks confident"),
    (r"\b(?:sits? up|straightens? up|draws? (?:him|her)self up)\b", "lifts the head"),
    (r"\b(?:slump|sag)(?:s|ging)?\b", "lowers the head, tired"),
    (r"\b(?:(?:his|her|the) )?(?:head|it) (?:slowly )?(?:sink|drop|fall)s?(?: down)?\b", "lowers the head"),
    (r"^(?:and |then |suddenly |just then |but )*(?:the|a|an|his|her) (?:\w+ )?(?:(?:phone|telephone|doorbell|bell|"
     r"alarm) (?:rings?|goes(?: off)?)|"
     r"(?:knock|bang|crash|noise|scream|gunshot|thunder\w*|clap of thunder)\b.*)$", "is surprised"),
    (r"^(?:\w+ ){0,2}?(?:something|someone|somebody)(?: \w+)? (?:catches|caught) (?:his|her|the|their) (?:eye|"
     r"attention)\b.*$",
     "becomes curious"),
    (r"\b(?:hears?|gets?|receives?|is told|reads?)(?: some| the| very)? (?:bad|terrible|awful|sad|dreadful) "
     r"news\b", "becomes sad"),
    (r"\b(?:hears?|gets?|receives?|is told|reads?)(?: some| the| very)? (?:good|great|wonderful|happy|brilliant) "
     r"news\b",
     "becomes happy"),
    (r"\brecogni[sz](?:es?|ing)\b[^,;]*$|^(?:oh!? )?recognition$", "is happily surprised"),
    (rf"^(?P<w>(?:and |then |now |suddenly |but |he |she |they |the \w+ |it )*)(?:realis|realiz|notic|spot|see|hear|"
     rf"remember|discover|"
     rf"overhear|find(?=s? out)|learn|cotton(?=s? on))(?:e?s)?\b{_TELLING}(?: (?!and\b|"
     rf"but\b)[\w'’]+)*", r"\g<w>raises the eyebrows"),
    (r"\b(?:it (?:suddenly )?(?:dawns on|hits) (?:him|her|them|you)|the penny drops)\b", "is surprised"),
    (r"\b(?:the )?sun(?:['’]s| is| comes)? out\b", "smiles happily"),
    (r"\ba (?:dark )?(?:shadow|cloud) (?:cross|pass|com|fall)\w*\b.*$", "becomes sad"),
    (r"\b(?:a )?(?:forced|fake|false|strained) (?P<s>smile|laugh)\b", r"forces a \g<s>"),
    (r"\bdecid(?:es?|ing) (?:that )?(?:(?:you|he|she|they|it) )?(?:likes?|approves?)\b[^,;]*", "looks pleased"),
    (r"\bpretend(?:s|ing)? to (?:love|like|enjoy)\b[^,;]*", "forces a happy smile"),
    (r"\bstops? (?P<x>nodding|blinking|smiling|laughing|frowning|winking|grinning)\b", r"not \g<x>"),
    (r"\bstricken\b", "horrified"),
    (r"\bmean[- ]?mug(?:s|ging)?\b(?: (?:at )?(?:the (?:camera|lens)|everyone|everybody|them|us))?", "scowls angrily"),
    (r"^charmed$", "delighted"),
    (r"^acceptance$", "calm acceptance, a nod"),
    (r"^(?:he |she |and |then )*(?:puts?|sets?|lays?|picks?|folds?) (?:it|them|the \w+|this|that)(?: down| away| "
     r"aside| up)?$", "waits"),
)  # fmt: skip


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.I), plain) for pattern, plain in _DEEDS)


def plain_deeds(text: str) -> str:
    """A clause with what a face shows in the place of what happens: "wakes with a start" opens the eyes wide."""
    for pattern, plain in _patterns():
        text = pattern.sub(plain, text)
    return text
