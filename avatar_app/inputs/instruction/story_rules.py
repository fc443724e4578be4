"""Plain words for stories: one feeling turning into another, "until he realises", noises from a side, eyes that go "
"round."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import Rewording
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
_IN_E = (
    "smile",
    "close",
    "raise",
    "glance",
    "stare",
    "grimace",
    "exhale",
    "inhale",
    "shake",
    "wrinkle",
    "purse",
    "gaze",
    "pause",
)
_LISTED = re.compile(rf"(?P<side>{_SIDE})(?P<again>(?: again)?)", re.I)


def _in_list(match: re.Match[str]) -> str:
    """ "eyes only: up, left, down" with a verb for each."""
    of_head = (match["what"] or "").lower() in ("head", "face", "nose")
    verbs = {"left": "turns the head", "right": "turns the head"} if of_head else {}
    other = "moves the head" if of_head else "looks"
    sides = [part["side"].lower() for part in _LISTED.finditer(match["list"])]
    return ", then ".join(f"{verbs.get(side, other)} {side}" for side in sides)


def _listed(match: re.Match[str]) -> str:
    """ "three moods: dreamy, cross and tender", "sequence: brows down / brows up": what is listed comes in turn."""
    parts = re.split(r"\s*(?:[,;/|+]|\band\b|\bthen\b|\s-\s)\s*", match["list"].strip(" ."))
    return ", then ".join(part for part in parts if part)


def _having_done(match: re.Match[str]) -> str:
    """ "once he has yawned he blinks" with the verb as it is asked for."""
    verb = match["a"].lower()
    plain = verb[:-1] if verb[:-1] in _IN_E else re.sub(r"([dgnpt])\1ed$|ed$", r"\1", verb)
    return f"{plain}{match['more']}, then {match['b']}"


def _swept(match: re.Match[str]) -> str:
    """ "surveys his court from right to left" as two looks."""
    verb = "turns the head" if re.search(r"\b(?:head|turn)", match["verb"], re.I) else "looks"
    return f"{match['lead']}{verb} {match['a']}, then {verb} {match['b']}"


def _toward(match: re.Match[str]) -> str:
    """ "... from her left. She turns toward it" with the side that was named last in the place of "it"."""
    sides = re.findall(r"\b(?:left|right)\b", match.string[: match.start()], re.I)
    return f"{match['verb']} {sides[-1]}" if sides else match[0]


def _one_and_other(match: re.Match[str]) -> str:
    """ "one eyebrow up, then the other": which of the two nobody said."""
    return f"the left {match['what']}{match['between']}the right {match['what']}"


STORY_RULES: tuple[Rewording, ...] = (
    (rf"{_SUBJECT}(?:{_SHE}) (?=(?!is\b|has\b|was\b|looks\b)[a-z]{{2,}}s\b)", r"\g<w>she "),
    (rf"{_SUBJECT}(?:{_HE}) (?=(?!is\b|has\b|was\b|looks\b)[a-z]{{2,}}s\b)", r"\g<w>he "),
    (r"(?:^|(?<=[.!?;\n] ))(?:the|an?) \w+ (?=(?:nods|winks|blinks|smiles|frowns|sighs|yawns|laughs|grins|smirks|"
     r"scowls|glares|pouts|"
     r"raises|shakes|tilts|squints|gasps|gulps|winces)\b)", "he "),
    (r"(?:^|(?<=[.!?\n] ))(?-i:[A-Z]{3,}(?: [A-Z]{2,})?) (?=(?!is\b|has\b|was\b)(?-i:[a-z]{2,}s)\b)", "he "),
    (r"(?:^|(?<=[.!?\n] ))(?-i:SFX|FX|VFX|LX|SOUND|MUSIC|LIGHTS?)\s*:[^.!?\n]*[.!?\n]*\s*", ""),
    (r"\b(?P<w>he|she|they) jumps?(?= ?(?:$|[,.;!]|and\b|at\b|as\b|when\b))", r"\g<w> startles"),
    (r"\b(?:never|not|does(?:n['’]t| not)|did(?:n['’]t| not)) trust(?:s|ed)? (?:a (?:living )?soul|any(?:one|body)|"
     r"a word|us|it)\b"
     r"|\btrust(?:s|ed|ing)? (?:no ?one|nobody|no man)\b", "is suspicious"),
    (r"^(?P<list>[^\s.;,–—-]{1,20}(?: [^\s.;,–—-]{1,20}){0,3}(?: (?:--+|—|–) [^\s.;,–—-]{1,20}(?: "
     r"[^\s.;,–—-]{1,20}){0,3}){2,12})[.!]?$", lambda m: ", then ".join(
        part for part in re.split(r"\s+(?:--+|—|–)\s+", m["list"].strip()))),
    (r"^(?P<a>[^.;,]{1,60}?),? (?:at )?first[.!]\s+(?:(?:a )?(?:(?:long|short) )?(?:beat|"
     r"pause)[.!]\s+)?then,?\s+(?=\w)", r"\g<a>, then "),
    (r"(?:\bwait for it\b[.…!, ]*){1,4}", "after 2 seconds, "),
    (r"(?:^|(?<=[.;,] ))(?:and )?the (?:first|very first) thing(?: i (?:want|need|see))?(?: is)?,? (?=\w)", ""),
    (r"[.;,]\s+(?:and )?the (?:second|third|fourth|next|last|final|third and last) thing(?: i (?:want|need|"
     r"see))?(?: is)?,? (?=\w)", ", then "),
    (r"^[^:.]*\b(?:like (?:so|this)|as follows|in stages|in this sequence)\s*:\s*(?P<list>(?!.*\b(?:together|at "
     r"once|same time)\b)[^.]+)", _listed),
    (r"\bby the finish\b", "by the end"),
    (r",? (?:and )?(?:is |gets |to be )?replaced by ", ", then "),
    (r"^(?P<a>[^.;,]+?),? (?:at (?:the )?(?:very )?(?:start|first|beginning|outset)|to begin(?: with)?|"
     r"initially)(?:,? (?:and|but) (?:then )?|, )"
     r"(?P<b>[^.;]+)$", r"\g<a>, then \g<b>"),
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
    (r"\b(?:back )?over (?:(?:his|her|your|the|their|one) )?(?P<s>left |right )?shoulder\b", lambda m: f"to the "
     f"{(m['s'] or 'left').strip()}"),
    (r"\b(?:a|an|the|some) (?:\w+ )?(?:noise|sound|voice|bang|crash|knock|shout|scream|crack|cry|call|rustle|footsteps)"
     r"(?: comes| is heard| coming| off)? (?:from|to|on|at) (?:the |his |her |your )?(?P<s>left|"
     r"right)\b", r"surprised, looks to the \g<s>"),
    (r"(?P<verb>\b(?:turn|look|glanc|lean|tilt)\w*(?: (?:the|his|her) head)?) (?:towards? (?:it|that|the (?:noise|"
     r"sound|voice))|that way|"
     r"in that direction|there)\b", _toward),
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
    (r"(?:^|(?<=[.!?\n] ))(?:[^.!?\n]{0,120}\b(?:news|happens|midway|halfway)\b[^.!?\n]{0,120}[.!?] "
     r")?(?P<a>[^.,;!?]{1,60}?),? "
     r"before(?:hand)?[,;]? (?:and |but )?(?P<b>[^.,;!?]{1,60}?),? after(?:wards?)?(?=$|[.!])", r"first \g<a>, then "
     r"\g<b>"),
    (rf",? (?:takes? |gives? it |counts? |waits? )(?P<n>{NUMBER} seconds?),? (?:and |then )*(?=[a-z])", r" for "
     r"\g<n>, then "),
    # Beginnings, turning points and ends.
    (r"\b(?:starts?|begins?) (?P<a>(?:out |off )?(?!to\b|at\b|on\b|when\b)[^.;,]+?),? but (?:then )?(?!not\b|do\b|"
     r"don)(?P<b>[^.;]+)",
     r"start \g<a>, then \g<b>"),
    (rf"^(?P<a>[^.;]+?),? (?:for )?as long as {_SAY} can(?: hold it)?,? (?:and |but )?(?:then |when {_SAY} "
     rf"(?:can['’]?t|cannot|can no longer)"
     rf"(?: hold it| take it)?(?: any ?more| any longer)?),? (?P<b>[^.;]+)", r"\g<a>, then \g<b>"),
    (r"(?:^|(?<=[.;,] ))(?P<a>[^.;,]{1,120}?) at first,? (?:and |but )(?:then )?(?:watch (?:it|him|her) |see (?:it|"
     r"him|her) )?(?P<b>[^.;]+)", r"\g<a>, then \g<b>"),
    (r",? (?:and )?(?:to )?(?:fall(?:s|ing)? apart|clears? up|crumbl(?:es?|ing)|dissolv(?:es?|ing)|collaps(?:es?|"
     r"ing)|descend(?:s|ing)?|"
     rf"slip(?:s|ping)?) into (?=(?:an? |the |pure |utter |full )*{MOOD})", ", then "),
    (rf"\bonce {_SAY}(?:['’](?:s|ve)| has| have) (?P<a>\w+ed)\b(?P<more>[^.;,]*?),? (?P<b>{_SAY} [^.;]+)",
     _having_done),
    (r"^from (?!left\b|right\b|up\b|down\b|side\b|time\b|ear\b|head\b|start\b|the\b|here\b|now\b|top\b|word\b|"
     r"second\b|zero\b|day\b|"
     r"then\b)(?P<a>[a-z]+(?: [a-z]+){0,3}?) (?:all the way |straight )?(?:in)?to (?P<b>[a-z][^.;]*)", r"\g<a>, "
     r"then \g<b>"),
    (r"^[^.:–—-]*\b(?:two|three|four|five|six|[2-6]) (?:\w+ )?(?:moods?|emotions|expressions|feelings|faces|looks|"
     r"reactions|stages|states)\b"
     r"(?![^:–—-]*\b(?:once|together|same|mix\w*|blend\w*)\b)[^:–—-]*(?:[:–—]| -)\s*(?P<list>[^.]+)", _listed),
    (r"^(?:sequence|in sequence|order|in order|in turn|one after (?:the other|another)|timeline|steps|storyboard|"
     r"beats)\s*[:–—-]\s*(?P<list>.+)$",
     _listed),
    (r"\b(?:only )?(?:at|in) the (?:very )?last (?:moment|instant|gasp)\b,?", "at the end,"),
    (r"\b(?P<v>(?:stud|watch|look|star|regard|sit|stand|wait|listen|gaz)(?:e?s|ies|ing|e)?(?: (?:at )?(?:us|me|him|"
     r"her|you|them))?) in silence\b",
     r"\g<v>"),
    (r"\b(?:looks?|ey(?:es?|eing)|siz(?:es?|ing)|check(?:s|ing)?)(?: (?:at )?(?:me|us|him|her|you|them|the "
     r"\w+))?(?P<how> \w+ly)?,? up and down\b",
     r"looks up, then looks down\g<how>"),
    (rf"\b(?P<a>{MOOD}) (?:should |must |can |will |to )?(?:lift|fade|melt|clear|ebb|drain|slip|wear)(?:s|es)?(?: "
     rf"off| away)?"
     r"(?: (?:little by little|slowly|gradually|bit by bit))?(?:,| and|, and) (?:leaves?|leaving)(?: behind)? "
     r"(?P<b>[^.;,]+?)(?: behind)?(?=$|[.;,])",
     r"\g<a>, then \g<b>"),
    (rf"\b(?:starts?|begins?|opens?|kicks?|sets?)(?: out| off| up)?(?: with| as| by)? (?P<a>[^.;]{{1,100}}?)[,;]? "
     rf"(?:and |"
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
     rf"words?\b|phrase\b|name\b|"
     rf"middle\b|final\b|third\b|very\b)\w+|his \w+|her \w+) (?:\w+ly |just |can['’]t |cannot )?"
     rf"(?!starts?\b|stops?\b|begins?\b|finish|ends?\b|says?\b|speaks?\b|talks?\b|gets? to\b|reach|comes? to\b|is\b|"
     rf"are\b|has\b|second\b)"
     rf"\w+[^.;]*)", r"\g<a>, then \g<b>"),
    (r"(?<=[a-z]), (?:holding it(?: in| back)?,? ){1,3}", ", "),
    (r"(?:,|\.\.\.|…) a{2,}n+d+ (?:then )?", ", then "),
    (r"\band (?:carries|carry|goes|go) on(?: as before| with)? (?=\w)", "and then "),
)  # fmt: skip
