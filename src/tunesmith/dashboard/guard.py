"""Who may speak to the page: the one gate before routing, which checks host, token, origin and size of each request."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias, final
from urllib.parse import parse_qsl, urlencode

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_REQUEST = 64 * 1024
"""Most bytes of a request's body, and of its address."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The content policy of every answer: scripts and styles from this server alone, no eval, nothing inline."""

HEADERS: dict[bytes, bytes] = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_SAFE = {"GET", "HEAD"}
_METHODS = {*_SAFE, "POST"}

_LOCKED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>tunesmith</title></head><body>
<h1>This page needs its key</h1>
<p>Open the whole address that <code>tunesmith dashboard</code> printed: it ends in <code>?token=...</code></p>
<p>A new start makes a new key; an old address does not open the page any more.</p>
</body></html>
"""


_TOO_LARGE = f"A request may hold {LARGEST_REQUEST:,} bytes."


@final
@dataclass(frozen=True)
class Keys:
    """What opens the page: a random token, made anew at each start, and the names that the server answers to.

    Parameters
    ----------
    port
        Where the server listens.
    token
        128 bits or more, in text that an address can hold.
    names
        What a browser may call the machine.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    names: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")

    @property
    def hosts(self) -> frozenset[str]:
        """The exact `Host` headers that are answered."""
        return frozenset(f"{name}:{self.port}" for name in self.names)

    @property
    def origins(self) -> frozenset[str]:
        """The exact `Origin` headers that may write."""
        return frozenset(f"http://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers share cookies between the ports of a host, so the port is part of it."""
        return f"tunesmith-{self.port}"

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"http://{self.names[0]}:{self.port}/?token={self.token}"

    def opens(self, given: str) -> bool:
        """Whether that is the token; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())


@final
class Guard:
    """Middleware that answers by itself whatever must not reach the page.

    In this order: an unknown host is 403 (a name that was bound anew to this machine reads nothing), a foreign origin
    is 403, a method that nothing uses is 405, an address or a body that is too large is 414 or 413, no token is 401.
    Each answer, refusals included, bears the headers that keep a browser strict.
    """

    def __init__(self, app: App, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no websockets here; the server closes it
        send = _strict(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await _answer(send, *refusal)
        elif (moved := self._without_token(scope)) is not None:
            await _answer(send, 303, "", extra=moved)
        elif scope["method"] in _SAFE:
            await self._app(scope, receive, send)
        elif (body := await _body(receive)) is None:
            await _answer(send, 413, _TOO_LARGE)
        else:
            await self._app(scope, _again(body, receive), send)

    def _refusal(self, scope: Message) -> tuple[int, str] | None:
        """Status and words where a request is refused, None where it may pass."""
        if _only(scope, b"host") not in self._keys.hosts:
            return 403, "This server does not answer to that host."
        origin, site = _only(scope, b"origin"), _only(scope, b"sec-fetch-site")
        safe = scope["method"] in _SAFE
        if origin not in (self._keys.origins if not safe else {*self._keys.origins, None}):
            return 403, "Requests from other pages are refused."
        if not safe and site not in {"same-origin", None}:
            return 403, "Requests from other pages are refused."
        if scope["method"] not in _METHODS:
            return 405, "There is nothing here that takes this method."
        if len(scope.get("query_string", b"")) + len(scope.get("raw_path") or b"") > LARGEST_REQUEST:
            return 414, "The address is too long."
        length = _only(scope, b"content-length") or "0"
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST_REQUEST:
            return 413, _TOO_LARGE
        return None if self._has_token(scope) else (401, _LOCKED)

    def _has_token(self, scope: Message) -> bool:
        query = [value for name, value in _query(scope) if name == "token"]
        if query:
            return self._keys.opens(query[0])
        bearer = (_only(scope, b"authorization") or "").partition("Bearer ")[2]
        if bearer:
            return self._keys.opens(bearer)
        try:
            morsel = SimpleCookie(_only(scope, b"cookie") or "").get(self._keys.cookie)
        except CookieError:
            return False
        return morsel is not None and self._keys.opens(morsel.value)

    def _without_token(self, scope: Message) -> dict[bytes, bytes] | None:
        """Where the token came in the address: the cookie that holds it from now on, and the address without it."""
        rest = [(name, value) for name, value in _query(scope) if name != "token"]
        if len(rest) == len(_query(scope)):
            return None
        path = "/" + scope["path"].lstrip("/\\")
        target = path.encode("ascii", "ignore").decode() + (f"?{urlencode(rest)}" if rest else "")
        cookie = f"{self._keys.cookie}={self._keys.token}; Path=/; HttpOnly; SameSite=Strict"
        return {b"location": _one_line(target).encode(), b"set-cookie": cookie.encode()}


def _query(scope: Message) -> list[tuple[str, str]]:
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return []


def _one_line(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def _only(scope: Message, name: bytes) -> str | None:
    """A header that comes once; twice is as good as a wrong one."""
    found: list[bytes] = [value for key, value in scope["headers"] if key == name]
    if not found:
        return None
    return found[0].decode("latin-1") if len(found) == 1 else "twice"


def _strict(send: Send) -> Send:
    """A `send` whose every answer bears the strict headers, whatever the page said."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = [(name, value) for name, value in message.get("headers", []) if name.lower() not in HEADERS]
            cached = any(name.lower() == b"cache-control" for name, _value in said)
            more = [] if cached else [(b"cache-control", b"no-store")]
            message = {**message, "headers": [*said, *HEADERS.items(), *more]}
        await send(message)

    return sent


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None as soon as it grows too large, or if the client went away."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        found += message.get("body", b"")
        if len(found) > LARGEST_REQUEST:
            return None
        if not message.get("more_body", False):
            return bytes(found)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, and then goes on."""
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return parts.pop() if parts else await receive()

    return received


async def _answer(send: Send, status: int, text: str, *, extra: dict[bytes, bytes] | None = None) -> None:
    kind = b"text/html; charset=utf-8" if text.startswith("<!doctype") else b"text/plain; charset=utf-8"
    headers: Iterable[tuple[bytes, bytes]] = [(b"content-type", kind), *(extra or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": text.encode()})
