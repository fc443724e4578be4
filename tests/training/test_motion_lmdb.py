"""LMDB data sets: what is written comes back, the published layout is read, and nothing in it can run code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from avatar_app.request import InputError
from avatar_app.training.motion_lmdb import (
    PER_FRAME,
    MotionLmdb,
    MotionLmdbWriter,
    Recording,
    loads_arrays,
    motion_windows,
    pack_flac,
    split_by_person,
    unpack_flac,
)

lmdb = pytest.importorskip("lmdb", reason="the extra lmdb is not installed")


def recording(clip: str, frames: int, seed: int = 0) -> Recording:
    rng = np.random.default_rng(seed)
    audio = (0.5 * np.sin(np.arange(frames * PER_FRAME) * rng.uniform(0.02, 0.2))).astype(np.float32)
    return Recording(clip, audio, {"motion": rng.standard_normal((frames, 58)).astype(np.float32)})


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    with MotionLmdbWriter(tmp_path) as writer:
        for clip, frames in (("ann/000", 250), ("ann/001", 40), ("bob/000", 100), ("eve/000", 130)):
            writer.add(recording(clip, frames))
        writer.write_lists(split_by_person(writer.clips(), 0.1, 0))
    return tmp_path


def test_a_recording_comes_back_whole_and_in_part(folder: Path) -> None:
    truth = recording("ann/000", 250)
    with MotionLmdb(folder) as data:
        assert data.seg_len == 100 and data.frames("ann/000") == 250
        whole, part = data.read("ann/000"), data.read("ann/000", 90, 120)
        assert np.array_equal(whole.coef["motion"], truth.coef["motion"])
        assert np.abs(whole.audio - truth.audio).max() < 1e-4
        assert np.array_equal(part.coef["motion"], truth.coef["motion"][90:210])
        assert np.abs(part.audio - truth.audio[90 * PER_FRAME : 210 * PER_FRAME]).max() < 1e-4
        assert len(data.read("ann/000", sound=False).audio) == 0
        with pytest.raises(ValueError, match="of 250"):
            data.read("ann/000", 200, 51)


def test_no_person_is_in_two_splits_and_every_clip_is_in_one(folder: Path) -> None:
    with MotionLmdb(folder) as data:
        splits = [data.clips(name) for name in ("train", "val", "test")]
        people = [{clip.split("/")[0] for clip in clips} for clips in splits]
        assert (
            sorted([*splits[0], *splits[1], *splits[2]]) == data.clips() == ["ann/000", "ann/001", "bob/000", "eve/000"]
        )
        assert all(people) and not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])
    assert split_by_person(["a/000", "b/000"], 0.1, 0)["train"] == ["a/000", "b/000"]


def test_the_published_layout_is_read(tmp_path: Path) -> None:
    """As its owners write it: FLAME coefficients, several pickle protocols, a short last stretch."""
    rng = np.random.default_rng(1)
    coef = {n: rng.standard_normal((130, d)).astype(np.float32) for n, d in (("shape", 100), ("exp", 50), ("pose", 6))}
    sound = (0.3 * np.sin(np.arange(130 * PER_FRAME) / 9)).astype(np.float32)
    base = lmdb.open(str(tmp_path), map_size=1 << 24)
    with base.begin(write=True) as put:
        put.put(b"metadata", pickle.dumps({"seg_len": 100}))
        put.put(b"TH_00001/000/metadata", pickle.dumps({"n_frames": np.int64(130)}))
        for index, protocol in ((0, 2), (1, 5)):
            part = slice(100 * index, 100 * index + 100)
            samples = sound[part.start * PER_FRAME : part.stop * PER_FRAME]
            value = {"audio": pack_flac(samples), "coef": {name: values[part] for name, values in coef.items()}}
            put.put(f"TH_00001/000/{index:03d}".encode(), pickle.dumps(value, protocol))
    base.close()
    (tmp_path / "train.txt").write_text("TH_00001/000\n")
    with MotionLmdb(tmp_path) as data:
        found = data.read(data.clips("train")[0])
        assert len(found) == 130 and np.abs(found.audio - sound).max() < 1e-4
        for name, values in coef.items():
            assert np.array_equal(found.coef[name], values)
        with pytest.raises(InputError, match="not this project's motion"):
            next(motion_windows(data, "train", 100))


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (os.environ["BOMB"],))


def test_values_that_would_run_code_are_refused_unless_trusted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    base = lmdb.open(str(folder))
    with base.begin(write=True) as put:
        put.put(b"bob/000/000", pickle.dumps(_Bomb()))
    base.close()
    with MotionLmdb(folder) as data, pytest.raises(InputError, match="which is no array"):
        data.read("bob/000")
    assert not (tmp_path / "exploded").exists()
    with MotionLmdb(folder, trust=True) as data, pytest.raises(TypeError):
        data.read("bob/000")
    assert (tmp_path / "exploded").exists()


def test_damage_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="damaged"):
        loads_arrays(pickle.dumps({"a": np.ones(3)})[:-9])
    with pytest.raises(InputError, match="damaged"):
        unpack_flac(b"no sound")
    with pytest.raises(InputError, match="no LMDB data set"):
        MotionLmdb(tmp_path / "none")
    with MotionLmdb(folder) as data:
        with pytest.raises(InputError, match="no 'joe/000/metadata'"):
            data.frames("joe/000")
        (folder / "val.txt").unlink()
        with pytest.raises(InputError, match=r"no val\.txt"):
            data.clips("val")


def test_sound_and_motion_must_be_of_one_length(tmp_path: Path) -> None:
    with MotionLmdbWriter(tmp_path) as writer:
        wrong = Recording("a/000", np.zeros(10, np.float32), {"motion": np.zeros((3, 58), np.float32)})
        with pytest.raises(ValueError, match="10 samples"):
            writer.add(wrong)
        assert "a/000" not in writer


def test_flac_keeps_sixteen_bits() -> None:
    audio = np.linspace(-1, 1, 64_000).astype(np.float32)
    packed = pack_flac(audio)
    assert packed[:4] == b"fLaC" and len(packed) < 100_000
    assert int.from_bytes(packed[18:26], "big") & (1 << 36) - 1 == 64_000  # the header tells the length
    assert np.abs(unpack_flac(packed) - audio).max() <= 0.51 / 32767
