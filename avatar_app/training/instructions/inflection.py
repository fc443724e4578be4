"""The little English grammar that training/instructions/phrases.py needs: verb forms and contractions."""

from __future__ import annotations

import re

_SHORT = (
    "you are=you're|she is=she's|he is=he's|it is=it's|do not=don't|cannot=can't|they are=they're|you have=you've|"
    "does not=doesn't|did not=didn't|I am=I'm|has not=hasn't|have not=haven't|is not=isn't|are not=aren't|"
    "will not=won't|would not=wouldn't|could not=couldn't|you would=you'd|that is=that's|what is=what's|who is=who's"
)


def gerund(vp: str) -> str:
    """ "raise your brows" -> "raising your brows"."""
    for negation in ("don't ", "do not ", "not "):
        if vp.startswith(negation):
            return "not " + gerund(vp[len(negation) :])
    verb, _, rest = vp.partition(" ")
    if verb == "be":
        verb = "being"
    elif verb.endswith("ie"):
        verb = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        verb = verb[:-1] + "ing"
    elif len(re.findall("[aeiouy]+", verb)) == 1 and re.search("[^aeiou][aeiou][^aeiouwxy]$", verb):
        verb = verb + verb[-1] + "ing"
    else:
        verb = verb + "ing"
    return f"{verb} {rest}".strip()


def third_person(vp: str) -> str:
    """ "raise your brows" -> "raises your brows"; the possessive is changed elsewhere."""
    for negation in ("don't ", "do not ", "not "):
        if vp.startswith(negation):
            return "does not " + vp[len(negation) :]
    verb, _, rest = vp.partition(" ")
    irregular = {"be": "is", "have": "has", "do": "does", "go": "goes"}
    if verb in irregular:
        verb = irregular[verb]
    elif verb.endswith(("s", "sh", "ch", "x", "z")):
        verb += "es"
    elif re.search("[^aeiou]y$", verb):
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".strip()


def contracted(text: str) -> str:
    """ "you are happy" -> "you're happy"."""
    for pair in _SHORT.split("|"):
        long, short = pair.split("=")
        text = re.sub(rf"\b{long}\b", short, text)
    return text


def of_somebody(scene: str) -> str | None:
    """ "you are about to cry" -> "is about to cry", to go after "someone who"; None for scenes without "you"."""
    match = re.match(r"you (are|have|just|cannot|do not|want|know|see|saw|heard|found|lost|found|forgot)\b(.*)", scene)
    if not match:
        return None
    verbs = {"are": "is", "have": "has", "do not": "does not", "want": "wants", "know": "knows", "see": "sees"}
    rest = re.sub(r"\byour\b", "their", match[2])
    return f"{verbs.get(match[1], match[1])}{re.sub('yourself', 'themselves', re.sub(r' you', ' them', rest))}"
