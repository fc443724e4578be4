"""The registry: engines are found, chosen, loaded once, and dropped when memory runs short."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from avatar_app.engines import registry
from avatar_app.engines.base import EngineSpec
from avatar_app.engines.registry import EngineStore, choose, find_spec, resolve, specs
from avatar_app.request import InputError, Request


def wish(**more: Any) -> Request:
    return Request(**{"audio": "a.wav", "portrait": "p.png"} | more)


def test_the_default_is_first_and_specs_are_complete() -> None:
    assert next(iter(specs())) == find_spec(None).name == choose(wish()).name
    for name, spec in specs().items():
        assert spec.name == name and spec.summary.endswith(".") and 0 < spec.motion_share < 1


def test_a_style_chooses_the_engine_that_reads_styles() -> None:
    assert "style" in choose(wish(style="calm")).reads and "style" not in choose(wish()).reads


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"engine": "nosuch"},
            "no engine called 'nosuch'; choose one of: audio2photoreal, dawn, diffposetalk, instruct_avatar",
        ),
        ({"engine": "instruct_avatar", "weights": "published"}, "InstructAvatar has no published weights"),
        ({"engine": "instruct_avatar", "style": "calm"}, "reads no speaking style: choose diffposetalk"),
        ({"engine": "instruct_avatar", "partner": "b.wav"}, "reads no second voice: choose audio2photoreal"),
        ({"portrait": None}, "portrait is needed"),
        ({"options": {"style_scale": 2}}, "InstructAvatar has no option 'style_scale'"),
        ({"style": "nosuch"}, "no style 'nosuch'"),
        ({"samples": 11}, "samples"),
    ],
)
def test_what_cannot_be_met_is_told_before_anything_is_read(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        resolve(wish(**more))


def test_no_portrait_is_needed_where_none_is_drawn() -> None:
    for more in ({"motion_only": True}, {"head": "clay"}):
        assert resolve(wish(portrait=None, **more)).weights == "embedded"


def test_missing_weights_are_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path))
    with pytest.raises(InputError, match=r"lack model\.safetensors and config\.json"):
        resolve(wish())
    with pytest.raises(InputError, match="published DiffPoseTalk lacks the denoiser"):
        resolve(wish(engine="diffposetalk", weights="published"))


def test_an_engine_that_cannot_be_imported_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "spec.py").write_text("import nosuchpackage")
    before = list(specs())
    monkeypatch.setenv(registry.FOLDERS, str(tmp_path))
    assert list(specs()) == before
    registry.forget_folders()


def test_parts_are_found_by_their_names() -> None:
    assert registry.find_part("diffposetalk", "styles") is not None
    assert registry.find_part("instruct_avatar", "styles") is None
    trained = {name for name, spec in specs().items() if "embedded" in spec.weights}
    assert {name for name, _ in registry.with_part("training_run")} == trained


@dataclass
class Loaded:
    """Stands in for an engine."""

    memory: int


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the engines in the order in which they were loaded; each takes 10 bytes and a moment."""
    made: list[str] = []

    def import_module(name: str) -> Any:
        def load(weights: str) -> Loaded:
            time.sleep(0.05)
            made.append(f"{name.split('.')[-2]}:{weights}")
            return Loaded(10)

        return SimpleNamespace(load=load)

    monkeypatch.setattr(registry.importlib, "import_module", import_module)
    return made


def spec_of(name: str) -> EngineSpec:
    return replace(find_spec(None), name=name)


def test_an_engine_is_loaded_once_also_when_many_ask_at_the_same_time(loads: list[str]) -> None:
    store, spec, got = EngineStore(100), spec_of("a"), []
    threads = [threading.Thread(target=lambda: got.append(store.load(spec, "embedded"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["a:embedded"] and len(got) == 8 and len({id(engine) for engine in got}) == 1


def test_one_that_loads_does_not_keep_others_waiting(loads: list[str]) -> None:
    store, spec = EngineStore(100), spec_of("a")
    ready = store.load(spec, "embedded")
    slow = threading.Thread(target=store.load, args=(spec_of("b"), "embedded"))
    slow.start()
    began = time.perf_counter()
    assert store.load(spec, "embedded") is ready and time.perf_counter() - began < 0.04
    slow.join()


def test_the_least_recently_used_is_dropped_when_memory_runs_short(loads: list[str]) -> None:
    store = EngineStore(25)
    store.load(spec_of("a"), "embedded")
    store.load(spec_of("b"), "embedded")
    store.load(spec_of("a"), "embedded")
    store.load(spec_of("c"), "embedded")
    assert store.loaded() == [("a", "embedded"), ("c", "embedded")]
    store.load(spec_of("b"), "embedded")
    assert loads == ["a:embedded", "b:embedded", "c:embedded", "b:embedded"]


def test_engines_in_memory_forget_people_and_those_that_know_none_need_no_way_to(loads: list[str]) -> None:
    store, forgotten = EngineStore(100), list[str]()
    store.load(spec_of("a"), "embedded")
    knows = store.load(spec_of("b"), "embedded")
    knows.forget = lambda: forgotten.append("b")  # type: ignore[attr-defined]
    store.forget_people()
    assert forgotten == ["b"]


def test_one_that_is_larger_than_the_budget_still_works(loads: list[str]) -> None:
    store = EngineStore(5)
    assert store.load(spec_of("a"), "embedded").memory == 10
    assert store.loaded() == [("a", "embedded")]


def test_other_checkpoints_are_another_engine(
    loads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EngineStore(100)
    store.load(spec_of("a"), "embedded")
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path))
    store.load(spec_of("a"), "embedded")
    assert len(loads) == 2


def test_a_device_that_is_wished_for_later_is_not_met_by_what_is_loaded(
    loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EngineStore(100)
    store.load(spec_of("a"), "embedded")
    monkeypatch.setenv("AVATAR_DEVICE", "cuda:99")
    with pytest.raises(InputError, match="'cuda:99'"):
        store.load(spec_of("a"), "embedded")


def test_an_engine_that_fails_to_load_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def load(weights: str) -> Loaded:
        tries.append(1)
        if len(tries) == 1:
            raise InputError("The weights are missing.")
        return Loaded(1)

    monkeypatch.setattr(registry.importlib, "import_module", lambda name: SimpleNamespace(load=load))
    store = EngineStore(10)
    with pytest.raises(InputError):
        store.load(spec_of("a"), "embedded")
    assert store.loaded() == [] and store.load(spec_of("a"), "embedded").memory == 1
