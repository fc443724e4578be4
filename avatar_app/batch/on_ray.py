"""Rows on a Ray cluster, by Ray Data: a pool of actors that hold the loaded engine, which grows with the cluster.

All machines see the manifest's files under the same paths; results go to a folder that all see, or to a URL. A machine
or an actor that dies costs no row: those on their way are given to others. Rows that are done have their mark, so that
none is made twice, neither after that nor when the batch is begun again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from avatar_app.batch.local import DIED
from avatar_app.batch.manifest import Row
from avatar_app.batch.place import Place
from avatar_app.batch.work import Outcome, do_row
from avatar_app.request import InputError

LOCAL = "local"
TRIES = 2  # of a row whose actor ended
TRIED = ".tries"  # folder of the output: how often each row on its way was begun
CORES = 2  # of an actor: a take is made and drawn at the same time
BLOCKS = 5000  # parts of a manifest that Ray keeps apart; with more rows than that, several are a part
AHEAD = 2  # rows that wait for each actor


@dataclass(frozen=True)
class Cluster:
    """address: of a running cluster ("ray://…", "auto", HOST:PORT), or "local" for one of this machine's own.

    workers: most actors; None: as many as there are processors for, which may become more meanwhile.
    """

    address: str = LOCAL
    workers: int | None = None

    def __call__(self, rows: Iterable[Row], place: Place) -> Iterator[Outcome]:
        """An Executor: outcomes as they come, in any order. The manifest's rows are held, results are not.

        Raises InputError where Ray is missing or the cluster cannot be reached.
        """
        ray = _ray()
        try:
            own: dict[str, Any] = {"include_dashboard": False} if self.address == LOCAL else {}
            if self.address == LOCAL and self.workers:
                own["num_cpus"] = self.workers * CORES
            ray.init(None if self.address == LOCAL else self.address, log_to_driver=False, **own)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            words = f"No Ray cluster answers at {self.address!r} ({type(error).__name__}): start one, or take local."
            raise InputError(words) from error
        try:
            place.remove(TRIED)
            yield from _outcomes(ray, rows, place, self.workers)
            place.remove(TRIED)
        finally:
            ray.shutdown()


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise InputError('Ray is missing: `pip install -r requirements-scale.txt` (the extra "scale").') from error
    return ray


class Maker:
    """What an actor does; the engine stays loaded between rows."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __call__(self, item: dict[str, str]) -> dict[str, Any]:
        """One row, unless it has ended its actor twice."""
        row = Row(**json.loads(item["row"]))
        name = f"{TRIED}/{row.number}"
        tries = int(self.place.read(name) or b"0")
        if tries >= TRIES:
            return asdict(Outcome(row.number, "", problem=DIED))
        self.place.write(name, str(tries + 1).encode())
        outcome = self.make(row)
        self.place.remove(name)
        return asdict(outcome)

    def make(self, row: Row) -> Outcome:
        """The work itself."""
        return do_row(row, self.place)


def _outcomes(ray: Any, rows: Iterable[Row], place: Place, most: int | None) -> Iterator[Outcome]:
    items = [{"row": json.dumps(asdict(row))} for row in rows]
    if not items:
        return
    there = ray.cluster_resources()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    plan = ray.data.from_items(items, override_num_blocks=min(len(items), BLOCKS)).map(
        Maker,
        fn_constructor_args=(place,),
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most, max_tasks_in_flight_per_actor=AHEAD),
        num_cpus=min(CORES, int(there.get("CPU", 1))),
        num_gpus=1 if there.get("GPU") else None,
    )
    for told in plan.iter_rows():
        yield Outcome(**told)
