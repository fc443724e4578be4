"""Phones of every synthesizer as fifteen viseme classes: what the lips do, whatever the language.

The classes follow the usual fifteen of game characters (silence, lip consonants, labiodentals, dentals, alveolars,
sibilants, postalveolars, velars, r, w/u and the vowel heights). Diphthongs become two phones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VISEMES: tuple[str, ...] = (
    *("SIL", "PBM", "FV", "TH", "TDNL", "SZ", "SHCH", "KGNGH", "R", "W_U", "O", "A", "E", "I", "AH"),
)
VOWELS: frozenset[str] = frozenset(("W_U", "O", "A", "E", "I", "AH"))
DIPHTHONG_SPLIT = 0.6  # share of a diphthong that belongs to its first vowel
STOP_CLOSURE = 0.042  # seconds of closure that espeak-ng charges to the phone before a voiceless stop


@dataclass(frozen=True)
class Phone:
    """start, end: seconds. viseme: one of VISEMES."""

    start: float
    end: float
    viseme: str


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """ "PBM: p b m" lines as {"p": ("PBM",)}; "A+I: ay" makes a diphthong."""
    table = {}
    for line in text.strip().splitlines():
        classes, phones = line.split(":", 1)
        for phone in phones.split():
            table[phone] = tuple(classes.strip().split("+"))
    return table


ARPABET = _table("""
SIL: pau sil brth ssil #
PBM: p b m em
FV: f v
TH: th dh
TDNL: t d n l dx el en nx
SZ: s z
SHCH: sh zh ch jh
KGNGH: k g ng hh hv
R: r er axr
W_U: w uw uh
O: ao
O+W_U: ow
O+I: oy
A: aa ae
A+W_U: aw
A+I: ay
E: eh
E+I: ey
I: iy ih y ix
AH: ah ax
""")

# Festival's other voices: Italian, Catalan, Czech, Finnish and Russian phone names.
ITALIAN = _table("""
SIL: # pau
PBM: p b m
FV: f v
TDNL: t d n l L J
SZ: s z ts dz
SHCH: S Z tS dZ
KGNGH: k g ng
R: r
W_U: u u1 w
O: o o1 O1
A: a a1
E: e e1 E1
I: i i1 j
AH: ax
""")
CZECH = _table("""
SIL: # _ pau
PBM: p b m
FV: f v
TDNL: t d n l t~ d~ n~ n*
SZ: s z c dz
SHCH: s~ z~ c~ dz~ r~
KGNGH: k g h ch
R: r
W_U: u u: o_u
O: o o:
A: a a:
E: e e:
I: i i: j
""")
FINNISH = _table("""
SIL: # pau
PBM: p b m
FV: f v
TH: T
TDNL: t d n l
SZ: s z
SHCH: S
KGNGH: k g h N
R: r
W_U: u y uu yy
O: o oe oo oeoe 7 @
A: a ae aa aeae A
E: e ee
I: i j ii
""")
RUSSIAN = _table("""
SIL: pau #
PBM: p pp b bb m mm
FV: f ff v vv
TDNL: t tt d dd n nn l ll
SZ: s ss z zz c
SHCH: sh zh ch sch
KGNGH: k kk g gg h hh
R: r rr
W_U: u uu uj ur
O: o oo
A: a aa ay
E: e ee ei ae
I: i ii j y yy
AH: ax
""")

_IPA = _table("""
PBM: p b m ɓ β
FV: f v ɱ ʋ
TH: θ ð
TDNL: t d n l ɾ ʈ ɖ ɳ ɭ ɬ ɲ ʎ ɫ
SZ: s z
SHCH: ʃ ʒ ɕ ʑ ʂ ʐ ɟ ç ʝ
KGNGH: k g ɡ ŋ h x ɣ q ʔ ɦ χ ħ ɢ ɴ ʕ
R: r ɹ ɻ ʁ ɚ ɝ ʀ
W_U: w u ʊ ʉ y ʏ ɥ ɯ ʍ
O: o ɔ ɒ ø œ ɵ ɤ
A: a ɑ æ ɐ
E: e ɛ
I: i ɪ j ɨ
AH: ə ɜ ʌ ɘ ɞ
""")
_AFFRICATES = {"tʃ": "SHCH", "dʒ": "SHCH", "tɕ": "SHCH", "dʑ": "SHCH", "tʂ": "SHCH", "ts": "SZ", "dz": "SZ"}
_LATE_STOPS = frozenset("ptkqc")


def phones_from_ipa(label: str) -> tuple[str, ...]:
    """Visemes of one espeak-ng phone name such as "aɪ", "dʒ" or "əl"; () for marks without sound."""
    label = re.sub(r"[ːˈˌ̪̃ʲʰ̩̯ʷˠ.()]", "", label)
    if label in _AFFRICATES:
        return (_AFFRICATES[label],)
    classes = [_IPA[ch][0] for ch in label if ch in _IPA]
    merged = [c for i, c in enumerate(classes) if i == 0 or c != classes[i - 1]]
    return tuple(merged[:2])


def is_late_stop(label: str) -> bool:
    """Whether espeak-ng times this phone from its burst instead of its closure."""
    return label[:1] in _LATE_STOPS


def split(start: float, end: float, visemes: tuple[str, ...]) -> list[Phone]:
    """A phone or a diphthong between two times, seconds."""
    if len(visemes) == 1:
        return [Phone(start, end, visemes[0])]
    middle = start + DIPHTHONG_SPLIT * (end - start)
    return [Phone(start, middle, visemes[0]), Phone(middle, end, visemes[1])]
