"""Negations that say more, or something else, than that a thing must not happen, in plain words.

"Not just happy" is more than happy, "trying not to cry" is sad, "looks anywhere but up" never looks up.
"""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import Rewording

_WHO = r"(?:he|she|they|it|you)"
_HELD = {
    "cry": "sad, with the lips pressed", "laugh": "amused, with the lips pressed", "giggle": "amused, with the lips "
    "pressed",
    "smile": "a slight smile with the lips pressed", "grin": "a slight smile with the lips pressed", "yawn": "tired",
    "scream": "very angry, with the lips pressed", "shout": "very angry, with the lips pressed", "panic": "nervous",
    "fall asleep": "tired", "doze off": "tired", "explode": "very angry, with the lips pressed",
}  # fmt: skip
_TRIES = (
    r"(?:(?:is |are )?(?:try(?:ing)?|tries|struggl(?:e|es|ing)|fight(?:s|ing)?|attempt(?:s|ing)?|do(?:es|ing)? "
    r"(?:his|her|"
    r"their|your) best)(?: so| very| really)?(?: hard| desperately| (?:his|her|their|your) (?:best|hardest))*)"
)
_HIDES = (
    r"(?:hide|conceal|mask|cover up|disguise|suppress|stifle|hold (?:back|in)|fight back|choke back|bite back|"
    r"not (?:to )?show)"
)


def _held(match: re.Match[str]) -> str:
    """ "trying not to laugh" by what is seen of it; what nobody listed shows slightly."""
    deed = match["x"].lower()
    return _HELD.get(deed) or f"slightly {re.sub('^(?:look|be|seem|appear|get|show|act) ', '', deed)}"


def _ordered(match: re.Match[str]) -> str:
    """ "He should not smile" as an order; "he is not happy" is none."""
    being = re.search(r"\b(?:is|are)(?:n|\b)", match[0]) is not None
    return match[0] if being and not match["to"] else "do not "


def _hidden(match: re.Match[str]) -> str:
    """ "trying to hide how pleased he is" as "slightly pleased"."""
    felt = re.sub(r"^(?:how|that|the fact that|his|her|their|your|the|an?)\b ?", "", match["x"], flags=re.I)
    felt = re.sub(rf"^{_WHO}(?:['’]s| is| are)? |\s+{_WHO}(?:['’]s| is| are| feels?)$", "", felt, flags=re.I)
    return "sad, with the lips pressed" if re.match(r"tears?\b", felt, re.I) else f"slightly {felt}"


NEGATION_RULES: tuple[Rewording, ...] = (
    (r"\b(?:can ?not|can['’]?t|could(?: not|n['’]?t)|do(?:es)?(?: not|n['’]?t)|won['’]?t|never)(?: you| ever| "
     r"dare){0,3} "
     r"(?:stop|quit|cease)s? (?=\w+ing\b)", "keeps "),
    (rf"\b(?:{_WHO}|the \w+) (?:should|must|may|shall|had better|['’]d better|is|are)(?: never| not|n['’]t)"
     r"(?P<to> to\b)?(?: ever)? (?=(?P<verb>\w+))", lambda m: _ordered(m)),
    (r",? (?:and |but )?not (?:even )?for (?:a|one) (?:single )?(?:second|moment|minute|instant)\b", ""),
    (r"\bkeep the (?P<x>(?!head\b|eyes?\b|mouth\b|chin\b|lips?\b|brows?\b|eyebrows?\b|gaze\b|face\b|jaw\b|rest\b)\w+)"
     r"(?: though| please| part| bit)+(?=[.,!;]|$)", r"\g<x>"),
    (rf"\b(?P<who>{_WHO}(?:['’]s| is) )?not (?:just|only|merely|simply) (?P<x>[^,.;–—]+?),? but (?:also )?(?:{_WHO} "
     rf")?(?P<y>[^.;]+)",
     r"\g<x> and \g<y>"),
    (rf"\b(?:{_WHO}(?:['’]s| is) )?not (?:just|only|merely|simply) (?:an? )?[^,.;–—]+(?:[,.;–—]+|\s-+)\s*(?:no,? "
     rf")?(?:{_WHO}(?:['’]s| is) )?(?=\w)", "extremely "),
    (rf"\b{_TRIES} not to (?P<x>fall asleep|doze off|(?:look|be|seem|appear|get|show|act) \w+|\w+)(?: out "
     rf"loud)?", _held),
    (rf"\b(?:{_TRIES}|wants|wanting|fail(?:s|ing)) to {_HIDES} (?P<x>[^,.;]+?)(?=\s*(?:$|[,.;!]|\bbut\b))", _hidden),
    (r"\b(?P<v>looks?|turns?|glances?|gaz(?:e|es)|star(?:e|es))(?: (?:in|to))? (?:anywhere|everywhere|any direction|"
     r"every direction|(?:any|every) way|wherever (?:he|she|you) likes?) ?(?:except|but|other than|apart from)(?: "
     r"for)?(?: to the)? "
     r"(?P<s>up|down|left|right)\b(?:wards?)?", r"never \g<v> \g<s>"),
    (r"\b(?:he|she|they)(?:['’]d| would| will) never (?:admit|say|show|tell)[^,.;!?]*", ""),
    (r"\bthe last thing (?:i|we|you) (?:want|need)(?: from (?:him|her|them))? is (?:for (?:him|her|them|it) to |to "
     r"see (?:him|her|"
     r"them)? ?|(?:him|her|them) )?(?=\w)", "do not "),
    (r"\b(?:(?:let['’]?s|please|we can|you can|i['’]?d) )*(?:leave out|omit|do without|dispense with|do away with|"
     r"get rid of|"
     r"cut out|cut|lose|ditch|skip|drop|kill|spare us|scrap|remove|forget(?: about)?) (?:with )?(?:the|that|all the|"
     r"any|those|his|her) "
     r"(?P<x>(?:\w+ )?(?:smil|grin|frown|wink|nod|blink|smirk|laugh|giggl|sigh|yawn|pout|squint|scowl|sneer)\w*)(?: "
     r"altogether| completely|"
     r" entirely)?", r"no \g<x>"),
    (r"\b(?:please )?(?:quit|cease|refrain from|keep from|knock off|lay off|there['’]?s no need for|no need for)(?: "
     r"all)?(?: the| that)? "
     r"(?=\w+ing\b)", "no "),
    (r",? (?:and |but )?(?:(?:don['’]t|do not|never) let (?:the|his|her|your) mouth (?:join in|follow|take part)|"
     r"(?:leave|keep) (?:the|his|her|"
     r"your) mouth out of it|(?:the|his|her|your) mouth (?:stays|keeps) out of it)", ". no smile, no mouth corners "
     "down"),
    (r"\b(?:is|are|does|do|was)?(?:n['’]t| not) (?:really )?(?:buying|having|believ(?:e|ing)) (?:a (?:single "
     r")?word(?: of (?:it|this|that))?|"
     r"(?:any of )?(?:it|this|that))\b", " is suspicious"),
    (r"\b(?:put|lay|cock|rest)(?P<s>s|ting|ing)? (?:(?:his|her|the|your) )?head (?:to|on|over to) (?:(?:one|the|a) "
     r")?side\b", r"tilt\g<s> the head to one side"),
    (r"\b(?:there['’]?s|there is) nothing (?P<x>\w+)(?: about| in| to)(?: (?:this|it|that|him|"
     r"her))?(?=\s*[.!,;])", r"not \g<x>"),
    # What is excepted from stillness is wanted.
    (r",?\s*\b(?:except|save) (?:(?:that|for when|when) )?(?:you|he|she|they) (?:can |may |should |must |do(?:es)? )?"
     r"(?!(?:no|not|never|don|doesn)\b)(?=\w)", ", but "),
    (r"\b(?P<still>(?:still|frozen|motionless|statue|stone|blank|deadpan|expressionless)\b[^.;!?]{0,40}?),? "
     r"(?:except|save|apart) (?:for|from) (?=(?:an?|one|two|a single|his|her) )", r"\g<still>, but "),
)  # fmt: skip
