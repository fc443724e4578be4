"""Files appear whole or not at all, and what stands in the way becomes one sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avatar_app import files
from avatar_app.files import atomic_write, check_writable, file_exists, folder_exists, scratch_folder, unfinished
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.bvh import save_bvh
from avatar_app.motion.export.csv import save_csv
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.head.glb import save_glb
from avatar_app.request import InputError

ROOT = Path(__file__).resolve().parents[1]
Save = Callable[[MotionClip, Path], None]
SAVERS: dict[str, Save] = {".npz": save_motion, ".csv": save_csv, ".bvh": save_bvh, ".glb": save_glb}


def a_sentence(error: pytest.ExceptionInfo[InputError]) -> str:
    words = str(error.value)
    assert words.endswith(".") and "\n" not in words and words.startswith(("Cannot write ", "Temporary files cannot"))
    return words


def test_what_is_written_appears_at_the_end_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.bin"
    for content in (b"first", b"second"):
        with atomic_write(path) as file:
            file.write(content)
            before = path.read_bytes() if path.exists() else b""
            assert before != content
        assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == ["x.bin"]


def test_an_error_while_writing_leaves_what_was_there_and_passes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"earlier")
    with pytest.raises(ArithmeticError), atomic_write(tmp_path / "x.bin") as file:
        file.write(b"half")
        raise ArithmeticError
    assert (tmp_path / "x.bin").read_bytes() == b"earlier" and len(list(tmp_path.iterdir())) == 1


def test_files_get_the_permissions_that_any_new_file_gets(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "x.bin") as file:
        file.write(b"x")
    (tmp_path / "y.bin").write_bytes(b"y")
    assert (tmp_path / "x.bin").stat().st_mode == (tmp_path / "y.bin").stat().st_mode


@pytest.mark.parametrize("name", ["10:30 take.bin", "-x.bin", "%03d.bin", "fünf 🙂.bin", "x" * 255])
def test_odd_names_are_just_names(tmp_path: Path, name: str) -> None:
    with atomic_write(tmp_path / name) as file:
        file.write(b"x")
    assert (tmp_path / name).read_bytes() == b"x"


IMPOSSIBLE = {
    "below a file": ("file/x.bin", "choose another name"),
    "a folder": ("folder", "is a directory"),
    "too long": ("x" * 256, "choose a shorter name"),
    "below a name too long": ("x" * 256 + "/x.bin", "choose a shorter name"),
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_places_that_cannot_be_written_are_told_before_the_work(tmp_path: Path, kind: str) -> None:
    name, words = IMPOSSIBLE[kind]
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError) as error, unfinished(tmp_path / name):
        pytest.fail("the work was begun")
    assert words in a_sentence(error)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that refuses files even from root")
def test_a_folder_that_takes_no_files_is_told() -> None:
    with pytest.raises(InputError) as error:
        check_writable(Path("/proc"))
    assert "/proc" in a_sentence(error)
    with pytest.raises(InputError) as error, unfinished("/proc/x.bin"):
        pytest.fail("the work was begun")
    assert "/proc/x.bin" in a_sentence(error)


def test_a_folder_that_takes_files_is_made_and_left_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


REASONS = {
    errno.ENOSPC: "no space left on device): free some space",
    errno.EROFS: "read-only file system): choose a folder",
    errno.EACCES: "permission denied): choose a folder",
    errno.EFBIG: "file too large): raise the limit",
    errno.EIO: "input/output error): choose another place",
}


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("step", ["open", "replace"])
def test_the_reason_is_told_even_when_the_rest_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    def stay(*_: object, **__: object) -> None:
        raise OSError(errno.EBUSY, "unlink must not hide the reason")

    monkeypatch.setattr(Path, step, fail)
    monkeypatch.setattr(Path, "unlink", stay)
    with pytest.raises(InputError) as error, atomic_write(tmp_path / "x.bin") as file:
        file.write(b"x")
    assert REASONS[code] in a_sentence(error)


def test_temporary_files_without_a_place_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(InputError) as error, scratch_folder():
        pytest.fail("there is no such folder")
    assert "TMPDIR" in a_sentence(error)


def test_temporary_folders_are_gone_after_the_block() -> None:
    with scratch_folder() as folder:
        (folder / "x").write_bytes(b"x")
    assert not folder.exists()


def test_questions_about_impossible_names_are_answered(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    assert file_exists(tmp_path / "x") and not folder_exists(tmp_path / "x")
    assert folder_exists(tmp_path) and not file_exists(tmp_path)
    for path in (tmp_path / ("x" * 300), tmp_path / "x" / "y", tmp_path / "\0"):
        assert not file_exists(path) and not folder_exists(path)


@pytest.mark.parametrize("ending", SAVERS)
def test_motion_files_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    path, clip = tmp_path / f"m{ending}", MotionClip.still(5)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(InputError):
        SAVERS[ending](clip, tmp_path / "file" / "m")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="no space left"):
        SAVERS[ending](clip, path)
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
    monkeypatch.undo()
    SAVERS[ending](clip, path)
    assert path.stat().st_size > 100


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX")
def test_a_limit_on_the_size_of_files_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """The true limit, with the true writers, in a process of its own."""
    np.save(tmp_path / "values.npy", np.random.default_rng(0).uniform(size=(200, 58)).astype(np.float32))
    code = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from avatar_app.request import InputError
        from tests.test_files import MotionClip, SAVERS
        folder = Path(sys.argv[1])
        clip = MotionClip.from_values(np.load(folder / "values.npy"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        for ending, save in SAVERS.items():
            try:
                save(clip, folder / f"m{ending}")
            except InputError as error:
                print(error)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(SAVERS)
    for line, ending in zip(lines, SAVERS, strict=True):
        assert f"m{ending}" in line and "file too large): raise the limit" in line
    assert [found.name for found in tmp_path.iterdir()] == ["values.npy"]
