"""By hand: tries what a person queues, or answers when asked, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias, final

from tunesmith.errors import SearchExhausted
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.space import UNSET, Params
from tunesmith.trial import History

Ask: TypeAlias = Callable[[History], Mapping[str, Any] | None]


@final
class ManualSampler(Sampler):
    """Runs the queue (`study.enqueue`), then asks a person for more, if there is a way to ask.

    Parameters
    ----------
    ask
        Called with the history when the queue is empty; gives the params to try next (those left out take their
        defaults), or None to end the search. `tunesmith tune --sampler manual` passes a prompt.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="manual")
    >>> _ = study.enqueue({"x": 0.5})
    >>> study.optimize(lambda trial: trial.params["x"], progress=False)
    >>> len(study.trials)
    1
    """

    is_finite: ClassVar[bool] = True

    def __init__(self, ask: Ask | None = None) -> None:
        self._ask = ask

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Ask the person, and fill what was left out with defaults; see `Sampler.sample`."""
        del seed
        answer: Mapping[str, Any] | None = given or None
        if answer is None and self._ask is not None:
            answer = self._ask(history)
        if answer is None:
            raise SearchExhausted("The queue is empty.", hint="Queue more with study.enqueue({...}).")
        return Suggestion(_completed(history, answer), {"member": "manual"})


def _completed(history: History, answer: Mapping[str, Any]) -> Params:
    """What was answered, with the defaults of all other active parameters."""
    space = history.space
    given = space.check_partial(answer)
    return space.decode(_Missing(history).unit, given)


@final
class _Missing:
    """The place of a default on its scale, asked for each parameter that was left out."""

    def __init__(self, history: History) -> None:
        self._space = history.space

    def unit(self, name: str) -> float:
        distribution = self._space[name]
        if distribution.default is UNSET:
            raise SearchExhausted(
                f"{name!r} was left out and has no default.", hint=f"Queue a value for {name!r} too: {distribution!r}."
            )
        return distribution.to_unit(distribution.default)
