"""The embedded networks, with weights whose frames are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app import generate
from avatar_app.engines.dawn import engine, painting
from avatar_app.engines.dawn.behind import behind_person
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser, Told
from avatar_app.engines.dawn.embedded import load_embedded, save_embedded
from avatar_app.engines.dawn.frame_layers import Heads
from avatar_app.engines.dawn.initial_state import initial_state
from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import clean, noise_of
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.request import InputError, Request
from avatar_app.speech.trained import untrained
from tests.engines.dawn.test_engine import sound

pytestmark = pytest.mark.usefixtures("alone")


UNTOLD = {"max_distance": 64, "window": 100, "smoothing": {"pose": [2.0, 8.0], "blink": []}, "anchored": ["pose"]}


def save_resting(folder: Path, kept: float = 1.0, backed: bool = False) -> Path:
    """A model whose flow is none and which shows all of the portrait: frames are the portrait's square.

    kept: 1 as it is, -1 all of it painted anew; backed: with what lies behind the person, wherever that may show.
    """
    torch.manual_seed(0)
    shape = DenoiserConfig(8, 16, 16, 26, 12, 4, window=2, heads=Heads(2, 8), cross_heads=1, predicts="flow")
    denoiser = FlowDenoiser(shape).state_dict()
    denoiser["final_conv.1.weight"], denoiser["final_conv.1.bias"] = torch.zeros(2, 8, 1, 1, 1), torch.zeros(2)
    denoiser["occlusion_map.1.weight"], denoiser["occlusion_map.1.bias"] = (
        torch.zeros(1, 8, 1, 1, 1),
        torch.full((1,), float(kept)),
    )
    motion = PbnetConfig(6, 16, 1, 16, audio=26, audio_width=16, latent=8, buckets=32, max_distance=64)
    renderer = FrameRenderer((8, 8, 16), 1, backed).state_dict()
    if backed:
        renderer["hollow.weight"], renderer["hollow.bias"] = torch.zeros(1, 8, 7, 7), torch.full((1,), 20.0)
    parts = {
        "renderer": renderer,
        "denoiser": denoiser,
        "pose": MotionDecoder(motion).state_dict(),
        "blink": MotionDecoder(PbnetConfig(**{**vars(motion), "values": 2})).state_dict(),
    }
    about = {"denoiser": {"window": 2, "predicts": "flow"}, "motion": UNTOLD}
    save_embedded(parts, untrained(), folder / "dawn", **about)
    return folder


def drawn(portrait: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: str | float) -> list[np.ndarray]:
    """Frames that `generate` draws with the model in a folder, before they are compressed."""
    frames: list[np.ndarray] = []
    whole = painting.Painter.frames
    asked = {
        "engine": "dawn",
        "weights": "embedded",
        "samples": 1,
        "seed": 3,
        "options": {"show": "square", "steps": 3} | options,
    }
    with monkeypatch.context() as patch:
        patch.setenv("AVATAR_CHECKPOINTS", str(folder))
        patch.setattr(
            painting.Painter, "frames", lambda *given: (frames.append(frame) or frame for frame in whole(*given))
        )
        (sample,) = generate(Request(audio=sound(), portrait=portrait, output=folder / "out", force=True, **asked))
    assert sample.video is not None and len(frames) == 8
    return frames


def test_no_flow_draws_the_portrait_as_it_is(tmp_path: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = drawn(portrait, save_resting(tmp_path), monkeypatch)
    crop = initial_state(load_portrait(portrait), 128).crop
    inside = np.s_[4:-4, 4:-4]
    assert max(np.abs(frame[inside].astype(int) - crop[inside]).mean() for frame in frames) < 2.5


def test_what_a_head_lays_bare_is_what_lies_behind(
    tmp_path: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = drawn(portrait, save_resting(tmp_path, kept=-1, backed=True), monkeypatch)
    seen = load_portrait(portrait)
    state = initial_state(seen, 128)
    behind = behind_person(seen, state.square, state.crop)
    head = np.abs(state.crop.astype(int) - behind[..., :3]).max(2) > 40
    bare, deep = (head & (behind[..., 3] == value) for value in (255, 0))
    assert bare.sum() > 100 and deep.sum() > 1000 and not behind[75:90, 56:72, 3].any()  # the mouth
    for frame in frames:
        off = np.abs(frame.astype(int) - behind[..., :3]).max(2)
        assert off[bare].max() <= 2 and off[deep].mean() > 20


def test_bfloat16_hardly_differs(tmp_path: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[torch.dtype] = []
    given = engine.ClipDenoiser

    def spy(*args: Any, **more: Any) -> ClipDenoiser:
        made = given(*args, **more)
        used.append(next(made.model.parameters()).dtype)
        return made

    monkeypatch.setattr(engine, "ClipDenoiser", spy)
    folder = save_resting(tmp_path)
    whole, half = (drawn(portrait, folder, monkeypatch, precision=name) for name in ("float32", "bfloat16"))
    assert used == [torch.float32, torch.bfloat16]
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(whole, half, strict=True)) < 2
    torch.manual_seed(1)
    model = load_embedded(folder / "dawn").denoiser
    for head in (model.final_conv, model.occlusion_map):
        torch.nn.init.normal_(head[1].weight, std=0.3)
    told = model.tell(torch.randn(1, 16, 8, 8), torch.rand(1, 16, 8, 8), torch.randn(1, 6, 42))
    one, other = (ClipDenoiser(model, dtype=dtype)(torch.randn(3, 6, 8, 8, generator=torch.Generator().manual_seed(2)),
                                                   500, told) for dtype in used)  # fmt: skip
    assert other.dtype == torch.float32 and 0 < float((one - other).abs().mean()) < 0.05 * float(one.std())


def test_networks_come_back_with_what_tensors_do_not_tell(tmp_path: Path) -> None:
    networks = load_embedded(save_resting(tmp_path) / "dawn")
    assert networks.denoiser.config.window == 2 and networks.denoiser.config.heads == Heads(2, 8)
    assert networks.pose.config.window == 100 and networks.blink.config.values == 2
    assert networks.pose.config.smoothing == (2.0, 8.0) and networks.blink.config.smoothing == ()
    assert networks.pose.config.anchored and not networks.blink.config.anchored
    first = torch.zeros(1, 1, 6), torch.randn(1, 9, 26), torch.randn(1, 9, 8)
    moved = networks.pose(*first)[0].detach()
    assert not moved[0].any() and moved[1:].abs().max() > 0  # the head begins as in the portrait
    assert not networks.renderer.training and networks.memory > 0


def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    folder = save_resting(tmp_path) / "dawn"
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match=r"another version .*: fetch the repository again"):
        load_embedded(folder)
    (folder / "config.json").unlink()
    with pytest.raises(InputError, match=r"lacks config\.json"):
        load_embedded(folder)


def test_noise_and_clean_flow_tell_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    x, x0 = torch.randn(2, 1, 3, 2, 4, 4, generator=generator)
    for step in (1, 400, 950):
        torch.testing.assert_close(clean(x, noise_of(x, x0, step), step), x0, atol=1e-3, rtol=1e-3)


def test_frames_begin_alike_and_the_voice_guides(
    tmp_path: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[torch.Tensor] = []
    heard: list[torch.Tensor] = []

    class Spy(ClipDenoiser):
        def __call__(self, latent: torch.Tensor, step: int, told: Told) -> torch.Tensor:
            begun.append(latent)
            heard.append(told.memories[0][1].gain)  # of the sound
            return super().__call__(latent, step, told)

    monkeypatch.setattr(engine, "ClipDenoiser", Spy)
    folder = save_resting(tmp_path)
    drawn(portrait, folder, monkeypatch)
    assert len(begun) == 2 * 3 and torch.equal(begun[0][:, :1].expand_as(begun[0]), begun[0])
    assert heard[0].std(dim=0).max() > 0 and float(heard[1].std(dim=0).max()) == 0
    drawn(portrait, folder, monkeypatch, guidance=1.0)
    assert len(begun) == 3 * 3


def test_turned_faces_are_told_that_lips_follow_less(
    tmp_path: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar_app.engines.dawn.engine.head_pose", lambda marks: (0.0, -25.0, 0.0))
    drawn(portrait, save_resting(tmp_path), monkeypatch)
    notes = json.loads(next(tmp_path.rglob("result.json")).read_text())["notes"]
    assert any("turned by 25 degrees" in note for note in notes)
