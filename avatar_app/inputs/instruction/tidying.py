"""Mends how a text was typed or dictated before it is read: lost apostrophes, "full stop", slips in words of order.

understanding.py mends the words that ask for something by the letters; the small words that hold a text together are
too short for that, so that the commonest slips of those stand here.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NOT = "do does did is are was were would could should must has have had need"
_LOST = {f"{verb}nt": f"{verb}n't" for verb in _NOT.split()} | {
    "dosent": "doesn't", "dosnt": "doesn't", "dnt": "don't", "wont": "won't", "cant": "can't", "im": "i'm",
    "ive": "i've", "hes": "he's", "shes": "she's", "thats": "that's", "theres": "there's", "youre": "you're",
    "theyre": "they're", "youve": "you've", "weve": "we've", "whats": "what's", "whos": "who's",
}  # fmt: skip
_SLIPS = {
    "frist": "first", "frst": "first", "thn": "then", "dan": "then", "secnods": "seconds", "bfore": "before",
    "fisrt": "first", "firts": "first", "furst": "first", "thne": "then", "hten": "then",
    "tehn": "then", "adn": "and", "nad": "and", "ande": "and", "teh": "the", "hte": "the", "whit": "with",
    "wiht": "with", "wih": "with", "w/": "with", "w/o": "without", "witout": "without", "whitout": "without",
    "befor": "before", "beofre": "before", "bevore": "before", "b4": "before", "aftr": "after", "afetr": "after",
    "afther": "after", "untill": "until", "becuase": "because", "becouse": "because", "becaus": "because",
    "secound": "second", "secnd": "second", "sceond": "second", "secounds": "seconds", "secnds": "seconds",
    "secods": "seconds", "agian": "again", "agen": "again", "evry": "every", "thru": "through", "dont't": "don't",
    "finaly": "finally", "laffing": "laughing", "laffs": "laughs", "starst": "starts", "wen": "when", "wenn": "when",
    "wich": "which", "shoud": "should", "woud": "would", "coud": "could", "littel": "little", "litle": "little",
    "alot": "a lot", "nite": "night", "rite": "right", "moove": "move", "loock": "look", "luk": "look",
    "beggining": "beginning", "begining": "beginning", "midle": "middle", "plese": "please", "pleas": "please",
}  # fmt: skip
_MARKS = (("full stop", "."), ("question mark", "?"), ("exclamation (?:mark|point)", "!"), ("new line", "."))
_HOMOPHONES = (
    (r"\bwrite (?=eye|brow|eyebrow|side|cheek|hand)", "right "),
    (r"\brays (?=h|the |your )", "raise "),
    (r"\bblink(?P<s>s|ing)? (?=(?:with )?(?:one|an|(?:his|her|the|your) (?:left|right)) eye\b)", r"wink\g<s> "),
    (
        r",? (?:and )?after(?: it| this| that)?,? (?=(?:he|she|they|it) (?:is|be|become|make|do|must|will|"
        r"should)\b)",
        ", then ",
    ),
    (
        r"(?<=\w),? (?:i don['’]t know|idk|i dunno|how (?:do|shall|should) i (?:say|put) (?:it|this)|so to speak|as it "
        r"were)(?=,)",
        "",
    ),
)
_N = re.compile(r"(?<=[a-z]{3}) n['’]?(?= [a-z]{3})", re.I)  # "nods n smiles"
_WITH = re.compile(r"\bw (?=[a-z]{3})", re.I)  # "done w everyone"
_CHAT = re.compile(r"(?<=\w) (?:rn|fr fr|fr|ngl|tbh|imo|asap|af)\b(?=\s*(?:$|[,.!?]))", re.I)


@lru_cache(maxsize=1)
def _slips() -> re.Pattern[str]:
    words = sorted((*_LOST, *_SLIPS), key=len, reverse=True)
    return re.compile(rf"(?<![\w'’/])(?:{'|'.join(map(re.escape, words))})(?![\w'’])", re.I)


def tidy(text: str) -> str:
    """The text with its slips of typing and dictation mended; capitals are kept only where nothing is mended."""
    text = re.sub(r"(?<=\w)\(e?s\)", "s", _dictated(text))  # "book(s)"
    for pattern, plain in _HOMOPHONES:
        text = re.sub(pattern, plain, text, flags=re.I)
    text = _slips().sub(lambda m: (_LOST | _SLIPS)[m[0].lower()], text)
    return _CHAT.sub("", _WITH.sub("with ", _N.sub(" and", text))).strip()


def _dictated(text: str) -> str:
    """Punctuation marks that are written out; commas only beside another one of them, as "comma" is a word, too."""
    marks = [(word, mark) for word, mark in _MARKS if re.search(rf"\b{word}\b", text, re.I)]
    if not marks:
        return text
    for word, mark in [*marks, ("comma", ",")]:
        text = re.sub(rf"\s*[.,]?\s*\b{word}\b[.,]?", mark, text, flags=re.I)
    return text
