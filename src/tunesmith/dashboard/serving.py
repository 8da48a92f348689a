"""Starts the page: takes a port on loopback, prints the address with its key, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

from tunesmith import _optional
from tunesmith.dashboard.app import build
from tunesmith.dashboard.guard import Keys
from tunesmith.errors import UsageError
from tunesmith.storages import open_storage

HOST = "127.0.0.1"
PORT = 8787
_NEIGHBOURS = 20


def serve(
    storage: object, *, port: int | None = None, may_edit: bool = False, ready: Callable[[str], None] = lambda _: None
) -> None:
    """Serve the page of a storage until a Ctrl-C.

    Parameters
    ----------
    storage
        A path, a URL, or a `Storage` that exists.
    port
        Where to listen; left out, it is 8787 or the next one that is free.
    may_edit
        Whether pages may write.
    ready
        Called with the address, key included, as soon as it can be opened.

    Raises
    ------
    StorageError
        If the storage is missing or cannot be opened.
    UsageError
        If the port is taken or not allowed.
    """
    opened = open_storage(storage, create=False)
    opened.studies()  # what cannot be read is said here, in the terminal, and not first on the page
    uvicorn = _optional.require("uvicorn", extra="dashboard")
    taken = listen(port)
    keys = Keys(taken.getsockname()[1])
    holder: list[Any] = []
    app = build(opened, keys, may_edit=may_edit, ending=lambda: bool(holder and holder[0].should_exit))
    server = uvicorn.Server(
        uvicorn.Config(
            _announcing(app, lambda: ready(keys.address)), lifespan="on", log_level="error", access_log=False,
            ws="none", server_header=False, date_header=False, timeout_keep_alive=5, timeout_graceful_shutdown=3,
            limit_concurrency=200, h11_max_incomplete_event_size=80 * 1024, http="h11",
        )
    )  # fmt: skip
    holder.append(server)
    try:
        server.run(sockets=[taken])
    except KeyboardInterrupt:
        return  # uvicorn ends cleanly on a Ctrl-C, and then raises it again for whoever called
    finally:
        taken.close()
        opened.close()


def listen(port: int | None) -> socket.socket:
    """A listening socket on loopback: at the port that was asked for, or at the first free one from 8787 on.

    Raises
    ------
    UsageError
        If it is taken, or may not be used.
    """
    wanted = range(PORT, PORT + _NEIGHBOURS) if port is None else [port]
    for number in wanted:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((HOST, number))
            found.listen(128)
        except OSError as error:
            found.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EPERM}:
                raise UsageError(
                    f"Port {number} cannot be used: {error.strerror}.", hint="Give another --port."
                ) from error
        except OverflowError as error:
            found.close()
            raise UsageError(f"There is no port {number}.", hint="Give --port a number from 1 to 65535.") from error
        else:
            return found
    hint = "Another dashboard may be running there. Give --port another number, or leave it out."
    if port is None:
        raise UsageError(f"No port from {PORT} to {PORT + _NEIGHBOURS - 1} is free.", hint=hint)
    raise UsageError(f"Port {port} is taken, or may not be used.", hint=hint)


def _announcing(app: Any, ready: Callable[[], None]) -> Any:
    """The application, with a word as soon as it has started."""

    async def announced(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def sent(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                ready()

        await app(scope, receive, sent)

    return announced
