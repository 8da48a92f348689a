from __future__ import annotations

import pytest

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith import analysis, plots
from tunesmith.plots import Figure
from tunesmith.trial import TrialState


def trials_in(figure: Figure) -> list[int]:
    """The trials of a figure's marks, the best mark aside."""
    marks = [t for t in figure.data if t.get("mode") == "markers" and t["name"] not in {"best", "knee"}]
    return [number for trace in marks for number in trace["customdata"]]


@pytest.mark.parametrize("count", [1, 5, 30, 300])
def test_the_history_has_a_mark_a_trial_at_its_value(count: int) -> None:
    told = study_of(count, seed=1)
    figure = plots.history(told)
    assert sorted(trials_in(figure)) == [trial.number for trial in told.trials]
    for trace in figure.data:
        if trace["name"] in {"complete", "stopped early"} and trace["mode"] == "markers":
            assert trace["y"] == [told.trial(number).value for number in trace["customdata"]]


def test_the_best_so_far_is_that_of_the_analysis() -> None:
    told = study_of(60)
    found = analysis.convergence(told)
    line = next(trace for trace in plots.history(told).data if trace["name"] == "best so far")
    assert line["y"] == [best for best in found.best if best == best]
    assert line["line"]["shape"] == "hv"


def test_running_trials_are_seen_and_waiting_ones_are_not() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", sampler="random", seed=0)
    study.tell(study.ask(), 1.0)
    study.ask()
    study.enqueue({"x": 0.5})
    assert sorted(trials_in(plots.history(study))) == [0, 1]
    assert study.history.counts()[TrialState.WAITING] == 1


def test_what_lies_beyond_the_edge_is_counted() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss")
    for k in range(20):
        study.add({"x": 0.5}, 1.0 + k / 100)
    study.add({"x": 0.5}, 1e6)
    notes = [note["text"] for note in plots.history(study).layout["annotations"]]
    assert "1 above ↑" in notes
    assert "loss ↓" in notes


def test_a_fitted_search_can_be_drawn() -> None:
    class Search:
        study_ = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=3, sampler="random", storage=None)

    assert sorted(trials_in(plots.history(Search()))) == [0, 1, 2]


def test_the_distribution_has_a_corner_a_trial() -> None:
    told = study_of(80)
    one = analysis.ecdf(told).studies[0]
    line = next(trace for trace in plots.ecdf(told).data if trace["name"] == told.name)
    assert (line["x"], line["y"]) == (list(one.values), list(one.shares))
    assert line["customdata"] == list(one.trials)


def test_every_study_of_a_comparison_has_its_line() -> None:
    histories = [study_of(20, seed=seed) for seed in range(12)]
    figure = plots.comparison(histories)
    assert {trace["name"] for trace in figure.data} == {history.name for history in histories}
    colours = [trace["line"]["color"] for trace in figure.data]
    assert len(set(colours)) == 9, "eight colours, the rest grey"


def test_the_median_of_the_seeds_is_that_of_the_analysis() -> None:
    histories = [study_of(25, seed=seed) for seed in range(4)]
    median = next(trace for trace in plots.seeds(histories).data if trace["name"] == "median")
    assert median["y"] == list(analysis.seeds(histories).median)
