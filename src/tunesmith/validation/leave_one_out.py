"""A fold for every row: the model is fitted on all others and judged on that one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, require_rows, row_count


@final
@dataclass(frozen=True, slots=True)
class LeaveOneOutValidation(ValidationScheme):
    """Leave-one-out cross-validation: as many fits as rows.

    Examples
    --------
    >>> import numpy as np
    >>> [split.test.tolist() for split in LeaveOneOutValidation().splits(np.zeros((3, 1)))]
    [[0], [1], [2]]
    """

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        require_rows(2, X)
        every = np.arange(row_count(X))
        return checked(((np.delete(every, row), every[row : row + 1]) for row in every), len(every), groups)
