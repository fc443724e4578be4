"""Export: the ending picks the format in any case, mistakes are told before work, and nothing half is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from avatar_app.export_motion import export_motion
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.request import InputError

STARTS = {".glb": b"glTF", ".csv": b"frame,seconds,", ".bvh": b"HIERARCHY", ".npz": b"PK"}


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).uniform(0, 0.3, (5, 58)).astype(np.float32)
    save_motion(MotionClip.from_values(values), tmp_path / "m.motion.npz")
    return tmp_path / "m.motion.npz"


@pytest.mark.parametrize("ending", STARTS)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_the_ending_picks_the_format_in_any_case(motion: Path, ending: str, case: object) -> None:
    assert callable(case)
    output = motion.parent / "10:30" / f"out{case(ending)}"
    assert export_motion(motion, output) == output
    assert output.read_bytes().startswith(STARTS[ending]) and [output] == list(output.parent.iterdir())
    if ending == ".npz":
        assert np.array_equal(load_motion(output).values(), load_motion(motion).values())


def test_a_portrait_shapes_the_head(motion: Path, portrait: Path) -> None:
    plain, worn = (
        export_motion(motion, motion.parent / name, face) for name, face in (("a.glb", None), ("b.glb", portrait))
    )
    assert plain.read_bytes() != worn.read_bytes()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.fbx", "must end in .glb, .csv, .bvh, .npz; got 'out.fbx'"),
        ("out", "must end in"),
        ("there.csv", "exists: choose another name, or add --force"),
        ("with_face.csv", "Only a .glb holds a head"),
        ("gone.csv", "no motion file"),
        ("file/out.csv", "Cannot write"),
        ("folder.csv", "is a directory"),
        ("x" * 300 + ".csv", "choose a shorter name"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_everything_as_it_was(
    motion: Path, portrait: Path, name: str, words: str
) -> None:
    folder = motion.parent
    (folder / "there.csv").write_text("earlier")
    (folder / "file").touch()
    (folder / "folder.csv").mkdir()
    before = sorted(folder.rglob("*"))
    given = folder / "gone.motion.npz" if name == "gone.csv" else motion
    with pytest.raises(InputError, match=words) as error:
        export_motion(given, folder / name, portrait if name == "with_face.csv" else None)
    assert "\n" not in str(error.value)
    assert sorted(folder.rglob("*")) == before and (folder / "there.csv").read_text() == "earlier"


def test_force_replaces_and_a_failed_export_does_not_block_the_next(
    motion: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = motion.parent / "out.glb"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(InputError, match="no space left"):
            export_motion(motion, output)
    assert list(motion.parent.iterdir()) == [motion]
    export_motion(motion, output)
    with pytest.raises(InputError, match="--force"):
        export_motion(motion, output)
    export_motion(motion, output, force=True)
