"""What the trials taught, in words: what to do next, and how far each parameter may move."""

from __future__ import annotations

from typing import Any

from tunesmith import _plugins
from tunesmith.space import Float, Int
from tunesmith.trial import History


def lessons(history: History) -> dict[str, Any]:
    """Advice, the most useful first, and each parameter's safe range with the ends of the space that it reaches.

    Parameters
    ----------
    history
        The study.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(1, 2))
    >>> study = ts.minimize(lambda x: -x, space, trials=40, storage=None, seed=0)
    >>> found = lessons(study.history)
    >>> found["advice"][0]["what"], found["ranges"]["x"]["edge"]
    ('Widen x to 2.5, if larger values make sense.', 'reaches the upper end')
    """
    advice = _plugins.door("analysis", "advice")(history)
    return {
        "advice": [{"parameter": one.parameter, "what": one.what, "why": one.why} for one in advice],
        "ranges": _ranges(history),
    }


def _ranges(history: History) -> dict[str, dict[str, str]]:
    """Parameter -> what is as good as the best; nothing where the trials do not support it."""
    plateau = _plugins.door("analysis", "plateau")(history)
    if not plateau.reliable:
        return {}
    number = _plugins.door("analysis._records", "number")
    text_of = _plugins.door("analysis._columns", "text_of")
    found = {}
    for one in plateau.ranges:
        part = history.space[one.name]
        if isinstance(part, Float | Int):
            low, high = number(one.low), number(one.high)
            text = f"{low} only" if low == high else f"{low} to {high}"
            found[one.name] = {"text": text, "edge": _edge(part, one)}
        else:
            found[one.name] = {"text": ", ".join(text_of(choice) for choice in one.choices), "edge": ""}
    return found


def _edge(part: Float | Int, one: Any) -> str:
    """Which ends of the space a safe range reaches: what lies beyond was never tried."""
    low, high = one.low <= part.low, one.high >= part.high
    if low and high:
        return "the whole range"
    return "reaches the lower end" if low else "reaches the upper end" if high else ""
