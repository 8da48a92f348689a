from __future__ import annotations

import base64
import hashlib
import random
import re
import time
from xml.etree import ElementTree as ET

import pytest

import tunesmith as ts
from tests.dashboard.conftest import FLAGS
from tests.reporting.studies import NAME, SPACE, Page, curved, studied
from tunesmith.reporting import page, study_report
from tunesmith.reporting.page import write


@pytest.fixture(scope="module")
def study():
    return studied(40)


@pytest.fixture(scope="module")
def text(study):
    return page(study_report(study))


def test_nothing_is_fetched(text):
    tags = Page(text).tags
    assert not {tag for tag, _ in tags} & {"link", "img", "iframe", "object", "use", "image"}
    assert all(attrs["href"].startswith("#") for tag, attrs in tags if tag == "a")
    assert not re.search(r"https?:|url\(|@import|src=", text)


def test_only_the_one_script_may_run(text):
    [script] = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text
    assert not any(name.startswith("on") for _, attrs in Page(text).tags for name in attrs)


def test_names_and_messages_are_inert(text):
    assert NAME not in text
    assert NAME in Page(text).text
    assert "<b>memory" not in text


def test_best_params_and_all_trials_are_in_the_text(study, text):
    read = Page(text)
    assert f"{study.best.value:.4g}" in read.text
    assert all(name in read.text for name in SPACE.names)
    rows = re.findall(r"<tr>(.*?)</tr>", text[text.index('class="sortable"') :])
    numbers = [re.search(r"<td[^>]*>(\d+)</td>", row).group(1) for row in rows if "<td" in row]
    assert numbers == [str(trial.number) for trial in study.trials]


def marks(figure):
    """How many marks of trials a figure has; what the legend shows is none."""
    [picture] = re.findall("<svg viewBox.*</svg>", figure, re.DOTALL)
    groups = [g for g in ET.fromstring(picture).iter("g") if g.get("class") == "marks"]
    return sum(len(group) for group in groups)


def test_at_least_five_figures_have_a_mark_for_each_trial_with_a_value(study, text):
    valued = len(study.history.complete())
    figures = re.findall("<figure>.*?</figure>", text, re.DOTALL)
    assert sum(marks(figure) >= valued for figure in figures) >= 5
    assert marks(figures[0]) == len(study.trials) + 1  # the history's, and the star


def test_what_mattered_is_drawn_and_not_only_told():
    text = page(study_report(curved(40)))
    titles = re.findall("<figcaption><b>(.*?)</b>", text)
    headings = re.findall("<h2>(.*?)</h2>", text)
    assert {"What each parameter does", "Curves", "How far the settings may move"} <= set(headings)
    assert any("matter" in title for title in titles)
    assert any("act together" in title for title in titles)
    assert any("in training than in validation" in title for title in titles)
    assert len(re.findall("<figure>", text)) >= 12


def test_effects_are_not_drawn_where_trials_do_not_support_them():
    few, draw = page(study_report(studied(12))), random.Random(0)
    assert "Too few trials to tell what mattered" in few
    noise = ts.Study(SPACE, "m", sampler="random", seed=0, storage=None)
    for _ in range(20):
        noise.tell(noise.ask(), draw.gauss(0, 1))
    text = page(study_report(noise))
    assert "not reliable" in text
    assert "What each parameter does" not in few + text


def test_5_000_trials_are_quick_and_light():
    study = studied(5000)
    start = time.process_time()
    found = page(study_report(study))
    assert time.process_time() - start < 10
    assert len(found.encode()) < 8_000_000
    assert found.count("<tr>") > 5000


def test_a_file_is_written_whole(tmp_path):
    write(tmp_path / "r.html", "lone \udc80 surrogates")
    write(tmp_path / "r.html", "all")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == "all"


@pytest.mark.needs("chromium", "playwright")
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}])
def test_a_browser_without_network_shows_all_of_it(study, text, tmp_path, options):
    from playwright.sync_api import sync_playwright

    (tmp_path / "r.html").write_text(text, encoding="utf-8")
    wrong, asked = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        seen = browser.new_context(offline=True, **options).new_page()
        seen.on("console", lambda said: wrong.append(said.text))
        seen.on("pageerror", lambda error: wrong.append(str(error)))
        seen.on("request", lambda request: asked.append(request.url))
        seen.goto((tmp_path / "r.html").as_uri())
        shown = seen.inner_text("body")
        rows = seen.locator("table.sortable tbody tr td:first-child").all_inner_texts()
        wide = seen.evaluate("document.documentElement.scrollWidth")
        seen.get_by_role("button", name="auc").click()
        best = seen.locator("table.sortable tbody tr td:first-child").first.inner_text()
        printed = seen.pdf()
        browser.close()
    assert (wrong, asked) == ([], [(tmp_path / "r.html").as_uri()])
    assert rows == [str(trial.number) for trial in study.trials]
    assert f"{study.best.value:.4g}" in shown
    for name, value in study.history.space.encode_params(study.best.params).items():
        assert name in shown
        assert str(value) in shown
    assert wide <= options.get("viewport", {"width": 1280})["width"]
    assert best == str(min(study.history.complete(), key=lambda trial: trial.value).number)
    assert printed.startswith(b"%PDF")


@pytest.mark.needs("chromium", "playwright")
def test_a_table_that_is_wider_than_paper_is_printed_as_lines(tmp_path):
    from playwright.sync_api import sync_playwright

    names = ['a"}</style><b>', *(f"p{k}" for k in range(14))]
    study = ts.Study(ts.SearchSpace({name: ts.Float(0, 1) for name in names}), storage=None)
    study.add(dict.fromkeys(names, 0.25), 0.5)
    text = page(study_report(study))
    assert names[0] not in text
    path = tmp_path / "wide.html"
    path.write_text(text, encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        seen = browser.new_page(viewport={"width": 720, "height": 1000})  # an upright sheet
        seen.goto(path.as_uri())
        assert seen.evaluate("document.querySelector('.wide').scrollWidth > 720"), "on the screen it is moved sidewards"
        seen.emulate_media(media="print")
        assert seen.evaluate("document.querySelector('.wide').scrollWidth") <= 720
        cell = "getComputedStyle(document.querySelector('.wide tbody td:nth-child(4)'), '::before').content"
        assert seen.evaluate(cell) == '"a\\"}</style><b> "'
        assert seen.evaluate("[...document.querySelectorAll('.wide td.o')].every(one => !one.offsetWidth)")
        browser.close()
