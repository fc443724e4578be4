"""Plain words for turns that people give a direction: "with a sad face", "three seconds of confusion"."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import Rewording
from avatar_app.inputs.instruction.time_words import DIGITS

_WORDS = "|".join(DIGITS)
_UNIT = r"(?:seconds?|secs?|s)\b"
_N = rf"(?:\d+(?:[.,]\d+)?|an?|{_WORDS}|a couple of|a few)"
_VERB = r"(?:swivels?|turns?|looks?|tilts?|glances?|goes|swings?|leans?|winks?)"
_OF = r"(?:to )?(?:the |his |her |your )?"


def _half(match: re.Match[str]) -> str:
    """ "two and a half" in digits."""
    return f"{DIGITS[match['n'].lower()]}.5"


def _with_unit(match: re.Match[str]) -> str:
    """ "between 6 and 9" in seconds, where the text speaks of seconds elsewhere."""
    of_time = rf"\d ?{_UNIT}|\b(?:from|after|at|until|till) \d+(?:[.,]\d+)? (?:on|onwards?|he|she|they|and)\b"
    return f"{match[0]} s" if re.search(of_time, match.string, re.I) else match[0]


def _numbered(match: re.Match[str]) -> str:
    """ "1. sigh 2. nod" in order."""
    later = re.sub(r"[,;.]?\s+[2-9]\.\s*(?=[a-z])", ", then ", match[0], flags=re.I)
    return re.sub(r"(?:^|(?<=\s))1\.\s*(?=[a-z])", "", later, flags=re.I)


def _ranges(match: re.Match[str]) -> str:
    """ "0-4 sad 4-10 happy" in seconds; one range alone may be anything."""
    many = len(re.findall(r"(?:^|[\s,;/|])\d+(?:\.\d+)?\s?[-–—]\s?\d+(?:\.\d+)?:? +[a-z]", match.string, re.I)) > 1
    return f"{match['a']}-{match['b']} s" if many else match[0]


TURN_RULES: tuple[Rewording, ...] = (
    # Remarks that ask for nothing.
    (r"\b(?:so )?(?:please )?(?:do not|don['’]t) let (?:me|us) down(?: on this(?: one)?)?[:,.!]*\s*", ""),
    (r"[,.;]?\s*(?:(?:either|any|whichever) (?:eye|side|way|one|brow|direction)(?: is fine| will do| works)?,?\s*)?"
     r"(?:i['’]m|i am|we['’]re|not)(?: not)? fussy\b[^.!?;]*", ""),
    (r"[,.;]?\s*i (?:do not|don['’]t) (?:mind|care) which\b[^.!?;]*", ""),
    (r"\b(?:i was|we were) (?:going|about) to (?:ask for|say|go for|choose|request|"
     r"want) [^.;!]*?,? but [^.;!]*[.;!]+\s*", ""),
    # What is meant by more common words.
    (r"\bdead (?=ahead\b)", "straight "),
    (r"\bdead (?=chuffed|pleased|happy|proud|serious|calm|bored|tired|nervous|scared|angry|sad|keen|excited)", "very "),
    (r"\bevery inch (?:the|a|an) ", "confident, like a "),
    (r",? (?:and )?with (?:a|an|his|her|that) (?P<x>(?:very |really |slightly )?[a-z-]+) (?:face|look|expression|"
     r"air|countenance)"
     r"(?: on (?:his|her|your) face)?(?= ?(?:$|[,.;!]|and\b|while\b|as\b|then\b|at\b))", r", looking \g<x>"),
    (r"\bcom(?:es?|ing) (?:forwards?|closer|in close)(?= ?(?:$|[,.;!]|and\b|to\b|again\b|then\b))", "leans forward"),
    (r"\b(?P<w>turns?|looks?|eyes?|tilts?|brows?|winks?|head|glances?) (?-i:(?P<s>[LR]))(?!['’\w])",
     lambda m: f"{m['w']} {'left' if m['s'] == 'L' else 'right'}"),
    (r"\b(?:every|each) time (?:his|her|the|your) voice (?:leans|lands|presses|pushes) on (?:a|some|any) words?\b,?",
     "on every stressed word,"),
    (rf"^(?P<v>(?:\w+ ){{0,3}}winks?)(?P<t> (?:at|on|after) [^.;]*?),? (?:always |"
     rf"it['’]s )?(?:with )?{_OF}(?P<s>left|right) eye "
     r"(?:each|every) time\b", r"\g<v> with the \g<s> eye\g<t>"),
    (r"\b(?:do not|don['’]t|never|must not|mustn['’]t|not to|should not|shouldn['’]t)(?: ever)? (?:look(?:s|"
     r"ing)? away|take (?:his|her|the|your) "
     r"eyes off)(?: from)?(?: (?:us|me|him|her|you|the (?:camera|lens|viewer|audience)))?",
     "never look left or right or up or down"),
    (r"^.*\b(?:we|they)(?:['’]ve| have)? (?:agreed|settled|decided|landed) on ", ""),
    (r"\b(?P<n>no|nope|wait) ?[-–—] ?(?=\w)", r"\g<n>, "),
    (r"[,.!;]? ?(?:(?:that['’]?s (?:my|the) )?final answer|i mean it|last change)[.!]*$", ""),
    (r"\bcan(?: you)? (?:she|he|they|it) not (?P<x>\w+)(?: (?:so|as|that|quite so) (?:much|often))?", r"do not \g<x>"),
    (r"\b(?:hardly|barely|scarcely|not) (?:a |one )?(?:single )?muscle (?:moves|moving|twitches|stirs)\b|"
     r"\b(?:without|not|doesn['’]t|does not|never) (?:moving|moves?) a (?:single )?muscle\b", "keep the head still"),
    (r"\b(?P<e>eyes?|gaze)(?: keeps?)? (?:drift|wander|slid|stray|wandr)\w*(?: off| away| out)? (?:to (?:one|"
     r"the) side|sideways|away)\b",
     r"\g<e> looking away to the left"),
    (r"\bside[- ]?eye(?:s|d|ing)?\b", "suspicious look to the left"),
    # Order.
    (r"^(?=(?:.*\s)?1\.\s*[a-z])(?=.*\s2\.\s*[a-z]).*$", _numbered),
    (r"(?:^|(?<=[\s,;/|]))(?P<a>\d+(?:\.\d+)?)\s?[-–—]\s?(?P<b>\d+(?:\.\d+)?)(?=:? +[a-z])(?! ?(?:s|sec|secs|"
     r"seconds?|%|x|times)\b)", _ranges),
    (r"^(?:before anything else|first thing|to kick (?:things )?off|for starters|to open),? ", "first "),
    (r"^after (?P<a>an? [^,.;]+?),? (?P<b>(?:he|she|they) .+)$", r"\g<a>, then \g<b>"),
    (r",? and (?:then )?(?:is |gets |becomes |goes |looks )?(?:suddenly|all of a sudden|all at once) (?:is |"
     r"becomes |gets )?", ", then "),
    (r"^(?P<who>(?:he |she |they )?)(?:ends?|finish(?:es)?|closes?) (?:on|with|in|"
     r"by) (?P<b>[^;.]+?),? having (?:begun|started|"
     r"opened)(?: with| on| by| as)? (?P<a>[^;.]+)", r"\g<a>, then \g<who>\g<b>"),
    (r"[,;]? (?:let (?:it|that) |it |which |slowly |gradually )*(?:gives?|giving) way (?:little by little |slowly |"
     r"gradually |"
     r"bit by bit )?to ", ", then "),
    (r"\b(?P<a>[a-z]+(?: [a-z]+)?) first,? (?:and|then|but) (?P<b>[a-z]+(?: [a-z]+)?) (?:after(?:wards?)?|second|"
     r"next|later)"
     r"(?= ?(?:$|[,.;!]))", r"\g<a>, then \g<b>"),
    (rf"\b(?P<v>{_VERB}) {_OF}(?P<a>left|right)(?P<c>,? (?:and )?then ){_OF}(?P<b>left|right)\b",
     r"\g<v> to the \g<a>\g<c>\g<v> to the \g<b>"),
    # Times.
    (rf"\b(?P<n>{_WORDS}) and a half(?= {_UNIT})", _half),
    (rf"(?:\bgive (?:me|us) |\blet['’]s have )?\b(?P<n>{_N} {_UNIT}) of (?:him |her |them |it )?(?:being |looking |"
     rf"feeling )?"
     r"(?P<x>(?!the\b|silence\b|audio\b|video\b|speech\b)[a-z][^,.;]*)", r"\g<x> for \g<n>"),
    (r",? and (?P<x>[^,.;]+?) (?:right )?(?:to|until) the (?:close|finish|very end|"
     r"end)\b", r", then \g<x> until the end"),
    (r"\b(?:between|from) \d+(?:[.,]\d+)? (?:and|to) \d+(?:[.,]\d+)?(?=\s*(?:[,;]|$|\.(?!\d)))", _with_unit),
    (r"\bfrom (?P<n>\d+(?:[.,]\d+)?) on(?:wards?)?\b(?! (?:the|a)\b)", r"from \g<n> s on"),
    (r",? and (?:they|it|he|she) (?:stays?|remains?|keeps?)(?: up| down| there| so| that way| like that| raised|"
     r" closed| open| shut)? "
     r"(?=until|till|for\b)", " "),
    (rf"[.;,] (?:and |then )*(?:drops?|loses?|stops?|relax(?:es)?|releases?|ends?|lets? go of) (?:it|that|the \w+) "
     rf"(?P<n>{_N} {_UNIT}) later\b", r" for \g<n>"),
    (r"\b(?P<e>eyes?|lids?|eyelids?) (?P<s>shut|closed)(?P<x>\b[^;]*?\b(?:then|after that|afterwards|"
     r"the rest)\b[^;]*?)\bopen\b",
     r"\g<e> \g<s>\g<x>\g<e> open"),
)  # fmt: skip
