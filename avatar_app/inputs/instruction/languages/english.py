"""Puts translated words into English order: cue, time, negation, verb, thing, direction, feeling, degree, count."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADS = ("act", "do")
RANK = {
    "cue": 0, "time": 1, "without": 3, "not": 3, "act": 4, "do": 4, "thing": 5, "way": 6, "feel": 7, "how": 8,
    "more": 8, "percent": 8, "count": 9,
}  # fmt: skip
_UP = r"(?:pull|move|push|lift|raise|keep|draw)"
# What a verb means depends on its object: the same for all languages.
_SHAPES: tuple[tuple[str, str], ...] = (
    (rf"\b(?:{_UP}|open) the ((?:\w+ )?eyebrows?) up\b", r"raise the \1"),
    (r"\braise the ((?:\w+ )?eyebrows?)(?: up)?\b", r"raise the \1"),
    (r"\b(?:pull|move|push|lower|draw|press) the eyebrows(?: together| down)?\b", "lower the eyebrows"),
    (rf"\b{_UP} the mouth corners(?: up)?\b(?! down)", "smile"),
    (r"\b(?:pull|move|push|lower) the mouth corners(?: down)?\b", "pull the mouth corners down"),
    (rf"\b{_UP} the (?:head|chin)(?: up)?$", "lift the head"),
    (rf"\b{_UP} the (?:head|chin) up\b", "lift the head"),
    (r"\braise the (?:head|chin)\b(?! to)", "lift the head"),
    (r"\b(?:lower|move|turn|tilt|keep|pull) the (?:head|chin) (?:down|forward)\b", "lower the head"),
    (r"\blower the (?:head|chin)\b", "lower the head"),
    (r"\b(?:turn|tilt|move|lift) the head up\b", "lift the head"),
    (r"\b(?:turn|move|keep) the head (to the (?:left|right))", r"turn the head \1"),
    (r"\bturn the chin\b", "turn the head"),
    (r"\b(?:turn|move|push|roll|look|keep) the eyes ((?:to the )?(?:left|right|up|down)|away)\b", r"look \1"),
    (r"\b(?:raise|lift) the eyes(?: up)?\b", "look up"),
    (r"\blower the eyes(?: down)?\b", "look down"),
    (r"\bthe eyes ((?:to the )?(?:left|right|up|down))\b", r"look \1"),
    (r"(?<!turn )(?<!tilt )(?<!lean )(?<!move )\bthe head (to the (?:left|right))\b", r"turn the head \1"),
    (r"^the head (?:down|forward)\b", "lower the head"),
    (r"^the head up\b", "lift the head"),
    (r"\bturn (to the (?:left|right))", r"turn the head \1"),
    (r"\btilt (to the (?:left|right))", r"tilt the head \1"),
    (r"\b(?:push|move|open|pull) the lips forward\b", "pucker the lips"),
    (r"\bopen the lips\b", "part the lips"),
    (r"\bclose the lips\b", "press the lips together"),
    (r"\b(?:push|pull|move|open|keep) the tongue(?: forward)?\b", "stick the tongue out"),
    (r"\b(?:push|move|pull) the (?:jaw|chin) forward\b", "push the jaw forward"),
    (r"\b(?:push|move|pull|turn) the (?:jaw|chin) (to the (?:left|right))", r"move the jaw \1"),
    (r"\b(?:push|pull|move) the chin up\b", "push the chin up"),
    (rf"\b{_UP} the cheeks(?: up)?\b", "raise the cheeks"),
    (rf"\b{_UP} the upper lip(?: up)?\b", "raise the upper lip"),
    (r"\b(?:lower|pull|move|push) the lower lip(?: down)?\b", "lower the lower lip"),
    (r"\bopen the eyes widely\b", "widen the eyes"),
    (r"\b(?:wink|close) (?:with )?the (left|right) eye\b", r"wink with the \1 eye"),
    (r"\bwink to the (left|right)\b", r"wink with the \1 eye"),
    (r"\bsmirk to the (left|right)\b", r"smirk on the \1"),
    (r"\bnod (?:with )?the head(?: (?:up|down))*", "nod"),
    (r"\bnod (?:up|down)\b", "nod"),
    (r"\b(smile|laugh|smirk) (?:with )?the (?:mouth|lips)\b", r"\1"),
    (r"\bblink (?:with )?the eyes\b", "blink"),
    (r"\bshake the head the head\b", "shake the head"),
    (r"\blean (forward|back) (?:forward|back)\b", r"lean \1"),
    (r"\bkeep the head still (?:the head|still)\b", "keep the head still"),
    (r"\bkeep the eyes\b$", "keep the eyes open"),
    (r"\b(?:do not|not|without) move(?:ing)? the head\b", "keep the head still"),
    (r"\bwithout moving the head\b", "keep the head still"),
)


@dataclass(frozen=True)
class Token:
    """role: a section of the lexicon, "link", "skip" or "other" (kept as it is)."""

    role: str
    english: str


def arrange(tokens: list[Token], code: str) -> str:
    """The tokens as an English text. code: of the language, which says where its verbs stand."""
    clauses = [part for clause in _clauses(tokens) for part in _one_verb_each(clause, code)]
    clauses = _share_verbs(clauses)
    text = ""
    for clause in clauses:
        link = clause[0].english if clause and clause[0].role == "link" else ""
        body = _render([token for token in clause if token.role != "link"])
        text += link if not link[:1].isalpha() else f" {link}"
        text += f" {body}" if body else ""
    return _tidy(text)


def _tidy(text: str) -> str:
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r"\s*([,.;:])(?:\s*[,.;:])*", r"\1", text)
    text = re.sub(r"([,;:]) (then|and|but|first|finally|while|or)\b,?", r"\1 \2", text)
    text = re.sub(r"\b(and|but|then|first)(?: and| but| then)* (then|first|finally)\b", r"\2", text)
    text = re.sub(r"\b(and|but|or|then) (?:and|or)\b", r"\1", text)
    text = re.sub(r"[ ,;:]*\b(?:and|but|then|while|or|first)?[ ,;:]*$", "", text)
    return re.sub(r"^[ ,;:.]*(?:(?:and|but|then|or)\b[ ,]*)?", "", text).strip()


def _clauses(tokens: list[Token]) -> list[list[Token]]:
    """Each link opens a clause."""
    clauses: list[list[Token]] = [[]]
    for token in tokens:
        if token.role in ("skip", "article") or not token.english:
            continue
        if token.role == "link":
            clauses.append([])
        clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _one_verb_each(clause: list[Token], code: str) -> list[list[Token]]:
    """Cuts a clause with several verbs: before each, or after each where verbs stand last."""
    verb_last = code == "ja"
    parts: list[list[Token]] = [[]]
    verbs: list[str] = []
    for i, token in enumerate(clause):
        if token.role in HEADS and token.english in verbs:
            continue  # a verb in two parts: "sieh ... aus"
        opens = token.role in HEADS and verbs and not (token.role == "act" and verbs == ["be"])
        if verb_last:
            opens = (
                bool(verbs)
                and token.role in (*HEADS, "thing", "way", "feel", "how", "more")
                and bool(_rest(clause[i:]))
            )
        if token.role == "without" and not verb_last and any(t.role != "link" for t in parts[-1]):
            opens = True
        if opens:
            moved = _moves_along(parts[-1], code)
            parts[-1] = parts[-1][: len(parts[-1]) - len(moved)]
            parts.append([Token("link", "") if token.role == "without" else Token("link", "and"), *moved])
            verbs = []
        if token.role in HEADS:
            verbs.append(token.english)
        parts[-1].append(token)
    return [_negated_once(part) for part in parts if part]


def _negated_once(part: list[Token]) -> list[Token]:
    """ "ne ... pas" is one "not"."""
    first = next((i for i, token in enumerate(part) if token.role == "not"), len(part))
    return [token for i, token in enumerate(part) if token.role != "not" or i == first]


def _rest(tokens: list[Token]) -> bool:
    return any(token.role in (*HEADS, "feel") for token in tokens)


def _moves_along(part: list[Token], code: str) -> list[Token]:
    """The words just before a new verb that belong to it: "not", in Chinese also "slightly" or a time."""
    roles = {"ja": (), "zh": ("not", "without", "more", "how", "time", "cue", "percent")}.get(code, ("not",))
    count = 0
    while count < len(part) and part[-1 - count].role in roles:
        count += 1
    return part[len(part) - count :] if count and count < len(part) else []


def _share_verbs(clauses: list[list[Token]]) -> list[list[Token]]:
    """ "open the eyes and the mouth" where the verb stands last: the first clause gets the verb of the second."""
    shared = [list(clause) for clause in clauses]
    for i in range(len(shared) - 2, -1, -1):
        mine, after = shared[i], shared[i + 1]
        if any(t.role in (*HEADS, "feel", "other", "not") for t in mine) or not any(
            t.role in ("thing", "way") for t in mine
        ):
            continue
        verb = next((k for k, t in enumerate(after) if t.role in HEADS), 0)
        bare = after[verb].role == "do" and any(t.role in ("thing", "way") for t in after[1:verb])
        if bare and after[0].english in ("and", ",", "or"):
            things = [t for t in mine if t.role == "thing"]
            if not any(t.role == "thing" for t in after) and things:
                after += things
            mine.append(after[verb])
    return shared


def _render(tokens: list[Token]) -> str:
    """One clause with at most one verb."""
    ranked: list[tuple[int, Token]] = []
    verb = any(token.role in HEADS for token in tokens)
    if not verb and any(token.role == "feel" for token in tokens):  # "a look full of tenderness"
        tokens = [token for token in tokens if token.english != "the eyes"]
    for i, token in enumerate(tokens):
        rank = RANK.get(token.role, ranked[-1][0] if ranked else 2)
        following = tokens[i + 1].role if i + 1 < len(tokens) else ""
        before_feeling = following == "feel" or not verb
        if token.role in ("more", "percent"):
            choice = token.english.split(" | ")
            token = Token(token.role, choice[0] if before_feeling else choice[-1])
            rank = RANK["feel"] if before_feeling else rank
        elif token.role == "not" and following in ("feel", "more") and any(t.role == "act" for t in tokens[:i]):
            rank = RANK["feel"]
        ranked.append((rank, token))
    ordered = [token for _, token in sorted(ranked, key=lambda pair: pair[0])]
    words: list[str] = []
    for i, token in enumerate(ordered):
        before = ordered[i - 1] if i else None
        english = token.english
        if token.role == "not":
            english = "do not" if i + 1 < len(ordered) and ordered[i + 1].role in HEADS else "not"
        if token.role in HEADS and before and before.role == "without":
            english = gerund(english)
        if token.role == "feel" and before and before.role == "feel":
            english = f"and {english}"
        if token.role == "feel" and before and before.role == "do" and before.english not in ("look", "be", "speak"):
            english = f"and {english}"
        if token.role in ("time", "cue") and i + 1 < len(ordered) and ordered[i + 1].role not in ("time", "cue"):
            english = f"{english}, " if token.role == "cue" else english
        words.append(english)
    text = re.sub(r"\bnot not\b", "not", " ".join(words))
    for shape, english in _SHAPES:
        text = re.sub(shape, english, text)
    return re.sub(r"\bdo not do not\b", "do not", text)


def gerund(phrase: str) -> str:
    """ "smile a little" -> "smiling a little"."""
    verb, _, rest = phrase.partition(" ")
    if verb.endswith("e") and not verb.endswith("ee"):
        verb = verb[:-1]
    elif re.search(r"[^aeiou][aeiou][bdgmnpt]$", verb) and len(verb) <= 4 and verb not in ("open",):
        verb += verb[-1]
    return f"{verb}ing {rest}".strip()
