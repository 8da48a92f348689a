"""A page that lost its server, or its network, says so, and goes on with nothing lost when it is back."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tunesmith as ts
from tests.dashboard.storages import SPACE

pytestmark = pytest.mark.needs("chromium", "playwright", "starlette", "plotly")

LOST = ".live:has-text('connection lost, trying again')"
LIVE = ".live:has-text('live')"


@pytest.fixture
def study(tmp_path: Path) -> ts.Study:
    made = ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=1, storage=str(tmp_path / "s.db"), name="living")
    more(made, 5)
    return made


def more(study: ts.Study, count: int) -> list[int]:
    return [study.add(SPACE.sample(random.Random(len(study) + k)), 1.0 + len(study) + k) for k in range(count)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts a server of its own, which the test may kill; gives it with its address."""
    started: list[subprocess.Popen[str]] = []

    def begin(port: int | None = None) -> tuple[subprocess.Popen[str], str]:
        options = [] if port is None else ["--port", str(port)]
        command = [sys.executable, "-m", "tunesmith", "dashboard", str(tmp_path / "s.db"), *options]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started.append(server)
        return server, server.stdout.readline().strip()

    yield begin
    for server in started:
        server.kill()
        server.wait(10)
        server.stdout.close()


def shown(page: Any) -> set[int]:
    return {int(row.get_attribute("data-number")) for row in page.locator(".rows tr[data-number]").all()}


def test_a_server_that_is_killed_and_started_anew_loses_no_trial(look, study, start):
    server, address = start()
    port = int(re.search(r":(\d+)/", address).group(1))
    seen = look(address)
    page = seen.open(f"/study/{study.key}/trials", ".rows tr[data-number='4']")
    page.wait_for_selector(LIVE)
    server.kill()
    server.wait(10)
    page.wait_for_selector(LOST, timeout=5_000)
    added = more(study, 7)
    _, again = start(port)
    page.wait_for_selector(".banner:has-text('started anew')", timeout=10_000)
    other = page.context.new_page()
    other.goto(again)  # as a person opens the new address, in another tab
    page.wait_for_selector(LIVE, timeout=10_000)
    page.wait_for_selector(f".rows tr[data-number='{added[-1]}']", timeout=5_000)
    assert shown(page) == {trial.number for trial in study.trials}
    assert page.locator(".banner").count() == 0, "what was wrong is over"
    more(study, 1)
    page.wait_for_selector(f".rows tr[data-number='{added[-1] + 1}']", timeout=5_000)


def test_a_network_that_drops_loses_no_trial_and_is_told_on_every_page(look, study, start):
    _, address = start()
    seen = look(address)
    page = seen.open(f"/study/{study.key}/overview", ".strip")
    page.wait_for_selector(LIVE)
    page.context.set_offline(True)
    page.wait_for_selector(LOST, timeout=5_000)
    page.click("nav a:has-text('Trials')")
    page.wait_for_selector(LOST, timeout=5_000)
    added = more(study, 3)
    page.context.set_offline(False)
    page.wait_for_selector(LIVE, timeout=10_000)
    page.click("nav a:has-text('Trials')")
    page.wait_for_selector(f".rows tr[data-number='{added[-1]}']", timeout=5_000)
    assert shown(page) == {trial.number for trial in study.trials}


def test_a_connection_that_falls_silent_is_made_anew(look, study, start):
    """A cable that is pulled closes nothing: the page has to notice by itself."""
    _, address = start()
    seen = look(address)
    seen.page.clock.install()
    page = seen.open(f"/study/{study.key}/trials", ".rows tr[data-number='4']")
    page.wait_for_selector(LIVE)
    page.evaluate(
        """() => { window.opened = 0; const Real = window.EventSource;
        window.EventSource = class extends Real { constructor(at) { super(at); window.opened += 1; } }; }"""
    )
    page.clock.fast_forward(21_000)
    page.wait_for_selector(LOST, timeout=5_000)
    page.clock.run_for(1_500)
    page.wait_for_selector(LIVE, timeout=10_000)
    assert page.evaluate("() => window.opened") == 1


def test_trials_that_come_while_the_table_is_on_its_way_are_in_it(look, study, start):
    _, address = start()
    seen = look(address)
    seen.open(f"/study/{study.key}/overview", ".strip")
    seen.page.wait_for_selector(LIVE)

    def late(route: Any) -> None:
        answer = route.fetch()
        more(study, 2)
        seen.page.wait_for_timeout(900)  # the news are told before the rows arrive, which do not know of them
        route.fulfill(response=answer)

    seen.page.route("**/trials", lambda route: late(route) if "/api/" in route.request.url else route.continue_())
    seen.page.click("nav a:has-text('Trials')")
    seen.page.wait_for_selector(".rows tr[data-number='6']", timeout=5_000)
    assert shown(seen.page) == set(range(7))
    assert seen.wrong == []


def test_workers_that_come_while_the_page_opens_are_on_it(look, study, start):
    _, address = start()
    seen = look(address)
    seen.open(f"/study/{study.key}/overview", ".strip")
    seen.page.wait_for_selector(LIVE)
    asked = []

    def late(route: Any) -> None:
        answer = route.fetch()
        asked.append(route.request.url)
        if len(asked) == 1:
            study.optimize(lambda trial: 0.5, more=1, progress=False)
            seen.page.wait_for_timeout(900)
        route.fulfill(response=answer)

    seen.page.route("**/api/study/*/workers", late)
    seen.page.click("nav a:has-text('Workers')")
    seen.page.wait_for_selector(
        "#workers tbody tr:has-text('1')", timeout=3_000
    )  # not by the look of every five seconds
    assert len(asked) == 2
