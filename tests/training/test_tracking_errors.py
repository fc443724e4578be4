"""The error model of tracking is fitted to pairs and put on other motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar_app.face.lip_gap import gap_vector
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import labelled
from avatar_app.training.tracking_errors import FRAMES, TrackingErrors, as_tracked, fit_errors, measure


def simulated_pairs(count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A tracker that halves channel 24, lets it leak into 33, is off by a constant per clip, with noise."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        true = np.clip(rng.normal(0.4, 0.15, (120, 58)), 0, 1).astype(np.float32)
        tracked = true.copy()
        tracked[:, 24] *= 0.5
        tracked[:, 33] += 0.3 * true[:, 24]
        tracked[:, 10] += rng.normal(0, 0.1)
        tracked += rng.normal(0, 0.02, tracked.shape)
        pairs.append((true, tracked.astype(np.float32)))
    return pairs


def test_what_the_tracker_does_is_learned() -> None:
    errors = fit_errors(simulated_pairs(40, 0))
    assert abs(errors.gain[24, 24] - 0.5) < 0.06 and abs(errors.gain[24, 33] - 0.3) < 0.06
    assert abs(errors.gain[5, 5] - 1) < 0.06 and abs(errors.gain[5, 6]) < 0.05
    true, _ = simulated_pairs(1, 1)[0]
    made = np.stack([as_tracked(true, errors, np.random.default_rng(seed)) for seed in range(60)])
    off = made.mean(axis=1).std(axis=0)
    assert 0.06 < off[10] < 0.14 and off[11] < 0.03
    assert made[:, :, :52].min() >= 0 and made[:, :, :52].max() <= 1
    assert np.abs(np.median(made[:, :, 52:], axis=1)).max() < 1e-6
    assert np.corrcoef(made[0, :, 24], true[:, 24])[0, 1] > 0.85


def test_errors_are_kept(tmp_path: Path) -> None:
    errors = fit_errors(simulated_pairs(5, 2))
    errors.save(tmp_path / "errors.safetensors")
    again = TrackingErrors.load(tmp_path / "errors.safetensors")
    for name, value in vars(errors).items():
        assert np.array_equal(getattr(again, name), value)


def test_pairs_are_measured_on_portraits(portrait: Path) -> None:
    names = ["PBM", "A", "TDNL", "I"]
    phones = tuple(Phone(0.15 * i, 0.15 * i + 0.15, names[i % 4]) for i in range(44))
    sound = np.sin(np.arange(112_000)).astype(np.float32)
    session = labelled(np.zeros((1, 680, 64), np.float16), phones, sound, 170)
    ((true, tracked),) = measure([portrait], [session], 1, 0)
    assert true.shape == tracked.shape == (FRAMES, 58)
    gaps = [values[:, :52] @ gap_vector() for values in (true, tracked)]
    assert np.corrcoef(*gaps)[0, 1] > 0.7
