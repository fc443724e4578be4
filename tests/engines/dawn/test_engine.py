"""DAWN through `generate`, with stand-ins of the published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from avatar_app import generate
from avatar_app.engines.dawn import painting
from avatar_app.engines.dawn.sampling import denoise, denoise_fast
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from tests.engines.dawn.standins import install_published, save_hubert

pytestmark = pytest.mark.usefixtures("alone")
RATE = 16_000


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with the stand-ins at 128 pixels."""
    folder = tmp_path_factory.mktemp("dawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVATAR_CHECKPOINTS", str(folder / "weights"))
        install_published(folder / "mine")
    return folder / "weights"


@pytest.fixture
def drawn(weights: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[np.ndarray]]:
    """The frames of every take that is drawn."""
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(weights))
    takes: list[list[np.ndarray]] = []
    whole = painting.Painter.frames

    def kept(self: Any, sample: Any, should_stop: Any) -> Any:
        takes.append([])
        for frame in whole(self, sample, should_stop):
            takes[-1].append(frame)
            yield frame

    monkeypatch.setattr(painting.Painter, "frames", kept)
    return takes


def sound(seconds: float = 0.3) -> tuple[int, np.ndarray]:
    rng = np.random.default_rng(0)
    return RATE, (0.1 * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def request(folder: Path, portrait: Any, options: dict[str, Any] | None = None, **more: Any) -> Request:
    asked: dict[str, Any] = {"audio": sound(), "samples": 1, "seed": 3, "force": True, "size": 128}
    asked |= {"engine": "dawn", "portrait": portrait, "output": folder / "out"} | more
    return Request(**asked, options={"steps": 2} | (options or {}))


def made(*given: Any, **more: Any) -> list[Sample]:
    return list(generate(request(*given, **more)))


Takes = list[list[np.ndarray]]


def test_each_take_is_what_it_is_alone(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    events: list[Event] = []
    first, second = generate(request(tmp_path, portrait, samples=2), on_event=events.append)
    made(tmp_path, portrait, seed=4)
    assert [len(take) for take in drawn] == [8, 8, 8] and first.video is not None and second.motion is not None
    assert np.array_equal(drawn[1], drawn[2]) and not np.array_equal(drawn[0], drawn[1])
    assert all(frame.shape == (128, 128, 3) for frame in drawn[0])
    told = [event.fraction for event in events if event.stage == "motion"]
    assert len(set(told)) >= 5 and told == sorted(told)  # every denoising step of both takes
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["engine"]["weights"] == "published" and result["engine"]["resolutions"] == ["128"]


def test_frames_are_laid_into_the_picture(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    wide = np.pad(np.asarray(PIL.Image.open(portrait).convert("RGB")), ((0, 0), (0, 200), (0, 0)), "edge")
    made(tmp_path, wide, framing="full")
    frame = drawn[0][4]
    assert frame.shape == wide.shape
    changed = np.abs(frame.astype(int) - wide).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    assert changed.any() and np.ptp(columns) + 1 < 300 and np.ptp(rows) + 1 < 300  # the face's square, and no more
    made(tmp_path, wide, {"show": "square"})
    assert drawn[1][0].shape == (128, 128, 3)


@pytest.mark.parametrize(
    ("options", "more"),
    [({"steps": 3}, {}), ({"solver": "fast"}, {}), ({"guidance": 2.0}, {}), ({"variety": 0.0}, {}),
     ({}, {"motion_strength": 0.0}), ({}, {"audio": sound(0.31)})],
)  # fmt: skip
def test_what_is_asked_reaches_the_frames(
    tmp_path: Path, portrait: Path, drawn: Takes, options: dict[str, Any], more: dict[str, Any]
) -> None:
    made(tmp_path, portrait, {"show": "square"})
    made(tmp_path, portrait, {"show": "square"} | options, **more)
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize(("solver", "sampler", "steps"), [("published", denoise, 20), ("fast", denoise_fast, 6)])
def test_solvers_take_their_steps(
    tmp_path: Path, portrait: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch, solver: str, sampler: Any, steps: int
) -> None:
    seen: list[int] = []

    def counted(predict: Any, *given: Any, **more: Any) -> Any:
        def one(x: Any, step: int) -> Any:
            seen.append(step)
            return 0 * x

        return sampler(one, *given, **more)

    monkeypatch.setattr(painting.sampling, sampler.__name__, counted)
    made(tmp_path, portrait, {"steps": None, "solver": solver, "show": "square"})
    assert len(seen) == steps and seen == sorted(seen, reverse=True)


def test_motion_alone_is_head_and_lids(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    first, second = made(tmp_path, portrait, {"variety": 2.0}, samples=2, motion_only=True)
    assert not drawn and first.motion_file is not None and first.motion is not None and second.motion is not None
    assert len(first.motion) == 8 and np.ptp(first.motion.head_rotation) > 0
    assert not np.array_equal(first.motion.head_rotation, second.motion.head_rotation)


def test_what_cannot_be_done_is_said(tmp_path: Path, portrait: Path, drawn: Takes) -> None:
    blank = np.full((200, 200, 3), 128, np.uint8)
    for picture, options, more, said in (
        (portrait, {"resolution": "256"}, {}, "DAWN at 256 pixels these are not installed: DAWN_256.pth, LFG_256"),
        (portrait, {}, {"head": "clay"}, "no 3-D head"),
        (portrait, {}, {"background": "#204060"}, "choose the background original"),
        (portrait, {}, {"audio": None, "instruction": "nods", "duration": 1.0}, "needs a voice"),
        (blank, {}, {"detector": "mediapipe"}, "No face was found"),
    ):
        with pytest.raises(InputError, match=said):
            made(tmp_path, picture, options, **more)
    assert not drawn


def test_a_hubert_of_another_size_is_told(
    tmp_path: Path, portrait: Path, weights: Path, drawn: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "weights"
    (other / "downloads").mkdir(parents=True)
    (other / "downloads" / "dawn_published").mkdir()
    for path in (weights / "downloads" / "dawn_published").iterdir():
        if path.name != "hubert":
            (other / "downloads" / "dawn_published" / path.name).symlink_to(path)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(other))
    with pytest.raises(InputError, match="folder hubert-large-ls960-ft"):
        made(tmp_path, portrait)
    save_hubert(other / "downloads" / "dawn_published" / "hubert", width=16)
    with pytest.raises(InputError, match="gives 16 values a frame and DAWN hears 32"):
        made(tmp_path, portrait)
