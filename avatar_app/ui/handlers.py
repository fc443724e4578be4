"""Words and files that the page shows: verdicts on portraits, the status line, what was understood, the zip."""

from __future__ import annotations

import html
import json
import logging
import random
from pathlib import Path
from typing import Any

from avatar_app.engines import registry
from avatar_app.loading import import_rooms
from avatar_app.output import RESULT, SIDE_BY_SIDE
from avatar_app.request import MAX_SEED
from avatar_app.sample import Sample

log = logging.getLogger(__name__)


def new_seed() -> int:
    """A seed nobody chose."""
    return random.randrange(MAX_SEED)


def warm_up() -> None:
    """Loads the models, so that the first run need not; what is wrong with them will be told by that run."""
    try:
        import_rooms(registry.engine_module(registry.find_spec(None)))
        from avatar_app.inputs.instruction.reading import read_instruction

        registry.load_engine()
        read_instruction("smile", 1.0)
    except Exception as error:
        log.warning("the models could not be loaded: %s", error)


def all_files(samples: list[Sample], folder: Path) -> list[str]:
    """Every file of a run: videos first, in the order of the takes, then what was made of them."""
    samples = sorted(samples, key=lambda sample: sample.index)
    paths = [sample.video for sample in samples]
    paths += [folder / SIDE_BY_SIDE, *(sample.motion_file for sample in samples)]
    paths += [path for sample in samples for path in sample.attachments]
    paths.append(folder / RESULT)
    return [str(path) for path in paths if path is not None and path.is_file()]


def status_bar(words: str, fraction: float | None, kind: str = "busy", right: str = "") -> str:
    """HTML of the status line. fraction: None while it is not known. kind: "busy", "done", "failed", or "ahead" of
    the server."""
    percent = None if fraction is None else round(100 * min(max(fraction, 0.0), 1.0))
    now = "" if percent is None else f' aria-valuenow="{percent}"'
    filled = '<div class="bar unknown">' if percent is None else f'<div class="bar" style="width:{percent}%">'
    return (
        f'<div class="status {kind}">'
        f'<div class="words"><span>{html.escape(words)}</span><span>{html.escape(right)}</span></div>'
        f'<div class="rail" role="progressbar" aria-label="Progress of the run"{now}>{filled}</div></div></div>'
    )


def plan_text(plan: list[dict[str, Any]]) -> str:
    """The plan as JSON to be edited, a line for each step."""
    lines = ",\n ".join(json.dumps(step, ensure_ascii=False) for step in plan)
    return f"[{lines}]" if plan else ""


def understood_words(understood: list[str], notes: list[str]) -> str:
    """Markdown: what the instruction was taken to mean, and what was not understood or noticed."""
    lines = [f"- {plain(line)}" for line in understood] or ["- nothing in particular: the voice alone leads"]
    text = "**What was understood**\n\n" + "\n".join(lines)
    if notes:
        text += "\n\n**Please note**\n\n" + "\n".join(f"- {plain(note)}" for note in notes)
    return text


def needed_words(needed: list[str]) -> str:
    """What Generate waits for, in a sentence; empty when that is nothing."""
    *others, last = needed or [""]
    return f"Still needed: {', '.join(others)}{' and ' if others else ''}{last}." if last else ""


def plain(text: str) -> str:
    """User's words inside Markdown: no markup of theirs takes effect."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{c}" if c in "\\`*_[]#|~$" else c for c in escaped)
