"""Finds all times, shares, rates and cues in a text and leaves one private character in the place of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from avatar_app.inputs.instruction.cues import CUE_RULES
from avatar_app.inputs.instruction.plain_times import plain_times
from avatar_app.inputs.instruction.shares import SHARE_RULES
from avatar_app.inputs.instruction.structure import Groups, When
from avatar_app.inputs.instruction.time_words import NUMBER, TIME_RULES, UNIT

_FIRST_MARK = 0xE000  # the private character that stands for the first time expression
MARK = "[\ue000-\uf8ff]"
_MOST = 0xF8FF - _FIRST_MARK
_ARROW = re.compile(r"\s*(\d[\d:.,]{0,20})\s*--?>\s*(\d[\d:.,]{0,20})")
_ITEM = rf"{NUMBER}(?: ?{UNIT})?"
_LIST = rf"\b(at|around|near) ({_ITEM}(?:, {_ITEM}){{0,8}}),? and ({NUMBER}) ?({UNIT})"


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str], Callable[[Groups], When]]]:
    rules = (*SHARE_RULES, *TIME_RULES, *CUE_RULES)
    return [(re.compile(rf"(?<![\w.]){rule}", re.I), read) for rule, read in rules]


def mark_times(text: str) -> tuple[str, list[When]]:
    """The text with a mark for each time expression, and what the marks mean in order."""
    marked, times, _ = _marked(text)
    return marked, times


def times_as_written(text: str) -> tuple[str, list[str]]:
    """As `mark_times`, with the words that the marks stand for."""
    marked, _, said = _marked(text)
    return marked, said


def _marked(text: str) -> tuple[str, list[When], list[str]]:
    text = re.sub(r"[^\S\n]+", " ", re.sub(MARK, " ", text))  # long blanks would make the patterns slow
    text = _listed(plain_times(subtitles(re.sub(r" ?\n\s*", "\n", text))))
    times: list[When] = []
    said: list[str] = []
    marked, done, rules = "", 0, _rules()
    upcoming = [rule.search(text) for rule, _ in rules]
    while any(upcoming) and len(times) < _MOST:
        _, index = min((match.start(), i) for i, match in enumerate(upcoming) if match)
        found = upcoming[index]
        assert found is not None
        groups = {name: (value or "").lower() for name, value in found.groupdict().items()}
        times.append(rules[index][1]({**groups, "all": found.group()}))
        said.append(found.group().strip())
        marked += f"{text[done : found.start()]} {chr(_FIRST_MARK + len(times) - 1)} "
        done = found.end()
        for i, match in enumerate(upcoming):
            if match and match.start() < done:
                upcoming[i] = rules[i][0].search(text, done)
    return marked + text[done:], times, said


def times_told(text: str) -> tuple[str, list[tuple[When, str]]]:
    """The text with its marks, and what each means with its words as written."""
    marked, times, said = _marked(text)
    return marked, list(zip(times, said, strict=True))


@lru_cache(maxsize=256)  # asked again and again of one clause
def without_times(text: str) -> str:
    """The text with blanks for its times, rates and cues."""
    return re.sub(r"\s+", " ", re.sub(MARK, " ", mark_times(text)[0])).strip()


def marks_of(text: str, times: list[When]) -> list[When]:
    """What the marks in a text mean."""
    return [times[ord(mark) - _FIRST_MARK] for mark in re.findall(MARK, text)]


def subtitles(text: str) -> str:
    """SRT blocks as lines "[start - end] text"; anything else as it is."""
    if "->" not in text:
        return text
    lines: list[str] = []
    open_block = False
    for line in text.split("\n"):
        arrow = _ARROW.fullmatch(line.strip())
        if arrow:
            if lines and lines[-1].strip(" ,[]").isdigit():
                lines.pop()
            lines.append(f"[{arrow[1].rstrip(',.')} - {arrow[2].rstrip(',.')}]")
            open_block = True
        elif open_block and line.strip() and not line.strip().isdigit():
            lines[-1] += (" " if lines[-1].endswith("]") else ", ") + line.strip()
        else:
            lines.append(line)
            open_block = False
    return "\n".join(lines)


def _listed(text: str) -> str:
    """ "at 2, 5 and 8 seconds" as "at 2 seconds, at 5 seconds and at 8 seconds"."""

    def spelled(m: re.Match[str]) -> str:
        bare = [re.sub(rf"(?<=[\d ]){UNIT}$", "", item, flags=re.I).strip() for item in m[2].split(", ")]
        first = ", ".join(f"{m[1]} {number} {m[4]}" for number in bare)
        return f"{first} and {m[1]} {m[3]} {m[4]}"

    return re.sub(_LIST, spelled, text, flags=re.I)
