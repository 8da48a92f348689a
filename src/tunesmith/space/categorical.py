"""Categorical: one of several choices that have no order."""

from __future__ import annotations

from typing import ClassVar, final

from tunesmith.space._listed import Listed


@final
class Categorical(Listed):
    """One of several choices without an order.

    Parameters
    ----------
    choices
        Anything: None, bool, int, float, str and nested tuples are stored in full, any other object (a class, a
        function, an estimator) by its place and its name. Write them as arguments or as one list; `1`, `1.0` and
        `True` are three different choices, and all NaN are one.
    default
        The choice to try first.
    prior
        Weights, as a list in the order of the choices or as a mapping from choice to weight.

    Raises
    ------
    InvalidSpace
        If there is no choice, one stands twice, or the weights do not fit.

    Examples
    --------
    >>> booster = Categorical("gbtree", "dart", "linear", default="gbtree", prior=[2, 1, 1])
    >>> booster.from_unit(0.4), booster.size
    ('gbtree', 3)
    >>> Categorical([None, 0.5, (64, 64)]).check((64, 64), "layers")
    (64, 64)
    """

    kind: ClassVar[str] = "categorical"
    ordered: ClassVar[bool] = False
