"""Names and shapes are those of the published checkpoints; nothing is allocated."""

from __future__ import annotations

import torch
from torch import nn

from avatar_app.engines.audio2photoreal.audio_features import LipRegressor
from avatar_app.engines.audio2photoreal.config import PUBLISHED_FACE, PUBLISHED_POSE, CodecConfig, GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.recognition import AUDIO_PREFIX, LIP_PREFIX, UNUSED
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec
from tests.fixtures import published_names


def used(table: str) -> dict[str, str]:
    """What a published checkpoint holds of its own."""
    return {name: shape for name, shape in published_names(table).items() if not UNUSED.match(name)}


def below(prefix: str, model: nn.Module) -> dict[str, str]:
    return {f"{prefix}{name}": str(tuple(value.shape)) for name, value in model.state_dict().items()}


def test_face_model() -> None:
    with torch.device("meta"):
        face, audio, lips = FiLMTransformer(PUBLISHED_FACE), VqWav2Vec(), LipRegressor()
    assert below("", face) | below(AUDIO_PREFIX, audio) | below(LIP_PREFIX, lips) == used("keys_a2p_face")
    assert below("", lips) == used("keys_a2p_lip")


def test_pose_model_guide_and_codec() -> None:
    with torch.device("meta"):
        pose, audio = FiLMTransformer(PUBLISHED_POSE), VqWav2Vec()
        guide, codec = GuideTransformer(GuideConfig()), TemporalVertexCodec(CodecConfig())
    assert below("", pose) | below(AUDIO_PREFIX, audio) == used("keys_a2p_pose")
    assert below("", guide) | below(AUDIO_PREFIX, audio) == used("keys_a2p_guide")
    assert below("", codec) == used("keys_a2p_vq")


def test_what_is_left_out_is_never_used() -> None:
    """The rest of the audio encoders; and beside the poses guide and codec, which have files of theirs."""
    left = {name for name in published_names("keys_a2p_pose") if UNUSED.match(name)}
    guide, codec = published_names("keys_a2p_guide"), published_names("keys_a2p_vq")
    assert {n.removeprefix("transformer.") for n in left if n.startswith("transformer.")} == set(guide)
    assert {n.removeprefix("tokenizer.") for n in left if n.startswith("tokenizer.")} == set(codec)
