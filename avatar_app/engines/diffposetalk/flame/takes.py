"""The published DiffPoseTalk from a recording to files: FLAME coefficients, the FLAME head and a portrait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.checkpoint import installed_folder, load_published
from avatar_app.engines.diffposetalk.coefficients import Coefficients, load_shape
from avatar_app.engines.diffposetalk.flame.inputs import read_style
from avatar_app.engines.diffposetalk.flame.request import PORTRAITS, SIDE_BY_SIDE, FlameRequest, names_of
from avatar_app.engines.diffposetalk.published import DrawFor, PublishedModel, Wishes
from avatar_app.engines.diffposetalk.sampling import Steps
from avatar_app.request import InputError, Stopped
from avatar_app.types import ShouldStop

if TYPE_CHECKING:
    from avatar_app.speech.recording import Speech

OnProgress = Callable[[str, float], None]  # what is done, and how much of it, 0 to 1
NO_FLAME = (  # for whoever shows takes without motion and video
    "FLAME is not installed, so coefficients only were written: get generic_model.pkl of FLAME 2020 from "
    "flame.is.tue.mpg.de, then run `avatar_app download diffposetalk --from FILE`."
)


@dataclass(frozen=True)
class FlameTake:
    """One finished take. index starts at 1. Files that were not asked for, or need FLAME, are None.

    exp: (T, 50). pose: (T, 6) radians: head axis-angle, jaw axis-angle. shape: (T, 100). 25 fps.
    """

    index: int
    seed: int
    exp: Tensor
    pose: Tensor
    shape: Tensor
    coefficients: Path
    motion: Path | None = None
    video: Path | None = None
    portrait: Path | None = None


def takes_of_flame(
    request: FlameRequest,
    on_progress: OnProgress = lambda what, done: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[FlameTake]:
    """Takes of a recording by the installed published weights, as their files are finished.

    All takes are sampled together, then drawn one after another. Once should_stop() is true nothing more is begun, and
    what is finished stays. Raises InputError, before anything is written, for what cannot be used or is not installed.
    """
    from avatar_app.engines.diffposetalk.flame.film import FlameFilm
    from avatar_app.speech.recording import load_speech

    request.check()
    speech = load_speech(request.audio)
    speaker = load_published()
    wishes = wishes_of(request, speaker)
    film = FlameFilm.of(request, wishes.shape)
    try:
        made = sample(speaker, speech, wishes, request, on_progress, should_stop)
        film = None if film is None else film.aimed_at(made)
        done = []
        for take in write_coefficients(made, request):
            if film is not None:
                take = film.write(take, speech, on_progress, should_stop)
            done.append(take)
            yield take
        _beside(done, request.output, should_stop)
    except Stopped:
        return


def wishes_of(request: FlameRequest, speaker: PublishedModel) -> Wishes:
    """Shape, style and guidance as this checkpoint can use them; InputError where it cannot."""
    config, folder = speaker.model.config, installed_folder()
    # Statistics are those of one face after another: zeros would be an unusual one, their mean is not.
    shape = speaker.statistics.shape_mean if request.shape is None else load_shape(request.shape)
    style = None if request.style is None else read_style(request.style, config, folder, speaker.statistics)
    if style is None and config.d_style and "style" not in config.guiding_conditions:
        raise InputError("The installed denoiser was never trained without a style: add --style FILE.")
    given = {"audio"} | ({"style"} if style is not None else set())
    conditions = tuple(name for name in ("audio", "style") if name in given and name in config.guiding_conditions)
    return Wishes(shape, style, request.guided(conditions), Steps(request.steps), request.encode_whole)


def sample(
    speaker: PublishedModel,
    speech: Speech,
    wishes: Wishes,
    request: FlameRequest,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Coefficients:
    """All takes, one row per seed. Raises Stopped."""
    config = speaker.model.config
    noise, draw = noise_of(request.seeds, config.n_motions, config.d_motion)
    samples = torch.from_numpy(np.ascontiguousarray(speech.samples, np.float32))
    on_progress("hearing", 0.0)
    made = speaker.speak(samples, wishes, noise, draw, lambda part: on_progress("making motion", part), should_stop)
    if request.head_motion:
        return made
    return replace(made, pose=torch.cat([torch.zeros_like(made.pose[..., :3]), made.pose[..., 3:]], dim=-1))


def noise_of(seeds: tuple[int, ...], frames: int, channels: int) -> tuple[Tensor, DrawFor]:
    """x_T (N, frames, channels), and what draws the noise of later steps; row i comes from seed i alone."""
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def rows(shape: tuple[int, ...]) -> Tensor:
        return torch.stack([torch.randn(shape, generator=generator) for generator in generators])

    return rows((frames, channels)), lambda window, step, x: rows(tuple(x.shape[1:]))


def write_coefficients(made: Coefficients, request: FlameRequest) -> list[FlameTake]:
    """Every take's exp, pose and shape in an .npz file of its own, under the names that the published code uses."""
    folder = request.open_folder()
    takes = []
    for k, seed in enumerate(request.seeds):
        place = folder / names_of(k + 1)["coefficients"]
        exp, pose, shape = made.exp[k], made.pose[k], made.shape[k]
        np.savez_compressed(place, exp=exp.numpy(), pose=pose.numpy(), shape=shape.numpy())
        takes.append(FlameTake(k + 1, seed, exp, pose, shape, place))
    return takes


def _beside(takes: list[FlameTake], folder: Path, should_stop: ShouldStop) -> None:
    """All heads, and all portraits, in one video each."""
    from avatar_app.render.video.grid import side_by_side

    labels = [f"Take {take.index}, seed {take.seed}" for take in takes]
    for name, videos in ((SIDE_BY_SIDE, [t.video for t in takes]), (PORTRAITS, [t.portrait for t in takes])):
        present = [video for video in videos if video is not None]
        if len(present) > 1:
            side_by_side(present, labels, folder / name, should_stop=should_stop)
