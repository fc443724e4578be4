"""Emojis and text smileys in words: the sentence encoder knows no signs."""

from __future__ import annotations

import re

_EMOJI = {
    "happy": "😀😃😄😊☺🥳",
    "smile": "🙂😁",
    "laugh": "😂🤣😆😅",
    "sad": "😢😭😞☹🙁😔😿",
    "angry": "😠😡🤬👿",
    "surprised": "😲😮😯😳",
    "fearful": "😱😨😰",
    "disgusted": "🤢🤮",
    "loving": "😍🥰❤💕",
    "blow a kiss": "😘😗😙😚",
    "wink with your left eye": "😉",
    "tired": "😴😪🥱😫",
    "bored": "😑😒",
    "confused": "😕🤷",
    "suspicious": "🤨",
    "roll your eyes": "🙄",
    "tongue out": "😛😝😜🤪",
    "nervous": "😬😟",
    "mischievous": "😈😏",
    "confident": "😎💪",
    "relieved": "😌😮‍💨",
    "neutral face": "😐😶",
    "whisper": "🤫🤐",
    "excited": "🤩🎉",
    "nod": "👍",
    "shake your head": "👎",
    "think hard": "🤔",
    "embarrassed": "🫣🙈",
    "awed": "🤯",
    "sympathetic": "🥺",
}
_ALONE = {sign: words for words, signs in _EMOJI.items() for sign in signs if sign not in "‍💨"}
_SMILEYS = (
    (re.compile(r"(?<!\w)[:;=8]['’]?-?\((?!\w)"), "sad"),
    (re.compile(r"(?<!\w);-?\)(?!\w)"), "wink with your left eye"),
    (re.compile(r"(?<!\w)[:=]-?D(?!\w)"), "laugh"),
    (re.compile(r"(?<!\w)[:=]-?[)\]](?!\w)"), "smile"),
    (re.compile(r"(?<!\w)[:=]-?[pP](?!\w)"), "tongue out"),
    (re.compile(r"(?<!\w)[:=]-?[oO](?!\w)"), "surprised"),
)
_SIGNS = re.compile("[" + "".join(_ALONE) + "]\ufe0f?[\U0001f3fb-\U0001f3ff]?")


def signs_to_words(text: str) -> str:
    """ "nod 🙂" -> "nod, smile"; text without signs is returned as it is."""
    written = text
    for pattern, words in _SMILEYS:
        text = pattern.sub(f", {words} ", text)
    text = _SIGNS.sub(lambda m: f", {_ALONE[m.group()[0]]} ", text)
    if text == written:
        return text
    text = re.sub(" +", " ", text)
    return re.sub(r"^[ ,]+|(?<=,)(?:\s*,)+", "", text).replace(" , ", ", ").replace(" ,", ",").strip()
