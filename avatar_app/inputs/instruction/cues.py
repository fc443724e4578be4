"""Cues tied to the voice: "when I say 'country'", "in the pauses", "on the last word". cue_spans.py finds them."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import Groups, Rule, VoiceCue, When

_QUOTED = (
    r"(?:[\"“”„«»][^\"“”„«»\n]{1,60}[\"“”«»]|(?<!\w)['‘’`][^\n'‘’`]{1,60}['‘’`](?!\w)|\*{1,2}[^*\n]{1,60}\*{1,2}|"
    r"(?<!\w)_[^_\n]{1,60}_(?!\w))"
)
_LIST = rf"{_QUOTED}(?:(?:, and|, or|,| and| or) {_QUOTED}){{0,4}}"
_BARE = (
    r"(?!(?:so|it|that|this|the|something|anything|nothing|to|a|an|any|my|your|her|his|words?|with|and)\b)"
    r"[^\W_][\w'’-]{0,30}"
)
_ACTS = (
    r"(?:nod|blink|wink|smile|frown|look|glance|turn|tilt|shake|raise|lower|lift|close|open|smirk|roll|laugh|lean|"
    r"press|"
    r"squint|sigh|pout|show|be|act|make|give|he|she|they|you|your|the|then|and)\b"
)
_PHRASE = rf"(?:{_BARE}(?: (?!{_ACTS})[\w'’-]{{1,30}}){{0,3}}(?=\s?[,:])|{_BARE})"
_PERSON = r"(?:voice|speaker|woman|man|lady|gentleman|person|character|girl|boy)"
_WHO = rf"(?:i|you|she|he|they|we|it|one|someone|nobody|the {_PERSON})"
_BE = r"(?: is| are| am|['’](?:s|re|m))?"
_SAY = (
    r"(?:says?|said|saying|speaks?|mentions?|mentioned|utters?|pronounces?|gets? to|reach(?:es)?|comes? to|hits?|"
    r"reads?|"
    r"hears?|stress(?:es)?|emphasi[sz]es?)\b"
)
_KIND = r"(?:the )?(?:actual )?(?:words?|phrase|name|term|line)"
_EACH = (
    r"(?:every time(?: that)?|each time(?: that)?|any time|whenever|when|wherever|where|as long as|as soon as|"
    r"the moment|the instant|once|while|as|if)"
)
_TALK = r"(?:talk(?:s|ing)?|speak(?:s|ing)?)"
_SPEECH = r"(?:talking|speaking|speech|voice|talk|audio|sound|narration)"
_OF = r"(?:the|your|her|his|my|its|their) "
_ALL = r"(?:each |every |all |any |both )?(?:of )?"
_ORDER = {
    "first": "first",
    "last": "last",
    "final": "last",
    "middle": "middle",
    "longest": "longest",
    "long": "longest",
}


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, without punctuation."""
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower().replace("’", "'"))


def _spoken(g: Groups) -> VoiceCue:
    quoted = re.findall(_QUOTED, g["q"]) or [g["q"]]
    return VoiceCue("word", " / ".join(" ".join(words_of(part)) for part in quoted), _ORDER.get(g.get("nth", ""), ""))


def _word(g: Groups) -> When:
    return When(cue=_spoken(g))


def _pauses(g: Groups) -> When:
    which = "middle" if g["middle"] else _ORDER.get(g["nth"].strip(), "")
    return When(cue=VoiceCue("pauses", which=which))


def _saying(kind: str, which: str, *patterns: str) -> tuple[Rule, ...]:
    return tuple((pattern, lambda g: When(cue=VoiceCue(kind, which=which))) for pattern in patterns)


CUE_RULES: tuple[Rule, ...] = (
    (
        rf"(?:until|till) (?:{_WHO}{_BE} {_SAY} ?)?(?:{_KIND} )?(?P<q>{_QUOTED}),?|(?:until|"
        rf"till) the word (?P<r>{_BARE}),?",
        lambda g: When(until=_spoken({**g, "q": g["q"] or g["r"]})),
    ),
    *_saying("last_word", "", rf"{_EACH} {_WHO}{_BE} {_SAY} {_OF}(?:very )?(?:last|final) (?:spoken )?word\b"),
    *_saying("first_word", "", rf"{_EACH} {_WHO}{_BE} {_SAY} {_OF}(?:very )?(?:first|opening) (?:spoken )?word\b"),
    (rf"(?:on |at )?(?:the (?P<nth>first|last) time(?: that)?|{_EACH}) {_WHO}{_BE}(?: [a-z]{{2,12}}ly)? {_SAY}"
     rf"(?: {_KIND})? ?(?P<q>{_QUOTED}|{_PHRASE}),?", _word),
    (rf"(?:at|on|with|during|by|for|upon|over|to) {_ALL}(?:mention of )?(?:{_KIND} )?(?P<q>{_LIST})(?:,(?! (?:sort|"
     rf"kind|like|as)\b))?", _word),
    (rf"(?:{_KIND} )?(?P<q>{_QUOTED}) (?:gets?|triggers?|brings?|comes with|is marked (?:by|with))\b", _word),
    (rf"(?:right )?after (?:saying |{_WHO} says? |{_WHO} said )?(?:{_KIND} )?(?P<q>{_QUOTED}),?", _word),
    (rf"(?:at|on|with|during|upon|over) (?:each|every|the) (?:words?|phrase|term|name) (?P<q>{_BARE}),?", _word),
    (rf"{_EACH} (?:{_KIND} )?(?P<q>{_QUOTED}) (?:is|gets|comes|appears|falls|shows)(?: (?:up|said|spoken|mentioned|"
     rf"heard))?",
     _word),
    (rf"{_EACH} the (?:word|phrase|term) (?P<q>{_BARE}) (?:is|gets|comes|appears|falls)(?: (?:up|said|spoken|heard))?",
     _word),
    *_saying("first_word", "",
             rf"(?:exactly )?(?:on|at|with|from|during|for) {_OF}(?:very )?(?:first|opening) (?:spoken )?"
             r"(?:word|syllable)\b"),
    *_saying("last_word", "",
             rf"(?:exactly )?(?:on|at|with|during|through|over|for) {_OF}(?:very )?(?:last|final|closing) (?:spoken )?"
             r"(?:word|syllable)\b"),
    *_saying("last_word", "",
             rf"(?:exactly |just |right )?{_EACH} {_OF}(?:very )?(?:last|final) (?:spoken )?word"
             r"(?: (?:is|gets) \w+| [a-z]+s(?: (?:her|his|their|your|the) \w+| up| out| along| by)?)?\b"),
    *_saying("first_word", "",
             rf"(?:exactly |just |right )?{_EACH} {_OF}(?:very )?(?:first|opening) (?:spoken )?word"
             r"(?: (?:is|gets) \w+| [a-z]+s(?: (?:her|his|their|your|the) \w+| up| out| along| by)?)?\b"),
    *_saying("pauses", "",
             rf"{_EACH} (?:the )?{_SPEECH} (?:falls|goes|is) (?:silent|quiet)\b"),
    *_saying("pauses", "",
             rf"{_EACH} (?:nothing|no words?|not a word)(?:['’]s| is| are) (?:being )?(?:said|spoken|heard)\b"),
    *_saying("stress", "",
             rf"{_EACH} {_WHO}{_BE} {_SAY} (?:the |an? |any |his |her )?(?:stressed|emphasi[sz]ed|accented|"
             r"important|key|strong) (?:words?|bits?|parts?|syllables?|ones?)\b"),
    *_saying("stress", "",
             rf"(?:on |with |at )?(?:each|every|any) (?:single )?(?:word|beat|syllable) (?:that )?{_WHO}(?: really)? "
             r"(?:stress(?:es)?|emphasi[sz]es?|accents?|hits?|punch(?:es)?|leans? on)"
             r"(?: (?:gets?|has|brings?|comes? with))?\b"),
    *_saying("pauses", "",
             rf"(?:whenever|every time(?: that)?|each time(?: that)?|any time) (?:{_WHO}|(?:the )?{_SPEECH}){_BE} "
             rf"(?:stops?|pauses?|rests?|breaks?)(?: {_TALK})?(?: for (?:a )?(?:breath|moment|second))?\b"),
    *_saying("speech_start", "",
             rf"{_EACH} {_WHO} (?:starts?|begins?)(?: to)? {_TALK}\b",
             rf"{_EACH} (?:the )?{_SPEECH} (?:starts?|begins?|sets in)\b"),
    *_saying("speech_end", "",
             rf"(?:{_EACH}|after) {_WHO}{_BE}(?: has| have|['’]ve)? (?:stops?|stopped|finish(?:es|ed)?|ends?|ended|"
             rf"done|through)"
             rf"(?: with)? (?:{_TALK}|(?:the |her |his |my |your )?(?:speech|talk|last word))\b",
             rf"(?:{_EACH}|after) {_WHO}{_BE}(?: has| have|['’]ve)? (?:finished|done)\b(?= ?(?:$|[,;.\n]))",
             rf"(?:{_EACH}|after) (?:the )?{_SPEECH} (?:stops?|stopped|ends?|ended|is over|is done|finishes|"
             rf"dies)\b",
             rf"after (?:the (?:talking|speaking|speech)|speaking|talking|{_OF}(?:very )?(?:last|final) word)\b"),
    (rf"(?:in|during|at|on|with|for|through|over) {_ALL}(?:{_OF}|a )?(?P<nth>first |last |final |middle |longest |"
     rf"long )?"
     rf"(?:short |little |quiet |silent |speech |natural )?(?:pauses?|silences?|gaps?|breaks)\b(?! between (?:{_OF})?"
     rf"(?:teeth|lips))(?P<middle> in the middle)?(?: (?:in|of) (?:the |your |her |his )?(?:speech|voice|audio|"
     rf"recording))?",
     _pauses),
    *_saying("pauses", "between",
             rf"(?:in the (?:pauses?|gaps?|silences?) )?(?:in )?between (?:{_OF})?(?:sentences|phrases|words|lines|"
             rf"clauses)\b",
             rf"(?:at|on) {_ALL}(?:{_OF})?(?:commas?|full stops?|periods?|punctuation(?: marks?)?|line breaks?)\b"),
    *_saying("pauses", "",
             rf"{_EACH} {_WHO}{_BE}(?:n['’]?t| not) (?:currently |actually |busy )?(?:talking|speaking|"
             rf"saying (?:anything|a word))\b",
             rf"{_EACH} {_WHO} (?:doesn['’]?t|don['’]?t|does not|do not) (?:talk|speak|say anything)\b",
             rf"{_EACH} nobody{_BE} (?:talks|speaks|talking|speaking)\b",
             rf"{_EACH} (?:{_WHO}{_BE} (?:goes |go |falls |stays |keeps |being )?)?(?:silent|quiet|mute|pausing)\b",
             rf"{_EACH} (?:not (?:talking|speaking)|{_WHO} (?:pauses?|takes? a (?:pause|break|breath)|breathes? in|"
             r"stops? for (?:a )?breath))\b(?: for (?:a )?breath)?",
             rf"{_EACH} there(?:['’]s| is| are) (?:a |any |no )?(?:pauses?|silence|gaps?|speech|talking|voice|sound)\b",
             rf"{_EACH} (?:the )?(?:voice|speech|talking) (?:pauses|rests|is silent)\b",
             r"(?:in|during) silence\b"),
    *_saying("stress", "",
             rf"(?:on|with|at|for|in time with|to) {_ALL}(?:{_OF})?(?:most )?(?:emphasi[sz]ed|stressed|accented|"
             rf"loudest|strongest|"
             r"emphatic|important|key) (?:words?|syllables?|parts?|beats?|moments?|points?|bits?)\b",
             rf"{_EACH} (?:{_OF})?(?:voice|speech)(?: is| gets| becomes| goes| grows| sounds)? (?:at its |"
             rf"the )?(?:strongest|loudest|"
             r"stressed|louder|stronger|loud|emphatic|rises|peaks|swells)\b",
             rf"(?:on|with|at|to|in time with) (?:(?:each|every|all|any) (?:of )?(?:{_OF})?|the )(?:stress(?:es)?|"
             rf"accents?|(?:voice |"
             rf"speech )?"
             r"(?:beats?|peaks?))\b(?! of)",
             rf"(?:give|mark|punctuate|underline|hit|accompany|support|emphasi[sz]e)s? {_ALL}(?:{_OF})?(?:stressed|"
             rf"emphasi[sz]ed|accented|important|key|strong) words?(?: each)?(?: with)?\b",
             r"(?:each|every|all|any)(?: of)?(?: the)? (?:stressed|emphasi[sz]ed|accented|important|key|strong) words?"
             r"(?: (?:gets?|has|have|brings?|triggers?|comes? with|is|are)(?: accompanied by| marked (?:by|with))?)?\b",
             r"(?:on|with) (?:each |every |the )emphas[ie]s\b",
             rf"{_EACH} {_WHO}{_BE} (?:emphasi[sz](?:es?|ing)|stress(?:es|ing)?|accents?)(?: (?:a|any|some|the|"
             rf"certain) words?"
             r"| something| anything)?\b",
             r"for emphasis\b"),
)  # fmt: skip
