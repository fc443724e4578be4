"""Markers of a sentence that must leave something in its plan: what accounting.py looks for, apart from names."""

from __future__ import annotations

import re

NO = (
    r"\b(?:no|not|nor|neither|never|none|nothing|without|minus|sans|stop|avoid|skip|quit|lose|drop|cannot|hardly|"
    r"instead of|rather than|anything but|except|w/o|less|free|hide|hiding|hold(?:ing)? back|resist\w*|fight\w*|"
    r"refus\w+|suppress\w*|"
    r"dont|doesnt|isnt|wont|cant|arent|didnt)\b|n['’]t\b|-free\b"
)
NEGATED = re.compile(NO, re.I)
FORBIDS = re.compile(
    r"(?:(?<!\w)(?:do not|don['’]?t|never|no|not|without|w/o|avoid|zero|"
    r"stop(?: with)?(?: all)?(?: the| that)?)\s+)(?:\w+\s+){0,1}$",
    re.I,
)  # right before what it forbids
NO_BAN = re.compile(
    r"\b(?:only|just|but|stop|forget|too|very|so|super|overly|really|exactly|that|all|much|until|till|"
    r"before|longer|matter|help|doubt|idea|need|lose|drop|hide)\b",
    re.I,
)
LASTING = re.compile(
    r"\b(?:(?:do not|don['’]t|never|can['’]?t|cannot|not)[^,.;]{0,12}\b(?:stop|stops|help|lose|drop|hide))\b", re.I
)
QUOTED = re.compile(r"[\"“”„«»][^\"“”„«»\n]{1,200}[\"“”«»]|(?<!\w)['‘][^\n'‘’]{1,60}['’](?!\w)|\*\*?[^*\n]{1,60}\*\*?")
CHANGE = re.compile(
    r"\b(?:actually|scrap|scratch|no wait|wait|sorry|hmm+|i mean|changed my mind|forget|"
    r"cancel|on second|"
    r"used to|was going|were going|thought|thinking|said|says|wanted|last (?:time|version|render|one|take|try|clip)|"
    r"tried|previous|"
    r"yesterday|always|normally|"
    r"if|would have|as opposed|more like|supposed)\b|\?",
    re.I,
)
TAKEN_BACK = re.compile(r"\b(?:no wait|wait no|scrap|scratch|actually|i mean|hmm+|changed my mind|no,|sorry)", re.I)
ORDER = re.compile(
    r"\b(?:(?:and |but )?then|and than|followed by|afterwards?|ends? up|ending up|by the end|"
    r"before (?:he|she|you|they|it|\w+ing)|(?:after|once) (?:that|which|he|she|you|they|\w+ing)|"
    r"first\b.*\b(?:then|finally)|gives way to|turns? (?:in)?to|"
    r"little by little|starts? (?:off|out)|in that order|having \w+ed|(?:in|at) the end(?! of)|"
    r"(?<=\S )ends (?:on|in|with)|begins?|after an? (?:\w+ )?(?:yawn|sigh|nod|smile|laugh|pause|moment)|"
    r"smile after|opens? them again|at fir?i?st|step (?:1|one)|finish(?:es|ing)? (?:on|with|by)|slowly becom\w+|"
    r"(?<=\S )(?:a )?beat|pause,)(?!\w)|->|→|=>|👉|➡|\b1[.)] .*\b2[.)] ",
    re.I | re.S,
)
NOT_ORDER = re.compile(
    r"\b(?:then (?:leave|keep|hold|stay|that['’]?s|nothing)|now and then|if\b.{0,80}\bthen|then again|"
    r"only then|before that|even then|since then|back then|once in|heart ?beat|"
    r"first (?:time|day|date|in|of|word)|beat\w* (?:him|her|them|up)|turns? to (?:him|her|us|me|the|face))\b",
    re.I,
)
IN_TURN = re.compile(
    r"[,;.]? *\b(?:and then|but then|and than|then|followed by|and finally|after (?:that|which)|step \w+)\b|"
    r"->|→|=>|👉|➡|"
    r"\b\d[.)] ",
    re.I,
)
BEFORE = re.compile(r"(?P<a>[^,.;]{1,80}?),? \b(?:before|until)\b (?P<b>(?:he|she|you|they|it|\w+ing)\b[^,.;]*)", re.I)
AFTER = re.compile(r"(?P<b>[^,.;]{1,80}?) \b(?:after|once) (?P<a>(?:he|she|you|they|it|\w+ing)\b[^,.;]*)", re.I)
VOICE = re.compile(
    r"\b(?:(?:on|at|with|whenever|when|every|each|any|whichever)\b[^,.;]{0,25}\b(?:words?|stress\w*|"
    r"syllables?|sentences?|mention\w*|"
    r"name)|(?:when|whenever|while|where|as|until|after|every time|each time) (?:he|she|i|they|you|the \w+) "
    r"(?:\w+ )?(?:says?|pauses?|breathes?|(?:starts?|stops?|begins?) (?:talking|speaking|to speak|to talk|for breath))|"
    r"(?:in|during) (?:the|his|her|any|every|each)[^,.;]{0,12} (?:pauses?|silences?|gaps?))\b|"
    r"\b(?:on|at|once|when|hits?|reach\w*|says?|comes? to)\b[^.;,]{0,20} [\"“‘'](?=\w)",
    re.I,
)
RANGE = re.compile(
    r"(?<![\d.:,/-])(\d{1,2}(?:\.\d)?) ?(?:-|–|to) ?(\d{1,2}(?:\.\d)?)(?![\d:/-]|[.,]\d| ?(?:%|times|x\b|of|year))"
)
POINT = re.compile(
    r"(?:\b(?:at|before|after|until|till|from|by)|@) ?(\d{1,2}(?:\.\d)?)(?![\d:/-]|[.,]\d| ?(?:%|times|x\b|of|"
    r"year|am|pm|o))",
    re.I,
)
REPEATED = re.compile(r"\b(nod|blink|wink|shake|sigh)\b(?:,? (?:and )?\1\b)+", re.I)
OTHER = re.compile(
    r"\b(?:both sides|side to side|one side to the other|"
    r"(?:the|her|his|your) other (?:side|eye|way|brow|eyebrow|one))\b",
    re.I,
)
STRONG = re.compile(
    r"\b(?:extremely|hugely|massive|exaggerate\w*|pixar|cartoon\w*|out of (?:his|her|their|your) (?:wits|mind)|"
    r"as (?:far|wide|high|hard|much|big) [^,.;]{0,30}as (?:it|he|she|you|possible|they)|through the (?:roof|ceiling)|"
    r"over the top|maximum)\b",
    re.I,
)
WEAK = re.compile(
    r"\b(?:barely|tiniest|faintest|slightest|hint of|ghost of|trace of|ever so slightly|hardly visible)\b", re.I
)
MIXED = re.compile(
    r"\b(?:and|but|both|mix\w*|blend\w*|half|while|whilst|yet|though|although|despite|still|inside|outside|inner|outer|"
    r"outward\w*|inward\w*|under\w*|behind|beneath|hid(?:es?|ing|den)|hold\w*|mask\w*|forc\w+|fak\w+|pretend\w*|try\w*|tries|bitter\w*|"
    r"brave\w*|torn|between|plus|tears?|surface|eyes|mouth|n)\b|[+&/]",
    re.I,
)
