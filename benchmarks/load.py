"""Many sessions at once on a server of this machine, that cancel, leave, reload and err; SIGTERM and a restart midway.

`python benchmarks/load.py OUT.json [--sessions 6] [--minutes 2] [--seconds 1.5] [--size 128]` starts `avatar_app serve`
on loopback with folders of its own, lets one session work alone for a fifth of the time and then all of them, each with
seeded wishes: four fifths are runs of one or two takes, the others are stopped, broken off, reloaded or bad. It tells:
takes that were told as finished and could not be fetched; files, threads and memory that stay; how long sessions wait
and how much is made against the one session; and how soon a place is free that was stopped, or whose client left, as
the next one is told. Exits with 1 for a lost take, and for a file that is left when the server has ended.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from load_client import PATIENCE, Server, Session, cut_voice, waits_still

KINDS = ("run",) * 16 + ("stop", "leave", "reload", "bad")
SETTLED = 5.0  # seconds after which an idle server has tidied up
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
            if kind in ("leave", "reload") and now > leaving:
                break
            if kind == "stop" and now > leaving:
                session.stop(run)
                leaving = float("inf")
            if what == "error":
                log.info("%s: %s", kind, data)
                return tally.add("refused" if kind == "bad" else "ended by the server")
            if what == "complete":
                return _finished(session, kind, data, tally, waited, time.monotonic() - began)
    if kind == "reload":
        session.http.get("/")
    return tally.add(kind)


def _finished(session: Session, kind: str, data: Any, tally: Tally, waited: float | None, total: float) -> None:
    """Fetches what was told as made."""
    paths = [Path(file["path"]) for file in data[0]]
    videos = [path for path in paths if path.name.startswith("sample_") and path.suffix == ".mp4"]
    for path in videos:
        if b"moov" not in session.http.get(f"/gradio_api/file={path}").content:
            tally.lost.append(str(path))
    told = data[1].get("samples", [])
    if len(videos) != len(told):
        tally.lost.append(f"{len(told)} takes told, {len(videos)} files given")
    tally.add("stopped" if kind == "stop" else "made", waited, total if kind == "run" else None, len(videos))


def keep_busy(server: Server, number: int, voice: Path, size: int, until: float, tally: Tally) -> None:
    """A session's whole life."""
    rng, session = random.Random(number), None
    while time.monotonic() < until:
        try:
            session = session or Session(server, voice, size)
            work(session, rng.choice(KINDS), rng, tally)
        except (httpx.HTTPError, KeyError, ValueError, psutil.Error) as error:  # the server ends, or begins anew
            tally.add(f"broken off ({type(error).__name__})")
            session = None
            time.sleep(1)


def freed(server: Server, voice: Path, size: int, how: str) -> float:
    """Seconds from the end of a run that goes on, by /stop or by its client's leaving, to the next one's beginning."""
    first, second, run = Session(server, voice, size), Session(server, voice, size), uuid.uuid4().hex
    with first.listen(first.ask(samples=10, run=run)) as said:
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
    return round(begun[0] - began, 2) if begun else float("nan")


def _note_beginning(session: Session, event: str, begun: list[float]) -> None:
    with session.listen(event) as said:
        for what, data in said:
            if not begun and what in ("generating", "complete") and not waits_still(data):
                begun.append(time.monotonic())


def all_sessions(server: Server, asked: argparse.Namespace, voice: Path, tally: Tally) -> dict[str, Any]:
    """Everybody at once, and the restart midway; figures of the server meanwhile."""
    began, memory = time.monotonic(), []
    until = began + 60 * asked.minutes
    crowd = [
        threading.Thread(target=keep_busy, args=(server, k, voice, asked.size, until, tally), daemon=True)
        for k in range(asked.sessions)
    ]
    for one in crowd:
        one.start()
    ended, left = None, 0
    while any(one.is_alive() for one in crowd):
        time.sleep(1)
        if ended is None and time.monotonic() > began + 30 * asked.minutes:
            ended = round(server.end(), 1)
            left = _left(server)
            log.info("ended in %.1f s, %d files left; starting again", ended, left)
            server.start()
        memory.append(round(server.figures()[0]))
    second = memory[len(memory) // 2 + 5 :] or memory
    return {
        "seconds": round(time.monotonic() - began, 1),
        "sigterm_to_end_s": ended,
        "files_left_at_restart": left,
        "rss_mb": {"most": max(memory), "after_restart_early": second[len(second) // 4], "at_the_end": second[-1]},
    }


def _left(server: Server) -> int:
    return sum(1 for _ in (server.folder / "tmp").iterdir())


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


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--size", type=int, default=128)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="load_") as name:
        server = Server(Path(name))
        voice = cut_voice(server.folder, asked.seconds)
        server.start()
        alone, many = Tally(), Tally()
        work(Session(server, voice, asked.size), "run", random.Random(0), Tally())  # what is loaded once
        began = time.monotonic()
        while time.monotonic() - began < 12 * asked.minutes:
            work(Session(server, voice, asked.size), "run", random.Random(len(alone.totals)), alone)
        told: dict[str, Any] = {"one_session": summary(alone, time.monotonic() - began)}
        told |= {"freed_s": {how: freed(server, voice, asked.size, how) for how in ("stop", "leave")}}
        time.sleep(SETTLED)
        idle = server.figures()
        told |= {"server": all_sessions(server, asked, voice, many)}
        told |= {"all_sessions": summary(many, told["server"]["seconds"])}
        time.sleep(SETTLED)
        after = server.figures()
        told |= {"threads": {"idle_before": idle[1], "idle_after": after[1]}, "run_folders_left": after[2]}
        server.end()
        told |= {"files_left": _left(server), "asked": {**vars(asked), "output": asked.output.name}}
        failed = told["files_left"] + told["server"]["files_left_at_restart"] + len(many.lost) + len(alone.lost)
        asked.output.write_text(json.dumps(told, indent=2) + "\n")
        log.info("%s", json.dumps(told, indent=1))
        return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
