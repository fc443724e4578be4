"""A gallery: takes of a manifest as a site that needs nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from avatar_app.batch import gallery
from avatar_app.batch.manifest import read_rows, request_of
from avatar_app.batch.run import local
from avatar_app.paths import ASSETS
from avatar_app.request import InputError
from tests.cli.test_app import run as run_app


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two chapters; its third row cannot be made."""
    folder = tmp_path_factory.mktemp("gallery")
    portrait = str(ASSETS / "portraits" / "bearded_man.jpg")
    common = {"portrait": portrait, "duration": 0.5, "size": 256}
    rows = [
        {"chapter": "One & two", "title": "Twice", "instruction": 'nod "yes" <now>', "samples": 2, **common},
        {"chapter": "Still", "title": "Once", "samples": 1, **common},
        {"chapter": "Still", "title": "Gone", "portrait": "gone.jpg", "duration": 0.5},
    ]
    (folder / "m.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = run_app("gallery", folder / "site", "--manifest", folder / "m.jsonl")
    assert done.exit_code == 0 and "Row 3 is left out: There is no file 'gone.jpg'" in done.stderr
    return folder / "site"


def test_the_page_names_files_that_are_there_and_none_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text()
    addresses = re.findall(r'(?:src|poster|href)="([^"]*)"', page)
    assert len(addresses) == 6 and all((site / address).is_file() for address in addresses)
    assert "//" not in re.sub(r"<script>.*</script>", "", page, flags=re.S)
    assert page.count("<section>") == 2 and "<h2>One &amp; two</h2>" in page and "Gone" not in page
    assert "<q>nod &quot;yes&quot; &lt;now&gt;</q>" in page and "Twice" in page


def test_takes_that_are_there_are_not_made_again(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_app.batch.work.generate", lambda request: pytest.fail("made again"))
    gallery.build(site, site.parent / "m.jsonl", local(1))


def test_a_manifest_without_a_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("instruction,duration,samples,motion_only,title\nnod,0.5,1,yes,Nod\n")
    with pytest.raises(InputError, match=r"No row of m\.csv gave a film"):
        gallery.build(tmp_path / "site", tmp_path / "m.csv", local(1))


def test_the_projects_own_list_can_be_asked_for() -> None:
    rows = list(read_rows(gallery.read_own()))
    assert len(rows) > 12 and len({row.given["chapter"] for row in rows}) >= 6
    for row in rows:
        assert request_of(row, ASSETS).seeds
