"""Recorded numbers: found where they are, missed aloud where parity is proven, compared as strictly as promised."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

from tests.engines.diffposetalk import synthetic_fixtures
from tests.fixtures import Recorded, agrees, every, golden, load, one_thread, published_names

ROOT = Path(__file__).resolve().parents[1]
PARITY = "tests.engines.diffposetalk.test_golden"
SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


def recorded(values: list[float], atol: float, own: float = 0.0) -> Recorded:
    info = {"tolerance": {"per_output": {"out/x": {"atol": atol, "rtol": 0.0}}}}
    return Recorded("made", info | {"float32_minus_float64_max_abs": {"out/x": own}}, {"out/x": torch.tensor(values)})


@pytest.mark.parametrize("ci", ["", "false", "1"])
@pytest.mark.parametrize("there", [True, False])
def test_what_is_absent_fails_only_where_ci_has_the_others(
    ci: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fixtures.BESIDE", tmp_path / "golden")
    monkeypatch.delenv("AVATAR_GOLDEN", raising=False)
    monkeypatch.setenv("CI", ci)
    if there:
        (tmp_path / "golden").mkdir()
    expected = FAILED if ci == "1" and there else SKIPPED
    with pytest.raises(expected, match=r"denoiser\.safetensors is not here"):
        load("any_system", "denoiser")
    with pytest.raises(expected, match="is not here"):
        load("any_system", every("any_system", "denoiser")[0])
    with pytest.raises(expected, match=r"keys_dpt_head\.txt is not here"):
        published_names("keys_dpt_head")


def test_a_folder_that_ci_names_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_GOLDEN", str(tmp_path / "nowhere"))
    monkeypatch.setenv("CI", "true")
    assert golden() == tmp_path / "nowhere"
    with pytest.raises(FAILED, match="nowhere"):
        load("any_system", "denoiser")


def test_no_difference_above_a_ten_thousandth_passes_however_wide_the_tolerance() -> None:
    stored = recorded([1000.0, -1.0, 0.0], atol=1.0)
    agrees(stored, "out/x", torch.tensor([1000.0, -1.0, 9e-5]))
    for off in (2e-4, float("nan")):
        with pytest.raises(AssertionError, match="out/x: off by up to"):
            agrees(stored, "out/x", torch.tensor([1000.0, -1.0, off]))


def test_a_tolerance_below_a_ten_thousandth_is_kept() -> None:
    with pytest.raises(AssertionError, match="off by"):
        agrees(recorded([1.0], atol=1e-6), "out/x", torch.tensor([1.0 + 5e-5]))


def test_only_what_the_reference_rounds_away_itself_may_be_further_off() -> None:
    agrees(recorded([3000.0], atol=0.3, own=0.02), "out/x", torch.tensor([3000.01]))
    with pytest.raises(AssertionError, match="off by"):
        agrees(recorded([3000.0], atol=0.3, own=0.02), "out/x", torch.tensor([3000.1]))


def test_another_shape_or_an_output_that_is_not_stored_does_not_agree() -> None:
    with pytest.raises(AssertionError, match=r"\(1, 1\) instead of \(1,\)"):
        agrees(recorded([1.0], atol=1e-4), "out/x", torch.ones(1, 1))
    with pytest.raises(AssertionError, match="out/y is not stored"):
        agrees(recorded([1.0], atol=1e-4), "out/y", torch.ones(1))


@pytest.fixture(scope="module")
def other_sizes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    (folder / "diffposetalk").mkdir()
    with one_thread():
        synthetic_fixtures.make(folder / "diffposetalk")
    return folder


class Outcomes:
    """A plugin of pytest that keeps how every test ended."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.seen.append(report.outcome)


def test_parity_tests_take_every_size_from_the_fixture(other_sizes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collected anew, since they list their fixtures when they are imported."""
    monkeypatch.setenv("AVATAR_GOLDEN", str(other_sizes))
    monkeypatch.setenv("CI", "1")
    monkeypatch.delitem(sys.modules, PARITY, raising=False)
    monkeypatch.setenv("GRADIO_TEMP_DIR", os.environ["GRADIO_TEMP_DIR"])  # conftest.py makes another, and removes it
    path = ROOT / "tests" / "engines" / "diffposetalk" / "test_golden.py"
    outcomes = Outcomes()
    pytest.main(["-q", "-p", "no:cacheprovider", str(path)], plugins=[outcomes])
    assert len(outcomes.seen) > 10 and set(outcomes.seen) == {"passed"}, outcomes.seen
