"""One clause of an instruction: for or against one label, in the grammatical form that is asked for."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cached_property

from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.training.instructions.inflection import gerund, of_somebody, third_person
from avatar_app.training.instructions.word_lists import Lists, read_lists
from avatar_app.training.instructions.words import (
    ALWAYS_TRAINED,
    AVOIDED,
    LEVELS,
    MEDIUM,
    NEIGHBOURS,
    Words,
    held_out,
    opposite,
    split_level,
    vocabulary,
)


@dataclass(frozen=True)
class Phrase:
    """text, what it asks for ({label: strength in (0, 1], or -1 for avoided}), and labels that it leaves open."""

    text: str
    targets: dict[str, float]
    open_labels: frozenset[str] = frozenset()
    neutral: bool = False  # a request to show nothing, such as "poker face"
    plain: bool = False  # words that change nothing, such as "look at the camera"


BASIC = 16  # the first words of a list: every one of them must be known alone


class Clauses:
    """Writes clauses. `held`: every clause uses a held-out word or a held-out frame. `everything`: none is held out."""

    def __init__(self, seed: int, held: bool = False, everything: bool = False) -> None:
        self.rng = random.Random(seed)
        self.held = held
        self.everything = everything
        self._want_held_word = False
        self._decks: dict[tuple[str, str, bool], list[str]] = {}
        self._plain = False  # inside a list of clauses, people use few frames

    @cached_property
    def words(self) -> dict[str, Words]:
        return vocabulary()

    @cached_property
    def frames(self) -> Lists:
        return read_lists("frames.txt")

    def label(self) -> str:
        """One label; emotions, which have most words, half again as often as actions."""
        names = list(self.words)
        return self.rng.choices(names, [1.5 if name in EMOTION_NAMES else 1.0 for name in names])[0]

    def clause(self, name: str, avoided: bool = False, form: str = "") -> Phrase:
        """A clause that asks for (or against) one label. form: "" any, "ger", "vp" or "state"."""
        self._want_held_word = self.held and self.rng.random() < 0.6
        if name in EMOTION_NAMES:
            return self.emotion(name, avoided, form)
        lists = self.words[name].lists
        if avoided and form in ("", "vp") and lists.get("opposites") and self.rng.random() < 0.2:
            text, _ = self.word(name, "opposites")
            frame = self.frame(self.frames["opposite"]["frames"])
            return Phrase(self.render(frame if not form else "{vp}", text), {name: AVOIDED})
        if not (form or avoided) and self.rng.random() < 0.12:
            text, level = self.word(name, "loose")
            return Phrase(text, {name: level or MEDIUM})
        if form == "state" or (not form and self.rng.random() < 0.35):
            return self.state(name, "states", avoided, form)
        return self.verb(name, "verbs", avoided, form)

    def verb(self, name: str, kind: str, avoided: bool, form: str) -> Phrase:
        text, level = self.word(name, kind)
        negatable = not text.startswith(("don't", "do not", "avoid", "stop"))
        if avoided and not negatable:
            return self.clause(name, avoided, form)
        if not avoided and level is None and self.rng.random() < 0.35:
            pattern, level = self.degree("", None, "verb", always=True)
            text = pattern.replace("{vp}", text)
        if form:
            frame = {"ger": "{ger}", "vp": "{vp}"}[form]
            frame = {"{ger}": "not {ger}", "{vp}": "don't {vp}"}[frame] if avoided else frame
        else:
            frame = self.frame(self.frames["verb"]["negations" if avoided else "frames"])
        return Phrase(self.render(frame, text), {name: AVOIDED if avoided else level or MEDIUM})

    def state(self, name: str, kind: str, avoided: bool, form: str) -> Phrase:
        text, level = self.word(name, kind)
        article = re.match("(an?) ", text)
        if avoided:
            frame = "no {state}" if form else self.frame(self.frames["state"]["negations"])
            return Phrase(
                self.possessive(frame.replace("{state}", re.sub("^(an?|your|the) ", "", text))), {name: AVOIDED}
            )
        if level is None and self.rng.random() < 0.4:
            if article:
                adjective, level = self.degree("", None, "state", always=True)
                text = f"{'an' if adjective[0] in 'aeiou' else 'a'} {adjective} {text[article.end() :]}"
            else:
                pattern, level = self.degree("", None, "bare state", always=True)
                text = pattern.replace("{state}", text)
        frame = "{state}" if form else self.frame(self.frames["state"]["frames"])
        return Phrase(self.possessive(frame.replace("{state}", text)), {name: level or MEDIUM})

    def emotion(self, name: str, avoided: bool, form: str) -> Phrase:
        weights = {"adjectives": 36, "nouns": 9, "adverbs": 8, "scenes": 22, "verbs": 13, "looks": 9, "roles": 12}
        if form == "state":
            weights = {"nouns": 35, "adjectives": 40, "looks": 25}
        elif form or avoided:
            weights = {"adjectives": 70, "nouns": 0 if form else 25, "verbs": 20, "looks": 0 if form else 8}
        (kind,) = self.rng.choices(list(weights), list(weights.values()))
        neighbours = frozenset().union(*(g for g in NEIGHBOURS if name in g)) - {name}
        if kind in ("verbs", "looks"):
            make = self.verb if kind == "verbs" else self.state
            phrase = make(name, kind, avoided, form)
            return Phrase(phrase.text, phrase.targets, neighbours)
        text, level = self.word(name, kind)
        if not avoided and kind in ("adjectives", "nouns"):
            text, level = self.degree(text, level, kind.removesuffix("s"))
        frame = self.emotion_frame(kind, avoided, form, text)
        if kind == "scenes" and (other_one := of_somebody(text)) and self.rng.random() < 0.3:
            frame = self.frame(self.frames["scene"]["somebody"]).replace("{x}", other_one)
        article = "an" if text[0] in "aeiou" else "a"
        for slot in ("adj", "noun", "adv", "scene", "role"):
            frame = frame.replace("{" + slot + "}", text)
        frame = self.reflexive(frame.replace("{a}", article)) if kind == "adjectives" else frame.replace("{a}", article)
        told_apart = kind not in ("scenes", "roles")
        return Phrase(frame, {name: AVOIDED if avoided else level or MEDIUM}, frozenset() if told_apart else neighbours)

    def emotion_frame(self, kind: str, avoided: bool, form: str, text: str) -> str:
        if form:
            forms = {"ger": "looking {adj}", "vp": "look {adj}"}
            if kind == "nouns":
                return "no {noun}" if avoided else "{noun}"
            if form == "state":
                return "no {adj} expression" if avoided else "{a} {adj} expression"
            return ("not " if avoided and form == "ger" else "don't " if avoided else "") + forms[form]
        frames = self.frames[kind.removesuffix("s")]["negations" if avoided else "frames"]
        while True:
            frame = self.frame(frames)
            attributive = kind == "adjectives" and re.search(r"\{adj\} (?!when|and|while|at)", frame)
            if not (attributive and len(text.split()) > 2):
                return frame

    # ---- words

    def pick(self, items: list[str], keep: int = ALWAYS_TRAINED, want: bool = False) -> str:
        """One item: of the trained ones, or of the held-out ones if wanted and there are any."""
        held = [item for item in items[keep:] if held_out(item) and not self.everything]
        trained = [item for item in items if item not in held]
        return self.rng.choice(held if want and held else trained)

    def word(self, name: str, kind: str, short: bool = False) -> tuple[str, float | None]:
        items = self.words[name].lists[kind]
        if short:
            items = [item for item in items if len(item.split()) <= 2]
            item = self.pick(items, want=self._want_held_word)
        else:
            item = self.dealt(name, kind, items)
        word, level = split_level(item)
        return self.fill(word, self.words[name].side), level

    def dealt(self, name: str, kind: str, items: list[str]) -> str:
        """The next of the list in a shuffled order: every item is used equally often, a basic one twice as often."""
        deck = self._decks.setdefault((name, kind, self._want_held_word), [])
        if not deck:
            held = [item for item in items[ALWAYS_TRAINED:] if held_out(item) and not self.everything]
            kept = held if self._want_held_word and held else [item for item in items if item not in held]
            basic = [item for item in items[:BASIC] if item in kept]
            deck.extend(self.rng.sample(kept + basic, len(kept + basic)))
        return deck.pop()

    def frame(self, frames: list[str]) -> str:
        frame = self.pick(frames[: 9 if self._plain else None], want=self.held and not self._want_held_word)
        return self.somebody(frame) if "{who}" in frame else frame

    def somebody(self, frame: str) -> str:
        """Puts a person into the open place: the subject of a sentence, or the one to whom something is done."""
        who = self.frames["who"]
        subject, other = self.rng.choice(who["subjects"]), self.rng.choice(who["frames"])
        done_to = (
            r"(\b(?:have|make|get|let|see|show|with|of|picture|keep|stop|without|give|need|having|love|from) )"
            r"\{who\}"
        )
        return re.sub(done_to, rf"\g<1>{other}", frame).replace("{who}", subject)

    def fill(self, text: str, side: str) -> str:
        """Puts a side and one way of saying the direction into the open places."""
        if not side:
            return text
        viewer = self.rng.random() < 0.04
        ways = self.frames["direction"]
        direction = self.pick(ways["viewer" if viewer else "subject"])
        direction = direction.replace("{side}", opposite(side) if viewer else side)
        against = self.pick(ways["subject"]).replace("{side}", opposite(side))
        for slot, value in (("dir", direction), ("opp", against), ("side", side), ("other", opposite(side))):
            text = text.replace("{" + slot + "}", value)
        return text

    def degree(self, text: str, level: float | None, kind: str, always: bool = False) -> tuple[str, float | None]:
        """`text` with a degree word before it in two of five cases (or `always`), and its strength."""
        if level is not None or not (always or self.rng.random() < 0.4):
            return text, level
        name = self.rng.choice(list(LEVELS))
        return f"{self.pick(self.frames[kind][name])} {text}".strip(), LEVELS[name]

    def render(self, frame: str, vp: str) -> str:
        adverb = re.match(r"((?:very )?\w+ly|just|barely|really|fully|way|only) ", vp)
        head, core = (adverb.group(0), vp[adverb.end() :]) if adverb else ("", vp)
        if core.startswith(("head ", "chin ", "lol")):  # said like a verb phrase, but not one
            return "no " + vp if "not" in frame or "n't" in frame else vp
        text = (
            frame.replace("{vp}", vp)
            .replace("{ger}", head + gerund(core))
            .replace("{third}", head + third_person(core))
        )
        return self.possessive(text)

    def possessive(self, text: str) -> str:
        """Whose brows: his or hers in the third person; otherwise yours, "the", or left out."""
        owner = "your"
        if re.search(r"\b(she|her|woman|lady|girl|grandma|nan)\b", text):
            owner = "her"
        elif re.search(
            r"\b(he|him|his|man|guy|gentleman|boy|bro|dude|chap|grandpa|uncle|avatar|character|person|it|they|speaker)\b",
            text,
        ):
            owner = self.rng.choice(("his", "their", "the"))
        elif self.rng.random() < 0.3:
            owner = self.rng.choice(("the", "", "my", "the", "those", "that"))
        return re.sub(r" +", " ", re.sub(r"\byour\b", owner, text)).strip()

    def reflexive(self, text: str) -> str:
        """ "she is beside yourself" -> "she is beside herself"."""
        text = self.possessive(text) if re.search(r"\byour\b", text) and self.rng.random() < 0.5 else text
        own = "herself" if re.search(r"\b(she|her|lady|woman|girl|grandma|nan)\b", text) else "himself"
        return text.replace("yourself", own) if re.search(r"\b(she|he|him|her)\b", text) else text
