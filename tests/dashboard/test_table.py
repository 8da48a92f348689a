"""The table of 10,000 trials in a real browser: scrolled, filtered and sorted, with the rows in sight alone."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tests.dashboard.storages import WIDE, fill

pytestmark = pytest.mark.needs("chromium", "playwright", "starlette", "plotly")

COUNT = 10_000
SCROLL = """async () => {
  const box = document.querySelector(".rows");
  const most = [];
  for (let step = 0; step < 100; step += 1) {
    box.scrollTop = step * 2_800;
    await new Promise((done) => requestAnimationFrame(done));
    most.push(document.querySelectorAll(".rows tr").length);
  }
  return Math.max(...most);
}"""
"""A hundred screens, one a frame, far faster than anybody scrolls: the most rows that there were at once."""


@pytest.fixture(scope="module")
def page(tmp_path_factory, serving, chromium):
    path = tmp_path_factory.mktemp("table") / "s.db"
    study = ts.Study(WIDE, ts.Metric("loss"), sampler="random", seed=1, storage=str(path), name="ten thousand")
    fill(study, COUNT)
    address = serving(path)
    opened = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    opened.goto(address)
    opened.goto(f"{address.partition('/?')[0]}/study/{study.key}/trials")
    opened.wait_for_selector(".rows tr[data-number]", timeout=30_000)
    yield opened
    opened.context.close()


def numbers(page):
    return [int(row.get_attribute("data-number")) for row in page.locator(".rows tr[data-number]").all()]


def test_scrolling_shows_each_screen_with_the_same_few_rows(page):
    assert page.evaluate(SCROLL) < 60, "rows that leave the sight are used again"
    page.evaluate("() => { document.querySelector('.rows').scrollTop = 5000 * 28; }")
    page.wait_for_function("() => document.querySelector('.rows tr[data-number=\"4999\"]')")
    shown = numbers(page)
    assert shown == list(range(shown[0], shown[0] - len(shown), -1)), "the newest first, none twice, none missing"
    cells = page.locator(".rows tr[data-number='4999'] td").all_inner_texts()
    assert cells[:2] == ["4999", "stopped early"], cells
    page.evaluate("() => { document.querySelector('.rows').scrollTop = 1e9; }")
    page.wait_for_selector(".rows tr[data-number='0']")


def test_filtering_shows_what_matches_wherever_one_had_scrolled(page):
    for text in ("f", "fa", "fai", "failed p0<0.5", "0.37"):
        page.fill("input[type=search]", text)
    page.fill("input[type=search]", "failed")
    page.wait_for_selector("text=/^1000 of 10,000 trials/")
    assert set(page.locator(".rows tr[data-number] td:nth-child(2)").all_inner_texts()) == {"failed"}
    page.fill("input[type=search]", "nothing has this")
    page.wait_for_selector("text=No trial matches.")
    page.fill("input[type=search]", "")
    page.wait_for_selector(".rows tr[data-number]")


def test_sorting_by_one_head_after_another_ends_in_the_order_of_the_last(page):
    for name in ("p3", "state", "cause", "seconds", "loss"):
        page.locator(f".rows th button[title='{name}']").click()
    values = [float(text) for text in page.locator(".rows tr[data-number] td:nth-child(3)").all_inner_texts() if text]
    assert values == sorted(values)
    assert len(values) > 20
