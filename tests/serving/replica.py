"""Stands in for `avatar_app serve` behind the front: quick to start, and says who answered."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from avatar_app.serving.parent import end_with_parent


async def who(http: Request) -> JSONResponse:
    """Everything that came, and the process that got it."""
    body = await http.body()
    told = {"pid": os.getpid(), "path": str(http.url.path), "query": http.url.query, "size": len(body)}
    return JSONResponse(told | {"headers": dict(http.headers), "threads": os.environ["OMP_NUM_THREADS"]})


async def events(http: Request) -> StreamingResponse:
    """A stream that does not end."""

    async def said() -> AsyncIterator[str]:
        while True:
            yield f"data: {os.getpid()}\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(said(), media_type="text/event-stream")


if __name__ == "__main__":
    end_with_parent()
    streams = [Route("/gradio_api/queue/data", events), Route("/gradio_api/call/generate/{event}", events)]
    app = Starlette(routes=[*streams, Route("/{path:path}", who, methods=["GET", "POST"])])
    uvicorn.run(app, port=int(sys.argv[sys.argv.index("--port") + 1]), log_level="error", timeout_graceful_shutdown=1)
