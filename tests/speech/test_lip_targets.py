"""Lip shapes that visemes lead one to expect."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.lip_targets import CHANNELS, DOMINANCE, TARGETS, expected_shapes
from avatar_app.speech.phones import VISEMES


def test_visemes_lead_one_to_expect_their_own_shapes() -> None:
    shares = np.zeros((30, 15), np.float32)
    shares[:10, list(TARGETS).index("A")] = shares[10:20, list(TARGETS).index("W_U")] = 1
    shares[20:, list(TARGETS).index("I")] = 1
    shapes = expected_shapes(shares)
    jaw, pucker, spread = (shapes[:, CHANNELS.index(name)] for name in ("jawOpen", "mouthPucker", "spread"))
    assert jaw[5] > 3 * jaw[15] and pucker[15] > 0.3 and spread[25] > 0.3
    assert pucker[8] > pucker[5] + 0.005  # rounding begins before its vowel


@pytest.mark.parametrize(
    ("strong", "weak", "channel", "group"),
    [
        ("A", "TDNL", "jawOpen", 0),
        ("W_U", "TDNL", "mouthPucker", 1),
        ("PBM", "I", "spread", 2),
        ("SZ", "AH", "mouthLowerDown", 3),
    ],
)
def test_of_two_visemes_the_dominant_one_decides(strong: str, weak: str, channel: str, group: int) -> None:
    shares = np.zeros((20, 15), np.float32)
    shares[:, [VISEMES.index(strong), VISEMES.index(weak)]] = 0.5
    (a, b), k = (TARGETS[name][CHANNELS.index(channel)] for name in (strong, weak)), CHANNELS.index(channel)
    s, w = (DOMINANCE[name][0][group] for name in (strong, weak))
    assert expected_shapes(shares)[10, k] == pytest.approx((s * a + w * b) / (s + w), abs=1e-5)
    assert abs(expected_shapes(shares)[10, k] - a) < abs(expected_shapes(shares)[10, k] - b)


def test_tables_speak_of_the_same_visemes_in_the_same_order() -> None:
    assert tuple(TARGETS) == tuple(DOMINANCE) == VISEMES
