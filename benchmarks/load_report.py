"""What benchmarks/load.py demands of a server, whether it is met, and both as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FLAT = 0.03  # of the memory
FREE = 1.0  # seconds until a place is free that somebody left
AS_MUCH = 0.9  # of what one session gets done: a crowd must not slow the server down


@dataclass(frozen=True)
class Demand:
    """what is asked for, what was measured, in words, and whether that is enough."""

    what: str
    measured: str
    met: bool


def demands(told: dict[str, Any]) -> list[Demand]:
    """told: see load.py."""
    server, many, one = told["server"], told["all_sessions"], told["one_session"]
    warm, after, busy = server["warm"], server["after"], server["rss_mb"]
    lost = [*one["lost"], *many["lost"]]
    files = (server["files_left_at_restart"], after["run_folders"], told["files_left"])
    ratio = many["takes_a_minute"] / one["takes_a_minute"] if one["takes_a_minute"] else 0.0
    freed = [
        Demand(f"place free within {FREE:g} s: {how}", f"{s} s", 0 <= s <= FREE) for how, s in told["freed_s"].items()
    ]
    return [
        Demand("no finished take is lost", f"{len(lost)} of {one['takes'] + many['takes']}", not lost),
        Demand("no file is left: at the restart, when idle, at the end", ", ".join(map(str, files)), not any(files)),
        _same("threads when idle", warm["threads"], after["threads"]),
        _same("open files when idle", warm["open_files"], after["open_files"]),
        _flat("memory when idle", warm["rss_mb"], after["rss_mb"]),
        _flat("memory at work, first and last third after the restart", busy["first_third"], busy["last_third"]),
        *freed,
        Demand("waits are told", str(many["wait_s"]), many["wait_s"] is not None),
        Demand("as much gets done as by one session", f"{ratio:.2f} times", ratio >= AS_MUCH),
    ]


def _same(what: str, before: int, after: int) -> Demand:
    return Demand(f"{what}: no more than once warm", f"{before} to {after}", after <= before)


def _flat(what: str, before: float, after: float) -> Demand:
    change = after / before - 1
    return Demand(f"{what}: within {FLAT:.0%}", f"{before:.0f} to {after:.0f} MB ({change:+.1%})", abs(change) <= FLAT)


def markdown(told: dict[str, Any], checked: list[Demand]) -> str:
    """A table of the demands, and one of how sessions fared."""
    asked, one, many = told["asked"], told["one_session"], told["all_sessions"]

    def waits(row: dict[str, Any]) -> str:
        return f"{row['wait_s']['p50']} s, {row['wait_s']['p95']} s" if row["wait_s"] else "-"

    fared = [
        ("takes", one["takes"], many["takes"]),
        ("takes a minute", one["takes_a_minute"], many["takes_a_minute"]),
        ("wait, median and 95th percentile", waits(one), waits(many)),
        ("a run, median", f"{one['run_s_median']} s", f"{many['run_s_median']} s"),
    ]
    lines = [
        f"{asked['sessions']} sessions, {asked['minutes']:g} minutes; from SIGTERM to the end it took "
        f"{told['server']['sigterm_to_end_s']} s.",
        "",
        "| demand | measured | |",
        "|---|---|---|",
        *(f"| {one.what} | {one.measured} | {'pass' if one.met else 'FAIL'} |" for one in checked),
        "",
        f"| | one session | {asked['sessions']} sessions |",
        "|---|---|---|",
        *(f"| {what} | {alone} | {together} |" for what, alone, together in fared),
        "",
        "Deeds: " + ", ".join(f"{count} {kind}" for kind, count in sorted(many["deeds"].items())) + ".",
    ]
    return "\n".join(lines) + "\n"
