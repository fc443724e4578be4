"""Many sessions at once on a server of this machine, that cancel, leave, reload and err; SIGTERM and a restart midway.

`python benchmarks/load.py OUT.json [--sessions 6] [--minutes 2] [--seconds 1.5] [--size 128]` starts
`avatar_app serve` on loopback with folders of its own, lets one session work alone for a fifth of the time and then all
of them, each with seeded wishes: four fifths are runs of one or two takes, the others are stopped, broken off, reloaded
or bad. It tells: takes that were told as finished and could not be fetched; files, threads and memory that stay; how
long sessions wait and how much is made against the one session; and how soon a place is free that was stopped, or
whose client left, as the next one is told.

Threads, open files and memory are compared after the restart: once a burst of bad requests and two dozen runs have
filled pools of threads, caches and the allocator's arenas and the server stood still, and after everything.
Beside OUT.json it writes OUT.md, a table of the demands and whether each is met; it exits with 1 where one is not.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
from load_client import PATIENCE, Figures, Server, Session, cut_voice, waits_still
from load_report import demands, markdown

KINDS = ("run",) * 16 + ("stop", "leave", "reload", "bad")
LONG = 20.0  # seconds of a take of a run that is to go on until it is left, on whatever machine
SETTLED = 15.0  # seconds after which an idle server has tidied up; AnyIO's threads end after 10
BURST = 20  # bad requests at once, which fill pools of threads
REFUSED = (1.0, 4.0)  # seconds until somebody who was refused comes again
log = logging.getLogger("load")


@dataclass
class Tally:
    """What happened, of all sessions."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kinds: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    takes: int = 0
    lost: list[str] = field(default_factory=list)

    def add(self, kind: str, waited: float | None = None, total: float | None = None, takes: int = 0) -> None:
        """One deed of a session."""
        with self.lock:
            self.kinds[kind] += 1
            self.takes += takes
            self.waits += [] if waited is None else [waited]
            self.totals += [] if total is None else [total]


def work(session: Session, kind: str, rng: random.Random, tally: Tally) -> None:
    """One deed."""
    run, began, waited = uuid.uuid4().hex, time.monotonic(), None
    session.told = 0
    if kind == "bad":
        bad = session.upload(Path("broken.png"), rng.randbytes(2000))
        event = session.ask(portrait=bad, run=run)
    else:
        event = session.ask(samples=rng.choice((1, 1, 2)), seed=rng.randrange(1000), instruction="nods", run=run)
    leaving = began + rng.uniform(0.5, 4)
    with session.listen(event) as said:
        for what, data in said:
            now = time.monotonic()
            if what == "generating" and waited is None and not waits_still(data):
                waited = now - began
            if what in ("generating", "complete"):
                session.told = len(videos_in(data))
            if kind in ("leave", "reload") and now > leaving:
                break
            if kind == "stop" and now > leaving:
                session.stop(run)
                leaving = float("inf")
            if what == "error":
                if session.told:
                    tally.lost.append(f"{session.told} takes told, then: {data}")
                time.sleep(rng.uniform(*REFUSED))
                return tally.add("refused" if kind == "bad" else f"refused: {str(data)[:60]}")
            if what == "complete":
                return _finished(session, kind, data, tally, waited, time.monotonic() - began)
    if kind == "reload":
        session.http.get("/")
    return tally.add(kind)


def _finished(session: Session, kind: str, data: Any, tally: Tally, waited: float | None, total: float) -> None:
    """Fetches what was told as made."""
    videos = videos_in(data)
    for path in videos:
        if b"moov" not in session.http.get(f"/gradio_api/file={path}").content:
            tally.lost.append(str(path))
    told = data[1].get("samples", [])
    if len(videos) != len(told):
        tally.lost.append(f"{len(told)} takes told, {len(videos)} files given")
    session.told = 0
    tally.add("stopped" if kind == "stop" else "made", waited, total if kind == "run" else None, len(videos))


def videos_in(data: Any) -> list[Path]:
    """Takes among the files of an answer."""
    paths = [Path(file["path"]) for file in data[0] or []]
    return [path for path in paths if path.name.startswith("sample_") and path.suffix == ".mp4"]


@dataclass(frozen=True)
class Crowd:
    """All sessions of a server, which stand still while `go` is not set, and go home once `over` is."""

    server: Server
    voice: Path
    size: int
    sessions: int
    warm: int
    tally: Tally
    go: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def at_work(self) -> list[threading.Thread]:
        """A thread each."""
        self.go.set()
        return self._threads(self._keep_busy, self.sessions)

    def warm_up(self) -> Figures:
        """A burst of what is bad and is refused, and `warm` runs of everybody; then how the idle server is."""
        for deed in ("bad", "run"):
            for one in self._threads(partial(self._once, deed), BURST if deed == "bad" else self.sessions):
                one.join()
        time.sleep(SETTLED)
        return self.server.figures()

    def _threads(self, what: Callable[[int], None], count: int) -> list[threading.Thread]:
        made = [threading.Thread(target=what, args=(k,), daemon=True) for k in range(count)]
        for one in made:
            one.start()
        return made

    def _once(self, deed: str, number: int) -> None:
        session, rng = Session(self.server, self.voice, self.size), random.Random(number)
        for _ in range(1 if deed == "bad" else max(1, self.warm // self.sessions)):
            work(session, deed, rng, Tally())

    def _keep_busy(self, number: int) -> None:
        """A session's whole life."""
        rng, session = random.Random(number), None
        while self.go.wait() and not self.over.is_set():
            try:
                session = session or Session(self.server, self.voice, self.size)
                work(session, rng.choice(KINDS), rng, self.tally)
            except (httpx.HTTPError, KeyError, ValueError, psutil.Error) as error:  # the server ends, or begins anew
                self.tally.add(f"broken off ({type(error).__name__})")
                if session is not None and session.told:
                    self.tally.lost.append(f"{session.told} takes told, then {type(error).__name__}")
                session = None
                time.sleep(1)


def freed(server: Server, voice: Path, size: int, how: str) -> float:
    """Seconds from the end of a run that goes on, by /stop or by its client's leaving, to the next one's beginning.

    It would have gone on for long, with ten takes of LONG seconds. NaN where it ended by itself all the same.
    """
    first, second, run = Session(server, voice, size), Session(server, voice, size), uuid.uuid4().hex
    with first.listen(first.ask(audio=None, duration=LONG, samples=10, run=run)) as said:
        for _, data in said:
            if not waits_still(data) and "Drawing" in str(data[-1]):
                break
        event = second.ask(samples=1)
        begun: list[float] = []
        listener = threading.Thread(target=_note_beginning, args=(second, event, begun))
        listener.start()
        time.sleep(2)
        began = time.monotonic()
        if how == "stop":
            second.stop(run)
    listener.join(PATIENCE)
    return round(begun[0] - began, 2) if begun and begun[0] > began else float("nan")


def _note_beginning(session: Session, event: str, begun: list[float]) -> None:
    with session.listen(event) as said:
        for what, data in said:
            if not begun and what in ("generating", "complete") and not waits_still(data):
                begun.append(time.monotonic())


def all_sessions(crowd: Crowd, minutes: float) -> dict[str, Any]:
    """Everybody at once, and the restart midway; figures of the server meanwhile. Its warming up does not count."""
    server, people = crowd.server, crowd.at_work()
    first, _ = _watched(server, 30 * minutes)
    began = time.monotonic()
    ended, left = round(server.end(), 1), server.files()
    crowd.go.clear()
    log.info("ended in %.1f s, %d files left; starting again", ended, left)
    server.start()
    warm = crowd.warm_up()
    crowd.go.set()
    restart = time.monotonic() - began
    second, memory = _watched(server, 30 * minutes)
    crowd.over.set()
    for one in people:
        one.join(PATIENCE)
    time.sleep(SETTLED)
    third = max(1, len(memory) // 3)
    return {
        "seconds": round(first + ended + second, 1),
        "restart_s": round(restart, 1),
        "sigterm_to_end_s": ended,
        "files_left_at_restart": left,
        "warm": asdict(warm),
        "after": asdict(server.figures()),
        "rss_mb": {
            "most": max(memory),
            "first_third": round(statistics.median(memory[:third])),
            "last_third": round(statistics.median(memory[-third:])),
        },
    }


def _watched(server: Server, seconds: float) -> tuple[float, list[float]]:
    """Looks at a server's memory so long: (seconds, MB)."""
    began, memory = time.monotonic(), list[float]()
    while time.monotonic() - began < seconds:
        time.sleep(2)
        memory.append(server.figures().rss_mb)
    return time.monotonic() - began, memory


def summary(tally: Tally, seconds: float) -> dict[str, Any]:
    """Figures of some sessions."""
    waits, cut = sorted(tally.waits), lambda share: round(waits[min(len(waits) - 1, int(share * len(waits)))], 1)
    return {
        "deeds": dict(tally.kinds),
        "takes": tally.takes,
        "takes_a_minute": round(60 * tally.takes / seconds, 2),
        "wait_s": {"p50": cut(0.5), "p95": cut(0.95)} if waits else None,
        "run_s_median": round(statistics.median(tally.totals), 1) if tally.totals else None,
        "lost": tally.lost,
    }


def measured(server: Server, asked: argparse.Namespace, voice: Path) -> dict[str, Any]:
    """Everything, of a server that is up and will have ended."""
    alone = Tally()
    crowd = Crowd(server, voice, asked.size, asked.sessions, asked.warm, Tally())
    crowd.warm_up()
    began = time.monotonic()
    while time.monotonic() - began < 12 * asked.minutes:
        work(Session(server, voice, asked.size), "run", random.Random(len(alone.totals)), alone)
    told: dict[str, Any] = {"one_session": summary(alone, time.monotonic() - began)}
    told |= {"freed_s": {how: freed(server, voice, asked.size, how) for how in ("stop", "leave")}}
    told |= {"server": all_sessions(crowd, asked.minutes)}
    told |= {"all_sessions": summary(crowd.tally, told["server"]["seconds"])}
    server.end()
    return told | {"files_left": server.files(), "asked": {**vars(asked), "output": asked.output.name}}


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--warm", type=int, default=24, help="runs until caches and arenas have their size")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="load_") as name:
        server = Server(Path(name))
        voice = cut_voice(server.folder, asked.seconds)
        server.start()
        told = measured(server, asked, voice)
    checked = demands(told)
    table = markdown(told, checked)
    asked.output.write_text(json.dumps(told | {"demands": [asdict(one) for one in checked]}, indent=2) + "\n")
    asked.output.with_suffix(".md").write_text(table)
    log.info("%s", table)
    return int(not all(one.met for one in checked))


if __name__ == "__main__":
    raise SystemExit(main())
