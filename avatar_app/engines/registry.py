"""The engines that are here: found as folders, chosen for a request, loaded once, dropped when memory runs short."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from avatar_app import engines
from avatar_app.engines.base import Engine, EngineSpec, InstructionActor
from avatar_app.engines.options import read_options
from avatar_app.request import InputError, Request
from avatar_app.weights import checkpoints_folder

log = logging.getLogger(__name__)

FOLDERS = "AVATAR_ENGINES"  # environment variable: more folders that hold engines, one folder an engine
BUDGET = "AVATAR_ENGINE_MEMORY"  # environment variable: gigabytes that loaded engines may take together
BUDGET_SHARE = 0.5  # of this machine's memory, unless BUDGET says otherwise
WORDS = {"audio": "a voice", "partner": "a second voice", "portrait": "a portrait", "text": "an instruction",
         "style": "a speaking style"}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What a request comes to: the engine, the kind of weights, and the engine's options, all checked.

    request: with what the options put into it (EngineSpec.completed).
    """

    spec: EngineSpec
    weights: str
    options: Any
    request: Request

    def ignored(self) -> list[str]:
        """A sentence on what is asked for and changes nothing in the takes of this engine, if there is anything."""
        names = [name for name in self.spec.ignores() if getattr(self.request, name) != getattr(Request, name)]
        return [f"{self.spec.cannot_change(names)} What you set was left aside."] if names else []


def specs() -> dict[str, EngineSpec]:
    """Every engine by name, the default first. A folder whose spec cannot be read is logged and left out."""
    return dict(_specs(os.environ.get(FOLDERS, "")))


def find_spec(name: str | None) -> EngineSpec:
    """The engine called `name`, None being the default; InputError names the ones that exist."""
    known = specs()
    if name is None:
        return next(iter(known.values()))
    if name not in known:
        raise InputError(f"There is no engine called {name!r}; choose one of: {', '.join(sorted(known))}.")
    return known[name]


def choose(request: Request) -> EngineSpec:
    """The engine asked for; without a wish the default, or the first that reads what the default does not."""
    if request.engine is not None:
        return find_spec(request.engine)
    known = list(specs().values())
    return next((spec for spec in known if spec.reads >= _special(request)), known[0])


def resolve(request: Request) -> Plan:
    """Engine, weights and options of a request, checked before anything large is read or loaded.

    Raises InputError for whatever cannot be met: limits, unknown names, inputs that are missing or that this engine
    does not read, weights that are not installed.
    """
    spec = choose(request)
    weights = request.weights or spec.weights[0]
    if weights not in spec.weights:
        raise InputError(f"{spec.title} has no {weights} weights; choose {' or '.join(spec.weights)}.")
    options = read_options(spec.title, spec.options, request.options, weights)
    request = spec.completed(request, options)
    request.check()
    if gap := spec.missing(weights):
        raise InputError(gap)
    _check_inputs(spec, weights, request)
    spec.check(request, options)
    return Plan(spec, weights, options, request)


def load_engine(name: str | None = None, weights: str | None = None) -> Engine:
    """The engine with its weights, loaded once; InputError when there is no such engine or its weights are missing."""
    spec = find_spec(name)
    return engine_store().load(spec, weights or spec.weights[0])


def engine_module(spec: EngineSpec) -> str:
    """Name of the module that loads an engine."""
    return f"{engines.__name__}.{spec.name}.engine"


def load_actor() -> InstructionActor | None:
    """The engine that acts instructions on top of the motion of others; None where there is none."""
    spec = next((spec for spec in specs().values() if spec.acts_instructions), None)
    return None if spec is None else cast(InstructionActor, load_engine(spec.name))


def find_part(name: str, part: str) -> ModuleType | None:
    """The module engines/NAME/PART.py, such as "training"; None where an engine has none."""
    spec = find_spec(name)
    module = f"{engines.__name__}.{spec.name}.{part}"
    return importlib.import_module(module) if importlib.util.find_spec(module) else None


def with_part(part: str) -> Iterator[tuple[str, ModuleType]]:
    """Name and module of every engine that has a part."""
    for name in specs():
        if (module := find_part(name, part)) is not None:
            yield name, module


@lru_cache(maxsize=4)
def _specs(folders: str) -> tuple[tuple[str, EngineSpec], ...]:
    for folder in filter(None, folders.split(os.pathsep)):
        if folder not in engines.__path__:
            engines.__path__.append(folder)
    found = []
    for root in engines.__path__:
        for path in sorted(Path(root).glob("*/spec.py")):
            try:
                module = importlib.import_module(f"{engines.__name__}.{path.parent.name}.spec")
                found.append(cast(EngineSpec, module.SPEC))
            except Exception as error:  # whatever is wrong with one engine, the others work
                log.error("the engine in %s cannot be used: %s: %s", path.parent, type(error).__name__, error)
    return tuple((spec.name, spec) for spec in sorted(found, key=lambda spec: (spec.rank, spec.name)))


def forget_folders() -> None:
    """Leaves the folders that $AVATAR_ENGINES named: for tests that put engines there."""
    engines.__path__[:] = engines.__path__[:1]
    _specs.cache_clear()


def _special(request: Request) -> set[str]:
    """Inputs of a request that not every engine reads."""
    given = {"style": request.style is not None, "partner": request.partner is not None}
    return {name for name, present in given.items() if present}


def _check_inputs(spec: EngineSpec, weights: str, request: Request) -> None:
    """InputError for an input that is needed and absent, or given and not read."""
    for name in sorted(_special(request) - spec.reads):
        able = [other.name for other in specs().values() if name in other.reads]
        raise InputError(
            f"The engine {spec.name} reads no {WORDS[name].split(' ', 1)[1]}: "
            + (f"choose {' or '.join(able)} for one." if able else "leave it out.")
        )
    given = _special(request)
    given |= {"audio"} if request.audio is not None else set()
    given |= {"portrait"} if request.portrait is not None else set()
    given |= {"text"} if request.instruction.strip() else set()
    for name in sorted(spec.needs - given):
        raise InputError(f"The engine {spec.name} needs {WORDS[name]}: please give one.")
    drawn_here = request.head == "clay" or spec.brings_renderer(weights)
    if request.portrait is None and not request.motion_only and not drawn_here:
        raise InputError("A portrait is needed: choose a picture with one clear face.")


_Key = tuple[str, str, Path, str]  # engine, kind of weights, where they lie, device


@dataclass
class _Slot:
    """A place for one engine with one kind of weights. used: when it was last asked for."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    engine: Engine | None = None
    used: int = 0


class EngineStore:
    """Loaded engines, shared by all runs of a process.

    An engine is loaded once for a device, also when several runs ask for it at the same time. When all together take
    more than `budget` bytes, those that were used least recently are dropped; a run that still has one keeps it until
    it ends.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._slots: dict[_Key, _Slot] = {}
        self._lock = threading.Lock()
        self._asked = 0

    def load(self, spec: EngineSpec, weights: str) -> Engine:
        """The engine, from memory or from its files.

        Raises InputError when its weights are missing or damaged, or the device that is asked for is not here.
        """
        from avatar_app.devices import pick_device  # torch takes seconds, and lists of engines do not need it

        key = (spec.name, weights, checkpoints_folder(), str(pick_device()))
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._asked += 1
            slot.used = self._asked
        with slot.lock:
            if slot.engine is None:
                module = importlib.import_module(engine_module(spec))
                slot.engine = module.load(weights)
            engine = slot.engine
        self._drop_beyond_budget(key)
        return engine

    def loaded(self) -> list[tuple[str, str]]:
        """Name and weights of every engine in memory, the least recently used first."""
        with self._lock:
            held = sorted((slot.used, key) for key, slot in self._slots.items() if slot.engine is not None)
        return [(name, weights) for _, (name, weights, *_) in held]

    def forget_people(self) -> None:
        """Lets go of what engines in memory have learned of portraits, by a method `forget` where they have one."""
        with self._lock:
            held = [slot.engine for slot in self._slots.values() if slot.engine is not None]
        for engine in held:
            if (forget := getattr(engine, "forget", None)) is not None:
                forget()

    def _drop_beyond_budget(self, newest: _Key) -> None:
        with self._lock:
            held = [(slot.used, key, slot) for key, slot in self._slots.items() if slot.engine is not None]
            total = sum(slot.engine.memory for _, _, slot in held if slot.engine is not None)
            for _, key, slot in sorted(held, key=lambda row: row[0]):
                if total <= self.budget:
                    return
                if key == newest or slot.engine is None:
                    continue
                total -= slot.engine.memory
                log.info("memory is short: the engine %s (%s) is dropped", *key[:2])
                del self._slots[key]


@lru_cache(maxsize=1)
def engine_store() -> EngineStore:
    """The store of this process."""
    wanted = os.environ.get(BUDGET)
    try:
        return EngineStore(round(float(wanted) * 1e9) if wanted else round(BUDGET_SHARE * _machine_memory()))
    except ValueError as error:
        raise InputError(f"${BUDGET} must be a number of gigabytes; got {wanted!r}.") from error


def _machine_memory() -> int:
    """Bytes; 8 GB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30
