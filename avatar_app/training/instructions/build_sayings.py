"""Writes the vectors of data/sayings.txt beside the text model.

python -m avatar_app.training.instructions.build_sayings
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from avatar_app.inputs.instruction.sayings import FILE, WORDS, sentence_vectors
from avatar_app.inputs.instruction.text_encoder import encode
from avatar_app.inputs.instruction.understanding import LABELS, shipped_folder
from avatar_app.request import InputError
from avatar_app.training.instructions.word_lists import DATA

_AT_ONCE = 64


def read_sayings(path: Path = DATA / "sayings.txt") -> list[tuple[str, dict[str, int]]]:
    """(saying, {label: 1 wanted or -1 avoided}) of every line "LABELS | saying | saying".

    Raises InputError for a line that cannot be read or an unknown label.
    """
    found: list[tuple[str, dict[str, int]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        labels, *wordings = (part.strip() for part in line.split("|"))
        wanted = {label.lstrip("-"): -1 if label.startswith("-") else 1 for label in labels.split()}
        if unknown := set(wanted) - set(LABELS):
            raise InputError(f"{path.name}, line {number}: there is no label {sorted(unknown)[0]!r}.")
        if not wordings:
            raise InputError(f"{path.name}, line {number}: expected labels, a bar and sayings; got {line!r}.")
        found += [(wording, wanted) for wording in wordings if wording]
    return found


def build(folder: Path) -> int:
    """Writes sayings.safetensors into a checkpoint's folder; how many there are."""
    sayings = read_sayings()
    vectors = [
        sentence_vectors(encode([text for text, _ in sayings[i : i + _AT_ONCE]]))
        for i in range(0, len(sayings), _AT_ONCE)
    ]
    wanted = torch.zeros((len(sayings), len(LABELS)), dtype=torch.int8)
    for row, (_, labels) in zip(wanted, sayings, strict=True):
        for label, sign in labels.items():
            row[LABELS.index(label)] = sign
    save_file({"vectors": torch.cat(vectors).half(), "wanted": wanted}, folder / FILE)
    (folder / FILE).chmod(0o644)
    (folder / WORDS).write_text("\n".join(text for text, _ in sayings) + "\n", encoding="utf-8")
    return len(sayings)


def main() -> None:
    """Builds the shipped file, or that of --output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=shipped_folder())
    build(parser.parse_args().output)


if __name__ == "__main__":
    main()
