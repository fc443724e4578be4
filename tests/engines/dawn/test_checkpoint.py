"""Installing the published files: both spellings of folders, what is missing, and what is not DAWN's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.engines.dawn import checkpoint
from avatar_app.engines.dawn.paths import installed_folder, what_is_missing
from avatar_app.request import InputError
from tests.engines.dawn.standins import save_hubert, save_motion, save_published


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_published(tmp_path_factory.mktemp("dawn") / "published")


@pytest.fixture
def mine(published: Path, tmp_path: Path) -> Path:
    """A copy of all files, to be changed."""
    return Path(shutil.copytree(published, tmp_path / "mine"))


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))


@pytest.mark.parametrize(("spelling", "resolution"), [("pbnet", "128"), ("pbnet_seperate", "256")])
def test_files_are_installed_by_the_command(mine: Path, spelling: str, resolution: str) -> None:
    (mine / "pbnet").rename(mine / spelling)
    for path in mine.glob("*_128*"):
        path.rename(path.with_name(path.name.replace("128", resolution)))
    done = CliRunner().invoke(app, ["download", "dawn", "--from", str(mine)])
    assert done.exit_code == 0, done.output
    names = {path.name for path in installed_folder().iterdir()}
    assert names >= {f"denoiser_{resolution}.safetensors", f"renderer_{resolution}.safetensors", "pose.json", "hubert"}
    assert what_is_missing() == what_is_missing(resolution) == ""
    other = {"128": "256", "256": "128"}[resolution]
    assert f"DAWN_{other}.pth, LFG_{other}" in what_is_missing(other) and "pbnet" not in what_is_missing(other)


def test_what_is_missing_is_named_with_its_owner(tmp_path: Path) -> None:
    assert what_is_missing() == what_is_missing("128")  # with nothing there, what is usual is asked for
    assert "Hanbo-Cheng/DAWN" in what_is_missing("128") and "facebook/hubert-large-ls960-ft" in what_is_missing("128")
    save_hubert(tmp_path / "mine" / "speech")
    assert [path.name for path in checkpoint.install(tmp_path / "mine")] == ["hubert"]
    assert "hubert" not in what_is_missing("128") and "MIT" in what_is_missing("128")


def spoiled(folder: Path, name: str, part: str, tensors: dict[str, torch.Tensor | None]) -> None:
    content = torch.load(folder / name, weights_only=True)
    for key, value in tensors.items():
        content[part].pop(key)
        if value is not None:
            content[part][key] = value
    torch.save(content, folder / name)


def test_files_that_are_not_what_they_should_be_are_refused(mine: Path) -> None:
    key = "denoise_fn.mid_block1.block1.proj.bias"
    spoiled(mine, "DAWN_128.pth", "diffusion", {key: torch.zeros(3)})
    with pytest.raises(InputError, match=r"mid_block1.block1.proj.bias should be \(64,\), it is \(3,\)"):
        checkpoint.install(mine)
    spoiled(mine, "LFG_128_1000ep.pth", "generator", {"final.weight": None})
    with pytest.raises(InputError, match=r"final.weight should be \(3, 8, 7, 7\), it is absent"):
        checkpoint.install(mine / "LFG_128_1000ep.pth")
    (mine / "LFG_128_1000ep.pth").rename(mine / "mine.pth")
    with pytest.raises(InputError, match="128 or of 256 pixels cannot be told"):
        checkpoint.install(mine / "mine.pth")
    assert not installed_folder().exists()


def test_the_example_in_a_file_tells_its_resolution(mine: Path) -> None:
    content = torch.load(mine / "DAWN_128.pth", weights_only=True)
    torch.save(content | {"example": torch.zeros(1, 3, 2, 256, 256)}, mine / "DAWN_128.pth")
    with pytest.raises(InputError, match="holds an example of 256 pixels"):
        checkpoint.install(mine / "DAWN_128.pth")


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [(8, "archiname: transformerreemb5\nmax_distance: 128\n", "moves 8 values"), (6, None, "needs the opt.yaml"),
     (6, "archiname: other\nmax_distance: 128\n", "needs the opt.yaml"),
     (6, "archiname: transformerreemb6\nmax_distance: 32\n", "too small for 128 buckets")],
)  # fmt: skip
def test_motion_networks_need_their_options(tmp_path: Path, values: int, options: str | None, said: str) -> None:
    save_motion(tmp_path / "mine", values, options)
    with pytest.raises(InputError, match=said):
        checkpoint.install(tmp_path / "mine")


def test_a_hubert_without_its_weights_is_refused(tmp_path: Path) -> None:
    save_hubert(tmp_path / "mine")
    (tmp_path / "mine" / "model.safetensors").unlink()
    with pytest.raises(InputError, match="HuBERT in mine cannot be read"):
        checkpoint.install(tmp_path)
    assert what_is_missing("128")


def test_foreign_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No file of DAWN was found"):
        checkpoint.install(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        checkpoint.install(tmp_path / "nowhere")
