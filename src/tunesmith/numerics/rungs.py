"""Learning curves at one step: what a value there tells of the value at the end."""

from __future__ import annotations

from typing import NamedTuple, Self, final

import numpy as np

from tunesmith.numerics.encoding import Rows

FEWEST = 4
"""Of fewer complete trials nothing is said."""

SLOPE, SLOPE_DEVIATION = 0.75, 0.5
"""What is believed beforehand: of a difference at a step most stays to the end, though not all."""

_DEGREES = 4.0
_ROUNDS = 6
_PRIOR_DEGREES = 2.0


@final
class Rung(NamedTuple):
    """A line through what complete trials had at a step, and what they ended with.

    Parameters
    ----------
    seen, final
        The point in the middle of the trials that the line passes through.
    slope
        How much of a difference at the step is left at the end.
    doubt
        The variance of the slope.
    variance
        The variance of a trial's end around the line.
    """

    seen: float
    final: float
    slope: float
    doubt: float
    variance: float

    @classmethod
    def of(cls, seen: Rows, final: Rows) -> Self:
        """Fit by a t-distribution, so that a few curves unlike the others do not bend the line.

        Parameters
        ----------
        seen, final
            Of at least `FEWEST` complete trials, the value at the step and at the end; all finite.

        Examples
        --------
        >>> seen = np.array([2.0, 3.0, 4.0, 5.0, 6.0])
        >>> rung = Rung.of(seen, 0.5 * seen)
        >>> 0.45 < rung.slope < 0.55
        True
        """
        count = len(seen)
        rest = (final - seen - np.median(final - seen)) ** 2
        usual = float(np.median(rest)) + _tiny(seen) + _tiny(final)
        weights, variance = (_DEGREES + 1.0) / (_DEGREES + rest / usual), usual
        middle_seen = middle_final = slope = doubt = 0.0
        for _ in range(_ROUNDS):
            share = weights / weights.sum()
            middle_seen, middle_final = float(share @ seen), float(share @ final)
            x, y = seen - middle_seen, final - middle_final
            doubt = 1.0 / (float(weights @ (x * x)) / variance + SLOPE_DEVIATION**-2)
            slope = doubt * (float(weights @ (x * y)) / variance + SLOPE / SLOPE_DEVIATION**2)
            rest = (y - slope * x) ** 2
            variance = (float(weights @ rest) + _PRIOR_DEGREES * usual) / (count - 1.0 + _PRIOR_DEGREES)
            weights = (_DEGREES + 1.0) / (_DEGREES + rest / variance)
        return cls(middle_seen, middle_final, slope, doubt, variance * (1.0 + 1.0 / count))


def expected(rungs: Rows, seen: Rows) -> Rows:
    """Mean and variance of the end of trials, `(n, 2)`.

    Parameters
    ----------
    rungs
        `(n, 5)` the rung of each trial's last step.
    seen
        `(n,)` its value there.

    Examples
    --------
    >>> expected(np.array([Rung(1.0, 0.5, 0.5, 0.01, 0.25)]), np.array([3.0])).tolist()
    [[1.5, 0.29]]
    """
    away = seen - rungs[:, 0]
    return np.stack([rungs[:, 1] + rungs[:, 2] * away, rungs[:, 4] + rungs[:, 3] * away * away], axis=1)


def _tiny(values: Rows) -> float:
    return float((1e-9 * np.abs(values).max()) ** 2) + 1e-300
