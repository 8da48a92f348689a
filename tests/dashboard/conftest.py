"""What the page's tests share: one storage with everything in it, read by all and written by none."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.dashboard.storages import everything


class Kept(NamedTuple):
    path: Path
    keys: dict[str, str]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A storage with studies of every kind, and their keys by name."""
    path = tmp_path_factory.mktemp("kept") / "all.db"
    return Kept(path, everything(path))


FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
"""Chromium as root, in a container, that asks nobody outside for anything."""


@pytest.fixture(scope="session")
def serving() -> Iterator[Callable[..., str]]:
    """Starts `tunesmith dashboard` for a storage as a user does; gives the address that it printed."""
    started: list[subprocess.Popen[str]] = []

    def serve(path: Path, *options: str) -> str:
        command = [sys.executable, "-m", "tunesmith", "dashboard", str(path), *options]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started.append(server)
        line = server.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=\S{32,}\n", line), line
        return line.strip()

    yield serve
    for server in started:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for all tests; each page is a context of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Seen:
    """A page, and what went wrong on it: console errors, exceptions, reports of the content policy."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.base = address.partition("/?")[0]
        self.wrong: list[str] = []
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => console.error('policy ' + e.violatedDirective))"
        )
        page.goto(address)

    def open(self, path: str, wait: str) -> Any:
        """Open an address, and wait for an element."""
        self.page.goto(f"{self.base}{path}")
        self.page.wait_for_selector(wait, timeout=15_000, state="attached")
        return self.page


@pytest.fixture
def look(chromium: Any) -> Iterator[Callable[..., Seen]]:
    """Opens the address of a server in a fresh context."""
    contexts = []

    def opened(address: str, **options: Any) -> Seen:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return Seen(contexts[-1].new_page(), address)

    yield opened
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="wait")  # an answer under way is given first: cut off, it fails the next test
        context.close()
