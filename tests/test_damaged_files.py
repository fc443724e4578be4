"""Damaged files are refused in a sentence: what benchmarks/fuzz.py found once, and a slice of what it does."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fuzz
import numpy as np
import pytest
from mutations import re_shaped

from avatar_app.batch.manifest import read_rows
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.request import InputError
from avatar_app.styles import open_style
from avatar_app.ui import store
from avatar_app.weights import load_safetensors

QUICK = ("wav", "png", "jpg", "webp", "heic", "npz", "glb", "safetensors", "json")


def refusal(read: Callable[[Path], Any], path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert fuzz.is_sentence(str(caught.value)), str(caught.value)[:300]
    return str(caught.value)


def with_member(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The archive with one member changed, and with the checksum that fits."""
    with zipfile.ZipFile(path) as old:
        members = {entry: old.read(entry) for entry in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for entry, data in members.items():
            new.writestr(entry, change(data) if entry == name else data)
    return path


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    save_motion(MotionClip.still(3), tmp_path / "m.npz")
    return tmp_path / "m.npz"


@pytest.mark.parametrize("read", [load_motion, open_style])
@pytest.mark.parametrize(
    "change",
    [
        lambda npy: re_shaped(npy, b"(9999999999,)"),  # more than there is memory
        lambda npy: npy.replace(b"}", b"(", 1),  # a header that is no Python
        lambda npy: npy.replace(b"{", b"{'''", 1),
    ],
)
def test_arrays_whose_header_claims_too_much_or_is_broken(
    motion: Path, read: Callable[[Path], Any], change: Callable[[bytes], bytes]
) -> None:
    refusal(read, with_member(motion, "fps.npy", change))


def test_a_style_that_unpacks_to_far_more_than_it_weighs(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "s.npz", style=np.zeros(2**22, np.float32), name="x", version="1")
    assert (tmp_path / "s.npz").stat().st_size < 2**20
    assert "is not a style file" in refusal(open_style, tmp_path / "s.npz")


@pytest.mark.parametrize("header", ["x" * 5000, {"w": {"dtype": "\0", "shape": [1], "data_offsets": [0, 4]}}])
def test_weights_whose_header_is_quoted_by_who_reads_it(tmp_path: Path, header: Any) -> None:
    head = json.dumps(header).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(head)) + head)
    refusal(load_safetensors, tmp_path / "w.safetensors")


def test_lists_in_lists_without_end(tmp_path: Path) -> None:
    deep = "[" * 100_000
    (tmp_path / "rows.jsonl").write_text(deep + "\n")
    assert [row.problem for row in read_rows(tmp_path / "rows.jsonl")] == ["This line is no JSON object."]
    (tmp_path / store.RECORD).write_text(deep)
    assert store.read(tmp_path) is None


def test_a_slice_of_damaged_files_of_every_kind(tmp_path: Path) -> None:
    cases = [case for case, _ in fuzz.run(108, 4, tmp_path, QUICK)]
    assert [case for case in cases if case.found] == []
    assert {case.name.rpartition(".")[2] for case in cases} == set(QUICK)
    assert {"read", "refused"} <= {case.outcome for case in cases}
