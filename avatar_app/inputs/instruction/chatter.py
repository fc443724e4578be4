"""Sentences in which people talk of themselves around a wish: "I run a small channel. Could she look pleased?"."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.story_rules import MOOD

_SO = r"^(?:(?:and|but|so|well|oh|ok(?:ay)?|hmm+|um+|right|anyway|look|sorry|honestly|now|yes|yeah)[,.!… ]+)*"
_KIN = r"(?:husband|wife|sons?|daughters?|kids?|nan|mum|mom|dad|niece|nephew|friends?|mate|sister|brother|flatmate)"
_WORK = (
    r"(?:client|boss|manager|director|producer|editor|agency|team|colleagues?|teacher|students?|customers?|marketing|"
    r"committee|board|jury|judges|office|museum|church|neighbours?|family|company|shop|channel|school|class|english|"
    r"spelling|typing|phone|computer|keyboard|deadline|budget|internet)"
)
# Who tells of themselves; "we open on a smile" and "I start angry" are a director's and an actor's.
_OF_WRITER = re.compile(
    rf"{_SO}(?:(?:i|we)(?:['’](?:m|ve|d|re|ll))?\b(?! (?:then |now |just )?(?:start|begin|open|end|finish|see|go\b|cut|"
    rf"hold|watch|build|keep|close|look (?!after\b|for\b|forward\b))|['’])|"
    rf"(?:my|our|the) {_WORK}\b(?!['’]s)|"
    rf"(?:my|our) {_KIN} (?:loves?|likes?|helped|showed|set|sent|gave|got|runs?|works?|turns?|has|have|found|made)\b|"
    r"(?:thanks|thank you|cheers|many thanks|much appreciated|bless you|love you)\b|"
    r"you(?:['’]re| are) (?:an?|the) (?:\w+ ){0,3}(?:star|best|legend|angel|hero|gem|lifesaver|treasure)$|"
    r"(?:hope|hoping) (?:that|this|it|you)\b|fingers crossed\b|(?:kind|best|warm) (?:regards|wishes)\b|"
    r"(?:good (?:morning|afternoon|evening|day)|hi|hello|hey|greetings|hiya)\b(?:,? (?:there|all|everyone|team|folks|"
    r"again|guys|me))*(?:,? \w+ here\b(?! (?:is|are)\b)|$)|\w+ here\b(?! (?:is|are)\b)|"
    r"no (?:rush|hurry|pressure)\b|sent from my\b|have a (?:\w+ )?(?:day|one|evening|weekend)\b|"
    r"(?:is|does|will) this (?:thing|app|box|work)\b|are you (?:there|real|a (?:real|robot|person|human))\b|"
    r"can you (?:hear|read|understand) (?:me|this)\b|how does (?:this|it)\b|what do you (?:think|reckon|say)$|"
    r"where (?:to|do i|shall i|should i) (?:begin|start|type)\b|don['’]?t ask(?: me)?(?: why| how)?\b|"
    r"(?:that|this)['’]s (?:how|what|the way) (?:my|our)\b|(?:it|this|that)['’]s (?:just )?(?:for )?an? (?:\w+ )?"
    r"(?:ad|advert|commercial|promo|brochure|newsletter|fundraiser|birthday card|presentation|school play|podcast)\b)",
    re.I,
)
_FOR_PORTRAIT = re.compile(
    r"\b(?:want|need|wish|hope (?:he|she|for)|prefer|ask(?:ed|ing)? for|like (?:to|him|her|it|the|a)|['’]d (?:like|"
    r"love)|"
    r"imagin\w+|pictur(?:e|ing) (?:him|her|a|it)|think\w*|reckon|guess|suppose|say|said|mean\w*|show|go(?:ing)? for|"
    r"(?<!look )after (?:a|an|some)|expect|should|must|could(?! not)|would|please|he|she|him|her|his|they|them|face|"
    r"eyes?|"
    r"mouth|lips?|"
    r"brows?|eyebrows?|heads?|chin|smil\w+|frown\w*|nod\w*|wink\w*|blink\w*|laugh\w*|grin\w*|sigh\w*|"
    r"instead|left|right|it is|agreed|settled|decided|landed|looking for|see (?:a|an|some|him|her|more|less)|"
    r"hat(?:e|ed)|loath\w+|stand)\b",
    re.I,
)
_ASKS = re.compile(
    r"\b(?:he|she|him|her|his|they|them|the (?:lady|man|woman|gentleman|chap|girl|boy|portrait|guy)|chap|please|make|"
    r"could|can|would|want|need|let|give|show|have|should|just|look|smil\w+|frown\w*|nod\w*|wink\w*|blink\w*)\b",
    re.I,
)
_FELT = re.compile(rf"\b{MOOD}\b", re.I)
_LIKE_ME = re.compile(r"\blike (?:me|us|i do|we do)\b", re.I)
_OURS = re.compile(r"\b(?:i|we|us|my|our)\b", re.I)
_EDGE = re.compile(
    r"((?<=[.!?\n])\s+|,\s+(?=don['’]?t ask\b|it['’]s an? |this is an? )|,?\s+(?:and|but|so)\s+(?=(?:i|we|i['’]\w+|"
    r"it|"
    r"this|that|the|my|our|could|can|please)\b))",
    re.I,
)


def without_chatter(text: str) -> str:
    """The text without what its writer tells of themselves, where something is asked for besides."""
    head, colon, rest = text.partition(": ")
    if colon and _OURS.search(head) and _ASKS.match(rest) and not _FOR_PORTRAIT.search(head):
        text = rest
    pieces = _EDGE.split(text)
    if len(pieces) < 2 or _LIKE_ME.search(text):
        return text
    told, edges = pieces[::2], ["", *pieces[1::2]]
    idle = [_is_chatter(piece.strip(" ,.!?")) for piece in told]
    kept = [(edge, piece) for edge, piece, nothing in zip(edges, told, idle, strict=True) if not nothing]
    if not any(idle) or not any(_ASKS.search(piece) for _, piece in kept):
        return text
    return "".join((edge if k else "") + piece for k, (edge, piece) in enumerate(kept))


def _is_chatter(piece: str) -> bool:
    match = _OF_WRITER.match(piece)
    return match is not None and not _FOR_PORTRAIT.search(piece[match.end() :]) and not _FELT.search(piece)
