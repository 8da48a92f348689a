"""Figures and lessons of the pages: which parameter they show, that they are drawn once, and that nobody else waits."""

from __future__ import annotations

import asyncio
import random
import threading

import msgspec
import pytest

import tunesmith as ts
from tests.dashboard.client import Client
from tests.dashboard.storages import SPACE, fill
from tunesmith import plots
from tunesmith.dashboard import figures
from tunesmith.dashboard.figures import FIGURES, Gallery
from tunesmith.dashboard.lessons import lessons

pytestmark = pytest.mark.needs("starlette", "plotly")


@pytest.fixture
def study():
    made = ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=1)
    fill(made, 60)
    return made


def named(page):
    return {one["name"]: one for one in (msgspec.json.decode(raw) for raw in page["figures"])}


@pytest.mark.parametrize("name", ["empty", "one", "thirty", "goals"])
@pytest.mark.parametrize("page", FIGURES)
def test_every_figure_is_there_or_says_why_not(kept, name, page):
    answer = Client(kept.path).get(f"/api/study/{kept.keys[name]}/figures/{page}").json()
    wanted = [] if page == "front" and name != "goals" else [each for each, _ in FIGURES[page]]
    assert [one["name"] for one in answer["figures"]] == wanted
    assert all(one["title"] for one in answer["figures"])
    if name in {"thirty", "goals"}:
        bare = [one["title"] for one in answer["figures"] if not one["figure"]["data"]]  # written at once
        timed = [each for each in wanted if each in {"timeline", "cost"}]
        assert bare == ["The trials took no time that could be measured"] * len(timed), "there are trials to see"


def test_a_chosen_parameter_reaches_the_figures(study):
    found = named(Gallery().of_page("k", study.history, "parameters", {"parameter": "depth"}))
    assert found["effects"]["title"] == plots.effects(study, ["depth"]).title
    assert found["slices"]["title"] == plots.slices(study, ["depth"]).title
    assert "depth" in found["pairs"]["title"]
    unchosen = named(Gallery().of_page("k", study.history, "parameters", {}))
    assert unchosen["slices"]["title"] != found["slices"]["title"]
    assert unchosen["trust"] == found["trust"]
    wrong = named(Gallery().of_page("k", study.history, "parameters", {"parameter": "deep"}))
    assert (wrong["effects"]["figure"], wrong["effects"]["note"]) == (
        None,
        "Did you mean 'depth'? Known: booster, depth, lr, rate.",
    )


def test_without_a_choice_the_most_important_ones_are_drawn(kept):
    history = ts.Study.load(str(kept.path), "big").history
    effects = named(Gallery().of_page("k", history, "parameters", {}))["effects"]["figure"]
    panels = [name for name in effects["layout"] if name.startswith("xaxis")]
    assert len(panels) == figures.MOST_IMPORTANT < len(history.space)


def test_a_figure_is_drawn_once_until_a_trial_comes(study, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "tunesmith.plots.curves.learning_curves", lambda history: drawn.append(1) or plots.trust(history)
    )
    gallery = Gallery()
    asked = [{}, {}, {"dark": "1"}, {"parameter": "lr"}]
    answers = [named(gallery.of_page("k", study.history, "curves", one)) for one in asked]
    assert len(drawn) == 2, "once in each theme; this figure does not depend on the parameter"
    assert answers[0] == answers[1] == answers[3] != answers[2]
    study.add(SPACE.sample(random.Random(0)), 1.0)
    gallery.of_page("k", study.history, "curves", {})
    gallery.of_page("other", study.history, "curves", {})
    assert len(drawn) == 4


def test_what_is_kept_is_bounded(study, monkeypatch):
    monkeypatch.setattr(figures, "_MOST_KEPT", 3)
    gallery = Gallery()
    for place in range(6):
        gallery.of_page(f"{place}", study.history, "curves", {})
    assert [slot.keys for slot in gallery._kept] == [("3",), ("4",), ("5",)]


def test_one_figure_may_be_asked_for_by_its_place(study):
    whole = Gallery().of_page("k", study.history, "parameters", {})
    second = Gallery().of_page("k", study.history, "parameters", {"at": "1"})
    assert whole["names"] == second["names"] == [name for name, _ in FIGURES["parameters"]]
    assert list(named(second)) == ["pairs"]
    assert named(second)["pairs"] == named(whole)["pairs"]
    assert Gallery().of_page("k", study.history, "parameters", {"at": "99"})["figures"] == []


def test_comparisons_and_lessons_are_made_once_until_a_trial_comes(study, monkeypatch):
    other = ts.Study(SPACE, ts.Metric("loss"), sampler="random", seed=2, name="other")
    fill(other, 20, seed=1)
    made = []
    monkeypatch.setattr(
        "tunesmith.plots.progress.comparison", lambda histories: made.append("compared") or plots.comparison(histories)
    )
    monkeypatch.setattr(figures, "lessons", lambda history: made.append("learnt") or lessons(history))
    gallery = Gallery()

    def ask():
        told = gallery.of_several(["a", "b"], [study.history, other.history], {})
        return named(told)["comparison"]["title"], msgspec.json.decode(gallery.lessons("a", study.history))

    assert ask() == ask()
    assert made == ["compared", "learnt"]
    other.add(SPACE.sample(random.Random(0)), 1.0)
    ask()
    assert made == ["compared", "learnt", "compared"], "a trial of the other study changes nothing of these lessons"


def test_others_are_answered_while_a_figure_is_drawn(kept, monkeypatch):
    began, may_end = threading.Event(), threading.Event()

    def slow(history):
        began.set()
        assert may_end.wait(20)
        return plots.trust(history)

    monkeypatch.setattr("tunesmith.plots.curves.learning_curves", slow)
    client, key = Client(kept.path), kept.keys["thirty"]

    async def both():
        drawing = asyncio.create_task(client.asked("GET", f"/api/study/{key}/figures/curves"))
        await asyncio.to_thread(began.wait, 20)
        other = await client.asked("GET", f"/api/study/{key}/figures/overview")
        waited = drawing.done()
        may_end.set()
        return other, waited, await drawing

    other, waited, drawing = asyncio.run(both())
    assert (other.status, waited, drawing.status) == (200, False, 200)


def test_several_studies_are_compared(kept):
    client = Client(kept.path)

    def of(*names):
        return client.get("/api/figures/compare", params={"studies": ",".join(kept.keys[name] for name in names)})

    [figure] = of("thirty", "big").json()["figures"]
    assert "is ahead" in figure["title"]
    [apart] = of("thirty", "one").json()["figures"]
    assert apart["figure"] is None
    assert apart["note"]
    assert of("thirty", "thirty").json()["figures"] == [], "one study twice is nothing to compare"
    assert client.get("/api/figures/compare?studies=nobody,else").status == 404


def test_lessons_are_advice_and_safe_ranges(kept):
    client = Client(kept.path)
    found = client.get(f"/api/study/{kept.keys['thirty']}/lessons").json()
    assert {"what", "why", "parameter"} == set(found["advice"][0])
    assert set(found["ranges"]) <= set(SPACE.names)
    few = client.get(f"/api/study/{kept.keys['one']}/lessons").json()
    assert (few["ranges"], "not to be trusted" in few["advice"][0]["why"]) == ({}, True)


def test_a_range_that_reaches_an_end_of_the_space_says_so():
    space = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), z=ts.Float(0, 1))
    study = ts.Study(space, "loss", sampler="sobol", seed=0)
    for trial in study.ask(n=64):
        x, y = trial.params["x"], trial.params["y"]
        study.tell(trial, x + (y - 0.5) ** 2, standard_error=0.05)
    ranges = lessons(study.history)["ranges"]
    assert [ranges[name]["edge"] for name in space.names] == ["reaches the lower end", "", "the whole range"]
