"""What is done to the networks' body before it is shown."""

from __future__ import annotations

import numpy as np

from avatar_app.engines.audio2photoreal.body_coding import PLACE, RAW
from avatar_app.engines.audio2photoreal.body_finishing import settle_weight, silences
from avatar_app.motion.curves import seconds
from avatar_app.request import FPS


def test_weight_that_wanders_rests_and_one_that_goes_over_for_good_does_so() -> None:
    t = seconds(40 * FPS)
    raw = np.zeros((len(t), RAW))
    raw[:, PLACE] = 0.02 * np.sin(2 * np.pi * t / 3)[:, None] + 0.05 * np.clip(t - 20, 0, 1)[:, None]
    settle_weight(raw)
    sideways = raw[:, PLACE][:, 0]
    assert max(sideways[: 15 * FPS].std(), sideways[25 * FPS :].std()) < 0.4 * 0.014  # it was 0.014
    assert 0.035 < sideways[25 * FPS :].mean() - sideways[: 15 * FPS].mean() < 0.065
    assert np.abs(np.diff(sideways)).max() < 0.003  # metres a frame: not at a jump


def test_hands_are_held_through_short_pauses_and_rest_in_long_ones_and_while_listening() -> None:
    talking = np.zeros(10 * FPS)
    talking[: 2 * FPS], talking[3 * FPS : 5 * FPS] = 1, 1
    quiet = silences(talking, None)
    assert not quiet[: 5 * FPS].any() and quiet[6 * FPS :].all()
    partner = np.zeros(10 * FPS)
    partner[2 * FPS : 3 * FPS] = 1
    assert silences(talking, partner)[round(2.5 * FPS)] == 1


def test_short_clips_are_settled_alike_every_time() -> None:
    frames = np.random.default_rng(0).normal(size=(50, RAW))
    made, other = [], []
    for k in range(30):
        other.append(np.full(1 + 3571 * k, float(k)))  # memory looks different each time
        made.append(frames.copy())
        settle_weight(made[-1])
    assert all(np.array_equal(made[0], again) for again in made)
    assert np.abs(made[0][:, PLACE]).max() <= np.abs(frames[:, PLACE]).max()
