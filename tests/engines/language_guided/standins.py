"""Files in the format of the published ones, tiny and untrained, installed as somebody's own would be."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from torch import Tensor, nn

from avatar_app.engines.language_guided import checkpoint
from avatar_app.engines.language_guided.clip_resnet import ClipResnet, ResnetConfig
from avatar_app.engines.language_guided.generator import Generator, GeneratorConfig, constant_kernels
from avatar_app.engines.language_guided.inversion_encoder import EncoderConfig, InversionEncoder
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel

STYLE, EMBEDDING = 32, 16
FACES = GeneratorConfig((8, 8, 8, 8), STYLE, 2)  # of 32 pixels
MOTION = MotionConfig(FACES.latents, EMBEDDING, 6, 16, STYLE)
ENCODER = EncoderConfig(FACES.latents, (16, 16, 32, 48, STYLE), (1, 1, 1, 1))
SPECIAL = ("<|startoftext|>", "<|endoftext|>")
LETTERS = [f"{letter}{end}" for end in ("", "</w>") for letter in string.ascii_lowercase + ".,"]


def named(prefix: str, model: nn.Module) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in model.state_dict().items()}


def generator_state(config: GeneratorConfig = FACES, seed: int = 0) -> dict[str, Tensor]:
    """Of a generator whose pictures lie within what is shown, and whose noise is seen."""
    torch.manual_seed(seed)
    state = Generator(config).state_dict()
    for name, value in state.items():
        if name.startswith("to_rgb") and name.endswith("conv.weight"):
            value.mul_(0.3)
        if name.endswith("noise.weight"):
            value.add_(0.2)
    return state | constant_kernels(config)


def save_generator(path: Path, config: GeneratorConfig = FACES, seed: int = 0) -> Path:
    torch.save({"g_ema": generator_state(config, seed), "latent_avg": torch.full((config.style,), 0.1)}, path)
    return path


def save_motion(path: Path, config: MotionConfig = MOTION, clip: dict[str, Tensor] | None = None) -> Path:
    torch.manual_seed(1)
    state = named("module.", MotionModel(config)) | {f"module.encoder.{k}": v for k, v in (clip or {}).items()}
    torch.save({"iter": 5000, "arch": "RN50", "state_dict": state, "optimizer": {"lr": 0.001}}, path)
    return path


def save_encoder(path: Path, seed: int = 0, config: EncoderConfig = ENCODER, **more: object) -> Path:
    torch.manual_seed(2)
    state = named("encoder.", InversionEncoder(config))
    state |= {f"decoder.{name}": value for name, value in generator_state(seed=seed).items()}
    about = {"latent_avg": torch.zeros(config.rows, STYLE), "opts": {"start_from_latent_avg": True}}
    torch.save({"state_dict": state} | about | more, path)
    return path


def clip_resnet() -> ClipResnet:
    torch.manual_seed(3)
    return ClipResnet(ResnetConfig((1, 1, 1, 1), 8, 64, EMBEDDING, 40, len(LETTERS) + 2, 64, 2)).eval()


def save_clip(folder: Path, width: int = EMBEDDING) -> Path:
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"bos_token_id": len(LETTERS), "eos_token_id": len(LETTERS) + 1, "pad_token_id": len(LETTERS) + 1}
    text = sizes | ends | {"vocab_size": len(LETTERS) + 2, "max_position_embeddings": 40}
    vision = sizes | {"image_size": 32, "patch_size": 16}
    torch.manual_seed(4)
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=width)).save_pretrained(folder)
    vocabulary = {token: index for index, token in enumerate([*LETTERS, *SPECIAL])}
    CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    return folder


def save_published(folder: Path) -> Path:
    """A folder with all that is needed, and no e4e."""
    folder.mkdir(parents=True)
    save_generator(folder / "stylegan2-ffhq-config-f.pt")
    save_motion(folder / "Iter_005000.pth")
    save_clip(folder / "clip-vit")
    return folder


def install_published(folder: Path) -> None:
    checkpoint.install(save_published(folder))
