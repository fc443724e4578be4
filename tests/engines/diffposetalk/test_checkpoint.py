"""Files that users bring: taken for what they hold, refused with a sentence, never executed."""

from __future__ import annotations

import argparse
import os
import pathlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csc_matrix
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.diffusion.schedules import NoiseSchedule
from avatar_app.engines.diffposetalk import checkpoint
from avatar_app.engines.diffposetalk import flame_pickle as flame_file
from avatar_app.engines.diffposetalk.config import ModelConfig
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.paths import installed_folder
from avatar_app.engines.diffposetalk.published import PublishedInputs
from avatar_app.engines.diffposetalk.sampling import Steps
from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder
from avatar_app.request import InputError
from tests.fixtures import published_names
from tests.standin_published import ARGS, HUBERT, STYLE_ARGS, save_style_encoder

OPTIONS = ARGS | {"style_enc_ckpt": pathlib.PosixPath("SE/iter_0026000.pt"), "guiding_conditions": None}


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path / "checkpoints"


def denoiser(path: Path, **changed: Any) -> Path:
    """A published checkpoint, small, with the names of older versions of torch."""
    args = OPTIONS | changed
    state = DiffTalkingHead(ModelConfig.from_args(args, HUBERT)).state_dict()
    renamed = {n.replace("parametrizations.weight.original0", "weight_g"): v for n, v in state.items()}
    renamed = {n.replace("parametrizations.weight.original1", "weight_v"): v for n, v in renamed.items()}
    torch.save({"args": argparse.Namespace(**args), "model": renamed, "iter": 7}, path)
    return path


def statistics(path: Path, shape: int = 100) -> Path:
    widths = {"shape": shape, "exp": 50, "pose": 6}
    arrays = {f"{n}_{p}": np.full(w, 0.5, np.float32) for n, w in widths.items() for p in ("mean", "std")}
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("variant", ["head", "nohead"])
def test_names_and_shapes_are_those_of_the_published_files(variant: str) -> None:
    published = published_names(f"keys_dpt_{variant}")
    with torch.device("meta"):
        model = DiffTalkingHead(ModelConfig.from_args({"style": True, "no_head_pose": variant == "nohead"}))
    assert {name: str(tuple(value.shape)) for name, value in model.state_dict().items()} == published
    encoder = StyleEncoder(StyleConfig(channels=51 if variant == "nohead" else 54)).state_dict()
    assert {k: str(tuple(v.shape)) for k, v in encoder.items()} == published_names(f"keys_se_{variant}")


def test_installed_files_speak(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = tmp_path / "mine"
    source.mkdir()
    denoiser(source / "iter_0110000.pt")
    statistics(source / "stats_train.npz")
    save_style_encoder(source / "iter_0026000.pt")
    made = checkpoint.install(source)
    assert {path.name for path in made} == {"denoiser.safetensors", "stats_train.npz", "style_encoder.safetensors"}
    assert "flame.is.tue.mpg.de" in caplog.text
    speaker = checkpoint.load_published()
    wave = torch.randn(16000, generator=torch.Generator().manual_seed(0))
    inputs = PublishedInputs(
        torch.zeros(100), torch.randn(128, generator=torch.Generator().manual_seed(1)), steps=Steps(3)
    )
    made = speaker.sample(wave, inputs, torch.randn(2, 20, 54), lambda window, step, x: torch.zeros_like(x))
    assert made.exp.shape == (2, 25, 50) and made.pose.shape == (2, 25, 6)
    assert torch.isfinite(made.exp).all() and made.exp.std() > 0


def test_what_is_missing_is_said_with_who_offers_it(tmp_path: Path) -> None:
    checkpoint.install(denoiser(tmp_path / "some.pt"))
    with pytest.raises(InputError, match=r"lacks stats_train\.npz .*DiffPoseTalk/DiffPoseTalk"):
        checkpoint.load_published()


@pytest.mark.parametrize(("shape", "said"), [(50, "100 values of shape_mean; these hold 50"), (300, "hold 300")])
def test_statistics_of_another_size_are_refused(tmp_path: Path, shape: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checkpoint.install(statistics(tmp_path / "stats_train.npz", shape))


@torch.inference_mode()
def test_a_style_encoder_keeps_the_options_that_it_came_with(tmp_path: Path) -> None:
    motion = torch.randn(1, 100, 54, generator=torch.Generator().manual_seed(0))
    for heads in (4, 6):  # weights of both have the same shapes
        mine = save_style_encoder(tmp_path / "iter_0026000.pt", feature_dim=24, n_heads=heads)
        checkpoint.install(tmp_path / "iter_0026000.pt")
        assert torch.equal(checkpoint.load_style_encoder()(motion), mine(motion))


def test_a_style_encoder_that_contradicts_its_options_is_not_installed(tmp_path: Path) -> None:
    path = tmp_path / "iter_0026000.pt"
    save_style_encoder(path)
    content = torch.load(path, weights_only=False)
    for options, said in (({"n_layers": 2}, "layers.1"), ({"n_heads": 7}, "among 7 heads"), ({}, "feature_dim")):
        args = argparse.Namespace(**(STYLE_ARGS | options if options else {}))
        torch.save(content | {"args": args}, path)
        with pytest.raises(InputError, match=rf"iter_0026000.pt is no style encoder of DiffPoseTalk .*{said}"):
            checkpoint.install(path)
    assert not list(installed_folder().glob("*"))


@pytest.mark.parametrize("left", ["", "{", "[]", '{"iter": 1}'])
def test_an_installed_file_without_its_options_asks_to_be_installed_again(tmp_path: Path, left: str) -> None:
    save_style_encoder(tmp_path / "iter_0026000.pt")
    checkpoint.install(tmp_path / "iter_0026000.pt")
    options = installed_folder() / "style_encoder.json"
    options.unlink()
    if left:
        options.write_text(left)
    with pytest.raises(InputError, match=r"style_encoder.json .* install the file again with `avatar_app download"):
        checkpoint.load_style_encoder()


def test_a_missing_style_encoder_is_said_with_who_offers_it() -> None:
    with pytest.raises(InputError, match=r"needs the style encoder \(iter_0026000.pt"):
        checkpoint.load_style_encoder()


def test_options_and_weights_of_two_variants_are_refused(tmp_path: Path) -> None:
    path = denoiser(tmp_path / "mixed.pt")
    content = torch.load(path, weights_only=False)
    content["args"].no_head_pose = True
    torch.save(content, path)
    with pytest.raises(InputError, match="mixes two variants"):
        checkpoint.install(path)


def test_old_option_names_mean_what_they_meant() -> None:
    config = ModelConfig.from_args({"use_alignment_mask": True, "predict_head_pose": False, "use_learnable_pe": False})
    assert (config.align_mask_width, config.d_motion, config.learned_positions, config.d_style) == (1, 51, False, 0)


class _Evil:
    def __reduce__(self) -> Any:
        return (os.mkdir, ("/nonexistent/never",))


@pytest.mark.parametrize("name", ["evil.pt", "generic_model.pkl"])
def test_files_that_would_run_something_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".pt":
        torch.save({"args": _Evil(), "model": {}}, path)
    else:
        path.write_bytes(pickle.dumps({"shapedirs": _Evil()}))
    with pytest.raises(InputError, match=r"not opened|not read"):
        checkpoint.install(path)


def test_a_folder_without_any_of_it_is_told_what_belongs_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match=r"No file of DiffPoseTalk.*stats_train\.npz.*flame\.is\.tue"):
        checkpoint.install(tmp_path)


def flame_arrays(vertices: int) -> dict[str, Any]:
    """FLAME's pickle with few vertices."""
    shapes = {name: tuple(vertices if size == 5023 else size for size in s) for name, s in flame_file.SHAPES.items()}
    arrays: dict[str, Any] = {name: np.random.default_rng(0).normal(size=shape) for name, shape in shapes.items()}
    return arrays | {"J_regressor": csc_matrix(arrays["J_regressor"]), "bs_type": "lrotmin"}


def test_flame_is_read_without_its_own_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: tuple(11 if size == 5023 else size for size in s) for name, s in flame_file.SHAPES.items()}
    arrays = flame_arrays(11)
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=2))
    with pytest.raises(InputError, match="another FLAME"):
        flame_file.read_flame(path)
    monkeypatch.setattr(flame_file, "SHAPES", small)
    read = flame_file.read_flame(path)
    assert read is not None
    np.testing.assert_allclose(read["J_regressor"], arrays["J_regressor"].toarray(), rtol=1e-6)
    np.testing.assert_allclose(read["shapedirs"], arrays["shapedirs"], rtol=1e-6)
    assert read["f"].dtype == torch.int64


def test_the_download_command_takes_them(tmp_path: Path) -> None:
    path = statistics(tmp_path / "whatever.npz")
    result = CliRunner().invoke(app, ["download", "diffposetalk", "--from", str(path)])
    assert result.exit_code == 0, result.output
    assert (installed_folder() / "stats_train.npz").is_file()


def test_a_schedule_is_numbers_also_in_a_model_that_is_only_sketched() -> None:
    with torch.device("meta"):
        sketched = NoiseSchedule(20)
    assert sketched.betas.device.type == "cpu"
    assert torch.equal(sketched.sigmas_inflex, NoiseSchedule(20).sigmas_inflex)
