"""The output folder's result.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_app import output
from avatar_app.generate import generate
from avatar_app.request import InputError, Request


def test_half_a_surrogate_pair_in_the_instruction_does_not_cost_the_result(tmp_path: Path) -> None:
    output.write_result(tmp_path, {"instruction": "happy \ud83d nod", "engine": "é"})
    told = json.loads((tmp_path / output.RESULT).read_text(encoding="utf-8"))
    assert told["provenance"]["ai_generated"] is True
    assert (told["instruction"], told["engine"]) == ("happy ? nod", "é")


def test_the_first_error_is_told_even_when_the_result_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise InputError("The disk is full.")

    monkeypatch.setattr(output, "write_result", broken)
    request = Request(instruction="nod", duration=1.0, motion_only=True, output=tmp_path / "out")
    samples = generate(request)
    next(samples)
    with pytest.raises(KeyError, match="first"):
        samples.throw(KeyError("first"))
