"""What people say of a former take, read for what it asks now: "why does she always frown?", "enough winking"."""

from __future__ import annotations

from avatar_app.inputs.instruction.story_rules import MOOD
from avatar_app.inputs.instruction.structure import Rewording

_WHO = r"(?:he|she|they|it|you|the (?:man|woman|lady|guy|girl|boy|person|avatar|portrait))"
_THEN = r"(?:last time|before|yesterday|previously|the (?:first|last|other) (?:time|one|version|take|try|attempt))"
_MUCH = r"(?:always|constantly|still|keeps?|kept|continually|so|keep on|keeps on|have to|has to|every time)"
_OFF = r"(?:,? (?:so )?(?:please )?(?:drop|lose|remove|stop|cut|kill|ditch|skip|scrap|leave out) (?:it|that|them)\b)?"
_OTHERS = (
    r"(?:(?:the |my |our )?(?:client|boss|director|producer|agency|team|editor|customer|wife|husband|mum|mom)s?|they)"
)
_LIKE = (
    r"(?:really |absolutely |just |still )*(?:hate|can['’]?t stand|cannot stand|dislike|loathe|"
    r"do(?:n['’]t| not) (?:like|need))"
)

COMPLAINT_RULES: tuple[Rewording, ...] = (
    (rf"\b(?:why|how come)(?: (?:is|does|do|are|did|was))?(?: {_WHO})? (?:{_MUCH} )+(?:looks?(?:ing)? |been "
     rf")?(?P<x>[^?.!]+)[?!.]+"
     r"(?:\s*(?:please )?(?:stop|don['’]t|no more of) (?:it|that|this)\b[^.!?]*[.!?]*)?\s*", r"no \g<x>. "),
    (rf"\b(?:i|we|{_OTHERS}) (?:{_LIKE}|hates|hated|loathed|can['’]t bear|couldn['’]t stand|did(?:n['’]t| not) like) "
     rf"(?:the|that|this|those|all the|how much|it when {_WHO}) (?P<x>\w+(?: "
     rf"\w+)?){_OFF}(?=\s*(?:[.,;!]|$))",
     r"no \g<x>"),
    (r"(?:^|(?<=[.!?] ))(?:i|we) (?:said|asked for|wanted|put|chose|had) (?:\w+ ){1,3}(?:before|earlier|last time|"
     r"first|"
     r"yesterday)[.!,;]+\s+(?:but |so )?(?=\S)", ""),
    (rf"(?:^|(?<=[.!?,] ))(?:forget|scrap|drop|ditch|bin)(?: about)? (?P<x>{MOOD})(?=[.!,;]|$)", r"no \g<x>"),
    (rf"\b(?:i['’]?m|we['’]?re|i am) (?:so |really )?(?:sick|tired|fed up) (?:of|with) (?:the|that|this|all the|"
     rf"seeing)(?: \w+['’]s)? "
     rf"(?P<x>\w+){_OFF}(?=\s*(?:[.,;!]|$))", r"no \g<x>"),
    (r"\b(?:that['’]?s |it['’]?s )?enough (?:of |with )?(?:the |that |this |all the )?(?P<x>\w+ing)\b(?: already| "
     r"now)?", r"no \g<x>"),
    (r"\b(?:i|we) (?:really |also |quite )?(?:loved|liked|enjoyed|adored|hated|disliked|did(?:n['’]t| not) (?:like|"
     r"ask for|want|say))\b"
     r"[^.!?]*?(?:[.!?]+|,? (?:but|so|and)\b,?)\s*(?=\S)", ""),
    (r"^(?:(?:ok(?:ay)?|ugh|hi|hey|hello|right|so|well)[,.!]* )*(?:thanks|thank you|cheers|great job|good job|nice "
     r"work|nice)\b"
     r"[^.!?]*?(?:[.!?]+|,? (?:but|so|now)\b,?)\s*(?=\S)", ""),
    (rf"(?:^|(?<=[.!?,] ))(?:{_THEN},? )?{_WHO} (?:was|were|looked|came across|came out|seemed|had|did|smiled|"
     rf"nodded|blinked|kept)\b"
     rf"[^.!?]*?\b(?:{_THEN}|too \w+|over the top|way off)\b[^.!?]*?(?:[.!?]+|,? (?:but|so|and|now)\b,?)\s*(?=\S)", ""),
    (r"\b(?:i|we)(?: clearly| only| just)? (?:asked for|wanted|said|ordered|meant)(?: (?:something|an?|somebody))? "
     r"(?=[a-z]+\s*[.!]*$)",
     "make it "),
    (rf"^(?P<a>{_WHO}|it) (?:can|could|may) be (?P<b>[^,.;]+), (?:just|only) (?=not\b|never\b|no\b|"
     rf"don['’]t\b)", r"\g<a> is \g<b>, "),
)  # fmt: skip
