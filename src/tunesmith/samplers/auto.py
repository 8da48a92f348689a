"""The default: picks a sampler by what the study is like, and says which."""

from __future__ import annotations

from typing import final

import msgspec

from tunesmith import _plugins
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.space import Params
from tunesmith.trial import History


@final
class AutoSampler(Sampler):
    """The space's defaults first, where every parameter has one; then the tree-structured Parzen estimator.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-1, 1, default=0.5))
    >>> study = ts.Study(space, ts.Metric("loss"), seed=1)
    >>> study.ask().params, study.history.trial(0).why["member"]
    ({'x': 0.5}, 'default')
    """

    def __init__(self) -> None:
        self._model: Sampler | None = None  # made when it is first asked: reading a study needs no model

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params; see `Sampler.sample`."""
        if not given and (defaults := _untried_defaults(history)) is not None:
            return Suggestion(defaults, {"member": "default"})
        if self._model is None:
            self._model = _plugins.make("sampler", "tpe")
        chosen = self._model.sample(history, seed, given)
        return msgspec.structs.replace(chosen, why={"policy": "auto", **chosen.why})


def _untried_defaults(history: History) -> Params | None:
    """The defaults of a declared space, until a trial has had them or a sampler has begun."""
    if not history.problem.declared or (defaults := history.space.defaults()) is None:
        return None
    for trial in history.trials:
        if trial.origin == "sampled" or trial.params == defaults:
            return None
    return defaults
