"""A list of requests as a site that needs nothing else: it opens from a disk and from any host of files."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from PIL import Image

from avatar_app.batch.manifest import CAPTIONS, Row, read_rows
from avatar_app.batch.run import Executor, run
from avatar_app.batch.work import Outcome
from avatar_app.engines import registry
from avatar_app.files import atomic_write
from avatar_app.paths import ASSETS
from avatar_app.render.video.writer import probe, snapshot
from avatar_app.request import InputError

OWN = ASSETS / "gallery.jsonl"  # the project's own
PAGE = Path(__file__).with_name("gallery.html")
TAKES, INDEX = "takes", "index.html"
POSTER, QUALITY = ".jpg", 85
LATE = 1.5  # seconds before the end


@dataclass(frozen=True)
class Exhibit:
    """A row with the films that were made of it, beside their posters."""

    given: dict[str, Any]
    films: tuple[Path, ...]


def build(output: Path, manifest: Path, execute: Executor, on_row: Callable[[Outcome], None] | None = None) -> Path:
    """OUTPUT/index.html and OUTPUT/takes; rows that are there are not made again. The page's path.

    Rows may say `chapter` and `title`. Raises InputError for a manifest that cannot be used, and where none of its rows
    gives a film; rows that fail are told in OUTPUT/takes/failures.csv and left out.
    """
    done: dict[int, Outcome] = {}

    def keep(outcome: Outcome) -> None:
        if not outcome.problem:
            done[outcome.number] = outcome
        if on_row is not None:
            on_row(outcome)

    run(manifest, output / TAKES, execute, keep)
    rows = [row for row in read_rows(manifest) if row.number in done]
    shown = [one for row in rows if (one := exhibit(row, output / TAKES / done[row.number].key)).films]
    if not shown:
        raise InputError(f"No row of {manifest.name} gave a film: {output / TAKES / 'failures.csv'} says why.")
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(chapters=chapters(shown, output))
    with atomic_write(output / INDEX) as file:
        file.write(page.encode())
    return output / INDEX


def exhibit(row: Row, folder: Path) -> Exhibit:
    """A row with its films, a poster made for each where there is none."""
    films = tuple(sorted(folder.glob("sample_*.mp4"), key=lambda path: int(path.stem.split("_")[1])))
    for film in films:
        if not film.with_suffix(POSTER).exists():
            _draw_poster(film)
    return Exhibit(row.given, films)


def _draw_poster(film: Path) -> None:
    """A frame near the end, where what was asked for is seen; of short films the first."""
    picture = snapshot(film, max(0.0, probe(film)["video_seconds"] - LATE))
    Image.fromarray(picture).save(film.with_suffix(POSTER), quality=QUALITY)


def chapters(shown: list[Exhibit], output: Path) -> str:
    """Sections of figures, in the manifest's order."""
    parts = []
    for name, some in groupby(shown, lambda one: str(one.given.get(CAPTIONS[0], ""))):
        heading = f"<h2>{html.escape(name)}</h2>" if name else ""
        parts.append(f"<section>{heading}{''.join(figure(one, output) for one in some)}</section>")
    return "\n".join(parts)


def figure(one: Exhibit, output: Path) -> str:
    """Films of a row with its words."""
    given = one.given
    films = "".join(_film(path, k, len(one.films), given, output) for k, path in enumerate(one.films, 1))
    title = html.escape(str(given.get(CAPTIONS[1], "")))
    words = str(given.get("instruction", "")).strip()
    said = f"<q>{html.escape(words)}</q>" if words else ""
    told = " · ".join(html.escape(part) for part in facts(given))
    return (
        f'<figure style="--takes: {len(one.films)}"><div class="films">{films}</div>'
        f"<figcaption><b>{title}</b> {said}<small>{told}</small></figcaption></figure>"
    )


def facts(given: dict[str, Any]) -> list[str]:
    """What else a row says, for people."""
    engine = registry.find_spec(given.get("engine") or None).title
    voice = Path(str(given["audio"])).stem.replace("_", " ") if given.get("audio") else "no voice"
    seen = Path(str(given["portrait"])).stem.replace("_", " ") if given.get("portrait") else ""
    return [part for part in (engine, voice, seen, str(given.get("style", ""))) if part]


def _film(path: Path, number: int, count: int, given: dict[str, Any], output: Path) -> str:
    address, poster = (quote(one.relative_to(output).as_posix()) for one in (path, path.with_suffix(POSTER)))
    words = str(given.get("instruction") or given.get(CAPTIONS[1]) or "a take")
    label = html.escape(f"{words}, take {number} of {count}: play or stop")
    return (
        f'<button type="button" class="film" aria-label="{label}" aria-pressed="false">'
        f'<video src="{address}" poster="{poster}" preload="none" loop playsinline muted></video></button>'
    )


def read_own() -> Path:
    """The manifest of the project's own site."""
    if not OWN.is_file():
        raise InputError("The project's own list of requests is not here: give one with --manifest.")
    return OWN
