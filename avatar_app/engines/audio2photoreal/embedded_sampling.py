"""Any length of motion from the embedded networks: key poses window after window, then windows denoised together.

The guide sees 20 seconds at a time and goes on from the codes of the 8 seconds that it saw before. The denoisers see 8
seconds; neighbouring windows share two, in which their predictions are averaged at every step (diffusion.windows).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from avatar_app.diffusion.noise import start_noise
from avatar_app.diffusion.samplers import cosine_solver, never_stop, no_step, solve
from avatar_app.diffusion.windows import Window, blend, plan_windows
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer, Memory
from avatar_app.engines.audio2photoreal.embedded import (
    BODY_PATCH,
    DEPTH,
    FACE_PATCH,
    GUIDE_WINDOW,
    WINDOW,
    EmbeddedModel,
    guide_tokens,
)
from avatar_app.engines.audio2photoreal.guide import nucleus_chooser
from avatar_app.engines.audio2photoreal.patches import (
    BESIDE_WAY,
    body_condition,
    curve_through,
    face_condition,
    held,
    pack,
    unpack,
)
from avatar_app.engines.audio2photoreal.sampling import TRAIN_STEPS
from avatar_app.request import FPS, Stopped
from avatar_app.types import OnStep, ShouldStop

CARRIED = 8  # seconds of key poses that the guide's next window begins with
UNIT = 2  # seconds: windows begin and end at whole ones, and so many overlap
BODY_STREAM = 0x5EED  # another noise than the face's of the same seed
MOST_SEED = 2**31 - 1
Tell = Callable[[Window], tuple[Tensor, Tensor | None]]


@dataclass(frozen=True)
class Drawn:
    """How one sample is drawn. scale: guidance, 1 is none."""

    seed: int
    steps: int
    scale: float = 1.0
    on_step: OnStep = no_step
    should_stop: ShouldStop = never_stop


def padded(rows: Tensor) -> Tensor:
    """(T', C) condition rows (T, C) as long as whole units, the last row held."""
    more = -len(rows) % (UNIT * FPS)
    return torch.cat([rows, rows[-1:].expand(more, -1)])


@torch.inference_mode()
def key_poses(model: EmbeddedModel, rows: Tensor, top_p: float, seed: int, should_stop: ShouldStop) -> Tensor:
    """(S + 1, FEATURES) a key pose at every second of padded rows (25 S, CONDITION), and at their end."""
    choose = nucleus_chooser(top_p, [torch.Generator("cpu").manual_seed(seed)])
    count = len(rows) // FPS + 1
    rows = torch.cat([rows, rows[-1:].expand(FPS, -1)])
    codes = torch.zeros(1, 0, DEPTH, dtype=torch.int64, device=rows.device)
    while codes.shape[1] < count:
        first = max(0, codes.shape[1] - CARRIED)
        seconds = min(GUIDE_WINDOW, count - first)
        memory = model.guide.encode(guide_tokens(rows[None, first * FPS : (first + seconds) * FPS]))
        given = codes[:, first:] if codes.shape[1] else None
        made = model.guide.generate(memory, seconds, 1, choose, given, should_stop)
        codes = torch.cat([codes[:, :first], made], dim=1)
    return model.codec.decode(codes)[0]


def draw_body(model: EmbeddedModel, rows: Tensor, keys: Tensor, drawn: Drawn) -> Tensor:
    """(T, FEATURES) coded body of padded rows (T, CONDITION) along key poses (T / 25 + 1, FEATURES)."""
    seed = (drawn.seed ^ BODY_STREAM) % MOST_SEED
    noise = start_noise((seed,), len(rows), model.config.codec.features, rows.device)
    tokens = body_condition(rows[None], BODY_PATCH)

    def told(window: Window) -> tuple[Tensor, Tensor | None]:
        first, last = (edge * FPS // BODY_PATCH for edge in window)
        return tokens[:, first:last], held(keys[None, window[0] : window[1] + 1], BODY_PATCH)

    beside = _denoised(model.pose, pack(noise, BODY_PATCH), BODY_PATCH, told, drawn)
    return curve_through(keys[None])[0] + BESIDE_WAY * beside


def draw_face(model: EmbeddedModel, rows: Tensor, drawn: Drawn) -> Tensor:
    """(T, 58) face in its units, of padded rows (T, CONDITION)."""
    noise = start_noise((drawn.seed,), len(rows), model.config.face.features // FACE_PATCH, rows.device)
    tokens = face_condition(rows[None], FACE_PATCH)

    def told(window: Window) -> tuple[Tensor, Tensor | None]:
        first, last = (edge * FPS // FACE_PATCH for edge in window)
        return tokens[:, first:last], None

    return _denoised(model.face, pack(noise, FACE_PATCH), FACE_PATCH, told, drawn)


@torch.inference_mode()
def _denoised(network: FiLMTransformer, noise: Tensor, patch: int, told: Tell, drawn: Drawn) -> Tensor:
    """(T, F) of packed noise (1, T / patch, patch F). told: of a window in seconds, its tokens and key poses."""
    count = noise.shape[1]
    planned = plan_windows(count * patch // FPS // UNIT, WINDOW // UNIT, 1)
    seconds = [(first * UNIT, last * UNIT) for first, last in planned]
    places = [(first * FPS // patch, last * FPS // patch) for first, last in seconds]
    memories = [_memories(network, *told(window), drawn.scale) for window in seconds]

    def predict(x: Tensor, timestep: int) -> Tensor:
        parts = []
        for (first, last), (given, nothing) in zip(places, memories, strict=True):
            if drawn.should_stop():
                raise Stopped
            parts.append(_guided(network, x[:, first:last], timestep, given, nothing, drawn.scale))
        return blend(torch.cat(parts), places, count, UNIT * FPS // patch)

    solver = cosine_solver(TRAIN_STEPS, drawn.steps, noise.device)
    x0 = solve(predict, noise, solver, drawn.on_step, drawn.should_stop)
    return unpack(x0, patch)[0]


def _memories(
    network: FiLMTransformer, tokens: Tensor, keys: Tensor | None, scale: float
) -> tuple[Memory, Memory | None]:
    nothing = None if scale == 1 else network.encode_nothing(tokens.shape[1], 0 if keys is None else keys.shape[1])
    return network.encode(tokens, keys), nothing


def _guided(
    network: FiLMTransformer, x: Tensor, timestep: int, given: Memory, nothing: Memory | None, scale: float
) -> Tensor:
    step = torch.full((1,), timestep, device=x.device)
    seen: Tensor = network(x, step, given)
    if nothing is None:
        return seen
    unseen: Tensor = network(x, step, nothing)
    return unseen + scale * (seen - unseen)
