"""Sizes of a DiffPoseTalk model, published or embedded, and how it samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from avatar_app.diffusion.guidance import Threshold

FLAME_SHAPE, FLAME_EXPRESSION = 100, 50  # coefficients that the published models use
HUBERT_WIDTH = 768  # of facebook/hubert-base-ls960
# The published training script was renamed while it was written: old option -> (new option, whether it is negated).
_RENAMED = {
    "use_alignment_mask": ("align_mask_width", False),
    "predict_head_pose": ("no_head_pose", True),
    "use_learnable_pe": ("no_use_learnable_pe", True),
}


# Options that are called the same here.
_KEPT = ["feature_dim", "n_heads", "n_layers", "mlp_ratio", "n_motions", "n_prev_motions", "n_diff_steps"]
_KEPT += ["diff_schedule", "target", "cfg_mode", "use_indicator", "align_mask_width", "audio_model"]


@dataclass(frozen=True)
class ModelConfig:
    """Architecture; the names are those of the published training options where one exists."""

    feature_dim: int = 512
    n_heads: int = 8
    n_layers: int = 8
    mlp_ratio: int = 4
    n_motions: int = 100  # frames of a window
    n_prev_motions: int = 10  # frames of the window before that are seen
    n_diff_steps: int = 500
    diff_schedule: str = "cosine"
    target: str = "sample"  # what the network predicts: "sample" (x0) or "noise"
    guiding_conditions: tuple[str, ...] = ("audio", "style")
    cfg_mode: str = "incremental"
    d_motion: int = FLAME_EXPRESSION + 4  # channels of a frame
    d_shape: int = FLAME_SHAPE  # of the face's own form
    d_style: int = 128  # 0: the model knows no style
    use_indicator: bool = True
    align_mask_width: int = 1  # motion frame i hears audio frames i-(w-1) to i+(w-1); 0: all of them
    learned_positions: bool = True
    # Every frame is also told style and step, not only the person's token that frames may attend to. The published
    # models are not; a small one learns in an hour what they need days for.
    person_in_frames: bool = False
    audio_model: str = "hubert"  # or "wav2vec2", or "articulation" for features that are given
    d_audio: int = HUBERT_WIDTH
    audio_options: dict[str, Any] = field(default_factory=dict)  # of the transformers configuration
    dropout: float = 0.1

    @property
    def head_pose(self) -> bool:
        """Whether a published model moves the head (54 channels) or not (51)."""
        return self.d_motion == FLAME_EXPRESSION + 4

    @classmethod
    def from_args(cls, args: Mapping[str, Any], audio_options: Mapping[str, Any] | None = None) -> ModelConfig:
        """From the options stored in a published checkpoint, old names included. Missing ones mean their defaults."""
        told = {key: value for key, value in modern_args(args).items() if value is not None}
        guided = told.get("guiding_conditions", "audio,style")
        has_style = bool(told.get("style", told.get("style_enc_ckpt")))
        options = dict(audio_options or {})
        return cls(
            **{name: told[name] for name in _KEPT if name in told},
            guiding_conditions=tuple(part for part in guided.split(",") if part),
            d_motion=FLAME_EXPRESSION + (1 if told.get("no_head_pose") else 4),
            d_style=told.get("d_style", 128) if has_style else 0,
            learned_positions=not told.get("no_use_learnable_pe", False),
            d_audio=options.get("hidden_size", HUBERT_WIDTH),
            audio_options=options,
        )

    def save(self, path: Path, **more: Any) -> None:
        """Writes the configuration and whatever else the checkpoint should tell."""
        path.write_text(json.dumps({"model": asdict(self), **more}, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> ModelConfig:
        """Raises KeyError or TypeError for a file of another architecture."""
        values = json.loads(path.read_text(encoding="utf-8"))["model"]
        return cls(**values | {"guiding_conditions": tuple(values["guiding_conditions"])})


def modern_args(args: Mapping[str, Any]) -> dict[str, Any]:
    """The options under their present names."""
    result = {key: value for key, value in args.items() if key not in _RENAMED}
    for old, (new, negated) in _RENAMED.items():
        if old in args and new not in args:
            result[new] = (not args[old]) if negated else int(args[old])
    return result


@dataclass(frozen=True)
class Guidance:
    """Two-condition classifier-free guidance.

    mode: "incremental", style steers what the voice already decided, or "independent".
    conditions: which are guided; others are simply on. A guided condition needs a value.
    as_published: reproduce the published code's independent mode, which scales the voice's part by 1 - style_scale.
    """

    mode: str = "incremental"
    conditions: tuple[str, ...] = ("audio", "style")
    audio_scale: float = 1.15
    style_scale: float = 3.0
    as_published: bool = False
    threshold: Threshold | None = None
