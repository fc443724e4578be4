"""A text as it is spoken: words without punctuation, numbers in words."""

from __future__ import annotations

import re
import unicodedata

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["thir", "four", "fif", "six", "seven", "eigh", "nine"]
_ONES = [*_UNITS, "ten", "eleven", "twelve", *(f"{stem}teen" for stem in _TEENS)]
_TENS = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_PLACES = ((1_000_000, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_ORDINALS |= {"twelve": "twelfth"}
_SIGNS = {"%": " percent ", "&": " and ", "’": "'"}
_MOST_DIGITS = 9  # longer numbers are read digit by digit


def words_of(text: str) -> list[str]:
    """Lower-case English words of a text, without punctuation and accents; "42" is two of them, "15th" is "fifteenth".

    Both a transcript and the words of a cue are to be read like this, so that they meet.
    """
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    found = []
    for digits, ending, word in re.findall(r"([0-9]+)(st|nd|rd|th)?|([a-z']+)", plain):
        if digits:
            found += _ordinal(number_words(digits)) if ending else number_words(digits)
        elif word.strip("'"):
            found.append(word.strip("'"))
    return found


def number_words(digits: str) -> list[str]:
    """ "42" as ["forty", "two"]; four digits as years where they are like one; long numbers digit by digit."""
    number = int(digits)
    if len(digits) > _MOST_DIGITS or (digits[0] == "0" and len(digits) > 1):
        return [_ONES[int(digit)] for digit in digits]
    if 1100 <= number < 2000 or 2010 <= number < 2100:
        rest = number % 100
        return [*number_words(str(number // 100)), *(_after_century(rest))]
    for value, name in _PLACES:
        if number >= value:
            return [*number_words(str(number // value)), name, *_rest(number % value)]
    if number < len(_ONES):
        return [_ONES[number]]
    return [_TENS[number // 10], *_rest(number % 10)]


def _rest(number: int) -> list[str]:
    return number_words(str(number)) if number else []


def _after_century(number: int) -> list[str]:
    if number == 0:
        return ["hundred"]
    return ["oh", _ONES[number]] if number < 10 else number_words(str(number))


def _ordinal(words: list[str]) -> list[str]:
    """ "forty two" as "forty second"."""
    last = words[-1]
    ordinal = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return [*words[:-1], ordinal]
