"""Closures as the speech encoder and the phone recogniser agree on them."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.closures import DOUBTED, agreed_closures, complete_closures
from avatar_app.types import Array

FRAMES = 30


def closures(heard: float, recognised: float, at: int = 12, release: int = 13) -> Array:
    """(T,) agreed closure where the encoder hears `heard` in one frame and the recogniser a release in another."""
    closure, lips = np.zeros(FRAMES, np.float32), np.zeros(2 * FRAMES, np.float32)
    closure[at], lips[2 * release] = heard, recognised
    return agreed_closures(closure, lips)


@pytest.mark.parametrize(("heard", "recognised"), [(0.3, 0.15), (0.1, 0.9), (0.95, 0.0)])
def test_what_both_ears_hear_or_one_surely_is_a_whole_closure_where_the_encoder_heard_it(
    heard: float, recognised: float
) -> None:
    whole = closures(heard, recognised)
    assert whole[12] == pytest.approx(1.0) and whole[:10].max() < 0.1 and whole[15:].max() < 0.1


def test_a_closure_that_only_the_recogniser_hears_comes_before_its_release() -> None:
    whole = closures(0.0, 0.9)
    assert whole[12] == pytest.approx(1.0) and whole[14:].max() < 0.1


def test_a_closure_that_only_the_encoder_half_hears_is_doubted() -> None:
    assert closures(0.6, 0.0).max() == pytest.approx(0.6 * DOUBTED)


def test_a_release_far_away_confirms_nothing() -> None:
    assert closures(0.6, 0.9, at=5, release=20)[5] == pytest.approx(0.6 * DOUBTED)


def test_a_faint_release_alone_is_no_closure() -> None:
    assert closures(0.05, 0.2).max() < 0.1


@pytest.mark.parametrize("release", [0, FRAMES - 1])
def test_releases_at_the_edges_of_a_recording_close_the_lips(release: int) -> None:
    whole = closures(0.0, 0.9, release=release)
    assert whole.shape == (FRAMES,) and whole[max(release - 1, 0)] == pytest.approx(1.0)


def test_a_confirmed_closure_is_as_wide_as_the_encoder_hears_it() -> None:
    closure, lips = np.zeros(FRAMES, np.float32), np.zeros(2 * FRAMES, np.float32)
    closure[10:14], lips[26] = 0.9, 1.0
    assert (agreed_closures(closure, lips)[10:14] >= 0.9).all()


def test_a_half_closure_is_completed_and_its_neighbours_are_not() -> None:
    closure = np.zeros(FRAMES, np.float32)
    closure[8:11] = (0.2, 0.4, 0.15)
    closure[20:23] = (0.05, 0.1, 0.05)
    whole = complete_closures(closure, 0.25)
    assert whole[9] == pytest.approx(1.0)
    assert whole[8] < 0.5 and whole[10] < 0.5
    assert np.array_equal(whole[12:], closure[12:])


@pytest.mark.parametrize("at", [0, FRAMES - 1])
def test_a_closure_at_the_edge_of_a_recording_is_completed(at: int) -> None:
    closure = np.zeros(FRAMES, np.float32)
    closure[at] = 0.5
    assert complete_closures(closure, 0.25)[at] == pytest.approx(1.0)


def test_whole_closures_stay_as_they_are() -> None:
    closure = np.clip(np.sin(np.arange(60) / 5), 0, 1).astype(np.float32)
    assert np.allclose(complete_closures(closure, 0.2), closure, atol=0.02)
