"""A trial's value is the first metric's, and asking for one that is missing says why there is none."""

from __future__ import annotations

import pytest

from tunesmith.errors import InvalidTrial
from tunesmith.space import Params
from tunesmith.trial import FrozenTrial, TrialError, TrialState


def test_the_value_is_the_first_metrics() -> None:
    values = {"ms": 3.0, "loss": 0.5}
    assert FrozenTrial(number=0, state=TrialState.COMPLETE, values=values, metric_name="loss").value == 0.5
    assert FrozenTrial(number=0, state=TrialState.COMPLETE, values=values).value == 3.0


@pytest.mark.parametrize("state", TrialState)
def test_no_value_is_told_with_the_state(state: TrialState) -> None:
    with pytest.raises(InvalidTrial, match=f"Trial 4 has no value: it is {state.value}"):
        _ = FrozenTrial(number=4, state=state).value


@pytest.mark.parametrize(
    ("start", "end", "seconds"), [(1.0, 3.5, 2.5), (3.0, 1.0, 0.0), (None, 1.0, None), (1.0, None, None)]
)
def test_durations_are_never_negative(start: float | None, end: float | None, seconds: float | None) -> None:
    trial = FrozenTrial(number=0, state=TrialState.COMPLETE, started_at=start, finished_at=end)
    assert trial.duration == seconds


def test_finished_states() -> None:
    finished = {state for state in TrialState if state.is_finished}
    assert finished == {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED}


def test_a_trial_is_read_in_one_line() -> None:
    params = Params({"x": 0.123456789, "kind": "a"})
    done = FrozenTrial(number=3, state=TrialState.COMPLETE, params=params, values={"auc": 0.98765432, "ms": 2.0})
    assert str(done) == "<trial 3, complete: auc 0.987654, ms 2, x=0.123457, kind='a'>"
    error = TrialError("ValueError", "no\nway")
    assert repr(FrozenTrial(number=0, state=TrialState.FAILED, error=error)) == "<trial 0, failed: ValueError: no>"
    assert repr(FrozenTrial(number=1, state=TrialState.RUNNING)) == "<trial 1, running>"
