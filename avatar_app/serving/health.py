"""Whether the server lives, takes work, or is about to end: /health and /ready, and no new runs while it drains."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from avatar_app.ui.jobs import THREAD

STARTS = ("/queue/join", "/call/generate")  # paths, or beginnings of their ends, by which runs begin


@dataclass
class State:
    """warm: what every run needs is loaded. draining: no more runs begin."""

    warm: threading.Event = field(default_factory=threading.Event)
    draining: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Health:
    """ASGI middleware that answers GET /health and /ready for whoever asks, and 503 to new runs at the end."""

    app: ASGIApp
    state: State

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] == "http" and scope["path"] in ("/health", "/ready"):
            await self.told(scope["path"])(scope, receive, send)
        elif scope["type"] == "http" and self.state.draining.is_set() and begins_run(scope["path"]):
            await JSONResponse({"detail": "The server is about to restart: try again in a minute."}, 503)(
                scope, receive, send
            )
        else:
            await self.app(scope, receive, send)

    def told(self, path: str) -> JSONResponse:
        """A server that drains or still loads lives, and should get no work."""
        ready = self.state.warm.is_set() and not self.state.draining.is_set()
        words = "draining" if self.state.draining.is_set() else "ready" if ready else "loading"
        return JSONResponse({"status": words, "runs": running()}, 200 if ready or path == "/health" else 503)


def begins_run(path: str) -> bool:
    """Whether a request to this path puts a run into the queue."""
    return any(path.endswith(end) for end in STARTS)


def running() -> int:
    """Runs that go on in this process."""
    return sum(thread.name == THREAD for thread in threading.enumerate())


def drained(seconds: float) -> bool:
    """Waits so long for runs to end; whether they did."""
    until = time.monotonic() + seconds
    while running() and time.monotonic() < until:
        time.sleep(0.1)
    return not running()
