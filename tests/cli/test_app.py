"""The command line: exit codes, what goes to stdout and what to stderr, and stopping."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from avatar_app import __version__, cli
from avatar_app.cli.app import app
from avatar_app.cli.generate import with_options
from avatar_app.engines.registry import resolve
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.render.video.writer import probe, snapshot
from avatar_app.request import InputError, Request
from tests.drawings import ghost
from tests.ui.fakes import fake_generate

pytestmark = pytest.mark.usefixtures("heard_once")
ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in of the page's tests behind the real command line."""
    monkeypatch.setattr(cli.generate, "make", functools.partial(fake_generate, seconds_per_sample=0.05))


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = "import avatar_app.cli.app, sys; print([m for m in ('torch', 'gradio', 'cv2', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
    done = subprocess.run([sys.executable, "-m", "avatar_app", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for command in ("generate", "render", "doctor", "serve", "download", "record", "export", "train", "evaluate"):
        assert command in done.stdout


def test_version() -> None:
    assert run("--version").stdout.strip() == __version__


def test_generate_names_its_videos_on_stdout(quick: None, portrait: Path, voice: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("generate", "--audio", voice, "--portrait", portrait, "--samples", 2, "--size", 128, "--output", out)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.split() == [str(out / "sample_1.mp4"), str(out / "sample_2.mp4")]
    assert "Drawing take 2 of 2" in done.stderr
    assert "note: <b>loud</b>" in done.stderr
    assert {path.name for path in out.iterdir()} >= {"sample_1.motion.npz", "side_by_side.mp4", "result.json"}
    asked = json.loads((out / "result.json").read_text())["request"]
    assert (asked["names"], asked["blinks"], asked["eye_contact"]) == ("plain", 1.0, 0.0)


def test_generate_takes_a_preset_names_and_wishes_about_the_eyes(quick: None, portrait: Path, tmp_path: Path) -> None:
    given = [
        "--preset",
        "fast",
        "--names",
        "descriptive",
        "--no-side-by-side",
        "--blinks",
        0.5,
        "--eye-contact",
        1,
        "--duration",
        2,
    ]
    done = run("generate", "--portrait", portrait, "--samples", 1, "--output", tmp_path / "out", *given)
    assert done.exit_code == 0, done.stderr
    asked = json.loads((tmp_path / "out" / "result.json").read_text())["request"]
    assert (asked["size"], asked["option steps"], asked["names"]) == (384, 5, "descriptive") and not asked[
        "side_by_side"
    ]
    assert (asked["blinks"], asked["eye_contact"]) == (0.5, 1.0)
    quick_one = run("generate", "--instruction", "nod", "--duration", 2, "--preset", "quick", "--motion-only")
    assert quick_one.exit_code == 2 and "no preset 'quick'" in quick_one.stderr


@pytest.mark.parametrize("as_file", [True, False])
def test_a_transcript_is_a_text_or_a_file_of_it(
    quick: None, portrait: Path, voice: Path, tmp_path: Path, as_file: bool
) -> None:
    said = "Yes, and no."
    (tmp_path / "said.txt").write_text(f"\ufeff{said}", encoding="utf-8")
    given = ["--transcript", tmp_path / "said.txt" if as_file else said]
    arguments = ["--audio", voice, "--portrait", portrait, "--samples", 1, "--size", 128, "--json"]
    done = run("generate", *arguments, "--output", tmp_path / "out", *given)
    assert done.exit_code == 0 and json.loads(done.stdout)["request"]["transcript"] == said


@pytest.mark.parametrize("whole", [True, False])
def test_a_plan_is_a_file_of_steps_or_the_result_of_a_run(
    quick: None, portrait: Path, voice: Path, tmp_path: Path, whole: bool
) -> None:
    steps = [{"start": 0, "end": 1, "what": "nod"}]
    (tmp_path / "plan.json").write_text(json.dumps({"plan": steps, "samples": []} if whole else steps))
    arguments = ["--audio", voice, "--portrait", portrait, "--samples", 1, "--size", 128, "--json"]
    done = run("generate", *arguments, "--output", tmp_path / "out", "--plan", tmp_path / "plan.json")
    assert done.exit_code == 0 and json.loads(done.stdout)["request"]["plan"] == steps


@pytest.mark.parametrize(
    ("text", "words"), [("[{", "must be JSON"), (None, "no plan"), ("[" * 100_000, "must be JSON")]
)
def test_a_plan_that_cannot_be_read_is_one_line(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    done = run("generate", "--instruction", "nod", "--plan", tmp_path / "plan.json")
    assert done.exit_code == 2 and words in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_json_is_all_that_stdout_gets(quick: None, portrait: Path, voice: Path, tmp_path: Path) -> None:
    common = ["--audio", voice, "--portrait", portrait, "--size", 128, "--seed", 7, "--json"]
    done = run("generate", *common, "--output", tmp_path / "out")
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert written.pop("provenance")["ai_generated"] and json.loads(done.stdout) == written
    assert json.loads(done.stdout)["seeds"] == [7, 8, 9]


def test_first_ctrl_c_keeps_finished_samples(portrait: Path, voice: Path, tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import functools
        import avatar_app.cli.generate as command
        from avatar_app.cli.app import app
        from tests.ui.fakes import fake_generate
        command.make = functools.partial(fake_generate, seconds_per_sample=1.0)
        app()
        """
    )
    out = tmp_path / "out"
    arguments = ["generate", "--audio", voice, "--portrait", portrait, "--samples", 9, "--size", 128, "--output", out]
    work = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert work.stdout is not None
    first = work.stdout.readline().strip()
    work.send_signal(signal.SIGINT)
    _, words = work.communicate(timeout=20)
    assert work.returncode == 130
    assert first == str(out / "sample_1.mp4") and probe(first)["frames"] == 40
    assert "finished samples are kept" in words and "Traceback" not in words
    assert not (out / "sample_9.mp4").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["genrate"], "No such command 'genrate'"),
        (["generate", "--smaples", "3"], "No such option: --smaples"),
        (["generate", "--transcript", "missing.txt"], "no transcript 'missing.txt'"),
        (["generate", "--samples", "many"], "Invalid value for '--samples'"),
        (["render", "--motion", "x.npz"], "Missing option"),
        (["export", "--motion", "x.npz", "--output", "x.fbx"], "must end in"),
        (["download", "nobody"], "choose one of"),
        (["download", "dawn_published"], "yours to fetch"),
        (["train", "nobody"], "choose one of: audio2photoreal, dawn, diffposetalk, instruct_avatar"),
        (["benchmark", "nobody"], "no benchmark called"),
        (["record", "--seconds", "0.1"], "must last"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_render_draws_any_motion_on_any_portrait(portrait: Path, voice: Path, tmp_path: Path) -> None:
    values = MotionClip.still(30).values()
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.5, 30)
    save_motion(MotionClip.from_values(values), tmp_path / "m.npz")
    film = tmp_path / "m.mp4"
    common = ["--motion", tmp_path / "m.npz", "--portrait", portrait, "--output", film]
    done = run("render", *common, "--audio", voice, "--size", 256)
    assert done.exit_code == 0, done.stderr
    facts = probe(film)
    assert (facts["frames"], facts["width"], facts["audio_codec"]) == (75, 256, "aac")
    again = run("render", *common)
    assert again.exit_code == 2 and "--force" in again.stderr


@pytest.mark.parametrize(
    ("background", "name"), [("transparent", "m.webm"), ("transparent", "m.mov"), ("#204060", "m.mp4")]
)
def test_render_draws_whole_pictures_before_any_background(
    portrait: Path, tmp_path: Path, background: str, name: str
) -> None:
    save_motion(MotionClip.still(4), tmp_path / "m.npz")
    wish = ["--framing", "full", "--background", background, "--output", tmp_path / name]
    done = run("render", "--motion", tmp_path / "m.npz", "--portrait", portrait, *wish)
    assert done.exit_code == 0, done.stderr
    facts = probe(tmp_path / name)
    assert (facts["frames"], facts["width"], facts["height"]) == (4, 512, 512)
    assert facts["codec"] == {"m.webm": "vp9", "m.mov": "prores", "m.mp4": "h264"}[name]


def test_render_draws_a_face_that_was_placed_by_hand(tmp_path: Path) -> None:
    picture, points = ghost()
    Image.fromarray(picture).save(tmp_path / "ghost.png")
    values = MotionClip.still(4).values()
    values[2:, ARKIT_INDEX["jawOpen"]] = 0.6
    save_motion(MotionClip.from_values(values), tmp_path / "m.npz")
    common = ["--motion", tmp_path / "m.npz", "--portrait", tmp_path / "ghost.png", "--output", tmp_path / "m.mp4"]
    unknown = run("render", *common)
    assert unknown.exit_code == 2 and "--points" in unknown.stderr
    done = run("render", *common, "--points", points)
    assert done.exit_code == 0, done.stderr
    closed, opened = (snapshot(tmp_path / "m.mp4", second).astype(int) for second in (0.0, 0.12))
    assert (closed - opened)[280:400, 180:340].max() > 80, "the mouth is dark inside"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--framing", "knee"], "choose one of: face, bust, full"),
        (["--background", "#zz"], "must look like #204060"),
        (["--background", "meadow"], "must be original, blur"),
        (["--background", "transparent"], "must end in .webm"),
        (["--face", "3"], "only one face was found"),
        (["--face", "0"], "face must be from 1"),
        (["--points", "eye 3,4"], "no point called 'eye'"),
        (["--points", "chin 3,4"], "Points are missing: eye_right"),
        (["--points", "chin there"], "must look like"),
    ],
)
def test_wishes_about_the_picture_that_cannot_be_met_are_one_line(
    portrait: Path, tmp_path: Path, wish: list[str], words: str
) -> None:
    save_motion(MotionClip.still(4), tmp_path / "m.npz")
    done = run("render", "--motion", tmp_path / "m.npz", "--portrait", portrait, "--output", tmp_path / "m.mp4", *wish)
    assert done.exit_code == 2 and words in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "m.mp4").exists()


@pytest.mark.parametrize("ending", ["csv", "bvh", "npz", "glb"])
def test_export_writes_each_format(tmp_path: Path, ending: str) -> None:
    save_motion(MotionClip.still(10), tmp_path / "m.npz")
    done = run("export", "--motion", tmp_path / "m.npz", "--output", tmp_path / f"out.{ending}")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / f"out.{ending}").stat().st_size > 100


def test_download_lists_what_exists_and_who_owns_it() -> None:
    listing = run("download").stdout
    assert "dawn" in listing and "Hanbo-Cheng/DAWN" in listing and "user-supplied" in listing


def test_doctor_prints_json() -> None:
    done = run("doctor", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == (0 if report["ok"] else 1)


@pytest.mark.skipif(os.name != "posix", reason="counts file descriptors the POSIX way")
def test_native_noise_does_not_reach_the_terminal() -> None:
    code = textwrap.dedent(
        """
        import os, sys
        from avatar_app.cli.console import native_noise_hidden
        with native_noise_hidden():
            os.write(2, b"noise")
            sys.stderr.write("words ")
        os.write(2, b"after")
        """
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == "words after"


def test_flags_of_engines_become_options_of_the_one_that_is_chosen() -> None:
    flags = {"guidance": "independent", "thresholding": "0.99,1,4", "every_step": True, "text_scale": None}
    styled = with_options(Request(audio="a.wav", style="calm", motion_only=True), flags)
    assert styled.options == {"guidance": "independent", "thresholding": "0.99,1,4", "every_step": True}
    assert resolve(styled).options.thresholding == (0.99, 1.0, 4.0)
    with pytest.raises(InputError, match="InstructAvatar has no option 'guidance'"):
        resolve(with_options(Request(audio="a.wav", motion_only=True), flags))


def test_engine_flags_reach_the_motion(voice: Path, tmp_path: Path) -> None:
    def motion(name: str, *flags: object) -> np.ndarray:
        out = tmp_path / name
        done = run("generate", "--audio", voice, "--motion-only", "--samples", 1, "--output", out, *flags)
        assert done.exit_code == 0, done.stderr
        return load_motion(out / "sample_1.motion.npz").values()

    plain, steps = motion("plain"), motion("steps", "--steps", 3)
    assert np.abs(plain - steps).max() > 1e-3
    assert np.abs(motion("still", "--motion-strength", 0)[:, 52:]).max() == 0
    styled = motion("styled", "--style", "calm", "--no-head-motion", "--steps", 3)
    assert np.abs(styled[:, 52:]).max() == 0 < styled[:, :52].max()


def test_engines_are_listed_with_what_is_missing() -> None:
    told = run("engines").stdout
    assert "instruct_avatar: InstructAvatar." in told and "embedded weights: there" in told
    assert "published weights: The published DiffPoseTalk lacks" in told
