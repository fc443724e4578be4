"""Instructions in other languages as English ones: phrase by phrase from a lexicon, then put into English order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from avatar_app.inputs.instruction.languages import lexicon as lex
from avatar_app.inputs.instruction.languages.detect import LATIN, detect, english_clause, is_english
from avatar_app.inputs.instruction.languages.english import Token, arrange

LINKS = {",": ",", "、": ",", ";": ";", ".": ".", "。": ".", "!": ".", "?": ".", ":": ":", "\n": "\n", "…": "."}
_MARKS = re.compile(f"[{lex.MARKED}{lex.QUOTED}]")
_QUOTE_SIGNS = frozenset(map(chr, range(ord(lex.QUOTED[0]), ord(lex.QUOTED[2]) + 1)))
_QUOTE = re.compile(
    r"\"[^\"\n]{1,200}\"|“[^”]{1,200}”|„[^“”\"]{1,200}[“”\"]|«[^»]{1,200}»|「[^」]{1,200}」|『[^』]{1,200}』"
)


@dataclass(frozen=True)
class Translation:
    """text: the instruction in English. language: its English name, "Spanish". known: False where there is no lexicon.

    unknown: words of the original that the lexicon lacks.
    """

    text: str
    language: str
    known: bool
    unknown: tuple[str, ...] = ()


def to_english(text: str) -> Translation:
    """`text` in English. English text, and text in a language without a lexicon, comes back unchanged."""
    language = detect(text)
    code = next((code for code, name in lex.NAMES.items() if name == language), "")
    if not code:
        return Translation(text, language, language == "English")
    tokens, unknown = _tokens(unicodedata.normalize("NFC", text), code)
    return Translation(arrange(tokens, code), language, True, unknown)


def _tokens(text: str, code: str) -> tuple[list[Token], tuple[str, ...]]:
    """The text as tokens, and its words that mean nothing to the lexicon."""
    text = re.sub(_MARKS, " ", text)
    quotes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        quotes.append(f'"{match.group()[1:-1].strip()}"')
        return chr(ord(lex.QUOTED[0]) + len(quotes) - 1)

    def keep(part: str) -> str:
        quotes.append(part.strip())
        return f" {chr(ord(lex.QUOTED[0]) + len(quotes) - 1)} "

    text = re.sub(_QUOTE, hide, text)
    if code in LATIN:
        parts = re.split(r"([,.;!?\n])", text)
        text = "".join(keep(part) if english_clause(part, lex.NAMES[code]) else part for part in parts)
    if code == "zh":
        text = _simplified(text)
    for role, replacement, phrases in lex.sections(code):
        if role == "rewrite":
            text = re.sub(phrases[0], replacement, text)
    if code in ("it", "pt"):
        text = re.sub(r"\b[èéÈÉ]\b", " ", text)  # "is", which without its accent would be "and"
    read: list[Token] = []
    low, text = _read_patterns(lex.plain(text), text, code, quotes, read)
    scan = _scan_string if code in lex.UNSPACED else _scan_words
    tokens, unknown = scan(low, text, lex.load(code), read, quotes)
    return tokens, tuple(dict.fromkeys(word for word in unknown if not is_english(word)))


def _simplified(text: str) -> str:
    pairs = next((phrases[0] for role, _, phrases in lex.sections("zh") if role == "traditional"), "")
    return text.translate({ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)})


def _read_patterns(low: str, text: str, code: str, quotes: list[str], read: list[Token]) -> tuple[str, str]:
    """Both forms of the text with a private character for each time, count and cue, which are added to `read`."""
    while matches := [(m, p.entry) for p in lex.patterns(code) if (m := p.found.search(low)) and m.group().strip()]:
        match, entry = max(matches, key=lambda pair: len(pair[0].group()))
        english = entry.english
        for i, found in enumerate(match.groups(), 1):
            if found is None:
                continue
            value = text[match.start(i) : match.end(i)]
            if re.match(r"\d", found) or found in lex.load(code).numbers:
                english = english.replace("#", lex.load(code).numbers.get(found, value), 1)
            else:
                quoted = quotes[ord(value) - ord(lex.QUOTED[0])] if value in _QUOTE_SIGNS else value
                english = english.replace("*", "'" + quoted.strip('"') + "'", 1)
        read.append(Token(entry.role, re.sub(r"\b1 seconds", "1 second", english)))
        mark = f" {chr(ord(lex.MARKED[0]) + len(read) - 1)} "
        low = low[: match.start()] + mark + low[match.end() :]
        text = text[: match.start()] + mark + text[match.end() :]
    return low, text


def _single(sign: str, read: list[Token], quotes: list[str]) -> Token | None:
    """What a punctuation sign or private character stands for."""
    if "\ue000" <= sign <= "\ue7ff":
        return read[ord(sign) - 0xE000]
    if "\ue800" <= sign <= "\uefff":
        return Token("other", quotes[ord(sign) - 0xE800])
    return Token("link", LINKS[sign]) if sign in LINKS else None


def _scan_words(
    low: str, text: str, lexicon: lex.Lexicon, read: list[Token], quotes: list[str]
) -> tuple[list[Token], list[str]]:
    elided = r"\w+'(?=\w)|" if lexicon.code in lex.ELIDING else ""
    found = [m for m in re.finditer(rf"{elided}\w+(?:'\w+)?|\n|\S", low) if m.group() not in lexicon.articles]
    words = [lex.listed(m.group(), lexicon) for m in found]
    tokens, unknown, i = [], [], 0
    while i < len(words):
        for length in range(min(lexicon.longest, len(words) - i), 0, -1):
            if entry := lexicon.phrases.get(tuple(words[i : i + length])):
                tokens.append(Token(entry.role, entry.english))
                i += length
                break
        else:
            token = _single(words[i], read, quotes)
            original = text[found[i].start() : found[i].end()]
            if token is None and words[i] in lexicon.numbers:
                token = Token("other", lexicon.numbers[words[i]])
            elif token is None and original[0].isalpha():
                unknown.append(original)
            tokens.append(token or Token("other", original if original not in "-–—()*" else ""))
            i += 1
    return tokens, unknown


def _scan_string(
    low: str, text: str, lexicon: lex.Lexicon, read: list[Token], quotes: list[str]
) -> tuple[list[Token], list[str]]:
    tokens: list[Token] = []
    unknown: list[str] = []
    i, loose = 0, ""
    while i <= len(low):
        entry, length = None, 0
        for length in range(min(lexicon.longest, len(low) - i), 0, -1):
            if entry := lexicon.phrases.get((low[i : i + length],)):
                break
        sign = low[i : i + 1]
        single = _single(sign, read, quotes) if sign else None
        if loose and (entry or single or not sign or sign.isspace()):
            tokens.append(Token("other", loose))
            unknown += [loose] if any(c.isalpha() for c in loose) else []
            loose = ""
        if entry:
            tokens.append(Token(entry.role, entry.english))
        elif single:
            tokens.append(single)
        elif not sign.isspace():
            loose += text[i : i + 1]
        i += length if entry else 1
    return tokens, unknown
