"""Where the files of Language-Guided Face Animation lie and who offers them; imports nothing heavy."""

from __future__ import annotations

from pathlib import Path

from avatar_app.files import file_exists
from avatar_app.weights import checkpoints_folder

NAME = "language_guided"
FILES = ("model.safetensors", "config.json")  # of the embedded model
GENERATORS = ("ffhq", "metfaces", "other")  # generators that may be installed beside one another
GENERATOR, MOTION, ENCODER, CLIP, CLIP_RESNET = "generator", "motion", "encoder", "clip", "clip_resnet"
_OFFERED = {
    GENERATOR: "a StyleGAN2 generator (stylegan2-ffhq-config-f.pt of release v0.0.0 of github.com/researchmm/"
    "language-guided-animation; NVIDIA's weights, not for commercial use)",
    MOTION: "a motion model (none was ever published: train one, Iter_*.pth of the authors' MIT code is read)",
    CLIP: "the folder of a CLIP (such as openai/clip-vit-base-patch32 on the Hugging Face Hub; MIT)",
}


def installed_folder() -> Path:
    """The files that a user installed."""
    return checkpoints_folder() / "downloads" / f"{NAME}_published"


def installed_file(kind: str, generator: str = "") -> Path:
    """One installed file; of GENERATOR there is one for each of GENERATORS. CLIP is a folder."""
    if kind == CLIP:
        return installed_folder() / CLIP
    return installed_folder() / f"{kind}{'_' if generator else ''}{generator}.safetensors"


def installed_generators() -> list[str]:
    """Which of GENERATORS are there."""
    return [name for name in GENERATORS if file_exists(installed_file(GENERATOR, name))]


def what_is_missing() -> str:
    """ "" when a sentence can be acted, else a sentence on what is not installed and who offers it."""
    have = {
        GENERATOR: bool(installed_generators()),
        MOTION: file_exists(installed_file(MOTION)),
        CLIP: file_exists(installed_file(CLIP) / "config.json"),
    }
    lacking = [offer for kind, offer in _OFFERED.items() if not have[kind]]
    if not lacking:
        return ""
    return (
        f"For words to move a face these are not installed: {'; '.join(lacking)}: get them, "
        f"then run `avatar_app download {NAME} --from FOLDER`."
    )
