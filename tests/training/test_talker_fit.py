"""Talkers read off motion, and statistics of many: what went in comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_app.motion.talker import Talker, TalkerStatistics, draw_talker
from avatar_app.training.corpus.sessions import speaking
from avatar_app.training.talker_fit import COUNTS, FACTORS, TalkerReading, babble, fit_statistics, read_talker
from avatar_app.training.teacher.acting import act
from avatar_app.training.teacher.scene import Scene

NAMES = (*FACTORS, *COUNTS)
OTHERS = TalkerStatistics(
    liveliness=0.3, head=2.0, brows=0.5, brows_spread=0.2, blinks=50.0, smile=1.6, mouth=0.8, yaw_spread=0.3
)


def performed(talker: Talker, seed: int, seconds: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tracks = babble(25 * seconds, rng)
    talking = speaking(tracks).astype(np.float32)
    return act(
        Scene(tracks, talking, np.zeros((len(tracks), 28), np.float32), (), np.zeros(52, np.float32)), rng, talker
    )


def reading(talker: Talker, rng: np.random.Generator, chance: float) -> TalkerReading:
    """As if it had been read off a clip whose halves scatter by `chance`."""
    logs = np.log([getattr(talker, name) for name in NAMES])
    halves = logs + rng.normal(0, chance, (2, len(NAMES)))
    whole = dict(zip(NAMES, np.exp(halves.mean(axis=0)).tolist(), strict=True))
    return TalkerReading(replace(talker, **whole), halves)


def people(count: int, statistics: TalkerStatistics, chance: float = 0.2) -> dict[str, list[TalkerReading]]:
    rng = np.random.default_rng(3)
    drawn = [draw_talker(rng, statistics) for _ in range(count)]
    return {str(i): [reading(talker, rng, chance) for _ in range(2)] for i, talker in enumerate(drawn)}


@pytest.mark.parametrize(
    ("name", "less", "more"), [("head", 0.5, 2.0), ("brows", 0.5, 1.8), ("blinks", 20, 60), ("mouth", 0.7, 1.3)]
)
def test_livelier_performances_are_read_as_livelier(name: str, less: float, more: float) -> None:
    def read(amount: float) -> float:
        clips = [read_talker(performed(replace(Talker(), **{name: amount}), seed)) for seed in range(5)]
        return float(np.mean([getattr(clip.talker, name) for clip in clips]))

    low, high = read(less), read(more)
    assert high / low == pytest.approx(more / less, rel=0.45)


def test_a_middling_talker_is_read_as_one() -> None:
    clips = [read_talker(performed(Talker(), seed)).talker for seed in range(100, 106)]
    for name in ("head", "yaw", "translation", "quickness", "brows", "mouth", "rounding"):
        assert np.median([getattr(clip, name) for clip in clips]) == pytest.approx(1, abs=0.3), name


def test_statistics_of_many_talkers_are_found_again() -> None:
    found = fit_statistics(people(400, OTHERS))
    for name in NAMES:
        assert getattr(found, name) == pytest.approx(getattr(OTHERS, name), rel=0.12), name
        assert getattr(found, f"{name}_spread") == pytest.approx(getattr(OTHERS, f"{name}_spread"), abs=0.09), name
    assert found.liveliness == pytest.approx(OTHERS.liveliness, abs=0.06)
    assert found.asymmetry_spread == pytest.approx(1.0, abs=0.15)


def test_chance_within_a_clip_is_no_difference_between_talkers() -> None:
    calm, shaky = (fit_statistics(people(200, OTHERS, chance)) for chance in (0.0, 0.5))
    assert shaky.brows_spread == pytest.approx(calm.brows_spread, abs=0.12)


def test_few_people_give_medians_and_keep_the_spreads_of_people_in_general() -> None:
    found = fit_statistics(people(3, OTHERS))
    assert found.head > 1.4
    assert found.blinks > 30
    usual = TalkerStatistics()
    assert found.head_spread == usual.head_spread and found.liveliness == usual.liveliness
