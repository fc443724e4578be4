"""Adding an engine is writing one folder: a toy that makes frames from text alone runs on every surface."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from avatar_app import InputError, Request, generate
from avatar_app.cli import app as command_line
from avatar_app.engines import registry
from avatar_app.render.video.writer import probe, snapshot
from tests import toy_engine
from tests.ui.conftest import serve


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the toy, named by $AVATAR_ENGINES for this test alone."""
    folder = tmp_path_factory.mktemp("engines")
    (folder / "toy").mkdir()
    (folder / "toy" / "spec.py").write_text(toy_engine.SPEC)
    (folder / "toy" / "engine.py").write_text(toy_engine.ENGINE)
    before = os.environ.get(registry.FOLDERS)
    os.environ[registry.FOLDERS] = str(folder)
    yield folder
    del os.environ[registry.FOLDERS]
    if before is not None:
        os.environ[registry.FOLDERS] = before
    registry.forget_folders()


def toy_request(folder: Path, **more: Any) -> Request:
    wish: dict[str, Any] = {"engine": "toy", "instruction": "hello", "duration": 1.0, "samples": 2, "seed": 3}
    return Request(output=folder, **wish | more)


def test_it_is_about_sixty_lines() -> None:
    code = [line for line in (toy_engine.SPEC + toy_engine.ENGINE).splitlines() if line.strip()]
    assert len(code) <= 65


def test_python_makes_samples_with_it(engines: Path, tmp_path: Path) -> None:
    samples = list(generate(toy_request(tmp_path / "out", options={"brightness": 100})))
    assert [(s.index, s.seed, s.motion, s.motion_file) for s in sorted(samples, key=lambda s: s.index)] == [
        (1, 3, None, None),
        (2, 4, None, None),
    ]
    for sample in samples:
        assert sample.video is not None and probe(sample.video)["frames"] == 25
        assert abs(int(snapshot(sample.video, 0.0).mean()) - (100 + 5 + sample.seed)) < 4
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["complete"] and result["request"]["options"] == {"brightness": 100, "inverted": False}
    assert (tmp_path / "out" / "side_by_side.mp4").is_file()


def test_its_options_are_checked(engines: Path, tmp_path: Path) -> None:
    for options, words in (
        ({"brightness": 300}, "brightness must be from 0 to 255"),
        ({"loudness": 1}, "Toy has no option 'loudness'; it has: brightness, inverted"),
        ({"inverted": "perhaps"}, "true or false"),
    ):
        with pytest.raises(InputError, match=words):
            next(generate(toy_request(tmp_path / "out", options=options)))
    with pytest.raises(InputError, match="needs an instruction"):
        next(generate(toy_request(tmp_path / "out", instruction=" ")))
    with pytest.raises(InputError, match="published weights are not installed"):
        next(generate(toy_request(tmp_path / "out", weights="published")))
    assert not (tmp_path / "out").exists()


def command_line_anew() -> typer.Typer:
    """The command line as it is loaded where the engines' folder is there: it asks them for their flags only then."""
    spec = importlib.util.spec_from_file_location("command_line_with_toy", command_line.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app: typer.Typer = module.app
    return app


def test_the_command_line_has_its_flags(engines: Path, tmp_path: Path) -> None:
    app = command_line_anew()

    def run(*words: str) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)

    helped = run("generate", "--help").stdout
    assert "--brightness" in helped and "--no-inverted" in helped and "Of toy" in helped
    assert "toy: Toy." in run("engines").stdout
    wish = ("generate", "--engine", "toy", "--instruction", "hi", "--duration", "1", "--samples", "1")
    made = run(*wish, "--brightness", "200", "--inverted", "--output", str(tmp_path / "out"))
    assert made.exit_code == 0, made.stderr
    assert abs(int(snapshot(tmp_path / "out" / "sample_1.mp4", 0.0).mean()) - (255 - 202)) < 4
    refused = run(*wish, "--text-scale", "2", "--output", str(tmp_path / "no"))
    assert refused.exit_code == 2 and "Toy has no option 'text_scale'" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1 and not (tmp_path / "no").exists()


@pytest.fixture(scope="module")
def url(engines: Path) -> Iterator[str]:
    from avatar_app.ui.page import build_page

    page = build_page()
    yield serve(page)
    page.close()


def test_the_endpoint_has_its_fields(url: str, tmp_path: Path) -> None:
    from gradio_client import Client

    client = Client(url, verbose=False, download_files=str(tmp_path))
    files, result = client.predict(
        engine="toy", instruction="hello", duration=1, samples=1, seed=9, brightness=120, api_name="/generate"
    )
    assert [Path(file).name for file in files] == ["sample_1.mp4", "result.json"]
    assert result["request"]["options"]["brightness"] == 120
    assert abs(int(snapshot(files[0], 0.0).mean()) - (120 + 5 + 9)) < 4
    with pytest.raises(Exception, match="has no option 'text_scale'"):
        client.predict(engine="toy", instruction="hello", duration=1, text_scale=2.0, api_name="/generate")
    client.close()


@pytest.mark.browser
def test_the_page_shows_its_options_and_what_is_missing(url: str, visit: Any) -> None:
    page = visit(url)
    choose_engine(page, "Toy")
    page.locator("#option-toy-brightness").wait_for()
    assert not page.locator("#option-instruct_avatar-text_scale").is_visible()
    page.locator("#instruction textarea").fill("hello there")
    page.locator("#generate:not([disabled])").wait_for()
    page.locator("#generate").click()
    page.locator("#video-1 video").wait_for(timeout=60_000)
    choose_weights(page, "published")
    page.get_by_text("published weights are not installed").first.wait_for()


def choose_engine(page: Any, title: str) -> None:
    """Picks an engine in the page's list."""
    page.locator("#engine-part button").first.click()
    page.locator("#engine input").click()
    page.get_by_role("option", name=title).first.click()


def choose_weights(page: Any, kind: str) -> None:
    """Picks the kind of weights."""
    page.locator(f"#weights label:has-text('{kind}')").click()
