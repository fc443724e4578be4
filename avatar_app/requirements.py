"""What the requirement files ask for, and what of it this Python has.

`python -m avatar_app.requirements FILE…` exits with 1 when something is lacking: install.sh asks before it skips the
installation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement

from avatar_app.paths import ROOT

RUN_TIME = "requirements.txt"
UNUSED = "# unused"  # ends the lines of packages that nothing imports; install.sh leaves them out


@dataclass(frozen=True)
class Package:
    """A line of a requirement file. installed: the version here, "" for none. fits: whether the line admits it."""

    name: str
    wanted: str
    installed: str
    fits: bool

    def __str__(self) -> str:
        return f"{self.name} {self.installed or 'is not installed'}" + (
            "" if self.fits else f" ({self.wanted} is needed)"
        )


def extra_file(extra: str) -> str:
    """The requirement file of an extra: "training" → requirements-training.txt."""
    return f"requirements-{extra}.txt"


def read_packages(file: str) -> Iterator[Package]:
    """The packages of a requirement file of this repository that are imported, and what of them is here."""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        asked = line.split("#")[0].strip()
        if not asked or line.endswith(UNUSED):
            continue
        wanted = Requirement(asked)
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            found = ""
        fits = bool(found) and wanted.specifier.contains(found, prereleases=True)
        yield Package(wanted.name, f"{wanted.name}{wanted.specifier}", found, fits)


if __name__ == "__main__":
    lacking = [str(package) for file in sys.argv[1:] for package in read_packages(file) if not package.fits]
    sys.stderr.writelines(f"{sentence}\n" for sentence in lacking)
    sys.exit(bool(lacking))
