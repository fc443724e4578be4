"""Changes of mind: "make him smile. hmm no. make him scowl", "two nods, actually three", "scrap the grin".

What is withdrawn is taken out of the text before anything else is read of it, so that nobody has to unlearn it. Times
are single private characters meanwhile (marks.py): what replaces a step and has no time of its own takes that step's.
"""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.marks import MARK, times_as_written
from avatar_app.inputs.instruction.retraction_words import (
    ADDS,
    BAN,
    COUNT,
    HUM,
    INSTEAD,
    LEAD,
    MARKER,
    NO_BAN,
    NOT_QUITE,
    NUMBERS,
    REPLACES,
    REVERSED,
    SCRAPS,
    SENTENCE,
    SIDE,
    SIDES,
    SIDES_WITH,
    SIDING,
    SO_SIDE,
    STEP,
    STOP,
    TAIL,
    THAT_ONE,
    WEAK,
    WHY,
    YES,
)


def settled(text: str) -> str:
    """The text without what it takes back itself, as far as it says so in so many words."""
    text = _clarified(text)
    if SIDING.search(text):
        text = SIDES_WITH.sub(lambda m: f" {m['x']}{m['end']}", text).strip()
    if not _may_retract(text):
        return text
    marked, said = times_as_written(text)
    for _ in range(4):  # people change their minds again
        changed = _once_settled(marked)
        if changed == marked:
            break
        marked = changed
    marked = re.sub(
        f"(.){INSTEAD}(.)", lambda m: _other_time(*(said[ord(mark) - 0xE000] for mark in m.groups())), marked
    )
    for k, words in enumerate(said):
        marked = marked.replace(chr(0xE000 + k), words)
    return re.sub(r" (?=[,.])", "", re.sub(r"[^\S\n]+", " ", marked)).strip() if marked.strip() else text


def _clarified(text: str) -> str:
    """Without repetitions ("Yes, left."), with sides as they are explained and orders as they are turned round."""
    text = YES.sub(lambda m: "" if re.search(rf"\b{m['x']}\b", text[: m.start()], re.I) else m[0], text)
    if (match := SO_SIDE.search(text)) and SIDES[match["side"].lower()] in text[: match.start()].lower():
        first = re.search(rf"\b(?:{SIDES[match['side'].lower()]})\b", text, re.I)
        assert first is not None
        return text[: first.start()] + match["side"] + text[match.end() :]
    if match := REVERSED.search(text):
        steps = re.split(r",? (?:and )?then |,? before ", re.sub(r"^first,? ", "", text[: match.start()], flags=re.I))
        return ", then ".join(reversed(steps)) if len(steps) == 2 else text
    return text


def _other_time(before: str, after: str) -> str:
    """ "at 3 seconds" with "5 seconds" is "at 5 seconds"."""
    number = re.fullmatch(r"(?P<n>\d+(?:[.,]\d+)?)(?: ?s(?:ec(?:ond)?s?)?)?", after.strip(" ,."), re.I)
    return re.sub(r"\d+(?:[.,]\d+)?", number["n"], before, count=1) if number and re.search(r"\d", before) else after


def _may_retract(text: str) -> bool:
    return bool(MARKER.search(text) or WEAK.search(text) or SCRAPS.search(text) or NOT_QUITE.search(text))


def _once_settled(text: str) -> str:
    text = THAT_ONE.sub("", text) if MARKER.search(text) else text
    if (match := NOT_QUITE.search(text)) and (kept := _without_named(text[: match.start()], match["x"])) is not None:
        return _joined(kept, text[match.end() :])
    for found in [*MARKER.finditer(text), *WEAK.finditer(text)]:
        before, after = text[: found.start()], _without_why(text[found.end() :])
        if not re.search(r"\w", before) or not re.search(rf"[^\W_]|{MARK}", after) or _cited(before):
            continue
        if found.re is WEAK and not _is_change(after, "wait" in found[0].lower()):
            continue
        asked = (found["stop"] or "").startswith("?")
        if asked and re.fullmatch(rf"{STOP}{{0,5}}no{STOP}{{0,5}}", found[0].lstrip("?"), re.I):
            continue  # a question with its answer
        if not (found["stop"] or found["comma"]) and re.search(r"\b(?:head|hed|shak\w+)\s*$", before, re.I):
            continue  # "shaking the head no no no"
        ended = bool(found["stop"]) and not re.match(r"\.{2}|…", found["stop"])
        return _replaced(before, _named_again(before, after), ended or "\n" in found[0])
    if (match := SCRAPS.search(text)) and (kept := _without_named(text[: match.start()], match["what"])) is not None:
        return _joined(kept, f"no {match['what']}{text[match.end() :]}")
    return text


def _cited(before: str) -> bool:
    """Whether what follows is somebody's thought: "smiles as if to say oh well, never mind"."""
    return bool(re.search(r"(?:\?!|\b(?:to say|says?|saying|goes|thinking|like)[\s,:\"“'‘]*)$", before, re.I))


def _named_again(before: str, after: str) -> str:
    """ "eyes closed, no, keep them open" with the eyes in the place of "them"."""
    named = re.search(r"\b(?:eyes|mouth|head|brows|eyebrows|lips|chin|jaw)\b", before, re.I)
    if not named:
        return after
    pointing = r"\b(keep|leave|hold|make|have|open|close|shut)s? (?:them|it|those)\b"
    return re.sub(pointing, rf"\1 the {named[0]}", after, count=1, flags=re.I)


def _is_change(after: str, waits: bool) -> bool:
    """Whether a hesitation brings something else; `waits`: "wait" may also be asked of the portrait."""
    first = re.split(r"[.!?;\n]", after, maxsplit=1)[0].strip()
    if ADDS.search(first) or re.match(r"(?:then|for|until|till|and|a (?:bit|moment|second|beat))\b", first, re.I):
        return False
    fragment = COUNT.match(first) or SIDE.match(first) or re.fullmatch(rf"\W*{MARK}\W*", first)
    return bool(REPLACES.search(first) or fragment) or (not waits and len(first.split()) <= 3)


def _without_why(after: str) -> str:
    """Without reasons in front of what is wanted instead."""
    while match := re.match(r"(?P<why>[^,.;!?–—]+?)\s*(?:[,.;!?…–—]+|-+\s|\bso\b)\s*(?P<rest>\S.*)$", after, re.S):
        if not WHY.match(match["why"]):
            break
        after = match["rest"]
    return TAIL.sub("", re.sub(rf"^(?:{HUM}\b{NO_BAN}{STOP}{{1,5}}){{1,4}}(?=\w)", "", after, flags=re.I))


def _replaced(before: str, after: str, of_sentence: bool) -> str:
    first = re.split(r"[.!?;\n,]", after, maxsplit=1)[0].strip()
    if scrapped := SCRAPS.match(after):
        after = f"no {scrapped['what']}. {_without_why(after[scrapped.end() :].lstrip(' ,.;'))}"
    if (ban := BAN.match(after)) and (kept := _without_named(before, re.split(r"[,.;!?]", ban["what"])[0])) is not None:
        return _joined(kept, after)
    plain = LEAD.sub("", after)
    rest = plain[len(LEAD.sub("", first)) :]
    if (fitted := _fitted(before, LEAD.sub("", first))) is not None:
        return fitted + (rest if re.match(r"\s*[.!?;,\n]", rest) else " " + rest)
    kept, withdrawn = _last_unit(before, of_sentence)
    time = "" if re.search(MARK, first) else " ".join(re.findall(MARK, withdrawn))
    return _joined(kept, f"{time} {plain}".strip())


def _fitted(before: str, part: str) -> str | None:
    """`before` with a number, side or time in it replaced by the one that is said instead; None where more is."""
    if re.fullmatch(rf"\W*{MARK}\W*", part) and (found := re.findall(MARK, before)):
        mark = re.findall(MARK, part)[0]
        return f"{found[-1]}{INSTEAD}{mark}".join(before.rsplit(found[-1], 1))
    if side := SIDE.match(part):
        other = list(re.finditer(rf"\b{SIDES[side['side'].lower()]}\b", before, re.I))
        return before[: other[-1].start()] + side["side"] + before[other[-1].end() :] if other else None
    if count := COUNT.match(part):
        found = list(re.finditer(rf"\b(?:{NUMBERS}|an?(?= \w+[.!]?\s*$))\b", before, re.I))
        if not found:  # "eyebrows up. no, just once"
            return (
                f"{before.rstrip(' .!?,')} {count['n']}" if re.match(r"(?:on|twi|thri)ce", count["n"], re.I) else None
            )
        return before[: found[-1].start()] + count["n"] + before[found[-1].end() :]
    return None


def _last_unit(before: str, of_sentence: bool) -> tuple[str, str]:
    """(What stays, what is withdrawn): the last sentence, or within a sentence its last step."""
    sentences = SENTENCE.split(before.strip())
    if of_sentence and not re.search(r"\b2[).:] ", sentences[-1]):
        return " ".join(sentences[:-1]), sentences[-1]
    steps = list(STEP.finditer(sentences[-1]))
    steps = [step for step in steps if re.search(r"\w", sentences[-1][: step.start()])]
    if not steps:
        return " ".join(sentences[:-1]), sentences[-1]
    kept = " ".join([*sentences[:-1], sentences[-1][: steps[-1].end()].rstrip()])
    return kept, sentences[-1][steps[-1].end() :]


def _without_named(before: str, what: str) -> str | None:
    """`before` without the parts that name one of the words of `what`; None where none does."""
    stems = {_stem(word) for word in re.findall(r"[a-z]{3,}", what.lower())} - {
        "the",
        "his",
        "her",
        "all",
        "any",
        "that",
    }
    pieces = re.split(r"(\s*[,;.!?\n]+\s*|\s+(?:and then|and|then|with|but)\s+)", before)
    named = [bool(stems & {_stem(word) for word in re.findall(r"[a-z]{3,}", piece.lower())}) for piece in pieces]
    if not any(named):
        return None
    return "".join(
        piece for i, piece in enumerate(pieces) if not named[i] and not (i % 2 and i and named[i - 1]) and piece
    ).strip(" ,;")


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word[: -len(ending)]
            break
    return word[:-1] if word[-1:] == word[-2:-1] else word


def _joined(kept: str, after: str) -> str:
    kept = re.sub(r"\s*(?:\b(?:and|but|or|with)|[,;–—-])\s*$", "", kept.strip(), flags=re.I)
    if not re.search(rf"\w|{MARK}", kept):
        return after
    return f"{kept} {after}" if re.search(r"(?:[.!?…]|\bthen)$", kept, re.I) else f"{kept}. {after}"
