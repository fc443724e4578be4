"""The doctor: true statements about this machine, and a command for every gap."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from avatar_app import doctor, requirements, weights
from avatar_app.paths import ROOT


def by_name(checks: list[doctor.Check]) -> dict[str, doctor.Check]:
    return {check.name: check for check in checks}


def test_everything_installed_is_found() -> None:
    checks = by_name(doctor.examine())
    for name in ("Python", "device", "packages", "OpenCV", "face landmarks", "video encoding", "text encoder"):
        assert checks[name].ok, checks[name]
    assert "libx264 and aac" in checks["video encoding"].detail
    assert "torch" in checks["device"].detail
    assert "gradio" in checks["packages"].detail and "jax" not in checks["packages"].detail


def test_every_gap_comes_with_a_command() -> None:
    for check in doctor.examine():
        assert check.ok or check.fix, check


def test_json_says_the_same_as_the_checks() -> None:
    checks = doctor.examine()
    report = json.loads(doctor.as_json(checks))
    assert report["ok"] == doctor.works(checks)
    assert [row["name"] for row in report["checks"]] == [check.name for check in checks]


def test_missing_and_damaged_weights_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"title": "t", "licence": "Apache-2.0", "source": "shipped", "where": "here", "files": []}
    (tmp_path / "manifest.json").write_text(json.dumps({"instruct_avatar": entry}))
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path))
    untrained = by_name(doctor.examine())["weights of instruct_avatar"]
    assert not untrained.ok and untrained.fix is not None and "train" in untrained.fix
    model = tmp_path / "instruct_avatar" / "model.safetensors"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    weights.register("instruct_avatar", [model])
    assert by_name(doctor.examine())["weights of instruct_avatar"].ok
    model.write_bytes(b"weighty")
    damaged = by_name(doctor.examine())["weights of instruct_avatar"]
    assert not damaged.ok and "damaged" in damaged.detail and str(damaged.fix).startswith("cp -r ")
    monkeypatch.setattr(doctor, "CHECKPOINTS", tmp_path)
    assert by_name(doctor.examine())["weights of instruct_avatar"].fix == "git checkout -- checkpoints/instruct_avatar"


def test_weights_in_another_folder_are_mended_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path))
    nothing = by_name(doctor.examine())["list of weights"]
    assert not nothing.ok and nothing.needed and nothing.fix == "unset AVATAR_CHECKPOINTS"
    (tmp_path / "manifest.json").write_bytes((ROOT / "checkpoints" / "manifest.json").read_bytes())
    missing = [check for check in doctor.examine() if check.name.startswith("weights of") and check.needed]
    assert missing
    for check in missing:
        name = check.name.removeprefix("weights of ")
        assert not check.ok and check.fix == f"cp -r {ROOT}/checkpoints/{name} {tmp_path}"
        subprocess.run(str(check.fix).split(), check=True)
    assert all(check.ok for check in doctor.examine() if check.name.startswith("weights of") and check.needed)


def test_what_owners_hand_out_is_listed_for_engines_that_are_here() -> None:
    from avatar_app.engines.registry import specs

    kinds = {f"{name}_{kind}" for name, spec in specs().items() for kind in spec.weights} | set(specs())
    listed = {check.name.removeprefix("weights of ") for check in doctor.examine() if "weights of" in check.name}
    for name, system in weights.read_manifest().items():
        assert (name in listed) == (system.source != weights.USER_SUPPLIED or name in kinds), name


def test_the_doctor_names_no_engine() -> None:
    from avatar_app.engines.registry import specs

    text = Path(doctor.__file__).read_text(encoding="utf-8")
    assert not [name for name in weights.read_manifest().keys() | specs().keys() if name in text]


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names put in here are not installed any more, as far as the requirement files are concerned."""
    gone: set[str] = set()

    def version_here(name: str) -> str:
        if name in gone:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(requirements, "version", version_here)
    return gone


def in_the_scripts_environment(monkeypatch: pytest.MonkeyPatch, whether: bool) -> None:
    monkeypatch.setattr(doctor, "OWN_ENVIRONMENT", Path(sys.prefix) if whether else ROOT / "another")


@pytest.mark.parametrize("package", ["gradio", "hama", "face-alignment"])
def test_a_missing_package_is_mended_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, uninstalled: set[str], package: str
) -> None:
    uninstalled.add(package)
    in_the_scripts_environment(monkeypatch, True)
    (check,) = doctor._packages()
    assert not check.ok and check.needed and f"{package} is not installed" in check.detail
    assert check.fix == "bash install.sh setup"
    in_the_scripts_environment(monkeypatch, False)
    (check,) = doctor._packages()
    assert check.fix == f"{sys.executable} -m pip install -r {ROOT}/requirements.txt"


def test_a_package_at_a_wrong_version_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "version", lambda name: "2.3.0" if name == "numpy" else version(name))
    (check,) = doctor._packages()
    assert not check.ok and check.detail.startswith("numpy 2.3.0 (numpy<2,>=1.26 is needed)")


@pytest.mark.parametrize(
    ("package", "extra"),
    [("lmdb", "training"), ("tensorboard", "training"), ("anny", "tools"), ("ctranslate2", "words")],
)
def test_a_missing_package_is_told_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, uninstalled: set[str], package: str, extra: str
) -> None:
    uninstalled.add(package)
    in_the_scripts_environment(monkeypatch, True)
    checks = by_name(list(doctor._extras()))
    check = checks[f"extra {extra}"]
    assert not check.ok and not check.needed and f"{package} is not installed" in check.detail
    assert check.fix == f"bash install.sh setup --with {extra}"
    assert f"--with {extra} " in (ROOT / "install.sh").read_text()
    in_the_scripts_environment(monkeypatch, False)
    assert f"-r {ROOT}/requirements-{extra}.txt" in str(by_name(list(doctor._extras()))[f"extra {extra}"].fix)


@pytest.mark.parametrize("program", ["missing", "text", "folder", "another"])
def test_a_wrong_ffmpeg_fails_and_is_mended_by_dropping_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    path = tmp_path / "ffmpeg"
    if program == "folder":
        path.mkdir()
    elif program != "missing":
        path.write_text("no program" if program == "text" else "#!/bin/sh\nexit 0\n")
        path.chmod(0o644 if program == "text" else 0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))
    checks = by_name(doctor.examine())
    assert not checks["video encoding"].ok and checks["video encoding"].needed
    assert checks["video encoding"].fix == "unset IMAGEIO_FFMPEG_EXE"


def test_a_wrong_device_fails_and_is_mended_by_dropping_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_DEVICE", "banana")
    check = by_name(doctor.examine())["device"]
    assert not check.ok and check.needed and "banana" in check.detail and check.fix == "unset AVATAR_DEVICE"


def test_an_opencv_that_does_not_load_is_told_from_a_missing_system_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __getattr__(self, name: str) -> str:
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setitem(sys.modules, "cv2", Broken())  # type: ignore[arg-type]
    (check,) = doctor._opencv()
    assert not check.ok and "libgl1 libglib2.0-0" in str(check.fix)
    monkeypatch.setitem(sys.modules, "cv2", type(sys)("cv2"))  # what is left after one of two was uninstalled
    (check,) = doctor._opencv()
    assert not check.ok and "--force-reinstall --no-deps 'opencv-contrib-python" in str(check.fix)


def test_a_report_comes_out_where_nothing_heavy_is_installed() -> None:
    """Everything but what the report is made with is hidden from a fresh process."""
    hidden = ("torch", "mediapipe", "cv2", "imageio_ffmpeg", "gradio", "sounddevice", "scipy", "safetensors", "PIL")
    script = (
        "import sys\n"
        f"for name in {hidden}: sys.modules[name] = None\n"
        "from avatar_app import doctor\n"
        "print(doctor.as_text(doctor.examine()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert "FAIL  device: ModuleNotFoundError" in done.stdout, done.stderr
    assert "Not ready" in done.stdout


def test_missing_portaudio_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    true_import = builtins.__import__

    def without_portaudio(name: str, *rest: object, **more: object) -> object:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return true_import(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_portaudio)
    checks = doctor.examine()
    recording = by_name(checks)["microphone recording"]
    assert not recording.ok and not recording.needed and "portaudio" in str(recording.fix)


def test_a_check_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def _broken_part() -> Iterator[doctor.Check]:
        raise RuntimeError("out of order")
        yield

    monkeypatch.setattr(doctor, "_EXAMINERS", (_broken_part,))
    (check,) = doctor.examine()
    assert not check.ok and check.name == "broken part" and "out of order" in check.detail
    assert "FAIL  broken part" in doctor.as_text([check])
