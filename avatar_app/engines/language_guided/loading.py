"""Networks from the tensors of published files; which file they came from is told in every error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from avatar_app.engines.language_guided.generator import (
    FixedNoise,
    Generator,
    GeneratorConfig,
    constant_kernels,
)
from avatar_app.engines.language_guided.inversion_encoder import EncoderConfig, InversionEncoder
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from avatar_app.request import InputError
from avatar_app.tensor_fit import check_fit

State = Mapping[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)
Made = TypeVar("Made")

NOISE = "noises."
PARALLEL = "module."  # before every name, when several processors trained it
ENCODER = "encoder."  # CLIP in a motion model, the encoder itself in e4e
_MOST_OFF = 1e-6  # of filters, which are the same in all files
_FETCH = "use the file that its owners publish"


def generator_from(state: State, name: str, seed: int = 0) -> Generator:
    """The generator in a rosinality checkpoint's "g_ema", for evaluation.

    Noise that is missing is drawn from `seed`; filters may be missing. Raises InputError for anything else that is
    missing, unknown or of another shape. name: of the file.
    """
    config = _told(lambda: GeneratorConfig.from_checkpoint(state), name, "a StyleGAN2 generator")
    kernels = constant_kernels(config)
    for key in kernels.keys() & state.keys():
        stored = state[key]
        if stored.shape != kernels[key].shape or (stored.float() - kernels[key]).abs().max() > _MOST_OFF:
            raise InputError(f"{name} resamples with another filter ({key}) than StyleGAN2 does: {_FETCH}.")
    with torch.device("meta"):
        model = Generator(config)
    noise = {NOISE + key: value for key, value in FixedNoise(config, seed).state_dict().items()}
    given = {key: value for key, value in state.items() if key not in kernels}
    return _filled(model, noise | given, name)


def motion_model_from(state: State, name: str, style: int = 512) -> MotionModel:
    """The mappers and the recurrent network in a motion model's "state_dict", for evaluation; CLIP is left out.

    style: of the generator. Raises InputError for tensors that are missing, unknown or of another shape.
    """
    plain = {key.removeprefix(PARALLEL): value for key, value in state.items()}
    own = {key: value for key, value in plain.items() if not key.startswith(ENCODER)}
    config = _told(lambda: MotionConfig.from_checkpoint(own, style), name, "a motion model of this generator")
    with torch.device("meta"):
        model = MotionModel(config)
    return _filled(model, own, name)


def inversion_encoder_from(state: State, name: str) -> InversionEncoder:
    """The encoder in an e4e checkpoint's "state_dict", for evaluation; its generator is left out. Errors as above."""
    own = {key.removeprefix(ENCODER): value for key, value in state.items() if key.startswith(ENCODER)}
    config = _told(lambda: EncoderConfig.from_checkpoint(own), name, "an e4e encoder")
    with torch.device("meta"):
        model = InversionEncoder(config)
    return _filled(model, own, name)


def _told(make: Callable[[], Made], name: str, what: str) -> Made:
    try:
        return make()
    except (KeyError, IndexError, ValueError) as error:
        raise InputError(f"{name} does not hold {what} ({error}): {_FETCH}.") from error


def _filled(model: Network, state: State, name: str) -> Network:
    check_fit(model, state, f"{name} does not fit", _FETCH)
    model.load_state_dict(dict(state), assign=True)
    return model.eval().requires_grad_(False)
