"""What every sampler promises, as tests: subclass `SamplerContract`, say how to make yours, and let pytest run it."""

from __future__ import annotations

import abc
import copy
import math
import pickle
import random
from collections.abc import Iterable, Mapping
from typing import Any

from tunesmith.errors import InvalidSpace, SearchExhausted
from tunesmith.samplers import Sampler, Seed, Suggestion
from tunesmith.space import Categorical, Fixed, Float, Int, Normal, Ordinal, Params, SearchSpace, at_least
from tunesmith.storages import Decision
from tunesmith.study import Study
from tunesmith.trial import Draft, History, Metric, TrialFinished, TrialStarted


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


def spaces() -> dict[str, SearchSpace]:
    """Spaces of every kind by what is special about them, `mixed_space` aside.

    Examples
    --------
    >>> sorted(spaces())
    ['conditions', 'many choices', 'numbers', 'one', 'priors', 'sixty', 'steps', 'tight']
    """
    of_branches = {f"{kind}{i}": Float(0, 1).when("kind", kind) for kind in "abcde" for i in range(2)}
    return {
        "one": SearchSpace(x=Float(-1, 1)),
        "numbers": SearchSpace(
            x=Float(0, 1), rate=Float(1e-9, 1e3, log=True), n=Int(0, 10**12), k=Int(1, 4096, log=True)
        ),
        "steps": SearchSpace(a=Float(0, 1, step=0.1), b=Int(0, 1000, step=5), c=Ordinal("s", "m", "l"), d=Int(0, 1)),
        "many choices": SearchSpace(c=Categorical(*range(200)), x=Float(0, 1)),
        "sixty": SearchSpace({f"x{i}": (Float(0, 1), Int(1, 9), Categorical("a", "b"))[i % 3] for i in range(60)}),
        "conditions": SearchSpace({"kind": Categorical(*"abcdef"), **of_branches}),
        "priors": SearchSpace(x=Float(0, 1, prior=Normal(0.3, 0.1)), c=Categorical("a", "b", "c", prior=[8, 1, 1])),
        "tight": SearchSpace(x=Float(0, 1), y=Float(0, 1), k=Int(1, 5)).require("x + y < 0.5").forbid("k == 3"),
    }


def history_of(space: SearchSpace, results: Iterable[tuple[Mapping[str, Any], float | None]]) -> History:
    """A history of trials that somebody else made: their params and values, None for one that failed.

    Examples
    --------
    >>> history_of(SearchSpace(x=Float(0, 1)), [({"x": 0.5}, 0.25), ({"x": 0.9}, None)])
    <History 'prepared': 2 trials, 2 ended, seq 5>
    """
    study = Study(space, Metric("loss"), sampler="random", name="prepared", seed=3)
    drafts: list[Draft] = []
    for number, (params, value) in enumerate(results):
        drafts.append(Draft(TrialStarted(number=number, params=space.encode_params(params)), 1))
        if value is None:
            ended = TrialFinished(number=number, state="failed")
        else:
            ended = TrialFinished(number=number, state="complete", values={"loss": value})
        drafts.append(Draft(ended, 1, str(number)))
    study.storage.append(study.key, study.history.seq, lambda _tail: Decision(drafts))
    return study.history


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

    def test_any_space_from_its_first_trial(self) -> None:
        for space in spaces().values():
            self._agrees(history_of(space, []))

    def test_any_space_with_trials(self) -> None:
        for space in spaces().values():
            rng = random.Random(2)  # noqa: S311 - no secret
            points = [space.sample(rng) for _ in range(40)]
            self._agrees(history_of(space, [(point, _smooth(space, point)) for point in points]))

    def test_five_hundred_trials(self) -> None:
        space = mixed_space()
        rng = random.Random(2)  # noqa: S311 - no secret
        points = [space.sample(rng) for _ in range(500)]
        self._agrees(history_of(space, [(p, None if p["power"] == 8 else score(p)) for p in points]))

    def test_only_failures(self) -> None:
        self._agrees(self._told([None] * self.trials))

    def test_equal_and_extreme_values_do_no_harm(self) -> None:
        for values in ((0.0,), (1e300,), (-1e300, 1e300), (1e-300,), (1e-300, 2e-300, 3e-300), (1e300, 1e-300, -1.0)):
            self._agrees(self._told([values[i % len(values)] for i in range(self.trials)]))

    def test_bounds_do_no_harm(self) -> None:
        space = spaces()["conditions"]
        for sizes in ((0.0, -1.0), (1e300, -1e300), (1.0,), (-1.0,)):
            study = Study(space, [Metric("loss"), Metric("size", at_most=0)], seed=3)
            rng = random.Random(2)  # noqa: S311 - no secret
            for number in range(self.trials):
                point = space.sample(rng)
                study.add(point, {"loss": _smooth(space, point), "size": sizes[number % len(sizes)]})
            self._agrees(study.history)

    def test_one_point_over_and_over(self) -> None:
        for space in (mixed_space(), spaces()["numbers"]):
            point = space.sample(random.Random(2))  # noqa: S311 - no secret
            self._agrees(history_of(space, [(point, float(i % 3)) for i in range(self.trials)]))

    def test_what_was_measured_outside_the_space_teaches_nothing(self) -> None:
        places: list[dict[str, Any]] = [{"model": None, "rate": 7.0, "power": 2}, {"model": "tree", "power": 99}]
        first, second = (self._beside(place, value) for place, value in zip(places, (-1e9, 1e9), strict=True))
        assert first == second

    def _beside(self, place: Mapping[str, Any], value: float) -> list[Params]:
        """What is tried beside a trial outside the space that has ended, and one that still runs."""
        study = Study(mixed_space(), Metric("loss"), sampler=self.make(), seed=3)
        for _ in range(2):
            study.enqueue(place, outside=True)
        running, ended = study.ask(), study.ask()
        assert running.params == ended.params == place
        study.tell(ended, value)
        for _ in range(self.trials):
            try:
                trial = study.ask()
            except SearchExhausted:
                break
            study.tell(trial, score(trial.params))
        assert len(study.history) > self.trials / 2
        return [trial.params for trial in study.history.trials[2:]]

    def _told(self, values: list[float | None]) -> History:
        space = spaces()["numbers"]
        rng = random.Random(2)  # noqa: S311 - no secret
        return history_of(space, [(space.sample(rng), value) for value in values])

    def _agrees(self, history: History) -> None:
        """Suggestions are points of the space, and the same from a fresh instance; or it says why there is none."""
        warm = self.make()
        for number in range(history.next_number, history.next_number + 2):
            try:
                answer = self._ask(warm, history, number)
            except InvalidSpace:  # a space that this sampler cannot walk, refused in words
                return
            if answer is not None:
                assert history.space.check(answer.params) == answer.params
                assert answer == self._ask(self.make(), history, number)

    @staticmethod
    def _ask(sampler: Sampler, history: History, number: int) -> Suggestion | None:
        try:
            return sampler.sample(history, Seed(history.seed, number))
        except SearchExhausted:
            return None


def _smooth(space: SearchSpace, params: Mapping[str, Any]) -> float:
    """A value for any point of any space, the smaller the nearer to a third of all scales."""
    return sum((space[name].to_unit(value) - 0.3) ** 2 for name, value in params.items())
