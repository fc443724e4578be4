"""Who may use the page: a file of names with hashed passwords, or a token, asked for as HTTP asks (RFC 7617, 6750).

Everything is behind it, files and MCP included, but for /health and /ready.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from avatar_app.files import atomic_write
from avatar_app.request import InputError

COST = {"n": 2**14, "r": 8, "p": 1}  # of scrypt: some 50 ms
SALT, KEPT = 16, 256  # bytes; credentials that were found right and need no hashing again
SHORTEST = 8  # characters of a password
TOKEN = 16  # characters, at least
OPEN = "/startup-events"  # by which Gradio asks itself whether it is up


def hashed(password: str, salt: bytes | None = None) -> str:
    """ "scrypt$SALT$HASH", in hexadecimal."""
    salt = secrets.token_bytes(SALT) if salt is None else salt
    return f"scrypt${salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **COST).hex()}"


def add_user(path: Path, name: str, password: str) -> None:
    """Writes or replaces a line "NAME:HASH". Raises InputError for a name or password that will not do."""
    if not name or ":" in name or not name.isprintable():
        raise InputError(f"{name!r} is no name for a user: take letters and digits, without a colon.")
    if len(password) < SHORTEST:
        raise InputError(f"A password needs at least {SHORTEST} characters.")
    users = read_users(path) if path.exists() else {}
    users[name] = hashed(password)
    with atomic_write(path) as file:
        file.write("".join(f"{one}:{value}\n" for one, value in users.items()).encode())
    path.chmod(0o600)


def read_users(path: Path) -> dict[str, str]:
    """Hashes by name; InputError for a file that is not such."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"The users in {str(path)!r} cannot be read ({type(error).__name__}).") from error
    users = dict(line.split(":", 1) for line in lines if ":" in line)
    if not users or any(value.count("$") != 2 for value in users.values()):
        raise InputError(f"{str(path)!r} holds no users: make it with `avatar_app add-user {path} NAME`.")
    return users


@dataclass(frozen=True)
class Access:
    """ASGI middleware: 401 without a user's name and password (Basic), or the token (Bearer).

    users: hashes by name, see `read_users`. known: credentials that were right, so that a page's many requests do not
    hash anew.
    """

    app: ASGIApp
    users: dict[str, str] = field(default_factory=dict)
    token: str = ""
    known: dict[bytes, None] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        asks = scope["type"] in ("http", "websocket") and not scope["path"].endswith(OPEN)
        if asks and not self.admits(Headers(scope=scope).get("authorization", "")):
            asked = {"www-authenticate": 'Basic realm="Avatar App", charset="UTF-8"'}
            await PlainTextResponse("A name and a password are asked for here.", 401, asked)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def admits(self, authorization: str) -> bool:
        """Whether the header's value is somebody's."""
        kind, _, value = authorization.partition(" ")
        if kind.lower() == "bearer":
            return bool(self.token) and hmac.compare_digest(value.strip().encode(), self.token.encode())
        if kind.lower() != "basic":
            return False
        mark = hashlib.sha256(value.encode()).digest()
        if mark in self.known:
            return True
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        # A name that nobody has takes as long as one that somebody has.
        kept = self.users.get(name, hashed("", bytes(SALT)))
        right = hmac.compare_digest(hashed(password, bytes.fromhex(kept.split("$")[1])), kept) and name in self.users
        if right:
            self.known[mark] = None
            while len(self.known) > KEPT:
                del self.known[next(iter(self.known))]
        return right
