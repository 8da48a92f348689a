"""What a study's trials say of params that were never tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final, overload

from tunesmith import _plugins
from tunesmith.errors import InvalidTrial
from tunesmith.space import SearchSpace
from tunesmith.study.opening import why_none
from tunesmith.trial import History

if TYPE_CHECKING:
    from tunesmith.models.surrogate import Prediction, Surrogate


@final
@dataclass(frozen=True)
class Model:
    """A Gaussian process fitted to the trials of a study; `study.model()` makes one. Later trials do not change it.

    Parameters
    ----------
    space
        Where it can predict.
    trials
        How many trials it was fitted on: the complete ones, and those that were stopped early.
    """

    space: SearchSpace
    trials: int
    _surrogate: Surrogate = field(repr=False)

    @overload
    def predict(self, params: Mapping[str, Any]) -> Prediction: ...

    @overload
    def predict(self, params: Iterable[Mapping[str, Any]]) -> list[Prediction]: ...

    def predict(self, params: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Prediction | list[Prediction]:
        """What the first metric is expected to be, and how unsure that is.

        Parameters
        ----------
        params
            A point of the space, or several.

        Returns
        -------
        A `Prediction(mean, deviation)` in the units of the metric, or a list of them. The deviation is that of the
        metric without the noise of a single trial: it says how little is known there.

        Raises
        ------
        InvalidParams
            If params are no point of the space.

        Examples
        --------
        >>> import tunesmith as ts
        >>> space = ts.SearchSpace(x=ts.Float(0, 10))
        >>> study = ts.minimize(lambda x: (x - 3) ** 2, space, trials=20, sampler="sobol", storage=None)
        >>> mean, deviation = study.model().predict({"x": 5})
        >>> abs(mean - 4) < 0.5, deviation < 1
        (True, True)
        """
        if isinstance(params, Mapping):
            return self._surrogate.predict(self.space.check(params))
        return [self._surrogate.predict(self.space.check(each)) for each in params]


def model_of(history: History) -> Model:
    """The model of a history.

    Raises
    ------
    InvalidTrial
        If no trial is complete; the message says why.
    """
    if history.best is None:
        raise InvalidTrial(
            f"Study {history.name!r} has nothing to model: {why_none(history)}.",
            hint="Run study.optimize(...) until a trial is complete.",
        )
    surrogate = _plugins.door("models.surrogate", "surrogate_of")(history)
    return Model(history.space, len(surrogate.rows), surrogate)
