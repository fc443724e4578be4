"""Recordings in the published layout: splits, lost faces, crops, and what is not as it should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from avatar_app.engines.audio2photoreal.dataset import Dataset, batches, make_batch, random_crops
from avatar_app.request import InputError
from tests.engines.audio2photoreal.standins import save_scenes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_scenes(tmp_path / "RLW104", scenes=9, frames=100)


def test_scenes_are_split_as_published(folder: Path) -> None:
    found = Dataset.open(folder)
    assert [scene.name for scene in found.train] == ["scene01", "scene02", "scene03"]
    assert [scene.name for scene in found.validation] == ["scene04", "scene05"]
    assert [scene.name for scene in found.test] == ["scene06", "scene07", "scene08", "scene09"]
    assert [scene.frames for scene in found.train] == [101, 102, 103]


def test_a_scene_is_read_with_its_lost_faces_and_turned_angle(folder: Path) -> None:
    scene = Dataset.open(folder).train[0]
    read = scene.read(2, 10)
    assert read.audio.shape == (16_000, 2)
    assert float(read.audio.abs().max()) < 1
    assert read.tracked.tolist() == [True, *[False] * 3, *[True] * 6]
    assert (read.pose[:, 3] >= 0).all()
    raw = np.load(folder / "scene01_body_pose.npy")[2:12]
    assert (raw[:, 3] < 0).any()
    np.testing.assert_allclose(read.pose[:, :3], raw[:, :3])
    plain = Dataset.open(folder, wrapped=False).train[0].read(2, 10)
    np.testing.assert_allclose(plain.pose, raw)


def test_only_the_files_length_that_all_share_is_read(folder: Path) -> None:
    np.save(folder / "scene01_face_expression.npy", np.zeros((60, 256), np.float32))
    np.save(folder / "scene01_missing_face_frames.npy", np.array([], dtype=np.int64))
    assert Dataset.open(folder).train[0].read().frames == 60


def test_faces_that_were_lost_are_zero_and_not_learned_from(folder: Path) -> None:
    found = Dataset.open(folder)
    batch = make_batch([found.train[0].read(0, 20), found.train[1].read(0, 30)], "face", found.statistics, 30)
    assert batch.motion[:, 3:6].abs().max() == 0
    assert batch.tracked[0].tolist() == [*[1.0] * 3, *[0.0] * 3, *[1.0] * 14, *[0.0] * 10]
    assert batch.key_frames is None
    assert batch.mask.sum(dim=1).tolist() == [20, 30]


def test_crops_differ_by_the_generator_alone(folder: Path) -> None:
    found = Dataset.open(folder)

    def first(seed: int) -> torch.Tensor:
        rng = np.random.default_rng(seed)
        return next(batches(found.train, "pose", found.statistics, 3, (40, 60), rng)).motion

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))
    assert first(1).shape == (3, 60, 104)


def test_too_few_scenes_or_too_short_ones_are_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="holds 6 scenes"):
        Dataset.open(save_scenes(tmp_path / "few", scenes=6, frames=10))
    with pytest.raises(InputError, match="has 500 frames or more"):
        next(random_crops(Dataset.open(folder).train, 500, 600, np.random.default_rng(0)))


def test_files_that_are_not_as_they_should_be_are_told(folder: Path) -> None:
    (folder / "scene02_body_pose.npy").unlink()
    with pytest.raises(InputError, match="scene02_body_pose"):
        Dataset.open(folder)
    np.save(folder / "scene02_body_pose.npy", np.zeros((100, 30)))
    with pytest.raises(InputError, match="frames of 104 values"):
        Dataset.open(folder).train[1].read()
    np.save(folder / "scene02_body_pose.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(InputError, match="not a readable array"):
        Dataset.open(folder).train[1].read()
    wavfile.write(folder / "scene01_audio.wav", 44_100, np.zeros(1000, np.int16))
    with pytest.raises(InputError, match=r"has 1 channel\(s\) at 44100 Hz"):
        Dataset.open(folder).train[0].read()
    (folder / "scene03_audio.wav").write_bytes(b"no sound")
    with pytest.raises(InputError, match="not a readable WAV"):
        Dataset.open(folder).train[2].read()
