"""Plain words for stories: one feeling turning into another, "until he realises", noises from a side, eyes that go "
"round."""

from __future__ import annotations

import re
from collections.abc import Callable

from avatar_app.inputs.instruction.time_words import NUMBER

_SAY = r"(?:he|she|they|it|you|i|we)"
_SIDE = r"(?:left|right|up|down|cent(?:re|er)|straight ahead)"
# What one can be in the middle of, as a noun or an adjective.
MOOD = (
    r"(?:joy(?:ful)?|happ(?:y|iness)|delight(?:ed)?|glee|smiles?|laugh(?:ter|ing)|grin|sad(?:ness)?|sorrow|grief|"
    r"tears|despair|"
    r"melancholy|ang(?:er|ry)|rage|fury|furious|annoy(?:ance|ed)|irritat(?:ion|ed)|fear(?:ful)?|scared|terror|"
    r"terrified|horror|"
    r"horrified|panic(?:ked)?|worr(?:y|ied)|anxi(?:ety|ous)|nerv(?:es|ous(?:ness)?)|dread|shock(?:ed)?|surprised?|"
    r"amaz(?:ement|ed)|"
    r"awe|wonder|disgust(?:ed)?|contempt|pride|proud|smug(?:ness)?|confiden(?:ce|t)|doubt|suspici(?:on|ous)|"
    r"confus(?:ion|ed)|"
    r"curio(?:sity|us)|interest(?:ed)?|bor(?:edom|ed)|calm(?:ness)?|relie(?:f|ved)|peace|serenity|love|tenderness|"
    r"affection|"
    r"pity|sympathy|shame|embarrass(?:ment|ed)|shy(?:ness)?|disappoint(?:ment|ed)|hope(?:ful)?|excite(?:ment|d)|"
    r"amus(?:ement|ed)|"
    r"frown|scowl|smirk|sneer|acceptance|denial|regret|disbelief|recognition|realisation|realization)"
)
_HOW = r"(?:slowly |gradually |suddenly |quickly |then |just |finally |instantly |soon )?"
_GOES_ON = (
    r"(?:as (?:the|his|her|it|time|things|this|he|she) ?(?:\w+ )?(?:goes|go|moves|talks|speaks|progresses|continues|"
    r"unfolds|passes)"
    r"(?: on| along| by)?|over time|with time|along the way|bit by bit)"
)
_TURNS = (
    r"(?:turn(?:s|ed|ing)?|giv(?:es?|ing) way|chang(?:es?|ing)|shad(?:es?|ing)|melt(?:s|ing)?|dissolv(?:es?|ing)|"
    r"shift(?:s|ing)?|"
    r"fad(?:es?|ing)|becom(?:es?|ing)|leads?|leading|slid(?:es?|ing)|switch(?:es|ing)?|mov(?:es?|ing)|go(?:es|ing)?)"
)
_FADES = (
    r"(?:melts?|fad(?:es?|ing)|vanish(?:es)?|drops?|dies?|slips?|evaporates?|disappears?|crumbles?|falters?|goes|"
    r"wears? off|"
    r"pass(?:es)?|drains?|leaves?|subsides?)(?: away| off| out| from (?:his|her|the) face)?"
)
_SHE = (
    r"woman|lady|girl|grandma|grandmother|gran|granny|queen|widow|mother|mum|mom|bride|actress|wife|aunt|sister|"
    r"daughter|princess|maid"
)
_HE = (
    r"man|gentleman|guy|boy|lad|bloke|fella|grandpa|grandad|grandfather|king|professor|doctor|soldier|teacher|"
    r"father|dad|kid|child|"
    r"detective|chef|candidate|groom|actor|husband|uncle|brother|son|prince|butler|judge|student|salesman|waiter|"
    r"clerk|officer|captain|"
    r"speaker|host|hero|villain|character|person|customer|boss|patient|witness|pilot|priest|sailor|clown|poet|"
    r"scientist|thief"
)
_SUBJECT = (
    r"(?:^|(?<=[.!?;,\n] ))(?P<w>(?:and |then |now |suddenly |slowly )*)(?:(?:the|an?|our|this|that|my) "
    r")?(?:(?:young|old|little|poor|elderly|big|fat|thin) )*"
)
_LISTED = re.compile(rf"(?P<side>{_SIDE})(?P<again>(?: again)?)", re.I)


def _in_list(match: re.Match[str]) -> str:
    """ "eyes only: up, left, down" with a verb for each."""
    of_head = (match["what"] or "").lower() in ("head", "face", "nose")
    verbs = {"left": "turns the head", "right": "turns the head"} if of_head else {}
    other = "moves the head" if of_head else "looks"
    sides = [part["side"].lower() for part in _LISTED.finditer(match["list"])]
    return ", then ".join(f"{verbs.get(side, other)} {side}" for side in sides)


def _swept(match: re.Match[str]) -> str:
    """ "surveys his court from right to left" as two looks."""
    verb = "turns the head" if re.search(r"\b(?:head|turn)", match["verb"], re.I) else "looks"
    return f"{match['lead']}{verb} {match['a']}, then {verb} {match['b']}"


def _toward(match: re.Match[str]) -> str:
    """ "... from her left. She turns toward it" with the side in the place of "it"."""
    return f"{match['before']}{match['side']}{match['between']} {match['side']}"


def _one_and_other(match: re.Match[str]) -> str:
    """ "one eyebrow up, then the other": which of the two nobody said."""
    return f"the left {match['what']}{match['between']}the right {match['what']}"


STORY_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (rf"{_SUBJECT}(?:{_SHE}) (?=(?!is\b|has\b|was\b|looks\b)[a-z]{{2,}}s\b)", r"\g<w>she "),
    (rf"{_SUBJECT}(?:{_HE}) (?=(?!is\b|has\b|was\b|looks\b)[a-z]{{2,}}s\b)", r"\g<w>he "),
    (r"^(?:lights up|curtain(?: up| rises)?|at rise)[.:]\s+(?=\w)", ""),
    (r"\s*(?:👉|▶️?|⏩|⏭️?|⤵️?|🔜)\s*(?=\w)", ", then "),
    (r"\bone (?P<what>eyebrow|brow|eye)\b(?P<between>(?!.*\b(?:left|right)\b).*?\b)(?:the|its|his|her) other(?: one|"
     r" eyebrow| brow|"
     r" eye)?\b", _one_and_other),
    (rf"(?:^|(?<=[.:;!?\n] ))(?:just |only )?(?:the |his |her )?(?:(?P<what>eyes?|gaze|look|head|face|nose)(?: "
     rf"only)?\s*(?:[:–-]|"
     rf"goes|go|moves?)?\s*)?(?P<list>{_SIDE}(?: again)?(?:(?:,? then |, ?(?:and )?| - | and then ){_SIDE}(?: "
     rf"again)?)+)"
     rf"(?=$|[,.;!]| like\b| as\b)", _in_list),
    (rf"(?P<lead>\b(?:and |then |{_SAY} )?)(?P<verb>(?:looks?|survey(?:s|ing)?|scans?|scanning|sweep(?:s|ing)?|"
     rf"turns?|eyes?|gaze|"
     rf"head|glanc(?:es?|ing)|moves?|goes)\b(?: [\w']+){{0,5}}?) from (?:the |his |her |your )?(?P<a>left|right) to "
     rf"(?:the |his |her |"
     rf"your )?(?P<b>left|right)\b", _swept),
    (r"\b(?:looks?|looking|glanc(?:es?|ing)|peeks?|peeking|checks?|checking) (?:to |on |at |over )?(?:both|either|"
     r"each) (?:sides?|"
     r"ways?|directions?)\b", "looks left, then looks right"),
    (r"\b(?:back )?over (?:his|her|your|the|their|one) (?P<s>left |right )?shoulder\b", lambda m: f"to the "
     f"{(m['s'] or 'left').strip()}"),
    (r"\b(?:a|an|the|some) (?:\w+ )?(?:noise|sound|voice|bang|crash|knock|shout|scream|crack|cry|call|rustle|footsteps)"
     r"(?: comes| is heard| coming| off)? (?:from|to|on|at) (?:the |his |her |your )?(?P<s>left|"
     r"right)\b", r"surprised, looks to the \g<s>"),
    (r"(?P<before>.*\b)(?P<side>left|right)\b(?P<between>.*?\b(?:turn|look|glanc|lean|tilt)\w*(?: the head| his "
     r"head| her head)?)"
     r" (?:towards? (?:it|that|the (?:noise|sound|voice))|that way|in that direction|there)\b", _toward),
    (r"\b(?P<p>back|forwards?|away|down|left|right|in|over|around|us|camera|lens|head) (?=(?:grinning|smiling|"
     r"frowning|scowling|"
     r"smirking|laughing|giggling|nodding|sighing|beaming|pouting|sobbing|trembling|blinking)\b)", r"\g<p>, "),
    # Feelings that give way.
    (rf"\b(?P<a>{MOOD}) (?:that |which |and )?{_HOW}{_TURNS} (?:in)?to (?:a |an |pure |sheer |utter )?(?=(?:\w+ "
     rf")?{MOOD}\b)",
     r"\g<a>, then "),
    (rf"\b(?P<a>{MOOD}) {_HOW}{_FADES}(?:,? and|, as|,| as) (?=[a-z])", r"\g<a>, then "),
    (rf"\b(?:let|have|and) (?P<b>{MOOD}) (?:slowly |gradually )?(?:takes? over|creeps? in|sets? in|comes? in|wins?|"
     rf"sinks? in)\b",
     r", then \g<b>"),
    (rf"\bafter (?:the|his|her|that|some|initial|a moment of)? ?(?P<a>{MOOD})(?: has| have| had)? (?:worn off|"
     rf"wears? off|passed|"
     rf"pass(?:es)?|faded|fades|subsid(?:ed|es)|died down|sunk in|sinks in|gone),? (?P<b>[^.;]+)", r"\g<a>, then "
     r"\g<b>"),
    (r"[.;,] +so (?:the |it['’]s )?\w+ (?:comes )?first\b[^.;]*", ""),
    (r"\bafter (?:an?|the|his|her) (?:initial(?:ly)? )?(?P<a>\w+) (?:start|beginning|opening|moment),(?P<while> "
     r"\w+ing [^,]+,)? ",
     r"first \g<a>,\g<while> then "),
    (r"(?:(?:^|(?<=[.!?\n] ))[^.!?\n]*\b(?:news|happens|midway|halfway)\b[^.!?\n]*[.!?] )?(?<![\w,] "
     r")(?P<a>[^.,;!?]+?),? before(?:hand)?"
     r"[,;]? (?:and |but )?(?P<b>[^.,;!?]+?),? after(?:wards?)?(?=$|[.!])", r"first \g<a>, then \g<b>"),
    (rf",? (?:takes? |gives? it |counts? |waits? )(?P<n>{NUMBER} seconds?),? (?:and |then )*(?=[a-z])", r" for "
     r"\g<n>, then "),
    # Beginnings, turning points and ends.
    (rf"\b(?:starts?|begins?|opens?|kicks?|sets?)(?: out| off| up)?(?: with| as| by)? (?P<a>[^.;]+?)[,;]? (?:and |"
     rf"but )?(?:in|by|at|"
     rf"towards?) the (?:very )?end(?: of (?:it|the \w+))?,? (?P<b>(?:{_SAY}|the|his|her|there|a|an)\b[^.;]+)",
     r"start \g<a>, then \g<b>"),
    (r"(?P<a>\b(?:starts?|begins?|kicks?|opens?)(?: out| off)\b [^.;,]+?),? but (?:then )?(?P<b>[^.;]+)", r"\g<a>, "
     r"then \g<b>"),
    (r"\b(?:kicks?|sets?) off(?: with| as| by)? (?=\w)", "start "),
    (rf",? (?:and |but )?(?:then )?{_GOES_ON},? (?=\w)", ", then "),
    (r",? (?:and |but )?(?:who |which |that )?(?:ends? up|winds? up|closing on|closing with|culminating in|"
     r"finishing (?:on|with)|"
     r"ending (?:up )?(?:on|with|in|by)|only to)(?: in| with| by)? (?=[a-z])(?!.*\b(?:starts?|begins?|started|began|"
     r"beginning)\b)",
     ", then "),
    (r"(?:,| and)? (?:the |in the )?middle (?:bit|part|section)(?: is|:)? ", ", then "),
    (rf"(?<!not )(?P<a>^(?:(?!\bnot\b|\bno\b|n['’]t\b|\bnever\b|\buntil\b|\btill\b)[^.;])+?),? (?:until|till)(?: "
     rf"finally| at last)? "
     rf"(?P<b>(?:finally |suddenly |at last )?(?:{_SAY}|something|someone|the (?!last\b|first\b|second\b|end\b|"
     rf"middle\b|final\b|third\b|very\b)\w+|his \w+|her \w+) (?:\w+ly |just |can['’]t |cannot )?"
     rf"(?!starts?\b|stops?\b|begins?\b|finish|ends?\b|says?\b|speaks?\b|talks?\b|gets? to\b|reach|comes? to\b|is\b|"
     rf"are\b|has\b|second\b)"
     rf"\w+[^.;]*)", r"\g<a>, then \g<b>"),
    (r"(?<=[a-z]), (?:holding it(?: in| back)?,? ){1,3}", ", "),
    (r"(?:,|\.\.\.|…) a{2,}n+d+ (?:then )?", ", then "),
    (r"\band (?:carries|carry|goes|go) on(?: as before| with)? (?=\w)", "and then "),
)  # fmt: skip
