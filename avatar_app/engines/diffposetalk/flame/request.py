"""What somebody asks of the published DiffPoseTalk, and the folder that its takes go to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_app.engines.diffposetalk.config import Guidance, Threshold
from avatar_app.request import COLOUR, MAX_SAMPLES, Audio, InputError, Request

SIDE_BY_SIDE = "side_by_side.mp4"
BACKGROUNDS = {"studio": None, "black": "#000000"}
PORTRAITS = "side_by_side.portrait.mp4"


@dataclass(frozen=True)
class FlameRequest:
    """Everything that decides the takes. The same request and seed give the same coefficients on one machine.

    shape: file of 100 FLAME shape coefficients (.npy or .npz); None: the mean face of the training data.
    style: style vector (.npy), or FLAME coefficients of 4 s or more (.npz); None: no style is guided.
    seed: of the first take; take k uses seed + k.
    steps: of the solver; None takes all noise levels, one after another, as published.
    guidance: "incremental" or "independent". thresholding: ratio, least and most limit; None: off.
    encode_whole: the recording is heard in one go, as published by default, rather than window by window.
    head_motion: False keeps the head still, in coefficients and videos.
    texture: picture in FLAME's texture layout; uv: the template .obj (or .npz) that tells the layout, unless installed.
    background: "studio", "black" or "#rrggbb". portrait: a picture that is to speak like the FLAME head, too.
    """

    audio: Audio
    output: Path
    shape: Path | None = None
    style: Path | None = None
    samples: int = 3
    seed: int = 0
    steps: int | None = 20
    audio_scale: float = 1.15
    style_scale: float = 3.0
    guidance: str = "incremental"
    thresholding: tuple[float, ...] | None = None
    encode_whole: bool = True
    head_motion: bool = True
    texture: Path | None = None
    uv: Path | None = None
    background: str = "studio"
    size: int = 512
    portrait: Path | None = None
    motion_only: bool = False
    force: bool = False

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed per take."""
        return self._common().seeds

    @property
    def wants_flame(self) -> bool:
        """Whether something was asked for that cannot be done without FLAME."""
        return self.texture is not None or self.portrait is not None

    def check(self) -> None:
        """Raises InputError for values outside their limits and for results in the way; reads no file."""
        self._common().check()
        self.guided(("audio", "style"))
        if self.background not in BACKGROUNDS and not COLOUR.fullmatch(self.background):
            raise InputError(
                f"The background must be studio, black or a colour such as #204060; got {self.background!r}."
            )
        if self.uv is not None and self.texture is None:
            raise InputError("A layout of texture coordinates needs a texture: add --texture PICTURE.")
        if self.motion_only and self.wants_flame:
            raise InputError("Without videos there is nothing to lay a texture on or to draw a portrait for.")
        if self.output.exists() and not self.output.is_dir():
            raise InputError(f"The output must be a folder; {self.output} is a file: choose another name.")
        if not self.force and any((self.output / name).exists() for name in ours()):
            raise InputError(f"{self.output} already holds takes: choose another folder, or add --force.")

    def guided(self, conditions: tuple[str, ...]) -> Guidance:
        """The guidance of the conditions that a model can guide and that are given."""
        if self.guidance not in ("incremental", "independent"):
            raise InputError(f"The guidance must be incremental or independent; got {self.guidance!r}.")
        threshold = None
        if self.thresholding is not None:
            threshold = Threshold(*self.thresholding) if 1 <= len(self.thresholding) <= 3 else None
            if threshold is None or not 0 < threshold.ratio <= 1 or not 0 < threshold.least <= threshold.most:
                raise InputError(
                    f"Thresholding needs a ratio from 0 to 1, and a least and a most limit; got {self.thresholding!r}."
                )
        return Guidance(self.guidance, conditions, self.audio_scale, self.style_scale, threshold=threshold)

    def open_folder(self) -> Path:
        """Makes the output folder and removes takes that are overwritten."""
        try:
            self.output.mkdir(parents=True, exist_ok=True)
            for name in ours():
                (self.output / name).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"Cannot write to {self.output} ({error.strerror}): choose another folder.") from error
        return self.output

    def _common(self) -> Request:
        """What other requests have, too, with their limits."""
        return Request(
            duration=1.0,
            samples=self.samples,
            seed=self.seed,
            engine="diffposetalk",
            steps=self.steps,
            audio_scale=self.audio_scale,
            style_scale=self.style_scale,
            size=self.size,
            motion_only=True,
        )


def names_of(index: int) -> dict[str, str]:
    """File names of take `index`, which starts at 1: "coefficients", "motion", "video" and "portrait"."""
    kinds = {"coefficients": ".coefficients.npz", "motion": ".motion.npz", "video": ".mp4", "portrait": ".portrait.mp4"}
    return {kind: f"take_{index}{ending}" for kind, ending in kinds.items()}


def ours() -> list[str]:
    """Every file name that may be written."""
    names = [name for k in range(1, MAX_SAMPLES + 1) for name in names_of(k).values()]
    return [*names, SIDE_BY_SIDE, PORTRAITS]
