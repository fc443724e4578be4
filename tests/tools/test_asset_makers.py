"""Asset makers: what only they need stays out of the app, and each starts as a script."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path

import pytest

from avatar_app.paths import ROOT

MAKERS = ROOT / "tools" / "assets"


def imported_packages(path: Path) -> set[str]:
    """First names of everything that a file imports, wherever it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_the_app_needs_no_body_model() -> None:
    assert "anny" in imported_packages(MAKERS / "anny_body.py")
    assert not [path for path in (ROOT / "avatar_app").rglob("*.py") if "anny" in imported_packages(path)]


@pytest.mark.parametrize("name", sorted(path.name for path in MAKERS.glob("make_*.py")))
def test_a_maker_starts_as_a_script(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(MAKERS / name), run_name="__main__")
    assert stopped.value.code == 0 and f"usage: {name}" in capsys.readouterr().out
