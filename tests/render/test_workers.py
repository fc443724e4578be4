"""Threads that draw: as many as were allowed, however many clips there are, and the frames in their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.model import load_head
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.render.head.texture import clay
from avatar_app.render.mesh.film import MeshFilm, View, clay_skin
from avatar_app.render.workers import drawn_ahead
from avatar_app.request import Stopped
from avatar_app.types import Array, Image

QUAD = np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0.1, 0.1, 0], [-0.1, 0.1, 0]], np.float32)
FACING = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


class Watched:
    """Counts the threads that draw at the same time."""

    def __init__(self) -> None:
        self.lock, self.now, self.most = threading.Lock(), 0, 0
        self.threads: set[int] = set()

    def draw(self, number: int) -> Image:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.threads.add(threading.get_ident())
        time.sleep(0.002)
        with self.lock:
            self.now -= 1
        return np.full((1, 1, 3), number, np.uint8)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_frames_come_in_order_from_as_many_threads_as_were_allowed(workers: int) -> None:
    watched = Watched()
    numbers = [int(frame[0, 0, 0]) for frame in drawn_ahead(watched.draw, range(20), workers)]
    assert numbers == list(range(20))
    assert watched.most <= workers and len(watched.threads) <= workers
    assert (threading.get_ident() in watched.threads) == (workers == 1), "one worker is the caller itself"


@pytest.mark.parametrize("workers", [1, 3])
def test_frames_are_drawn_as_they_are_fetched_and_stop_when_told(workers: int) -> None:
    watched, drawn = Watched(), []
    asked = iter([False] * 8 + [True] * 99)
    with pytest.raises(Stopped):
        for frame in drawn_ahead(watched.draw, iter(range(1000)), workers, lambda: next(asked)):
            drawn.append(frame)
    assert 8 - workers <= len(drawn) <= 8


def clips() -> Iterator[MotionClip]:
    for most in (0.2, 0.4, 0.6, 0.8):
        values = MotionClip.still(6).values()
        values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, most, 6)
        yield MotionClip.from_values(values)


def most_threads_beside(drawers: list[Iterator[Image]]) -> int:
    """The most threads there are beside one for each of the clips that are drawn at once, and those of before."""
    before, most, done = threading.active_count(), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, threading.active_count())
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(len(drawers)) as pool:
        list(pool.map(list, drawers))
    done.set()
    watcher.join()
    return most - before - 1 - len(drawers)


def test_several_heads_drawn_at_once_start_no_threads_of_their_own() -> None:
    renderer = HeadRenderer(clay(load_head()), 64)
    assert most_threads_beside([renderer.frames(clip) for clip in clips()]) <= 0


def test_several_films_drawn_at_once_start_no_threads_of_their_own() -> None:
    film = MeshFilm(clay_skin(QUAD, FACING), View.of(QUAD.min(0), QUAD.max(0)), 64)
    parts: list[list[Array]] = [[np.stack([QUAD * 0.1 * k for k in range(1, 10)])] for _ in range(4)]
    assert most_threads_beside([film.frames(part) for part in parts]) <= 0


def test_a_head_drawn_by_several_threads_is_the_same() -> None:
    look, clip = clay(load_head()), next(clips())
    alone, shared = (list(HeadRenderer(look, 64, workers=workers).frames(clip)) for workers in (1, 3))
    assert len(alone) == len(clip)
    assert all((a == b).all() for a, b in zip(alone, shared, strict=True))
