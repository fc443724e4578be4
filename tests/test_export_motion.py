"""Export: the ending picks the format in any case, mistakes are told before work, and nothing half is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from avatar_app.export_motion import export_motion
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.motion.skeleton import NAME, relaxed
from avatar_app.request import InputError

STARTS = {".glb": b"glTF", ".csv": b"frame,seconds,", ".bvh": b"HIERARCHY", ".npz": b"PK"}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Motion of a whole person."""
    body = Body(np.tile(relaxed(), (5, 1, 1)), NAME, np.zeros((5, 3), np.float32))
    save_motion(MotionClip.from_values(np.zeros((5, 58)), body), tmp_path / "w.motion.npz")
    return tmp_path / "w.motion.npz"


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
    assert output.read_bytes().startswith(STARTS[ending]) and {output} == {
        path for path in output.parent.iterdir() if path.suffix != ".json"
    }
    if ending == ".npz":
        assert np.array_equal(load_motion(output).values(), load_motion(motion).values())


def test_a_portrait_shapes_the_head(motion: Path, portrait: Path) -> None:
    plain, worn = (
        export_motion(motion, motion.parent / name, face) for name, face in (("a.glb", None), ("b.glb", portrait))
    )
    assert plain.read_bytes() != worn.read_bytes()


def test_motion_with_a_body_gives_a_whole_person(whole: Path, motion: Path) -> None:
    for given, joint in ((whole, "JOINT upperarm01.L"), (motion, "ROOT Head")):
        assert joint in export_motion(given, given.with_suffix(".bvh")).read_text("ascii")
    for given, body, found in ((whole, None, True), (motion, None, False), (motion, "kei", True)):
        written = export_motion(given, given.parent / "out.glb", body=body, force=True)
        assert (b'"clothes"' in written.read_bytes()) is found


def test_bodies_that_cannot_be_written_are_told_in_a_sentence(whole: Path) -> None:
    other = whole.parent / "other.motion.npz"
    body = Body(np.zeros((2, 7, 3), np.float32), "smplx", np.zeros((2, 3), np.float32))
    save_motion(MotionClip.from_values(np.zeros((2, 58)), body), other)
    for given, name, chosen, words in (
        (other, "out.bvh", None, "'smplx', not of anny54"),
        (whole, "out.glb", "nobody", "There is no body 'nobody'"),
        (whole, "out.bvh", "kei", "Only a .glb shows a body"),
    ):
        with pytest.raises(InputError, match=words):
            export_motion(given, whole.parent / name, body=chosen)
        assert not (whole.parent / name).exists()


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
