"""Training of the embedded denoiser on clips of flow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from avatar_app.engines.dawn import diffusion_training as training
from avatar_app.engines.dawn import flow_clips, latents
from avatar_app.engines.dawn.blocks import warp
from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.flow_clips import Clips, make_clips, mirrored, read_clips, smiling, told_of
from avatar_app.engines.dawn.frame_layers import Heads
from avatar_app.engines.dawn.hearing import Articulation
from avatar_app.engines.dawn.renderer import FrameRenderer, flow_of
from avatar_app.engines.dawn.shards import write_shard
from avatar_app.engines.dawn.spoken_motion import ACTED, Talker
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import lip_gaps
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.paths import ASSETS
from avatar_app.speech.recording import load_speech
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.weights import checkpoints_folder

SHAPE = DenoiserConfig(8, 16, 16, 26, 12, 4, window=2, heads=Heads(2, 8), cross_heads=1, predicts="flow")
TINY = training.DiffusionRecipe(steps=12, learning_rate=1e-2, warm_up=3, batch=1, frames=3, config=SHAPE)


def clips(rng: np.random.Generator) -> Clips:
    places = latents.cell_places(8).numpy()
    grid = places + 0.1 * rng.normal(size=(2, 6, 1, 1, 2))
    told = rng.normal(size=(2, 6, 26)).astype(np.float16), rng.normal(size=(2, 6, 6)), rng.normal(size=(2, 6, 2))
    return Clips(
        rng.integers(0, 255, (32, 32, 3), np.uint8),
        np.array([7, 21, 8, 24, 32, 32], np.float32),
        grid.astype(np.float16),
        np.full((2, 6, 8, 8), 255, np.uint8),
        *(part.astype(np.float32) for part in told),
    )


def test_latents_come_back_as_the_flow_they_were() -> None:
    rng = np.random.default_rng(0)
    grid = torch.tensor(rng.uniform(-1, 1, (5, 8, 8, 2)), dtype=torch.float32)
    occlusion = torch.tensor(rng.uniform(0, 1, (5, 8, 8)), dtype=torch.float32)
    latent = latents.to_latent(grid, occlusion)
    assert latent.shape == (3, 5, 8, 8)
    back, kept = flow_of(latents.to_flow(latent))
    torch.testing.assert_close(back, grid)
    torch.testing.assert_close(kept[:, 0], occlusion)
    still = latents.to_latent(latents.cell_places(8)[None], torch.ones(1, 8, 8))
    assert float(still[:2].abs().max()) < 1e-6


def test_what_is_told_follows_head_and_lids() -> None:
    motion, resting = np.zeros((2, 58), np.float32), np.zeros(52, np.float32)
    motion[1, 53], motion[1, 55] = 0.2, 0.1  # turned and moved to the right
    motion[1, ARKIT_INDEX["eyeBlinkLeft"]] = 0.5
    pose, eyes = told_of(motion, resting, np.array([0.3, 0.2], np.float32))
    assert not pose[0].any() and not eyes[0].any()
    assert pose[1, 0] == pytest.approx(-np.degrees(0.2), abs=1e-3) and pose[1, 4] == pytest.approx(7.6)
    assert eyes[1] == pytest.approx([-0.15, 0])


def test_a_mirrored_clip_bends_the_mirrored_picture_as_the_clip_bends_its_own() -> None:
    one = clips(np.random.default_rng(3))
    other = mirrored(one)
    bent, turned = (
        warp(torch.tensor(each.source).permute(2, 0, 1)[None].float(), torch.tensor(each.grid[0, :1]).float())
        for each in (one, other)
    )
    torch.testing.assert_close(turned, bent.flip(-1))
    np.testing.assert_array_equal(other.box, [32 - 21, 32 - 7, 8, 24, 32, 32])
    np.testing.assert_array_equal(other.eyes, one.eyes[..., ::-1])
    np.testing.assert_array_equal(np.sign(other.pose * one.pose)[0, 0], [-1, 1, -1, 1, -1, 1])
    again = mirrored(other)
    for name, values in vars(one).items():
        np.testing.assert_array_equal(getattr(again, name), values)


def test_lips_and_eyes_count_more_than_the_rest() -> None:
    weight = training.importance(torch.tensor([32.0, 96, 24, 104, 128, 128]), 32)
    assert float(weight.mean()) == pytest.approx(1)
    lips, eyes, corner = weight[22, 16], weight[10, 16], weight[0, 0]
    assert lips > 5 * corner and lips > eyes > corner == weight[22, 2]


def test_a_tiny_run_learns(tmp_path: Path) -> None:
    write_shard(tmp_path / "clips_a.safetensors", clips(np.random.default_rng(1)))
    shards, lfg = [tmp_path / "clips_a.safetensors"], tmp_path / "lfg.safetensors"
    torch.manual_seed(0)
    save_file(FrameRenderer((8, 8, 16), 1).state_dict(), lfg)
    path = training.train(tmp_path, shards, lfg, TINY)
    state = load_file(path)
    learned = training.DiffusionStep(TINY)
    learned.network.load_state_dict(state)
    assert FlowDenoiser.like(state, window=2, predicts="flow").config == TINY.config
    fresh = training.DiffusionStep(TINY)
    renderer, places = FrameRenderer((8, 8, 16), 1).eval(), training.FaceEncoder()
    batch = next(
        training.batches([training.encoded(read_clips(path), renderer, places) for path in shards], TINY,
                         np.random.default_rng(2))
    )  # fmt: skip
    errors = []
    for step in (fresh, learned):
        torch.manual_seed(3)
        with torch.no_grad():
            errors.append(sum(float(value) for _ in range(8) for value in step(**batch).values()))
    assert errors[1] < 0.9 * errors[0]


@pytest.fixture(scope="module")
def talker() -> Talker:
    """Who says part of a recording that is silent, then speech."""
    speech = load_speech(ASSETS / "voices" / "reader_man.mp3").samples
    encoder = load_speech_encoder(checkpoints_folder() / "instruct_avatar")
    return Talker.default(Articulation(encoder), [speech[: 60 * 640]])


def test_in_the_first_clips_of_a_portrait_only_the_face_moves(talker: Talker) -> None:
    portrait, rng = load_portrait(ASSETS / "portraits" / "astronaut.jpg"), np.random.default_rng(5)
    made = make_clips(portrait, talker, 64, rng, clips=2, frames=8, still=1)
    assert not made.pose[0].any() and made.pose[1].any()
    places = latents.cell_places(16).numpy()
    moved = np.abs(made.grid[0].astype(np.float32) - made.grid[0, :1].astype(np.float32)).max(axis=(0, -1))
    bottom = int(made.box[3] * 16 / 64)
    assert moved[bottom - 4 : bottom + 1].max() > 0.02 and np.abs(made.grid[0, :, 0] - places[0]).max() < 0.01


def test_lips_are_the_default_engines_and_heard_as_they_will_be(talker: Talker) -> None:
    portrait = load_portrait(ASSETS / "portraits" / "astronaut.jpg")
    motion, heard = talker.speak(portrait, 10, np.random.default_rng(3))
    assert motion.shape == (10, 58) and heard.shape == (10, 26)
    whole = talker.hearing(talker.talks[0], 60, lambda: False).numpy()
    assert np.array_equal(heard, whole[ACTED : ACTED + 10])  # the talk is as long as a part and what goes before
    jaw = motion[:, ARKIT_INDEX["jawOpen"]]
    assert np.ptp(jaw) > 0.02 and np.corrcoef(jaw, heard[:, 0])[0, 1] > 0.5


def test_every_third_portrait_smiles_in_clips_of_its_own(
    talker: Talker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait = load_portrait(ASSETS / "portraits" / "bearded_man.jpg", size=256)
    toothy = load_portrait(smiling(portrait, np.random.default_rng(1)))
    smile = ARKIT_INDEX["mouthSmileLeft"]
    assert toothy.resting[smile] > portrait.resting[smile] + 0.2
    assert lip_gaps(toothy.landmarks).mean() > 1.5 * lip_gaps(portrait.landmarks).mean()
    monkeypatch.setattr(flow_clips, "make_clips", lambda one, *given: made.append(one) or clips(given[-1]))
    made: list[Portrait] = []
    pictures = [ASSETS / "portraits" / f"{name}.jpg" for name in ("astronaut", "bearded_man", "princess")]
    shards = flow_clips.build_clips(tmp_path, pictures, talker, 64, 3)
    assert [path.stem for path in shards[3:]] == ["clips_smiling_bearded_man"] and all(path.exists() for path in shards)
    assert made[3].resting[smile] > made[1].resting[smile] + 0.2
