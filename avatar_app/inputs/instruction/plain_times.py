"""Times told in frames, as time codes or with marks of an editor ("IN 5s OUT 8s") as plain seconds."""

from __future__ import annotations

import re
from itertools import pairwise

_USUAL_FPS = 25.0
_FPS = re.compile(
    r",?\s*[(\[]?(?:@|at|with)?\s?\b(?P<n>\d{2,3}(?:\.\d+)?)\s?(?:fps|frames? (?:per|a|/) ?sec(?:ond)?)\b[)\]]?", re.I
)
_CODE = re.compile(r"(?<![\d:.])(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{2})[:;](?P<f>\d{2})(?![\d:])")
_TO = r"\s?(?:-|–|—|~|to|until|till|through|thru)\s?"
_F = r"(?:frames?|frms?|fr|f)\b\.?"
_FRAME_SPAN = re.compile(
    rf"\b(?:{_F}|f(?=\d)) ?#?(?P<a>\d{{1,4}}){_TO}"
    rf"(?:(?:{_F}|f(?=\d)) ?#?)?(?P<b>\d{{1,4}})\b",
    re.I,
)
_FRAME = re.compile(r"\b(?:(?:the )?frames?|fr\.?|f(?=\d)) ?#?(?P<a>\d{1,4})\b", re.I)
_FRAMES = re.compile(r"\b(?P<n>\d{1,4})(?: |-)?(?:frames?|fr|f)\b", re.I)
_TIME = r"(?:\d{1,2}:\d\d(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?: ?(?:s|secs?|seconds?)\b)?"
_POINT = r"(?: ?points?| ?marks?)?(?: at| is)?\s?[:=@]?\s?"
_IN_OUT = re.compile(
    rf"\b(?:cue |mark |fade )?in{_POINT}(?P<a>{_TIME})\s?[,;/|.–—-]*\s?(?:and )?"
    rf"(?:cue |mark |fade )?out{_POINT}(?P<b>{_TIME})",
    re.I,
)
_LABEL = re.compile(r"\b(?:TC|time ?code|timestamps?)\b:?\s*(?=\[?\d)", re.I)
_N = r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|half an?)"
_UNIT = r"(?:-| )?(?:s|secs?|seconds?|ms)\b"
_PART = r"(?:halves|half|(?:an?|one|two|three|1|2|3)[ -](?:half|thirds?|quarters?|fifths?)|1/2|1/3|2/3|1/4|3/4)"
_T = rf"(?:second )?{_N}(?:{_UNIT})?"
_IN_ORDER = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINALS = dict(zip(_IN_ORDER, range(2, 11), strict=True))
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
_NTH = re.compile(rf"\b(?:the )?(?P<a>{_ORDINAL}) second\b(?P<more>{_TO}(?:the )?(?P<b>{_ORDINAL})\b)?", re.I)
_PLAINLY = tuple(
    (re.compile(pattern, re.I), plain)
    for pattern, plain in (
        (rf",? (?:lasts?|lasting|stays?|remains?|holds?)?(?: for)? ?(?:no|not) (?:longer|more) than "
         rf"(?=(?:about |just )?{_N}{_UNIT})", " for "),
        (rf"\bfor (?:at (?:the )?most|up to|a maximum of|not more than|less than|under) (?={_N}{_UNIT})", "for "),
        (r"\bbefore (?:that|this|it)?,? ?(?:and|&|as well as|or) "
         r"after(?:wards?)?(?: (?:that|this|it)(?!\w))?(?:,|:)?(?=\s+\w)", "otherwise"),
        (rf",? (?:and )?(?:it |this |that |which )?(?:takes?|taking)(?: up)?"
         rf"(?: about| around)? (?={_N}{_UNIT})", " for "),
        (rf",? (?:and |but )?(?:then )?(?:(?:it|she|he|that)(?:['’]s| is) |is |are |all |being )*"
         rf"(?:over|gone|done|finished|through|faded) (?:again )?(?:by|before|at) (?:about |around )?"
         rf"(?P<n>{_T})\b(?! (?:the|her|his))",
         r" until \g<n>"),
        (rf"(?:the )?(?P<x>\w+) (?:does(?:n['’]t| not)|must(?:n['’]t| not)|should(?:n['’]t| not)|may not|cannot|"
         rf"can['’]t) (?:come|start|begin|appear|show|kick in|set in)(?: up)? (?:before|until|till) (?P<n>{_T})",
         r"\g<x> from \g<n> on"),
        (rf"^(?:from|after|at) (?P<n>{_T})(?: on(?:wards?)?)?[:,]? (?P<x>[^.;:]+)[.;] "
         rf"(?:(?:before|until) ?(?:that|then|this)?|beforehand|up to then)[:,] (?P<y>[^.;]+)[.!]?$",
         r"until \g<n>, \g<y>. from \g<n> on, \g<x>"),
        (r"\b(?:mid[- ](?:clip|video|take|recording|way(?: through)?)|midway(?: through)?)\b:?", "in the middle, "),
        (r"\bno (?P<x>\w+)(?: at all)?,? (?:until|till|before) "
         r"(?P<t>the (?:very )?(?:last|final|second|other) [^.,;]+)", r"\g<x> only in \g<t>"),
        (rf"^(?:for )?(?P<a>{_PART})(?: (?:of )?(?:the|it)(?: \w+)?)? (?P<x>[^,;.]+?)[,;.] "
         r"(?:and |then |the other |and then )*"
         rf"(?P<b>{_PART})(?: of it)? (?P<y>[^,;.]+)[.!]?$", r"for the first \g<a> \g<x>, for the last \g<b> \g<y>"),
        (r"^(?:SHOT|SCENE|SC|TAKE|SLATE|CLIP)\.? ?#?\w*\d\w*\s*[/:,.–—-]+\s*", ""),
    )
)  # fmt: skip
_PERCENTS = re.compile(
    r"(?<=between )(?P<a>\d{1,3}) (?P<to>and) (?P<b>\d{1,3})\b(?! ?(?:%|per|s\b|sec))", re.I
)  # "between 20 and 40 percent ... between 60 and 80"
_HEADED = re.compile(r"(?P<a>\d{1,3}(?:[.,]\d+)?)(?: ?(?:=|:|-|–))? (?=[a-z])", re.I)


def plain_times(text: str) -> str:
    """The text with time codes, frames and editors' marks as seconds: "frames 0-48 @24fps" is "0 s - 2 s".

    Frames are counted at the rate that the text states, else at 25 a second.
    """
    for pattern, plain in _PLAINLY:
        text = pattern.sub(plain, text)
    text = _NTH.sub(_nth, text)
    if not re.search(r"\d", text):
        return text
    if re.search(r"\d ?(?:%|per ?cent)", text):
        text = _PERCENTS.sub(r"\g<a>% \g<to> \g<b>%", text)
    text = _keyframes(text)
    rate = _FPS.search(text)
    fps = float(rate["n"]) if rate else _USUAL_FPS
    told = text
    told = _CODE.sub(lambda m: _seconds(_code(m, fps, rate is not None), m[0]), _LABEL.sub("", told))
    told = _FRAME_SPAN.sub(lambda m: f"{_said(int(m['a']) / fps)} - {_said(int(m['b']) / fps)}", told)
    told = _FRAME.sub(lambda m: f"second {_number(int(m['a']) / fps)}", told)
    told = _IN_OUT.sub(lambda m: f"[{_with_unit(m['a'])} - {_with_unit(m['b'])}]", told)
    if rate or told != text or re.search(r"\bframes?\b", text, re.I):
        told = _FPS.sub(" ", told)
    return _FRAMES.sub(lambda m: _said(int(m["n"]) / fps), told)


def _nth(m: re.Match[str]) -> str:
    """ "the third second (to the seventh)" as seconds."""
    a, b = (_ORDINALS.get(told.lower()) or int(told[:-2]) if told else None for told in (m["a"], m["b"]))
    return f"second {a}" if b is None else f"second {a} to second {b}"


def _keyframes(text: str) -> str:
    """ "0.0 neutral | 3.0 smile": rising numbers at the heads of all parts are seconds, unless they only count them."""
    head, edge, rest = re.match(r"(?s)([a-z ]{0,20}:)?(\s*)(.*)", text, re.I).groups()  # type: ignore[union-attr]
    for mark in ("|", "\n", " / ", ";", ","):
        parts = [part.strip() for part in rest.split(mark)]
        found = [_HEADED.match(part) for part in parts]
        if len(parts) < 2 or not all(found):
            continue
        times = [float(m["a"].replace(",", ".")) for m in found if m]
        rising = all(a < b for a, b in pairwise(times))
        counted = times == [float(k) for k in range(1, len(times) + 1)]
        if rising and not counted:
            told = [f"{m['a']} s: {part[m.end() :]}" for m, part in zip(found, parts, strict=True) if m]
            return (head or "") + edge + "\n".join(told)
    return text


def _code(m: re.Match[str], fps: float, framed: bool) -> float | None:
    """Seconds of h:m:s:f, or of m:s:f where frames are spoken of; None where it is h:m:s."""
    if m["h"] is None and not (framed or ";" in m[0]):
        return None
    if int(m["f"]) >= fps:
        return None
    return 3600 * int(m["h"] or 0) + 60 * int(m["m"]) + int(m["s"]) + int(m["f"]) / fps


def _seconds(value: float | None, text: str) -> str:
    return text if value is None else _said(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _said(value: float) -> str:
    return f"{_number(value)} s"


def _with_unit(time: str) -> str:
    return time if ":" in time or time[-1].isalpha() else f"{time} s"
