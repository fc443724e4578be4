"""The speech encoder that this project trained: its sizes, and its weights out of a system's checkpoint."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file

from avatar_app.request import InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.speech.features import CHANNELS

WIDTH, DILATIONS = 128, (1, 2, 4, 8, 1, 2, 4, 8)
PREFIX = "speech_encoder."


def untrained() -> SpeechEncoder:
    """One of the right sizes."""
    return SpeechEncoder(CHANNELS, WIDTH, DILATIONS)


def load_speech_encoder(folder: Path) -> SpeechEncoder:
    """The trained one in `folder`/model.safetensors of a system of this project; InputError without one."""
    path = folder / "model.safetensors"
    if not path.is_file():
        raise InputError(f"{path} is not there, whose speech encoder hears the voices: train {folder.name} first.")
    encoder = untrained()
    own = {n.removeprefix(PREFIX): v.float() for n, v in load_file(path).items() if n.startswith(PREFIX)}
    encoder.load_state_dict(own)
    return encoder.eval()
