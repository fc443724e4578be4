"""Face detection in a process that does other things meanwhile."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.face.landmarks import detect_faces, person_matte
from avatar_app.face.networks import Network
from avatar_app.inputs.portrait.picture import read_picture
from avatar_app.types import Array, Image

PORTRAITS = Path(__file__).parents[2] / "assets" / "portraits"


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    return [read_picture(PORTRAITS / f"{name}.jpg") for name in ("astronaut", "bearded_man", "princess")]


def test_what_other_threads_write_to_stderr_during_detection_arrives(
    pictures: list[Image], capfd: pytest.CaptureFixture[str]
) -> None:
    import mediapipe  # noqa: F401 - it loads sounddevice, which silences PortAudio for some milliseconds

    written, done = 0, threading.Event()

    def write() -> None:
        nonlocal written
        while not done.wait(0.002):
            os.write(2, b"a message\n")
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    detect_faces(pictures[0])
    person_matte(pictures[0])
    done.set()
    writer.join()
    assert written > 10
    assert capfd.readouterr().err.count("a message\n") == written


def same(found: list[list[Array]], expected: list[list[Array]]) -> bool:
    return all((a[0] == b[0]).all() for a, b in zip(found, expected, strict=True))


def test_a_picture_shows_the_same_face_whatever_was_seen_before(pictures: list[Image]) -> None:
    forward = [detect_faces(picture) for picture in pictures]
    backward = [detect_faces(picture) for picture in pictures[::-1]][::-1]
    assert same(backward, forward)
    assert not (forward[0][0] == forward[1][0]).all()


def test_threads_that_look_at_pictures_at_once_find_what_each_finds_alone(pictures: list[Image]) -> None:
    alone = [detect_faces(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detect_faces, pictures * 4))
    assert same(together, alone * 4)


def test_a_network_is_made_once_and_again_only_after_it_failed() -> None:
    made: list[Any] = []

    class Failing:
        def process(self, pixels: Image) -> int:
            if not pixels.any():
                raise RuntimeError("the graph has stopped")
            return int(pixels.max())

    def make() -> Failing:
        made.append(Failing())
        return made[-1]

    network, picture = Network(make), np.full((4, 4, 3), 7, np.uint8)
    assert [network.process(picture) for _ in range(3)] == [7, 7, 7] and len(made) == 1
    with pytest.raises(RuntimeError, match="stopped"):
        network.process(np.zeros_like(picture))
    assert network.process(picture) == 7 and len(made) == 2
