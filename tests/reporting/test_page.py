from __future__ import annotations

import base64
import hashlib
import re
import time

import pytest

from tests.reporting.studies import NAME, SPACE, Page, studied
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


def test_at_least_five_figures_have_a_mark_for_each_trial_with_a_value(study, text):
    valued = len(study.history.complete())
    figures = re.findall("<figure>.*?</figure>", text, re.DOTALL)
    full = [one for one in figures if one.count("<circle") + one.count("<rect") + one.count("<path d=") >= valued]
    assert len(full) >= 5


def test_5_000_trials_are_quick_and_light():
    study = studied(5000)
    start = time.process_time()
    found = page(study_report(study))
    assert time.process_time() - start < 10
    assert len(found.encode()) < 8_000_000
    assert found.count("<tr>") > 5000


def test_a_file_is_written_whole(tmp_path):
    write(tmp_path / "r.html", "all")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == "all"
