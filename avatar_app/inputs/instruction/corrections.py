"""Oppositions: "don't look left, look right", "sad, not angry", "nod instead of smiling", "no, make that a frown"."""

from __future__ import annotations

import re

_NOT = re.compile(
    r"^(?:(?:no|wait|ok|okay|please|sorry|actually|hmm|so|well|and|but)[,.!]? )*(?:(?:he|she|they|it|you|i|we|"
    r"the \w+) )?"
    r"(?:do ?n['’]?o?t|does ?n['’]?o?t|did ?n['’]?o?t|not|never|no(?!,)|isn['’]?t|aren['’]?t|is not|are not|"
    r"should ?n['’]?t|"
    r"should not|mustn['’]?t|must not|stop|avoid|(?:he|she|it)['’]s not|(?:i|you|they)['’](?:m|re) not|"
    r"(?:i )?(?:do not|don['’]?t) (?:want|mean))\b(?! only\b| just\b(?= )|(?: ever)? (?:stop|help|quit)\b| too\b|"
    r" very\b| "
    r"(?:much|big|small)\b)",
    re.I,
)
_WANTED = (
    r"(?:but(?: rather)?|rather|instead|just|i mean(?:t)?|i said|make (?:it|that)|(?:he|she|it|that)['’]s|(?:he|she|"
    r"it) is|"
    r"they['’]re|i['’]m|they are|you['’]re|more like|only)"
)
_VERBS = (
    r"(?:look|turn|tilt|nod|shake|smile|frown|raise|lower|lift|drop|blink|wink|close|open|stare|glance|lean|keep|"
    r"hold|be|"
    r"show|act|move|stay|laugh|squint|press|pout|talk|speak|face|roll|bite|puff|stretch|wrinkle|whisper|shout)"
)
_TURN = re.compile(
    rf"\s*(?:[,;:.!]|\s[-–—]+\s|\s(?=but\b(?! (?:not|also|only)\b)))\s*(?:and |no, )?(?:(?={_WANTED}\b)|"
    rf"(?={_VERBS}\b))",
    re.I,
)
_LEAD = re.compile(r"^(?:but rather|but|rather|instead|i meant|i mean|i said|make (?:it|that)|more like)\b,?\s*", re.I)
_INSTEAD = re.compile(r"[\s,]*\b(?:instead|rather)$|^(?:instead|rather|i meant|i mean),?\s+", re.I)
_RETRACTS = re.compile(
    r"^(?:(?:oh|sorry|wait|hmm|actually|no|nope|er|um|hang on)[,.!]? ?)*(?:(?:actually|no|wait|"
    r"sorry)[,.!]? )?(?:make (?:it|that)|i meant?|"
    r"i meant to say|correction[,:]?)\s+(?P<b>\S.*)$",
    re.I | re.S,
)
_SCRAPPED = re.compile(
    r"^(?:(?:oh|sorry|wait|hmm+|actually|no|nope|er|um|hang on|ok)[,.!…]* ?)*"
    r"(?:scratch|scrap|forget|strike|ignore|cancel|drop|undo|delete|lose) (?:all )?(?:of )?(?:that|this|"
    r"it)(?: last (?:one|bit))?"
    r"\b[,.;:!]?\s*(?P<b>.*)$",
    re.I | re.S,
)
_SIDE = re.compile(
    r"^(?:(?:to )?(?:the|her|his|their|your|my|its) )?(?P<side>left|right|up|down)(?: (?:side|one|eye))?"
    r"(?:,? (?:the|her|his|their|your|my|its) (?:left|right))?$",
    re.I,
)
_OTHER = {"left": "right", "right": "left", "up": "down", "down": "up"}
_RETRACTED = re.compile(
    r"[,;.]?\s+(?:no|wait|sorry|actually|oops|er|hmm)[,.!]? (?:no[,.!]? |wait[,.!]? |actually,? |"
    r"sorry,? )*(?:make (?:it|that)|i mean(?:t)?|rather)\s+",
    re.I,
)
_OVER = re.compile(r",?\s+(?:rather than|instead of|in place of|as opposed to|not so much)\s+", re.I)
_OVER_FIRST = re.compile(r"^\s*(?:rather than|instead of)\s+(?P<b>[^,]+),\s*(?P<a>.+)$", re.I | re.S)
_NOT_LAST = re.compile(  # "relaxed, not sleepy"
    r"^(?P<a>(?!(?:no|not|never|don['’]?t|do not|neither|if|when)\b)[^,;:]+?)(?:,| but|, but|, and) (?P<b>not "
    r"(?!only\b|just\b|too\b|"
    r"very\b|so\b|really\b|even\b|that\b|overly\b|a\b|an\b|the\b|to\b|in\b|at\b|on\b|by\b|until\b|till\b|before\b|"
    r"for\b|more\b|"
    r"much\b|big\b|small\b|as\b)[a-z]+)$",
    re.I,
)
_NOT_SHORT = re.compile(  # "laughing not crying", "wink with the right eye never the left one"
    r"^(?P<a>(?:[a-z]+ ){0,5}?(?!(?:is|do|does|are|should|must|can|will|would|may|has|but|and|or|to|if|he|she|they|"
    r"that|who|"
    r"which|please|why|eyes|head|mouth) )[a-z]+) (?P<b>(?:not|never) (?:the (?:left|right)(?: one| eye| side)?|"
    r"(?!only|just|"
    r"too|very|so|even|that|the|an?\b|to|in|at|on|by|until|till|before|for|more|much|as|really|once)[a-z]{3,}))$",
    re.I,
)
_WITHOUT = re.compile(
    r"^(?P<a>[^,;]*\w{3}[^,;]*?) (?:without|with no|w/o) (?P<b>(?:any |the |a |his |her |your )?(?:(?!then|until|"
    r"till|when|while)[\w'’-]+ ?)+"
    r"(?:(?:,| or| nor| and)(?: any| the)? [\w'’ -]+)?)$",
    re.I,
)
_MINUS = re.compile(r",\s*(?:minus|sans|without)\s+|\s+minus\s+(?=the\b|any\b)", re.I)
_ARTICLE = re.compile(r"^(?:a|an|the|any)\s+", re.I)
_EARLIER = re.compile(
    r"^(?:the )?(?:last|previous|first|earlier|old) (?:version|one|take|time|try|attempt|video)\b[^,]{0,30}? "
    r"(?:had|made|showed|gave) (?:her|him|it|them|me|us)\s+",
    re.I,
)
_MAKE = re.compile(r"^(?:please )?(?:make|have|let|get) (?:her|him|them|it|me|the \w+)\s+", re.I)
_NONE_OF_IT = re.compile(
    r"^(?:please )?(?:none of (?:that|this|it)|no more of (?:that|this)|not like (?:that|this)|don['’]?t (?:do|"
    r"want) (?:that|this)|"
    r"never (?:do )?(?:that|this)(?: again)?|without (?:that|this))(?:,? please| again| this time| any ?more)*[.!]?$",
    re.I,
)


def oppose(text: str) -> tuple[str, str] | None:
    """(What is wanted, what is not) of a clause that sets one against the other; None where it does not."""
    if first := _OVER_FIRST.match(text):
        return first["a"].strip(), _forbid(first["b"])
    for pattern in (_OVER, _MINUS):
        parts = pattern.split(text, maxsplit=1)
        if len(parts) == 2 and all(part.strip() for part in parts):
            return parts[0].strip(), _forbid(parts[1])
    retracted = _RETRACTED.split(text, maxsplit=1)
    if len(retracted) == 2 and all(part.strip() for part in retracted):
        return retracted[1].strip(), _forbid(retracted[0])
    match = _NOT_LAST.match(text) or _NOT_SHORT.match(text)
    if match:
        return match["a"].strip(), _forbid(_with_side(match["a"], match["b"]))
    if (match := _WITHOUT.match(text)) and not _NOT.match(text):
        return match["a"].strip(), _forbid(match["b"])
    if not _NOT.match(text):
        return None
    turn = _TURN.search(text)
    if not turn or _is_list(text[: turn.start()], text[turn.end() :]):
        return None
    wanted = _INSTEAD.sub("", _LEAD.sub("", text[turn.end() :])).strip()
    return (wanted, text[: turn.start()].strip()) if wanted and not _NOT.match(wanted) else None


def corrects(before: str, text: str) -> tuple[str, str] | None:
    """As `oppose`, of two clauses of which the second corrects the first."""
    if match := _RETRACTS.match(text):
        if side := _SIDE.match(match["b"].strip(" .,!")):
            return _turned(before, side["side"].lower()), _forbid(before)
        return match["b"].strip(), before if _NOT.match(before) else _forbid(before)
    if _NOT.match(before) and _INSTEAD.search(text) and not _NOT.match(text):
        return _INSTEAD.sub("", text).strip(), before
    return None


def scraps(text: str) -> str | None:
    """What is wanted in the place of all that was said before, "" where nothing is; None where nothing is withdrawn."""
    match = _SCRAPPED.match(text)
    return match["b"].strip() if match else None


def _turned(text: str, side: str) -> str:
    """ "tilt to the right" for the left."""
    return re.sub(rf"\b{_OTHER[side]}\b", side, text, flags=re.I)


def refuses(before: str, text: str) -> str | None:
    """What is not wanted where the second text says so of the first ("... None of that, please."); else None."""
    if not _NONE_OF_IT.match(text):
        return None
    looked = r",? (?:and |so )(?:that )?(?:he|she|it|they) (?:looked|seemed|came across)(?: as)? "
    told = re.sub(looked, ", not ", before)
    return re.sub(r" and (?=\w+ing\b)", ", no ", _forbid(told))


def _with_side(wanted: str, avoided: str) -> str:
    """ "look left, not right": what is not wanted is the same on the other side."""
    side = _SIDE.match(re.sub(r"^(?:not|never) ", "", avoided.strip(), flags=re.I))
    return f"don't {_turned(wanted, side['side'].lower())}" if side else avoided


def _is_list(avoided: str, rest: str) -> bool:
    """ "don't smile, nod or blink" forbids all three."""
    if re.match(rf"{_WANTED}\b", rest, re.I):
        return False
    return bool(re.search(r"\b(?:or|nor)\b", rest, re.I)) or (
        "," in rest and " and " not in rest and "," not in avoided
    )


def _forbid(text: str) -> str:
    text = _MAKE.sub("", _EARLIER.sub("", text.strip(" ,.;")))
    if _NOT.match(text):
        return text
    if re.match(rf"{_VERBS}\b", text, re.I):
        return f"don't {text}"
    return f"no {_ARTICLE.sub('', text)}" if _ARTICLE.match(text) or re.match(r"\w+ing\b", text) else f"not {text}"
