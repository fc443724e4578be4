"""DAWN through `generate`, with stand-ins of the published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from avatar_app import generate, presets
from avatar_app.engines.dawn import painting
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.drive import BLINKS, Drive, motion_of, told
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.long_clips import LongDenoiser, told_of
from avatar_app.engines.dawn.sampling import denoise, denoise_fast
from avatar_app.engines.dawn.spec import SPEC
from avatar_app.inputs.portrait import portrait as reading
from avatar_app.motion.clip import MotionClip
from avatar_app.request import InputError, Request, Stopped
from avatar_app.sample import Event, Sample
from tests.engines.dawn.standins import install_published, save_hubert
from tests.published_runs import with_instructions

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
def drawn(weights: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[np.ndarray]]:
    """The frames of every take that is drawn."""
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(weights))
    monkeypatch.setattr(reading, "load_portrait", read)
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
    asked: dict[str, Any] = {
        "audio": sound(),
        "samples": 1,
        "seed": 3,
        "force": True,
        "size": 128,
        "weights": "published",
    }
    asked |= {"engine": "dawn", "portrait": portrait, "output": folder / "out"} | more
    return Request(**asked, options={"steps": 2} | (options or {}))


def made(*given: Any, **more: Any) -> list[Sample]:
    return list(generate(request(*given, **more)))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the network something that sees the same of every frame."""

    def noise(self: Any, latent: torch.Tensor, step: int, told: Any) -> torch.Tensor:
        seen = sum(memory.gain.mean(dim=(1, 2)) for memory in told.memories[0])
        return 0.3 * latent + seen[:, None, None] + told.start.mean()

    monkeypatch.setattr(ClipDenoiser, "__call__", noise)


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


def test_frames_are_laid_into_the_picture(tmp_path: Path, portrait: Path, drawn: Takes, quick: None) -> None:
    wide = np.pad(np.asarray(PIL.Image.open(portrait).convert("RGB")), ((0, 0), (0, 200), (0, 0)), "edge")
    made(tmp_path, wide, framing="full")
    frame = drawn[0][4]
    assert frame.shape == wide.shape
    changed = np.abs(frame.astype(int) - wide).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    assert changed.any() and np.ptp(columns) + 1 < 300 and np.ptp(rows) + 1 < 300  # the face's square, and no more
    made(tmp_path, wide, {"show": "square"})
    assert drawn[1][0].shape == (128, 128, 3)


def test_what_is_asked_reaches_the_frames(tmp_path: Path, portrait: Path, drawn: Takes, quick: None) -> None:
    asked: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({}, {}), ({"steps": 3}, {}), ({"solver": "fast"}, {}), ({"guidance": 2.0}, {}), ({"variety": 0.0}, {}),
        ({}, {"motion_strength": 0.0}), ({}, {"audio": sound(0.31)}),
    )  # fmt: skip
    for options, more in asked:
        made(tmp_path, portrait, {"show": "square"} | options, **more)
    assert all(not np.array_equal(drawn[0], take) for take in drawn[1:]) and len(drawn) == len(asked)


@pytest.mark.parametrize(
    ("preset", "solver", "sampler", "steps"),
    [
        ("balanced", "published", denoise, 20),
        ("balanced", "fast", denoise_fast, 6),
        ("fast", "auto", denoise_fast, 6),
        ("best", "auto", denoise, 50),
    ],
)
def test_solvers_take_their_steps(
    tmp_path: Path,
    portrait: Path,
    drawn: Takes,
    monkeypatch: pytest.MonkeyPatch,
    preset: str,
    solver: str,
    sampler: Any,
    steps: int,
) -> None:
    seen: list[int] = []

    def counted(predict: Any, *given: Any, **more: Any) -> Any:
        def one(x: Any, step: int) -> Any:
            seen.append(step)
            return 0 * x

        return sampler(one, *given, **more)

    monkeypatch.setattr(painting.sampling, sampler.__name__, counted)
    wanted = presets.options_of(SPEC, "published", preset)
    made(tmp_path, portrait, {"steps": None, "solver": solver, "show": "square"} | wanted)
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


def test_long_clips_are_denoised_in_windows_and_short_ones_as_one() -> None:
    torch.manual_seed(0)
    model = FlowDenoiser(DenoiserConfig(8, 16, 16, 8)).eval().requires_grad_(False)
    whole = ClipDenoiser(model)
    told = model.tell(torch.rand(1, 16, 8, 8), torch.rand(1, 16, 8, 8), torch.randn(1, 30, 16))
    x = torch.randn(3, 30, 8, 8)
    as_one = LongDenoiser(whole, lambda: False)(x, 500, told)
    assert torch.equal(as_one, whole(x, 500, told))
    parts = LongDenoiser(whole, lambda: False, most=20 * 64, overlap=10)(x, 500, told)
    ends = [whole(x[:, part], 500, told_of(told, part)) for part in (slice(0, 20), slice(10, 30))]
    assert torch.allclose(parts[:, :10], ends[0][:, :10], atol=1e-5)
    assert torch.allclose(parts[:, 20:], ends[1][:, 10:], atol=1e-5)
    middle = (parts[:, 15] - ends[0][:, 15]) / (ends[1][:, 5] - ends[0][:, 15])
    assert torch.allclose(middle.median(), torch.tensor(0.55), atol=1e-3)  # the share of the second window there
    with pytest.raises(Stopped):
        LongDenoiser(whole, lambda: True, most=20 * 64, overlap=10)(x, 500, told)


def test_lids_and_head_are_told_as_they_were_changed() -> None:
    rng = np.random.default_rng(0)
    first = np.array([5, -3, 2, 4.79e-4, 56.5, 64.9], np.float32), np.array([0.3, 0.28], np.float32)
    drive = Drive(
        (first[0] + rng.normal(0, 4, (6, 6))).astype(np.float32),
        (first[1] * rng.uniform(0.2, 1.2, (6, 2))).astype(np.float32), 0, print,
    )  # fmt: skip
    motion = motion_of(drive, first)
    pose, eyes = told(drive, motion, first)
    assert np.allclose(pose, drive.pose, atol=1e-3) and np.allclose(eyes, drive.eyes, atol=1e-5)
    still, _ = told(drive, motion.with_head_strength(0.0), first)
    assert np.allclose(still[:, :3], first[0][:3], atol=1e-3) and np.array_equal(still[:, 3:], drive.pose[:, 3:])
    nodding = MotionClip(
        motion.expression.copy(), motion.head_rotation + np.float32([0.2, 0, 0]), motion.head_translation
    )
    assert (told(drive, nodding, first)[0][:, 1] > pose[:, 1] + 8).all()  # degrees down
    nodding.expression[:, BLINKS] = 1
    assert (told(drive, nodding, first)[1] < 0.06).all()


def test_the_square_around_a_face_lies_inside_the_picture(portrait: Path, read: Any) -> None:
    state = initial_state(read(portrait, None, 512, "auto", "bust", ""), 128)
    left, top, side = state.square
    assert left >= 0 and top >= 0 and left + side <= 512 and top + side <= 512 and state.crop.shape == (128, 128, 3)
    low_x, high_x, low_y, high_y = state.box[:4]
    assert 0.4 < (high_x - low_x) / 128 < 0.65 and 0.4 < (high_y - low_y) / 128 < 0.65
    assert (state.eyes > 0.15).all() and (state.eyes < 0.5).all() and (np.abs(state.pose[:3]) < 25).all()


def test_colours_of_the_square_are_moved_to_the_pictures() -> None:
    canvas = np.full((100, 140, 3), (90, 120, 150), np.uint8)
    canvas[::2] += 6
    picture = painting.Picture(canvas, (30, 20, 60), (0, 0, 140, 100))
    frame = np.full((30, 30, 3), (102, 111, 153), np.uint8)
    made = picture.with_square(frame).astype(int)
    assert np.array_equal(made[:20], canvas[:20]) and np.array_equal(made[:, :30], canvas[:, :30])
    assert np.abs(made[40:60, 50:70] - (93, 123, 153)).max() <= 3  # the square's own pixels, in the picture's colours


def test_an_instruction_moves_the_head_and_the_pictures(
    tmp_path: Path, portrait: Path, drawn: Takes, quick: None, weights: Path
) -> None:
    with_instructions(weights)
    wishes = {"audio": sound(1.0), "instruction": "closes both eyes and nods strongly"}
    plain, told = made(tmp_path, portrait, audio=sound(1.0))[0], made(tmp_path, portrait, **wishes)[0]
    assert plain.motion is not None and told.motion is not None
    assert np.abs(told.motion.head_rotation - plain.motion.head_rotation).max() > 0.05
    lids, plain_lids = (clip.expression[:, BLINKS].max(axis=0) for clip in (told.motion, plain.motion))
    assert (lids > 0.95).all() and (lids > plain_lids + 0.2).any()
    assert not np.array_equal(drawn[0], drawn[1])
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert any("feelings and other actions of the face are left aside" in note for note in result["notes"])
