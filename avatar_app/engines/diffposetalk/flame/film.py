"""Videos of FLAME coefficients: the FLAME head itself, and a portrait that does the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from avatar_app.engines.diffposetalk.checkpoint import installed_folder, load_texture_layout
from avatar_app.engines.diffposetalk.coefficients import Coefficients
from avatar_app.engines.diffposetalk.flame.anchors import pose_of
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.engines.diffposetalk.flame.request import BACKGROUNDS, FlameRequest, names_of
from avatar_app.engines.diffposetalk.flame.to_arkit import FlameFace, vertices_of
from avatar_app.inputs.portrait.portrait import load_portrait, read_picture
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.compositor import Compositor
from avatar_app.render.mesh.film import MeshFilm, Skin, View, clay_skin, textured_skin
from avatar_app.render.mesh.texture_layout import TextureLayout, read_layout
from avatar_app.render.video.writer import SIGNATURE, write_video
from avatar_app.request import InputError
from avatar_app.speech.recording import Speech
from avatar_app.types import ShouldStop

if TYPE_CHECKING:
    from avatar_app.engines.diffposetalk.flame.takes import FlameTake

SPARSE = 5  # every how many frames the bounds of the motion are looked at


@dataclass(frozen=True)
class FlameFilm:
    """Everything that the takes of one request share: the head at rest, its look, and the portrait's stage."""

    request: FlameRequest
    face: FlameFace
    skin: Skin
    stage: Compositor | None
    view: View | None = None  # of all takes; see aimed_at

    @classmethod
    def of(cls, request: FlameRequest, shape: Tensor) -> FlameFilm | None:
        """Reads FLAME, texture and portrait; None when FLAME is not installed and nothing needs it, or InputError."""
        folder = installed_folder()
        if not (folder / "flame.safetensors").is_file() and not request.wants_flame:
            return None
        flame = Flame.load(folder)
        skin = _skin(flame, shape, request)
        stage = (
            None
            if request.portrait is None
            else Compositor(load_portrait(request.portrait, None, request.size, "auto", "bust"))
        )
        return cls(request, FlameFace.of(flame, shape), skin, stage)

    def write(
        self,
        take: FlameTake,
        speech: Speech,
        on_progress: Callable[[str, float], None],
        should_stop: ShouldStop,
    ) -> FlameTake:
        """The take with its motion for portraits, and its videos unless only motion is wanted. Raises Stopped."""
        names = {kind: self.request.output / name for kind, name in names_of(take.index).items()}
        clip = self.face.motion(take.exp, take.pose)
        save_motion(clip, names["motion"])
        take = replace(take, motion=names["motion"])
        if self.request.motion_only:
            return take

        def told(frames: Iterator[np.ndarray], what: str) -> Iterator[np.ndarray]:
            for n, frame in enumerate(frames):
                on_progress(f"take {take.index}: drawing {what}", n / len(clip))
                yield frame

        assert self.view is not None
        background = BACKGROUNDS.get(self.request.background, self.request.background)
        film = MeshFilm(self.skin, self.view, self.request.size, background)
        parts = vertices_of(self.face.flame, self.face.shape, take.exp, take.pose)
        self._encode(told(film.frames(parts, should_stop), "the head"), names["video"], take, speech, should_stop)
        take = replace(take, video=names["video"])
        if self.stage is None:
            return take
        drawn = told(self.stage.renderer().frames(clip), "the portrait")
        self._encode(drawn, names["portrait"], take, speech, should_stop, self.stage.size)
        return replace(take, portrait=names["portrait"])

    def _encode(
        self,
        frames: Iterator[np.ndarray],
        path: Path,
        take: FlameTake,
        speech: Speech,
        should_stop: ShouldStop,
        size: tuple[int, int] | None = None,
    ) -> None:
        write_video(
            frames,
            size or (self.request.size, self.request.size),
            path,
            speech,
            frames_total=len(take.exp),
            metadata={
                "title": "AI-generated talking head",
                "comment": f"{SIGNATURE}; DiffPoseTalk with its published weights; seed {take.seed}",
            },
            should_stop=should_stop,
        )

    def aimed_at(self, made: Coefficients) -> FlameFilm:
        """With a camera that sees all takes as far as they go: none leaves the picture, all are equally large."""
        flame, shape = self.face.flame, self.face.shape
        low = high = pose_of(flame, shape)
        for exp, pose in zip(made.exp[:, ::SPARSE], made.pose[:, ::SPARSE], strict=True):
            for part in vertices_of(flame, shape, exp, pose):
                low, high = np.minimum(low, part.min(0)), np.maximum(high, part.max(0))
        return replace(self, view=View.of(low.min(0), high.max(0)))


def _skin(flame: Flame, shape: Tensor, request: FlameRequest) -> Skin:
    """Clay, or the texture laid on as the layout says."""
    vertices, triangles = pose_of(flame, shape), flame.f.numpy().astype(np.int32)
    if request.texture is None:
        return clay_skin(vertices, triangles)
    texture = read_picture(request.texture)
    layout, name = _layout(request, triangles)
    layout.check(len(vertices), name)
    return textured_skin(len(vertices), layout.triangles, texture, layout.uv, layout.uv_triangles)


def _layout(request: FlameRequest, triangles: np.ndarray) -> tuple[TextureLayout, str]:
    """The layout that was given, else the installed one, and what to call it."""
    if request.uv is not None:
        return read_layout(request.uv, triangles), request.uv.name
    installed = load_texture_layout()
    if installed is None:
        raise InputError(
            "A texture needs FLAME's texture coordinates, which come with its template: add --uv head_template.obj, "
            "or run `avatar_app download diffposetalk --from head_template.obj`."
        )
    return installed, "The installed texture layout"
