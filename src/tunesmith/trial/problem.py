"""What a study is about: the space that may be searched and the metrics that judge."""

from __future__ import annotations

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

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if not names or len(set(names)) != len(names):
            raise UsageError(
                f"A study needs at least one metric, each with a name of its own; got {names!r}.",
                hint="Give every ts.Metric another name.",
            )

    @property
    def metric(self) -> Metric:
        """The first metric."""
        return self.metrics[0]
