"""The one address before several replicas: a session stays with its own, and is told when that one is no more."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from avatar_app.serving.replicas import Replicas

COOKIE = "avatar_app_replica"  # the number of the replica that a browser belongs to
MOST = 500  # requests on their way to all replicas, streams included; more are told to come again
WAIT = 5.0  # seconds for a connection, or for one of those to become free
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP = (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
       b"transfer-encoding", b"upgrade")  # headers of one connection alone (RFC 9110, 7.6.1)  # fmt: skip
GONE = "The server that worked for you ended and begins anew: please try again in a minute. Finished takes are kept."
STOPPED = "Server stopped unexpectedly."  # by which gradio's Python client knows that nothing more comes
FULL = "Too many requests are on their way: please try again in a moment."
LOADING = "The server is starting: please try again in a minute."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Front:
    """/health and /ready for all replicas, and everything else by one of them."""

    replicas: Replicas
    client: httpx.AsyncClient

    async def told(self, http: Request) -> JSONResponse:
        """Ready while one replica is."""
        ready = sum(one.ready for one in self.replicas.all)
        status = 200 if ready or http.url.path == "/health" else 503
        return JSONResponse({"status": "ready" if ready else "loading", "replicas": ready}, status)

    async def forward(self, http: Request) -> Response:
        """What the session's replica answers, as it comes."""
        number = self.number_of(http)
        replica = self.replicas.all[number]
        if not replica.life:
            return _refusal(LOADING)
        target = httpx.URL(replica.url, raw_path=_raw_path(http))
        sends = "content-length" in http.headers or "transfer-encoding" in http.headers
        # Made without the client, which would add headers and cookies of its own.
        asked = httpx.Request(http.method, target, headers=_passed_on(http), content=http.stream() if sends else None)
        try:
            answer = await self.client.send(asked, stream=True)
        except httpx.PoolTimeout:
            return _refusal(FULL)
        except httpx.TransportError as error:
            log.info("a replica did not answer: %s", type(error).__name__)
            return _refusal(GONE)
        except ClientDisconnect:
            return Response(status_code=400)
        body = _body(answer, last_words(stream_of(http.url.path), browser=COOKIE in http.cookies))
        response = StreamingResponse(body, answer.status_code, background=BackgroundTask(answer.aclose))
        response.raw_headers = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP]
        if http.cookies.get(COOKIE) != str(number) and _is_page(http):
            response.set_cookie(COOKIE, str(number), httponly=True, samesite="lax")
        return response

    def number_of(self, http: Request) -> int:
        """The session's replica. Programs keep no cookie: all of one address and user belong together."""
        count, kept = len(self.replicas.all), http.cookies.get(COOKIE, "")
        known = kept.isdecimal() and int(kept) < count
        if known and (self.replicas.all[int(kept)].ready or not _is_page(http)):
            return int(kept)
        if _is_page(http):
            return self.replicas.next_one()
        client = f"{http.client.host if http.client else ''} {http.headers.get('authorization', '')}"
        return int.from_bytes(hashlib.sha256(client.encode()).digest()[:8], "big") % count


def application(replicas: Replicas) -> Starlette:
    """What uvicorn serves."""
    limits = httpx.Limits(max_connections=MOST, max_keepalive_connections=MOST // 10)
    timeout = httpx.Timeout(None, connect=WAIT, pool=WAIT)
    front = Front(replicas, httpx.AsyncClient(trust_env=False, timeout=timeout, limits=limits))
    return Starlette(
        routes=[
            Route("/health", front.told),
            Route("/ready", front.told),
            Route("/{path:path}", front.forward, methods=METHODS),
        ]
    )


def stream_of(path: str) -> str:
    """Which of Gradio's streams of events a path is: "queue", "call", or none."""
    return "queue" if path.endswith("/queue/data") else "call" if "/call/" in path else ""


def last_words(stream: str, browser: bool) -> bytes:
    """What ends a stream whose replica is no more, so that whoever listens is told; nothing for other streams."""
    if stream == "queue":
        words = GONE if browser else STOPPED
        said = {"msg": "unexpected_error", "message": words, "session_not_found": False, "success": False}
        return f"data: {json.dumps(said)}\n\n".encode()
    return f"event: error\ndata: {json.dumps(GONE)}\n\n".encode() if stream == "call" else b""


async def _body(answer: httpx.Response, last: bytes) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    except httpx.TransportError:
        if "content-length" in answer.headers:
            raise  # cut off, as it was: nobody must take it for whole
        yield last
    finally:
        await answer.aclose()


def _refusal(words: str) -> JSONResponse:
    return JSONResponse({"detail": words}, 503, {"retry-after": "30"})


def _raw_path(http: Request) -> bytes:
    """As it came, with what stands behind the question mark."""
    query = http.scope["query_string"]
    return bytes(http.scope["raw_path"]) + (b"?" + query if query else b"")


def _passed_on(http: Request) -> list[tuple[bytes, bytes]]:
    """The request's headers, and who sent it."""
    headers = [(name, value) for name, value in http.headers.raw if name not in (*HOP, b"x-forwarded-for")]
    return [*headers, (b"x-forwarded-for", (http.client.host if http.client else "unknown").encode())]


def _is_page(http: Request) -> bool:
    """Whether a browser opens the page with it."""
    return http.method == "GET" and http.url.path == "/"
