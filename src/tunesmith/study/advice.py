"""What a study asks of its sampler and its pruner: params to try, and whether a running trial should go on."""

from __future__ import annotations

import threading
from typing import Any, final

from tunesmith.errors import InvalidParams, UsageError
from tunesmith.pruners import Pruner, Start
from tunesmith.samplers import Sampler, Seed, Suggestion
from tunesmith.space import Params, SearchSpace
from tunesmith.study.ledger import Ledger
from tunesmith.study.trial import Judge, Suggest
from tunesmith.trial import FrozenTrial, History, Judged


@final
class Advice:
    """A sampler and a pruner at work on one study; safe to share between threads.

    Parameters
    ----------
    ledger
        Where their decisions are written.
    sampler, pruner
        Who decides.
    """

    def __init__(self, ledger: Ledger, sampler: Sampler, pruner: Pruner | None) -> None:
        self._ledger = ledger
        self.sampler, self.pruner = sampler, pruner
        self._lock = threading.RLock()

    @property
    def prunes(self) -> bool:
        """Whether trials may be stopped early by a pruner."""
        return self.pruner is not None

    def claim(self, total: int | None = None) -> FrozenTrial | None:
        """Begin one trial; None if `total` are begun already.

        Raises
        ------
        SearchExhausted
            If nothing is left to try.
        UsageError
            If the pruner wants what no study does.
        """
        with self._lock:
            history = self._ledger.history
            if self.pruner is not None and not isinstance(assigned := self.pruner.assign(history), Start):
                raise UsageError(
                    f"{type(self.pruner).__name__} asked for {assigned!r}; a study only starts new trials.",
                    hint="Take a pruner that stops trials and does not pause them.",
                )
            problem = history.problem
            check = problem.space.check if problem.declared else _as_it_is
            return self._ledger.claim(self._suggest, total=total, check=check)

    def answer(self, trial: FrozenTrial, question: Suggest | Judge) -> Any:
        """What a running trial wants to know: a value, or whether it should end."""
        with self._lock:
            if isinstance(question, Judge):
                return self._is_stopped(trial) or self._judge(trial, question.step)
            try:
                return self._drawn(trial, question)
            except InvalidParams as refused:  # the objective is where it has to be raised
                return refused

    def _suggest(self, history: History, number: int, given: Params) -> Suggestion:
        return self.sampler.sample(history, Seed(history.seed, number), given)

    def _is_stopped(self, trial: FrozenTrial) -> bool:
        """Whether a person asked this attempt to end; with a pruner the last report has just brought the news."""
        history = self._ledger.refresh() if self.pruner is None else self._ledger.history
        return history.columns.stopping.get(trial.number) == trial.attempt

    def _judge(self, trial: FrozenTrial, step: int) -> bool:
        if self.pruner is None:
            return False
        history = self._ledger.history
        verdict = self.pruner.judge(history, history.trial(trial.number))
        if verdict.action == "continue":
            return False
        judged = Judged(number=trial.number, action=verdict.action, step=step, why=verdict.why)
        self._ledger.record(judged, attempt=trial.attempt)
        return True

    def _drawn(self, trial: FrozenTrial, asked: Suggest) -> Any:
        history = self._ledger.history
        new = SearchSpace({asked.name: asked.distribution})
        history.space.union(new)  # another type under the same name is refused here
        known = SearchSpace({name: history.space[name] for name in asked.given if name in history.space})
        seed = Seed(history.seed, trial.number, stream=len(asked.given) + 1)
        given = Params({name: asked.given[name] for name in known.names})
        return self.sampler.sample(history.with_space(known.union(new)), seed, given).params[asked.name]


def _as_it_is(params: Params) -> Params:
    return params
