"""Sounds as pocketsphinx takes them, and what it finds in them."""

from __future__ import annotations

import numpy as np

from avatar_app.training.corpus.alignment import EDGE, edged, phones_of


def test_times_of_phones_count_from_the_sound_inside_its_edges() -> None:
    edge = round(100 * EDGE)
    found = [("SIL", 0, edge), ("M", edge, edge + 10), ("AY", edge + 10, edge + 30)]
    found += [("UNKNOWN", edge + 30, edge + 50)]  # beyond the end of the sound
    phones = phones_of(found, 0.4)
    assert [phone.viseme for phone in phones] == ["PBM", "A", "I", "SIL"]
    assert np.allclose([(phone.start, phone.end) for phone in phones], [(0, 0.1), (0.1, 0.22), (0.22, 0.3), (0.3, 0.4)])


def test_edges_are_quiet_but_no_digital_silence() -> None:
    sound = np.frombuffer(edged(np.ones(100, np.float32)), np.int16)
    edge = round(16_000 * EDGE)
    assert len(sound) == 2 * edge + 100 and (sound[edge:-edge] == 32767).all()
    assert 0 < np.abs(sound[:edge]).max() < 100 and (sound[:edge] != 0).mean() > 0.5
