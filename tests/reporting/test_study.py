from __future__ import annotations

import pytest

import tunesmith as ts
from tests.reporting.studies import studied
from tunesmith.reporting import study_report
from tunesmith.reporting.study import Code, Table


def headings(report):
    return [section.heading for section in report.sections]


def blocks(report, kind):
    return [block for section in report.sections for block in section.blocks if isinstance(block, kind)]


@pytest.mark.parametrize("trials", [0, 1, 5, 40])
def test_it_tells_of_studies_of_any_length(trials):
    study = studied(trials)
    report = study_report(study)
    [table] = [block for block in blocks(report, Table) if block.long] or [None]
    assert (table is None) == (trials == 0)
    if table is not None:
        assert [row[0] for row in table.records.rows] == list(range(trials))
    assert dict(report.strip)["trials"] == str(trials)
    assert headings(report)[-1] == "All trials"


def test_the_settings_that_are_copied_are_the_best():
    study = studied(40)
    python, json, line = blocks(study_report(study), Code)
    found: dict = {}
    exec(python.text, found)
    assert found["params"] == dict(study.best.params)
    assert f'"lr": {study.best.params["lr"]!r}' in json.text
    assert f"--lr={study.best.params['lr']!r}" in line.text


def test_causes_of_failures_and_of_stops_are_counted():
    study = studied(40)
    counts = {state.value: n for state, n in study.history.counts().items()}
    tables = {table.records.heads[0]: table.records.rows for table in blocks(study_report(study), Table)}
    assert sum(row[1] for row in tables["failed, why"]) == counts["failed"] > 0
    assert sum(row[1] for row in tables["stopped early, why"]) == counts["pruned"] > 0


def test_several_goals_have_a_front():
    assert "The front" in headings(study_report(studied(40, goals=2)))
    assert "The front" not in headings(study_report(studied(40)))


def test_a_study_without_a_complete_trial_says_so():
    assert study_report(studied(0)).verdict == "No trial has been run yet."


def test_training_scores_by_fold_are_judged():
    study = ts.Study(ts.SearchSpace(size=ts.Int(1, 8)), ts.Metric("acc", "maximize"), sampler="random", seed=0)
    for size in range(1, 9):
        study.enqueue({"size": size})
        trial = study.ask()
        for fold in range(4):
            trial.report(0.6 + 0.04 * size, step=fold, fold=fold, kind="train")
            trial.report(0.55 + 0.03 * size + 0.01 * fold, step=fold, fold=fold)
        study.tell(trial, 0.565 + 0.03 * size)
    [section] = [s for s in study_report(study).sections if s.heading == "Does the model learn too little or too much"]
    assert str(section.blocks[0]).startswith("The best model under-fits")
    assert "Does the model learn too little or too much" not in headings(study_report(studied(40)))


def branched():
    """Two algorithms, of which the second wins; the defaults of both were tried."""
    space = ts.SearchSpace(
        algorithm=ts.Categorical("linear", "forest", default="linear"),
        alpha=ts.Float(0.01, 1, log=True, default=0.1).when("algorithm", "linear"),
        depth=ts.Int(1, 12, default=3).when("algorithm", "forest"),
    )
    study = ts.Study(space, ts.Metric("acc", "maximize"), storage=None)
    study.add({"algorithm": "linear", "alpha": 0.1}, 0.5)
    study.add({"algorithm": "forest", "depth": 3}, 0.75)
    study.add({"algorithm": "forest", "depth": 9}, 0.875)
    return study


def test_tuned_settings_are_compared_with_the_defaults_of_the_winners_own_branch():
    [section] = [one for one in study_report(branched()).sections if one.heading == "Default against tuned"]
    gain, whole, table = section.blocks
    assert (
        gain
        == "The best trial is 0.125 better than the default settings with algorithm forest, as the search saw both."
    )
    assert whole == "The defaults of the whole space (algorithm linear) gave 0.5."
    rows = [("acc", 0.75, 0.875), ("algorithm", "forest", "forest"), ("depth", 3, 9)]
    assert list(table.records.rows) == rows, "only what the winner has"


def test_defaults_without_a_score_are_said_to_have_none():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1, default=0.5)), storage=None)
    study.add({"x": 0.1}, 0.1)
    [section] = [one for one in study_report(study).sections if one.heading == "Default against tuned"]
    assert section.blocks[0] == "The default settings have no score in this study."
