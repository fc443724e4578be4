"""The one path with the shipped weights: files, determinism, stopping, failing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app import InputError, Request, generate, sample_writer
from avatar_app.engines.instruct_avatar import conditioning
from avatar_app.motion.export.npz import load_motion
from avatar_app.render.video.writer import probe, snapshot
from avatar_app.request import Stopped
from avatar_app.sample import Event, Sample

pytestmark = pytest.mark.usefixtures("heard_once")
SECONDS = 1.2


@pytest.fixture(scope="module")
def sound() -> tuple[int, np.ndarray]:
    """1.2 s of syllables."""
    time = np.arange(int(SECONDS * 16000)) / 16000
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    return 16000, (0.2 * buzz * np.clip(np.sin(2 * np.pi * 4 * time), 0, 1)).astype(np.float32)


def request(sound: Any, portrait: Path | None, output: Path, **more: Any) -> Request:
    wishes: dict[str, Any] = {"samples": 2, "seed": 5, "size": 192, "options": {"steps": 4}} | more
    return Request(audio=sound, portrait=portrait, output=output, **wishes)


@pytest.fixture(scope="module")
def run(
    sound: Any, portrait: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Sample], list[Event], dict[str, Any]]:
    """One finished run of two takes."""
    folder, events = tmp_path_factory.mktemp("run") / "out", []
    samples = list(generate(request(sound, portrait, folder, instruction="happy, juggle three balls"), events.append))
    return folder, samples, events, json.loads((folder / "result.json").read_text())


def test_everything_promised_is_in_the_folder(run: Any) -> None:
    folder, samples, _, _ = run
    wanted = {"side_by_side.mp4", "result.json"}
    wanted |= {f"sample_{k}.{end}" for k in (1, 2) for end in ("mp4", "motion.npz")}
    assert {path.name for path in folder.iterdir()} == wanted
    assert sorted(sample.index for sample in samples) == [1, 2]


def test_videos_play_in_browsers_and_last_as_long_as_the_voice(run: Any) -> None:
    for sample in run[1]:
        facts = probe(sample.video)
        assert (facts["width"], facts["height"]) == (192, 192)
        assert facts["video_seconds"] == pytest.approx(SECONDS, abs=0.04)
        assert abs(facts["video_seconds"] - facts["audio_seconds"]) <= 0.041


def test_takes_move_and_differ(run: Any) -> None:
    first, second = (snapshot(sample.video, 0.8).astype(float) for sample in sorted(run[1], key=lambda s: s.index))
    assert np.abs(first - second).max() > 20
    motions = [load_motion(sample.motion_file) for sample in run[1]]
    assert not np.allclose(motions[0].head_rotation, motions[1].head_rotation)


def test_result_tells_what_was_made_and_what_was_not_understood(run: Any) -> None:
    result = run[3]
    assert result["complete"] and result["engine"]["engine"] == "instruct_avatar"
    assert [sample["seed"] for sample in result["samples"]] == [5, 6]
    assert "happy" in " ".join(result["understood"])
    assert "juggle" in " ".join(result["not_understood"])
    assert result["real_time_factor"] > 0 and {"motion", "render"} <= set(result["seconds"])


def test_progress_never_goes_back_and_ends_at_one(run: Any) -> None:
    fractions = [event.fraction for event in run[2]]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert run[2][-1].stage == "done" and {"provenance": run[3]["provenance"], **run[2][-1].data} == run[3]


def test_repeating_a_request_repeats_it_exactly(sound: Any, tmp_path: Path) -> None:
    runs = [list(generate(request(sound, None, tmp_path / name, motion_only=True, instruction="nod"))) for name in "ab"]
    for a, b in zip(*runs, strict=True):
        assert np.array_equal(a.motion.values(), b.motion.values())


def test_motion_is_made_on_half_of_the_cores_also_alone_as_it_has_to_be_that_of_the_drawn_take(
    sound: Any, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, encode = list[int](), conditioning.encode_articulation

    def noted(*asked: Any) -> Any:
        seen.append(torch.get_num_threads())
        return encode(*asked)

    monkeypatch.setattr(conditioning, "encode_articulation", noted)
    monkeypatch.setattr(sample_writer.os, "cpu_count", lambda: 2)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        (drawn,) = generate(request(sound, portrait, tmp_path / "drawn", samples=1, size=128))
        (alone,) = generate(request(sound, portrait, tmp_path / "alone", samples=1, size=128, motion_only=True))
    finally:
        torch.set_num_threads(threads)
    assert seen == [1, 1] and np.array_equal(drawn.motion.values(), alone.motion.values())


def test_no_voice_lets_the_words_drive(tmp_path: Path) -> None:
    wish = request(None, None, tmp_path / "o", motion_only=True, duration=2.0, instruction="smile", samples=1)
    (sample,) = generate(wish)
    assert len(sample.motion) == 50


def stops_after(count: int) -> Any:
    calls: Iterator[int] = iter(range(10**9))
    return lambda: next(calls) >= count


def test_stop_while_sampling_ends_quietly_with_an_honest_result(sound: Any, tmp_path: Path) -> None:
    assert list(generate(request(sound, None, tmp_path / "o", motion_only=True), should_stop=stops_after(2))) == []
    assert json.loads((tmp_path / "o" / "result.json").read_text())["complete"] is False


def test_stop_while_drawing_keeps_finished_takes(sound: Any, portrait: Path, tmp_path: Path) -> None:
    finished: list[Sample] = []
    wish = request(sound, portrait, tmp_path / "o", samples=4)
    for sample in generate(wish, should_stop=lambda: bool(finished)):
        finished.append(sample)
    assert 1 <= len(finished) < 4
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert names == {"result.json"} | {f"sample_{s.index}.{e}" for s in finished for e in ("mp4", "motion.npz")}
    assert all(probe(sample.video)["video_seconds"] > 1 for sample in finished)


def test_a_take_that_fails_leaves_the_others(
    sound: Any, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sample_writer.write_video

    def breaks_for_the_second(frames: Any, size: Any, path: Path, *rest: Any, **more: Any) -> None:
        if path.name == "sample_2.mp4":
            raise RuntimeError("disk full")
        real(frames, size, path, *rest, **more)

    monkeypatch.setattr(sample_writer, "write_video", breaks_for_the_second)
    finished = []
    with pytest.raises(RuntimeError, match="disk full"):
        for sample in generate(request(sound, portrait, tmp_path / "o", samples=3)):
            finished.append(sample.index)
    assert sorted(finished) == [1, 3]
    assert len(json.loads((tmp_path / "o" / "result.json").read_text())["samples"]) == 2


def test_walking_away_stops_the_work(sound: Any, portrait: Path, tmp_path: Path) -> None:
    takes = generate(request(sound, portrait, tmp_path / "o", samples=4))
    next(takes)
    takes.close()  # a closed browser tab
    assert len(list((tmp_path / "o").glob("*.mp4"))) < 4
    assert len(json.loads((tmp_path / "o" / "result.json").read_text())["samples"]) == 1


def test_results_are_never_overwritten_unasked(run: Any, sound: Any, portrait: Path) -> None:
    before = (run[0] / "result.json").read_bytes()
    with pytest.raises(InputError, match="already holds results"):
        next(generate(request(sound, portrait, run[0])))
    assert (run[0] / "result.json").read_bytes() == before


def test_a_transparent_whole_picture_comes_as_webm_beside_a_grid(sound: Any, portrait: Path, tmp_path: Path) -> None:
    wish = request(sound, portrait, tmp_path / "o", framing="full", background="transparent", audio_to=0.5)
    samples = list(generate(wish))
    assert {sample.video.suffix for sample in samples if sample.video} == {".webm"}
    for sample in samples:
        facts = probe(sample.video)  # type: ignore[arg-type]
        assert (facts["codec"], facts["width"], facts["height"]) == ("vp9", 512, 512)
    assert probe(tmp_path / "o" / "side_by_side.mp4")["codec"] == "h264"
    with pytest.raises(InputError, match="already holds results"):
        next(generate(wish))


@pytest.mark.parametrize("wish", [{"background": "meadow"}, {"points": "chin 1,2"}, {"face": 7}])
def test_bad_wishes_about_the_picture_leave_nothing_behind(
    sound: Any, portrait: Path, tmp_path: Path, wish: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        next(generate(request(sound, portrait, tmp_path / "o", **wish)))
    assert not (tmp_path / "o").exists()


def test_bad_portrait_leaves_nothing_behind(sound: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="face"):
        next(generate(request(sound, np.full((300, 300, 3), 120, np.uint8), tmp_path / "o")))
    assert not (tmp_path / "o").exists()


@pytest.fixture(scope="module")
def photo(sound: Any, portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    (take,) = generate(request(sound, portrait, tmp_path_factory.mktemp("photo") / "out", samples=1))
    return take


@pytest.mark.parametrize("head", ["clay", "textured", "beside"])
def test_the_head_is_drawn_instead_of_the_photo_or_beside_it(
    sound: Any, portrait: Path, photo: Sample, tmp_path: Path, head: str
) -> None:
    wishes = request(sound, portrait, tmp_path / "out", samples=1, head=head, duration=None)
    (take,) = generate(wishes)
    picture, frame = snapshot(photo.video, 0.4), snapshot(take.video, 0.4)
    assert frame.shape == (192, 384 if head == "beside" else 192, 3)
    left = np.abs(frame[:, :192].astype(int) - picture).mean()
    assert left < 3 if head == "beside" else left > 8
    assert (tmp_path / "out" / "sample_1.glb").read_bytes()[:4] == b"glTF"
    np.testing.assert_array_equal(take.motion.values(), photo.motion.values())


def test_a_head_of_clay_needs_no_portrait(sound: Any, tmp_path: Path) -> None:
    (take,) = generate(request(sound, None, tmp_path / "out", samples=1, head="clay"))
    assert snapshot(take.video, 0.4).std() > 10


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"head": "marble"}, "choose one of: clay"),
        ({"head": "textured", "portrait": None}, "portrait is needed"),
        ({"head": "beside", "background": "transparent"}, "Side by side"),
        ({"style": "calm", "engine": "instruct_avatar"}, "choose diffposetalk"),
        ({"style": "nosuch", "engine": "diffposetalk"}, "There is no style"),
        ({"style": "calm", "options": {"guidance": "loose"}}, "incremental or independent"),
    ],
)
def test_heads_and_styles_that_cannot_be_leave_nothing_behind(
    sound: Any, portrait: Path, tmp_path: Path, wishes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        list(generate(request(sound, **{"portrait": portrait, "output": tmp_path / "out"} | wishes)))
    assert not (tmp_path / "out").exists()


def test_an_instruction_is_acted_on_top_of_a_style(sound: Any, tmp_path: Path) -> None:
    def takes(name: str, **more: Any) -> list[Sample]:
        wishes = {"engine": "diffposetalk", "style": "calm", "motion_only": True, "options": {}} | more
        return list(generate(request(sound, None, tmp_path / name, **wishes)))

    plain, same = takes("plain"), takes("same", instruction="  ")
    happy = takes("happy", instruction="very happy, turns the head left")
    without = takes("without", instruction="very happy, without smiling")
    for first, again in zip(plain, same, strict=True):
        np.testing.assert_array_equal(first.motion.values(), again.motion.values())

    def mean(samples: list[Sample], channel: str) -> float:
        return float(np.mean([sample.motion.channel(channel)[10:].mean() for sample in samples]))

    assert mean(happy, "mouthSmileLeft") > mean(plain, "mouthSmileLeft") + 0.2
    assert mean(without, "mouthSmileLeft") < mean(happy, "mouthSmileLeft") - 0.15
    turned = [np.degrees(sample.motion.head_rotation[15:, 1].mean()) for sample in happy]
    straight = [np.degrees(sample.motion.head_rotation[15:, 1].mean()) for sample in plain]
    assert min(np.abs(np.array(turned) - straight)) > 4
    result = json.loads((tmp_path / "happy" / "result.json").read_text())
    assert any("happy" in line for line in result["understood"])


def test_stopping_while_a_style_is_read_ends_quietly(
    sound: Any, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **kwargs: Any) -> None:
        raise Stopped

    monkeypatch.setattr("avatar_app.engines.diffposetalk.engine.resolve_style", stopped)
    events: list[Event] = []
    wishes = request(sound, portrait, tmp_path / "out", engine="diffposetalk", style="calm")
    assert list(generate(wishes, events.append)) == []
    assert events[-1].stage == "done" and not (tmp_path / "out").exists()


def test_a_style_is_spoken_by_the_engine_that_has_styles(sound: Any, portrait: Path, tmp_path: Path) -> None:
    made = {
        style: next(
            generate(
                request(
                    sound, portrait, tmp_path / style, samples=1, motion_only=True, engine="diffposetalk", style=style
                )
            )
        )
        for style in ("smiling", "sad")
    }
    smile = {style: take.motion.channel("mouthSmileLeft").mean() for style, take in made.items()}
    assert smile["smiling"] > smile["sad"] + 0.1
