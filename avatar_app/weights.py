"""Model weights: what exists, checksums, resumable download, and loading that runs no foreign code."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatar_app.paths import CHECKPOINTS
from avatar_app.request import InputError

LONGEST_REASON = 200  # characters of a library's words, which may quote the file
log = logging.getLogger(__name__)

USER_SUPPLIED = "user-supplied"

CHUNK = 1 << 20  # bytes

OnBytes = Callable[[str, int, int | None], None]  # file name, bytes so far, bytes in all if known


@dataclass(frozen=True)
class WeightFile:
    """file: path inside its system's folder. sha256: None where not published. url: or "user-supplied"."""

    file: str
    sha256: str | None
    bytes: int | None
    url: str


@dataclass(frozen=True)
class System:
    """A system and its weights. source: "shipped", "url" or "user-supplied". where: who offers them."""

    name: str
    title: str
    licence: str
    source: str
    where: str
    files: tuple[WeightFile, ...]
    folder: str = "downloads"

    def path(self, file: WeightFile) -> Path:
        """Where the file lies, or would lie."""
        if self.source == "shipped":
            return checkpoints_folder() / self.name / file.file
        if self.folder == "torch-hub":
            return _torch_hub_folder() / file.file
        return checkpoints_folder() / "downloads" / self.name / file.file


def checkpoints_folder() -> Path:
    """$AVATAR_CHECKPOINTS, else `checkpoints/` beside the package."""
    chosen = os.environ.get("AVATAR_CHECKPOINTS")
    return Path(chosen) if chosen else CHECKPOINTS


def is_offline() -> bool:
    """Whether AVATAR_OFFLINE or HF_HUB_OFFLINE asks for no network."""
    return any(os.environ.get(name, "") not in ("", "0") for name in ("AVATAR_OFFLINE", "HF_HUB_OFFLINE"))


def read_manifest() -> dict[str, System]:
    """Every system in checkpoints/manifest.json; InputError when the file is missing or not JSON."""
    path = checkpoints_folder() / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        chosen = "set AVATAR_CHECKPOINTS to a folder that has one, or unset it"
        cure = chosen if "AVATAR_CHECKPOINTS" in os.environ else "restore it from git"
        raise InputError(f"The list of weights {path} cannot be read ({error}): {cure}.") from error
    return {
        name: System(
            name=name,
            files=tuple(WeightFile(**file) for file in entry["files"]),
            **{key: value for key, value in entry.items() if key != "files"},
        )
        for name, entry in raw.items()
    }


def find_system(name: str) -> System:
    """The system called `name`; InputError names the ones that exist."""
    systems = read_manifest()
    if name not in systems:
        raise InputError(f"There are no weights called {name!r}; choose one of: {', '.join(systems)}.")
    return systems[name]


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def state_of(system: System, file: WeightFile) -> str:
    """ "ok", "missing", "damaged" (checksum differs) or "unverified" (present, no checksum is known)."""
    path = system.path(file)
    if not path.is_file():
        return "missing"
    expected = file.sha256 or _received(system).get(file.file)
    if expected is None:
        return "unverified"
    return "ok" if sha256_of(path) == expected else "damaged"


def download(
    name: str,
    source: Path | None = None,
    on_bytes: OnBytes | None = None,
    offline: bool = False,
) -> list[Path]:
    """Puts the weights of a system in place and returns their paths.

    source: a file or folder of the user's, copied after its checksum was compared; None downloads.
    A broken download goes on where it stopped. Raises InputError when weights must come from the user, when
    the network is refused or fails, and when a checksum differs (nothing is put in place then).
    """
    system = find_system(name)
    if system.source == "shipped":
        return _check_shipped(system)
    if source is not None:
        return _take(system, source)
    if system.source == USER_SUPPLIED:
        raise InputError(
            f"The weights of {name} are yours to fetch ({system.licence}): get them from {system.where}, "
            f"then run 'avatar_app download {name} --from FILE_OR_FOLDER'."
        )
    if offline or is_offline():
        raise InputError(f"Offline: the weights of {name} were not downloaded; give them with --from FILE_OR_FOLDER.")
    return [_fetch(system, file, on_bytes) for file in system.files]


def register(name: str, files: Sequence[Path]) -> None:
    """Writes size and SHA-256 of the shipped files of `name` (inside checkpoints/NAME) into the manifest."""
    manifest = checkpoints_folder() / "manifest.json"
    folder = checkpoints_folder() / name
    raw = json.loads(manifest.read_text(encoding="utf-8"))
    raw[name]["files"] = [
        asdict(WeightFile(path.relative_to(folder).as_posix(), sha256_of(path), path.stat().st_size, "shipped"))
        for path in files
    ]
    manifest.write_text(json.dumps(raw, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def missing_files(name: str, files: Sequence[str]) -> str:
    """ "" when checkpoints/NAME holds all files, else one sentence on what is missing and how it is mended."""
    folder = checkpoints_folder() / name
    missing = [file for file in files if not (folder / file).is_file()]
    if not missing:
        return ""
    return (
        f"The weights in {folder} lack {' and '.join(missing)}: fetch the repository again, "
        f"or train them with `avatar_app train {name}`."
    )


def load_safetensors(path: Path) -> dict[str, Any]:
    """Tensors by name from a .safetensors file; InputError when it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"The weights {path} cannot be read ({_first_line(error)}): run 'avatar_app doctor' to see what to do."
        ) from error


def load_torch(path: Path, safe_classes: Sequence[type] = ()) -> Any:
    """A torch checkpoint, read with weights_only; InputError for a file that would run code or is unreadable.

    safe_classes: plain classes (argparse.Namespace, ...) that this checkpoint holds besides tensors.
    """
    import pickle

    import torch

    try:
        with torch.serialization.safe_globals(list(safe_classes)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path.name} holds more than weights and is not opened: use the file its owners publish."
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise InputError(f"{path.name} is not a readable checkpoint ({_first_line(error)}): fetch it again.") from error


def _torch_hub_folder() -> Path:
    """Where torch.hub keeps downloads, without importing torch."""
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return Path(os.environ.get("TORCH_HOME", str(Path(cache) / "torch"))) / "hub" / "checkpoints"


def _first_line(error: BaseException) -> str:
    words = (str(error) or type(error).__name__).splitlines()[0][:LONGEST_REASON]
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def _check_shipped(system: System) -> list[Path]:
    bad = [file.file for file in system.files if state_of(system, file) != "ok"]
    if bad or not system.files:
        which = ", ".join(bad) or "no file is listed"
        raise InputError(
            f"The shipped weights of {system.name} are missing or damaged ({which}): restore them from git."
        )
    return [system.path(file) for file in system.files]


def _check(path: Path, file: WeightFile, remedy: str) -> str:
    digest = sha256_of(path)
    if file.sha256 is not None and digest != file.sha256:
        raise InputError(
            f"{path.name} is not the published {file.file}: SHA-256 {file.sha256[:12]}… was expected, "
            f"{digest[:12]}… came: {remedy}."
        )
    return digest


def _take(system: System, source: Path) -> list[Path]:
    """Copies the user's own file or folder into place, after comparing checksums."""
    if not source.exists():
        raise InputError(f"{source} does not exist: give the file or folder with the weights of {system.name}.")
    found = {file: place for file in system.files if (place := _find(source, file)) is not None}
    if not found:
        wanted = ", ".join(file.file for file in system.files)
        raise InputError(f"No file of {system.name} was found in {source}: expected {wanted}.")
    paths, received = [], _received(system)
    for file, place in found.items():
        digest = _check(place, file, "fetch it again from its owners")
        target = system.path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        shutil.copyfile(place, part)
        part.replace(target)
        received[file.file] = digest
        paths.append(target)
    _received_file(system).write_text(json.dumps(received, indent=2) + "\n", encoding="utf-8")
    return paths


def _find(source: Path, file: WeightFile) -> Path | None:
    """The wanted file under `source`: at its published path, else the only one with its name."""
    name = Path(file.file).name
    if source.is_file():
        return source if source.name == name else None
    if (source / file.file).is_file():
        return source / file.file
    same_name = [path for path in source.rglob(name) if path.is_file()]
    return same_name[0] if len(same_name) == 1 else None


def _received_file(system: System) -> Path:
    return system.path(system.files[0]).parent / f"{system.name}.received.json"


def _received(system: System) -> dict[str, str]:
    """Digests noted when the user gave files whose owners publish none: later damage is still seen."""
    try:
        noted: dict[str, str] = json.loads(_received_file(system).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted


def _fetch(system: System, file: WeightFile, on_bytes: OnBytes | None) -> Path:
    """Downloads beside the file's place, going on from what is there; moves it in when its checksum fits."""
    target = system.path(file)
    if state_of(system, file) == "ok":
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")

    def on_file_bytes(done: int, total: int | None) -> None:
        if on_bytes:
            on_bytes(file.file, done, total)

    # urllib takes as long to load as all of `--help` otherwise does.
    from avatar_app.resumable import fetch_on

    try:
        fetch_on(file.url, part, file.bytes, on_file_bytes)
    except OSError as error:
        raise InputError(
            f"Downloading {file.file} failed ({_first_line(error)}): run the command again to go on where it stopped."
        ) from error
    try:
        _check(part, file, "run the command again")
    except InputError:
        part.unlink()
        raise
    part.replace(target)
    log.info("%s is in place", target)
    return target
