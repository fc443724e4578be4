"""What is counted in films of talking heads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_app.engines.dawn import evaluation
from avatar_app.face.identity import face_describer
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.liveliness_curves import Curves, curves_of_motion
from avatar_app.paths import ASSETS
from avatar_app.request import InputError
from tests.cli.test_app import run


def nodding(frames: int = 100, blinks: tuple[int, ...] = ()) -> Curves:
    """A head that rests every tenth frame."""
    clip = MotionClip.still(frames)
    curves = curves_of_motion(clip.values())
    angles = curves.angles.copy()
    angles[:, 0] = 5 * np.cos(np.arange(frames) * np.pi / 10)
    lids = np.ones(frames, np.float32)
    for frame in blinks:
        lids[frame - 2 : frame + 3] = (0.5, 0.1, 0, 0.1, 0.5)
    return replace(curves, angles=angles, lids=lids)


def test_beats_that_coincide_align_and_others_do_not() -> None:
    head = evaluation.head_beats(nodding())
    assert np.array_equal(head % 10, np.zeros(len(head))) and len(head) >= 8
    assert evaluation.beat_alignment(head, head) == 1
    assert evaluation.beat_alignment(head, head + 5) < 0.3
    assert evaluation.beat_alignment(head, head[:0]) == 0


def test_beats_of_sound_are_where_it_sets_in() -> None:
    samples = np.random.default_rng(0).normal(0, 1e-3, 48_000).astype(np.float32)
    for start in (8_000, 24_000, 40_000):
        samples[start : start + 3_200] += np.sin(np.arange(3_200) * 0.2).astype(np.float32)
    beats = evaluation.sound_beats(samples)
    assert [min(abs(beats - start / 640)) <= 1 for start in (8_000, 24_000, 40_000)] == [True] * 3
    assert len(beats) <= 6


def test_blinks_and_pose_are_counted() -> None:
    found = evaluation.figures(nodding(blinks=(30, 70)), np.array([10, 20]))
    assert found["blinks_per_second"] == pytest.approx(0.5) and found["yaw_deviation"] == pytest.approx(0, abs=1e-3)
    assert found["pitch_deviation"] == pytest.approx(5 / 2**0.5, rel=0.05) and found["beat_alignment"] == 1


def test_films_are_needed_and_those_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    done = run("evaluate", "dawn")
    assert done.exit_code == 2 and "films of talking heads" in done.stderr
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(InputError, match="No film in"):
        evaluation.evaluate(films=tmp_path)
    done = run("evaluate", "diffposetalk", tmp_path)
    assert done.exit_code == 2 and "is not measured on films" in done.stderr


def test_a_person_who_becomes_another_is_far(portrait: Path) -> None:
    pixels = load_portrait(portrait, size=320).pixels
    seen = iter([np.zeros(128, np.float32), np.full(128, 0.01, np.float32), np.ones(128, np.float32)])
    told = evaluation.identity_distance([pixels, pixels, 0 * pixels, pixels], lambda pixels, marks: next(seen))
    assert told == pytest.approx((0.01 + 1) / 2 * 128**0.5, rel=1e-4)  # the black frame shows nobody
    assert evaluation.identity_distance([pixels], lambda pixels, marks: np.zeros(128, np.float32)) == 0


def test_faces_are_described_where_the_extra_is_installed(portrait: Path) -> None:
    pytest.importorskip("dlib")
    describe = face_describer()
    assert describe is not None
    one, other = (load_portrait(path, size=320) for path in (portrait, ASSETS / "portraits" / "youngster.jpg"))
    same, again = (describe(picture, one.landmarks) for picture in (one.pixels, one.pixels // 2 + 30))
    assert np.linalg.norm(same - again) < 0.4 < 0.6 < np.linalg.norm(same - describe(other.pixels, other.landmarks))
