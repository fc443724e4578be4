"""DAWN learns from films of people talking, as published."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.engines.dawn import diffusion_training, lfg_films, pbnet_training, training_run
from avatar_app.engines.dawn.embedded import load_embedded
from avatar_app.engines.dawn.films import Film, load_film
from avatar_app.engines.dawn.flow_clips import read_clips
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.judges import films as judging
from avatar_app.judges.inception import Inception
from avatar_app.judges.syncnet import SyncNet
from avatar_app.motion.clip import MotionClip
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError
from avatar_app.speech.recording import load_speech
from avatar_app.training.run import TrainingRun
from tests.cli.test_app import run
from tests.engines.dawn import test_diffusion_training as diffusion
from tests.engines.dawn import test_pbnet_training as pbnet

TINY = lfg_films.FilmRecipe(
    steps=40, learning_rate=2e-3, sources=2, widths=(8, 8, 16), residuals=1, save_every=20, width=8, deep=2, regions=3
)


@pytest.fixture(scope="module")
def films(portrait: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with somebody's folder, in which a head turns for three seconds and blinks once."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "somebody").mkdir()
    clip = MotionClip.still(75)
    clip.head_rotation[:, 1] = np.deg2rad(12) * np.sin(np.arange(75) * 2 * np.pi / 50)
    clip.expression[36:40, [8, 9]] = 1  # eyeBlink
    frames = PortraitRenderer(load_portrait(portrait, size=256)).frames(clip)
    path = folder / "somebody" / "one.mp4"
    write_video(frames, (256, 256), path, load_speech(voice), frames_total=75, metadata={"title": "test"})
    return folder


@pytest.fixture(scope="module")
def run_folder(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three stages on films, a few steps each."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lfg_films, "FilmRecipe", lambda: TINY)
        patch.setattr("avatar_app.training.loop.REPORT_EVERY", 10)
        patch.setattr(pbnet_training, "PbnetRecipe", lambda: replace(pbnet.TINY, steps=1, frames=32))
        patch.setattr(diffusion_training, "DiffusionRecipe", lambda: replace(diffusion.TINY, steps=1))
        training_run.run(TrainingRun(folder, films, data=films))
    return folder


def test_films_end_in_a_model_that_can_be_loaded(run_folder: Path) -> None:
    networks = load_embedded(run_folder)
    assert networks.renderer.hollow is None  # nobody knows what lies behind people in films
    with (run_folder / "lfg.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["colour"]) < 0.8 * float(rows[0]["colour"])


def test_head_and_lids_of_a_film_are_what_they_were(run_folder: Path) -> None:
    (path,) = (run_folder / "films").glob("film_*.safetensors")
    film = load_film(path)
    assert film.frames.shape == (75, 128, 128, 3) and film.audio.shape == (75, 26)
    turn = -12 * np.sin(np.arange(75) * 2 * np.pi / 50)
    assert np.corrcoef(film.pose[:, 0], turn)[0, 1] > 0.95 and film.pose[0] == pytest.approx(np.zeros(6))
    assert film.eyes.mean(1).argmin() in range(34, 42) and film.eyes.min() < -0.1
    left, right, top, bottom = film.box[:4]
    assert 10 < left < 64 < right < 118 and 10 < top < 64 < bottom < 126


def test_flow_that_was_found_is_what_the_denoiser_learns(run_folder: Path) -> None:
    (path,) = (run_folder / "clips").glob("clips_*.safetensors")
    clips = read_clips(path)
    assert clips.grid.shape == (2, 32, 32, 32, 2) and clips.occlusion.shape == (2, 32, 32, 32)
    film = load_film(next((run_folder / "films").glob("film_*.safetensors")))
    again = lfg_films.clips_of(film, lfg_films.load_finds(run_folder / lfg_films.FOUND), 32)
    np.testing.assert_array_equal(again.grid, clips.grid)


def test_regions_follow_a_known_map() -> None:
    torch.manual_seed(0)
    known = lfg_films.KnownMap.drawn(2, torch.device("cpu"))
    places = torch.rand(2, 4, 2) - 0.5
    step = torch.tensor([1e-3, 0.0])
    slope = (known(places + step) - known(places - step)) / 2e-3
    torch.testing.assert_close(known.slope(places)[..., 0], slope, atol=2e-3, rtol=1e-2)
    still = lfg_films.KnownMap(torch.eye(2, 3).expand(2, 2, 3), known.knots, torch.zeros_like(known.weights))
    torch.testing.assert_close(still(places), places)


def test_films_too_short_for_head_and_lids_are_told() -> None:
    nothing = np.zeros((20, 2), np.float32)
    film = Film(np.zeros((20, 8, 8, 3), np.uint8), np.zeros(6, np.float32), nothing, nothing, nothing)
    with pytest.raises(InputError, match="as long as the 5 s"):
        pbnet_training.motions_of([film], 128)


def test_flow_is_not_looked_for_without_its_networks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="what the stage lfg learns on films"):
        lfg_films.build_clips(tmp_path, [], tmp_path / "none.safetensors", 32)


def test_films_are_judged_by_the_networks_that_are_given(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random ones: the distance of films to themselves is none."""
    pytest.importorskip("python_speech_features")
    monkeypatch.setattr(judging, "LONGEST", 14)
    torch.manual_seed(1)
    for name, network in (("inception.pth", Inception()), ("syncnet.model", SyncNet())):
        torch.save(network.state_dict(), tmp_path / name)
    done = run("evaluate", "dawn", films, "--judges", tmp_path, "--reference", films)
    told = json.loads(done.stdout)
    assert told["fid"] == pytest.approx(0, abs=1e-3) and "fvd16" not in told
    assert told["mean"]["lse_d"] > 0 and told["mean"]["lse_c"] >= 0
    done = run("evaluate", "dawn", films, "--reference", films)
    assert done.exit_code == 2 and "--judges" in done.stderr
