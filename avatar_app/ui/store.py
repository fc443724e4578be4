"""Kept runs: a folder a run, inside one a visitor, under names that nobody can guess; with a quota and an end."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from avatar_app.files import atomic_write, check_writable

log = logging.getLogger(__name__)

RECORD = "record.json"
TAKES, INPUTS = "takes", "inputs"  # folders of a run: what was made, and what it was made of
TOKEN = re.compile(r"[0-9a-f]{32}")  # of visitors and of runs
SESSION = re.compile(r"[\w-]{16,64}")  # what a browser keeps
DAY = 24 * 3600


@dataclass(frozen=True)
class Limits:
    """What may be kept. runs, size: of one visitor; everything: of all visitors. Bytes and seconds."""

    runs: int = 50
    size: int = 2 * 2**30
    everything: int = 10 * 2**30
    age: float = 14 * DAY


@dataclass(frozen=True)
class Take:
    """One finished take. Files are named, not placed: they lie in the run's TAKES."""

    index: int
    seed: int
    told: str
    video: str = ""
    motion: str = ""
    attachments: tuple[str, ...] = ()
    favourite: bool = False


@dataclass(frozen=True)
class Record:
    """What is known of a run. made: seconds since 1970. settings: see avatar_app.settings.settings_of.

    voice, portrait: the names under which they were given. inputs: files in INPUTS by the form's names for them.
    plan: what happens when, as it was understood.
    ended: "" while it goes on (or when its server died meanwhile), else "done", "stopped" or "failed".
    """

    made: float
    settings: dict[str, Any]
    engine: str = ""
    voice: str = ""
    portrait: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    plan: tuple[dict[str, Any], ...] = ()
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    takes: tuple[Take, ...] = ()
    ended: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Kept:
    """A run as it lies on disk."""

    folder: Path
    record: Record

    @property
    def name(self) -> str:
        """The run's own token."""
        return self.folder.name

    @property
    def takes(self) -> tuple[Take, ...]:
        """In their order, whatever the order in which they were finished."""
        return tuple(sorted(self.record.takes, key=lambda take: take.index))

    def file(self, name: str) -> Path:
        """A file of a take, or one that all takes share."""
        return self.folder / TAKES / name

    def take(self, index: int) -> Take | None:
        """The take of that number."""
        return next((take for take in self.record.takes if take.index == index), None)


class Store:
    """All kept runs below one folder. A visitor knows a secret; their folder is named by its digest."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        self.root, self.limits, self._lock = root, limits or Limits(), threading.Lock()

    def visitor(self, session: str) -> Path | None:
        """The folder of a visitor, made or not; None for what is no session."""
        if not SESSION.fullmatch(session or ""):
            return None
        return self.root / hashlib.sha256(session.encode()).hexdigest()[:32]

    def begin(self, session: str) -> Path | None:
        """A new run's folder, after making room for it; None for what is no session. InputError where it cannot be."""
        visitor = self.visitor(session)
        if visitor is None:
            return None
        self.sweep()
        folder = visitor / secrets.token_hex(16)
        check_writable(folder)
        return folder

    def write(self, folder: Path, record: Record) -> None:
        """Writes what is known of a run. InputError where it cannot be written."""
        with self._lock:
            _write(folder, record)

    def change(self, folder: Path, new: Callable[[Record], Record]) -> Kept | None:
        """Changes what is known of a run; None when it is gone, which nothing brings back."""
        with self._lock:
            kept = read(folder)
            if kept is None:
                return None
            record = new(kept.record)
            _write(folder, record)
        return Kept(folder, record)

    def runs(self, session: str) -> list[Kept]:
        """A visitor's runs that have takes, the newest first."""
        visitor = self.visitor(session)
        return [] if visitor is None else [kept for kept in _runs_in(visitor) if kept.record.takes]

    def inputs(self, session: str) -> list[Path]:
        """What a visitor's runs were made of, those that still go on included."""
        visitor = self.visitor(session)
        return [] if visitor is None else sorted(visitor.glob(f"*/{INPUTS}/*"))

    def find(self, session: str, run: str) -> Kept | None:
        """A visitor's own run by its token."""
        visitor = self.visitor(session)
        return read(visitor / run) if visitor and TOKEN.fullmatch(run) else None

    def delete(self, session: str, run: str) -> None:
        """Removes a visitor's own run."""
        if kept := self.find(session, run):
            self.remove(kept.folder)

    def delete_all(self, session: str) -> None:
        """Removes everything of a visitor."""
        if visitor := self.visitor(session):
            self.remove(visitor)

    def remove(self, folder: Path) -> None:
        """Removes a folder whole: its record first, so that a run that still goes on knows."""
        with self._lock:
            (folder / RECORD).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Removes what is too old or too much: the oldest first, runs with a favourite last."""
        now, left = time.time(), list[Kept]()
        for visitor in _folders(self.root):
            mine = [kept for kept in _runs_in(visitor) if not self._expired(kept, now)]
            left += self._within(mine, self.limits.runs, self.limits.size)
            for folder in _folders(visitor):  # what a server that died left behind
                if read(folder) is None and now - folder.stat().st_mtime > DAY:
                    self.remove(folder)
        self._within(left, len(left), self.limits.everything)

    def _expired(self, kept: Kept, now: float) -> bool:
        gone = now - kept.record.made > self.limits.age
        if gone:
            self.remove(kept.folder)
        return gone

    def _within(self, runs: list[Kept], count: int, size: int) -> list[Kept]:
        """Those of them that stay: dearest first, as many and as large as may be. The newest always stays."""
        used, stay = 0, list[Kept]()
        for kept in sorted(runs, key=_dearness, reverse=True):
            used += _bytes(kept.folder)
            if len(stay) < count and (used <= size or not stay):
                stay.append(kept)
            else:
                log.info("a kept run of %.0f days ago makes room", (time.time() - kept.record.made) / DAY)
                self.remove(kept.folder)
        return stay


def read(folder: Path) -> Kept | None:
    """The run in a folder; None where there is none that can be read."""
    try:
        told = json.loads((folder / RECORD).read_bytes())
        takes = tuple(Take(**{**row, "attachments": tuple(row["attachments"])}) for row in told.pop("takes"))
        lists: dict[str, Any] = {name: tuple(told.pop(name)) for name in ("plan", "understood", "notes")}
        return Kept(folder, Record(**told, **lists, takes=takes))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def with_favourite(record: Record, index: int, favourite: bool) -> Record:
    """The record with one take marked or not."""
    takes = (replace(take, favourite=favourite) if take.index == index else take for take in record.takes)
    return replace(record, takes=tuple(takes))


def _write(folder: Path, record: Record) -> None:
    with atomic_write(folder / RECORD) as file:
        file.write(json.dumps(asdict(record), ensure_ascii=False).encode(errors="replace"))


def _runs_in(visitor: Path) -> list[Kept]:
    found = [kept for folder in _folders(visitor) if (kept := read(folder))]
    return sorted(found, key=lambda kept: kept.record.made, reverse=True)


def _folders(place: Path) -> list[Path]:
    """The folders in a place that have tokens for names: nothing else is ever touched."""
    try:
        return [path for path in place.iterdir() if TOKEN.fullmatch(path.name) and path.is_dir()]
    except OSError:
        return []


def _dearness(kept: Kept) -> tuple[bool, float]:
    return any(take.favourite for take in kept.record.takes), kept.record.made


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
