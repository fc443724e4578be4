"""Learning from films: who talks in them is fitted, the denoiser goes on from a checkpoint, stops and goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.instruct_avatar import film_training, training_run
from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.film_training import FilmTrainingConfig, batches, read_films, resting_of, train
from avatar_app.engines.instruct_avatar.model import Denoiser
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.engines.instruct_avatar.training import export
from avatar_app.face.arkit import ARKIT_INDEX, CHANNEL_NAMES
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.talker import Talker, TalkerStatistics
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.speech.recording import load_speech
from avatar_app.training.corpus.sessions import VARIANTS, labelled, read_corpus, speaking, write_shard
from avatar_app.training.films import prepare
from avatar_app.training.motion_lmdb import PER_FRAME, MotionLmdbWriter, Recording
from avatar_app.training.run import TrainingRun
from avatar_app.training.talker_fit import babble
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Scene

pytest.importorskip("lmdb", reason="the extra lmdb is not installed")

TINY = ModelConfig(
    width=32, blocks=1, heads=2, feed_forward=64, attention_span=6, encoder_width=16, encoder_dilations=(1, 2)
)
SHORT = FilmTrainingConfig(steps=6, batch=4, frames=60)
LIVELY = Talker(head=2.2, brows=2.0, blinks=60.0, mouth=0.75)
FRAMES = 200


def performed(seed: int, frames: int = FRAMES) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tracks = babble(frames, rng)
    talking = speaking(tracks).astype(np.float32)
    scene = Scene(tracks, talking, np.zeros((frames, 28), np.float32), (), np.zeros(52, np.float32))
    return act(scene, rng, LIVELY)


@pytest.fixture(scope="module")
def films(portrait: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips of five lively talkers as a tracker would give them, and a film that is really drawn and tracked."""
    folder = tmp_path_factory.mktemp("films")
    films, data = folder / "films", folder / "data"
    films.mkdir()
    motion = MotionClip.from_values(performed(99, 110))
    frames = PortraitRenderer(load_portrait(portrait, size=256)).frames(motion)
    speech = load_speech((16_000, np.resize(load_speech(voice).samples, 110 * PER_FRAME)))
    write_video(frames, (256, 256), films / "drawn.mp4", speech, frames_total=110, metadata={"title": "test"})
    audio = (0.1 * np.random.default_rng(0).standard_normal(FRAMES * PER_FRAME)).astype(np.float32)
    with MotionLmdbWriter(data) as writer:
        for seed in range(6):
            writer.add(Recording(f"person{seed % 5}/{seed // 5:03d}", audio, {"motion": performed(seed)}))
    assert "drawn/000" in prepare(films, data)
    # Everybody is to be learned from here, whoever `prepare` would keep for the evaluation.
    (data / "train.txt").write_text((data / "keys.txt").read_text())
    return data


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint to begin from."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("start")
    export(Denoiser(TINY), folder, recipe={})
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("corpus")
    phones = tuple(Phone(k / 5, (k + 1) / 5, ("PBM", "A")[k % 2]) for k in range(25))
    sound = 0.1 * rng.standard_normal(90_000).astype(np.float32)
    write_shard(
        folder / "shard_000.safetensors",
        [labelled(rng.standard_normal((VARIANTS, 560, 64)).astype(np.float16), phones, sound, 140)],
    )
    return folder


@pytest.fixture
def output(films: Path, start: Path, heard: Path, tmp_path: Path) -> Path:
    """A folder to train in where the films were heard already."""
    shutil.copytree(heard, tmp_path / "heard")
    return tmp_path


@pytest.fixture(scope="module")
def heard(films: Path, start: Path, heard_once: None) -> Path:
    """What the encoder of `start` hears of the films: this takes long, so that all tests go on from it."""
    encoder = InstructAvatar.from_folder(start).model.speech_encoder
    read_films(films, encoder, SHORT.frames, start / "heard")
    assert len(list((start / "heard").iterdir())) == 7
    return start / "heard"


def test_the_statistics_move_to_those_of_the_films(films: Path, start: Path, corpus: Path, output: Path) -> None:
    model = train(output, films, corpus, start=start, config=SHORT)
    engine = InstructAvatar.from_folder(output)
    usual = TalkerStatistics()
    assert engine.talkers.head > 1.5 * usual.head
    assert engine.talkers.brows > 1.05 * usual.brows
    assert engine.talkers.blinks > 1.4 * usual.blinks
    assert engine.talkers.mouth < 0.95 * usual.mouth
    told = json.loads((output / "config.json").read_text())
    assert told["recipe"]["films"] == 7
    before, after = load_file(start / "model.safetensors"), load_file(model)
    assert any(not torch.equal(before[name], after[name]) for name in before if name.startswith("blocks"))
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("speech_encoder"))
    clips = motion_samples(engine, None, None, 2, 1.0, steps=3)
    assert all(np.isfinite(clip.values()).all() for clip in clips)


def test_a_stopped_run_goes_on(films: Path, start: Path, corpus: Path, output: Path) -> None:
    next((output / "heard").iterdir()).unlink()
    train(output, films, corpus, start=start, config=replace(SHORT, steps=2))
    assert torch.load(output / "films.pt", weights_only=True)["step"] == 2
    heard = sorted((output / "heard").iterdir())
    assert len(heard) == 7
    times = [path.stat().st_mtime_ns for path in heard]
    train(output, films, corpus, start=start, config=replace(SHORT, steps=4))
    assert torch.load(output / "films.pt", weights_only=True)["step"] == 4
    assert [path.stat().st_mtime_ns for path in heard] == times
    train(output, films, corpus, start=start, resume=False, config=replace(SHORT, steps=1))
    assert torch.load(output / "films.pt", weights_only=True)["step"] == 1


def test_the_losses_fall_on_films_alone(films: Path, start: Path, output: Path) -> None:
    config = FilmTrainingConfig(steps=100, batch=4, frames=60, learning_rate=5e-3)
    train(output, films, output, start=start, config=config)
    rows = (output / "films.csv").read_text().splitlines()[1:]
    first, last = (float(row.split(",")[2]) for row in (rows[0], rows[-1]))
    assert last < 0.8 * first


def test_half_of_a_batch_is_the_teachers_where_there_is_a_corpus(
    films: Path, start: Path, corpus: Path, heard: Path
) -> None:
    encoder = InstructAvatar.from_folder(start).model.speech_encoder
    clips, _ = read_films(films, encoder, 60, heard)
    alone = next(batches(clips, [], SHORT, 1))
    mixed = next(batches(clips, read_corpus(corpus), SHORT, 1))
    tongue = CHANNEL_NAMES.index("tongueOut")
    assert alone["seen"][:, tongue].tolist() == [0, 0, 0, 0]
    assert mixed["seen"][:, tongue].tolist() == [0, 0, 1, 1]
    assert float(mixed["seen"].sum()) == 4 * 58 - 2 * len(film_training.UNSEEN)
    assert {name: part.shape for name, part in alone.items()} == {name: part.shape for name, part in mixed.items()}
    assert torch.equal(next(batches(clips, [], SHORT, 1))["motion"], alone["motion"])
    assert not torch.equal(next(batches(clips, [], SHORT, 2))["motion"], alone["motion"])


def test_rest_is_where_the_mouth_does_least_and_no_blink() -> None:
    motion = np.zeros((100, 58), np.float32)
    motion[:, ARKIT_INDEX["mouthSmileLeft"]] = np.linspace(0.2, 0.8, 100)
    motion[:, ARKIT_INDEX["browInnerUp"]] = 0.3
    motion[:, ARKIT_INDEX["eyeBlinkLeft"]] = 0.4
    resting = resting_of(motion)
    assert resting[ARKIT_INDEX["mouthSmileLeft"]] == pytest.approx(0.26, abs=0.01)
    assert resting[ARKIT_INDEX["browInnerUp"]] == pytest.approx(0.3)
    assert resting[ARKIT_INDEX["eyeBlinkLeft"]] == 0


def test_films_are_one_of_the_stages(films: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(film_training, "train", lambda *where, **how: asked.update(how, where=where) or tmp_path / "m")
    wish = TrainingRun(tmp_path, tmp_path / "corpus", data=films, steps=7, resume=False)
    assert training_run.run(wish) == [tmp_path / "m", tmp_path / "config.json"]
    assert asked["where"] == (tmp_path, films, tmp_path / "corpus")
    assert asked["resume"] is False
    assert asked["config"] == FilmTrainingConfig(steps=7)
    with pytest.raises(InputError, match="give it as --films"):
        training_run.run(TrainingRun(tmp_path, tmp_path, stage="films"))
    with pytest.raises(InputError, match="Films teach no encoder"):
        training_run.run(TrainingRun(tmp_path, tmp_path, stage="encoder", data=films))


def test_data_that_cannot_be_learned_from_is_told(start: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no LMDB data set"):
        train(tmp_path / "out", tmp_path / "nowhere", tmp_path, start=start, config=SHORT)
    with MotionLmdbWriter(tmp_path / "short") as writer:
        audio = np.zeros(30 * PER_FRAME, np.float32)
        writer.add(Recording("ann/000", audio, {"motion": np.zeros((30, 58), np.float32)}))
        writer.write_lists({"train": ["ann/000"], "val": [], "test": []})
    with pytest.raises(InputError, match="no film of 4 s or more"):
        train(tmp_path / "out", tmp_path / "short", tmp_path, start=start, config=SHORT)
