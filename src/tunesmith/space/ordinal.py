"""Ordinal: one of several choices in an order."""

from __future__ import annotations

from typing import ClassVar, final

from tunesmith.space._listed import Listed


@final
class Ordinal(Listed):
    """One of several choices that stand in an order, from low to high.

    Samplers treat neighbours as alike, `at_least` and `at_most` work, and `<` in a constraint means this order (except
    that numbers always compare as numbers there).

    Parameters
    ----------
    choices
        As for `Categorical`, lowest first.
    default
        The choice to try first.
    prior
        Weights, as for `Categorical`.

    Examples
    --------
    >>> size = Ordinal("small", "medium", "large")
    >>> size.rank("medium"), size.to_unit("large")
    (1, 0.8333333333333334)
    """

    kind: ClassVar[str] = "ordinal"
    ordered: ClassVar[bool] = True
