"""Networks that judge films: their shapes, what they are known by, and what is made of what they see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.judges import films, given, syncnet
from avatar_app.judges.frechet import frechet_distance
from avatar_app.judges.i3d import I3d, padded
from avatar_app.judges.inception import Inception, sampled
from avatar_app.judges.syncnet import SyncNet
from avatar_app.request import InputError


def test_distance_is_that_of_the_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 3))
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)
    moved = rows * [1, 2, 1] + [0, 0, 3]
    assert frechet_distance(rows, moved) == pytest.approx(9 + 1, rel=0.05)  # the means, and (2 - 1)^2
    assert frechet_distance(rows, moved) == pytest.approx(frechet_distance(moved, rows))


def test_pictures_are_sampled_from_their_corner() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    wide = sampled(ramp, 16)[0, 0, 0]
    torch.testing.assert_close(wide[:15], torch.arange(15) / 2)
    assert float(wide[15]) == 7


def test_zeros_are_added_as_tensorflow_does() -> None:
    x = torch.ones(1, 1, 4, 5, 6)
    assert padded(x, (3, 3, 3), (1, 1, 1)).shape == (1, 1, 6, 7, 8)
    even = padded(x, (2, 3, 3), (2, 2, 2))
    assert even.shape == (1, 1, 4, 7, 7) and float(even[0, 0, 0, 0].sum()) == 0 and float(even[0, 0, 0, 1, 0]) == 1


@torch.inference_mode()
def test_networks_give_the_numbers_that_papers_compare() -> None:
    torch.manual_seed(0)
    assert Inception().eval()(torch.zeros(1, 3, 32, 40, dtype=torch.uint8)).shape == (1, 2048)
    assert I3d().eval()(torch.zeros(1, 3, 9, 32, 32, dtype=torch.uint8)).shape == (1, 400)
    network = SyncNet().eval()
    assert (
        network.see(torch.zeros(1, 3, 5, 224, 224)).shape == network.hear(torch.zeros(1, 1, 13, 20)).shape == (1, 1024)
    )


def test_lips_that_lag_are_as_near_as_lips_in_time_and_strangers_are_not() -> None:
    rng = torch.Generator().manual_seed(3)
    heard = torch.randn(120, 16, generator=rng)
    near, sure = syncnet.sync_error(heard + 0.1 * torch.randn(120, 16, generator=rng), heard)
    late, _ = syncnet.sync_error(heard.roll(3, 0), heard)
    far, unsure = syncnet.sync_error(torch.randn(120, 16, generator=rng), heard)
    assert near < 0.5 < sure and late < 0.7 and far > 4 > 1 > unsure


def test_files_are_known_by_their_tensors_and_strange_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No network to judge"):
        given.load_judges(tmp_path)
    torch.save({"anything": torch.zeros(2)}, tmp_path / "other.pt")
    state = Inception().state_dict()
    state = {name: value for name, value in state.items() if "num_batches" not in name}
    torch.save(state | {"fc.weight": torch.zeros(1008, 2048)}, tmp_path / "whatever.pth")
    found = given.load_judges(tmp_path)
    assert found.inception is not None and found.i3d is None and found.syncnet is None
    torch.save(state | {"more": torch.zeros(1)}, tmp_path / "whatever.pth")
    with pytest.raises(InputError, match="more does not fit"):
        given.load_judges(tmp_path)
    torch.save(SyncNet(), tmp_path / "syncnet.model")
    with pytest.raises(InputError, match="holds more than weights"):
        given.load_judges(tmp_path)


def test_distances_need_two_of_each() -> None:
    rng = np.random.default_rng(1)
    film = films.Judged(rng.normal(size=(9, 4)).astype(np.float32), rng.normal(size=(1, 4)).astype(np.float32), None)
    told = films.distances([film], [film])
    assert set(told) == {"fid"} and told["fid"] == pytest.approx(0, abs=1e-6)
    assert films.distances([film], []) == {}
