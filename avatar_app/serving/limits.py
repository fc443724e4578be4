"""How much somebody may send: the size of a request, and requests and bytes in a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEGABYTE = 10**6
UPLOADS = "/upload"  # how the path of Gradio's upload ends


@dataclass(frozen=True)
class Limits:
    """body, upload: bytes of one request, and of one that uploads files. calls: requests that change something, a
    minute and client. client_bytes, all_bytes: uploaded an hour, by one client and by everybody."""

    body: int = 4 * MEGABYTE
    upload: int = 132 * MEGABYTE
    calls: int = 600
    client_bytes: int = 1_500 * MEGABYTE
    all_bytes: int = 6_000 * MEGABYTE


@dataclass(frozen=True)
class Limited:
    """ASGI middleware: 413 for a request that is too large, told before its body is read where it says its size, and
    429 for too many. Reading is free of it."""

    app: ASGIApp
    limits: Limits = Limits()
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        client, uploads = (scope.get("client") or ("unknown", 0))[0], scope["path"].endswith(UPLOADS)
        most = self.limits.upload if uploads else self.limits.body
        if not self.limiter.hit(RateLimitItemPerMinute(self.limits.calls), client):
            await _refuse(429, "Too many requests in a minute: wait a little.")(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        size = int(length) if length.isdecimal() else 0
        if size > most:
            words = f"That is more than {most // MEGABYTE} MB at once: give a smaller file."
            await _refuse(413, words)(scope, receive, send)
        elif uploads and not self.may_upload(client, size or most):
            words = "So much was uploaded in the last hour that no more is taken: come back later."
            await _refuse(429, words)(scope, receive, send)
        else:
            await self.app(scope, Counted(receive, most), send)

    def may_upload(self, client: str, size: int) -> bool:
        """Counts bytes, in kilobytes, against both hourly quotas."""
        cost = max(1, size // 1000)
        mine = RateLimitItemPerHour(self.limits.client_bytes // 1000)
        everybody = RateLimitItemPerHour(self.limits.all_bytes // 1000)
        if not self.limiter.test(everybody, "everybody", cost=cost):
            return False
        return self.limiter.hit(mine, "bytes", client, cost=cost) and self.limiter.hit(
            everybody, "everybody", cost=cost
        )


@dataclass
class Counted:
    """A request's body, which breaks off where it grows beyond `most` bytes, whatever its headers said."""

    receive: Receive
    most: int
    seen: int = 0

    async def __call__(self) -> Message:
        """The next part of it."""
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.seen > self.most else message


def _refuse(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(words, status, {"connection": "close"})
