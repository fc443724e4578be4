"""The embedded model: the four architectures, small, in this project's motion and with its own speech encoder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.audio2photoreal.body_coding import FEATURES, PARTS, BodyCoding
from avatar_app.engines.audio2photoreal.config import CodecConfig, DenoiserConfig, GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.frame_conditions import CONDITION
from avatar_app.engines.audio2photoreal.guide import SHORTER, GuideTransformer
from avatar_app.engines.audio2photoreal.patches import body_width, face_width
from avatar_app.engines.audio2photoreal.paths import NAME
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import FPS, InputError
from avatar_app.speech.trained import untrained

WINDOW = 8  # seconds that the denoisers see at once
GUIDE_WINDOW = 20  # seconds that the guide sees at once
DEPTH = 4  # codes of a key pose
BODY_PATCH, FACE_PATCH = 5, 2  # frames that the denoisers see as one token
FILES = ("model.safetensors", "config.json")
_EXACT = ("codec.quantizer.", "motion.")  # kept in float32


@dataclass(frozen=True)
class EmbeddedConfig:
    """Sizes of the four networks; stored as config.json beside the weights."""

    codec: CodecConfig = field(default_factory=lambda: CodecConfig(FEATURES, latent=48, codes=256, depth=DEPTH))
    guide: GuideConfig = field(
        default_factory=lambda: GuideConfig(
            codes=256, latent=128, layers=3, heads=4, hidden=256, condition=CONDITION + DEPTH,
            tokens=GUIDE_WINDOW * DEPTH, audio_layers=1, depth=DEPTH, dropout=0.0, aligned=True,
        )
    )  # fmt: skip
    pose: DenoiserConfig = field(
        default_factory=lambda: DenoiserConfig(
            FEATURES * BODY_PATCH, latent=192, layers=4, heads=4, hidden=384, condition=body_width(BODY_PATCH),
            tokens=WINDOW * FPS // BODY_PATCH, encoder_layers=0, key_frames=WINDOW + 1, dropout=0.0, aligned=True,
        )
    )  # fmt: skip
    face: DenoiserConfig = field(
        default_factory=lambda: DenoiserConfig(
            len(CHANNEL_NAMES) * FACE_PATCH, latent=160, layers=4, heads=4, hidden=320,
            condition=face_width(FACE_PATCH), tokens=WINDOW * FPS // FACE_PATCH, encoder_layers=0, dropout=0.0,
            aligned=True,
        )
    )  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> EmbeddedConfig:
        """From what config.json holds; KeyError or TypeError for another architecture."""
        kinds = {"codec": CodecConfig, "guide": GuideConfig, "pose": DenoiserConfig, "face": DenoiserConfig}
        return cls(**{name: kind(**told[name]) for name, kind in kinds.items()})


class MotionStatistics(nn.Module):
    """What coded motion is measured in: of the face (58,) mean and scale, of the body a BodyCoding."""

    face_mean: Tensor
    face_scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("face_mean", torch.zeros(len(CHANNEL_NAMES)))
        self.register_buffer("face_scale", torch.ones(len(CHANNEL_NAMES)))
        none = BodyCoding.empty()
        for name, values in none.tensors().items():
            self.register_buffer(f"body_{name}", torch.from_numpy(values))

    def set_body(self, coding: BodyCoding) -> None:
        """Takes a fitted coding."""
        for name, values in coding.tensors().items():
            getattr(self, f"body_{name}").copy_(torch.from_numpy(values))

    def body(self) -> BodyCoding:
        """The coding of bodies."""
        return BodyCoding.of({name: getattr(self, f"body_{name}").cpu() for name in PARTS})


class EmbeddedModel(nn.Module):
    """All networks of the embedded default; `motion` holds their units."""

    def __init__(self, config: EmbeddedConfig | None = None) -> None:
        super().__init__()
        self.config = config or EmbeddedConfig()
        self.speech_encoder = untrained()
        self.codec = TemporalVertexCodec(self.config.codec)
        self.guide = GuideTransformer(self.config.guide)
        self.pose = FiLMTransformer(self.config.pose)
        self.face = FiLMTransformer(self.config.face)
        self.motion = MotionStatistics()


def guide_tokens(condition: Tensor) -> Tensor:
    """(B, DEPTH K + SHORTER, CONDITION + DEPTH) of conditions (B, 25 K, CONDITION): what the guide reads.

    A token is the mean of its quarter of a second and says which of the pose's codes belongs to it; the ends are
    repeated, because the audio layers take SHORTER tokens away.
    """
    count = condition.shape[1] * DEPTH // FPS
    pooled = F.adaptive_avg_pool1d(condition.transpose(1, 2), count)
    which = torch.eye(DEPTH, device=condition.device).repeat(1, count // DEPTH).expand(len(condition), -1, -1)
    padded = F.pad(torch.cat([pooled, which], dim=1), (SHORTER // 2, SHORTER - SHORTER // 2), mode="replicate")
    return padded.transpose(1, 2)


def save_embedded(model: EmbeddedModel, folder: Path, **more: Any) -> list[Path]:
    """Writes model.safetensors (float16 but for codebooks and units) and config.json with whatever `more` it tells."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (value if name.startswith(_EXACT) or not value.is_floating_point() else value.half()).contiguous()
        for name, value in model.state_dict().items()
        if not name.endswith("freqs")
    }
    weights, config = (folder / name for name in FILES)
    save_file({name: value.clone() for name, value in state.items()}, weights)
    config.write_text(json.dumps({"model": asdict(model.config), **more}, indent=2) + "\n", encoding="utf-8")
    return [weights, config]


def load_embedded(folder: Path, device: torch.device | None = None) -> EmbeddedModel:
    """The model of `folder` in float32, ready to sample; InputError when files are missing or of another version."""
    weights, config_file = (folder / name for name in FILES)
    remedy = f"fetch the repository again, or train it with `avatar_app train {NAME}`"
    if missing := [path.name for path in (weights, config_file) if not path.is_file()]:
        raise InputError(f"The motion model in {folder} lacks {' and '.join(missing)}: {remedy}.")
    try:
        model = EmbeddedModel(EmbeddedConfig.of(json.loads(config_file.read_text(encoding="utf-8"))["model"]))
        state = load_file(weights)
        own = {name: value for name, value in model.state_dict().items() if name.endswith("freqs")}
        model.load_state_dict(own | {n: v.float() if v.is_floating_point() else v for n, v in state.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"The motion model in {folder} is of another version ({str(error).splitlines()[0]}): {remedy}."
        ) from error
    return model.to(device or torch.device("cpu")).eval()
