"""Given codes, repetitions and recorded scenes, with both kinds of weights, through `generate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from scipy.io import wavfile

from avatar_app.engines import registry
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.motion.skeleton import JOINT_NAMES
from avatar_app.request import InputError, Request
from avatar_app.sample import EngineSample, Sample
from tests.engines.audio2photoreal.standins import save_scenes
from tests.engines.audio2photoreal.test_embedded import articulation, made, motion, says, sound
from tests.engines.audio2photoreal.test_published_engine import codes, installed
from tests.engines.audio2photoreal.test_published_engine import made as made_published

__all__ = ["installed", "says"]  # fixtures
QUICK = {"steps": 2}
Says = Callable[..., None]


def embedded(folder: Path, options: dict[str, Any] | None = None, **more: Any) -> list[Sample]:
    return made(folder / "out", QUICK | (options or {}), seconds=2.0, **more)


def test_one_part_is_given_and_the_other_made(tmp_path: Path, says: Says) -> None:
    says(articulation(50))
    given, plain = (motion(embedded(tmp_path, seed=seed)[0]) for seed in (40, 5))
    assert not np.array_equal(given.values(), plain.values())
    save_motion(given, tmp_path / "before.motion.npz")
    for which, face, body in (("face_codes", given, plain), ("pose_codes", plain, given)):
        mixed = motion(embedded(tmp_path, {which: str(tmp_path / "before.motion.npz")})[0])
        assert np.array_equal(mixed.values(), face.values())
        assert np.array_equal(mixed.body.joints, body.body.joints)  # type: ignore[union-attr]


def test_published_codes_are_given(installed: Path, tmp_path: Path) -> None:
    kept = made_published(installed, seed=40)[0].attachments[0].rename(tmp_path / "kept.npz")
    with np.load(kept) as stored:
        given = {name: stored[name] for name in ("body_pose", "face_expression")}
    plain, face, pose = (
        codes(made_published(installed, options=options)[0])
        for options in ({}, {"face_codes": str(kept)}, {"pose_codes": str(kept)})
    )
    assert np.array_equal(face["face_expression"], given["face_expression"].astype(np.float32))
    assert np.array_equal(face["body_pose"], plain["body_pose"])
    assert np.array_equal(pose["body_pose"], given["body_pose"].astype(np.float32))
    assert np.array_equal(pose["face_expression"], plain["face_expression"])


def test_wrong_codes_each_get_their_sentence(installed: Path, tmp_path: Path) -> None:
    wrong = {
        "short.npz": ({"body_pose": np.zeros((9, 104))}, "9 frames and this voice takes 45"),
        "wide.npz": ({"body_pose": np.zeros((45, 99))}, "104 fractions"),
        "nan.npz": ({"body_pose": np.full((45, 104), np.nan)}, "NaN"),
        "face.npz": ({"face_expression": np.zeros((45, 256))}, "no body_pose"),
        "pickled.npz": ({"body_pose": np.array([{}], object)}, "cannot be read as codes"),
    }
    for name, (arrays, said) in wrong.items():
        np.savez(tmp_path / name, **arrays)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=said):
            made_published(installed, options={"pose_codes": str(tmp_path / name)})
    save_file({"body_pose": np.zeros((9, 104), np.float32)}, tmp_path / "short.safetensors")
    with pytest.raises(InputError, match="9 frames"):
        made_published(installed, options={"pose_codes": str(tmp_path / "short.safetensors")})


def test_wrong_motion_files_each_get_their_sentence(tmp_path: Path, says: Says) -> None:
    says(articulation(50))
    save_motion(MotionClip.still(50), tmp_path / "faceless.npz")
    save_motion(MotionClip.still(20), tmp_path / "brief.npz")
    for options, said in (({"pose_codes": "faceless.npz"}, "no body"), ({"face_codes": "brief.npz"}, "20 frames")):
        with pytest.raises(InputError, match=said):
            embedded(tmp_path, {name: str(tmp_path / file) for name, file in options.items()})


def test_repetitions_multiply_the_takes(tmp_path: Path, says: Says) -> None:
    says(articulation(50))
    four = embedded(tmp_path, {"repetitions": 2}, samples=2)
    assert [(s.index, s.seed) for s in four] == [(1, 5), (2, 6), (3, 7), (4, 8)]
    assert [s.title for s in four][2] == "repetition 2, take 1, seed 7"
    told = json.loads((tmp_path / "out" / "result.json").read_text())
    assert told["complete"] and told["samples"][3]["title"] == "repetition 2, take 2, seed 8"
    alone = embedded(tmp_path, seed=8)[0]
    assert np.array_equal(motion(alone).values(), motion(four[3]).values())
    with pytest.raises(InputError, match="12 in all"):
        embedded(tmp_path, {"repetitions": 3}, samples=4)


def own_scene(folder: Path, frames: int = 100) -> tuple[Path, MotionClip]:
    """A scene of this project: four seconds of two voices and their motion."""
    rng = np.random.default_rng(3)
    clip = MotionClip.from_values(rng.uniform(0, 0.4, (frames, 58)), Body(
        rng.normal(0, 0.02, (frames, len(JOINT_NAMES), 3)).astype(np.float32), "anny",
        np.zeros((frames, 3), np.float32),
    ))  # fmt: skip
    folder.mkdir()
    save_motion(clip, folder / "scene01_motion.npz")
    wavfile.write(folder / "scene01_audio.wav", 48_000, rng.normal(0, 3000, (4 * 48_000, 2)).astype(np.int16))
    return folder / "scene01", clip


class Stiffener:
    """An instruction layer that takes all motion away."""

    def open_layer(self, conditions: Any) -> Stiffener:
        return self

    def apply(self, sample: EngineSample, on_step: Any, should_stop: Any) -> EngineSample:
        assert sample.motion is not None
        return replace(sample, motion=sample.motion.with_values(0 * sample.motion.values()))


def test_a_scene_s_recorded_motion_is_one_take_more(
    tmp_path: Path, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "load_actor", Stiffener)
    place, clip = own_scene(tmp_path / "set")
    says(articulation(25), articulation(25, slice(0, 0)))
    asked = {"audio": None, "audio_from": 1.0, "audio_to": 2.0}
    more = {"plan": [{"start": 0, "end": 1, "what": "smile", "strength": 1.0}], "motion_strength": 2.0}
    made_ = embedded(tmp_path, {"scene": str(place)}, **asked, **more)
    one, truth = sorted(made_, key=lambda sample: sample.index)
    assert not motion(one).values().any()
    assert truth.title == "ground truth" and truth.recorded and not one.recorded
    assert np.allclose(motion(truth).values(), clip.values()[25:50])  # neither acted on nor made stronger
    told = json.loads((tmp_path / "out" / "result.json").read_text())["samples"]
    assert [(s["seed"], s["title"]) for s in told] == [(5, ""), (None, "ground truth")]


def test_a_published_scene_is_written_beside_the_samples(installed: Path, tmp_path: Path) -> None:
    folder = save_scenes(tmp_path / "PXB184", scenes=1, frames=60)
    options = {"scene": folder / "scene01", "repetitions": 2}
    asked = {"audio": None}
    *takes, truth = sorted(made_published(installed, options=options, **asked), key=lambda sample: sample.index)
    assert len(takes) == 2 and truth.title == "ground truth"
    recorded = np.load(folder / "scene01_body_pose.npy")
    shown = codes(truth)["body_pose"]  # of sound that is not whole samples long at 16 kHz, rounded up
    assert (len(recorded), len(shown)) == (61, 62) and np.array_equal(shown[:61], recorded)
    assert np.array_equal(shown[61], recorded[-1])
    assert codes(takes[0])["body_pose"].shape == shown.shape
    asked |= {"audio_from": 0.5, "audio_to": 2.0}
    again = made_published(installed, options={"scene": folder / "scene01"}, **asked)
    passage = codes(next(sample for sample in again if sample.recorded))["body_pose"]
    assert np.array_equal(passage, recorded[15:60])


def test_what_a_scene_cannot_do_is_said(tmp_path: Path, says: Says) -> None:
    says(articulation(100), articulation(100, slice(0, 0)))
    place, _ = own_scene(tmp_path / "set", frames=90)
    published = save_scenes(tmp_path / "theirs", scenes=1) / "scene01"
    for options, more, said in (
        ({"scene": place}, {"audio": None}, "ends after 3.6 s"),
        ({"scene": place}, {}, "its own voices"),
        ({"scene": place, "swap": True}, {"audio": None}, "leave out --swap"),
        ({"scene": published}, {"audio": None}, "--weights published"),
        ({"scene": tmp_path / "set" / "scene02"}, {"audio": None}, "There is no scene"),
        ({"scene": place}, {"audio": None, "samples": 10}, "11 in all"),
    ):
        with pytest.raises(InputError, match=said):
            embedded(tmp_path, options, **more)  # type: ignore[arg-type]


def test_flags_reach_the_request(tmp_path: Path) -> None:
    from avatar_app.cli.generate import flag_options, with_options

    flags = {one.name for one in flag_options()}
    assert {"face_codes", "pose_codes", "repetitions", "scene"} <= flags
    before = tmp_path / "before.motion.npz"
    save_motion(MotionClip.still(50), before)
    asked = Request(audio=sound(2.0), engine="audio2photoreal", motion_only=True, samples=1)
    plan = registry.resolve(with_options(asked, {"pose_codes": before, "repetitions": 2, "steps": 2}))
    assert plan.request.samples == 2 and plan.options.pose_codes == before
