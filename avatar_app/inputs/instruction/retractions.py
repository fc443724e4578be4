"""Changes of mind: "make him smile. hmm no. make him scowl", "two nods, actually three", "scrap the grin".

What is withdrawn is taken out of the text before anything else is read of it, so that nobody has to unlearn it. Times
are single private characters meanwhile (marks.py): what replaces a step and has no time of its own takes that step's.
"""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.marks import MARK, times_as_written

_HUM = (
    r"(?:oh|ah|ooh|uh|um+|er+|erm|hm+|well|ok|okay|but|and|so|oops|whoops|ugh|yeah|right|gosh|god|nah|nope|no|wait|"
    r"sorry|"
    r"actually|hang on|hold on|argh|my bad|my mistake|apologies|honestly|haha|lol)"
)
_STOP = r"[\s,.!…:;–—-]"
# Words that withdraw by themselves what stands before them.
_PLAIN = (
    r"(?:scratch|scrap|forget|strike|ignore|cancel|undo|delete|disregard) (?:all )?(?:of )?(?:that|this|it|what i "
    r"(?:just )?"
    r"(?:said|wrote|typed))(?: (?:last )?(?:one|bit|part))?|(?:i )?take (?:that|it) back|never ?mind(?: that| this| "
    r"it)?|"
    r"(?:i|we)(?:['’]ve| have)? (?:just )?changed (?:my|our) mind|changed my mind|change of (?:plan|mind|heart)s?|"
    r"on (?:second|further|reflection|2nd)(?: thoughts?)?|(?:now (?:that )?i|come to|thinking|when i) think (?:of|"
    r"about) it|"
    r"thinking (?:about|of) it|correction|let me (?:rephrase|correct (?:that|myself)|start (?:over|again))|"
    r"(?:that|this)(?:['’]s| is| was) (?:all )?wrong|i(?:['’]ve)? (?:misspoke|got (?:that|it) wrong)"
)
# Two hesitations together ("hmm no", "wait, actually", "oh hang on"), or "no" that stands alone between stops.
_NO_BAN = r"(?!(?<=\bno) \w)"  # "no nodding" forbids
_DOUBLE = (
    rf"(?:{_HUM}{_STOP}*)*(?:\b(?:no+|nope|nah|wait|hang on|hold on|oops|whoops|sorry)\b{_STOP}*"
    rf"(?:{_HUM}{_NO_BAN}{_STOP}+)+|(?:{_HUM}{_STOP}*)+\b(?:no+|nope|nah|wait|hang on|hold on)\b{_NO_BAN})"
)
_MARKER = re.compile(
    rf"(?:^|(?P<stop>[.!?…]+)\s*|(?P<comma>\s*[,;:(]|\s+[–—-]+|\n)\s*|\s(?={_HUM}\b)){_STOP}*(?:"
    rf"(?:{_HUM}{_STOP}*)*\b(?:{_PLAIN})\b(?:{_STOP}+{_HUM}\b{_NO_BAN})*|{_DOUBLE}|"
    rf"(?:{_HUM}{_STOP}*)*\b(?:i meant?|or rather)\b(?! (?:it|that|business)\b)|"
    rf"(?<=[,.!…–—-] )(?:no|nope|nah)(?=[,.!…] )){_STOP}*",
    re.I,
)
_WEAK = re.compile(
    rf"(?:(?P<stop>[.!?…]+)\s*|(?P<comma>\s*[,;:(]|\s+[–—-]+)\s*)(?:{_HUM}{_STOP}*)*\b(?:actually|sorry|oops|whoops|"
    rf"better|er+|hmm+)\b{_STOP}*(?=\S)",
    re.I,
)
_ADDS = re.compile(r"\b(?:also|too|as well|add|plus|both|keep|another|even)\b", re.I)
_REPLACES = re.compile(
    r"\b(?:make (?:it|that)|let['’]?s|instead|rather|go (?:with|for)|should be|prefer|better|just|not?|don['’]?t|"
    r"never)\b",
    re.I,
)
_BAN = re.compile(
    r"(?:please )?(?:no|not|don['’]?t|do not|never|without|stop|skip|scrap|forget(?: about)?|lose|drop|cut|ditch|"
    r"kill|remove)"
    r"(?: any| the| that| this| her| his| all| of)*\s+(?P<what>[a-z][\w' -]*)",
    re.I,
)
_SCRAPS = re.compile(
    r"(?:please )?(?:scrap|forget(?: about)?|lose|drop|ditch|kill|remove|skip|cut)(?: out)? (?:the|that|those|all "
    r"the) (?!act\b|"
    r"head\b|jaw\b|eyes?\b|chin\b|gaze\b)(?P<what>[a-z][\w' -]*)",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:please|just|maybe|perhaps|then|so|ok|okay|and|but|right|i think|i guess|i mean(?:t)?|rather|"
    r"instead)[\s,.]+|"
    r"(?:let['’]?s|i['’]d|i would|we['’]d|we|i)(?: all)?(?: now)? (?:rather |just |much )?(?:go (?:with|for)|"
    r"have(?: him| her|"
    r" them)?(?: be)?|do|make (?:it|that)|keep (?:it|that|him|her)|say|try|want|prefer|like|need|settle (?:on|for)|"
    r"stick with)\s+|"
    r"(?:make|call) (?:it|that)\s+|(?:how|what) about\s+|better(?: to)?(?: make (?:it|that))?\s+)+",
    re.I,
)
_TAIL = re.compile(
    r"[\s,]*\b(?:instead|rather|it is(?: then)?|(?:would|might|['’]d|is|seems)(?: be| look| work| feel)? (?:a bit |"
    r"much |way |far |"
    r"so much )?(?:funnier|better|nicer|best|cooler|good|more \w+))\s*(?=$|[.!])",
    re.I,
)
# "that's where the logo goes", "they'd look dead": why it is withdrawn.
_WHY = re.compile(
    r"^(?:(?:that|this|it|they|those|which|we|i)(?:['’](?:s|d|ll|re)| is| was| would| will| looks?| might| makes?| "
    r"sounds?| feels?)|"
    r"(?:he|she|you)(?:['’]d| would| might|['’]s (?:at|from|supposed|meant|my|our|his|her)\b|['’]s (?:at|in) (?:an?|"
    r"the)\b| is (?:at|from|supposed|meant))|"
    r"(?:too|way too|a bit too) \w+|i (?:don['’]?t|do not) (?:like|think|want) (?:that|it|this)|not (?:that|this|"
    r"so))\b[^,.;!?]*$",
    re.I,
)
_NUMBERS = "once|twice|thrice|one|two|three|four|five|six|seven|eight|nine|ten|\\d{1,3}"
_COUNT = re.compile(rf"^(?:(?:only|just|about) )?(?P<n>{_NUMBERS})(?: times| of (?:them|those)| \w+s)?[.!]*$", re.I)
_SIDE = re.compile(
    r"^(?:(?:to|with|on) )?(?:(?:the|her|his|their|your|my|its|it['’]s|that['’]s)[ ,]*)?(?:other )?(?P<side>left|"
    r"right|up|down)"
    r"(?: (?:side|one|eye|brow))?[.!]*$",
    re.I,
)
_SIDES = {"left": "right", "right": "left", "up": "down", "down": "up"}
# "Angry. Well, not angry angry, more like disappointed."
_NOT_QUITE = re.compile(
    rf"[\s,.;…–—-]+(?:{_HUM}{_STOP}+)*(?:(?:he|she|it)(?:['’]s| is) )?not (?:really |exactly |actually |quite |so |"
    r"full[ -]on )?(?P<x>\w+)(?: (?P=x)| exactly| as such)?[\s,;.…–—-]+(?:(?:but|just|rather) )*(?:more(?: of an?\b|"
    r" like)?|"
    r"rather|closer to|just)\s+",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?…\n])\s+(?=\S)")
_STEP = re.compile(
    r"(?=\b[2-9][).:] )|(?:,\s*(?:and )?|;\s*|\s+and )?\bthen\b\s*|;\s*|,\s*(?:and |but )(?:finally )?", re.I
)


def settled(text: str) -> str:
    """The text without what it takes back itself, as far as it says so in so many words."""
    if not _may_retract(text):
        return text
    marked, said = times_as_written(text)
    for _ in range(4):  # people change their minds again
        changed = _once_settled(marked)
        if changed == marked:
            break
        marked = changed
    for k, words in enumerate(said):
        marked = marked.replace(chr(0xE000 + k), words)
    return re.sub(r" (?=[,.])", "", re.sub(r"[^\S\n]+", " ", marked)).strip() if marked.strip() else text


def _may_retract(text: str) -> bool:
    return bool(_MARKER.search(text) or _WEAK.search(text) or _SCRAPS.search(text) or _NOT_QUITE.search(text))


def _once_settled(text: str) -> str:
    if (match := _NOT_QUITE.search(text)) and (kept := _without_named(text[: match.start()], match["x"])) is not None:
        return _joined(kept, text[match.end() :])
    for found in [*_MARKER.finditer(text), *_WEAK.finditer(text)]:
        before, after = text[: found.start()], _without_why(text[found.end() :])
        if not re.search(r"\w", before) or not re.search(rf"[^\W_]|{MARK}", after) or before.rstrip().endswith("?!"):
            continue
        if found.re is _WEAK and not _is_change(after):
            continue
        asked = (found["stop"] or "").startswith("?")
        if asked and re.fullmatch(rf"{_STOP}*no{_STOP}*", found[0].lstrip("?"), re.I):
            continue  # a question with its answer
        ended = bool(found["stop"]) and not re.match(r"\.{2}|…", found["stop"])
        return _replaced(before, _named_again(before, after), ended or "\n" in found[0])
    if (match := _SCRAPS.search(text)) and (kept := _without_named(text[: match.start()], match["what"])) is not None:
        return _joined(kept, f"no {match['what']}{text[match.end() :]}")
    return text


def _named_again(before: str, after: str) -> str:
    """ "eyes closed, no, keep them open" with the eyes in the place of "them"."""
    named = re.search(r"\b(?:eyes|mouth|head|brows|eyebrows|lips|chin|jaw)\b", before, re.I)
    if not named:
        return after
    pointing = r"\b(keep|leave|hold|make|have|open|close|shut)s? (?:them|it|those)\b"
    return re.sub(pointing, rf"\1 the {named[0]}", after, count=1, flags=re.I)


def _is_change(after: str) -> bool:
    first = re.split(r"[.!?;\n]", after, maxsplit=1)[0]
    return not _ADDS.search(first) and bool(_REPLACES.search(first) or len(first.split()) <= 3)


def _without_why(after: str) -> str:
    """Without reasons in front of what is wanted instead."""
    while match := re.match(r"(?P<why>[^,.;!?–—]+?)\s*(?:[,.;!?…–—]+|-+\s|\bso\b)\s*(?P<rest>\S.*)$", after, re.S):
        if not _WHY.match(match["why"]):
            break
        after = match["rest"]
    return _TAIL.sub("", re.sub(rf"^(?:{_HUM}\b{_NO_BAN}{_STOP}+)+(?=\w)", "", after, flags=re.I))


def _replaced(before: str, after: str, of_sentence: bool) -> str:
    first = re.split(r"[.!?;\n,]", after, maxsplit=1)[0].strip()
    if scrapped := _SCRAPS.match(after):
        after = f"no {scrapped['what']}. {_without_why(after[scrapped.end() :].lstrip(' ,.;'))}"
    if (ban := _BAN.match(after)) and (
        kept := _without_named(before, re.split(r"[,.;!?]", ban["what"])[0])
    ) is not None:
        return _joined(kept, after)
    plain = _LEAD.sub("", after)
    rest = plain[len(_LEAD.sub("", first)) :]
    if (fitted := _fitted(before, _LEAD.sub("", first))) is not None:
        return fitted + (rest if re.match(r"\s*[.!?;,\n]", rest) else " " + rest)
    kept, withdrawn = _last_unit(before, of_sentence)
    time = "" if re.search(MARK, first) else " ".join(re.findall(MARK, withdrawn))
    return _joined(kept, f"{time} {plain}".strip())


def _fitted(before: str, part: str) -> str | None:
    """`before` with a number, side or time in it replaced by the one that is said instead; None where more is."""
    if re.fullmatch(rf"\W*{MARK}\W*", part) and (found := re.findall(MARK, before)):
        mark = re.findall(MARK, part)[0]
        return mark.join(before.rsplit(found[-1], 1))
    if side := _SIDE.match(part):
        other = list(re.finditer(rf"\b{_SIDES[side['side'].lower()]}\b", before, re.I))
        return before[: other[-1].start()] + side["side"] + before[other[-1].end() :] if other else None
    if count := _COUNT.match(part):
        found = list(re.finditer(rf"\b(?:{_NUMBERS}|an?(?= \w+[.!]?\s*$))\b", before, re.I))
        return before[: found[-1].start()] + count["n"] + before[found[-1].end() :] if found else None
    return None


def _last_unit(before: str, of_sentence: bool) -> tuple[str, str]:
    """(What stays, what is withdrawn): the last sentence, or within a sentence its last step."""
    sentences = _SENTENCE.split(before.strip())
    if of_sentence and not re.search(r"\b2[).:] ", sentences[-1]):
        return " ".join(sentences[:-1]), sentences[-1]
    steps = list(_STEP.finditer(sentences[-1]))
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
