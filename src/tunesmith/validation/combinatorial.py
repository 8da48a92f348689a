"""Every choice of several spans of time judges, purged: many backtest paths in place of one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, final

import numpy as np

from tunesmith.errors import UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import checked, require_count, row_count
from tunesmith.validation._purge import Labels, embargo_moments, require_share
from tunesmith.validation._spec import parse_options


@final
@dataclass(frozen=True, slots=True)
class CombinatorialValidation(ValidationScheme):
    """Combinatorial purged cross-validation (Lopez de Prado 2018, chapter 12).

    Time is cut into `folds` spans; each choice of `tests` of them judges once. That makes `folds` over `tests` splits
    (15 for 6 over 2), from which whole backtests can be put together (5 for 6 over 2): see `paths`.

    Parameters
    ----------
    folds
        Spans of time, at least 3.
    tests
        How many of them judge in each split: at least 1, fewer than `folds`.
    embargo, horizon, starts, ends
        As in `PurgedValidation`.

    Examples
    --------
    >>> import numpy as np
    >>> scheme = CombinatorialValidation(4, 2, embargo=0.0)
    >>> [split.test.tolist() for split in scheme.splits(np.zeros((4, 1)))]
    [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    >>> scheme.paths()
    ((0, 0, 1, 2), (1, 3, 3, 4), (2, 4, 5, 5))
    """

    folds: int = 6
    tests: int = 2
    embargo: float = 0.01
    horizon: int = 0
    starts: Any = field(default=None, repr=False, compare=False)
    ends: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_count("folds", self.folds, 3, "CombinatorialValidation")
        require_count("tests", self.tests, 1, "CombinatorialValidation")
        require_count("horizon", self.horizon, 0, "CombinatorialValidation")
        require_share(self.embargo, "CombinatorialValidation")
        if self.tests >= self.folds:
            raise UsageError(
                f"CombinatorialValidation: tests={self.tests} of {self.folds} spans leave nothing to fit on.",
                hint="Write CombinatorialValidation(6, 2).",
            )

    @classmethod
    def from_spec(cls, text: str) -> CombinatorialValidation:
        """Read `"combinatorial:6x2"`, or `"combinatorial:6x2,horizon=10,embargo=0.02"`."""
        found = parse_options(text, "combinatorial", {"folds": int, "tests": int}, {"embargo": float, "horizon": int})
        return cls(**found)

    def paths(self) -> tuple[tuple[int, ...], ...]:
        """The backtest paths: for each, the number of the split that judges span 0, span 1, and so on."""
        chosen = list(combinations(range(self.folds), self.tests))
        judged_by = [[number for number, spans in enumerate(chosen) if span in spans] for span in range(self.folds)]
        return tuple(
            tuple(numbers[path] for numbers in judged_by) for path in range(math.comb(self.folds - 1, self.tests - 1))
        )

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """Deal the rows; see `ValidationScheme.splits`."""
        return self.splits_by(np.arange(row_count(X)) if self.starts is None else self.starts, groups, rows=X)

    def splits_by(self, times: Any, groups: Any = None, *, rows: Any = None) -> tuple[Split, ...]:
        """Deal rows by when each of them was; see `PurgedValidation.splits_by`."""
        labels = Labels.of(times, self.ends, self.horizon)
        embargo = embargo_moments(self.embargo, labels.moments.count)
        blocks = labels.blocks(self.folds)
        pairs = [labels.pair(spans, embargo) for spans in combinations(blocks, self.tests)]
        return checked(pairs, len(labels.last) if rows is None else row_count(rows), groups)
