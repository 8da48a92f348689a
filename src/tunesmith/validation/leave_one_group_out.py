"""A fold for every group: the model is fitted on all others and judged on that one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import deal, groups_routing, model_selection, require_groups


@final
@dataclass(frozen=True, slots=True)
class LeaveOneGroupOutValidation(ValidationScheme):
    """Leave-one-group-out cross-validation: one score a site, a year, a machine.

    Examples
    --------
    >>> import numpy as np
    >>> sites = ["Bern", "Bern", "Graz", "Linz"]
    >>> [s.test.tolist() for s in LeaveOneGroupOutValidation().splits(np.zeros((4, 1)), groups=sites)]
    [[0, 1], [2], [3]]
    """

    @property
    def needs_groups(self) -> bool:
        """Always True."""
        return True

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows, the groups in the order of their labels; see `ValidationScheme.splits`."""
        labels = require_groups(groups, 2, X)
        return deal(model_selection().LeaveOneGroupOut(), X, y, labels)

    def get_metadata_routing(self) -> Any:
        """Tell scikit-learn's metadata routing that `split` wants groups."""
        return groups_routing(self)
