"""Which names the page answers to, and which pages may call it.

A name that somebody else's server hands out may point at this machine (DNS rebinding), and a foreign page may send
forms here without asking (no CORS is needed for that): both are told from what is wanted by their headers.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = ("localhost", "127.0.0.1", "::1")
SAFE = ("GET", "HEAD", "OPTIONS")
HUB = "https://huggingface.co"  # shows Spaces in its own pages


def allowed_names(host: str, more: Iterable[str] = ()) -> frozenset[str]:
    """Host names that are answered: this machine's own, the one that is listened on, a Space's, and those given."""
    space = os.environ.get("SPACE_HOST", "")
    return frozenset(name.lower() for name in (*LOCAL, host.strip("[]"), *space.split(","), *more) if name)


def host_of(name: str) -> str:
    """Of "name:port", "[::1]:port" or an origin; empty for what is neither."""
    try:
        return (urlsplit(name if "//" in name else f"//{name}").hostname or "").lower()
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Whether it is a number, which nobody can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Origins:
    """ASGI middleware: 421 for foreign names, 403 for what foreign pages send. names: see `allowed_names`.

    "*" among them answers to every name. Programs send no origin, and are let through.
    """

    app: ASGIApp
    names: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = host_of(headers.get("host", ""))
        if not self.known(host):
            words = f"This page does not answer to the name {host!r}: start it with --allow-host {host or 'NAME'}."
            await PlainTextResponse(words, 421)(scope, receive, send)
        elif not self.is_own(headers, scope.get("method", "GET"), host):
            await PlainTextResponse("Another page may not send anything here.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def known(self, host: str) -> bool:
        """Whether this name is answered to."""
        return "*" in self.names or host in self.names or is_address(host)

    def is_own(self, headers: Headers, method: str, host: str) -> bool:
        """Whether a request comes from the page itself, or from no page at all."""
        if method in SAFE and headers.get("upgrade", "").lower() != "websocket":
            return True
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        return host_of(origin) == host


def policy(space: bool) -> dict[str, str]:
    """Headers that tell browsers what the page may do: load nothing from elsewhere, and be shown in no other page.

    space: on a Hugging Face Space, whose own page shows it. Gradio's page needs inline scripts and styles, and
    functions made of text.
    """
    own = "'self' 'unsafe-inline' 'unsafe-eval' blob:"
    rules = {
        "default-src": "'self'",
        "script-src": own,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": f"'self' {HUB}" if space else "'self'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(self), geolocation=()",
    }
