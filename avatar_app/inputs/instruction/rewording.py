"""Plain words for what people write around a direction and instead of one: greetings, remarks, turns of phrase.

Comes before everything else reads the text. What no rule knows stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_WHO = (
    r"(?:he|she|they|it|you|i|we|u|the (?:\w+ )?(?:man|woman|lady|gentleman|guy|girl|boy|person|speaker|"
    r"character|portrait|avatar))"
)
_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple(?: of)?|a few)"
    r"(?: and a half)?"
)
_SECONDS = r"(?:seconds?|secs?|s|ms|milliseconds?)\b"
_ACTS = (
    r"(?:look|turn|tilt|nod|shake|smile|frown|raise|lower|lift|drop|blink|wink|close|open|stare|glance|lean|laugh|grin|sigh|"
    r"squint|press|pout|roll|bite|puff|stretch|wrinkle|whisper|shout|move|shove|push|pull|stick|narrow|widen)"
)
# A sentence that tells of the past, of somebody else or of the writer, and asks for nothing.
_REMARK = re.compile(
    r"^(?:sorry,? |and |but |oh |well |ok |so )*(?:"
    r"(?:last|previous) time\b|yesterday\b|previously\b|(?:in |with )?(?:the|my|our|your) (?:last|previous|other|old) "
    r"(?:one|take|version|video|clip|try|attempt|time)\b|"
    r"(?:it|this|that)(?:['’]s| is| will be) (?:for|because)\b|"
    r"(?:this|that|it|here)(?:['’]s| is) (?:a (?:photo|picture|portrait)|my|our|the (?:photo|picture))\b|"
    r"(?:does|do|is|did) (?:that|this|it|you)(?: all)? (?:make sense|understand|get (?:it|me|that)|ok(?:ay)?|clear|"
    r"know what i mean)\b|"
    r"(?:that|this)['’]s (?:all|it|the (?:vibe|idea|mood|gist))\b|that one\b|love (?:that|it|this)\b|"
    r"(?:if|when) (?:it|that|this)['’]?s? (?:is )?(?:too|not too) (?:much|hard|difficult)|"
    r"me again\b|(?:quick|hey quick) (?:one|question|request)\b|"
    r"(?:i|we) (?:honestly |really )?(?:do ?n['’]?t|do not) (?:really )?know what\b|"
    r"is (?:that|this|it) (?:right|ok(?:ay)?|possible|enough|fine)\b|well then\b|"
    r"my \w+ (?:says?|said|told me|thinks?|tells me|reckons?) (?:that )?(?:i|this|it|you)\b|"
    r"i(?:['’]ve| have) (?:tried|done|made|run|asked|used)\b|"
    r"(?:no worries|don['’]?t worry|never mind|not to worry)\b"
    r")[^.!?\n]*$",
    re.I,
)
_REFUSED = re.compile(r"(?:please )?(?:none of|no more of|not like|don['’]?t do) (?:that|this|it)\b", re.I)
_WISH = re.compile(
    r"\b(?:instead|this time|please|(?:could|can|would|should) (?:you|we|he|she|they|it|the)|want|need|let|"
    r"(?:have|make) (?:her|him|them|it|the))\b",
    re.I,
)

_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # Lead-ins.
    (r"^\W*(?:hi|hey|hello|dear|hiya|yo)(?: (?:there|all|team|everyone|dear|guys?|folks|"
     r"quick one))?[,.!]+\s*(?=\S)", ""),
    (r"^(?:ok(?:ay)?|so|well|right|um+|uh+|hmm+|basically|look|listen)[,.…]*\s+(?=(?:so|basically|i|can|could|imagine|um+|"
     r"hmm+|the|he|she|they)\b)", ""),
    (r"\b(?:can|could|would|will) (?:you|we|u)(?: please| maybe| just| kindly)? (?:do the (?:thing|one|face) where|"
     r"make it so"
     r"(?: that)?|have it so(?: that)?)\s+", ""),
    (r"\b(?:would|might) it be (?:at all )?possible (?:to|for)\s+", "please "),
    (r"\bi (?:was|am|['’]m|have been)(?: just)? (?:thinking|wondering|hoping)(?: that| if| of|"
     r" about)?(?: maybe)?,?\s+", ""),
    (r"\b(?:so )?(?:the thing is|here['’]s the thing|long story short|to be honest|honestly|tbh|ngl|"
     r"if that makes sense|"
     r"if you (?:know|see) what i mean|you know|if (?:you|u) (?:can|could|like|want|will|please)|"
     r"if (?:at all )?possible|"
     r"for some reason|lol|haha+|hehe+|rofl|lmao)\b,?", ""),
    (r"\b(?:i (?:want|would like|['’]d like|need) (?:to see )?)?(?:all|everything)(?: of)? (?:(?:the following|this|"
     r"these|"
     r"that|it)(?: \w+)? )?(?:together|at once|at the same time|simultaneously)(?:,? (?:and )?not [^:.,]*)?:\s*", ""),
    (r"^(?:in this order|(?:two|three|four|five|\d) (?:beats|steps|things|moves|parts|stages|actions)|"
     r"(?:instructions?|directions?|notes?|actions?|acting notes?|prompt|expression|performance|"
     r"mood))\s*:\s*(?=\S)", ""),
    (r"^[^.!?\n]*\b(?:i|my|we|our)\b[^.!?\n]*?\b(?:so |but |and )?i (?:guess|suppose|think|reckon|figure|want|need|"
     r"would like|"
     r"['’]d like|was hoping)(?: that)?(?: for)? (?=(?:he|she|they|him|her|them|it)\b)", ""),
    (r"\b(?:he|she|they|it|you) (?:should|must|needs? to|has to|have to|ought to) (?:please )?(?=(?:be|come|look|"
     r"feel|seem)\b)",
     ""),
    (r"^.*\b(?:let['’]?s (?:go (?:with|for)|just (?:go with|do|have)|stick with|settle (?:on|for))|"
     r"on second thoughts?,?)\s+", ""),
    (r",? (?:yeah|yes|yep|ya),? (?:that['’]?s|thats) (?:better|it|good|right|perfect|the one)", ""),
    (r"\bas in[,:]? (?=no\b|not\b)", ""),
    (r"\b(no \w+) (?=no \w+)", r"\1, "),
    (r"\b(nod|wink|blink|"
     r"shake)(?P<more>(?:[,!]? \1\b)+)", lambda m: f"{m[1]} {1 + m['more'].lower().count(m[1].lower())} times"),
    # A whole text in brackets is no aside.
    (r"^\s*[(\[]([^()\[\]]+)[)\]]\s*\.?\s*$", lambda m: m[1].replace(";", ",")),
    (r"\b(?:man|woman|girl|boy|he|she|lady|male|female),? (?:in (?:his|her) )?(?:early |mid[- ]|"
     r"late )?\d0['’]?s\b,?", ""),
    (r"[,.;]?\s+(?:and )?(?:then )?(?:please )?(?:leave|keep|hold) (?:it|that|the \w+) (?:there|like that|so|that way)"
     r"(?= ?(?:$|[,.;!]))", ""),
    # Order.
    (r"\b(?:and|&) than\b", "and then"),
    (r"^(?P<b>(?:end|finish)(?:s|ing)? (?:on|with|by|in)\b[^.;!]+)[.;!]\s+(?P<a>(?:begin|start|open)(?:s|ning|"
     r"ing)?\b[^.;!]+)",
     r"\g<a>, then \g<b>"),
    (r"(?:,? and |, )?(?:little by little,? |slowly |gradually )?(?:it|that|this) (?:drains|fades|melts|slips|ebbs|"
     r"washes) away,? and "
     r"(?P<b>[^.;,]+?) (?:takes? over|comes? in|sets in|replaces it)", r", then \g<b>"),
    (r",? (?:and )?(?:then )?(?:slowly |gradually )?(?:gives? way to|dissolv(?:es?|ing) into|morph(?:s|ing)? into|"
     r"melt(?:s|ing)? into|"
     r"is replaced by)\b", ", then"),
    (r",? (?:apart from|except(?: for)?|save for|aside from|other than) (?=(?:a|an|one|two|three|the)\b)", ". And "),
    (r"(?:^|[,;.]?\s+)(?:step|stage|beat|phase|part|action|move) (?:1|one)[:.,]?\s+(?=.*\b(?:2|two)\b)", ""),
    (r"[,;.]?\s+(?:and )?(?:step|stage|beat|phase|part|action|move) (?:[2-9]|two|three|four|five)[:.,]?\s+", ", then "),
    (r"^(?P<who>(?:the )?\w+ )?ends? up (?P<b>[^,.;]+?),? (?:but|and|after|having|though) (?:he |she |"
     r"they )?(?:starts?|started|"
     r"starting|begins?|beginning|began)(?: off| out)? (?P<a>[^.;]+)", r"start \g<a>, then \g<b>"),
    (r",\s*after (?P<who>he|she|it) (?!has\b|had\b|is\b|was\b|"
     r"does\b)(?P<verb>\w+[^s\W])(?= )", r", then \g<who> \g<verb>"),
    (r"[,.;] (?:and )?(?:then )?(?:done|finished|that['’]?s it|the end|fin|cut)[.!]*$", ""),
    (r"\bstart(?:s|ing)?(?: off| out)? (?:barely|slightly|a little|a bit|hardly|faintly|"
     r"mildly) (?P<x>\w+),? (?:and |then |but )*"
     r"(?:slowly |gradually )?(?:crank|turn|dial|ramp|build|amp)(?:s|ing)? (?:it|that|"
     r"things)? ?(?:all the way )?up\b[^,.;]*",
     r"increasingly very \g<x>"),
    (r"^(?P<a>\w+(?: \w+)?), (?P<b>\w+(?: \w+)?),? (?:and )?(?:then )?(?P<c>(?P=a)\b[^,.;]*? again)(?=$|[.!])",
     r"\g<a>, then \g<b>, then \g<a>"),
    (r"\s+(?:>+|»|⇒|➡️?|➜)\s+(?=[a-z])", ", then "),
    (r"\b(?:straight|right|immediately|directly|just|shortly|soon) (?:afterwards?|after (?:that|this|it)|thereafter)\b",
     "then"),
    (r"(?:^|(?<=[.:;,] )|(?<=\s))\(?(?:1|a)\)\s*(?=[a-z])(?=.*\(?(?:2|b)\))", ""),
    (r"[,;.]?\s+\(?(?:[2-9]|[b-h])\)\s*(?=[a-z])", ", then "),
    (r"^(?P<b>[^.;]+?),? (?:(?:has|have|needs?|ought) to be|is|are|should be|must be|being|gets?) (?:preceded|"
     r"introduced) by "
     r"(?P<a>[^.;]+)", r"\g<a>, then \g<b>"),
    (r"^(?P<b>[^.;]+?),? preceded by (?P<a>[^.;]+)", r"\g<a>, then \g<b>"),
    (r"^(?P<b>[^.;,]+) (?:comes? )?last(?: of all)?[.;,]\s*(?P<a>.+)$", lambda m: _last(m["a"], m["b"])),
    # Time.
    (rf"\b(?:hold|keep|save)s? (?:the|that|your|his|her|a) (?P<x>\w+)(?: back| in| off)?,? (?:and |"
     rf"but )?(?:not before|until|till|for) "
     rf"(?:at )?(?P<n>{_NUMBER})(?P<u> ?{_SECONDS})?(?=$|"
     rf"[.,;!])", lambda m: f"{m['x']} from {m['n']}{m['u'] or ' s'} on"),
    (rf"\b(?:not|no) (?:before|earlier than|sooner than) (?:at )?(?P<n>{_NUMBER} ?{_SECONDS})", r"from \g<n> on"),
    (r"(?<=first half)(?P<x>[^.;]*)\b(?:for|in|during) the (?P<n>second|other|last)(?: one)?(?=$|[.,;!])",
     r"\g<x>in the second half"),
    (rf",? (?:and )?(?:then )?holds?(?: (?:it|that|this|there))?,? (?:for )?(?={_NUMBER} ?{_SECONDS})", " for "),
    (rf"\bwait(?:s|ing)? (?:for )?(?:about |around )?(?P<n>{_NUMBER} ?{_SECONDS})(?: or so)?(?:,? (?:doing nothing|"
     rf"silently|"
     rf"still|without moving))?(?:,? ?(?:and )?(?:then|before)|,| and)?(?: {_WHO}(?= ))?", r"after \g<n>, "),
    (rf"\bwith (?:only |just |about )?(?P<n>{_NUMBER} ?{_SECONDS}) (?:left|to go|remaining)(?: (?:on|in|"
     rf"of) the \w+)?,?",
     r"in the last \g<n>, "),
    (rf"\b(?:no|not) later than (?:at )?(?P<n>{_NUMBER} ?{_SECONDS})", r"before \g<n>"),
    (rf",? (?:and |with )?(?:the )?last (?:one|of them) (?:before|by|at) (?={_NUMBER} ?{_SECONDS})", " until "),
    (r",? (?:and |but )?(?:not|no|never) (?:sooner|earlier|before(?:hand| that| then)?|until then|any sooner)\b", ""),
    (rf"\bat no (?:point|time|stage|moment)\b,?(?: (?:should|must|may|does|do|is|are|"
     rf"can) {_WHO})?", "throughout never"),
    (r"\bnot (?:even )?once\b", "never"),
    # "frown but do not nod, and smile later": a ban that is set against the rest holds throughout.
    (r",? but (?P<ban>(?:do not|don['’]?t|never|without|with no) [^,.;!?\n]+)(?P<end>$|[.!?;]|,(?: and)?)",
     lambda m: f". {m['ban']}. " if not re.search(r"\b(?:then|until|till|for|at)\b", m["ban"]) else m[0]),
    # Turns of phrase.
    (r"\btakes? (?:the|that|his|her) (?P<x>\w+) and (?:crank|turn|dial|ramp|amp)s? (?:it|"
     r"that) (?:all the way )?up\b", r"extremely \g<x>"),
    (rf"\b(?:kind|sort) of (?={_ACTS}s?\b)", ""),
    (r"\b(?:hardly|barely|scarcely|rarely|seldom|almost never|next to no|very few)(?: ever| any| at all)? "
     r"(?=blink|nod|wink|shak|mov|laugh)", "no "),
    (r"\bless (?=blink|nodd|wink|laugh)", "no "),
    (r"\bkeep (?:that|the|your|his|her|their|any) (\w+(?: \w+)?) to (?:your|him|her|them)sel(?:f|ves)\b", r"no \1"),
    (r"\bno(?:t a (?:hint|trace|sign) of an?)? (?P<x>\w+)(?P<y>\b[^.!?\n]*?,? (?:and |but )?(?:then|after (?:that|"
     r"which)|afterwards|"
     r"later),? )(?:let (?:it|that) "
     r"(?:out|show|loose|go|come)|release it|show it)\b", r"no \g<x>\g<y>\g<x>"),
    (r"\b(?:do|does)(?:n['’]t| not) (?:even )?want to (\w+),? but (?:it|he|she|they)(?: just)?(?: sort of| kind of)? "
     r"(?:comes? out|slips? out|does|do|bursts? out|happens)(?: anyway)?", r"cannot help \1ing"),
    (r",? (?:but )?(?:well|just|far|a little|way|stopping|stop|falling) short of \w+", ""),
    (r"[,:]? (?:but )?more than (?:just )?(?:mild|slight|a little|a bit)(?:ly)?\b", ""),
    (r"\b(?:do(?:es)? ?n['’]t|do not|never) want (?:one of (?:those|these)|an?|another|him to be an?|her to be an?)\b"
     r"(?P<x>[^.;:]*?)\b(?:that|who|which) (?P<y>(?:never|does ?n['’]t|do ?n['’]t|not)\b[^.;:]+)",
     lambda m: re.sub(r"\b(?:never|does ?n['’]t|do ?n['’]t|not) ", "", m["y"])),
    (r"\s*[\"“](?P<k>[a-z_ ]{2,20})[\"”]\s*:\s*[\"“](?P<v>[^\"“”]{1,60})[\"”]\s*", r" \g<k> \g<v> "),
)  # fmt: skip


def reword(text: str) -> str:
    """The text in plainer words. Only remarks are left out, and only where something else is said, too."""
    text = _other_side(_name_said(text))
    for pattern, plain in _rules():
        text = pattern.sub(plain, text)
    return _without_remarks(text).strip()


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    return [(re.compile(pattern, re.I | re.S), plain) for pattern, plain in _RULES]


def _last(before: str, last: str) -> str:
    """ "laugh last. Before that a wink, and before the wink a nod" in the order in which it happens."""
    parts = re.split(
        r"[,;.]?\s*(?:and )?(?:right |just )?before (?:that|this|it|the \w+),?\s+", before.strip(" .!"), flags=re.I
    )
    steps = [part.strip(" ,.;") for part in reversed(parts) if part.strip(" ,.;")]
    return ", then ".join([*steps, last.strip()])


def _name_said(text: str) -> str:
    """ "he loathes Dashwood: frown each time that name comes up" with the name in the place of "that name"."""
    if not re.search(r"\b(?:that|this|the) (?:name|word)\b", text, re.I):
        return text
    named = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b|[\"'“‘]([\w-]+)[\"'”’]", text)
    quoted = re.findall(r"(?<=[a-z,] )([A-Z][a-z]{2,})\b|[\"'“‘]([\w-]+)[\"'”’]", text)
    if not named:
        return text
    name = next(part for part in quoted[0] if part)
    said = rf"the word '{name}' is said"
    return re.sub(
        r"\b(?:that|this|the) (?:name|word) (?:comes? up|is (?:said|spoken|mentioned|heard)|falls|appears|gets? said)",
        said,
        text,
        flags=re.I,
    )


def _other_side(text: str) -> str:
    """ "raise the left brow, smirk on the other side" with the side in the place of "the other"."""
    sides = {side.lower() for side in re.findall(r"\b(left|right)\b", text, re.I)}
    if len(sides) != 1:
        return text
    other = "left" if sides == {"right"} else "right"
    return re.sub(
        r"\b(?:the|his|her|your) (?:other|opposite) (?=side|eye|brow|eyebrow|way|one|corner)",
        f"the {other} ",
        text,
        flags=re.I,
    )


def _without_remarks(text: str) -> str:
    sentences = re.split(r"(?<=[.!?\n])\s+", text)
    refused = [bool(_REFUSED.match(after)) for after in [*sentences[1:], ""]]
    kept = [
        sentence
        for sentence, needed in zip(sentences, refused, strict=True)
        if needed or _asks(sentence) or not _REMARK.match(sentence.strip(" .!?"))
    ]
    return " ".join(kept) if kept and len(kept) < len(sentences) else text


def _asks(sentence: str) -> bool:
    return bool(_WISH.search(sentence)) and not re.match(r"^(?:sorry,? )?(?:last|previous) time", sentence, re.I)
