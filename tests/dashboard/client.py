"""A client that speaks to the application itself, and sends exactly what it is told: no path is tidied on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from tunesmith.dashboard.app import build
from tunesmith.dashboard.guard import Keys
from tunesmith.storages import open_storage

BASE = "http://127.0.0.1:8787"
KEYS = Keys(8787, token="t" * 32)
OURS = {"origin": BASE, "sec-fetch-site": "same-origin", "content-type": "application/json"}
"""What the page's own requests bear."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Speaks to the page of one storage."""

    def __init__(self, path: Path | str, *, may_edit: bool = False, token: bool = True) -> None:
        self.app = build(open_storage(str(path)), KEYS, may_edit=may_edit)
        self.cookie = f"{KEYS.cookie}={KEYS.token}" if token else ""

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        return self.request("GET", f"{path}?{urlencode(params)}" if params else path, headers)

    def post(self, path: str, content: Any, headers: Mapping[str, str] | None = OURS) -> Answer:
        """Send JSON, or bytes as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.request("POST", path, {"content-length": str(len(body)), **(headers or {})}, [body])

    def request(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: Iterable[bytes] = ()
    ) -> Answer:
        """Send one request; a body in parts says no length."""
        return asyncio.run(self.asked(method, target, headers, body))

    async def asked(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: Iterable[bytes] = ()
    ) -> Answer:
        """The same, for who sends several at once."""
        path, _, query = target.partition("?")
        said = {"host": "127.0.0.1:8787", "cookie": self.cookie, **(headers or {})}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": quote(path, safe="/%").encode(),
            "query_string": quote(query, safe="=&+%").encode(),
            "headers": [(name.encode(), value.encode()) for name, value in said.items() if value], "root_path": "",
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8787),
        }  # fmt: skip
        return await self._answer(scope, list(body))

    async def _answer(self, scope: dict[str, Any], body: list[bytes]) -> Answer:
        sent: list[Any] = []
        parts = iter([*body, b""])

        async def receive() -> dict[str, Any]:
            part = next(parts, None)
            if part is None:
                await asyncio.sleep(3600)  # as a browser that waits for the rest of the answer
            return {"type": "http.request", "body": part, "more_body": part != b""}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
