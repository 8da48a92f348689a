"""What every pruner promises, as tests: subclass `PrunerContract`, say how to make yours, and let pytest run it."""

from __future__ import annotations

import abc
import copy
import json
import math
import pickle
import random
from collections.abc import Callable

from tunesmith.errors import InvalidTrial, TrialPruned
from tunesmith.pruners import Pruner, Start, Verdict
from tunesmith.space import Float, SearchSpace
from tunesmith.study import Study, Trial
from tunesmith.trial import Direction, FrozenTrial, History, Metric, TrialState

FOLDS = 6
"""How often a trial of the kit reports."""

Score = Callable[[Trial, int], float]
"""From a trial and a step to what it reports there."""


def noisy(trial: Trial, step: int) -> float:
    """A bowl with an effect of the step, and noise that belongs to the trial: the smaller, the better."""
    noise = random.Random(trial.number * 1000 + step).gauss(0, 0.05)  # noqa: S311 - no secret
    return float(trial.params["x"] ** 2) + 0.2 * (step % 3) + noise


class PrunerContract(abc.ABC):
    """The tests that any pruner must pass; plug-ins run them in their own repository.

    Examples
    --------
    >>> from tunesmith.pruners.racing import RacingPruner
    >>> class TestRacing(PrunerContract):
    ...     def make(self):
    ...         return RacingPruner()
    >>> TestRacing().test_same_history_gives_the_same_verdict()
    """

    trials = 30
    """How many trials the tests make; enough for the pruner to stop some."""

    @abc.abstractmethod
    def make(self) -> Pruner:
        """A fresh pruner."""

    def study(self, score: Score = noisy, *, direction: Direction = "minimize", folds: bool = True) -> Study:
        """A study of `trials` trials that report `FOLDS` times and stop where the pruner says so."""

        def objective(trial: Trial) -> float:
            total = 0.0
            for step in range(FOLDS):
                value = score(trial, step)
                total += value
                trial.report(value, step=step, fold=step if folds else None)
                if step < FOLDS - 1 and trial.should_prune():
                    raise TrialPruned
            return total / FOLDS

        space = SearchSpace(x=Float(-2, 2))
        study = Study(space, Metric("loss", direction), sampler="random", pruner=self.make(), seed=5)
        study.optimize(objective, trials=self.trials, progress=False, max_same_failures=self.trials + 1)
        return study

    def running(self, study: Study, *values: float) -> tuple[History, FrozenTrial]:
        """A history in which one more trial runs and has reported these, and that trial."""
        trial = study.ask()
        for step, value in enumerate(values):
            trial.report(value, step=step, fold=step)
        trial.flush()
        return study.history, study.history.trial(trial.number)

    def test_same_history_gives_the_same_verdict(self) -> None:
        warm = self.make()
        for values in ((), (0.1,), (9.0,), (9.0, 9.0), (0.1, 0.2, 0.3)):
            history, trial = self.running(self.study(), *values)
            verdict = self.make().judge(history, trial)
            assert verdict == warm.judge(history, trial) == self.make().judge(history, trial)
            assert isinstance(verdict, Verdict)
            assert verdict.action in {"continue", "stop"}

    def test_an_earlier_history_is_judged_as_then(self) -> None:
        study = self.study()
        history, trial = self.running(study, 1.5, 1.5)
        before = self.make().judge(history, trial)
        for value in (0.0, 1.0, 2.0):
            study.tell(study.ask(), value)
        assert self.make().judge(history, trial) == before

    def test_a_study_is_repeated_by_its_seed(self) -> None:
        ends = [[(t.state, len(t.points), t.verdict) for t in self.study().trials] for _ in range(2)]
        assert ends[0] == ends[1]

    def test_what_stops_says_why(self) -> None:
        study = self.study()
        stopped = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
        for trial in stopped:
            assert trial.verdict["member"]
            json.dumps(trial.verdict, allow_nan=False)
        kept = [event for event in study.storage.read(study.key) if event.kind == "Judged"]
        assert len(kept) == len(stopped)
        assert all(not trial.verdict for trial in study.trials if trial.state is TrialState.COMPLETE)

    def test_the_first_trial_is_complete(self) -> None:
        assert self.study().trials[0].state is TrialState.COMPLETE

    def test_the_best_of_all_steps_is_never_stopped(self) -> None:
        study = self.study()
        history, trial = self.running(study, *[-5.0] * (FOLDS - 1))
        assert self.make().judge(history, trial).action == "continue"

    def test_better_means_what_the_metric_says(self) -> None:
        mirrored = self.study(lambda trial, step: -noisy(trial, step), direction="maximize")
        assert [t.state for t in mirrored.trials] == [t.state for t in self.study().trials]

    def test_any_scores_do_no_harm(self) -> None:
        scores: tuple[Callable[[int, int], float], ...] = (
            lambda number, step: 0.0 * number * step,
            lambda number, step: (1e300 + step) * (-1.0) ** number,
            lambda number, step: 1e-300 * number * step,
            lambda number, step: float(number % 2 + step),
            lambda number, step: math.exp(number * 20) + step,
        )
        for score in scores:
            study = self.study(lambda trial, step, score=score: score(trial.number, step))  # type: ignore[misc]
            assert study.history.best is not None
            assert len(study) == self.trials

    def test_trials_that_fail_do_no_harm(self) -> None:
        def failing(trial: Trial, step: int) -> float:
            if trial.number % 3 == 0:
                raise InvalidTrial("It failed.", hint="It was meant to.")
            return noisy(trial, step)

        assert self.study(failing).history.counts()[TrialState.FAILED] == self.trials // 3

    def test_steps_that_are_no_folds_do_no_harm(self) -> None:
        assert len(self.study(folds=False)) == self.trials

    def test_a_worker_is_told_to_start(self) -> None:
        assert isinstance(self.make().assign(self.study().history), Start)

    def test_it_changes_neither_history_nor_itself_by_copying(self) -> None:
        history, trial = self.running(self.study(), 1.5, 1.5)
        before = [(one.number, one.state, len(one.points)) for one in history.trials]
        verdict = self.make().judge(history, trial)
        for twin in (copy.deepcopy(self.make()), pickle.loads(pickle.dumps(self.make()))):  # noqa: S301 - our own bytes
            assert twin.judge(history, trial) == verdict
        assert before == [(one.number, one.state, len(one.points)) for one in history.trials]
