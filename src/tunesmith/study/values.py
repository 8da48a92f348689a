"""From what an objective returned to a finite number for each metric, or a sentence about what is wrong with it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from tunesmith.errors import InvalidValue, NotFinite, did_you_mean
from tunesmith.trial import Metric

_SHOWN = 80


def check_values(returned: object, metrics: Sequence[Metric]) -> dict[str, float]:
    """Give a finite float for every metric.

    Parameters
    ----------
    returned
        What the objective returned: a number where there is one metric, a tuple or list in the order of the metrics,
        or a mapping from metric name to number.
    metrics
        The study's metrics.

    Raises
    ------
    NotFinite
        If a number is NaN or infinite.
    InvalidValue
        If it is anything else than such numbers, one for each metric.

    Examples
    --------
    >>> check_values(0.5, [Metric("loss")])
    {'loss': 0.5}
    >>> check_values({"loss": 1, "ms": 2}, [Metric("loss"), Metric("ms")])
    {'loss': 1.0, 'ms': 2.0}
    """
    if type(returned) is float and len(metrics) == 1 and math.isfinite(returned):  # nearly always
        return {metrics[0].name: returned}
    names = [metric.name for metric in metrics]
    if isinstance(returned, Mapping):
        return _from_mapping(returned, names)
    if len(names) == 1:
        return {names[0]: _number(returned, names)}
    if isinstance(returned, (tuple, list)):
        if len(returned) != len(names):
            raise InvalidValue(
                f"The objective returned {len(returned)} values, but the study has {len(names)} metrics: "
                f"{', '.join(names)}.",
                hint="Return one number for each, in this order, or a dict from metric name to number.",
            )
        return {name: _number(value, names) for name, value in zip(names, returned, strict=True)}
    raise InvalidValue(
        f"The objective returned {_shown(returned)}, but the study has {len(names)} metrics: {', '.join(names)}.",
        hint="Return one number for each, in this order, or a dict from metric name to number.",
    )


def check_standard_error(value: object) -> float:
    """Give a standard error as a float.

    Raises
    ------
    InvalidValue
        If it is no finite number of at least 0.

    Examples
    --------
    >>> check_standard_error(1)
    1.0
    """
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 <= (number := float(value)) < math.inf:
        return number
    raise InvalidValue(
        f"A standard error of {_shown(value)} was given.",
        hint="It is a finite number of at least 0, in the metric's units.",
    )


def _from_mapping(returned: Mapping[Any, Any], names: list[str]) -> dict[str, float]:
    if missing := [name for name in names if name not in returned]:
        raise InvalidValue(
            f"The objective returned a dict without {missing[0]!r}.",
            hint=did_you_mean(missing[0], [str(key) for key in returned]),
        )
    if extra := [str(key) for key in returned if key not in names]:
        raise InvalidValue(
            f"The objective returned {extra[0]!r}, which is no metric of this study.",
            hint=f"{did_you_mean(extra[0], names)} Keep other numbers with trial.set_attr({extra[0]!r}, ...).",
        )
    return {name: _number(returned[name], names) for name in names}


def _number(value: object, names: list[str]) -> float:
    number = value if type(value) is float else _converted(value, names)
    if not math.isfinite(number):
        raise NotFinite(
            f"The objective returned {number}.", hint="The trial counts as failed; the search goes on without it."
        )
    return number


def _converted(value: object, names: list[str]) -> float:
    if value is None:
        raise InvalidValue(
            "The objective returned None.", hint=f"Did you forget 'return'? It must return {_wanted(names)}."
        )
    if getattr(value, "shape", None) == () and callable(item := getattr(value, "item", None)):
        value = item()
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if isinstance(value, int) and not isinstance(value, float) and (math.isinf(number) or int(number) != value):
            raise InvalidValue(
                f"The objective returned {_shown(value)}, which is too large to be kept exactly as a float.",
                hint="Return a number of smaller size, such as its logarithm.",
            )
        return number
    raise InvalidValue(
        f"The objective returned {_shown(value)}.", hint=f"It must return {_wanted(names)}.{_advice(value)}"
    )


def _wanted(names: list[str]) -> str:
    return "one number" if len(names) == 1 else f"a number for each of {', '.join(names)}"


def _advice(value: object) -> str:
    if hasattr(value, "shape"):
        return " Write, for example, return float(x.mean())."
    if isinstance(value, (tuple, list)):
        return ' For several goals give the study several metrics: metric=[ts.Metric("a"), ts.Metric("b")].'
    if isinstance(value, str):
        return " Write return float(x)."
    return ""


def _shown(value: object) -> str:
    kind = type(value).__qualname__
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a stranger's repr may raise anything, and must not hide our message
        text = f"<its repr raised {type(error).__name__}>"
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    shape = getattr(value, "shape", None)
    return f"{text} ({kind}{f', shape {shape}' if shape else ''})"
