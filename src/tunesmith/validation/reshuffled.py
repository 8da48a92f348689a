"""Other folds for every trial: the search cannot fit one lucky deal."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, final

import numpy as np

from tunesmith import _plugins
from tunesmith.errors import UsageError
from tunesmith.validation._base import Split, ValidationScheme
from tunesmith.validation._deal import deal, require_count


@final
@dataclass(frozen=True, slots=True)
class ReshuffledValidation(ValidationScheme):
    """Deals the rows anew for every trial (Nagler, Schneider, Bischl, Feurer 2024).

    The deal of trial n depends on the seed and on n alone, so that a resumed study, another worker and next year's
    reader deal it again. Scores of two trials then differ by their folds, too: they are never paired, trials are not
    raced over folds, and two studies cannot be compared fold by fold.

    Parameters
    ----------
    inner
        The scheme that deals: its name, a scheme with a seed, or a splitter of scikit-learn with a `random_state`.
    seed
        Of all deals.

    Examples
    --------
    >>> import numpy as np
    >>> scheme, X = ReshuffledValidation("holdout:0.25", seed=7), np.zeros((8, 1))
    >>> [scheme.splits_of(trial, X)[0].test.tolist() for trial in (0, 1, 0)]
    [[0, 5], [4, 5], [0, 5]]
    """

    inner: Any = "holdout:0.25"
    seed: int = 0

    def __post_init__(self) -> None:
        require_count("seed", self.seed, 0, "ReshuffledValidation")
        inner = self._inner()
        if not _takes_seed(inner):
            raise UsageError(
                f"ReshuffledValidation: {self.inner!r} deals the same folds whatever the seed.",
                hint='Write ReshuffledValidation("holdout:0.25") or ReshuffledValidation("kfold:5").',
            )

    @classmethod
    def from_spec(cls, text: str) -> ReshuffledValidation:
        """Read the scheme that deals from `"reshuffled:holdout:0.25"`."""
        return cls(text)

    @property
    def reshuffles(self) -> bool:
        """Always True."""
        return True

    @property
    def needs_groups(self) -> bool:
        """As the scheme that deals."""
        return bool(getattr(self._inner(), "needs_groups", False))

    def suited(self, *, classifier: bool) -> ReshuffledValidation:
        """Stratified for a classifier, where the scheme that deals can be and does not say otherwise."""
        inner = self._inner()
        if not isinstance(inner, ValidationScheme):
            return self
        fitting = inner.suited(classifier=classifier)
        return self if fitting == inner else replace(self, inner=fitting)

    def splits(self, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """The deal of trial 0, which stands for all others in fingerprints."""
        return self.splits_of(0, X, y, groups)

    def splits_of(self, trial: int, X: Any, y: Any = None, groups: Any = None) -> tuple[Split, ...]:
        """The deal of one trial, the same in any process and at any time.

        Parameters
        ----------
        trial
            The trial's number.
        X, y, groups
            As in `ValidationScheme.splits`.
        """
        seed = int(np.random.SeedSequence([self.seed, trial]).generate_state(1)[0] >> 1)
        inner = self._inner()
        if isinstance(inner, ValidationScheme):
            return replace(inner, seed=seed).splits(X, y, groups)  # type: ignore[type-var]
        dealt = copy.copy(inner)
        dealt.random_state = seed
        return deal(dealt, X, y, groups)

    def _inner(self) -> Any:
        return _plugins.make("validation", self.inner)


def _takes_seed(inner: Any) -> bool:
    if isinstance(inner, ValidationScheme):
        named: set[str] = {one.name for one in fields(inner)} if is_dataclass(inner) else set()
        return "seed" in named and getattr(inner, "shuffle", True) and not inner.reshuffles
    return (
        callable(getattr(inner, "split", None)) and hasattr(inner, "random_state") and getattr(inner, "shuffle", True)
    )
