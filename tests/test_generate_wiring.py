"""What `generate` hands to an engine and what it makes of what comes back, with an engine that does next to nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app import Request, generate
from avatar_app.engines import registry
from avatar_app.engines.base import Conditions, EngineSpec, NoOptions
from avatar_app.engines.registry import Plan
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.npz import load_motion
from avatar_app.motion.gaze import eye_angles
from avatar_app.render import views
from avatar_app.render.video.writer import snapshot
from avatar_app.request import InputError, Stopped
from avatar_app.sample import EngineSample, Event, Sample

SPEC = EngineSpec(
    name="plain",
    title="Plain",
    summary="Turns the head by a constant.",
    needs=frozenset(),
    reads=frozenset({"audio", "partner", "portrait"}),
    makes="motion",
    layerable=True,
    motion_share=0.5,
)


@dataclass
class PlainEngine:
    """Turns the head by 0.1 rad. seen: what it was asked; breaks_at: the sample that fails."""

    spec: EngineSpec = SPEC
    memory: int = 1
    breaks_at: int = 0
    body: Body | None = None
    seen: list[Conditions] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {"engine": "plain"}

    def prepare(self, conditions: Conditions, should_stop: Any) -> Conditions:
        return replace(conditions, extra="prepared", notes=("The engine says hello.",))

    def sample(self, conditions: Conditions, on_step: Any, should_stop: Any) -> Iterator[EngineSample]:
        self.seen.append(conditions)
        for k, seed in enumerate(conditions.request.seeds, start=1):
            if should_stop():
                raise Stopped
            if k == self.breaks_at:
                raise RuntimeError("broken on purpose")
            on_step(k / conditions.request.samples)
            values = MotionClip.still(conditions.frames).values()
            values[:, 53] = 0.1
            yield EngineSample(k, seed, MotionClip.from_values(values, self.body), "native")

    def renderer(self, conditions: Conditions) -> None:
        return None

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        path = folder / f"sample_{sample.index}.codes.txt"
        path.write_text(str(sample.native))
        return [path]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> PlainEngine:
    """Takes the place of every engine but the one that acts instructions."""
    plain, real, module = PlainEngine(), registry.load_engine, registry.engine_module
    monkeypatch.setattr(registry, "resolve", lambda request: Plan(plain.spec, "embedded", NoOptions(), request))
    load = lambda name=None, weights=None: plain if name == "plain" else real(name, weights)  # noqa: E731
    monkeypatch.setattr(registry, "load_engine", load)
    without = lambda spec: "avatar_app.request" if spec.name == "plain" else module(spec)  # noqa: E731  (has no folder)
    monkeypatch.setattr(registry, "engine_module", without)
    return plain


def made(tmp_path: Path, name: str = "out", **wish: Any) -> tuple[list[Sample], dict[str, Any], list[Event]]:
    events: list[Event] = []
    usual: dict[str, Any] = {"duration": 1.0, "samples": 2, "seed": 4, "motion_only": True}
    samples = list(generate(Request(output=tmp_path / name, **usual | wish), events.append))
    return samples, json.loads((tmp_path / name / "result.json").read_text()), events


def tone(seconds: float, hertz: float) -> tuple[int, np.ndarray]:
    return 16000, (0.2 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 16000)) / 16000)).astype(np.float32)


def test_the_engine_gets_both_voices_of_the_same_passage(engine: PlainEngine, tmp_path: Path) -> None:
    voice, partner = tone(3, 130), tone(3, 220)
    made(tmp_path, audio=voice, partner=partner, audio_from=0.5, audio_to=2.0, duration=None)
    (seen,) = engine.seen
    assert seen.partner is not None and seen.frames == 38
    assert seen.speech.duration == pytest.approx(1.5) == seen.partner.duration
    assert not np.allclose(seen.speech.samples, seen.partner.samples)
    assert seen.extra == "prepared"


def test_without_a_voice_there_is_silence_and_no_partner(engine: PlainEngine, tmp_path: Path) -> None:
    made(tmp_path)
    assert engine.seen[0].partner is None and not engine.seen[0].speech.samples.any()


def test_notes_and_attachments_reach_sample_and_result(engine: PlainEngine, tmp_path: Path) -> None:
    samples, result, events = made(tmp_path)
    assert "The engine says hello." in result["notes"]
    assert (
        "The engine says hello."
        in next(event for event in events if event.stage == "inputs" and event.data).data["notes"]
    )
    assert [row["attachments"] for row in result["samples"]] == [["sample_1.codes.txt"], ["sample_2.codes.txt"]]
    assert [path.read_text() for sample in samples for path in sample.attachments] == ["native", "native"]


def test_files_are_called_after_what_they_show_where_that_is_asked_for(
    engine: PlainEngine, portrait: Path, tmp_path: Path
) -> None:
    wish: dict[str, Any] = {"portrait": portrait, "instruction": "smile", "names": "descriptive", "size": 128}
    samples, result, _ = made(tmp_path, motion_only=False, **wish)
    names = ["astronaut_smile_take1_seed4", "astronaut_smile_take2_seed5"]
    assert sorted(sample.video.name for sample in samples if sample.video) == [f"{name}.mp4" for name in names]
    others = [f"{name}{ending}" for name in names for ending in (".mp4", ".motion.npz", ".codes.txt")]
    written = {"result.json", "astronaut_smile_side-by-side.mp4", *others}
    assert {path.name for path in (tmp_path / "out").iterdir()} == written
    assert result["side_by_side"] == "astronaut_smile_side-by-side.mp4"
    assert [row["motion"] for row in result["samples"]] == [f"{name}.motion.npz" for name in names]
    _, result, _ = made(tmp_path, motion_only=False, force=True, side_by_side=False, **wish)
    assert {path.name for path in (tmp_path / "out").iterdir()} == written - {"astronaut_smile_side-by-side.mp4"}
    assert result["side_by_side"] is None
    (tmp_path / "out" / "mine_take1_seed4.mp4").touch()
    made(tmp_path, samples=1, seed=9, force=True)
    left = {"result.json", "sample_1.motion.npz", "sample_1.codes.txt", "mine_take1_seed4.mp4"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == left


@pytest.mark.parametrize("strength", [0.0, 0.5, 3.0])
def test_motion_strength_multiplies_the_head_of_what_is_written(
    engine: PlainEngine, tmp_path: Path, strength: float
) -> None:
    samples, result, _ = made(tmp_path, motion_strength=strength)
    for sample in samples:
        assert sample.motion_file is not None
        np.testing.assert_allclose(load_motion(sample.motion_file).head_rotation[:, 1], 0.1 * strength, atol=1e-6)
    assert result["request"]["motion_strength"] == strength


def test_blinks_and_eye_contact_are_in_what_is_written(engine: PlainEngine, tmp_path: Path) -> None:
    (sample,), result, _ = made(tmp_path, samples=1, duration=8.0, blinks=2.0, eye_contact=1.0)
    assert sample.motion_file is not None
    motion = load_motion(sample.motion_file)
    assert motion.channel("eyeBlinkLeft").max() > 0.9  # the engine makes none
    np.testing.assert_allclose(eye_angles(motion.values())[:, 1], -np.rad2deg(0.1), atol=0.9)
    assert (result["request"]["blinks"], result["request"]["eye_contact"]) == (2.0, 1.0)


def test_a_body_is_kept_on_the_whole_way(engine: PlainEngine, tmp_path: Path) -> None:
    """Head strength and an instruction acted on top change the face and leave the body."""
    turns = np.random.default_rng(0).normal(size=(25, 4, 3)).astype(np.float32)
    engine.body = Body(turns, "four joints", np.ones((25, 3), np.float32))
    (sample,), _, _ = made(tmp_path, samples=1, motion_strength=0.5, instruction="smile")
    assert sample.motion is not None and sample.motion_file is not None
    assert sample.motion.channel("mouthSmileLeft").mean() > 0.1
    body = load_motion(sample.motion_file).body
    assert body is not None and body.skeleton == "four joints"
    np.testing.assert_array_equal(body.joints, turns)


def test_words_are_acted_only_where_the_engine_allows_it(engine: PlainEngine, tmp_path: Path) -> None:
    engine.spec = replace(SPEC, layerable=False, adjusts=frozenset({"motion_strength"}))
    (sample,), result, _ = made(tmp_path, samples=1, instruction="smile", blinks=0.5, motion_strength=0.5)
    assert sample.motion is not None and not sample.motion.expression.any()
    assert "Plain cannot change blinks. What you set was left aside." in result["notes"]
    assert any("does not follow instructions" in note for note in result["notes"])


def test_progress_counts_motion_and_drawing_and_never_goes_back(
    engine: PlainEngine, tmp_path: Path, portrait: Path
) -> None:
    _, _, events = made(tmp_path, portrait=portrait, motion_only=False, size=128, instruction="smile")
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    halfway = max(event.fraction for event in events if event.stage == "motion")
    assert halfway > 0.4
    assert {"motion", "render", "done"} <= {event.stage for event in events}
    stills = [(k, event.data["still"]) for k, event in enumerate(events) if "still" in event.data]
    assert [still.shape for _, still in stills] == [(128, 128, 3)] and stills[0][1].std() > 20, "the framed portrait"
    assert stills[0][0] < next(k for k, event in enumerate(events) if event.stage == "motion")


def test_what_was_made_before_a_failure_stays(engine: PlainEngine, tmp_path: Path) -> None:
    engine.breaks_at = 2
    finished = []
    with pytest.raises(RuntimeError, match="on purpose"):
        for sample in generate(Request(output=tmp_path / "o", duration=1.0, samples=3, motion_only=True)):
            finished.append(sample.index)
    assert finished == [1]
    result = json.loads((tmp_path / "o" / "result.json").read_text())
    assert [row["index"] for row in result["samples"]] == [1] and result["complete"] is False


def test_the_first_sample_comes_before_the_last_is_made(engine: PlainEngine, tmp_path: Path) -> None:
    """Sample 1 can be watched while the others are still being made."""
    engine.breaks_at = 3
    takes = generate(Request(output=tmp_path / "o", duration=1.0, samples=3, motion_only=True))
    assert next(takes).index == 1
    takes.close()


def test_the_label_is_in_every_frame_and_in_what_is_told(engine: PlainEngine, tmp_path: Path, portrait: Path) -> None:
    wish: dict[str, Any] = {"portrait": portrait, "motion_only": False, "size": 128, "samples": 1, "duration": 0.4}
    films = {}
    for label in ("", "AI-generated"):
        (sample,), result, _ = made(tmp_path, f"out{label}", label=label, **wish)
        assert sample.video is not None and result["provenance"]["ai_generated"] is True
        films[label] = [snapshot(sample.video, second).astype(int) for second in (0.0, 0.36)]
    for plain, labelled in zip(films[""], films["AI-generated"], strict=True):
        changed = np.abs(plain - labelled).max(2) > 40
        assert changed[110:, :70].mean() > 0.2 and changed[:100].mean() < 0.01


def test_with_nothing_to_draw_on_motion_is_written_and_said(engine: PlainEngine, tmp_path: Path) -> None:
    samples, result, _ = made(tmp_path, motion_only=False)
    assert all(sample.video is None and sample.motion_file is not None for sample in samples)
    assert any("Nothing is drawn" in note for note in result["notes"])


def test_a_lone_take_is_the_one_among_others_with_its_seed(tmp_path: Path) -> None:
    """With the real default engine, and with words acted on top of a style."""
    for name, wish in {"words": {}, "style": {"style": "lively"}}.items():
        wish |= {"instruction": "happy, nods", "options": {"steps": 4}}
        among, _, _ = made(tmp_path, f"{name}-among", samples=3, seed=5, **wish)
        (alone,), _, _ = made(tmp_path, f"{name}-alone", samples=1, seed=7, **wish)
        third = next(sample for sample in among if sample.seed == 7)
        assert third.motion is not None and alone.motion is not None
        np.testing.assert_array_equal(third.motion.values(), alone.motion.values())


def test_motion_is_made_while_what_draws_it_is_prepared(
    engine: PlainEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses_once_motion_is_begun(*_: Any) -> None:
        for _ in range(1000):
            if engine.seen:
                raise InputError("This portrait cannot be drawn.")
            time.sleep(0.01)

    monkeypatch.setattr(views, "open_view", refuses_once_motion_is_begun)
    with pytest.raises(InputError, match="cannot be drawn"):
        made(tmp_path, motion_only=False, head="clay")
    assert not (tmp_path / "out").exists(), "nothing is written for what is refused"
