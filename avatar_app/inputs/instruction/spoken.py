"""Ties to words of the voice that nobody set in quotation marks: "lean in on power", "Dashwood -> frown".

Whether "on power" means a place in the recording can only be told by the recording: what a direction names after "on",
"with", "at" and the like is a cue where it is spoken there, and nothing where it is not.
"""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.cues import words_of
from avatar_app.inputs.instruction.marks import mark_times
from avatar_app.inputs.instruction.story_rules import MOOD
from avatar_app.speech.voice_map import Word

# Words that hold sentences together, and those that directions are made of: they are no cues without quotation marks.
_SMALL_WORDS = """
    a an the and or but so if as at by for from in into of off on onto out over to up with without he she it
    they them him her his their its you your me my us we our i this that these those then there than when while
    who which what where is are was were be been being has have had do does did not no yes can could may might
    must shall should will would how much many more most very too just only one two three four five six seven
    eight nine ten first last second third final next beginning start end ending middle half point time times
    way purpose top cue camera screen lens side left right face head eyes eye brow brows eyebrow eyebrows lips
    lip mouth chin cheeks cheek nose tongue jaw neck shoulders teeth smile frown nod wink blink stress pause
    pauses silence word words phrase name sentence line beat beats all each every any some both other once again
    about look turn tilt good great hold frame seconds sec secs minute moment mark
"""
_COMMON = frozenset(_SMALL_WORDS.split())
_BEFORE = (
    r"(?:(?:at|on|by|for|in) )?(?:the |that )?(?:bit|part|place|point|spot|moment) (?:where|when|that) (?:he|she|it|"
    r"they|you|i|"
    r"the \w+)(?: says?|['’]s saying| mentions?| gets? to| comes? to| reach(?:es)?| hits?| reads?| goes(?: like)?| is)|"
    r"(?:(?:exactly |right |just )?(?:on|upon|at|with|over|during|to|for|after|around|by)"
    r"(?: (?:the |each |every |any )?"
    r"(?:mention|sound|utterance)(?: of)?)?|"
    r"(?:as|when|whenever|once|where|wherever|every time|each time|any time|the moment|the instant)"
    r"(?: (?:he|she|it|they|you|i|we|one|the \w+)(?:['’]s| is| are)? (?:says?|said|saying|speaks?|mentions?|utters?|"
    r"pronounces?|gets? to|getting to|reach(?:es)?|comes? to|hits?|reads?|hears?|stress(?:es)?|goes(?: like)?))?)"
    r"(?: (?:the )?(?:(?:word|words|phrase|name),?|bit|part))?"
    r"|(?<!until )(?<!till )(?:the|each|every) (?:word|phrase|name)"
)
_TOKEN = r"[^\W\d_][\w'’-]*"
_NAMED = re.compile(rf"\b(?:{_BEFORE})(?: (?:the|his|her|that))? (?=(?P<run>{_TOKEN}(?: {_TOKEN}){{0,5}}))", re.I)
_AND = re.compile(rf",? (?:and |or |& )?(?P<run>{_TOKEN}(?: {_TOKEN}){{0,3}})", re.I)
_LABEL = re.compile(
    rf"(?:^|(?<=[.;,\n|] )|(?<=[\n|]))(?:(?:on|at) )?(?:(?:the )?word:? )?[\"“'‘]?(?P<run>{_TOKEN}(?: {_TOKEN}){{0,3}})"
    r"[\"”'’]?\s*(?:=+>?|:|-+>|→|\s[–—-]\s)\s*(?=\w)",
    re.I,
)
_QUOTED = re.compile(
    r"(?:\b(?:accompany|mark|underline|punctuate|emphasi[sz]e|match|meet|greet|answer|go|land|time it|timed|lands?|"
    r"falls?|coming|comes?|hit|hitting)(?:e?s|ing|ed)? )?"
    r"(?:\b(?:on|upon|at|with|to|for|around|by|as|when|once|where) )?"
    r"(?:(?:the )?(?:word|words|phrase|name|bit|part) )?[\"“”«'‘’](?P<run>[^\"“”«»'‘’\n]{2,60})[\"“”»'’](?!\w)"
    r"(?P<tail> (?:is|gets|comes|appears|falls|rings out|sounds)(?: (?:up|said|spoken|mentioned|heard))?\b|,? with\b|"
    r"\s*(?:=+>?|:|-+>|→))?",
    re.I,
)
_AIMED = re.compile(
    r"\b(?:look|looks|looking|star\w+|glanc\w+|gaz\w+|glar\w+|peek\w*|turns?|faces?|points?)(?: \w+)? $", re.I
)

_DEED = (
    r"(?:nod|wink|blink|smile|frown|grin|smirk|sigh|look|glance|turn|tilt|raise|lift|lower|close|shut|open|widen|"
    r"roll|shake|"
    r"lean|squint|pout|laugh|eyes|brows|eyebrows|eyebrow|head)s?"
)
_UNSPOKEN = re.compile(
    rf"(?P<edge>^|[.;,!?\n]\s*|\b(?:and|then|but) )on (?P<a>{_TOKEN}),? (?=(?:he|she|they|you|please|{_DEED})\b)|"
    rf"(?P<deed>\b(?:nod|wink|blink|shake|raise|lift|close|shut|widen|roll|lower)s? (?:[a-z]+ ){{0,4}}?)on "
    rf"(?P<b>{_TOKEN})"
    r"(?=\s*(?:$|[.,;!]))",
    re.I,
)
_OTHER_THINGS = """
    purpose cue beat camera screen film stage edge guard fire repeat loop reflection balance arrival exit entry entrance
    impact request demand command average air autopilot hold schedule occasion impulse instinct board set sight alert
    record mute downbeat action take playback emphasis breath tempo rhythm condition count loan paper tiptoe behalf
    monday friday sunday earth standby target track trial it him her us them me you everyone everything everybody
    someone something somebody people
"""
_NO_WORDS = frozenset(_OTHER_THINGS.split())
_MOOD = re.compile(MOOD + "$", re.I)


def may_name_words(text: str) -> bool:
    """Whether a text may name words of the voice without saying so."""
    found = [_run(m["run"], None) for pattern in (_NAMED, _LABEL) for m in pattern.finditer(text)]
    return any(found) or (_QUOTED.search(text) is not None and _QUOTED.search(_unread(text)) is not None)


def tied_to_words(text: str, words: tuple[Word, ...] | None) -> str:
    """The text with "on the word '...'" where it names words that are spoken. words: None where nobody knows them."""
    spoken = [word for heard in words or () for word in words_of(heard.text)]
    if not spoken:
        return text
    unread = _unread(text)

    def quoted(m: re.Match[str]) -> str:
        said = words_of(m["run"])
        known = m["run"] in unread and _spoken(said, spoken) and any(word not in _COMMON for word in said)
        return f"on the word '{' '.join(said)}'," if known else m[0]

    def labelled(m: re.Match[str]) -> str:
        said = words_of(m["run"])
        return f"on the word '{' '.join(said)}', " if _spoken(said, spoken) and _content(said) else m[0]

    return _UNSPOKEN.sub(_missed, _named(_LABEL.sub(labelled, _QUOTED.sub(quoted, text)), spoken))


def _missed(m: re.Match[str]) -> str:
    """ "on goodbye he looks down" with the word as a cue, though nobody says it: that is told then."""
    word = m["a"] or m["b"]
    known = word.lower() in _COMMON or word.lower() in _NO_WORDS or word.lower().endswith("ing") or _MOOD.match(word)
    return m[0] if known else f"{m['edge'] or m['deed'] or ''}on the word '{word}', "


def _named(text: str, spoken: list[str]) -> str:
    """The text with bare words that are spoken set in quotation marks."""
    told, done = "", 0
    for m in _NAMED.finditer(text):
        run = _run(m["run"], spoken)
        if m.start() < done or not run or _AIMED.search(text[: m.start()]):
            continue
        told += f"{text[done : m.start()]}on the word '{' '.join(words_of(' '.join(run)))}'"
        done = m.end() + len(" ".join(run))
        while "words" in m[0].lower() and (more := _AND.match(text, done)) and (run := _run(more["run"], spoken)):
            told += f" and '{' '.join(words_of(' '.join(run)))}'"  # "on the words leisure and power"
            done = more.start("run") + len(" ".join(run))
    return told + text[done:]


def _unread(text: str) -> str:
    """What is left of a text where its times and cues are taken out."""
    return mark_times(text)[0]


def _run(run: str, spoken: list[str] | None) -> list[str]:
    """The longest beginning of a row of words that is spoken so; its first word where nobody knows what is spoken."""
    tokens = run.split(" ")
    if spoken is None:
        return tokens[:1] if _content(words_of(tokens[0])) else []
    for n in range(len(tokens), 0, -1):
        said = words_of(" ".join(tokens[:n]))
        if not _content(said) or (said[-1:] and said[-1] in _COMMON):
            continue
        if _spoken(said, spoken):
            return tokens[:n]
    return []


def _content(said: list[str]) -> bool:
    return any(word not in _COMMON and len(word) > 2 for word in said)


def _spoken(said: list[str], spoken: list[str]) -> bool:
    n = len(said)
    return bool(n) and any(spoken[i : i + n] == said for i in range(len(spoken) - n + 1))
