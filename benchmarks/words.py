"""Whether instructions are carried out, or answered: sentences of thirteen strangers to the project; see
docs/words.md.

    python benchmarks/words.py                       # 85 of the first
    python benchmarks/words.py --only timing_03      # one of them, with what was understood
    python benchmarks/words.py --set fifth           # other sets: sealed, third, fourth, fifth, sixth, practice

Every sentence goes through `generate` with one of two shipped voices, repeated to 10 s, three takes; what shows is
read off the motion as a change against the same seeds without words. Times of words are of pocketsphinx, no ear of the
product.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tempfile
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from word_checks import Seen, Span, holds

from avatar_app.generate import generate
from avatar_app.paths import ASSETS
from avatar_app.request import Request
from avatar_app.speech.recording import load_speech
from avatar_app.types import Array

FOLDER = Path(__file__).parent / "instructions"
VOICES = {
    "woman": (
        "reader_woman.mp3",
        "produced the block books which were the immediate predecessors of the true printed book",
    ),
    "man": (
        "reader_man.mp3",
        "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power to do "
        "for them",
    ),
}  # fmt: skip
SETS = ("develop", "sealed", "third", "fourth", "fifth", "sixth", "practice")
SECONDS, TAKES = 10.0, 3


def main() -> None:
    """Prints the failures, and the table by kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", default="develop", choices=SETS, help="whose sentences")
    parser.add_argument("--file", type=Path, help="other instructions, a table of the same columns")
    parser.add_argument("--only", help="beginning of the ids to take")
    parser.add_argument("--no-transcript", action="store_true", help="do not tell what the voice says")
    parser.add_argument("--json", type=Path, help="write every row's outcome")
    options = parser.parse_args()
    path = options.file or FOLDER / f"{options.set}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["id"].startswith(options.only or "")]
    outcomes = [judge(row, not options.no_transcript, bool(options.only)) for row in rows]
    table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for outcome in outcomes:
        table[outcome["kind"]].append(outcome)
    for kind, group in [*table.items(), ("all", outcomes)]:
        done = sum(not o["failed"] for o in group)
        told = sum(bool(o["failed"]) and o["told"] for o in group)
        silent = len(group) - done - told
        sys.stdout.write(
            f"{kind:18s} {done:3d}/{len(group):<3d} {done / len(group):4.0%}  told {told}  silent {silent}\n"
        )
    if options.json:
        options.json.write_text(json.dumps(outcomes, indent=1, ensure_ascii=False))


def judge(row: dict[str, str], with_transcript: bool, aloud: bool) -> dict[str, Any]:
    """What became of one sentence."""
    acted, result = takes(row["voice"], row["instruction"], with_transcript)
    told = bool(result.get("not_understood") or result.get("instruction_notes"))
    plain, _ = takes(row["voice"], "", False)
    seen = Seen(acted, plain, told, lambda cue: cues(row["voice"], cue), lambda name: usual(row["voice"], name))
    failed = holds(row["checks"], seen)
    if failed or aloud:
        answer = " | ".join(result["understood"])
        verdict = "told" if told else "SILENT"
        sys.stdout.write(f"{row['id']}: {row['instruction']!r}\n    failed {failed}, {verdict}: {answer}\n")
        sys.stdout.flush()
    return {**row, "failed": failed, "told": told, "understood": result["understood"]}


@lru_cache(maxsize=8)
def voice(name: str) -> tuple[int, Array]:
    """A recording, repeated to 10 s."""
    speech = load_speech(ASSETS / "voices" / VOICES[name][0])
    mono = speech.original if speech.original.ndim == 1 else speech.original[:, 0]
    return speech.original_rate, np.resize(mono, round(SECONDS * speech.original_rate))


@lru_cache(maxsize=64)
def takes(
    name: str, instruction: str, with_transcript: bool, options: tuple[Any, ...] = ()
) -> tuple[Array, dict[str, Any]]:
    """(3, 250, 58) and what result.json says."""
    more = {"transcript": f"{VOICES[name][1]} {VOICES[name][1]}"} if with_transcript else {}
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            audio=voice(name), instruction=instruction, samples=TAKES, seed=11, motion_only=True, output=folder, **more
        )
        samples = sorted(generate(request), key=lambda sample: sample.index)
        result = json.loads((Path(folder) / "result.json").read_text())
    return np.stack([s.motion.values() for s in samples if s.motion is not None]), result


def usual(name: str, label: str) -> Array:
    """Takes in which one thing is asked for in its plainest words."""
    from avatar_app.face.facs import ACTIONS

    return takes(name, f"{ACTIONS[label].words if label in ACTIONS else label} all the time", False)[0]


@lru_cache(maxsize=8)
def spoken(name: str) -> list[tuple[str, float, float]]:
    """(word, start, end) of one reading by pocketsphinx."""
    from avatar_app.training.corpus.alignment import align_words

    return align_words(load_speech(ASSETS / "voices" / VOICES[name][0]), VOICES[name][1])


def cues(name: str, cue: str) -> list[Span]:
    """Seconds in which a cue is to be seen, in all repeats of the recording."""
    length = load_speech(ASSETS / "voices" / VOICES[name][0]).duration
    words = spoken(name)
    if cue.startswith("word:"):
        spans = [(s, e) for text, s, e in words if re.sub(r"\W.*", "", text) == cue[5:].lower()]
    elif cue in ("stress",):
        return [(0.0, SECONDS)]
    elif cue == "pauses":
        edges = [0.0, *(t for _, s, e in words for t in (s, e)), length]
        spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 0.3]
    else:
        if cue == "last_word":  # of all repeats
            last = max(
                s + k * length
                for k in range(int(SECONDS // length) + 1)
                for _, s, _ in words
                if s + k * length < SECONDS - 0.1
            )
            return [(last, SECONDS)]
        return [words[0][1:]]
    repeats = range(int(SECONDS // length) + 1)
    return [
        (s + k * length, min(e + k * length, SECONDS))
        for k in repeats
        for s, e in spans
        if s + k * length < SECONDS - 0.2
    ]


if __name__ == "__main__":
    sys.exit(main())
