"""Plain words for orders and times told in a roundabout way: what comes last told first, "step 1 ... step 2"."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.story_rules import MOOD
from avatar_app.inputs.instruction.structure import Rewording
from avatar_app.inputs.instruction.time_words import DIGITS

_WHO = (
    r"(?:he|she|they|it|you|i|we|u|the (?:\w+ )?(?:man|woman|lady|gentleman|guy|girl|boy|person|speaker|"
    r"character|portrait|avatar))"
)
_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple(?: of)?|a few)"
    r"(?: and a half)?"
)
_SECONDS = r"(?:seconds?|secs?|s|ms|milliseconds?)\b"


_SAY = r"(?:he|she|they|it|you)"
_HAVE = r"(?:have|make|let|get|want|would like|['’]d like|need) (?:him|her|them|it)(?: to)?"
_DIGIT = "|".join(word for word in DIGITS if word != "one")  # "the second one" is no time
_DOING = (
    r"(?:looks?|turns?|tilts?|nods?|shakes?|smiles?|frowns?|rais(?:e|es)|lowers?|lifts?|drops?|blinks?|winks?|"
    r"clos(?:e|es)|opens?|"
    r"stares?|glances?|leans?|laughs?|grins?|sighs?|squints?|press(?:es)?|pouts?|rolls?|bites?|puffs?|yawns?|"
    r"smirks?|wrinkles?)"
)


def _in_that_order(match: re.Match[str]) -> str:
    """ "sigh, nod and wink in that order" as steps; without commas the verbs divide it."""
    told = match["list"].strip(" ,.;:-–(")
    if not re.search(r"[,;&+.]|\band\b", told):
        return re.sub(rf"(?<=\w) (?={_DOING}\b)", ", then ", told, flags=re.I) + ". "
    return ", then ".join(part for part in re.split(r"\s*(?:[,;&+.]|\band\b)+\s*", told) if part) + ". "


def _each_of(match: re.Match[str]) -> str:
    """ "three nods, one at 2 s, one at 5 s" as "one nod at 2 s, one nod at 5 s"."""
    one = rf"(?:and )?\b(?:the )?(?:one|another(?: one)?|once|first|second|third|fourth|next|last)(?: one)?(?= {_AT})"
    return re.sub(one, f"one {match['what'].strip()}", match["rest"], flags=re.I)


def _not_before(match: re.Match[str]) -> str:
    """ "from 7 s on smile. Before that, don't." with what is not wanted until then."""
    wish, when = match["wish"].strip(" :,"), match["when"]
    n = str(DIGITS.get(match["n"].lower(), match["n"]))
    return f"{when} {wish}. Until {n}{match['unit'] or ' s'} no {wish}"


_AT = r"(?:at|on|in|around|near|after|towards?|by)\b"


def _last(before: str, last: str) -> str:
    """ "laugh last. Before that a wink, and before the wink a nod" in the order in which it happens."""
    parts = re.split(
        r"[,;.]?\s*(?:and )?(?:right |just )?before (?:that|this|it|the \w+),?\s+", before.strip(" .!"), flags=re.I
    )
    steps = [part.strip(" ,.;") for part in reversed(parts) if part.strip(" ,.;")]
    return ", then ".join([*steps, last.strip()])


ORDER_RULES: tuple[Rewording, ...] = (
    # Order told by a remark on it.
    (r"^(?P<list>.+?)[,;.(]*\s*(?:and )?(?:please )?(?:all )?(?:exactly |strictly )?in (?:that|this|the) (?:exact |"
     r"same |very |"
     r"following |right |given )*order\b[^.!?]*[.!?)]*\s*", _in_that_order),
    (rf"^(?:before|prior to|ahead of) (?P<b>{_SAY} [^,;.]+?),? (?P<a>(?:{_SAY}|{_HAVE}|please|i want)\b.+?)[.!]*$",
     r"\g<a>, then \g<b>"),
    (rf"^(?:before|prior to|ahead of) (?P<b>\w+ing\b[^,;.]*?),? (?P<a>(?:{_SAY}|{_HAVE}|please|i want|first|{_DOING})\b"
     r".+?)[.!]*$", r"\g<a>, then \g<b>"),
    (r"^having (?P<a>\w+(?:ed|t|n)\b[^,]*), (?P<b>.+)$", r"\g<a>, then \g<b>"),
    (rf"^(?P<who>(?:the |a )?\w+ )?(?:ends?|finish(?:es)?|closes?)(?: up| off)? (?:on |with |by |in |as |"
     rf"up )?(?P<b>[^,.;]+?)"
     rf"[,.;]+ (?:but |and |though |yet |while )*(?:{_SAY} )?(?:has to |must |should |needs to |"
     rf"have to )?(?:begins?|starts?|"
     rf"opens?|beginning|starting)(?: off| out)?(?: by| with| on| as| in| being)? (?P<a>[^.;]+?)(?: or (?:the|it|"
     rf"else|this)\b.*|"
     rf" so (?:that|the)\b.*| because\b.*)?[.!]?$", r"start \g<a>, then \g<b>"),
    (r"^(?:to finish|at the (?:very )?end|in the end|finally|last(?:ly)?),? (?P<b>[^.;!]+)[.;!]\s+(?:up (?:to|"
     r"until) (?:then|that)|"
     r"until (?:then|that)|before (?:that|then)|till then|beforehand)(?: point| moment)?,? (?P<a>[^.;!]+)",
     r"\g<a>, then \g<b>"),
    (rf"[,;]? (?:but |and )?the (?:longer|more|further) (?:{_SAY}|"
     rf"the \w+) \w+(?: on)?,? the (?P<x>(?:more )?\w+) {_SAY} "
     rf"(?:gets?|becomes?|is|looks?|grows?|seems?)\b", r", then \g<x>"),
    (rf",? (?:and |but )?(?:then )?(?:{_SAY} |that |the \w+ )?(?:{_SAY}['’]s |has |is )?(?:slowly |gradually |"
     rf"suddenly )?(?:turn(?:s|ed|"
     r"ing)?|curdle[sd]?|melt(?:s|ed|ing)?|sour(?:s|ed)|chang(?:es|ed|ing)|fad(?:es|ed|ing)|slid(?:es|ing)?|"
     r"soften(?:s|ed)?|"
     r"collaps(?:es|ed|ing)|crumbl(?:es|ed)|tip(?:s|ped)?|drift(?:s|ed)|harden(?:s|ed)?) into (?:an? |"
     r"the )?(?=[a-z])", ", then "),
    (r",? (?:except|apart from|but not|save)(?: that| when)? (?=(?:at|in|on|for|during|near|"
     r"towards?) [^,.;]*\b(?:he|she|they|you) "
     r"\w+)", ". "),
    (r"\b(?:never|do(?:es)? not|do(?:es)?n['’]t|no|not) (?P<x>\w+?)(?:ing)?,? (?:at all |ever )?(?:except|"
     r"apart from|other than|"
     r"save|but)(?: for)? (?P<t>(?:at|in|on|for|during|between|from) [^.;]+)", r"\g<x> \g<t>, otherwise no \g<x>"),
    (r"\bfirst (?P<a>[^.;]+?),? and after,? (?=(?:he|she|they|it|you|is|be)\b)", r"first \g<a>, then "),
    (rf"\b(?:{_NUMBER}) (?P<what>(?:head |eye |slow |quick |"
     rf"small )?\w+?)s\b[^.;:,]*[,:;–-]+\s*(?P<rest>(?:the )?(?:one|first|once)"
     rf"(?: one)? {_AT}.+)$", _each_of),
    (rf"(?P<when>(?:from|at|after|in) [^.;:,]*?(?P<n>{_NUMBER})(?P<unit> ?{_SECONDS})?(?: on(?:wards?)? ?|"
     rf" to the (?:very )?end)?)"
     rf"[:,]? (?P<wish>[^.;:,]+)[.;] (?:before (?:that|then)|until then),? (?:do not|don['’]t|not|no|nothing|none|"
     rf"not at all|never|"
     rf"(?:he|she) (?:doesn['’]t|does not))[.!]?$", _not_before),
    (r"^(?P<a>[^,.;]+?) first,? (?:and |then )?(?P<b>[^,.;]+?) (?:after(?:wards)?|second|next|last)(?=[.!]|$)",
     r"\g<a>, then \g<b>"),
    (rf"[,;]? (?:and |then |but |slowly |gradually |{_SAY} )*(?:(?:works?|makes?|inch(?:es)?|finds?|fights?|talks?|"
     rf"eases?) "
     rf"(?:his|her|its|their|your) way|(?:comes?|gets?|eases|settles?|mellows?|softens?|warms?|cools?|calms?|"
     rf"builds?|works)"
     rf"(?: up| down)?)(?: slowly| gradually)?(?: round| around| over| up| down| back| through)? (?:in)?to "
     rf"(?=(?:an? |the |full |pure |something like )*{MOOD}\b)", ", then "),
    (rf"\bby the time {_SAY}(?:['’](?:s|ve|re)| is| has| are)? (?:all )?(?:done|finished|finish(?:es)?|through|"
     rf"stops?|ends?)"
     r"(?: (?:talking|speaking))?,?", "at the end,"),
    # Times told in words.
    (rf"\b(?:by the time|when|once|as soon as) (?:that )?(?:we|you|it|he|she|i|the \w+) (?:reach(?:es)?|gets? to|"
     rf"hits?|comes? to|"
     rf"arrives? at)(?: the)?(?= (?:second )?(?:{_NUMBER}))", "at"),
    (rf"\bsecond (?P<n>{_DIGIT})\b", lambda m: f"second {DIGITS[m['n'].lower()]}"),
    (rf"\b(?P<t>(?:second )?\d+(?:[.,]\d+)?(?: ?{_SECONDS})?)(?: or (?:so|thereabouts)|ish| give or take)\b", r"\g<t>"),
    (rf"\bfrom (?P<n>(?:second )?{_NUMBER}(?: ?{_SECONDS})?) (?:to|until|"
     rf"till) the (?:very )?end\b:?", r"from \g<n> on "),
    (rf"\b(?:only )?(?:once|when|after|as soon as|until|till) (?:about |around |"
     rf"roughly )?(?P<n>{_NUMBER} ?{_SECONDS}) (?:have|has|"
     rf"had|are) (?:gone by|passed|elapsed|gone|over|up)\b", r"after \g<n>, "),
    (rf"\b(?P<w>starting|beginning|start|begin)s? (?:at|from|on) (?P<n>{_DIGIT})(?=\s*(?:[,.;:]|$))",
     lambda m: f"{m['w']} at {DIGITS[m['n'].lower()]} s"),
    (r"(?<=\d s):\s*\d+(?: ?s)?(?:, ?\d+(?: ?s)?)+(?:,? and \d+(?: ?s)?)?(?=\s*(?:[.;]|$))", ""),
    # Cues.
    (r"(?:^|(?<=[.;,\n] ))(?:the )?(?:very )?(?P<w>last|first|final) word\s*(?:=>?|:|->|→|–|—|"
     r" - )\s*", r"on the \g<w> word, "),
    (r"(?:^|(?<=[.;,\n] ))[\"“'‘](?P<w>[\w-]+)[\"”'’]\s*(?:=>?|:|->|→|–|—| - )\s*", r"on the word '\g<w>', "),
    (r"(?:^|(?<=[.;,\n] ))(?:every |each |all |the )?pauses?\s*(?:=>?|:|->|→|–|—| - )\s*", "in the pauses, "),
    (r"(?:\balong )?\b(?:(?:with|on|to|at|for) (?:each |every |whichever |whatever |all |any |which |what )?|"
     r"whichever |whatever |"
     r"every |each |any |wherever there are )(?:of )?(?:the )?(?:single )?words? "
     rf"(?:that |which )?(?:{_SAY}|his voice|her voice)(?:['’]s)? (?:is |are |really |decides to |happens to |tends "
     rf"to )*(?:"
     rf"stress(?:es|ing)?|emphasi[sz](?:es?|ing)|accents?|leans? (?:hard )?(?:in(?:to)?|on)|comes? down (?:hard "
     rf")?on|hammers?|"
     rf"lands? (?:hard )?on|puts? (?:the |some |more |most )?(?:weight|stress|emphasis) on|gives? weight to|dwells? on|"
     rf"lingers? on|underlines?|picks? out|hits?(?: hard(?:est)?)?|presses(?: on)?|punch(?:es)?|says? (?:the "
     rf")?loud(?:er|est)?)"
     rf"(?=\W|$)(?: on)?", "on every stressed word"),
    (r"\b(?:where(?:ver)?|when(?:ever)?|every time|each time) (?:the|his|her|your) voice (?:gets|goes|turns|becomes|"
     r"sounds) (?:more |a bit |really )?(?:punchy|forceful|firm(?:er)?|hard(?:er)?|emphatic|heav(?:y|ier)|intense|"
     r"raised|"
     r"big(?:ger)?)(?=\W|$)", "on every stressed word"),
    (r"\b(?:where(?:ver)?|when(?:ever)?) (?:the |his |her |your )?(?:stress|emphasis|weight|accent)(?:es)? "
     r"(?:falls?|lands?|is|"
     r"goes|comes|lies|sits)\b", "on every stressed word"),
    (r"\b(?:with|on|to|at) (?:each |every |all |any )?(?:of )?(?:the )?words? (?:that|which)(?:['’]s| is| are| get|"
     r" gets)? "
     r"(?:being )?(?:stress|emphasi[sz]|accent)ed\b", "on every stressed word"),
    # Order.
    (r"\b(?:and|&) than\b", "and then"),
    (r"^(?P<b>(?:end|finish)(?:s|ing)? (?:on|with|by|in)\b[^.;!]+)[.;!]\s+(?P<a>(?:begin|start|open)(?:s|ning|"
     r"ing)?\b[^.;!]+)",
     r"\g<a>, then \g<b>"),
    (r"(?:,? and |, )?(?:little by little,? |slowly |gradually )?(?:it|that|this) (?:drains|fades|melts|slips|ebbs|"
     r"washes) away,? and "
     r"(?P<b>[^.;,]+?) (?:takes? over|comes? in|sets in|replaces it)", r", then \g<b>"),
    (r",? (?:and )?(?:then )?(?:slowly |gradually )?(?:dissolv(?:es?|ing) into|morph(?:s|ing)? into|"
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
)  # fmt: skip
