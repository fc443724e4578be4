"""The house as docs/architecture.md draws it: no circles, arrows that point one way, engines that nobody names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "avatar_app"
ENGINES = sorted(path.parent.name for path in PACKAGE.glob("engines/*/spec.py"))
# Rooms from the ground up: a room may import those before it. Single files are rooms of their own.
FLOORS = (
    (
        "request",
        "types",
        "provenance",
        "credentials",
        "paths",
        "progress",
        "npz",
        "files",
        "ffmpeg",
        "requirements",
        "loading",
        "memory",
    ),
    ("resumable", "weights", "devices", "tensor_fit"),
    ("face",),
    ("speech", "inputs"),
    ("motion",),
    ("sample", "diffusion"),
    ("render",),
    ("engines", "training", "judges"),
    (
        "output",
        "sample_writer",
        "styles",
        "settings",
        "presets",
        "doctor",
        "export_motion",
        "render_motion",
        "expected_time",
    ),
    ("generate",),
    ("ui", "cli", "serving", "batch"),
)


@lru_cache(maxsize=1)
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@lru_cache(maxsize=1)
def nodes() -> dict[str, list[ast.AST]]:
    """Every module's nodes."""
    return {name: list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for name, path in modules().items()}


@lru_cache(maxsize=1)
def arrows() -> dict[str, set[str]]:
    """What every module imports of the package, wherever in the file; but for type checkers' imports."""
    result = {}
    for name, whole in nodes().items():
        ignored = {id(child) for node in whole if _for_type_checkers(node) for child in ast.walk(node)}
        seen: set[str] = set()
        for node in whole:
            if id(node) not in ignored and isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    seen.add(full if full in modules() else node.module)
        result[name] = (seen & set(modules())) - {name}
    return result


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and any(
        "TYPE_CHECKING" in (getattr(part, "id", ""), getattr(part, "attr", "")) for part in ast.walk(node.test)
    )


def room(module: str) -> str:
    """The first part of a module's name below the package."""
    return module.split(".")[1] if "." in module else ""


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that can all reach each other (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while True:
                group.append(stack.pop())
                if group[-1] == node:
                    break
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def test_the_search_for_circles_finds_one() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: others for name, others in arrows().items() if name != "avatar_app"}
    assert cycles(graph) == []


def test_no_room_imports_itself_through_others() -> None:
    folders: dict[str, set[str]] = {}
    for name, others in arrows().items():
        here = _folder(name)
        folders.setdefault(here, set()).update(_folder(other) for other in others if _folder(other) != here)
    folders.pop("avatar_app", None)  # the package itself offers generate(); modules ask it for its version
    assert cycles(folders) == []


def _folder(module: str) -> str:
    """The folder that a module stands in; of files beside further folders the file itself."""
    path = modules()[module]
    if path.name == "__init__.py":
        return module
    return module if any(path.parent.glob("*/__init__.py")) else ".".join(path.relative_to(ROOT).parent.parts)


def test_arrows_point_down() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    rooms = {room(name) for name in modules()} - {"", "__main__"}
    assert rooms == set(floor), "a room is missing from FLOORS, or gone"
    upward = [
        f"{name} -> {other}"
        for name, others in arrows().items()
        for other in others
        if room(name) in floor and room(other) in floor and floor[room(other)] > floor[room(name)]
    ]
    assert upward == []


def test_an_engine_imports_no_other_engine() -> None:
    crossing = [
        f"{name} -> {other}"
        for name, others in arrows().items()
        for other in others
        if (mine := _engine(name)) and (theirs := _engine(other)) and mine != theirs
    ]
    assert crossing == []


def _engine(module: str) -> str:
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[1] == "engines" and parts[2] in ENGINES else ""


@lru_cache(maxsize=1)
def words() -> list[tuple[str, int, str, bool]]:
    """Every string and every module that is imported: (where, line, text, whether it is imported)."""
    found = []
    for name, whole in nodes().items():
        for node in whole:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append((name, node.lineno, node.value, False))
            elif isinstance(node, ast.ImportFrom):
                found.append((name, node.lineno, node.module or "", True))
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_names_an_engine(engine: str) -> None:
    """Names in code and in strings; a paper may be cited in a comment or docstring."""
    word = re.compile(rf"\b{engine}\b")
    naming = [
        f"{name}:{line}"
        for name, line, text, imported in words()
        if _engine(name) != engine and (word.search(text) if imported else word.fullmatch(text))
    ]
    assert naming == []


@lru_cache(maxsize=1)
def loaded() -> set[str]:
    """What a process has loaded that can show the command line's help."""
    code = "import sys; import avatar_app.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("heavy", ["torch", "cv2", "mediapipe", "diffusers", "transformers", "gradio"])
def test_the_command_line_helps_without_loading_what_is_heavy(heavy: str) -> None:
    assert "avatar_app.cli.app" in loaded() and heavy not in loaded()


def test_files_stay_small() -> None:
    large = {name: lines for name, path in modules().items() if (lines := len(path.read_text().splitlines())) > 320}
    assert large == {}
