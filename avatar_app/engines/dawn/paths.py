"""Where the files of DAWN lie, whose they are and who offers them; imports nothing heavy."""

from __future__ import annotations

from pathlib import Path

from avatar_app.files import file_exists
from avatar_app.weights import checkpoints_folder

NAME = "dawn"
FILES = ("model.safetensors", "config.json")  # of the embedded model
RESOLUTIONS = ("128", "256")
DENOISER, RENDERER, POSE, BLINK, HUBERT = "denoiser", "renderer", "pose", "blink", "hubert"
_PAGE = "the model page Hanbo-Cheng/DAWN on the Hugging Face Hub, tagged MIT by its owners"
_SPEECH = "hubert-large-ls960-ft"
_EPOCHS = {"128": "1000", "256": "400"}


def installed_folder() -> Path:
    """The published files that a user installed."""
    return checkpoints_folder() / "downloads" / f"{NAME}_published"


def installed_file(kind: str, resolution: str = "") -> Path:
    """One installed file; of DENOISER and RENDERER there is one per resolution. HUBERT is a folder."""
    if kind == HUBERT:
        return installed_folder() / HUBERT
    return installed_folder() / f"{kind}{'_' if resolution else ''}{resolution}.safetensors"


def what_is_missing(resolution: str = "") -> str:
    """ "" when all files of a resolution, or of any, are there, else a sentence on what is not and who offers it."""
    if not resolution:
        nearest = min(RESOLUTIONS, key=lambda one: len(_lacking(one)))
        return what_is_missing(nearest)
    lacking = _lacking(resolution)
    if not lacking:
        return ""
    published = [name for name in lacking if name != _SPEECH]
    parts = [f"{', '.join(published)} ({_PAGE})"] if published else []
    if _SPEECH in lacking:
        parts.append(f"the folder {_SPEECH} (facebook/{_SPEECH} on the Hugging Face Hub)")
    return (
        f"Of DAWN at {resolution} pixels these are not installed: {'; '.join(parts)}: fetch them, "
        f"then run `avatar_app download {NAME} --from FOLDER`."
    )


def _lacking(resolution: str) -> list[str]:
    """What is not installed, by the names under which it is offered."""
    offered = {
        installed_file(DENOISER, resolution): f"DAWN_{resolution}.pth",
        installed_file(RENDERER, resolution): f"LFG_{resolution}_{_EPOCHS[resolution]}ep.pth",
        installed_file(POSE): "pbnet/pose/checkpoint_40000.pth.tar with its opt.yaml",
        installed_file(BLINK): "pbnet/blink/checkpoint_95000.pth.tar with its opt.yaml",
        installed_file(HUBERT) / "config.json": _SPEECH,
    }
    return [name for path, name in offered.items() if not file_exists(path)]
