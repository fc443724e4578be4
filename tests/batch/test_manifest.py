"""Rows as requests, and what decides their keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_app.batch.manifest import Row, key_of, read_rows, request_of
from avatar_app.request import InputError


def written(path: Path, text: str) -> list[Row]:
    path.write_text(text, encoding="utf-8")
    return list(read_rows(path))


def test_cells_become_fields_of_their_kind(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"voice")
    rows = written(
        tmp_path / "m.csv",
        "audio,instruction,samples,duration,motion_only,option.steps,option.window\n"
        'a.wav,"happy, nod",2,1.5,yes,12,keep\n,smile,,3,,,\n',
    )
    first, second = (request_of(row, tmp_path) for row in rows)
    assert first.audio == tmp_path / "a.wav" and first.instruction == "happy, nod" and first.samples == 2
    assert first.duration == 1.5 and first.motion_only is True and first.options == {"steps": 12, "window": "keep"}
    assert second.audio is None and second.samples == 3 and second.options == {} and second.motion_only is False
    lines = [{"instruction": "smile", "duration": 3, "options": {"steps": 4}, "option.window": None}]
    (row,) = written(tmp_path / "m.jsonl", "\n" + "\n".join(map(json.dumps, lines)) + "\n")
    assert request_of(row, tmp_path).options == {"steps": 4}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"audio": "none.wav"}, "There is no file 'none.wav'"),
        ({"instruction": "nod", "duration": "long"}, "must be a number"),
        ({"instruction": "nod", "samples": "1.5"}, "whole number"),
        ({"instruction": "nod", "motion_only": "perhaps"}, "yes or no"),
        ({"instruction": "nod", "options": "[1]"}, "JSON object"),
        ({"instruction": "nod", "duration": 1, "samples": 99}, "from 1 to 10"),
        ({}, "Nothing to do"),
    ],
)
def test_what_is_wrong_with_a_row_is_a_sentence(row: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        request_of(Row(1, row), tmp_path)


def test_manifests_that_are_none_are_refused_and_broken_rows_are_told(tmp_path: Path) -> None:
    for name, text in (("m.txt", "audio\n"), ("a.csv", ""), ("b.csv", "audio,mood\n"), ("c.csv", "\0\n")):
        with pytest.raises(InputError):
            written(tmp_path / name, text)
    with pytest.raises(InputError, match="cannot be read"):
        list(read_rows(tmp_path / "none.csv"))
    rows = written(tmp_path / "m.jsonl", '{"instruction": "nod"}\nno json\n{"mood": 1}\n')
    assert [bool(row.problem) for row in rows] == [False, True, True]
    (row,) = written(tmp_path / "d.csv", "instruction,duration\nnod,1,2,3\n")
    with pytest.raises(InputError, match="more values"):
        request_of(row, tmp_path)


def test_keys_follow_contents_and_wishes_and_not_places(tmp_path: Path) -> None:
    for name, content in (("a.wav", b"one"), ("b.wav", b"one"), ("c.wav", b"other")):
        (tmp_path / name).write_bytes(content)

    def key(**given: object) -> str:
        return key_of(request_of(Row(1, given), tmp_path))

    assert key(audio="a.wav") == key(audio="b.wav", samples="3") != key(audio="c.wav")
    assert len({key(audio="a.wav", **more) for more in ({}, {"seed": 1}, {"option.steps": 5}, {"style": "calm"})}) == 4
