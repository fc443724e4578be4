"""Training of the embedded LFG on pairs whose flow is known."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors.torch import load_file

from avatar_app.engines.dawn import lfg_training, training_run
from avatar_app.engines.dawn.flow_pairs import Square, bend, flow_pair
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.pair_shards import Pairs, read_shard
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.shards import write_shard
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.paths import ROOT
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun
from avatar_app.types import Array

TINY = lfg_training.LfgRecipe(steps=60, learning_rate=4e-3, widths=(8, 8, 16), residuals=1, save_every=30)


@pytest.fixture(scope="module")
def drawn() -> Iterator[tuple[Portrait, PortraitRenderer, Square]]:
    portrait = load_portrait(ROOT / "assets" / "portraits" / "bearded_man.jpg", size=320)
    square = Square(*initial_state(portrait, 128).square, 128)
    yield portrait, PortraitRenderer(portrait), square


def moved(portrait: Portrait, **actions: float) -> Array:
    motion = np.concatenate([portrait.resting, np.zeros(6, np.float32)])
    for name, value in actions.items():
        motion[ARKIT_INDEX[name]] = value
    return motion


def psnr(one: Array, other: Array) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-6)))


def test_flow_bends_the_portrait_to_the_frame(drawn: tuple[Portrait, PortraitRenderer, Square]) -> None:
    portrait, renderer, square = drawn
    source = square.cut(portrait.pixels)
    still = flow_pair(renderer, source, square, moved(portrait))
    middle = np.s_[4:-4, 4:-4]
    assert psnr(bend(source, still.grid)[middle], still.target[middle]) > 38
    assert still.occlusion[2:-2, 2:-2].min() > 0.9
    motion = moved(portrait)
    motion[53] = 0.25
    turned = flow_pair(renderer, source, square, motion)
    kept = cv2.resize(turned.occlusion, (128, 128)) > 0.9
    assert kept.mean() > 0.6
    assert psnr(bend(source, turned.grid)[kept], turned.target[kept]) > 28 > 4 + psnr(source[kept], turned.target[kept])


def test_what_the_portrait_does_not_show_is_occluded(drawn: tuple[Portrait, PortraitRenderer, Square]) -> None:
    portrait, renderer, square = drawn
    pair = flow_pair(renderer, square.cut(portrait.pixels), square, moved(portrait, jawOpen=0.7))
    below = renderer.landmarks[[13, 14], :2].mean(0) - [square.left, square.top - 8]
    lips = below / square.side * 32
    x, y = lips.astype(int)
    assert pair.occlusion[y - 1 : y + 3, x - 1 : x + 2].min() < 0.3
    assert pair.occlusion[3:10, 10:22].min() > 0.7  # the forehead


def save_pairs(folder: Path) -> Path:
    """Pictures shifted by known flow, with a hole of one colour that can only be painted."""
    rng = np.random.default_rng(0)
    side = np.linspace(-1, 1, 8, endpoint=False, dtype=np.float32) + 1 / 8
    identity = np.stack(np.meshgrid(side, side), -1)
    sources = [cv2.resize(rng.integers(0, 255, (5, 5, 3), np.uint8), (32, 32)) for _ in range(4)]
    grid = identity + rng.normal(0, 0.1, (4, 3, 1, 1, 2)).astype(np.float32)
    target = np.stack([[bend(s, g) for g in row] for s, row in zip(sources, grid, strict=True)])
    target[:, :, 12:20, 12:20] = (200, 30, 30)
    occlusion = np.full((4, 3, 8, 8), 255, np.uint8)
    occlusion[:, :, 3:5, 3:5] = 0
    folder.mkdir()
    behind = np.stack(sources)
    behind[:, 12:20, 12:20] = (200, 30, 30)
    write_shard(
        folder / "pairs_made.safetensors", Pairs(np.stack(sources), behind, target, grid.astype(np.float16), occlusion)
    )
    return folder


def test_a_tiny_run_learns_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lfg_training, "LfgRecipe", lambda: TINY)
    monkeypatch.setattr("avatar_app.training.loop.REPORT_EVERY", 10)
    wish = TrainingRun(tmp_path / "run", tmp_path, stage="lfg", data=save_pairs(tmp_path / "pairs"), steps=60)
    (path,) = training_run.run(wish)
    with (tmp_path / "run" / "lfg.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["hidden"]) < 0.7 * float(rows[0]["hidden"])
    state = load_file(path)
    model = FrameRenderer.like(state)
    model.load_state_dict(state)  # published names, every one
    assert state["bottleneck.r0.conv1.weight"].shape == (16, 16, 3, 3)
    assert float(state["first.norm.running_mean"].abs().max()) > 0
    before = path.read_bytes()
    assert training_run.run(wish) == [path]  # nothing is left to do
    assert path.read_bytes() == before


def test_what_training_lacks_is_said(tmp_path: Path) -> None:
    wish = TrainingRun(tmp_path / "run", tmp_path / "none", stage="lfg")
    with pytest.raises(InputError, match="--data FOLDER with pictures of faces"):
        training_run.run(wish)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="There is no corpus"):
        training_run.run(TrainingRun(tmp_path / "run", tmp_path / "none", stage="lfg", data=tmp_path / "empty"))
    with pytest.raises(InputError, match="There is no stage 'gan'"):
        training_run.run(TrainingRun(tmp_path / "run", tmp_path, stage="gan", data=tmp_path))
    with pytest.raises(InputError, match="train the stage lfg first"):
        training_run.run(TrainingRun(tmp_path / "run", tmp_path, stage="diffusion", data=tmp_path))
    lfg_training.save_file({}, tmp_path / "pairs_bad.safetensors")
    with pytest.raises(InputError, match="holds no pairs"):
        read_shard(tmp_path / "pairs_bad.safetensors")
