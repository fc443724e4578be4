"""Files in the format of the published DAWN, tiny and untrained, installed as somebody's own would be."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from avatar_app.engines.dawn import checkpoint
from avatar_app.engines.dawn.denoiser import PREFIX, DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.flow import FLOW_WIDTHS, FlowPredictor
from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import noise_tables

AUDIO = 32  # values that the tiny HuBERT gives
OPTIONS = "archiname: transformerreemb5\nmax_distance: 128\nlatent_dim: 256\n"


def named(prefix: str, model: nn.Module) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in model.state_dict().items()}


def save_motion(folder: Path, values: int, options: str | None = OPTIONS) -> None:
    folder.mkdir(parents=True)
    config = PbnetConfig(values, 16, 1, 16, audio=AUDIO, audio_width=16, latent=8)
    state = named("decoder.", MotionDecoder(config)) | {"encoder.mu_layer.bias": torch.zeros(8)}
    torch.save(state | {"decoder.sequence_pos_encoder.pe": torch.zeros(4, 1, 16)}, folder / "checkpoint_1.pth.tar")
    if options is not None:
        (folder / "opt.yaml").write_text(options)


def save_hubert(folder: Path, width: int = AUDIO) -> None:
    from transformers import HubertConfig, HubertForCTC

    sizes = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = HubertConfig(
        **sizes, conv_dim=[8] * 7, num_conv_pos_embedding_groups=4, num_conv_pos_embeddings=16,
        feat_extract_norm="layer", do_stable_layer_norm=True,
    )  # fmt: skip
    HubertForCTC(config).save_pretrained(folder)


def save_published(folder: Path) -> Path:
    """The folder of files at 128 pixels as on the model page."""
    folder.mkdir()
    torch.manual_seed(0)
    denoiser = FlowDenoiser(DenoiserConfig(8, 16, 16, AUDIO))
    unused = {f"{PREFIX}final_conv.0.cross_attn_aud.q_scale": torch.ones(8)}
    state = named(PREFIX, denoiser) | unused | noise_tables()
    torch.save({"diffusion": state, "optimizer_diff": {}}, folder / "DAWN_128.pth")
    flow = FlowPredictor((FLOW_WIDTHS[0], 8, 8), 8)
    parts = named("", FrameRenderer((8, 8, 16), 1)) | named("pixelwise_flow_predictor.", flow)
    torch.save({"generator": parts, "epoch": 1}, folder / "LFG_128_1000ep.pth")
    save_motion(folder / "pbnet" / "pose", 6)
    save_motion(folder / "pbnet" / "blink", 2)
    save_hubert(folder / "hubert-large-ls960-ft")
    return folder


def install_published(folder: Path) -> None:
    checkpoint.install(save_published(folder))
