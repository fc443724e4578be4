"""Files that users bring: taken for what they hold, refused with a sentence, never executed."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app.engines.audio2photoreal import checkpoint, paths
from avatar_app.engines.audio2photoreal.normalisation import Statistics
from avatar_app.request import InputError
from tests.engines.audio2photoreal.standins import networks, save_person, statistics


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path / "checkpoints"


def test_a_folder_becomes_a_person_with_the_same_weights(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = checkpoint.install(save_person(tmp_path / "mine"))
    assert {path.stem for path in made} == set(paths.KINDS)
    assert "All files of Audio2Photoreal's PXB184 are installed" in caplog.text
    assert paths.installed_people() == ("PXB184",)
    person = checkpoint.load_person("PXB184")
    for kind, model in networks().items():
        mine = getattr(person, kind).state_dict()
        assert all(torch.equal(value, mine[name]) for name, value in model.state_dict().items())
    assert person.statistics.pose_std.tolist() == [0.5] * 104
    assert person.pose.config.key_frames == 20


def test_a_tar_is_unpacked_and_a_second_person_lies_beside(tmp_path: Path) -> None:
    save_person(tmp_path / "tar", "TXB805", seed=1)
    with tarfile.open(tmp_path / "TXB805_models.tar", "w") as archive:
        archive.add(tmp_path / "tar", "checkpoints")
    checkpoint.install(save_person(tmp_path / "mine"))
    checkpoint.install(tmp_path / "TXB805_models.tar")
    assert paths.installed_people() == ("PXB184", "TXB805")
    assert checkpoint.load_person("TXB805").name == "TXB805"


def test_a_tar_tells_whose_it_is_when_its_options_do_not(tmp_path: Path) -> None:
    unsaid = {kind: {"data_root": None} for kind in ("face", "pose", "guide", "codec")}
    folder = save_person(tmp_path / "some", changed=unsaid)
    with tarfile.open(tmp_path / "RLW104_models.tar", "w") as archive:
        archive.add(folder / "diffusion", "checkpoints/diffusion")
    checkpoint.install(tmp_path / "RLW104_models.tar")
    assert paths.installed_people() == ("RLW104",)


def test_what_is_missing_is_told_with_its_owner_and_licence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert "PXB184_models.tar" in paths.what_is_missing("PXB184")
    folder = save_person(tmp_path / "mine")
    checkpoint.install(folder / "diffusion")
    sentence = paths.what_is_missing("PXB184")
    assert sentence in caplog.text
    for word in ("guide/c1_pose", "net_iter", "data_stats.pth", "CC BY-NC 4.0", "avatar_app download audio2photoreal"):
        assert word in sentence
    assert "diffusion/c1_face" not in sentence
    with pytest.raises(InputError, match="not installed"):
        checkpoint.load_person("PXB184")
    checkpoint.install(folder)
    assert paths.what_is_missing("PXB184") == ""


def test_an_unknown_person_is_told() -> None:
    with pytest.raises(InputError, match="There is no person called"):
        checkpoint.load_person("../x")
    with pytest.raises(InputError, match="Of Audio2Photoreal's GQS883"):
        checkpoint.load_person("GQS883")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"face": {"layers": 8}}, "layers = 8"),
        ({"face": {"data_format": "pose"}}, "of a pose model"),
        ({"face": {"heads": 5}}, "heads = 5"),
        ({"pose": {"noise_schedule": "linear"}}, "noise_schedule"),
        ({"pose": {"not_rotary": True}}, "not_rotary"),
        ({"guide": {"dim": 64}}, "dim = 64"),
        ({"guide": {"num_audio_layers": 3}}, "num_audio_layers = 3"),
        ({"codec": {"code_dim": 1024}}, "code_dim = 1024"),
    ],
)
def test_options_of_another_network_are_refused(
    tmp_path: Path, changed: dict[str, dict[str, Any]], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        checkpoint.install(save_person(tmp_path / "mine", changed=changed))
    assert paths.installed_people() == ()


def test_tensors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    folder = save_person(tmp_path / "mine")
    path = folder / "diffusion/c1_face/model000155000.pt"
    state = torch.load(path, weights_only=True)
    torch.save(state | {"final_layer.bias": torch.zeros(3)}, path)
    with pytest.raises(InputError, match=r"final_layer\.bias should be \(256,\), it is \(3,\)"):
        checkpoint.install(path)


def test_a_checkpoint_without_options_is_refused(tmp_path: Path) -> None:
    folder = save_person(tmp_path / "mine")
    (folder / "vq/c1_pose/args.json").unlink()
    with pytest.raises(InputError, match=r"args\.json is not beside net_iter300000\.pth"):
        checkpoint.install(folder)
    (folder / "vq/c1_pose/args.json").write_text("[1, 2]")
    with pytest.raises(InputError, match="should hold the options"):
        checkpoint.install(folder)


def test_networks_of_different_ears_do_not_mix(tmp_path: Path) -> None:
    folder, other = save_person(tmp_path / "mine"), save_person(tmp_path / "other", seed=1)
    path = "guide/c1_pose/checkpoints/iter-0100000.pt"
    (folder / path).write_bytes((other / path).read_bytes())
    with pytest.raises(InputError, match="different audio encoders"):
        checkpoint.install(folder)


def test_whose_a_file_is_must_be_known(tmp_path: Path) -> None:
    lone = tmp_path / "data_stats.pth"
    torch.save(statistics(), lone)
    with pytest.raises(InputError, match="Whose data_stats"):
        checkpoint.install(lone)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("executed",)


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"pose_mean": Evil()}, tmp_path / "data_stats.pth")
    with pytest.raises(InputError, match="holds more than weights"):
        checkpoint.install(tmp_path / "data_stats.pth")
    assert not (tmp_path / "executed").exists()


def test_what_is_not_there_or_not_ours_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        checkpoint.install(tmp_path / "nothing")
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="No file of Audio2Photoreal was found"):
        checkpoint.install(tmp_path)
    (tmp_path / "half.tar").write_bytes(b"x" * 100)
    with pytest.raises(InputError):
        checkpoint.install(tmp_path / "half.tar")


def test_statistics_without_sense_are_refused() -> None:
    for key, value, sentence in (
        ("pose_std", np.zeros(104), "not above 0"),
        ("pose_mean", np.zeros(3), "should be 104 numbers"),
        ("code_mean", np.array(["x"] * 256), "should be 256 numbers"),
    ):
        with pytest.raises(InputError, match=sentence):
            Statistics.of(statistics() | {key: value}, "data_stats.pth")
    with pytest.raises(InputError, match="lacks audio_mean"):
        Statistics.of({k: v for k, v in statistics().items() if k != "audio_mean"}, "data_stats.pth")


def test_options_lost_after_installing_are_told(tmp_path: Path) -> None:
    checkpoint.install(save_person(tmp_path / "mine"))
    paths.installed_file("PXB184", paths.FACE).with_suffix(".json").write_text("{}")
    with pytest.raises(InputError, match="install the file again"):
        checkpoint.load_person("PXB184")
