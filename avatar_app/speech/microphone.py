"""Recording a voice from this machine's microphone, for the command line."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.files import unfinished, write_errors_told
from avatar_app.request import MAX_SECONDS, MIN_SECONDS, SAMPLE_RATE, InputError
from avatar_app.types import ShouldStop

Samples = npt.NDArray[np.int16]

BLOCK = 0.1  # seconds


def microphones() -> list[str]:
    """Names of the inputs that can be recorded from; may be empty. InputError without PortAudio."""
    return [device["name"] for device in _sounddevice().query_devices() if device["max_input_channels"] > 0]


def record(
    output: Path,
    seconds: float,
    device: str | None = None,
    rate: int = SAMPLE_RATE,
    should_stop: ShouldStop = lambda: False,
    on_level: Callable[[float, float], None] | None = None,
) -> float:
    """Records mono 16-bit WAV for `seconds`, or until `should_stop()`; returns the seconds recorded.

    on_level: called with (seconds so far, peak in [0, 1]) ten times a second. Raises InputError when
    PortAudio or a microphone is missing, when less than the shortest usable recording came, and when `output`
    cannot be written, which is tried before anything is recorded.
    """
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise InputError(f"The recording must last {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds; got {seconds:g}.")
    sounddevice = _sounddevice()
    with unfinished(output) as part:  # before anything is said
        samples = _listen(sounddevice, seconds, device, rate, should_stop, on_level)
        with write_errors_told(output):
            _write_wav(part, samples, rate)
    return len(samples) / rate


def _listen(
    sounddevice: Any,
    seconds: float,
    device: str | None,
    rate: int,
    should_stop: ShouldStop,
    on_level: Callable[[float, float], None] | None,
) -> Samples:
    """(n,) samples of the microphone; at least MIN_SECONDS of them."""
    blocks: list[Samples] = []
    wanted, got, size = round(seconds * rate), 0, round(BLOCK * rate)
    try:
        with sounddevice.InputStream(
            samplerate=rate, channels=1, dtype="int16", device=device, latency="low"
        ) as stream:
            while got < wanted and not should_stop():
                block, _ = stream.read(min(size, wanted - got))
                blocks.append(block[:, 0].copy())
                got += len(block)
                if on_level:
                    on_level(got / rate, float(np.abs(block.astype(np.float32)).max()) / 32768)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise InputError(
            f"The microphone cannot be used ({error}): choose one that 'avatar_app record --list' names."
        ) from error
    if got < MIN_SECONDS * rate:
        raise InputError(f"Only {got / rate:.2f} s were recorded; at least {MIN_SECONDS:g} s are needed.")
    return np.concatenate(blocks)


def _sounddevice() -> Any:
    """The module, imported late: it loads PortAudio, which the rest of the app does not need."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise InputError(f"Recording needs PortAudio ({error}): run 'avatar_app doctor' for the command.") from error
    return sounddevice


def _write_wav(path: Path, samples: Samples, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
