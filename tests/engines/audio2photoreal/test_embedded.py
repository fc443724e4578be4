"""The embedded default through `generate`: gestures, listening, samples, stopping, length, and every option.

Voices are told instead of heard: the speech encoder, which has tests of its own, takes most of the time.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app import generate
from avatar_app.engines.audio2photoreal import body_view, conditioning, paths, spec
from avatar_app.engines.audio2photoreal.body_acting import body_cues
from avatar_app.engines.audio2photoreal.spec import SPEC, Options
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.body_actions import BODY_NAMES, BODY_WISHES, UNABLE
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.inputs.instruction.timeline import timeline_of
from avatar_app.motion.clip import MotionClip
from avatar_app.render.body.presets import PRESETS
from avatar_app.request import FPS, InputError, Request
from avatar_app.sample import Sample
from avatar_app.speech.encoder import ACCENT, ARTICULATION, TALKING, TRACKS
from avatar_app.speech.lip_targets import TARGETS
from avatar_app.speech.phones import VISEMES
from avatar_app.speech.recording import Speech
from avatar_app.training.teacher.body import body_actions as teacher
from avatar_app.training.teacher.body import measures

RATE = 16_000
VOICES = (400, 44_100), (300, 16_000)  # tones, and the rates of their recordings, Hz
SECONDS = 12.0


def sound(seconds: float = SECONDS, level: float = 0.1) -> tuple[int, np.ndarray]:
    """Something that is not silent; what it says is told by `says`."""
    rng = np.random.default_rng(0)
    return RATE, (level * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def laugh(start: float = 2.0, seconds: float = 6.0) -> tuple[int, np.ndarray]:
    """Ten bursts of one vowel, five a second."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 200 * k * time) / k for k in range(1, 12))
    within = (time > start) & (time < start + 2)
    bursts = within * np.clip(np.sin(2 * np.pi * 5 * (time - start)), 0, None) ** 2
    return RATE, (0.1 * bursts * tone + 1e-4 * np.random.default_rng(1).standard_normal(len(time))).astype(np.float32)


def articulation(frames: int, talking: slice = slice(None), every: int = 30) -> np.ndarray:
    """(frames, 26) of open vowels where somebody talks, with an accent every so many frames."""
    values = np.zeros((frames, ARTICULATION), np.float32)
    values[:, : len(TARGETS["SIL"]) - 1] = TARGETS["SIL"][:-1]
    values[:, TRACKS + VISEMES.index("SIL")] = 1
    here = np.zeros(frames, bool)
    here[talking] = True
    syllable = (np.arange(frames) // 4 % 2 == 0) & here
    values[here, TALKING] = 1
    values[syllable, 0] = 0.5
    values[here, ACCENT] = -0.5
    for frame in range(12, frames, every):
        if here[frame]:
            values[frame : frame + 4, ACCENT] = 1.5
    return values


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the speech encoder hear what it is told: of the first voice, then of the partner."""

    def tell(*heard: np.ndarray) -> None:
        waiting = list(heard)

        def encode(model: Any, samples: np.ndarray, frames: int, least: float) -> torch.Tensor:
            told = waiting.pop(0)
            waiting.append(told)
            return torch.from_numpy(told[:frames].copy())

        monkeypatch.setattr(conditioning, "encode_articulation", encode)

    return tell


def made(tmp_path: Path, options: dict[str, Any] | None = None, seconds: float = SECONDS, **more: Any) -> list[Sample]:
    asked: dict[str, Any] = {"audio": sound(seconds), "samples": 1, "seed": 5, "motion_only": True, "force": True}
    asked |= {"engine": SPEC.name, "options": {"steps": 5} | (options or {}), "output": tmp_path} | more
    return list(generate(Request(**asked)))


def motion(sample: Sample) -> MotionClip:
    assert sample.motion is not None and sample.motion.body is not None
    return sample.motion


def test_names_are_the_teachers_and_the_renderers() -> None:
    assert tuple(teacher.BODY_ACTIONS) == BODY_NAMES and teacher.UNABLE == UNABLE
    assert all(
        (a.words, a.kind) == (BODY_WISHES[n].words, BODY_WISHES[n].kind) for n, a in teacher.BODY_ACTIONS.items()
    )
    assert tuple(PRESETS) == spec.BODIES


def test_samples_gesture_with_planted_feet_within_limits(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(round(SECONDS * FPS)))
    first, second = made(tmp_path, {"steps": 3}, samples=2)
    body = motion(first).body
    assert body is not None and len(body) == SECONDS * FPS
    assert measures.foot_sliding(body) < 0.01 and measures.limit_excess(body) < 1e-4
    assert measures.wrist_speeds(body).max() > 0.3  # hands move
    assert measures.jerkiness(body) < 60
    other = motion(second)
    assert np.abs(motion(first).body.joints - other.body.joints).max() > 0.2  # type: ignore[union-attr]
    assert np.abs(motion(first).head_rotation - other.head_rotation).max() > 0.02


def test_a_sample_is_the_same_alone_and_among_others(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(100))
    among = made(tmp_path, {"steps": 2}, seconds=4.0, samples=2)[1]
    alone = made(tmp_path, {"steps": 2}, seconds=4.0, seed=6)[0]
    assert np.array_equal(motion(among).values(), motion(alone).values())
    assert np.array_equal(motion(among).body.joints, motion(alone).body.joints)  # type: ignore[union-attr]


def test_while_only_the_partner_talks_lips_are_closed_and_the_head_answers(
    tmp_path: Path, says: Callable[..., None]
) -> None:
    frames = round(20 * FPS)
    own, partner = articulation(frames, slice(0, 125)), articulation(frames, slice(150, frames))
    partner[260::130, TALKING] = 0
    for pause in range(250, frames, 130):
        partner[pause : pause + 12] = articulation(12, slice(0, 0))
    says(partner, own)  # the partner is heard first
    clip = motion(made(tmp_path, {"steps": 3}, seconds=20.0, partner=sound(20.0))[0])
    talks, listens = own[:, TALKING], partner[:, TALKING]
    assert measures.lips_closed_share(clip, talks, listens) >= 0.98
    assert measures.response_rate(clip, listens) > 3
    assert clip.expression[:125, ARKIT_INDEX["jawOpen"]].max() > 0.1  # his own words are said
    assert clip.body is not None
    speeds = measures.wrist_speeds(clip.body)
    assert speeds[200:].mean() < 0.5 * speeds[:125].mean()  # hands rest


def test_hands_rest_through_a_long_silence_of_ones_own(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(round(SECONDS * FPS), slice(0, 125)))
    body = motion(made(tmp_path, {"steps": 2})[0]).body
    assert body is not None
    speeds = measures.wrist_speeds(body)
    assert speeds[185:].mean() < 0.4 * speeds[:125].mean()
    assert measures.posture_shifts(body) <= 2  # and the weight rests on a leg


def test_it_stops(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(100))
    asked = Request(audio=sound(4.0), samples=2, engine=SPEC.name, motion_only=True, output=tmp_path)
    polled = iter(range(10**6))
    assert list(generate(asked, should_stop=lambda: next(polled) > 12)) == []


def test_a_long_voice_takes_little_more_memory_than_a_short_one(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(40 * FPS))
    made(tmp_path, {"steps": 2}, seconds=4.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clip = motion(made(tmp_path, {"steps": 2}, seconds=40.0)[0])
    assert len(clip) == 40 * FPS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes
    late, early = (measures.wrist_speeds(clip.body)[part].mean() for part in (slice(-500, None), slice(0, 500)))  # type: ignore[arg-type]
    assert 0.3 < late / early < 3


def plan(what: str, strength: float = 1.0, start: float = 1.0, end: float = 4.0) -> list[dict[str, Any]]:
    return [{"start": start, "end": end, "what": what, "strength": strength}]


def acted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, options: dict[str, Any] | None = None, **more: Any
) -> MotionClip:
    """A sample of somebody who is told this; the timeline is made by hand."""
    steps = [PlanStep(1.0, 4.0, what, 1.0)] if what else []
    path = sys.modules["avatar_app.generate"]  # the function of that name hides it
    monkeypatch.setattr(path, "_timeline", lambda request, speech, *more: timeline_of(steps, speech.duration))
    return motion(made(tmp_path, options, seconds=5.0, **more)[0])


@pytest.mark.parametrize(
    ("what", "side", "axis", "least"),
    [("wave", 1, 1, 0.2), ("arms_crossed", 0, 2, 0.1), ("point_at_viewer", 1, 2, 0.2), ("shrug", 0, 1, 0.08)],
)
def test_instructions_act_on_the_body(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: Callable[..., None],
    what: str,
    side: int,
    axis: int,
    least: float,
) -> None:
    """Of somebody whose hands are still else, a wrist goes up (y) or forward (z) while he is told to."""
    says(articulation(125, slice(0, 0)))
    clip = acted(tmp_path, monkeypatch, what, {"body_motion": 0})
    assert clip.body is not None
    places = measures.wrist_places(clip.body)
    moved = np.abs(places[40:90] - places[:10].mean(axis=0)).max(axis=0)
    assert max(moved[0, axis], moved[1, axis]) > least
    assert measures.limit_excess(clip.body) < 1e-4


def test_hands_kept_still_are_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: Callable[..., None]) -> None:
    says(articulation(125))
    clip = acted(tmp_path, monkeypatch, "hands_still")
    assert clip.body is not None
    assert measures.wrist_speeds(clip.body)[55:95].max() < 0.3


def test_times_of_repeated_actions_differ_between_takes() -> None:
    told = [PlanStep(1.0, 9.0, "wave", 1.0)]
    assert [c.start for c in body_cues(told, 1)] != [c.start for c in body_cues(told, 2)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("body_motion", 0.3),
        ("liveliness", 2.0),
        ("diversity", 0.0),
        ("face_scale", 2.0),
        ("body_scale", 2.0),
        ("steps", 3),
    ],
)
def test_options_reach_the_motion(tmp_path: Path, says: Callable[..., None], name: str, value: Any) -> None:
    says(articulation(50))
    plain, other = (motion(made(tmp_path, {"steps": 2} | told, seconds=2.0)[0]) for told in ({}, {name: value}))
    same_body = np.array_equal(plain.body.joints, other.body.joints)  # type: ignore[union-attr]
    same_face = np.array_equal(plain.values(), other.values())
    assert not (same_body and same_face)
    if name in ("diversity", "body_scale"):
        assert same_face
    if name == "face_scale":
        assert same_body


def test_options_reach_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """Body, measures and camera, without drawing anything."""
    seen: dict[str, Any] = {}

    def load(preset: str, sliders: dict[str, float], portrait: Any) -> str:
        seen.update(preset=preset, **sliders)
        return "figure"

    def renderer(figure: str, view: str, size: tuple[int, int], *rest: Any) -> Any:
        seen.update(view=view, size=size)
        return seen

    monkeypatch.setattr(body_view, "load_body", load)
    monkeypatch.setattr(body_view, "BodyRenderer", renderer)
    told = Options(body="ruth", camera="full", age=0.9, weight=0.2, height=0.8, muscle=0.1, exports=True)
    request = Request(duration=1.0, size=256)
    asked: Any = type("Asked", (), {"request": request, "options": told, "portrait": None})()
    view = body_view.open_body_view(asked)
    assert view.exports and seen["preset"] == "ruth" and seen["view"] == "full" and seen["size"] == (144, 256)
    assert (seen["age"], seen["weight"], seen["height"], seen["muscle"]) == (0.9, 0.2, 0.8, 0.1)
    asked = type("Asked", (), {"request": request, "options": replace(told, show="portrait"), "portrait": None})()
    assert body_view.open_body_view(asked).renderer is None


def test_it_draws_and_exports(tmp_path: Path, says: Callable[..., None]) -> None:
    says(articulation(10))
    sample = made(tmp_path, {"exports": True}, seconds=0.4, motion_only=False, size=128)[0]
    assert sample.video is not None and sample.video.stat().st_size > 1000
    assert {path.suffix for path in sample.attachments} == {".bvh", ".glb"}


def test_voices_change_places_and_lengths_are_told(tmp_path: Path, says: Callable[..., None]) -> None:
    own, partner = articulation(100, slice(0, 0)), articulation(100)
    notes: list[str] = []
    asked = Request(
        audio=sound(4.0), partner=sound(6.0), samples=1, engine=SPEC.name, motion_only=True, output=tmp_path,
        options={"steps": 2, "swap": True},
    )  # fmt: skip
    says(own, partner)  # with places changed, the partner that is heard first is the silent one
    clip = motion(next(iter(generate(asked, on_event=lambda event: notes.extend(event.data.get("notes", []))))))
    assert clip.expression[:, ARKIT_INDEX["jawOpen"]].max() > 0.1
    assert any("2.0 s longer" in note for note in notes)


def test_both_voices_are_in_the_soundtrack() -> None:
    """The partner's at another rate and shorter: each voice more on its own side."""
    own, partner = (np.sin(2 * np.pi * tone * np.arange(rate) / rate).astype(np.float32) for tone, rate in VOICES)
    (_, rate), (_, other_rate) = VOICES
    both = conditioning._together(Speech(own, own, rate), Speech(partner, partner[: other_rate // 2], other_rate))
    assert both.shape == (rate, 2) and both.dtype == np.float32 and np.abs(both).max() <= 1
    strength = np.abs(np.fft.rfft(both[: rate // 2], axis=0))
    left, right = (strength[:, side] for side in (0, 1))
    assert left[200] == pytest.approx(2 * right[200], rel=0.02) and right[150] == pytest.approx(2 * left[150], rel=0.02)
    assert np.allclose(both[-rate // 4 :, 0], 2 * both[-rate // 4 :, 1], atol=1e-6)  # the partner is silent


def test_the_listener_smiles_back_at_a_laugh(tmp_path: Path, says: Callable[..., None]) -> None:
    """The same two people; only what the partner's recording sounds like tells one from the other."""
    frames, smiles = 150, {}
    for name, heard in (("laugh", laugh()), ("speech", sound(6.0))):
        says(articulation(frames), articulation(frames, slice(0, 0)))
        clip = motion(made(tmp_path, {"steps": 2}, seconds=6.0, partner=heard)[0])
        smiles[name] = clip.expression[:, [ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]].mean(axis=1)
    laughed = slice(70, 110)  # from three seconds on, and a little later
    assert smiles["laugh"][laughed].max() > 0.45
    assert smiles["laugh"][laughed].mean() > smiles["speech"][laughed].mean() + 0.2
    assert np.abs(smiles["laugh"] - smiles["speech"])[:40].max() < 0.02  # before it nothing differs


def test_a_stereo_recording_holds_both_voices(tmp_path: Path, says: Callable[..., None]) -> None:
    rate, mono = sound(4.0)
    says(articulation(100), articulation(100, slice(0, 0)))
    stereo = (rate, np.stack([0 * mono, mono], axis=1))
    clip = motion(made(tmp_path, {"two_channels": True}, audio=stereo)[0])
    assert clip.expression[:, ARKIT_INDEX["jawOpen"]].max() < 0.05  # the first channel is silent, and so are the lips
    with pytest.raises(InputError, match="one channel"):
        made(tmp_path, {"two_channels": True}, audio=(rate, mono))


@pytest.mark.parametrize(
    ("options", "more", "said"),
    [
        ({"two_channels": True}, {"partner": sound(4.0)}, "leave one"),
        ({"swap": True}, {}, "nobody to change places"),
        ({"show": "beside"}, {"motion_only": False}, "portrait is needed"),
        ({"body": "nobody"}, {}, "body must be"),
        ({"person": "XYZ"}, {}, "person must be"),
        ({"person": "RLW104"}, {}, "published"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, options: dict[str, Any], more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        made(tmp_path, options, seconds=4.0, **more)


def test_published_weights_say_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "file_exists", lambda path: False)
    with pytest.raises(InputError, match=r"PXB184.*download audio2photoreal"):
        made(tmp_path, seconds=4.0, weights="published")
    with pytest.raises(InputError, match=r"RLW104.*RLW104_models"):
        made(tmp_path, {"person": "RLW104"}, seconds=4.0, weights="published")
    assert {"person"} == {f.name for f in fields(Options) if f.metadata["only"]}
