from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis import failures
from tunesmith.analysis.failures import _fisher
from tunesmith.trial import TrialState


def test_causes_that_differ_by_numbers_are_one() -> None:
    history = study_of(60)
    found = failures(history)
    assert found.failed == history.counts()[TrialState.FAILED]
    assert len(found.causes) == 1
    assert found.causes[0].type == "ValueError"


def test_the_region_that_fails_is_named() -> None:
    found = failures(study_of(120))
    regions = found.causes[0].regions
    assert regions[0].name == "lr"
    assert regions[0].low is not None
    assert 0.01 < regions[0].low < 0.04
    assert regions[0].failed + regions[0].elsewhere == found.failed
    assert {region.name for region in regions} <= {"lr", "dropout"}


def test_a_choice_that_fails_is_named() -> None:
    study = ts.Study(ts.SearchSpace(kind=ts.Categorical("a", "b"), x=ts.Float(0, 1)), "loss", sampler="random", seed=0)
    for _ in range(40):
        trial = study.ask()
        if trial.params["kind"] == "b":
            study.tell(trial, error=MemoryError("too large"), state="failed")
        else:
            study.tell(trial, 1.0)
    regions = failures(study.history).causes[0].regions
    assert [region.text for region in regions] == ["kind = b"]


def test_failures_at_random_have_no_region() -> None:
    """At most one study in twenty may name one: more than 6 of 40 has a chance below 1 in 200."""
    wrong = 0
    for seed in range(40):
        space = ts.SearchSpace(
            x=ts.Float(0, 1), y=ts.Float(1e-3, 1, log=True), k=ts.Int(1, 9), c=ts.Categorical("a", "b", "c")
        )
        study = ts.Study(space, "loss", sampler="random", seed=seed)
        for number in range(40):
            study.tell(study.ask(), *([] if (number * 7 + seed) % 4 == 0 else [1.0]), **_state(number, seed))
        wrong += any(cause.regions for cause in failures(study.history).causes)
    assert wrong <= 6


def _state(number: int, seed: int) -> dict[str, str]:
    return {"state": "failed", "error": "bad luck"} if (number * 7 + seed) % 4 == 0 else {}


def test_without_failures_there_is_nothing_to_say() -> None:
    found = failures(study_of(20, failures=False))
    assert (found.failed, found.causes, found.looks, len(found.table())) == (0, (), 0, 0)


@given(st.data())
def test_the_test_is_fishers(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 400))
    all_hits, tried = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))
    hits = data.draw(st.integers(max(0, tried + all_hits - count), min(tried, all_hits)))
    found = _fisher(hits, tried, all_hits, count)
    assert found == pytest.approx(hypergeom.sf(hits - 1, count, all_hits, tried), rel=1e-6)
