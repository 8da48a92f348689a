"""What every sampler promises, as tests: subclass `SamplerContract`, say how to make yours, and let pytest run it."""

from __future__ import annotations

import abc
import copy
import math
import pickle
from collections.abc import Mapping
from typing import Any

from tunesmith.errors import SearchExhausted
from tunesmith.samplers import Sampler, Seed, Suggestion
from tunesmith.space import Categorical, Fixed, Float, Int, Ordinal, Params, SearchSpace, at_least
from tunesmith.study import Study
from tunesmith.trial import History, Metric


def mixed_space() -> SearchSpace:
    """A space with every kind of parameter, conditions two deep and a constraint, finite where grids need it.

    Examples
    --------
    >>> mixed_space().size is not None
    True
    """
    space = SearchSpace(
        model=Categorical("tree", "net", None),
        depth=Int(1, 4).when("model", "tree"),
        layers=Int(1, 3).when("model", "net"),
        width=Ordinal("small", "medium", "large").when("layers", at_least(2)),
        rate=Float(0.25, 1.0, step=0.25),
        power=Int(1, 8, log=True),
        constant=Fixed("x"),
    )
    return space.forbid("depth == 4 and rate > 0.8")


def score(params: Mapping[str, Any]) -> float:
    """A value for any point of `mixed_space`, the smaller the better."""
    branch = {"tree": 0.0, "net": 0.5, None: 1.0}[params["model"]]
    return float(branch + abs(params.get("depth", 2) - 2) + (params["rate"] - 0.5) ** 2 + math.log(params["power"]))


class SamplerContract(abc.ABC):
    """The tests that any sampler must pass; plug-ins run them in their own repository.

    Examples
    --------
    >>> from tunesmith.samplers.random import RandomSampler
    >>> class TestRandom(SamplerContract):
    ...     def make(self):
    ...         return RandomSampler()
    >>> TestRandom().test_same_history_and_seed_give_the_same_suggestion()
    """

    trials = 24
    """How many trials the tests make; enough for the sampler to leave its first phase."""

    @abc.abstractmethod
    def make(self) -> Sampler:
        """A fresh sampler."""

    def history(self, space: SearchSpace | None = None, *, failures: bool = True) -> History:
        """Some trials by this sampler, every fifth of them failed, and one still running."""
        study = Study(mixed_space() if space is None else space, Metric("loss"), sampler=self.make(), seed=3)
        for number in range(self.trials):
            try:
                trial = study.ask()
            except SearchExhausted:
                break
            if failures and number % 5 == 4:
                study.tell(trial, error="it failed")
            else:
                study.tell(trial, score(trial.params) if space is None else float(number))
        return study.history

    def test_every_suggestion_is_a_point_of_the_space(self) -> None:
        history = self.history()
        assert history.finished_count > 0
        for trial in history.trials:
            assert history.space.check(trial.params) == trial.params

    def test_same_history_and_seed_give_the_same_suggestion(self) -> None:
        history = self.history()
        number = history.next_number
        assert self._ask(self.make(), history, number) == self._ask(self.make(), history, number)

    def test_a_warm_sampler_answers_as_a_cold_one(self) -> None:
        history, warm = self.history(), self.make()
        for number in range(history.next_number, history.next_number + 3):
            answer = self._ask(warm, history, number)
            assert answer == self._ask(self.make(), history, number)

    def test_the_order_of_questions_changes_nothing(self) -> None:
        history = self.history()
        first = history.next_number
        one, two = self.make(), self.make()
        forwards = [self._ask(one, history, first + i) for i in range(3)]
        backwards = [self._ask(two, history, first + i) for i in (2, 1, 0)]
        assert forwards == backwards[::-1]

    def test_a_study_is_repeated_by_its_seed(self) -> None:
        assert [t.params for t in self.history().trials] == [t.params for t in self.history().trials]

    def test_given_values_are_kept(self) -> None:
        history = self.history()
        for given in (Params({"model": "net"}), Params({"rate": 0.5}), Params({"model": "tree", "depth": 3})):
            try:
                suggestion = self.make().sample(history, Seed(history.seed, history.next_number), given)
            except SearchExhausted:
                continue
            assert {name: suggestion.params[name] for name in given} == given
            assert history.space.check(suggestion.params)

    def test_it_says_who_chose(self) -> None:
        history = self.history()
        answer = self._ask(self.make(), history, history.next_number)
        assert answer is None or isinstance(answer.why["member"], str)

    def test_it_changes_neither_history_nor_itself_by_copying(self) -> None:
        history, sampler = self.history(), self.make()
        before = [(trial.number, trial.state, dict(trial.params)) for trial in history.trials]
        answer = self._ask(copy.deepcopy(sampler), history, history.next_number)
        twin = pickle.loads(pickle.dumps(sampler))  # noqa: S301 - our own bytes, made on this line
        assert answer == self._ask(twin, history, history.next_number)
        assert before == [(trial.number, trial.state, dict(trial.params)) for trial in history.trials]

    def test_one_point_is_enough(self) -> None:
        history = self.history(SearchSpace(only=Fixed(1)), failures=False)
        assert all(trial.params == {"only": 1} for trial in history.trials)

    def test_equal_and_extreme_values_do_no_harm(self) -> None:
        for value in (0.0, 1e300, -1e300):
            study = Study(mixed_space(), Metric("loss"), sampler=self.make(), seed=5)
            for _ in range(self.trials):
                try:
                    trial = study.ask()
                except SearchExhausted:
                    break
                study.tell(trial, value)
            assert len(study.trials) > 0

    @staticmethod
    def _ask(sampler: Sampler, history: History, number: int) -> Suggestion | None:
        try:
            return sampler.sample(history, Seed(history.seed, number))
        except SearchExhausted:
            return None
