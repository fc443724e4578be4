"""Times told in frames, as time codes or with marks of an editor ("IN 5s OUT 8s") as plain seconds."""

from __future__ import annotations

import re

_USUAL_FPS = 25.0
_FPS = re.compile(
    r",?\s*[(\[]?(?:@|at|with)?\s?\b(?P<n>\d{2,3}(?:\.\d+)?)\s?(?:fps|frames? (?:per|a|/) ?sec(?:ond)?)\b[)\]]?", re.I
)
_CODE = re.compile(r"(?<![\d:.])(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{2})[:;](?P<f>\d{2})(?![\d:])")
_TO = r"\s?(?:-|–|—|~|to|until|till|through|thru)\s?"
_F = r"(?:frames?|frms?|fr|f)\b\.?"
_FRAME_SPAN = re.compile(rf"\b(?:{_F}|f(?=\d)) ?#?(?P<a>\d{{1,4}}){_TO}(?:(?:{_F}|f(?=\d)) ?#?)?(?P<b>\d{{1,4}})\b", re.I)
_FRAME = re.compile(r"\b(?:(?:the )?frames?|fr\.?|f(?=\d)) ?#?(?P<a>\d{1,4})\b", re.I)
_FRAMES = re.compile(r"\b(?P<n>\d{1,4})(?: |-)?(?:frames?|fr|f)\b", re.I)
_TIME = r"(?:\d{1,2}:\d\d(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?: ?(?:s|secs?|seconds?)\b)?"
_POINT = r"(?: ?points?| ?marks?)?(?: at| is)?\s?[:=@]?\s?"
_IN_OUT = re.compile(
    rf"\b(?:cue |mark |fade )?in{_POINT}(?P<a>{_TIME})\s?[,;/|.–—-]*\s?(?:and )?(?:cue |mark |fade )?out{_POINT}(?P<b>{_TIME})",
    re.I,
)
_LABEL = re.compile(r"\b(?:TC|time ?code|timestamps?)\b:?\s*(?=\[?\d)", re.I)


def plain_times(text: str) -> str:
    """The text with time codes, frames and editors' marks as seconds: "frames 0-48 @24fps" is "0 s - 2 s".

    Frames are counted at the rate that the text states, else at 25 a second.
    """
    if not re.search(r"\d", text):
        return text
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
