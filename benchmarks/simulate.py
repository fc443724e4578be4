"""A crowd before the queue, simulated: how long people wait, and how many servers they need.

`python benchmarks/simulate.py LOAD.json` compares the model with what benchmarks/load.py measured: the same sessions,
who ask again without a pause, wait for one server, twenty at most; how long a run takes is what load.py saw of runs
less their waiting.
`--users 10 1000 100000 [--service 7.5] [--pause 5760] [--wait 10]` says how many servers keep the 95th percentile of
waiting below WAIT seconds, when each user asks for a run of SERVICE seconds every PAUSE seconds (5 runs in 8 hours).
Needs the extra "tools".
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simpy
from load import REFUSED

from avatar_app.ui.turns import MOST

log = logging.getLogger("simulate")
SPREAD = 0.5  # coefficient of variation of how long runs take
MOST_RUNS = 20_000  # that are simulated; the beginning, a tenth, is left out


@dataclass(frozen=True)
class Crowd:
    """users: who ask again and again. service: seconds of a run. pause: mean seconds from a run to the next wish.
    room: how many may wait; others are refused, and come again soon. None: all may."""

    users: int
    servers: int
    service: float
    pause: float
    room: int | None = None
    seed: int = 0


def waits(crowd: Crowd, seconds: float | None = None) -> tuple[list[float], float]:
    """(seconds that runs waited, runs a minute), of so long, or of MOST_RUNS runs."""
    clock, rng = simpy.Environment(), random.Random(crowd.seed)
    servers, waited = simpy.Resource(clock, crowd.servers), list[tuple[float, float]]()
    sigma = math.sqrt(math.log(1 + SPREAD**2))
    until = seconds or MOST_RUNS * (crowd.pause + crowd.service) / crowd.users

    def user() -> Iterator[Any]:
        yield clock.timeout(rng.uniform(0, crowd.pause))
        while True:
            asked = clock.now
            if crowd.room is not None and len(servers.queue) >= crowd.room:
                yield clock.timeout(rng.uniform(*REFUSED))
                continue
            with servers.request() as turn:
                yield turn
                waited.append((clock.now, clock.now - asked))
                yield clock.timeout(rng.lognormvariate(math.log(crowd.service) - sigma**2 / 2, sigma))
            if crowd.pause:
                yield clock.timeout(rng.expovariate(1 / crowd.pause))

    for _ in range(crowd.users):
        clock.process(user())
    clock.run(until=until)
    kept = sorted(wait for at, wait in waited if at > until / 10)
    return kept, 60 * len(kept) / (0.9 * until)


def share(values: list[float], part: float) -> float:
    """A percentile of sorted values."""
    return round(values[min(len(values) - 1, int(part * len(values)))], 1) if values else 0.0


def compare(load: dict[str, Any]) -> dict[str, Any]:
    """The model beside a measurement of load.py."""
    many, runs = load["all_sessions"], load["all_sessions"]["deeds"].get("made", 0)
    service = many["run_s_median"] - many["wait_s"]["p50"]
    found, pace = waits(Crowd(load["asked"]["sessions"], 1, service, 0.0, MOST), load["server"]["seconds"])
    return {
        "service_s": round(service, 2),
        "wait_s": {"simulated": [share(found, 0.5), share(found, 0.95)], "measured": list(many["wait_s"].values())},
        "runs_a_minute": {"simulated": round(pace, 1), "measured": round(60 * runs / load["server"]["seconds"], 1)},
    }


def servers_for(users: int, asked: argparse.Namespace) -> dict[str, Any]:
    """The fewest servers that keep waiting short, and what one fewer means."""
    offered = users * asked.service / (asked.pause + asked.service)
    count = max(1, math.floor(offered))
    while True:
        found, _ = waits(Crowd(users, count, asked.service, asked.pause))
        if share(found, 0.95) <= asked.wait:
            break
        count += max(1, round(count / 50))
    one, _ = waits(Crowd(users, 1, asked.service, asked.pause)) if users < 10_000 else ([math.inf], 0)
    return {"users": users, "offered_load": round(offered, 2), "servers": count, "wait_p50_s": share(found, 0.5),
            "wait_p95_s": share(found, 0.95), "wait_p95_of_one_server_s": share(one, 0.95)}  # fmt: skip


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("load", nargs="?", type=Path)
    parser.add_argument("--users", type=int, nargs="*", default=[])
    parser.add_argument("--service", type=float, default=7.5)
    parser.add_argument("--pause", type=float, default=5760.0)
    parser.add_argument("--wait", type=float, default=10.0)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if asked.load:
        log.info("%s", json.dumps(compare(json.loads(asked.load.read_text()))))
    for users in asked.users:
        log.info("%s", json.dumps(servers_for(users, asked)))


if __name__ == "__main__":
    main()
