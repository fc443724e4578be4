"""Yawns, sighs, chewing, singing, whispering and shouting, as rules put them on a face."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.body_sounds import CHEW_RATE, add_body_sounds
from avatar_app.types import Array

FRAMES = 125
SILENCE, TALK = np.zeros(FRAMES, np.float32), np.ones(FRAMES, np.float32)


def acted(name: str, talking: Array = SILENCE, jaw: float = 0.0, strength: float = 0.65) -> Array:
    values = np.zeros((FRAMES, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = jaw
    add_body_sounds(values, [(ACTION_NAMES.index(name), strength, 1.0, 4.0)], talking)
    return values


def channel(values: Array, name: str) -> Array:
    return values[:, ARKIT_INDEX[name]]


@pytest.mark.parametrize("name", ["yawn", "sigh", "chew", "sing", "laugh", "whisper", "shout"])
def test_each_is_seen_in_its_time_only_and_stays_in_range(name: str) -> None:
    made = acted(name, TALK, jaw=0.3, strength=1.5)
    change = np.abs(made - acted("smile", TALK, jaw=0.3)).max(axis=1)
    assert change[25:100].max() > 0.04 and change[:17].max() == 0 == change[108:].max()
    assert made[:, :52].min() >= 0 and made[:, :52].max() <= 1


@pytest.mark.parametrize("strength", [-1.0, 0.0])
@pytest.mark.parametrize("name", ["yawn", "sigh", "chew", "sing", "laugh", "whisper", "shout"])
def test_what_is_not_wanted_is_not_added(name: str, strength: float) -> None:
    np.testing.assert_array_equal(acted(name, TALK, 0.3, strength), acted("smile", TALK, 0.3))


def test_a_yawn_opens_slowly_and_closes_quickly_with_the_lids() -> None:
    jaw = channel(acted("yawn"), "jawOpen")
    widest = int(jaw.argmax())
    half = np.flatnonzero(jaw > jaw.max() / 2)
    assert jaw.max() > 0.6 and channel(acted("yawn"), "eyeBlinkLeft").max() > 0.5
    assert (FRAMES * 4 / 5 - half[-1]) < half[0] - 15 and widest > 50


def test_talk_goes_before_a_yawn() -> None:
    assert channel(acted("yawn", TALK), "jawOpen").max() < 0.5 * channel(acted("yawn"), "jawOpen").max()


def test_a_sigh_takes_breath_and_lets_it_go() -> None:
    made = acted("sigh")
    up, sunk = int(made[:, 56].argmax()), int(made[:, 52].argmax())
    assert up < sunk and made[up, 56] > 0.01 and made[sunk, 52] > np.deg2rad(1.5)


def test_chewing_has_its_rate_with_closed_lips() -> None:
    made = acted("chew")
    assert len(find_peaks(channel(made, "jawOpen"), prominence=0.1)[0]) == pytest.approx(3 * CHEW_RATE, abs=1)
    assert (channel(made, "mouthClose") >= channel(made, "jawOpen")).all()


def test_singers_open_wider_and_whisperers_less_wide() -> None:
    opened = {name: channel(acted(name, TALK, 0.3), "jawOpen")[50] for name in ("sing", "shout", "whisper")}
    assert min(opened["sing"], opened["shout"]) > 0.35 > 0.25 > opened["whisper"]


def test_more_of_it_is_more() -> None:
    faint, strong = (channel(acted("yawn", strength=s), "jawOpen").max() for s in (0.25, 1.0))
    assert strong > 1.5 * faint
