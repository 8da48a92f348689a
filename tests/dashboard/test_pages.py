"""The pages in a real browser: every one on every kind of study, live, by hand, and safe."""

from __future__ import annotations

import random
import time

import pytest

import tunesmith as ts
from tests.dashboard.storages import HOSTILE, SPACE
from tunesmith.trial import TrialState

pytestmark = pytest.mark.needs("chromium", "playwright", "starlette", "plotly")

WAITS = {
    "overview": ".strip", "trials": ".tools, .empty", "parameters": "#space", "curves": "main section",
    "failures": "h1", "workers": "#workers, .empty", "front": "main section",
    "tune": "#outlook", "trial/0": "#params, .banner",
}  # fmt: skip


@pytest.fixture(scope="module")
def address(serving, kept):
    return serving(kept.path)


@pytest.mark.parametrize("name", ["empty", "one", "thirty", "big", "goals", HOSTILE, "../../../etc/passwd"])
def test_every_page_opens_without_an_error_or_a_report(look, address, kept, name):
    seen = look(address, color_scheme="dark" if name == "thirty" else "light")
    for page, wait in WAITS.items():
        if (name, page) != ("empty", "trial/0"):
            seen.open(f"/study/{kept.keys[name]}/{page}", wait)
            assert seen.page.evaluate("() => document.querySelectorAll('main script, main iframe').length") == 0
            assert name in seen.page.inner_text("header")
            assert not {"false", "undefined", "null", "NaN"} & set(seen.page.inner_text("main").split())
            writes = seen.page.locator("text=/^(Stop study|Add note|Queue this setting|Change budget)$/")
            assert writes.count() == 0, "reading only, nothing that writes is shown"
    assert seen.wrong == []


def test_the_list_of_studies_and_their_comparison(look, address, kept):
    seen = look(address, viewport={"width": 390, "height": 800})
    page = seen.open("/", "#studies tbody tr")
    assert page.locator("#studies tbody tr").count() == len(kept.keys)
    page.fill("input[type=search]", "o")
    page.check("input[aria-label='Compare one']")
    page.check("input[aria-label='Compare goals']")
    page.click("text=Compare 2 studies")
    page.wait_for_selector("#compare")
    page.wait_for_selector("[data-figure=comparison] h2:not(:empty)")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (
        "nothing hangs over a phone's edge"
    )
    assert seen.wrong == []


def test_a_chosen_parameter_is_drawn_and_advice_is_told(look, address, kept):
    seen = look(address)
    page = seen.open(f"/study/{kept.keys['thirty']}/parameters", "[data-figure=effects] .js-plotly-plot")
    page.wait_for_selector("#advice li")
    assert page.locator("#space tbody tr:has-text('rate')").inner_text().count(" to ") == 1, "its safe range"
    page.select_option("select[aria-label=Parameter]", "depth")
    page.wait_for_selector("[data-figure=effects] h2:has-text('depth moves loss')")
    assert page.url.endswith("?parameter=depth")
    assert page.locator("[data-figure=effects] .subplot").count() == 1
    assert seen.wrong == []


def test_the_parameters_of_5_000_trials_open_with_few_marks_and_say_what_is_not_drawn(look, address, kept):
    seen = look(address)
    page = seen.open(f"/study/{kept.keys['big']}/parameters", "[data-figure=effects] .main-svg")
    page.wait_for_selector("#advice p, #advice li")
    for name in ("pairs", "plateau", "slices", "ranks", "trust"):
        page.locator(f"[data-figure={name}]").scroll_into_view_if_needed()
        page.wait_for_selector(f"[data-figure={name}] .main-svg")
    assert page.locator("path.point").count() < 15_000
    for name, count in (("effects", "500 in all"), ("slices", "500 in all"), ("ranks", "1,000 in all")):
        assert count in page.inner_text(f"[data-figure={name}] p.quiet")
    assert seen.wrong == []


def test_the_table_sorts_filters_and_opens_by_keyboard(look, address, kept):
    seen = look(address)
    page = seen.open(f"/study/{kept.keys['big']}/trials", ".rows tbody tr[data-number]")
    assert page.locator(".rows tbody tr[data-number]").count() < 100, "only the rows in sight are elements"
    page.click(".rows th button:has-text('loss')")
    history = ts.Study.load(str(kept.path), "big").history
    assert page.get_attribute(".rows tbody tr[data-number]", "data-number") == str(history.best.number)
    page.keyboard.press("/")
    page.keyboard.type("p0<0.5 failed")
    wanted = sum(t.state is TrialState.FAILED and t.params["p0"] < 0.5 for t in history.trials)
    page.wait_for_selector(f"text=/^{wanted} of /")
    assert "filter=p0" in page.url
    page.focus(".rows")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#params")
    assert seen.wrong == []


def test_a_brush_filters_the_table(look, address, kept):
    seen = look(address)
    page = seen.open(f"/study/{kept.keys['big']}/trials", "canvas[aria-label]")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 48, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 48, box["y"] + 130, steps=4)
    page.mouse.up()
    page.wait_for_selector("text=/ of 5000 trials/")
    left = int(page.inner_text(".tools [role=status]").split()[0].replace(",", ""))
    assert 1500 < left < 3500, "about half of the first axis was brushed"
    page.click("text=Clear brush")
    page.wait_for_selector("text=/^5000 trials/")
    assert seen.wrong == []


@pytest.fixture
def living(tmp_path, serving):
    path = tmp_path / "s.db"
    study = ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=1, storage=str(path), name="living")
    for _ in range(5):
        study.add(SPACE.sample(random.Random(len(study))), 1.0 + len(study))
    return study, serving(path, "--allow-edit")


def test_a_new_trial_is_on_the_page_within_a_second(look, living):
    study, address = living
    seen = look(address)
    page = seen.open(f"/study/{study.key}/trials", ".rows tbody tr[data-number='4']")
    page.wait_for_selector("text=/^live$/")
    began = time.monotonic()
    number = study.add(SPACE.sample(random.Random(99)), 0.25)
    page.wait_for_selector(f".rows tbody tr[data-number='{number}']", timeout=5_000)
    assert time.monotonic() - began < 1.0
    assert seen.wrong == []


def test_a_setting_that_was_queued_by_hand_is_run_and_appears(look, living):
    study, address = living
    seen = look(address)
    page = seen.open(f"/study/{study.key}/tune", "#outlook .figure")
    page.click(".field[data-name=booster] button:has-text('linear')")
    page.wait_for_selector(".field[data-name=rate]", state="hidden")
    page.click(".field[data-name=booster] button:has-text('dart')")
    page.wait_for_selector(".field[data-name=rate]", state="visible")
    page.fill(".field[data-name=lr] input[type=text]", "0.001")
    page.keyboard.press("Tab")
    page.click("text=Queue this setting")
    page.wait_for_selector("h1:has-text('Trial 5')")
    study.optimize(lambda trial: trial.params["lr"], more=1, progress=False)
    page.wait_for_selector("dd:has-text('complete')", timeout=5_000)
    done = study.history.trial(5)
    assert (done.params["lr"], done.params["booster"], done.value) == (0.001, "dart", 0.001)
    page.fill("textarea", HOSTILE)
    page.click("text=Add note")
    page.wait_for_selector("#said:has-text('kept')")
    assert study.history.trial(5).notes == (HOSTILE,)
    assert seen.wrong == []


def test_what_cannot_be_drawn_is_said_once_and_takes_no_room(look, address, kept):
    page = look(address).open(f"/study/{kept.keys['one']}/parameters", "#chosen, .figure-box svg.main-svg")
    page.wait_for_function("[...document.querySelectorAll('.figure-box')].length > 4")
    for _ in range(8):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(150)
    page.wait_for_function(
        "![...document.querySelectorAll('.figure-box .quiet')].some(e => e.textContent === 'Drawing')"
    )
    told = page.evaluate(
        "[...document.querySelectorAll('.figure-box')].filter(e => !e.hidden)"
        ".filter(e => e.textContent.startsWith('Not reliable'))"
        ".map(e => [e.firstChild.textContent, e.offsetHeight])"
    )
    assert [title for title, _ in told] == ["Not reliable: 1 complete trial says nothing of the params yet"]
    assert told[0][1] < 120
