"""HTML of kept runs: a take with its buttons, the videos of all of them, and a card for every older run."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from avatar_app.output import RESULT, SIDE_BY_SIDE
from avatar_app.settings import Names, telling_name
from avatar_app.ui.exports import CAPTIONS, FORMATS, REELS, TITLE_LONGEST, can_be_joined, offered
from avatar_app.ui.store import DAY, INPUTS, TAKES, Kept, Limits, Take

ADDRESS = "kept"  # first part of every address of a kept file, below the page's own
EVERYTHING = "everything.zip"
REEL = "reel.mp4"
CURVES = "curves"  # and of plots
MADE = "export"  # part of the addresses of files that are made on demand
ENDED = {"failed": "failed", "stopped": "stopped", "": "broken off"}  # what is said of a run that is not simply done
TRANSPORT = """
<div class="transport" role="group" aria-label="All takes">
<button type="button" data-part="play" aria-label="Play all takes">▶</button>
<input type="range" data-part="scrub" min="0" max="1" step="0.01" value="0" aria-label="Time">
<span data-part="time">0:00.0 / 0:00.0</span>
<button type="button" data-part="loop" aria-pressed="false">Loop</button>
<select data-part="speed" aria-label="Speed"><option value="0.25">¼×</option><option value="0.5">½×</option>
<option value="1" selected>1×</option><option value="1.5">1½×</option><option value="2">2×</option></select>
<button type="button" data-part="mute" aria-pressed="false">Mute</button>
<button type="button" class="words" data-part="compare">Compare two</button>
</div>"""
WORDS_SHOWN = 90  # characters of the instruction on a card
TO_COME = '<div class="saves to-come" aria-hidden="true"></div>'  # keeps the room of a row of buttons
EMPTY_TAKE = '<div class="no-picture">{}</div>'


def address(kept: Kept, *parts: str) -> str:
    """Where the browser finds a file of a run, seen from the page."""
    return "/".join((ADDRESS, kept.folder.parent.name, kept.name, *parts))


def download_name(kept: Kept, name: str) -> str:
    """What a file of a run is called when it is saved: after portrait, words, take and seed."""
    for take in kept.record.takes:
        if name in (take.video, take.motion, *take.attachments):
            return called(kept, take) + name[name.index(".") :]
    return name if name == RESULT else Names(True, kept.record.portrait, kept.record.plan).of_all(name)


def export_name(kept: Kept, take: Take, name: str) -> str:
    """What a file that is made on demand is called when it is saved."""
    kind = FORMATS[name]
    parts = ["_live-link"] * kind.live_link + ["_ai-generated"] * kind.unmarked
    return called(kept, take) + "".join(parts) + kind.ending


def called(kept: Kept, take: Take) -> str:
    """The name of a take without an ending."""
    seed = take.seed if take.told.startswith("seed") else None  # what was recorded has none
    return telling_name(kept.record.portrait, kept.record.plan, take.index, seed)


def take_html(kept: Kept, take: Take, ids: bool = False) -> str:
    """One take: its name, its video, and what can be done with it. ids: for the take that tests and labels point at."""

    def named(part: str) -> str:
        return f' id="{part}-{take.index}"' if ids else ""

    source = address(kept, TAKES, take.video)
    label = f"Take {take.index}"
    # Those that are shown are moved by the bar above them, and by a click; in a card every video has its own controls.
    moved = 'preload="metadata" tabindex="0"' if ids else 'preload="none" controls'
    video = f'<video src="{source}" {moved} playsinline aria-label="{label}"></video>'
    said = f"<span><b>{label}</b> · {html.escape(take.told)}</span>{_star(take)}"
    name = f'<div class="caption"{named("caption")}>{said}</div>'
    saves = _save(kept, take.video, "Save video", named("save-video")) + _menu(kept, take, named)
    again = _button("more", "More like this", "The same take, with other words")
    again += _button("lock", "Lock", "Keep this take and make the others anew") if ids else ""
    return (
        f'<div class="take-body" data-run="{kept.name}" data-take="{take.index}">{name}'
        f"<div{named('video')}>{video if take.video else EMPTY_TAKE.format('Motion only')}</div>"
        f'<div class="saves">{saves}</div><div class="saves">{again}</div>{_curves(kept, take)}</div>'
    )


def _curves(kept: Kept, take: Take) -> str:
    """Where its motion is drawn once somebody asks."""
    if not take.motion:
        return ""
    link = address(kept, CURVES, str(take.index))
    return f'<details class="curves" data-curves="{link}"><summary>Motion curves</summary><div></div></details>'


def _star(take: Take) -> str:
    return (
        f'<button type="button" class="star" data-act="favourite" aria-pressed="{str(take.favourite).lower()}" '
        f'aria-label="Favourite: take {take.index}" title="Favourite"></button>'
    )


def _button(act: str, words: str, title: str) -> str:
    return f'<button type="button" class="save quiet" data-act="{act}" title="{title}">{words}</button>'


def _menu(kept: Kept, take: Take, named: Callable[[str], str]) -> str:
    """Everything that a take can be saved as, made when it is asked for."""
    if not take.motion:
        return ""
    items = [_save(kept, take.motion, "Motion (npz)", named("save-motion"))]
    for name, kind in offered(kept, take).items():
        saved = html.escape(export_name(kept, take, name))
        link = address(kept, MADE, str(take.index), name)
        items.append(f'<a class="save" data-export href="{link}" download="{saved}">{kind.words}</a>')
    return f'<details class="menu"><summary class="save">Save as…</summary><div>{"".join(items)}</div></details>'


def waiting_html(index: int, words: str = "waiting") -> str:
    """The place of a take that is still to come."""
    return (
        f'<div class="take-body"><div class="caption" id="caption-{index}"><span>Take {index} · {words}</span></div>'
        f'<div class="no-picture waiting"></div>{3 * TO_COME}</div>'
    )


def together_html(kept: Kept) -> str:
    """What all takes of a run share: the video side by side, made on request, and everything in one file."""
    shown = ""
    if can_be_joined(kept):
        shown = (
            "<details><summary>Side by side, as one video</summary>"
            f'<div id="side-by-side"><video src="{address(kept, TAKES, SIDE_BY_SIDE)}" preload="none" controls '
            f'playsinline aria-label="All takes side by side"></video></div>'
            f"{_save(kept, SIDE_BY_SIDE, 'Save this video')}</details>"
        )
    return (
        f'<div class="together">{shown}{_reel_html(kept)}<a class="save" id="save-all" download '
        f'href="{address(kept, EVERYTHING)}">Download everything (zip)</a></div>'
    )


def _reel_html(kept: Kept) -> str:
    """What a reel is to be like, and the link that makes it; the page's script writes the choices into the link."""
    videos = [take for take in kept.takes if take.video]
    if not videos:
        return ""
    boxes = "".join(
        f'<label><input type="checkbox" name="takes" value="{take.index}" checked> Take {take.index}</label>'
        for take in videos
    )
    parts = [
        _choice("Shape", "shape", REELS),
        _choice("Takes", "together", {"": "One after another", "1": "All at once"}),
        _choice("Words beneath", "caption", CAPTIONS),
        f'<label>Title card <input type="text" name="title" maxlength="{TITLE_LONGEST}" placeholder="None"></label>',
    ]
    saved = html.escape(download_name(kept, REEL))
    link = f'<a class="save" data-export href="{address(kept, REEL)}" download="{saved}">Make the reel</a>'
    return (
        f'<details><summary>Reel to share</summary><div class="reel" data-reel="{address(kept, REEL)}">'
        f'{"".join(parts)}<div role="group" aria-label="Takes of the reel">{boxes}</div>{link}</div></details>'
    )


def _choice(words: str, name: str, choices: Mapping[str, str]) -> str:
    options = "".join(f'<option value="{value}">{told}</option>' for value, told in choices.items())
    return f'<label>{words} <select name="{name}">{options}</select></label>'


def older_html(runs: Sequence[Kept], limits: Limits, others: bool = False) -> str:
    """A card for each run, the newest first, and how to be rid of everything. others: whether there are more runs."""
    if not runs and not others:
        return ""
    earlier = f"<h2>Earlier runs</h2>{''.join(map(card_html, runs))}" if runs else ""
    return (
        f'{earlier}<div class="run-buttons kept-for"><span class="hint">Runs are kept on this machine for '
        f"{round(limits.age / DAY)} days, for this browser only.</span>"
        f'<button type="button" class="save quiet" id="delete-all" data-act="delete-all" '
        f'data-ask="Delete all your runs and what they were made of?">Delete my files</button></div>'
    )


def card_html(kept: Kept) -> str:
    """One earlier run, closed: its picture, words, engine and time; opened, its takes."""
    record = kept.record
    words = html.escape(_short(record.settings.get("instruction") or "No instruction"))
    facts = [html.escape(fact) for fact in (record.engine, _count(kept)) if fact] + [_time(record.made)]
    if said := ENDED.get(record.ended):
        facts.append(said)
    picture = '<span class="no-thumb"></span>'
    if thumbnail := record.inputs.get("thumbnail"):
        picture = f'<img src="{address(kept, INPUTS, thumbnail)}" alt="" width="56" height="56" loading="lazy">'
    takes = "".join(f'<div class="take">{take_html(kept, take)}</div>' for take in kept.takes)
    return (
        f'<details class="run" data-run="{kept.name}"><summary>{picture}<span class="run-words"><b>{words}</b>'
        f"<small>{' · '.join(facts)}</small></span></summary>"
        f'{_inputs_html(kept)}<div class="run-takes">{takes}</div><div class="run-buttons">'
        f'<a class="save" download href="{address(kept, EVERYTHING)}">Download everything (zip)</a>'
        f'<button type="button" class="save quiet" data-act="delete" data-ask="Delete this run and its takes?">'
        f"Delete this run</button></div></details>"
    )


def _inputs_html(kept: Kept) -> str:
    """The voice to listen to, under the name it was given."""
    voice = kept.record.inputs.get("audio")
    if not voice:
        return ""
    label = html.escape(f"Voice: {kept.record.voice or Path(voice).stem}")
    source = address(kept, INPUTS, voice)
    return f'<label class="run-voice">{label}<audio src="{source}" controls preload="none"></audio></label>'


def _save(kept: Kept, name: str, words: str, named: str = "") -> str:
    if not name:
        return f'<span class="save missing"{named} aria-disabled="true">{words}</span>'
    saved = html.escape(download_name(kept, name))
    return f'<a class="save"{named} href="{address(kept, TAKES, name)}?save" download="{saved}">{words}</a>'


def _count(kept: Kept) -> str:
    done, wanted = len(kept.record.takes), kept.record.settings.get("samples") or 0
    if done < wanted:
        return f"{done} of {wanted} takes"
    return f"{done} take{'s' if done > 1 else ''}"


def _time(made: float) -> str:
    """In UTC; the page's script tells it as the reader's clock does."""
    moment = time.gmtime(made)
    return (
        f'<time datetime="{time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)}">{time.strftime("%d %b, %H:%M", moment)}</time>'
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WORDS_SHOWN else text[: WORDS_SHOWN - 1].rstrip() + "…"
