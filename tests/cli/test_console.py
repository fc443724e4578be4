"""The console: no letter, reader or native library ends the program or swallows what Python has to say."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from avatar_app.cli import console
from avatar_app.cli.console import Progress, StopSwitch, to_json
from avatar_app.sample import Event

ROOT = Path(__file__).resolve().parents[2]
WORDS = "1 · seed 7 → größe/☃.mp4"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses file descriptors the POSIX way")


def python(code: str, *, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs code in a process of its own, behind a shell's redirections."""
    line = [sys.executable, "-c", textwrap.dedent(code)]
    if shell:
        line = ["bash", "-c", f'"$@" {shell}', "bash", *line]
    return subprocess.run(line, capture_output=True, cwd=ROOT, timeout=60, env=os.environ | environment)


SAY = f"""
import sys
from avatar_app.cli import console
console.make_streams_safe()
for stream in (sys.stdout, sys.stderr):
    stream.write({WORDS!a} + "\\n")
print("\\udce9")
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "ascii:strict", "latin-1:strict"])
def test_letters_that_the_terminal_lacks_are_written_as_codes(encoding: str) -> None:
    done = python(SAY, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    shown = WORDS.encode(encoding.split(":")[0], "backslashreplace") + b"\n"
    assert done.stdout == shown + b"\\udce9\n" and done.stderr == shown


def test_a_plain_c_locale_shows_what_it_can() -> None:
    done = python(SAY, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0 and b"seed 7" in done.stdout and b"seed 7" in done.stderr


@pytest.mark.parametrize("redirections", ["| head -c 0", "> /dev/full", "2> /dev/full", ">&-", "2>&-", ">&- 2>&-"])
def test_readers_that_are_gone_and_disks_that_are_full_end_nothing(redirections: str, tmp_path: Path) -> None:
    code = f"""
    import sys, time
    from pathlib import Path
    from avatar_app.cli import console
    console.make_streams_safe()
    for _ in range(3):
        for stream in (sys.stdout, sys.stderr):
            stream.write("words\\n" * 10_000)
            stream.flush()
        time.sleep(0.05)
    Path({str(tmp_path / "done")!r}).touch()
    """
    done = python(code, shell=f"{redirections}; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 0 and (tmp_path / "done").exists(), done.stderr[-500:]
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


def test_json_is_json_in_every_encoding() -> None:
    given = {"file": WORDS, "odd": "\udce9"}
    code = f"""
    import sys
    from avatar_app.cli import console
    console.make_streams_safe()
    print(console.to_json({{"file": {WORDS!a}}}))
    """
    for encoding in ("ascii", "cp1252", "utf-8"):
        done = python(code, PYTHONIOENCODING=encoding)
        assert json.loads(done.stdout.decode(encoding)) == {"file": WORDS}
    assert ("größe" in done.stdout.decode()) and json.loads(to_json(given)) == given


def test_all_that_python_says_is_seen_while_native_noise_is_hidden() -> None:
    done = python(
        """
        import logging, os, sys, threading, warnings
        from avatar_app.cli import console
        console.set_up_logging(verbose=True)
        kept = sys.stderr  # as libraries do that make their log handlers when they are imported
        def fail():
            raise ArithmeticError("in a thread")
        for _ in range(2):
            with console.native_noise_hidden():
                os.write(2, b"NOISE")
                os.system("echo NOISE >&2")
                logging.getLogger("avatar_app.x").warning("logged")
                logging.getLogger("library").addHandler(logging.StreamHandler())
                warnings.warn("a warning", stacklevel=1)
                kept.write("kept\\n")
                thread = threading.Thread(target=fail)
                thread.start()
                thread.join()
                sys.stderr.write("unfinished line ")
            os.write(2, b"native words\\n")
        logging.getLogger("library").warning("later")
        raise ValueError("at the end")
        """
    )
    said = done.stderr.decode()
    assert "NOISE" not in said and "Logging error" not in said
    for words, times in {
        "avatar_app.x: logged": 2,
        "a warning": 1,
        "kept": 2,
        "ArithmeticError: in a thread": 2,
        "unfinished line native words": 2,
        "later": 3,
        "ValueError: at the end": 1,
    }.items():
        assert said.count(f"{words}\n") >= times, (words, said)


def test_hiding_can_be_switched_off_and_leaves_streams_of_tests_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with console.native_noise_hidden(), console.native_noise_hidden(enabled=False):
        sys.stderr.write("words")
    console.make_streams_safe()
    assert sys.stderr is before and capsys.readouterr().err == "words"
    done = python(
        """
        import os
        from avatar_app.cli.console import native_noise_hidden
        with native_noise_hidden(enabled=False):
            os.write(2, b"noise")
        """
    )
    assert done.stderr == b"noise"


def test_progress_is_a_line_per_stage_and_tenth_where_nothing_can_be_redrawn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress(sys.stderr)
    for k in range(101):
        progress(Event("inputs" if k < 5 else "motion" if k < 30 else "render", k / 100, f"at {k}", None, {}))
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  5%  at 5" and " 30%  at 30" in lines  # nothing is said of inputs
    shown = [int(line.split("%")[0]) for line in lines]
    assert all(10 <= b - a <= 11 for a, b in itertools.pairwise(shown) if b != 30)  # but at a new stage


def test_the_first_signal_is_a_flag_and_the_second_ends(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopSwitch().listening() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGTERM)
        assert stop() and "finished samples are kept" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before
