"""Orders that reach sessions through the log: what a search may spend, which trials a person wants run, or ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, final

from tunesmith.errors import InvalidParams, InvalidTrial
from tunesmith.space import Params
from tunesmith.study.budget import Budget
from tunesmith.trial import Draft, FrozenTrial, History, Judged, Problem, StudyChanged, TrialRequeued, TrialState


def began(history: History, budget: Budget) -> StudyChanged | None:
    """What a session writes when it begins, so that others see what it may spend; None if the log says so already."""
    changes: dict[str, Any] = {}
    if history.changes.get("stopped"):
        changes["stopped"] = False
    told = _told(budget)
    if told and told != history.changes.get("budget"):
        changes["budget"] = told
    return StudyChanged(changes=changes) if changes else None


def ordered(history: History, budget: Budget) -> StudyChanged:
    """A person's order to spend this much from now on; each order has a mark of its own, so that two alike are two."""
    before = history.changes.get("budget") or {}
    order = {"trials": budget.trials, "mark": secrets.token_hex(4)}
    return StudyChanged(changes={"order": order, "budget": {**before, **_told(budget)}})


def asked_to_stop(trial: FrozenTrial) -> Draft:
    """A person's verdict on a running trial.

    Raises
    ------
    InvalidTrial
        If it is not running.
    """
    if trial.state is not TrialState.RUNNING:
        raise InvalidTrial(
            f"Trial {trial.number} is {trial.state.value}; only a running trial can be stopped.",
            hint="Look at study.trials for those that run.",
        )
    return Draft(Judged(number=trial.number, action="stop", why={"by": "person"}), trial.attempt)


def again(trial: FrozenTrial) -> TrialRequeued:
    """A person's order to run a failed trial once more.

    Raises
    ------
    InvalidTrial
        If it did not fail.
    """
    if trial.state is not TrialState.FAILED:
        raise InvalidTrial(
            f"Trial {trial.number} is {trial.state.value}; only failed trials can be tried again.",
            hint="Queue its params as a new trial: study.enqueue(trial.params).",
        )
    return TrialRequeued(number=trial.number, reason="retry")


def queueable(params: object, problem: Problem, *, outside: bool) -> Params:
    """Params that a person wants tried, checked; some may be left out.

    Raises
    ------
    InvalidParams
        If a name is unknown, or a value lies outside its range (unless `outside`).
    """
    given = _mapping(params)
    return problem.space.check_partial(given) if problem.declared and not outside else Params(given)


def runnable(params: object, problem: Problem) -> Params:
    """Params of a trial that was run elsewhere, checked; none may be left out.

    Raises
    ------
    InvalidParams
        If they are no point of the space.
    """
    given = _mapping(params)
    return problem.space.check(given) if problem.declared else Params(given)


@final
class Standing:
    """The total number of trials that a session keeps to: what it was called with, until an order comes.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), seed=1)
    >>> standing = Standing(study.history, 10)
    >>> study.set_budget(trials=30)
    >>> standing.total(study.history)
    30
    """

    def __init__(self, history: History, trials: int | None) -> None:
        self._before = history.changes.get("order")
        self._trials = trials

    def total(self, history: History) -> int | None:
        """The total by now; None for no limit."""
        order = history.columns.changes.get("order")
        if order == self._before or not isinstance(order, dict) or not isinstance(order.get("trials"), int):
            return self._trials
        return int(order["trials"])


def _told(budget: Budget) -> dict[str, Any]:
    named = {name: getattr(budget, name) for name in ("trials", "seconds", "target", "patience", "stop_when")}
    return {name: value for name, value in named.items() if value is not None}


def _mapping(params: object) -> Mapping[str, Any]:
    if not isinstance(params, Mapping):
        raise InvalidParams(f"params must be a dict from name to value, got {params!r}.", hint='Write {"lr": 0.01}.')
    return params
