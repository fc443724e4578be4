"""Installing files of the user's own: what is recognised, what is missing, and what is not what it should be."""

from __future__ import annotations

import logging
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.engines.language_guided import checkpoint
from avatar_app.engines.language_guided.clip_resnet import AttentionPool, ResnetWords
from avatar_app.engines.language_guided.paths import installed_folder, what_is_missing
from avatar_app.request import InputError
from tests.engines.language_guided.standins import (
    ENCODER,
    FACES,
    LETTERS,
    MOTION,
    clip_resnet,
    save_clip,
    save_encoder,
    save_generator,
    save_motion,
    save_published,
)

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))


def test_files_are_installed_by_the_command_whatever_they_are_called(tmp_path: Path) -> None:
    mine = save_published(tmp_path / "mine")
    (mine / "Iter_005000.pth").rename(mine / "best.pth")
    (mine / "stylegan2-ffhq-config-f.pt").rename(mine / "faces.pt")
    save_generator(mine / "stylegan2-awesome-network-snapshot-metfaces2.pt", seed=1)
    save_encoder(mine / "e4e_ffhq_encode.pt")
    done = CliRunner().invoke(app, ["download", "language_guided", "--from", str(mine)])
    assert done.exit_code == 0, done.output
    names = {path.name for path in installed_folder().iterdir()}
    assert names == {
        "generator_other.safetensors", "generator_metfaces.safetensors", "motion.safetensors", "encoder.safetensors",
        "clip",
    }  # fmt: skip
    assert what_is_missing() == ""
    networks = checkpoint.load_networks("other")
    assert networks.generator.config == FACES and networks.motion.config == MOTION and networks.encoder is not None
    assert torch.equal(networks.mean, torch.full_like(networks.mean, 0.1)) and networks.words.width == 16
    assert checkpoint.load_networks("metfaces").encoder is None  # its own generator lies in the encoder's file


def test_what_is_missing_is_named_with_its_owner_and_terms(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for said in ("stylegan2-ffhq-config-f.pt", "none was ever published", "openai/clip-vit-base-patch32"):
        assert said in what_is_missing()
    with caplog.at_level(logging.WARNING):
        checkpoint.install(save_generator(tmp_path / "stylegan2-ffhq-config-f.pt"))
    assert "not for commercial use" in caplog.text and "StyleGAN2 generator" not in what_is_missing()
    with pytest.raises(InputError, match="a motion model"):
        checkpoint.load_networks("ffhq")


def test_a_generator_without_its_mean_draws_one(tmp_path: Path) -> None:
    mine = save_published(tmp_path / "mine")
    content = torch.load(mine / "stylegan2-ffhq-config-f.pt", weights_only=True)
    torch.save({"g_ema": content["g_ema"]}, mine / "stylegan2-ffhq-config-f.pt")
    checkpoint.install(mine)
    networks = checkpoint.load_networks("ffhq")
    assert networks.mean.shape == (32,) and networks.mean.std() > 0 and (networks.spread > 0).all()


def test_a_clip_that_was_trained_with_the_motion_model_is_used(tmp_path: Path) -> None:
    mine, clip = save_published(tmp_path / "mine"), clip_resnet()
    save_motion(mine / "Iter_005000.pth", clip=clip.state_dict())
    save_clip(tmp_path / "mine" / "clip-vit", width=12)  # only its tokens are needed then
    checkpoint.install(mine)
    words = checkpoint.load_networks("ffhq").words
    assert isinstance(words, ResnetWords)
    tokens = torch.tensor([[len(LETTERS), 3, 36, len(LETTERS) + 1]])
    with torch.inference_mode():
        assert torch.equal(words.text("di"), clip.text(tokens))
        assert words.picture(torch.rand(1, 3, 32, 32)).shape == (1, 16)
    save_motion(mine / "Iter_005000.pth")
    checkpoint.install(mine / "Iter_005000.pth")
    with pytest.raises(InputError, match="CLIP gives 12 numbers and the motion model reads 16"):
        checkpoint.load_networks("ffhq")


@torch.inference_mode()
def test_words_are_embedded_as_by_transformers_and_features_pooled_as_by_torch() -> None:
    from transformers import CLIPTextConfig, CLIPTextModel

    clip = clip_resnet()
    config = CLIPTextConfig(
        vocab_size=len(LETTERS) + 2, hidden_size=64, intermediate_size=256, num_hidden_layers=2, num_attention_heads=1,
        max_position_embeddings=40, eos_token_id=len(LETTERS) + 1,
    )  # fmt: skip
    other, state = CLIPTextModel(config).eval(), {}
    for name, value in clip.state_dict().items():
        parts = name.split(".")
        if parts[0] == "transformer":
            layer, rest = f"encoder.layers.{parts[2]}.", ".".join(parts[3:])
            if rest.startswith("attn.in_proj"):
                kind = rest.removeprefix("attn.in_proj_")
                for part, third in zip("qkv", value.chunk(3), strict=True):
                    state[f"{layer}self_attn.{part}_proj.{kind}"] = third
                continue
            for ours, theirs in (
                ("attn.", "self_attn."), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("c_fc", "fc1"),
                ("c_proj", "fc2"),
            ):  # fmt: skip
                rest = rest.replace(ours, theirs)
            state[layer + rest] = value
    state["embeddings.token_embedding.weight"] = clip.token_embedding.weight
    state["embeddings.position_embedding.weight"] = clip.positional_embedding
    state |= {f"final_layer_norm.{name}": value for name, value in clip.ln_final.state_dict().items()}
    own = other.state_dict()
    prefix = "text_model." if any(name.startswith("text_model.") for name in own) else ""
    other.load_state_dict({name: state.get(name.removeprefix(prefix), value) for name, value in own.items()})
    tokens = torch.tensor([[len(LETTERS), 5, 40, 7, 33, len(LETTERS) + 1]])
    theirs = other(tokens).pooler_output @ clip.text_projection
    torch.testing.assert_close(clip.text(tokens), theirs, atol=1e-5, rtol=1e-5)

    pool, features = AttentionPool(5, 32, 2, 8), torch.randn(3, 32, 2, 2)
    seen = features.flatten(2).permute(2, 0, 1)
    seen = torch.cat([seen.mean(dim=0, keepdim=True), seen]) + pool.positional_embedding[:, None]
    bias = torch.cat([pool.q_proj.bias, pool.k_proj.bias, pool.v_proj.bias])
    pooled, _ = F.multi_head_attention_forward(
        seen[:1], seen, seen, 32, 2, None, bias, None, None, False, 0.0, pool.c_proj.weight, pool.c_proj.bias,
        use_separate_proj_weight=True, q_proj_weight=pool.q_proj.weight, k_proj_weight=pool.k_proj.weight,
        v_proj_weight=pool.v_proj.weight,
    )  # fmt: skip
    torch.testing.assert_close(pool(features), pooled[0], atol=1e-5, rtol=1e-5)


def test_parts_that_do_not_belong_together_are_told(tmp_path: Path) -> None:
    mine = save_published(tmp_path / "mine")
    save_motion(mine / "Iter_005000.pth", replace(MOTION, latents=6))
    checkpoint.install(mine)
    with pytest.raises(InputError, match="moves 6 rows of 32 numbers and this generator has 8"):
        checkpoint.load_networks("ffhq")
    checkpoint.install(save_motion(mine / "Iter_005000.pth", replace(MOTION, latents=2, style=20)))
    with pytest.raises(InputError, match="motion model of this generator"):
        checkpoint.load_networks("ffhq")


def test_files_that_are_not_what_they_should_be_are_refused(tmp_path: Path) -> None:
    content = torch.load(save_generator(tmp_path / "g.pt"), weights_only=True)
    content["g_ema"].pop("conv1.activate.bias")
    torch.save(content, tmp_path / "g.pt")
    torch.save({"g_ema": {"a": torch.zeros(1)}}, tmp_path / "a.pt")
    save_encoder(tmp_path / "e.pt", latent_avg=None)
    save_encoder(tmp_path / "f.pt", config=replace(ENCODER, blocks=(1, 1, 1, 1), channels=(16, 16, 16, 48, 32)))
    (tmp_path / "p.pkl").write_bytes(pickle.dumps(Path("/")))
    (tmp_path / "t.pt").write_bytes(b"PK\x03\x04 cut off")
    torch.save({"state_dict": {"rnn.fc1.weight": torch.zeros(2, 3)}}, tmp_path / "m.pth")
    clip = {name: value for name, value in clip_resnet().state_dict().items() if name != "ln_final.bias"}
    save_motion(tmp_path / "c.pth", clip=clip)
    torch.save([1], tmp_path / "n.pt")
    for name, said in (
        ("g.pt", r"conv1.activate.bias should be \(8,\), it is absent"),
        ("a.pt", "does not hold a StyleGAN2 generator"),
        ("e.pt", "lacks the mean code"),
        ("f.pt", "it has 3 stages, not 4"),
        ("p.pkl", "holds more than weights"),
        ("t.pt", "not a readable checkpoint"),
        ("m.pth", "does not hold a motion model"),
        ("c.pth", r"CLIP in c.pth does not fit: ln_final.bias should be \(64,\)"),
        ("n.pt", "No file for language_guided was found"),
        ("nowhere", "does not exist"),
    ):
        with pytest.raises(InputError, match=said):
            checkpoint.install(tmp_path / name)
    assert not installed_folder().exists()


def test_a_clip_without_its_words_or_weights_is_refused(tmp_path: Path) -> None:
    mine = save_clip(tmp_path / "mine")
    (mine / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    with pytest.raises(InputError, match=r"CLIP in mine lacks tokenizer\.json"):
        checkpoint.install(mine)
    (tmp_path / "tokenizer.json").rename(mine / "tokenizer.json")
    (mine / "model.safetensors").unlink()
    with pytest.raises(InputError, match="CLIP in mine cannot be read"):
        checkpoint.install(mine)
