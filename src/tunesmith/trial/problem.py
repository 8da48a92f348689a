"""What a study is about: the space that may be searched and the metrics that judge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from tunesmith.errors import UsageError
from tunesmith.space import SearchSpace
from tunesmith.trial.metric import Metric


@final
@dataclass(frozen=True, slots=True)
class Problem:
    """The search space and the metrics of a study, as one value.

    Parameters
    ----------
    space
        What may be tried. Empty at first where the objective itself declares its parameters.
    metrics
        What is measured; the first one leads wherever one number is needed.
    declared
        Whether the space was given beforehand. `False` means define-by-run: trials may grow the space.

    Examples
    --------
    >>> from tunesmith.space import Float, SearchSpace
    >>> Problem(SearchSpace(x=Float(0, 1)), (Metric("loss"),)).metric.name
    'loss'
    """

    space: SearchSpace
    metrics: tuple[Metric, ...] = field(default_factory=lambda: (Metric(),))
    declared: bool = True
    bounded: tuple[Metric, ...] = field(init=False, compare=False, repr=False)
    """The metrics that have bounds to keep."""

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if not names or len(set(names)) != len(names):
            raise UsageError(
                f"A study needs at least one metric, each with a name of its own; got {names!r}.",
                hint="Give every ts.Metric another name.",
            )
        object.__setattr__(self, "bounded", tuple(metric for metric in self.metrics if metric.is_bounded))

    @property
    def metric(self) -> Metric:
        """The first metric."""
        return self.metrics[0]

    def allows(self, values: Mapping[str, float]) -> bool:
        """Whether the values of a trial keep all bounds; one that was not measured keeps none.

        Examples
        --------
        >>> problem = Problem(SearchSpace(), (Metric("loss"), Metric("ms", at_most=20)))
        >>> problem.allows({"loss": 0.1, "ms": 25.0})
        False
        """
        return all(metric.excess(values.get(metric.name, math.nan)) <= 0.0 for metric in self.bounded)
