"""A grammar that writes instructions together with their meaning, to train inputs/instruction/understanding.py.

Words and frames come from data/*.txt, clauses from clauses.py. Some words and some frames are held out
whole: sentences for validation contain at least one of them, sentences for training none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.training.instructions.clauses import BASIC, Clauses, Phrase
from avatar_app.training.instructions.inflection import contracted, gerund
from avatar_app.training.instructions.typing_errors import gibberish, misspell
from avatar_app.training.instructions.word_lists import Lists, WholeRequest, read_lists, read_requests
from avatar_app.training.instructions.words import AVOIDED, MEDIUM, mentioned, opposite, split_level

POSES = (
    "turn_left", "turn_right", "tilt_left", "tilt_right", "head_up", "head_down", "look_up", "look_down", "look_left",
    "look_right", "lean_forward", "lean_back", "raise_brows", "lower_brows", "close_eyes", "open_mouth", "smile",
)  # fmt: skip
NEUTRAL = "neutral"  # stands among the labels of a whole request


class Grammar(Clauses):
    """Writes whole phrases, reproducibly from its seed."""

    @cached_property
    def requests(self) -> Lists:
        return read_lists("requests.txt")

    @cached_property
    def whole_requests(self) -> list[WholeRequest]:
        return read_requests("whole.txt") + read_requests("mixed.txt")

    @cached_property
    def elsewhere(self) -> Lists:
        return read_lists("elsewhere.txt")

    def phrases(self, count: int) -> Iterator[Phrase]:
        """`count` phrases with distinct texts."""
        makers = (
            (self.single, 46), (self.negated, 15), (self.joined, 19), (self.listed, 11), (self.blend, 9),
            (self.but_without, 7), (self.whole, 15), (self.bare, 0 if self.held else 14),
            (self.neutral, 4), (self.plain, 3), (self.irrelevant, 20),
        )  # fmt: skip
        seen: set[str] = set()
        while len(seen) < count:
            (maker,) = self.rng.choices([m for m, _ in makers], [w for _, w in makers])
            phrase = maker()
            text = self.noise(phrase.text)
            if text not in seen:
                seen.add(text)
                passing = mentioned(phrase.text) if phrase.targets.keys() & set(EMOTION_NAMES) else frozenset()
                unjudged = frozenset((phrase.open_labels | passing) - phrase.targets.keys())
                yield Phrase(text, phrase.targets, unjudged, phrase.neutral, phrase.plain)

    def single(self) -> Phrase:
        return self.wrapped(self.clause(self.label()))

    def bare(self) -> Phrase:
        """One of the basic words of a label, alone, or one that is wanted against a plain "don't" or "no"."""
        name = self.label()
        kinds = [kind for kind in ("adjectives", "nouns", "verbs", "states") if kind in self.words[name].lists]
        kind = self.rng.choice(kinds)
        text, level = split_level(self.pick(self.words[name].lists[kind][:BASIC]))
        text = self.possessive(self.fill(text, self.words[name].side))
        avoided = self.rng.random() < 0.2
        if avoided:
            starts = {"verbs": ("don't ", "do not ", "never "), "adjectives": ("not ", "don't be ", "do not look ")}
            text = self.rng.choice(starts.get(kind, ("no ", "without "))) + re.sub("^(an?|the) ", "", text)
        return Phrase(text, {name: AVOIDED if avoided else level or MEDIUM})

    def negated(self) -> Phrase:
        return self.wrapped(self.clause(self.label(), avoided=True))

    def joined(self) -> Phrase:
        """Two to four clauses; later ones take the grammatical form that the join asks for."""
        names = self.rng.sample(list(self.words), self.rng.choices((2, 3, 4), (60, 30, 10))[0])
        self._plain = self.rng.random() < 0.7
        phrase = self.clause(names[0], avoided=self.rng.random() < 0.15)
        for name in names[1:]:
            if self.rng.random() < 0.08:
                phrase = self.join(phrase, self.rng.choice((self.irrelevant, self.plain))())
            phrase = self.join(phrase, name)
        self._plain = False
        return self.wrapped(phrase) if self.rng.random() < 0.3 else phrase

    def listed(self) -> Phrase:
        """Two to five short clauses of one form in a row, all for or, now and then, all against."""
        count = self.rng.choice((2, 3, 3, 4, 5))
        names = self.rng.sample(list(self.words), count)
        if self.rng.random() < 0.3:  # a pose: directions of head and eyes are easily mixed up
            names = self.rng.sample(POSES, count)
        against = self.rng.random() < 0.2
        form = self.rng.choice(("vp", "vp", "ger", "state"))
        parts = [self.clause(name, form=form) for name in names]
        if against and any(
            part.targets[n] < 0 or part.text.startswith(("don't", "not ")) for part, n in zip(parts, names, strict=True)
        ):
            against = False
        comma = self.rng.choice((", ", ", ", ", ", ", ", " + ", " / ", "; ", " - ", " & ", " and ", " plus "))
        last = self.rng.choice((" or ", ", or ") if against else (" and ", ", and ", comma, comma, " & ", " and also "))
        if against or comma != ", ":
            last = last if against else comma
        text = comma.join(part.text for part in parts[:-1]) + last + parts[-1].text
        targets = {name: value for part in parts for name, value in part.targets.items()}
        if against:
            start = {
                "vp": ("don't ", "do not ", "never ", "please don't "),
                "ger": ("without ", "no ", "avoid ", "stop "),
            }
            text = self.rng.choice(start.get(form, ("no ", "without ", "without any "))) + text
            targets = dict.fromkeys(targets, AVOIDED)
        return self.wrapped(
            Phrase(text, targets, frozenset().union(*(part.open_labels for part in parts)) - targets.keys())
        )

    def join(self, first: Phrase, second: Phrase | str) -> Phrase:
        joins = self.frames["join"]["clauses"]
        if isinstance(second, Phrase):
            join = self.rng.choice([j for j in joins if "{b}" in j])
        else:
            join = self.rng.choice(joins)
            avoided = self.rng.random() < (0.6 if "but" in join else 0.2)
            form = (re.findall(r"\{b_?(\w*)\}", join) or [""])[0]
            second = self.clause(second, avoided, form)
        b = re.sub(r"\{b_?\w*\}", lambda _: second.text, join)
        # A label named twice would contradict itself: the earlier clause keeps its say.
        targets = {**second.targets, **first.targets}
        return Phrase(b.replace("{a}", first.text), targets, (first.open_labels | second.open_labels) - targets.keys())

    def blend(self) -> Phrase:
        """Two emotions in one breath: a mixture, or one instead of the other."""
        p, q = self.rng.sample(EMOTION_NAMES, 2)
        contrast = self.rng.random() < 0.5
        frame = self.somebody(self.rng.choice(self.frames["join"]["contrasts" if contrast else "emotions"]))
        targets: dict[str, float] = {}
        graded = self.rng.random() < 0.4  # "slightly sad but very surprised"
        for name, slots in ((p, "pm"), (q, "qn")):
            for slot, kind in ((slots[0], "adjectives"), (slots[1], "nouns")):
                if "{" + slot + "}" not in frame:
                    continue
                text, level = self.word(name, kind, short=True)
                if contrast and name == q:
                    level = AVOIDED
                else:
                    text, level = self.degree(text, level, kind.removesuffix("s"), graded)
                frame = frame.replace("{" + slot + "}", text)
                targets[name] = level or MEDIUM
        return Phrase(frame, targets)

    def whole(self) -> Phrase:
        request = self.rng.choice(self.whole_requests)
        side = self.rng.choice(("left", "right"))
        text = self.fill(self.pick(list(request.ways), keep=1, want=self.held), side)
        targets = {}
        for item in request.labels:
            if item == NEUTRAL:
                continue
            name, _, level = item.replace("{side}", side).replace("{other}", opposite(side)).lstrip("-").partition(":")
            targets[name] = AVOIDED if item.startswith("-") else float(level or MEDIUM)
        return self.wrapped(Phrase(text, targets, neutral=NEUTRAL in request.labels))

    def but_without(self) -> Phrase:
        """One thing wanted, another one not: "surprised, minus the open mouth", "don't frown, smile"."""
        wanted, unwanted = self.rng.sample(list(self.words), 2)
        frame = self.rng.choice(self.frames["without"]["frames"])
        form = (re.findall(r"\{a_?(\w*)\}", frame) or [""])[0]
        self._plain = True
        first = self.clause(wanted, form=form)
        self._plain = False
        kind, text = ("states", "") if unwanted not in EMOTION_NAMES else ("nouns", "")
        if "{not_ger}" in frame or "{not_vp}" in frame:
            vp, _ = self.word(unwanted, "verbs")
            vp = self.possessive(vp)
            text = gerund(vp) if "{not_ger}" in frame else vp
            frame = frame.replace("{not_ger}", text).replace("{not_vp}", text)
        else:
            text, _ = self.word(unwanted, kind)
            text = re.sub("^(an?|the|your) ", "", self.possessive(text))
            frame = frame.replace("{not_state}", text)
        text = re.sub(r"\{a_?\w*\}", lambda _: first.text, frame)
        targets = {**first.targets, unwanted: AVOIDED}
        return self.wrapped(Phrase(text, targets, first.open_labels - targets.keys()))

    def neutral(self) -> Phrase:
        return self.wrapped(
            Phrase(self.pick(self.requests["neutral"]["requests"], keep=20, want=self.held), {}, neutral=True)
        )

    def plain(self) -> Phrase:
        return self.wrapped(
            Phrase(self.pick(self.requests["plain"]["requests"], keep=20, want=self.held), {}, plain=True)
        )

    def irrelevant(self) -> Phrase:
        """Text that asks a face for nothing: talk, wishes for other things, other languages, letters at random."""
        lists, more = self.requests["irrelevant"], self.elsewhere
        kinds = {"requests": 20, "frames": 20, "talk": 25, "wishes": 18, "foreign": 12, "gibberish": 7}
        (kind,) = self.rng.choices(list(kinds), list(kinds.values()))
        if kind == "gibberish":
            return Phrase(gibberish(self.rng), {})
        if kind == "frames":
            frame = self.pick(lists["frames"], keep=2)
            verb, noun = self.pick(lists["verbs"]), self.pick(lists["nouns"], want=self.held)
            return Phrase(frame.replace("{v}", verb).replace("{n}", noun), {})
        items = lists[kind] if kind == "requests" else more[kind]["requests"]
        text = self.pick(items, keep=20, want=self.held)
        if kind == "wishes" and self.rng.random() < 0.4:
            text = self.render(
                self.frame(self.frames["verb"]["negations" if self.rng.random() < 0.15 else "frames"]), text
            )
        elif kind == "talk" and self.rng.random() < 0.25:
            text += self.rng.choice((", ", ". ", " and ")) + self.pick(items, keep=20)
        return self.wrapped(Phrase(text, {})) if kind != "foreign" else Phrase(text, {})

    def wrapped(self, phrase: Phrase) -> Phrase:
        dice = self.rng.random()
        if dice > 0.26:
            return phrase
        if dice < 0.03:
            talk = self.pick(self.elsewhere["talk"]["requests"], keep=20)
            text = self.rng.choice(("{t}, {x}", "{t}. {x}", "{t} so {x}", "{x}, {t}", "{x}. {t}")).replace("{t}", talk)
        else:
            text = self.pick(self.frames["wrapper"]["frames"], keep=1)
        text = text.replace("{x}", phrase.text)
        return Phrase(text, phrase.targets, phrase.open_labels, phrase.neutral, phrase.plain)

    def noise(self, text: str) -> str:
        """Case, full stops, missing apostrophes and typing errors as people make them."""
        if self.rng.random() < 0.5:
            text = contracted(text)
        dice = self.rng.random()
        if dice < 0.4:
            text = text[:1].upper() + text[1:]
        elif dice < 0.43:
            text = text.upper()
        if "'" in text and self.rng.random() < 0.3:
            text = text.replace("'", "")
        if self.rng.random() < 0.16:
            text = self.misspell(text)
        return text + (self.rng.choice((".", ".", "!", " ")) if text[-1].isalnum() and self.rng.random() < 0.25 else "")

    def misspell(self, text: str) -> str:
        return misspell(text, self.rng)
