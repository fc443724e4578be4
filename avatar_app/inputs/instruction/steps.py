"""Words of sequence: "first ... then ...", "a before b", "start sad, end up laughing", "once that is done"."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.story_rules import MOOD

_HARD = re.compile(
    r"\s*(?:;|->|→|=>|,?\s*\b(?:and then|but then|only then|then|and after that|after that|and after this|after this|"
    r"and afterwards?|afterwards?|and finally|(?<=[,;.] )finally|lastly|and lastly|and next|and (?=(?:finish|"
    r"end)(?:es|s|"
    r"ing)? (?:with|on|by|up|off|in)\b)|followed (?:\w+ly )?by|subsequently|later on|"
    r"and later|after which|whereupon|at which point|by which (?:time|point))\b,?|,\s*next\b,?)\s*",
    re.I,
)
# A prohibition at the end of a list is no step of it: "at 3 s smile; do not blink".
_SOFT = re.compile(
    r"(?<=[.!?])\s+|\s*\n\s*|\s*;\s*(?=(?:and |but |please )?(?:do ?n['’]?o?t|do not|never|no|without|avoid)\b[^;]*$)",
    re.I,
)
_COMMA = re.compile(r",\s*(?:and\s+|but\s+)?", re.I)
_OPENING = re.compile(
    r"^(?:(?:at )?first(?: of all| off)?|firstly|to (?:begin|start) with|initially|next|second(?:ly)?|third(?:ly)?|"
    r"later(?: on)?|now)\b"
    r"[,:]?\s*",
    re.I,
)
_CLOSING = re.compile(
    r"[\s,]+(?:at first|to (?:begin|start) with|initially|in the beginning|for starters|at the outset|early on|"
    r"before that|only)$",
    re.I,
)
_PERSON = r"(?:i|you|he|she|they|we|it|he['’]s|she['’]s|you['’]ve|you['’]re|they['’]re)"
_THING = (
    r"(?:(?:a|an|the|your|his|her|their|that|this) (?!(?:first|last|second|end|camera|lens|audience|words?|sentence|"
    r"speech|"
    r"start|talk|beginning|video|clip)\b)[a-z])"
)
_EVENT = rf"(?:{_PERSON} |\w+ing\b|{_THING})"
_ORDERS = tuple(
    (re.compile(pattern, re.I | re.S), order)
    for pattern, order in (
        (rf"^\s*before (?P<b>{_EVENT}[^,]*), (?P<a>.+)$", "ab"),
        (rf"^\s*(?:only )?(?:after|once|as soon as) (?P<a>{_EVENT}[^,]*), (?P<b>.+)$", "ab"),
        (rf"^(?P<a>.+?),? before (?P<b>{_EVENT}.*)$", "ab"),
        (rf"^(?P<b>.+?),? (?:after|once|as soon as) (?P<a>{_EVENT}.*)$", "ab"),
    )
)
_DONE = re.compile(
    rf"(?:^|\s|,)\s*(?:once|when|after|as soon as) (?:{_PERSON} (?:is |are |has |have )?|that(?:['’]s| is) |"
    rf"this is |that )?"
    r"(?:done|finished|over|there|done that|done so|done with (?:it|that))\b(?: with (?:it|that))?,?",
    re.I,
)
_STARTS = re.compile(
    r"^(?P<who>(?:\w+ ){0,3}?)(?:starts?|starting|begins?|beginning)(?! to\b)(?: off| out)?(?: by| with| as| being|"
    r" from| in)?"
    r"\s+(?P<what>(?!(?:with|off|out|by|as)$).+)$",  # "bored to start with" starts nothing
    re.I | re.S,
)
_ENDS = re.compile(
    r"^(?:(?:he|she|they|you|it|to|will|should|should be) ){0,2}(?:ends?(?: up)?|ending(?: up)?|finish(?:es|ing)?)\b"
    r"(?: off| up)?(?: by| with| as| on| being| in)? (?P<what>.+)$",
    re.I | re.S,
)
_BECOMES = re.compile(
    r"^(?:(?:he|she|they|you|it|to|slowly|gradually) ){0,2}(?:gets?|getting|becomes?|becoming|grows?|turns? (?:in)?to|"
    r"goes|go|moves? (?:in)?to|changes? (?:in)?to|shifts? (?:in)?to)\b.+$",
    re.I | re.S,
)
_FROM_TO = re.compile(
    r"^(?P<who>.*?)\b(?:go|goes|going|chang\w{1,3}|shift\w{0,3}|mov\w{1,3}|transition\w{0,3}|turn\w{0,3}|"
    r"morph\w{0,3}|switch\w{0,3})"
    r"\s+(?:\w{2,10}ly )?from (?:being )?(?P<a>(?!left|right|up|down|side)[a-z]\w*(?: \w+)?) (?:in)?to (?:being )?"
    r"(?P<b>(?!left|right|up|down|side)[a-z].*)$",
    re.I | re.S,
)
_SIDED = re.compile(
    r"(?:and |then |he |she )*(?P<verb>winks?|looks?|glances?|turns?|tilts?|leans?)\b(?: (?:to|with|over|the|his|"
    r"her|your|head|"
    r"eyes?|right|left|at)\b)*? (?:to |with )?(?:the |his |her |your )?(?P<side>left|right|up|down)\b",
    re.I,
)
_AGAIN = re.compile(
    r"^(?:and |then )?(?:once |one time |do (?:it|that|this|so) |repeat (?:it|that|this) )?(?:again|"
    r"repeat)(?: too)?$|^once more$|^(?:and )?(?:yet )?another(?: one)?$|^one more$|"
    r"^one more time$|^(?:do )?the same(?: again| thing)?(?: again)?$|^(?:repeat|do) (?:it|that|this)(?: again)?$",
    re.I,
)
_RETURNS = re.compile(
    r"\b(?:becomes?|gets?|goes|go|is|falls?|turns?|be) (?:quiet|calm|normal|neutral|serious|still|"
    r"expressionless) again\b|"
    r"^(?:the )?(?:middle|cent(?:re|er)|front|straight(?: ahead)?|forwards?)$|"
    r"\bback (?:in)?to (?:the |a |your |her |his )?(?:middle|cent(?:re|er)|front|neutral|normal|camera|lens|forward|"
    r"straight|"
    r"rest|viewer|audience|us|me|start|starting position|facing|face|looking straight|usual)\b|"
    r"\b(?:return|returns|returning) to (?:the |a |your )?(?:middle|cent(?:re|er)|front|neutral|normal|camera|rest|"
    r"start)|"
    r"\b(?:face|look|looks|faces) (?:forwards?|straight(?: ahead)?|the camera|ahead|to the front) again\b|"
    r"\bback (?:forward|straight|again)\b|^(?:and )?(?:then )?(?:come|go|turn|look|comes|goes|turns|looks) back$|"
    r"\b(?:goes|go) away\b|\b(?:disappears?|vanish(?:es)?)\b|^(?:and )?(?:then )?(?:stops?|relax|relaxes|carry on|"
    r"carries on)$|"
    r"\bstops? (?:doing )?(?:it|that|this)$|\blets? (?:it|that) go\b|\bdrops? (?:it|the \w+)$",
    re.I,
)  # fmt: skip
_LATER = re.compile(
    r"^(?:later|eventually|afterwards)\s+|\s+(?:later(?: on)?|afterwards|eventually|after a while)$", re.I
)
_STAGE_EDGE = re.compile(
    r",\s*(?:and\s+|but\s+)?|\s+and\s+(?=(?:(?:slowly|gradually) )?(?:ends?|ending|finish(?:es)?|becomes?|gets?|grows?|"
    r"comes? back|goes? back)\b)",
    re.I,
)
# "sighs", "big smile after", "mouth falls open": finite verbs of a story; what is held or goes on has no such row.
_TELLS = re.compile(
    r"(?:[^:,]{1,30}: )?(?:and |then |finally |slowly |suddenly |(?:he|she|they) |(?:his|her|the) |eyes? |mouth |"
    r"head |jaw )*"
    r"(?:(?!is\b|has\b|was\b|this\b|his\b|eyes\b|lips\b|cheeks\b|brows\b|eyebrows\b|teeth\b|always\b|lots\b|less\b|"
    r"yes\b|across\b|towards\b|perhaps\b|keeps\b|stays\b|remains\b|looks (?:like|as)\b|seems\b|"
    r"feels\b)[a-z]{2,}[a-z]s\b"
    r"(?! (?:and|or|of)\b)|.+ (?:after|afterwards|at last)$)",
    re.I,
)
_ACT = re.compile(
    r"(?:(?:please|first|now|and|he|she|quickly|slowly|a|one|two|eyes|head) )*(?:look|turn|tilt|nod|shak|smil|frown|"
    r"rais|lower|lift|drop|"
    r"blink|wink|clos|open|star|glanc|lean|laugh|grin|sigh|squint|press|pout|roll|bit|puff|yawn|smirk|wrinkl|think|"
    r"com|go|up|down|"
    r"left|right|tongue|stick)(?:e?s|ing|e|k|es)?\b",
    re.I,
)
_MOODS = re.compile(rf"(?:(?:a|the|some|pure|sheer|then|i want) )*{MOOD}\b(?: \(.*\))?[.!]*$", re.I)
_IF_THEN = re.compile(r"(?<!as )\b(if [^.;,]{1,80}),? then\b", re.I)  # a condition, no sequence
_ASIDE = re.compile(r"\([a-z][^()]{1,60}\)", re.I)

_POLITE = re.compile(
    r"(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|ok|okay|cheers|thanks?(?: you)?|please|pls|lol|"
    r"haha|many thanks|"
    r"there|all|everyone|team|so much|very much|a lot|a bunch|in advance|is that understood|got it|"
    r"understood)[!,.? ]*)+",
    re.I,
)
_ALSO = re.compile(
    r"^(?:meanwhile|at the same time|simultaneously|also|all the while|while doing (?:so|that)|additionally|plus)\b|"
    r"[\s,](?:as well|too|at the same time|simultaneously|also|meanwhile|all the while)[.!]?$",
    re.I,
)


def sentences(text: str) -> list[str]:
    """Sentences and lines."""
    return _SOFT.split(text)


def steps_of(sentence: str) -> list[str]:
    """What happens one after the other in one sentence."""
    sentence = _IF_THEN.sub(r"\1,", _done_to_then(sentence))
    told = _HARD.split(sentence)
    parts = [
        part for hard in told for piece in (_acts_in_turn(hard) if len(told) > 1 else [hard]) for part in ordered(piece)
    ]
    steps = [step for part in parts for changed in _changed(part) for step in _stages(changed)]
    return (
        [_what(_STARTS.match(step)) or _what(_ENDS.match(step)) or step for step in steps] if len(steps) > 1 else steps
    )


def _done_to_then(text: str) -> str:
    """ "turn, tilt once you are there" as "turn; tilt"."""
    if not _DONE.search(text):
        return text
    pieces = _COMMA.split(text)
    told = pieces[0]
    for piece in pieces[1:]:
        told += ("; " if _DONE.search(piece) else ", ") + _DONE.sub(" ", piece)
    return _DONE.sub("; ", told)


def ordered(text: str) -> list[str]:
    """ "a before b" and "after a, b" as [a, b]; anything else as it is."""
    for pattern, order in _ORDERS:
        if match := pattern.match(text):
            # "fear, after she becomes quiet again": nobody was quiet again before.
            late = order == "ab" and match.start("b") < match.start("a") and returns(match["a"])
            return [match[name] for name in ("ba" if late else order)]
    return [text]


def _changed(text: str) -> list[str]:
    """ "go from sad to happy" as [sad, happy]."""
    match = _FROM_TO.match(text)
    return [match["who"] + match["a"], match["b"]] if match else [text]


def _stages(text: str) -> list[str]:
    """Comma parts that are stages of a story: "start sad, get angry, end up laughing", "turn, come back, tilt"."""
    pieces = _STAGE_EDGE.split(text)
    if len(pieces) < 2:
        return [text]
    if _to_and_fro(pieces) or _told_in_turn(pieces):
        return pieces
    starts = [_STARTS.match(piece) for piece in pieces]
    ends = [_ENDS.match(piece) for piece in pieces]
    if starts[0] and any(ends[i] or _BECOMES.match(piece) for i, piece in enumerate(pieces) if i):
        return [_what(start) or _what(end) or piece for start, end, piece in zip(starts, ends, pieces, strict=True)]
    if sum(bool(_ASIDE.search(piece)) for piece in pieces) > 1:
        return [_what(end) or piece for end, piece in zip(ends, pieces, strict=True)]
    stages = [pieces[0]]
    for i, piece in enumerate(pieces[1:], 1):
        if ends[i] or returns(piece) or returns(pieces[i - 1]) or _LATER.search(piece):
            stages.append(_what(ends[i]) or _LATER.sub("", piece))
        else:
            stages[-1] += ", " + piece
    return stages if len(stages) > 1 else [text]


def _acts_in_turn(text: str) -> list[str]:
    """ "lean back, eyes up (, then come closer)": where the last of a row comes then, the row is told in turn."""
    pieces = _COMMA.split(text)
    return pieces if len(pieces) > 1 and all(_ACT.match(piece) or _MOODS.match(piece) for piece in pieces) else [text]


def _told_in_turn(pieces: list[str]) -> bool:
    """Whether pieces tell a story verb by verb: "closes her eyes, makes a wish, blows out her cheeks"."""
    return len(pieces) > 2 and all(_TELLS.match(piece) for piece in pieces)


def _to_and_fro(pieces: list[str]) -> bool:
    """Whether pieces ask for opposites of one kind, "wink right, wink left", which can only come in turn."""
    sides: dict[str, set[str]] = {}
    for piece in pieces:
        if (match := _SIDED.match(piece)) and not re.search(r"\bnot\b|n['’]t\b|\bno\b", piece, re.I):
            sides.setdefault(match["verb"].lower().rstrip("s"), set()).add(match["side"].lower())
    return any(len(found) > 1 for found in sides.values())


def _what(match: re.Match[str] | None) -> str:
    return match["what"] if match else ""


def returns(text: str) -> bool:
    """Whether a text asks for a way back to rest."""
    return bool(_RETURNS.search(text.strip(" ,.;:!")))


def polite(text: str) -> bool:
    """Whether a text is a greeting or thanks and nothing else."""
    return bool(_POLITE.fullmatch(text))


def joins_in(text: str) -> bool:
    """Whether a text asks for something at the same time as what stands before it."""
    return bool(_ALSO.search(text))


def repeats(text: str) -> bool:
    """Whether a text asks for nothing but the same again."""
    return bool(_AGAIN.match(text))


_FILLER = re.compile(
    r"(?:(?:no|nope|actually|just|only|wait|ok|okay|sorry|hmm+|um+|please|and|but|so|whenever|really|exactly|"
    r"how about|yeah)"
    r"[\s,.!?…]*)+",
    re.I,
)


def clean(text: str) -> str:
    """Without the words of sequence and the punctuation around a step; "" for words that fill a gap."""
    text = re.sub(r" (?=[?!,]|\.(?!\d))", "", re.sub(r"\s+", " ", text)).strip(" ,:;.-–")
    text = _CLOSING.sub("", _OPENING.sub("", text))
    text = re.sub(r"^(?:and|but)\s+|\s+(?:and|but)$", "", text, flags=re.I).strip(" ,:;.")
    return "" if _FILLER.fullmatch(text) else text
