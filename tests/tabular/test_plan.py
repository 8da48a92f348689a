from __future__ import annotations

import json

import pytest

pytest.importorskip("sklearn")

from tunesmith.samplers.manual import ManualSampler
from tunesmith.tabular import Request, Search, make_plan, plan_lines, prepare
from tunesmith.tabular.objective import FoldObjective
from tunesmith.tabular.plan import _WHOLE, RACED, Timing, _bought, _line, _started, workers_of

TIMINGS = [Timing("linear", 0.1, (0.1, 0.1)), Timing("boosting", 1.0, (0.5, 1.5))]


def test_the_arithmetic_of_a_line():
    line = _line("random", Search(trials=10), TIMINGS, 5.0, defaults=False)
    assert line.trials == 10
    assert line.seconds == pytest.approx(10 * 0.55 * 5)
    assert line.low <= line.seconds <= line.high
    first = _line("auto", Search(trials=2), TIMINGS, 5.0, defaults=True)
    assert first.seconds == first.low == first.high == pytest.approx(1.1 * 5)


def test_the_time_limit_is_kept():
    line = _line("auto", Search(trials=1000, timeout=20), TIMINGS, 5.0, defaults=True)
    assert line.high <= 20
    assert line.trials == _bought(20, TIMINGS, 5.0, defaults=True) == 2 + int((20 - 5.5) / (0.55 * 5))
    assert _bought(0.1, TIMINGS, 5.0, defaults=True) == 0


def test_a_search_is_expected_to_settle_on_what_does_well():
    cheap, dear = (Timing("linear", 0.1, (0.1,), 0.9), Timing("boosting", 1.0, (1.0,), 0.8))
    mean = 0.5 * (0.55 + 0.1)
    line = _line("auto", Search(trials=12), [cheap, dear], 1.0, defaults=True)
    assert line.seconds == pytest.approx(1.1 + 10 * mean)
    assert line.low <= line.seconds <= line.high
    assert _line("random", Search(trials=12), [cheap, dear], 1.0, defaults=False).seconds == pytest.approx(12 * 0.55)
    assert _bought(10, [cheap, dear], 1.0, defaults=True) == 2 + int((10 - 1.1) / mean)


def test_workers_need_a_moment_within_the_limit():
    line = _line("random", Search(trials=10), TIMINGS, 1.0, defaults=False)
    assert _started(line, None).seconds == pytest.approx(line.seconds + 2)
    assert _started(line, 6).high == 6
    assert _started(line, None).trials == line.trials


@pytest.mark.parametrize(("executor", "workers"), [("serial", 1), ("process:3", 3), ("thread:2", 2)])
def test_workers(executor, workers):
    assert workers_of(executor) == workers


def test_a_real_plan():
    prepared = prepare(Request(data="sklearn:diabetes", models=("linear", "knn"), cv=3))
    plan = make_plan(prepared, Search(trials=10, sampler="random"))
    assert [line.name for line in plan.lines] == ["grid (5 values each)", "random", "random"]
    assert plan.chosen.fits == 30
    assert 0 < plan.chosen.low <= plan.chosen.seconds <= plan.chosen.high
    assert plan.memory > 1e8
    assert plan.buys is None


def test_a_model_that_fails_on_the_sample_is_told_and_stops_nothing(monkeypatch):
    def refuse(*_):
        raise RuntimeError("no such device")

    monkeypatch.setattr(FoldObjective, "evaluate", refuse)
    prepared = prepare(Request(data="sklearn:diabetes", models=("linear",), cv=3))
    plan = make_plan(prepared, Search(trials=10, sampler="random"))
    assert (plan.timings[0].score, plan.timings[0].failure) == (None, "RuntimeError: no such device")
    assert any("failed on the sample: RuntimeError: no such device" in line for line in plan_lines(plan))


def test_a_race_is_expected_to_save_fits_where_there_is_one():
    prepared = prepare(Request(data="sklearn:diabetes", models=("linear",)))
    plans = [make_plan(prepared, Search(trials=40, racing=racing)) for racing in (True, False)]
    assert [plan.races for plan in plans] == [True, False]
    grid, random, chosen = plans[0].lines
    for line in (random, chosen):
        assert line.low < line.seconds < line.high
        assert line.fits == 200
    timings = plans[0].timings
    raced, whole = (_line("", Search(trials=40), timings, 5, shares, defaults=False) for shares in (RACED, _WHOLE))
    assert raced.seconds == pytest.approx(0.6 * whole.seconds)
    assert grid.fits == 5 * prepared.space.grid_size(5)


def test_a_chosen_grid_is_planned_with_its_points_and_ends_by_itself():
    prepared = prepare(Request(data="sklearn:diabetes", target="target", models=("linear",), cv="2"))
    plan = make_plan(prepared, Search(sampler="grid:3", trials=60))
    grid, _, chosen = plan.lines
    assert grid.name == "grid (3 values each)"
    assert chosen.trials == grid.trials + 1 == prepared.space.grid_size(3) + 1


def test_a_plan_in_plain_values():
    prepared = prepare(Request(data="sklearn:diabetes", target="target", models=("linear",), cv="2"))
    plan = make_plan(prepared, Search(sampler=ManualSampler(), trials=4))
    found = json.loads(json.dumps(plan.dump()))
    assert [line["name"] for line in found["lines"]] == ["grid (5 values each)", "random", "manual"]
    assert found["lines"][-1]["fits"] == 8
    assert found["timings"][0]["algorithm"] == "linear"
