"""Talkers: everybody moves to a degree of their own, and liveliness makes one person calmer or livelier."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.motion.talker import MOST_HEAD, MOST_TURNED, VECTOR, Talker, TalkerStatistics, draw_talker

CROWD = [draw_talker(np.random.default_rng(seed)) for seed in range(600)]


def logs(name: str) -> np.ndarray:
    return np.log([getattr(talker, name) for talker in CROWD])


@pytest.mark.parametrize(("name", "spread"), [("head", 0.61), ("translation", 0.6), ("brows", 0.75), ("mouth", 0.25)])
def test_talkers_differ_as_filmed_people_do(name: str, spread: float) -> None:
    assert logs(name).std() == pytest.approx(spread, rel=0.3)


def test_who_moves_the_head_much_moves_brows_and_eyes_much_but_blinks_as_anybody() -> None:
    def together(name: str) -> float:
        return float(np.corrcoef(logs("head"), logs(name))[0, 1])

    assert together("brows") > 0.48 and together("gaze") > 0.5 and together("translation") > 0.5
    assert abs(together("blinks")) < 0.15


@pytest.mark.parametrize("seed", range(6))
def test_liveliness_makes_the_same_person_livelier(seed: int) -> None:
    steps = [draw_talker(np.random.default_rng(seed), liveliness=value) for value in (0, 0.5, 1, 1.5, 2)]
    for name in ("head", "translation", "brows", "gaze", "smile"):
        values = [getattr(talker, name) for talker in steps]
        assert values == sorted(values) and values[-1] > 1.3 * values[0], name
    assert len({(talker.blinks, talker.parted, talker.asymmetry) for talker in steps}) == 1


def test_the_middle_talker_is_the_middle_of_the_vector_and_no_trait_is_lost_in_it() -> None:
    middle = Talker(parted=0.5)
    assert middle.vector().shape == (VECTOR,) and np.all(middle.vector() == 0)
    others = (Talker(head=2), Talker(blinks=40), Talker(asymmetry=1), Talker(parted=1), Talker(rounding=1.5))
    changed = [np.flatnonzero(other.vector() - Talker().vector()) for other in others]
    assert all(len(indices) == 1 for indices in changed) and len({int(i[0]) for i in changed}) == len(others)


def test_statistics_move_whom_one_meets() -> None:
    still = TalkerStatistics(head=0.3, liveliness=0.05, head_spread=0.05)
    heads = [draw_talker(np.random.default_rng(seed), still).head for seed in range(50)]
    assert 0.25 < np.median(heads) < 0.35 and np.std(np.log(heads)) < 0.12
    assert TalkerStatistics.from_json(still.to_json() | {"unknown": 1.0}) == still


def test_nobody_turns_further_than_people_who_face_a_camera() -> None:
    talkers = [draw_talker(np.random.default_rng(seed), liveliness=2.0) for seed in range(400)]
    assert max(t.head for t in talkers) <= MOST_HEAD
    assert max(t.head * t.yaw for t in talkers) <= MOST_TURNED + 1e-6
