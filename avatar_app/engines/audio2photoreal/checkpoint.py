"""Installing the user's own copies of the published files, and loading what is installed."""

from __future__ import annotations

import json
import logging
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal import paths
from avatar_app.engines.audio2photoreal.audio_features import LipRegressor
from avatar_app.engines.audio2photoreal.ca_body_install import ENDINGS, find_assets, install_assets, is_asset
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.normalisation import Statistics
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.recognition import Found, filled, recognise
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec
from avatar_app.files import FULL, atomic_write, scratch_folder, unfinished, write_errors_told
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors

log = logging.getLogger(__name__)
_ENDINGS = (".pt", ".pth")


@dataclass(frozen=True)
class Person:
    """Everything of one person, ready to be sampled."""

    name: str
    audio: VqWav2Vec
    lips: LipRegressor
    face: FiLMTransformer
    pose: FiLMTransformer
    guide: GuideTransformer
    codec: TemporalVertexCodec
    statistics: Statistics


def install(source: Path) -> list[Path]:
    """Puts the published files in `source`, a file, folder or tar, in place, and what draws a person (ca_body_install).

    Returns their new paths.

    Whose they are is read from args.json (data_root) or the names of folders and of the tar. Nothing is executed:
    checkpoints are read with weights_only. Raises InputError when nothing is recognised, or a file is not what it
    should be; then nothing of what is installed is changed.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist: give the file, folder or tar with the files of Audio2Photoreal.")
    with _opened(source) as folder:
        files = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.suffix in _ENDINGS)
        found = [part for path in files if path.is_file() and not is_asset(path) for part in recognise(path)]
        assets = find_assets(folder, source)
        if not found and not assets:
            raise InputError(
                f"No file of Audio2Photoreal was found in {source}: it may hold what is in PERSON_models.tar "
                "(diffusion, guide and vq with their args.json), data_stats.pth, and what draws a person "
                "(static_assets.pt, config.yml, body_dec.ckpt, render_defaults_PERSON.pth)."
            )
        people = _by_person(found, source)
        drawing = install_assets(assets, list(people))
        made = _keep_all(people)
    for person in sorted(people):
        log.warning("%s", paths.what_is_missing(person) or f"All files of Audio2Photoreal's {person} are installed.")
    return [*made, *drawing]


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    """The source itself, or what a tar holds, unpacked for as long as the block runs."""
    if source.is_dir() or source.suffix in _ENDINGS or not tarfile.is_tarfile(source):
        yield source
        return
    with scratch_folder() as folder:
        try:
            with tarfile.open(source) as archive:
                wanted = [m for m in archive if m.isfile() and m.name.endswith(ENDINGS)]
                with write_errors_told(folder):
                    archive.extractall(folder, wanted, filter="data")  # refuses places outside
        except (tarfile.TarError, EOFError) as error:
            raise InputError(f"{source.name} is not a whole tar ({error}): fetch it again.") from error
        yield folder


def _by_person(found: list[Found], source: Path) -> dict[str, dict[str, Found]]:
    """Person to kind to the newest of its files."""
    named = [(_person_of(one, source), one) for one in found]
    known = sorted({person for person, _ in named if person})
    result: dict[str, dict[str, Found]] = {}
    for person, one in named:
        if not person and len(known) != 1:
            raise InputError(
                f"Whose {one.path.name} is cannot be told: put it into a folder called like the person, "
                f"such as {paths.PEOPLE[0]}."
            )
        parts = result.setdefault(person or known[0], {})
        _check_same(parts.get(one.kind), one)
        parts[one.kind] = one  # files come in the order of their names, which end in steps of training
    return result


def _person_of(found: Found, source: Path) -> str:
    """One of PEOPLE whom the data set, a folder or the source is named after, else the data set's name, else ""."""
    root = found.args.get("data_root")
    told = Path(root).name if isinstance(root, str) else ""
    names = [told, *reversed(found.path.parts[:-1]), source.name.split(".")[0]]
    named = (name.removesuffix("_models") for name in names)
    fallback = told if paths.is_name(told) else ""
    return next((name for name in named if name in paths.PEOPLE), fallback)


def _check_same(before: Found | None, one: Found) -> None:
    """Networks of one person hear through one audio encoder, which is kept once."""
    if before is None or one.kind not in (paths.AUDIO, paths.LIPS):
        return
    if any(not torch.equal(value, one.tensors[name]) for name, value in before.tensors.items()):
        raise InputError(
            f"{before.path.name} and {one.path.name} hear through different audio encoders: "
            "use the files that their owners publish together."
        )


def _keep_all(people: dict[str, dict[str, Found]]) -> list[Path]:
    made = []
    for person, parts in people.items():
        for kind, one in parts.items():
            made.append(_keep(paths.installed_file(person, kind), one))
    return made


def _keep(place: Path, found: Found) -> Path:
    options = place.with_suffix(".json")
    with unfinished(place) as part:
        options.unlink(missing_ok=True)  # never the options of the file before beside these weights
        try:
            save_file({name: value.contiguous().clone() for name, value in found.tensors.items()}, part)
        except SafetensorError as error:
            raise InputError(f"Cannot write to {str(place.parent)!r} ({error}): {FULL}.") from error
    with atomic_write(options) as file:
        file.write((json.dumps({"args": found.args, "file": found.path.name}, indent=2) + "\n").encode())
    return place


def load_person(person: str) -> Person:
    """The installed networks of a person; InputError says what is missing."""
    if missing := paths.what_is_missing(person):
        raise InputError(missing)
    networks = {kind: load_network(person, kind) for kind in paths.KINDS if kind != paths.STATISTICS}
    return Person(
        person,
        cast(VqWav2Vec, networks[paths.AUDIO]),
        cast(LipRegressor, networks[paths.LIPS]),
        cast(FiLMTransformer, networks[paths.FACE]),
        cast(FiLMTransformer, networks[paths.POSE]),
        cast(GuideTransformer, networks[paths.GUIDE]),
        cast(TemporalVertexCodec, networks[paths.CODEC]),
        Statistics.load(paths.installed_file(person, paths.STATISTICS)),
    )


def load_network(person: str, kind: str) -> nn.Module:
    """One installed network, for evaluation; InputError when it is missing or damaged."""
    path = paths.installed_file(person, kind)
    state: dict[str, Tensor] = load_safetensors(path)
    options = path.with_suffix(".json")
    try:
        args = json.loads(options.read_text(encoding="utf-8"))["args"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{options.name} with the options of {person}'s {kind} cannot be read ({error}): install the file again "
            f"with `avatar_app download {paths.NAME} --from FOLDER_OR_TAR`."
        ) from error
    return filled(kind, state, args, f"{person}'s {path.name}")
