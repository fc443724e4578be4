"""Takes made by Ray Serve, as many at once as its cluster has room for; the page stays in front, and sessions with it.

What a run reads and writes lies in the page's temporary folder and $AVATAR_DATA, which all machines have to see under
the same paths. What passes between the processes is pickled, as in zero_gpu.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from avatar_app.generate import generate
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.serving.zero_gpu import listen, stream
from avatar_app.ui.jobs import Make

NAME = "avatar_app"
LOCAL = "local"
# Seconds: runs are long, and whoever waits for one waits for the next replica, too.
SOON = {"metrics_interval_s": 1.0, "look_back_period_s": 3.0, "upscale_delay_s": 2.0}
CORES = 2  # of a replica: a take is made and drawn at the same time


class Maker:
    """A deployment's replica; the engine stays loaded between runs."""

    def __call__(self, request: Request) -> Iterator[Event | Sample]:
        """Everything that a run tells, as it comes; ends it when nobody listens."""
        yield from stream(generate, request)


@contextlib.contextmanager
def made_by_serve(address: str, most: int) -> Iterator[Make]:
    """What takes generate's place while the deployment is there.

    address: of a cluster, "auto", or "local" for one of this machine's own. most: replicas; there is one while few ask,
    and one more for each run that waits for one. Raises InputError where Ray Serve is missing or no cluster answers.
    """
    ray, serve = _ray()
    own_signals = _signals()
    try:
        cores = max(os.cpu_count() or 1, CORES * most)
        own: dict[str, Any] = {"num_cpus": cores, "include_dashboard": False} if address == LOCAL else {}
        ray.init(None if address == LOCAL else address, log_to_driver=False, **own)
    except Exception as error:  # Ray raises a bare one where a node of its own does not start
        if address == LOCAL:
            words = f"Ray did not start on this machine ({error}): try again when it is less busy."
        else:
            words = f"No Ray cluster answers at {address!r} ({type(error).__name__}): start one, or take local."
        raise InputError(words) from error
    try:
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        deployment = serve.deployment(
            max_ongoing_requests=1,
            ray_actor_options={"num_cpus": CORES, "num_gpus": gpus},
            autoscaling_config={"min_replicas": 1, "max_replicas": most, "target_ongoing_requests": 1, **SOON},
        )(Maker)
        serve.start(proxy_location="Disabled")  # nobody asks it but the page
        handle = serve.run(deployment.bind(), name=NAME, route_prefix=None).options(stream=True)
        for kind, handler in own_signals.items():
            signal.signal(kind, handler)  # Ray takes SIGTERM to end the process at once, with all files left behind
        yield functools.partial(listen, functools.partial(_lent, ray, handle))
    finally:
        serve.shutdown()
        ray.shutdown()


def _signals() -> dict[signal.Signals, Any]:
    """What this process does when it is told to end; nothing outside its main thread, which alone can change it."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {kind: signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGINT)}


def _ray() -> tuple[Any, Any]:
    try:
        import ray
        from ray import serve
    except ImportError as error:
        words = 'Ray Serve is missing: `pip install -r requirements-scale.txt` (the extra "scale").'
        raise InputError(words) from error
    return ray, serve


def _lent(ray: Any, handle: Any, request: Request) -> Iterator[Event | Sample]:
    answers = handle.remote(request)
    try:
        yield from answers
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # as the run itself raised it
    except ray.exceptions.RayError as error:
        raise InputError("The process that made your takes ended: please try again.") from error
    finally:
        answers.cancel()
