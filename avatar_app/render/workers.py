"""Threads that draw the frames of a clip ahead of whoever asks for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from avatar_app.request import Stopped
from avatar_app.types import Image, ShouldStop

Pose = TypeVar("Pose")


def drawn_ahead(
    draw: Callable[[Pose], Image], poses: Iterable[Pose], workers: int, should_stop: ShouldStop | None = None
) -> Iterator[Image]:
    """The frames of poses, in order. workers: threads; with one the caller's own thread draws and none is started.

    At most `workers` frames wait to be fetched. Raises Stopped once should_stop() is true.
    """
    stop = should_stop or (lambda: False)
    if workers <= 1:
        for pose in poses:
            if stop():
                raise Stopped
            yield draw(pose)
        return
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[Image]] = deque()
        for pose in poses:
            if stop():
                raise Stopped
            ahead.append(pool.submit(draw, pose))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
