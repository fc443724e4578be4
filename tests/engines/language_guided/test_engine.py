"""Language-guided animation through `generate`, with stand-ins of the published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from avatar_app import generate
from avatar_app.cli.app import app
from avatar_app.engines.language_guided import checkpoint, painting, portrait_codes
from avatar_app.engines.language_guided.acting import Take, path_frames, places_of
from avatar_app.engines.language_guided.inversion import CodeSearch, code_spread
from avatar_app.engines.language_guided.loading import generator_from
from avatar_app.engines.language_guided.prompts import as_learned
from avatar_app.engines.language_guided.synthesis import StripSynthesis
from avatar_app.engines.registry import engine_store
from avatar_app.inputs.portrait import portrait as reading
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from tests.engines.language_guided.standins import FACES, generator_state, install_published, save_encoder
from tests.published_runs import with_instructions

pytestmark = pytest.mark.usefixtures("alone")
Takes = list[list[np.ndarray]]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with the stand-ins, without e4e."""
    folder = tmp_path_factory.mktemp("language_guided")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVATAR_CHECKPOINTS", str(folder / "weights"))
        with_instructions(folder / "weights")
        install_published(folder / "mine")
    return folder / "weights"


@pytest.fixture
def drawn(weights: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> Takes:
    """The frames of every take that is drawn."""
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(weights))
    monkeypatch.setattr(reading, "load_portrait", read)
    return keep_frames(monkeypatch)


def keep_frames(monkeypatch: pytest.MonkeyPatch) -> Takes:
    """Fills with the frames of every take that is drawn from here on."""
    takes: Takes = []
    whole = painting.FacePainter.frames

    def kept(self: Any, sample: Any, should_stop: Any) -> Any:
        takes.append([])
        for frame in whole(self, sample, should_stop):
            takes[-1].append(frame)
            yield frame

    monkeypatch.setattr(painting.FacePainter, "frames", kept)
    return takes


def request(folder: Path, portrait: Any, options: dict[str, Any] | None = None, **more: Any) -> Request:
    asked: dict[str, Any] = {"instruction": "smiling", "duration": 0.4, "samples": 1, "seed": 3, "force": True}
    asked |= {
        "engine": "language_guided",
        "weights": "published",
        "portrait": portrait,
        "output": folder / "out",
        "size": 128,
    } | more
    return Request(**asked, options={"inversion_steps": 3} | (options or {}))


def made(*given: Any, **more: Any) -> list[Sample]:
    return list(generate(request(*given, **more)))


def moved(take: list[np.ndarray], a: int, b: int) -> float:
    return float(np.abs(take[a].astype(float) - take[b]).mean())


def test_each_take_is_what_it_is_alone(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    events: list[Event] = []
    engine_store()._slots.clear()  # nothing is remembered of the portrait
    first, second = generate(request(tmp_path, portrait, samples=2), on_event=events.append)
    made(tmp_path, portrait, seed=4)
    assert [len(take) for take in drawn] == [10, 10, 10] and first.video is not None and second.motion is None
    assert np.array_equal(drawn[1], drawn[2]) and not np.array_equal(drawn[0], drawn[1])
    assert drawn[0][0].shape == (32, 32, 3)
    told = [event.fraction for event in events if event.stage == "motion"]
    assert len(set(told)) >= 4 and told == sorted(told)  # every step of the search
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["engine"]["generators"] == ["ffhq"] and result["complete"]


def test_the_command_makes_takes_without_a_voice(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    words = [
        "generate",
        "--engine",
        "language_guided",
        "--weights",
        "published",
        "--portrait",
        str(portrait),
        "--instruction",
        "smiling",
    ]
    more = ["--duration", "0.4", "--inversion-steps", "3", "--loop", "--samples", "1", "--output", str(tmp_path / "o")]
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o" / "sample_1.mp4").stat().st_size > 0
    assert moved(drawn[0], 0, 9) < moved(drawn[0], 0, 5)


def test_the_face_begins_at_rest_and_nothing_jumps(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    made(tmp_path, portrait, {"variation": 0.0, "strength": 3.0})
    made(tmp_path, portrait, {"variation": 0.0, "strength": 0.0})
    moving, still = drawn
    assert all(np.array_equal(still[0], frame) for frame in still) and np.array_equal(moving[0], still[0])
    steps = [moved(moving, k, k + 1) for k in range(9)]
    assert moved(moving, 0, 9) > 5 and 0 < steps[0] < np.median(steps) and steps[-1] < np.median(steps)


def test_what_is_asked_reaches_the_frames(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    asked: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({}, {}), ({"strength": 2.0}, {}), ({"unfold": 0.1}, {}), ({"loop": True}, {}), ({"variation": 0.0}, {}),
        ({"truncation": 0.5}, {}), ({"inversion_steps": 5}, {}), ({"with_picture": False}, {}),
        ({}, {"instruction": "angry"}), ({}, {"duration": 0.5}), ({}, {"seed": 5}),
    )  # fmt: skip
    for options, more in asked:
        made(tmp_path, portrait, options, **more)
    assert len(drawn) == len(asked)
    for k, take in enumerate(drawn[1:], 1):
        assert not np.array_equal(drawn[0][-1], take[-1]), asked[k]


def test_takes_differ_in_their_start_their_noise_and_how_far_they_go(
    tmp_path: Path, portrait: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    acted: list[Take] = []
    frames = painting.FacePainter.frames

    def kept(self: Any, sample: Any, should_stop: Any) -> Any:
        acted.append(sample.native)
        return frames(self, sample, should_stop)

    monkeypatch.setattr(painting.FacePainter, "frames", kept)
    made(tmp_path, portrait, {"strength": 0.0}, samples=2)
    made(tmp_path, portrait, samples=2)
    assert not np.array_equal(drawn[0][0], drawn[1][0])  # a face at rest is of another noise
    assert acted[2].strength != acted[3].strength and not torch.equal(acted[2].codes, acted[3].codes)


def test_takes_are_alike_without_variation(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    made(tmp_path, portrait, {"variation": 0.0}, samples=2)
    assert np.array_equal(drawn[0], drawn[1])


def test_a_portrait_is_searched_once_and_its_time_told(
    tmp_path: Path, portrait: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    run = CodeSearch.run

    def counted(self: Any, steps: int, *more: Any) -> Any:
        searches.append(steps)
        return run(self, steps, *more)

    monkeypatch.setattr(CodeSearch, "run", counted)
    monkeypatch.setattr(portrait_codes, "SLOW", 0.0)
    for _ in range(2):
        made(tmp_path, portrait, {"inversion_steps": 4})
        notes = json.loads((tmp_path / "out" / "result.json").read_text())["notes"]
        assert any("seconds for 4 steps" in note for note in notes) == (len(drawn) == 1)
    assert searches == [1, 4]  # one is timed
    assert np.array_equal(drawn[0], drawn[1])


def test_an_encoder_of_this_generator_takes_the_searchs_place(
    tmp_path: Path, portrait: Path, weights: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, portrait)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))
    with_instructions(tmp_path / "weights")
    install_published(tmp_path / "mine")
    checkpoint.install(save_encoder(tmp_path / "e4e.pt", seed=1))  # another generator's
    made(tmp_path, portrait)
    assert np.array_equal(drawn[0], drawn[1])
    checkpoint.install(save_encoder(tmp_path / "e4e.pt"))
    engine_store()._slots.clear()
    monkeypatch.setattr(CodeSearch, "run", None)
    made(tmp_path, portrait)
    assert not np.array_equal(drawn[1][0], drawn[2][0])


def test_the_search_can_be_stopped(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    engine_store()._slots.clear()
    events: list[Event] = []

    def stop() -> bool:
        return any(event.stage == "motion" and event.fraction > 0.1 for event in events)

    asked = request(tmp_path, portrait, {"inversion_steps": 500})
    assert list(generate(asked, events.append, stop)) == [] and not drawn
    assert max(event.fraction for event in events if event.stage == "motion") < 0.2


def test_few_frames_are_drawn_at_once(
    tmp_path: Path, portrait: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    forward = StripSynthesis.__call__

    def counted(self: Any, codes: torch.Tensor, *more: Any) -> Any:
        seen.append(len(codes))
        return forward(self, codes, *more)

    made(tmp_path, portrait, {"loop": True})
    monkeypatch.setattr(StripSynthesis, "__call__", counted)
    monkeypatch.setattr(painting, "PIXELS_AT_ONCE", 4 * 32 * 32)
    made(tmp_path, portrait, {"loop": True})
    assert seen == [4, 4, 2]
    assert np.abs(np.subtract(drawn[0], drawn[1], dtype=np.int16)).max() <= 1


def test_what_cannot_be_done_is_said(
    tmp_path: Path, portrait: Path, weights: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = np.random.default_rng(0).integers(60, 180, (128, 128, 3), np.uint8)
    there = "eye_left 100,50; eye_right 28,50; mouth_left 90,105; mouth_right 38,105; chin 64,127"
    for picture, options, more, said in (
        (portrait, {"generator": "metfaces"}, {}, "generator metfaces is not installed, only ffhq"),
        (portrait, {}, {"head": "clay"}, "no 3-D head"),
        (portrait, {}, {"background": "#204060"}, "choose the background original"),
        (portrait, {}, {"motion_only": True}, "makes frames and no motion file"),
        (portrait, {}, {"instruction": ""}, "needs an instruction"),
        (close, {}, {"points": there}, "square that the generator draws is in the picture"),
    ):
        with pytest.raises(InputError, match=said):
            made(tmp_path, picture, options, **more)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))
    install_published(tmp_path / "mine")
    for path in (tmp_path / "weights").rglob("clip/*"):
        path.unlink()
    with pytest.raises(InputError, match=r"not installed: the folder of a CLIP \(such as openai/clip-vit"):
        made(tmp_path, portrait)
    assert not drawn


def test_voices_and_times_are_told_to_be_left_aside(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    sound = 16_000, (0.1 * np.random.default_rng(0).standard_normal(8000)).astype(np.float32)
    made(tmp_path, portrait, audio=sound, instruction="at 0.2 s smile")
    notes = " ".join(json.loads((tmp_path / "out" / "result.json").read_text())["notes"])
    assert "without lips" in notes and "times, counts" in notes


def test_the_search_comes_near_a_picture_of_the_generators_own() -> None:
    generator = generator_from(generator_state(), "tiny")
    mean, spread = code_spread(generator)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        target = generator(generator.spread(generator.map(torch.randn(1, 32, generator=random))))
    search = CodeSearch(generator, mean, spread, target)
    steps: list[float] = []
    found = search.run(60, steps.append, lambda: False)
    with torch.no_grad():
        before, after = (
            float((generator(codes) - target).abs().mean()) for codes in (generator.spread(mean[None]), found)
        )
    assert after < 0.5 * before and len(steps) == 60 and found.shape == (1, FACES.latents, 32)


def test_clips_of_any_length_unfold_and_loops_close() -> None:
    assert path_frames(125, None, False) == 125 and path_frames(125, 1.6, False) == 41
    assert path_frames(125, None, True) == 63 and path_frames(8, 5.0, False) == 8 and path_frames(2, 0.1, True) == 2
    held = places_of(125, 41, False)
    assert held[0] == 0 and held[40] == held[-1] == 40 and 0 < held[1] < 0.1 and np.isclose(held[20], 20)
    loop = places_of(125, 20, True)
    assert loop[0] == 0 and loop.max() <= 19 and loop[-1] < 0.5 and np.allclose(loop[1:], loop[:0:-1], atol=1e-4)


def test_words_that_were_learned_stand_in_their_sentence() -> None:
    assert as_learned(" Duck lips. ") == "The person is duck lips." and as_learned("she smiles") == "she smiles"
