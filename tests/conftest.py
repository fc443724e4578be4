"""Files that several tests need."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def pytest_configure() -> None:
    """Uploads and data of every process in folders of their own: a page that closes empties the folder of all pages."""
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="avatar-app-test-")
    os.environ["AVATAR_DATA"] = tempfile.mkdtemp(prefix="avatar-app-test-data-")
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Before torch is imported: as many threads as cores in each of several processes wait for one another.
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_unconfigure() -> None:
    """Leaves no uploads and no data behind."""
    for name in ("GRADIO_TEMP_DIR", "AVATAR_DATA"):
        shutil.rmtree(os.environ[name], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes longest first, so that no other process waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_page_in_browser.py")


@pytest.fixture(scope="session")
def recordings_heard() -> dict[tuple[bytes, int], Any]:
    """What the phone recogniser heard in this process, by the samples and the number of frames."""
    return {}


@pytest.fixture(scope="module")
def heard_once(recordings_heard: dict[tuple[bytes, int], Any]) -> Iterator[None]:
    """Has the phone recogniser hear each recording once a process: that is two thirds of the work of a short motion.

    Not for tests of speech: that it hears the same every time is theirs to tell.
    """
    from avatar_app.speech import articulation

    recognise = articulation.recognise

    def recall(samples: np.ndarray, frames: int) -> Any:
        key = samples.tobytes(), frames
        if key not in recordings_heard:
            recordings_heard[key] = recognise(samples, frames)
        return copy.deepcopy(recordings_heard[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(articulation, "recognise", recall)
        yield


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of something voice-like: a buzz whose loudness comes in syllables, with a pause."""
    rate = 48_000
    time = np.arange(3 * rate) / rate
    buzz = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) * ((time < 1.3) | (time > 1.8))
    samples = (0.25 * buzz * syllables * 32767 / 2).astype("<i2")
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="session")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real photo of a face, which scikit-image ships."""
    from PIL import Image
    from skimage import data

    path = tmp_path_factory.mktemp("portrait") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path
